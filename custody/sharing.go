package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Sharing is what of a case another organisation may use, under an agreement,
// for a time, and what became of it.
type Sharing struct{ s *Service }

// Sharing returns the use cases of sharing.
func (s *Service) Sharing() Sharing { return Sharing{s} }

// shareForm is the form of the name of a sharing.
var shareForm = regexp.MustCompile(`^SH-[1-9][0-9]{0,5}$`)

// The kinds of things that are shared.
const (
	SharedDataset = "dataset" // its rows can be used here
	SharedExhibit = "exhibit" // handed over as numbered copies
	SharedItem    = "item"    // handed over
)

// Limits of one sharing. Units: years, things, people.
const (
	longestSharing = 5
	mostShared     = 1000
)

// SharedThing is one thing that is shared.
type SharedThing struct {
	Entry ledger.EntryID `json:"entry"`
	Kind  string         `json:"kind"`
	Name  string         `json:"name"` // as the record calls it
}

// sharingDocument is the newest state of a sharing.
// Shape: canonical JSON; People, Things and Uses sorted. Without People everybody of
// the organisation may use it.
type sharingDocument struct {
	Agreement string            `json:"agreement"` // the office's reference of the agreement
	Ended     *sharingEnd       `json:"ended,omitempty"`
	From      ledger.Time       `json:"from"`
	People    []string          `json:"people"`
	Purpose   policy.Purpose    `json:"purpose"`
	Reason    string            `json:"reason"`
	Things    []SharedThing     `json:"things"`
	Until     ledger.Time       `json:"until"`
	Uses      []policy.ShareUse `json:"uses"`
	With      string            `json:"with"`
}

type sharingEnd struct {
	At     ledger.Time `json:"at"`
	Reason string      `json:"reason"`
}

// ShareCase shares things of a case with another organisation.
// Shape: Until must be given; From zero = now. Uses may be empty when only exhibits
// and items are shared.
type ShareCase struct {
	Ask
	Case        CaseID
	With        string
	Agreement   string
	Datasets    []ledger.EntryID
	Exhibits    []ledger.EntryID
	Items       []string
	People      []string // ids of the only people who may use it
	Uses        []policy.ShareUse
	From, Until time.Time
	For         policy.Purpose // empty: the investigation
	Reason      string
}

// SharedCase is a sharing with its name.
type SharedCase struct {
	Proof
	Name string
}

// EndSharing ends a sharing at once.
type EndSharing struct {
	Ask
	Case   CaseID
	Name   string
	Reason string
}

// Share records that things of a case are shared.
// Errors: ErrDenied; ErrNotFound for what the case does not have, or an organisation
// or person who is not known; ErrInvalid.
func (h Sharing) Share(ctx context.Context, actor Actor, request ShareCase) (SharedCase, error) {
	a, err := h.s.begin(ctx, actor, request.Case, policy.CaseShare, request)
	if err != nil {
		return SharedCase{}, err
	}
	if stored, done, err := a.earlier(ctx, "sharing"); done || err != nil {
		return a.sharedBefore(ctx, stored, err)
	}
	var name string
	proofs, err := a.commit(ctx, "sharing", resource{}, func() ([]sheet, error) {
		doc, err := a.sharingTerms(ctx, request)
		if err != nil {
			return nil, err
		}
		rows, err := a.sharings(ctx)
		if err != nil {
			return nil, err
		}
		name = fmt.Sprintf("SH-%d", len(rows)+1)
		s, err := a.rowSheet(ctx, "sharing", sharingRegister, name, ledger.EntryID{}, true, doc)
		s.operation = "disclosure"
		return []sheet{s}, err
	})
	if err != nil {
		return SharedCase{}, err
	}
	return SharedCase{proofs[0], name}, a.receipt(ctx, &proofs[0])
}

func (a *act) sharedBefore(ctx context.Context, stored Stored, err error) (SharedCase, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return SharedCase{}, err
	}
	row, err := find[rowFact](ctx, a.Store, a.id, inRegisterRows, stored.Entry.String(), 0)
	return SharedCase{proof, row.Name}, err
}

// sharings returns the newest row of every sharing of the case, in the order of the
// log.
func (a *act) sharings(ctx context.Context) ([]rowFact, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, sharingRegister, 0)
	if err != nil {
		return nil, fmt.Errorf("what of the case is shared: %w", err)
	}
	return slices.DeleteFunc(rows, func(r rowFact) bool { return !shareForm.MatchString(r.Name) }), nil
}

// sharingTerms completes and checks what is asked of a sharing.
func (a *act) sharingTerms(ctx context.Context, r ShareCase) (sharingDocument, error) {
	doc := sharingDocument{
		Agreement: r.Agreement, People: notNil(slices.Compact(slices.Sorted(slices.Values(r.People)))), Purpose: r.For, Reason: r.Reason,
		Uses: notNil(slices.Compact(slices.Sorted(slices.Values(r.Uses)))), With: r.With,
	}
	if doc.Purpose == "" {
		doc.Purpose = policy.Investigation
	}
	if err := cmp.Or(checkText("reference of the agreement", r.Agreement), checkText("reason", r.Reason)); err != nil {
		return doc, err
	}
	if !isOneOf(doc.Purpose, policy.Purposes()) {
		return doc, fmt.Errorf("%q is not a purpose that is known; known are %s: %w", doc.Purpose, wordsOf(policy.Purposes()), ErrInvalid)
	}
	for _, use := range doc.Uses {
		if !isOneOf(use, policy.ShareUses()) {
			return doc, fmt.Errorf("%q is no use of what is shared; the uses are %s: %w", use, wordsOf(policy.ShareUses()), ErrInvalid)
		}
	}
	if r.Until.IsZero() || r.Until.After(a.now.AddDate(longestSharing, 0, 0)) {
		return doc, fmt.Errorf("a sharing ends within %d years: say when: %w", longestSharing, ErrInvalid)
	}
	w, err := windowFrom(a.now, r.From, r.Until)
	if err != nil {
		return doc, fmt.Errorf("the sharing: %w", err)
	}
	doc.From, doc.Until = w.From, w.Until
	if err := a.partner(ctx, doc); err != nil {
		return doc, err
	}
	doc.Things, err = a.thingsShared(ctx, r)
	if err == nil && len(r.Datasets) > 0 && len(doc.Uses) == 0 {
		err = fmt.Errorf("say which uses of the data sets are allowed: %s: %w", wordsOf(policy.ShareUses()), ErrInvalid)
	}
	return doc, err
}

// partner holds the other organisation, and the people named of it, against the
// record.
func (a *act) partner(ctx context.Context, doc sharingDocument) error {
	other, err := a.organisation(ctx, doc.With)
	if err != nil {
		return err
	}
	if other.Ended != "" {
		return fmt.Errorf("nothing is shared with %s any more (%s): %w", doc.With, other.Ended, ErrConflict)
	}
	switch owner, err := a.owner(ctx, a.id, 0); {
	case err != nil:
		return err
	case owner == policy.Unstated:
		return fmt.Errorf("nobody has said to which organisation the case belongs: enter the one that keeps this record with organisation record --home: %w", ErrInvalid)
	case owner == doc.With:
		return fmt.Errorf("the case belongs to %s: %w", doc.With, ErrInvalid)
	}
	for _, person := range doc.People {
		if known, err := has(ctx, a.Store, "", inPeople, person, 0); err != nil || !known {
			return fmt.Errorf("%s, who is to use what is shared, is not enrolled: %w", person, errors.Join(err, ErrNotFound))
		}
		standing, err := a.standingOf(ctx, person, 0)
		if err != nil {
			return err
		}
		if from, err := a.belongs(ctx, standing.Organisation, 0); err != nil || from != doc.With {
			return fmt.Errorf("%s belongs to %s, not to %s: %w", person, from, doc.With, errors.Join(err, ErrInvalid))
		}
	}
	return nil
}

// thingsShared finds what is to be shared in the record.
func (a *act) thingsShared(ctx context.Context, r ShareCase) ([]SharedThing, error) {
	var things []SharedThing
	for _, entry := range r.Datasets {
		fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, entry.String(), 0)
		if err != nil {
			return nil, fmt.Errorf("data set %s: %w", entry, err)
		}
		things = append(things, SharedThing{entry, SharedDataset, "data set of " + fact.Item})
	}
	for _, entry := range r.Exhibits {
		fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, entry.String(), 0)
		if err != nil {
			return nil, fmt.Errorf("exhibit %s: %w", entry, err)
		}
		things = append(things, SharedThing{entry, SharedExhibit, fmt.Sprintf("%s version %d", fact.Reference, fact.Version)})
	}
	for _, item := range r.Items {
		fact, err := find[itemFact](ctx, a.Store, a.id, inItems, item, 0)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", item, err)
		}
		things = append(things, SharedThing{fact.Entry, SharedItem, item})
	}
	if len(things) == 0 || len(things) > mostShared {
		return nil, fmt.Errorf("a sharing names 1 to %d data sets, exhibits or items: %w", mostShared, ErrInvalid)
	}
	slices.SortFunc(things, func(x, y SharedThing) int { return compareThings(x, y) })
	return slices.Compact(things), nil
}

// End ends a sharing at once: what was decided on it and not yet recorded is decided
// anew.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it has ended.
func (h Sharing) End(ctx context.Context, actor Actor, request EndSharing) (Proof, error) {
	if err := checkText("reason", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := h.s.begin(ctx, actor, request.Case, policy.CaseShare, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "ended"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "ended", resource{}, func() ([]sheet, error) {
		doc, row, err := a.sharingNamed(ctx, request.Name)
		if err != nil {
			return nil, err
		}
		if state := doc.state(a.now); state == SharingEnded {
			return nil, fmt.Errorf("the sharing %s has ended already: %w", request.Name, ErrConflict)
		}
		doc.Ended = &sharingEnd{ledger.NewTime(a.now), request.Reason}
		s, err := a.rowSheet(ctx, "ended", sharingRegister, request.Name, row.Entry, true, doc)
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// sharingNamed returns a sharing as it stands.
// Errors: ErrNotFound.
func (a *act) sharingNamed(ctx context.Context, name string) (sharingDocument, rowFact, error) {
	if !shareForm.MatchString(name) {
		return sharingDocument{}, rowFact{}, fmt.Errorf("%q does not name a sharing; they have names such as SH-1: %w", name, ErrInvalid)
	}
	row, err := registerRow(ctx, a.Store, a.id, sharingRegister, name, 0)
	if err != nil {
		return sharingDocument{}, row, fmt.Errorf("sharing %s: %w", name, err)
	}
	doc, err := a.sharing(ctx, row)
	return doc, row, err
}

// The states of a sharing.
const (
	SharingInForce = "in force"
	SharingEnded   = "ended"
	SharingToCome  = "from later on"
)

func (d sharingDocument) state(now time.Time) string {
	switch {
	case d.Ended != nil || !now.Before(d.Until.Time):
		return SharingEnded
	case now.Before(d.From.Time):
		return SharingToCome
	}
	return SharingInForce
}
