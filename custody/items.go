package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// Items is what is in custody: taken in under a reference, handled, put in places,
// sealed and opened, divided, handed over, and returned or destroyed in the end.
type Items struct{ s *Service }

// Items returns the use cases of items.
func (s *Service) Items() Items { return Items{s} }

// Basis is the power or the agreement by which an item came into custody. The list
// is closed; that a word stands here says nothing of what the law requires.
type Basis string

// The bases.
const (
	BasisSearchWarrant   Basis = "search-warrant"
	BasisSearchPremises  Basis = "search-of-premises"
	BasisSeizure         Basis = "seizure"
	BasisSearchPerson    Basis = "search-of-person"
	BasisProductionOrder Basis = "production-order"
	BasisAgreement       Basis = "agreement" // of whoever had it, in writing
	BasisVolunteered     Basis = "volunteered"
	BasisFound           Basis = "found"
	BasisReturn          Basis = "operator-return"
	BasisMade            Basis = "made-here" // out of another item, or from data
	BasisOther           Basis = "other"
)

// Bases returns every basis.
func Bases() []Basis {
	return []Basis{
		BasisSearchWarrant, BasisSearchPremises, BasisSeizure, BasisSearchPerson, BasisProductionOrder, BasisAgreement, BasisVolunteered,
		BasisFound, BasisReturn, BasisMade, BasisOther,
	}
}

// Photograph is a picture, or a scanned paper, that goes with an entry.
type Photograph struct {
	Caption  string
	FileName string
	Content  []byte
}

// TakeItem takes an item into custody.
// Shape: an empty Reference is the next of the Witness, an empty Witness the asker.
// Before says since when somebody else had it, and BeforeBy who.
// Units: At is when it was taken in; zero = now.
type TakeItem struct {
	Ask
	Case        CaseID
	Reference   string
	Initials    string
	Witness     continuity.Party
	Media       Media
	Description string
	Condition   string
	Basis       Basis
	BasisOf     string // reference of the warrant, the authority, the agreement
	FoundAt     string // where it was found, in words
	Before      time.Time
	BeforeBy    continuity.Party
	Seal        string
	At          time.Time
	Evidence    ledger.EntryID // the received file that it is
	Photographs []Photograph
}

// TakenItem is an item as it was taken in.
type TakenItem struct {
	Received  Proof // item-received
	Described Proof // item-handled
	Item      string
	Code      string // short code of the taking in, for the receipt
	Note      string // what was decided about the reference, if anything
}

// handlingDocument is the payload of an item-handled entry.
// Shape: canonical JSON.
type handlingDocument struct {
	Act         string             `json:"act"`
	Basis       Basis              `json:"basis,omitempty"`
	BasisOf     string             `json:"basisOf,omitempty"`
	Before      ledger.Time        `json:"before,omitempty"`
	BeforeBy    continuity.Party   `json:"beforeBy,omitempty"`
	Condition   string             `json:"condition,omitempty"`
	Description string             `json:"description,omitempty"`
	FoundAt     string             `json:"foundAt,omitempty"`
	Media       Media              `json:"media,omitempty"`
	Parts       []string           `json:"parts,omitempty"`
	Photographs []photographRecord `json:"photographs,omitempty"`
	Reason      string             `json:"reason,omitempty"`
	To          continuity.Party   `json:"to,omitempty"`
	Witness     continuity.Party   `json:"witness,omitempty"`
}

// photographRecord says what one further subject of an entry is.
type photographRecord struct {
	Caption  string `json:"caption"`
	FileName string `json:"fileName"`
	Name     string `json:"name"` // of the subject
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
}

// sealNumber is the number on a bag as the record has it.
var sealNumber = regexp.MustCompile(`^[A-Z0-9][A-Z0-9./-]{1,31}$`)

// sealOf brings a seal's number into the form of the record: capitals, no blanks.
func sealOf(text string) (string, error) {
	number := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	if number == "" {
		return "", nil
	}
	if !sealNumber.MatchString(number) {
		return "", fmt.Errorf("%q is no seal number: 2 to 32 letters, digits, dots, dashes or slashes: %w", text, ErrInvalid)
	}
	return number, nil
}

// Take books an item in: that it was received and what it is, in one append.
// Errors: ErrConflict for a reference or a seal that is in use; ErrInvalid.
func (i Items) Take(ctx context.Context, actor Actor, request TakeItem) (TakenItem, error) {
	a, err := i.s.begin(ctx, actor, request.Case, policy.ItemRecord, request)
	if err != nil {
		return TakenItem{}, err
	}
	if stored, done, err := a.earlier(ctx, "taken"); done || err != nil {
		return a.takenBefore(ctx, stored, err)
	}
	if err := request.check(a.now); err != nil {
		return TakenItem{}, err
	}
	unlock := i.s.sealing(request.Seal)
	defer unlock()
	var taken TakenItem
	proofs, err := a.commit(ctx, "taken", resource{}, func() ([]sheet, error) {
		var sheets []sheet
		var err error
		sheets, taken, err = a.takeSheets(ctx, request)
		return sheets, err
	})
	if err != nil {
		return TakenItem{}, err
	}
	taken.Received, taken.Described, taken.Code = proofs[0], proofs[1], ReceiptCode(proofs[0].Placed.Commitment)
	return taken, nil
}

// sealing is held while a seal is put on, so that two cases cannot take the same
// number at once in this process. Between processes it is found afterwards: see
// Items.Seals.
func (s *Service) sealing(numbers ...string) (unlock func()) {
	if strings.Join(numbers, "") == "" {
		return func() {}
	}
	s.seals.Lock()
	return s.seals.Unlock
}

// check holds a request against what can be written down.
func (r *TakeItem) check(now time.Time) error {
	if !slices.Contains(MediaTypes(), r.Media) {
		return fmt.Errorf("%q is no kind of item; they are %s: %w", r.Media, wordsOf(MediaTypes()), ErrInvalid)
	}
	if !slices.Contains(Bases(), r.Basis) {
		return fmt.Errorf("%q is no basis; say by what it came into custody: %s: %w", r.Basis, wordsOf(Bases()), ErrInvalid)
	}
	if err := cmp.Or(
		checkText("description of the item", r.Description), checkLength("condition", r.Condition), checkLength("reference of the basis", r.BasisOf),
		checkLength("place where it was found", r.FoundAt), checkLength("name of the witness", r.Witness.Name),
		checkLength("name of who had it before", r.BeforeBy.Name),
	); err != nil {
		return err
	}
	if r.At.IsZero() {
		r.At = now
	}
	var err error
	if r.Seal, err = sealOf(r.Seal); err != nil {
		return err
	}
	if r.Before.IsZero() != r.BeforeBy.Nobody() {
		return fmt.Errorf("who had the item before, and since when, are said together: %w", ErrInvalid)
	}
	if r.Before.After(r.At) {
		return fmt.Errorf("it was with %s from %s, which is after it was taken in: %w", r.BeforeBy, CivilTime(r.Before), ErrInvalid)
	}
	return checkPhotographs(r.Photographs)
}

// Limits of what goes with one entry.
const (
	mostPhotographs   = 20
	largestPhotograph = 64 << 20
)

func checkPhotographs(list []Photograph) error {
	if len(list) > mostPhotographs {
		return fmt.Errorf("one entry has at most %d photographs; there are %d: %w", mostPhotographs, len(list), ErrInvalid)
	}
	for n, p := range list {
		if len(p.Content) == 0 || len(p.Content) > largestPhotograph {
			return fmt.Errorf("photograph %d is empty or larger than %d MiB: %w", n+1, largestPhotograph>>20, ErrInvalid)
		}
		if err := cmp.Or(checkLength("caption", p.Caption), checkLength("name of the file", p.FileName)); err != nil {
			return err
		}
	}
	return nil
}

// takeSheets are the entries of an item that is taken in.
func (a *act) takeSheets(ctx context.Context, r TakeItem) ([]sheet, TakenItem, error) {
	witness := r.Witness
	if witness.Nobody() {
		witness = continuity.Party{Person: a.actor.ID}
	}
	witness, err := a.party(ctx, witness)
	if err != nil {
		return nil, TakenItem{}, err
	}
	before, err := a.party(ctx, r.BeforeBy)
	if err != nil {
		return nil, TakenItem{}, err
	}
	name, note, err := a.referenceFor(ctx, r.Reference, strings.ToUpper(r.Initials), witness, r.Evidence)
	if err != nil {
		return nil, TakenItem{}, err
	}
	doc := handlingDocument{
		Act: string(continuity.Described), Basis: r.Basis, BasisOf: r.BasisOf, Condition: r.Condition, Description: r.Description,
		FoundAt: r.FoundAt, Media: r.Media, Witness: witness, BeforeBy: before,
	}
	if !r.Before.IsZero() {
		doc.Before = ledger.NewTime(r.Before)
	}
	if err := a.mayTake(ctx, name, r); err != nil {
		return nil, TakenItem{}, err
	}
	evidence, err := a.evidenceOf(ctx, name, r.Evidence)
	if err != nil {
		return nil, TakenItem{}, err
	}
	sheets, err := a.bookingSheets(ctx, "", booking{item: name, seal: r.Seal, at: r.At, doc: doc, photographs: r.Photographs, evidence: evidence})
	return sheets, TakenItem{Item: name, Note: note}, err
}

// mayTake holds the taking in against the rules of custody.
func (a *act) mayTake(ctx context.Context, name string, r TakeItem) error {
	used := ""
	if r.Seal != "" {
		var err error
		if used, err = a.sealUsed(ctx, r.Seal); err != nil {
			return err
		}
	}
	return a.mayMove(ctx, continuity.State{}, continuity.Move{
		Event: continuity.Event{Act: continuity.Taken, Item: name, By: a.actor.ID, At: r.At, SealIn: r.Seal, To: continuity.Party{Person: a.actor.ID}},
		Now:   a.now, SealUsed: used,
	})
}

// mayMove asks the rules of custody, and of an act by which the case loses the item whether a
// provider has it.
// Errors: ErrDenied when another person would have to do it, else ErrConflict.
func (a *act) mayMove(ctx context.Context, s continuity.State, m continuity.Move) error {
	err := continuity.Check(continuity.Rules(), s, m)
	if err != nil && s.Known() { // say it with the names of those who have it
		by, listErr := a.handlings(ctx, a.id, 0)
		if listErr != nil {
			return listErr
		}
		named, nameErr := a.itemState(ctx, by[m.Item])
		if nameErr != nil {
			return nameErr
		}
		err = continuity.Check(continuity.Rules(), named, m)
	}
	var fault *continuity.Fault
	if errors.As(err, &fault) && fault.Denied {
		return fmt.Errorf("%w: %w", err, ErrDenied)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", err, ErrConflict)
	}
	if slices.Contains(endings, m.Act) {
		with, err := a.outUnderOthers(ctx, "")
		if err != nil {
			return err
		}
		return with[m.Item]
	}
	return nil
}

// party completes a party with the name of an enrolled person.
// Errors: ErrNotFound for an id that nobody has.
func (a *act) party(ctx context.Context, p continuity.Party) (continuity.Party, error) {
	if p.Person == "" {
		return p, nil
	}
	person, err := find[personFact](ctx, a.Store, "", inPeople, p.Person, a.asOf)
	if err != nil {
		return p, fmt.Errorf("%q is not enrolled: name somebody outside in words instead: %w", p.Person, err)
	}
	return continuity.Party{Person: p.Person, Name: person.Name}, nil
}

// evidenceOf finds the received file that an item is: the one that was named, or
// none.
func (a *act) evidenceOf(ctx context.Context, name string, entry ledger.EntryID) (*ledger.Dependency, error) {
	if entry == (ledger.EntryID{}) {
		return nil, nil
	}
	fact, err := find[evidenceFact](ctx, a.Store, a.id, inEvidence, entry.String(), 0)
	if err != nil {
		return nil, fmt.Errorf("entry %s received no file: %w", entry, err)
	}
	if fact.Item != name {
		return nil, fmt.Errorf("the file of entry %s was received as %s, and the item that it is has the same reference: %w", entry, fact.Item, ErrConflict)
	}
	return &ledger.Dependency{Name: "evidence", Digest: fact.Payload, Entry: &fact.Entry}, nil
}

// takenBefore is the item that this request took in before.
func (a *act) takenBefore(ctx context.Context, stored Stored, err error) (TakenItem, error) {
	var taken TakenItem
	if taken.Received, err = a.again(ctx, stored, err); err != nil {
		return TakenItem{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return TakenItem{}, err
	}
	detail, ok := statement.Predicate.Detail.(*ledger.ItemReceived)
	if !ok {
		return TakenItem{}, fmt.Errorf("%w: entry %s took no item in", ErrIntegrity, stored.Entry)
	}
	described, done, err := a.earlier(ctx, "described")
	if err != nil || !done {
		return TakenItem{}, fmt.Errorf("%w: entry %s took an item in that nobody described: %w", ErrIntegrity, stored.Entry, err)
	}
	taken.Described, err = a.again(ctx, described, nil)
	taken.Item, taken.Code = detail.Item, ReceiptCode(stored.Commitment)
	return taken, err
}
