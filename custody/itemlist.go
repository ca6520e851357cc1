package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// Item is an item as it stands.
// Shape: Evidence are the received files that it is. Held says in words where it is.
type Item struct {
	Case        CaseID           `json:"case"`
	In          string           `json:"in"` // reference of the case
	Item        string           `json:"item"`
	Entry       ledger.EntryID   `json:"entry"`
	Media       Media            `json:"media"`
	Description string           `json:"description"`
	Condition   string           `json:"condition,omitempty"`
	Witness     continuity.Party `json:"witness"`
	Basis       Basis            `json:"basis"`
	BasisOf     string           `json:"basisOf,omitempty"`
	FoundAt     string           `json:"foundAt,omitempty"`
	Parent      string           `json:"parent,omitempty"`
	Holder      continuity.Party `json:"holder"`
	Place       string           `json:"place,omitempty"`
	Seal        string           `json:"seal,omitempty"`
	Opened      bool             `json:"opened"` // it was under seal once and is not now
	Missing     bool             `json:"missing,omitempty"`
	Ended       continuity.Act   `json:"ended,omitempty"`
	Doomed      bool             `json:"doomed,omitempty"` // its destruction is ordered
	Offer       string           `json:"offer,omitempty"`  // entry of the open offer
	OfferedTo   continuity.Party `json:"offeredTo,omitzero"`
	Due         ledger.Time      `json:"due,omitzero"`
	Overdue     bool             `json:"overdue,omitempty"`
	Evidence    []string         `json:"evidence"`
	Taken       ledger.Time      `json:"taken"`
	Last        ledger.Time      `json:"last"` // of the newest thing that was done to it
	Gone        bool             `json:"gone,omitempty"`
}

// ItemSearch asks where items are.
// Shape: without a Case those of every case, for those who oversee them; Holder
// leaves those that one enrolled person has, Unsealed those that were under seal and
// are not, Overdue those whose hand-over was not answered in time.
type ItemSearch struct {
	Ask
	Case     CaseID
	Item     string
	Holder   string
	Place    string
	Unsealed bool
	Overdue  bool
	Ended    bool // with those that were returned or destroyed
}

// ItemList is what was found.
// Shape: in the order of cases and references. Unreadable are the cases of which
// the list could not be read, with the reason.
type ItemList struct {
	Items      []Item            `json:"items"`
	Unreadable map[CaseID]string `json:"unreadable"`
}

// Where lists items with who has each, where it is and what stands open.
func (i Items) Where(ctx context.Context, actor Actor, search ItemSearch) (ItemList, error) {
	a, err := i.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return ItemList{}, err
	}
	found := ItemList{Items: []Item{}, Unreadable: map[CaseID]string{}}
	err = a.overCases(ctx, search.Case, found.Unreadable, func(within *act) error {
		items, err := within.items(ctx, 0)
		for _, item := range items {
			if search.fits(item) {
				found.Items = append(found.Items, item)
			}
		}
		return err
	})
	return found, err
}

func (q ItemSearch) fits(i Item) bool {
	return (q.Item == "" || q.Item == i.Item) && (q.Holder == "" || q.Holder == i.Holder.Person) && (q.Place == "" || q.Place == i.Place) &&
		(!q.Unsealed || i.Opened && i.Ended == "") && (!q.Overdue || i.Overdue) && (q.Ended || i.Ended == "" || q.Item != "")
}

// items returns every item of the case as it stood when the log had asOf entries,
// in the order of references.
func (a *act) items(ctx context.Context, asOf uint64) ([]Item, error) {
	facts, err := list[itemFact](ctx, a.Store, a.id, inItems, asOf)
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return nil, err
	}
	by, err := a.handlings(ctx, a.id, asOf)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y itemFact) int { return compareReferences(x.Item, y.Item) })
	items := make([]Item, 0, len(facts))
	for _, f := range facts {
		item, err := a.item(ctx, f, by[f.Item])
		if err != nil {
			return nil, err
		}
		item.In = about.Reference
		items = append(items, item)
	}
	return items, nil
}

// item is one item with its words.
func (a *act) item(ctx context.Context, f itemFact, events []handlingFact) (Item, error) {
	i := Item{Case: a.id, Item: f.Item, Entry: f.Entry, Media: f.Media, Parent: f.Parent, Taken: f.At, Evidence: []string{}}
	state, err := a.itemState(ctx, events)
	if err != nil {
		return i, err
	}
	for _, e := range events {
		if e.Evidence != "" && !slices.Contains(i.Evidence, e.Evidence) {
			i.Evidence = append(i.Evidence, e.Evidence)
		}
	}
	i.Holder, i.Place, i.Seal, i.Opened, i.Missing, i.Ended, i.Doomed = state.Holder, state.Place, state.Seal, state.Opened, state.Missing, state.End, state.Doomed != ""
	i.Offer, i.OfferedTo, i.Last = state.Offer, state.To, ledger.NewTime(state.Last)
	if state.Offer != "" {
		i.Due, i.Overdue = ledger.NewTime(state.Due), a.now.After(state.Due)
	}
	for _, e := range events { // the newest words stand
		if e.Act != continuity.Described {
			continue
		}
		doc, err := documentOf[handlingDocument](ctx, a.Service, a.id, e.Payload)
		if errors.Is(err, ErrNotFound) {
			i.Gone = true
			continue
		}
		if err != nil {
			return i, fmt.Errorf("what is said of %s: %w", f.Item, err)
		}
		i.Description, i.Condition = orDefault(doc.Description, i.Description), orDefault(doc.Condition, i.Condition)
		if e.Entry == f.Entry {
			i.Witness, i.Basis, i.BasisOf, i.FoundAt = doc.Witness, doc.Basis, doc.BasisOf, doc.FoundAt
		}
	}
	return i, nil
}

// itemState is the state after some events, with the names of those who have it.
func (a *act) itemState(ctx context.Context, events []handlingFact) (continuity.State, error) {
	var state continuity.State
	var to, holder handlingFact // where those outside are named
	for _, f := range events {
		state = state.After(f.event())
		switch f.Act { //nolint:exhaustive // the others go on
		case continuity.Offered:
			to = f
		case continuity.Accepted, continuity.Returned:
			holder = f
		}
	}
	var err error
	if state.Holder, err = a.partyNamed(ctx, state.Holder, holder); err != nil {
		return state, err
	}
	state.To, err = a.partyNamed(ctx, state.To, to)
	return state, err
}

// partyNamed gives a party its name: that of the person enrolled, or the one in the
// words of an event.
func (a *act) partyNamed(ctx context.Context, p continuity.Party, f handlingFact) (continuity.Party, error) {
	if p.Person != "" {
		named, err := a.party(ctx, p)
		if errors.Is(err, ErrNotFound) {
			return p, nil
		}
		return named, err
	}
	if p.Nobody() || len(f.Payload) == 0 {
		return p, nil
	}
	var to continuity.Party
	var err error
	if f.Act == continuity.Returned {
		var doc handlingDocument
		doc, err = documentOf[handlingDocument](ctx, a.Service, a.id, f.Payload)
		to = doc.To
	} else {
		var doc transferDocument
		doc, err = documentOf[transferDocument](ctx, a.Service, a.id, f.Payload)
		to = doc.To
	}
	if errors.Is(err, ErrNotFound) {
		return p, nil // erased
	}
	return to, err
}

// Seal is a seal on record.
// Shape: of a number that stands in several cases, which can only be if two
// processes took it at once, Twice says so.
type Seal struct {
	Case  CaseID         `json:"case"`
	In    string         `json:"in"`
	Seal  string         `json:"seal"`
	Item  string         `json:"item"`
	Entry ledger.EntryID `json:"entry"`
	Time  ledger.Time    `json:"time"`
	On    bool           `json:"on"` // it is on the item now
	Twice bool           `json:"twice,omitempty"`
}

// SealList is every seal, in the order of cases and numbers.
type SealList struct {
	Seals      []Seal            `json:"seals"`
	Unreadable map[CaseID]string `json:"unreadable"`
}

// Seals lists the seals that were ever put on, of one case or of all.
func (i Items) Seals(ctx context.Context, actor Actor, search ItemSearch) (SealList, error) {
	a, err := i.s.looks(ctx, actor, search.Case, search.Ask)
	if err != nil {
		return SealList{}, err
	}
	found := SealList{Seals: []Seal{}, Unreadable: map[CaseID]string{}}
	err = a.overCases(ctx, search.Case, found.Unreadable, func(within *act) error {
		seals, err := within.sealList(ctx)
		found.Seals = append(found.Seals, seals...)
		return err
	})
	seen := map[string]int{}
	for n, s := range found.Seals {
		if first, twice := seen[s.Seal]; twice {
			found.Seals[n].Twice, found.Seals[first].Twice = true, true
		}
		seen[s.Seal] = n
	}
	return found, err
}

func (a *act) sealList(ctx context.Context) ([]Seal, error) {
	records, err := a.Store.List(ctx, a.id, inSeals, 0)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return nil, err
	}
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return nil, err
	}
	seals := make([]Seal, 0, len(records))
	for _, r := range records {
		var f sealFact
		if err := ledger.UnmarshalCanonical(r.Value, &f); err != nil {
			return nil, fmt.Errorf("%w: a seal of the case: %w", ErrIntegrity, err)
		}
		seals = append(seals, Seal{Case: a.id, In: about.Reference, Seal: r.Key, Item: f.Item, Entry: f.Entry, Time: f.Time, On: states[f.Item].Seal == r.Key})
	}
	slices.SortFunc(seals, func(x, y Seal) int { return strings.Compare(x.Seal, y.Seal) })
	return seals, nil
}
