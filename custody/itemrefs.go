package custody

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// Media is what kind of thing an item is. The list is closed.
type Media string

// The media.
const (
	Device          Media = "device"
	Sim             Media = "sim"
	Disc            Media = "disc"
	PaperItem       Media = "paper"
	PhoneExtraction Media = "phone-extraction"
	Video           Media = "video"
	Audio           Media = "audio"
	Image           Media = "image"
	CloudReturn     Media = "cloud-return"
	OpaqueFile      Media = "file"
	OtherMedia      Media = "other"
)

// MediaTypes returns every kind of item.
func MediaTypes() []Media {
	return []Media{Device, Sim, Disc, PaperItem, PhoneExtraction, Video, Audio, Image, CloudReturn, OpaqueFile, OtherMedia}
}

// exhibitReference is a reference by the producing witness: initials, perhaps a
// letter that tells two witnesses with the same initials apart, a running number,
// and the letters of a part.
// Source: the convention of the field; custos policy.
var exhibitReference = regexp.MustCompile(`^([A-Z]{2,4})/([A-Z]?)([0-9]{1,4})([A-Z]{0,2})$`)

var initialsForm = regexp.MustCompile(`^[A-Z]{2,4}$`)

// reference is an exhibit reference in its parts.
type reference struct {
	series string // initials, slash and perhaps a letter
	number int
	part   string
}

func parseReference(text string) (reference, error) {
	m := exhibitReference.FindStringSubmatch(text)
	if m == nil || m[3][0] == '0' {
		return reference{}, fmt.Errorf("%q is no exhibit reference: initials of the producing witness, a slash and a running number, such as KO/1, or KO/1A for a part: %w", text, ErrInvalid)
	}
	number, err := strconv.Atoi(m[3])
	if err != nil {
		return reference{}, fmt.Errorf("%q: %w", text, ErrInvalid)
	}
	return reference{m[1] + "/" + m[2], number, m[4]}, nil
}

// splitReference takes apart what any exhibit, file or item can be called.
func splitReference(text string) (reference, bool) {
	m := itemReference.FindStringSubmatch(text)
	if m == nil {
		return reference{}, false
	}
	number, err := strconv.Atoi(m[2])
	return reference{m[1], number, m[3]}, err == nil
}

func (r reference) String() string { return fmt.Sprintf("%s%d%s", r.series, r.number, r.part) }

func compareReferences(a, b string) int {
	x, xErr := parseReference(a)
	y, yErr := parseReference(b)
	if xErr != nil || yErr != nil {
		return strings.Compare(a, b)
	}
	return cmp.Or(strings.Compare(x.series, y.series), cmp.Compare(x.number, y.number), cmp.Compare(len(x.part), len(y.part)), strings.Compare(x.part, y.part))
}

// takenNames are all names in use in the case, of items, received files and
// exhibits, with the entries of the received files where it is one, the newest last.
type takenNames struct {
	items    []itemFact
	files    map[string][]ledger.EntryID
	exhibits map[string]bool
}

func (a *act) takenNames(ctx context.Context) (takenNames, error) {
	t := takenNames{files: map[string][]ledger.EntryID{}, exhibits: map[string]bool{}}
	var err error
	if t.items, err = list[itemFact](ctx, a.Store, a.id, inItems, 0); err != nil {
		return t, err
	}
	files, err := list[evidenceFact](ctx, a.Store, a.id, inEvidence, 0)
	if err != nil {
		return t, err
	}
	slices.SortStableFunc(files, func(x, y evidenceFact) int { return x.Time.Compare(y.Time.Time) })
	for _, f := range files {
		t.files[f.Item] = append(t.files[f.Item], f.Entry)
	}
	exhibits, err := list[exhibitFact](ctx, a.Store, a.id, inReferences, 0)
	for _, x := range exhibits {
		t.exhibits[x.Reference] = true
	}
	return t, err
}

// free tells whether a reference can be given to an item; a received file has it
// already when the item is booked in for that file.
func (t takenNames) free(name string, of ledger.EntryID) error {
	if slices.ContainsFunc(t.items, func(f itemFact) bool { return f.Item == name }) {
		return fmt.Errorf("%s is on record already: references are never used twice: %w", name, ErrConflict)
	}
	if files := t.files[name]; len(files) > 0 && !slices.Contains(files, of) {
		return fmt.Errorf("%s is the reference of a received file: book the item in with its entry %s as the evidence, or take another reference: %w",
			name, files[len(files)-1], ErrConflict)
	}
	if t.exhibits[name] {
		return fmt.Errorf("%s is an exhibit that was made here: take another reference: %w", name, ErrConflict)
	}
	return nil
}

// next is the first unused number of a series.
func (t takenNames) next(series string) string {
	most := 0
	for name := range t.all() {
		if r, ok := splitReference(name); ok && r.series == series {
			most = max(most, r.number)
		}
	}
	return reference{series: series, number: most + 1}.String()
}

// all are the names that are in use.
func (t takenNames) all() map[string]bool {
	all := maps.Clone(t.exhibits)
	for _, f := range t.items {
		all[f.Item] = true
	}
	for name := range t.files {
		all[name] = true
	}
	return all
}

// seriesOf is the witness of a series in the case; false when nobody uses it yet.
func (a *act) seriesOf(ctx context.Context, t takenNames, series string) (continuity.Party, bool, error) {
	for _, f := range t.items {
		if r, err := parseReference(f.Item); err != nil || r.series != series || r.part != "" {
			continue
		}
		doc, err := documentOf[handlingDocument](ctx, a.Service, a.id, f.Payload)
		if err != nil {
			return continuity.Party{}, false, fmt.Errorf("what is recorded of %s: %w", f.Item, err)
		}
		return doc.Witness, true, nil
	}
	return continuity.Party{}, false, nil
}

// referenceFor gives an item its reference: the one that was asked for, or the next of
// the witness. Initials belong to the first witness in the case who used them;
// another with the same has a letter after the slash, and is told so.
// Errors: ErrConflict; ErrInvalid.
func (a *act) referenceFor(ctx context.Context, want, initials string, witness continuity.Party, of ledger.EntryID) (name, note string, err error) {
	taken, err := a.takenNames(ctx)
	if err != nil {
		return "", "", err
	}
	if want != "" {
		r, err := parseReference(want)
		if err != nil {
			return "", "", err
		}
		if r.part != "" {
			return "", "", fmt.Errorf("%s names a part: split the item that it is part of: %w", want, ErrInvalid)
		}
		first, used, err := a.seriesOf(ctx, taken, r.series)
		if err != nil {
			return "", "", err
		}
		if used && !first.Same(witness) {
			other, _, err := a.series(ctx, taken, strings.TrimRight(strings.Split(r.series, "/")[0], "/"), witness)
			if err != nil {
				return "", "", err
			}
			return "", "", fmt.Errorf("the references %s... are those of %s in this case; those of %s carry a letter, and the next is %s: %w",
				r.series, first, witness, taken.next(other), ErrConflict)
		}
		return want, "", taken.free(want, of)
	}
	if initials == "" {
		if initials, err = a.initialsOf(ctx, taken, witness); err != nil {
			return "", "", err
		}
	}
	if !initialsForm.MatchString(initials) {
		return "", "", fmt.Errorf("%q are no initials: two to four capital letters: %w", initials, ErrInvalid)
	}
	series, first, err := a.series(ctx, taken, initials, witness)
	if err != nil {
		return "", "", err
	}
	name = taken.next(series)
	if !first.Nobody() {
		note = fmt.Sprintf("%s uses the initials %s in this case already, so the references of %s carry a letter: this is %s.", first, initials, witness, name)
	}
	return name, note, taken.free(name, of)
}

// initialsOf are those that a witness has used in the case before.
func (a *act) initialsOf(ctx context.Context, t takenNames, witness continuity.Party) (string, error) {
	seen := map[string]bool{}
	for _, f := range t.items {
		r, err := parseReference(f.Item)
		if err != nil || seen[r.series] {
			continue
		}
		seen[r.series] = true
		if who, used, err := a.seriesOf(ctx, t, r.series); err != nil {
			return "", err
		} else if used && who.Same(witness) {
			return strings.Split(r.series, "/")[0], nil
		}
	}
	return "", fmt.Errorf("say the reference, or the initials of %s, of whom nothing has been taken in in this case: %w", witness, ErrInvalid)
}

// series is the series of a witness under some initials, and who uses the initials
// without a letter, when that is somebody else.
func (a *act) series(ctx context.Context, t takenNames, initials string, witness continuity.Party) (string, continuity.Party, error) {
	var first continuity.Party
	for _, letter := range append([]string{""}, strings.Split("BCDEFGHIJKLMNOPQRSTUVWXYZ", "")...) {
		series := initials + "/" + letter
		who, used, err := a.seriesOf(ctx, t, series)
		if err != nil {
			return "", first, err
		}
		if !used || who.Same(witness) {
			return series, first, nil
		}
		if letter == "" {
			first = who
		}
	}
	return "", first, fmt.Errorf("more witnesses have the initials %s than there are letters: %w", initials, ErrConflict)
}

// partsOf returns the references of the next n parts of an item: KO/1A of KO/1,
// KO/1AA of KO/1A.
func (t takenNames) partsOf(item string, n int) ([]string, error) {
	r, err := parseReference(item)
	if err != nil {
		return nil, err
	}
	if len(r.part) > 1 {
		return nil, fmt.Errorf("%s is a part of a part: book what comes out of it in under a reference of its own: %w", item, ErrInvalid)
	}
	var names []string
	for letter := 'A'; letter <= 'Z' && len(names) < n; letter++ {
		part := r
		part.part += string(letter)
		if t.free(part.String(), ledger.EntryID{}) == nil {
			names = append(names, part.String())
		}
	}
	if len(names) < n {
		return nil, fmt.Errorf("%s has as many parts as there are letters: %w", item, ErrConflict)
	}
	return names, nil
}
