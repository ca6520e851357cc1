package custody

import (
	"context"
	"errors"
	"fmt"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// ItemLine is one item with the whole line of its custody.
type ItemLine struct {
	Item
	Legs   []continuity.Leg `json:"legs"`
	Gaps   []continuity.Gap `json:"gaps"`
	Events []HandlingOnLine `json:"events"`
}

// HandlingOnLine is one thing that happened to an item, with its words.
type HandlingOnLine struct {
	Act         continuity.Act     `json:"act"`
	At          time.Time          `json:"at"`
	Recorded    time.Time          `json:"recorded"`
	By          string             `json:"by"`
	Entry       string             `json:"entry"`
	Index       uint64             `json:"index"`
	Seal        string             `json:"seal,omitempty"`
	Place       string             `json:"place,omitempty"`
	Words       string             `json:"words,omitempty"`
	Photographs []photographRecord `json:"photographs"`
}

// Show returns an item with everything that happened to it and the line of its
// custody.
// Errors: ErrNotFound.
func (i Items) Show(ctx context.Context, actor Actor, id CaseID, reference string, ask Ask) (ItemLine, error) {
	a, err := i.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return ItemLine{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return ItemLine{}, err
	}
	return a.itemLine(ctx, reference, 0, a.now)
}

// ShowEntry is Show of the item that an entry took in or described.
// Errors: ErrNotFound.
func (i Items) ShowEntry(ctx context.Context, actor Actor, id CaseID, entry ledger.EntryID, ask Ask) (ItemLine, error) {
	a, err := i.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return ItemLine{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return ItemLine{}, err
	}
	facts, err := list[itemFact](ctx, a.Store, id, inItems, 0)
	if err != nil {
		return ItemLine{}, err
	}
	for _, f := range facts {
		if f.Entry == entry {
			return a.itemLine(ctx, f.Item, 0, a.now)
		}
	}
	return ItemLine{}, fmt.Errorf("entry %s of this case took no item in: %w", entry, ErrNotFound)
}

// itemLine is one item as it stood when the log had asOf entries, seen at an instant.
func (a *act) itemLine(ctx context.Context, reference string, asOf uint64, now time.Time) (ItemLine, error) {
	fact, err := find[itemFact](ctx, a.Store, a.id, inItems, reference, asOf)
	if err != nil {
		return ItemLine{}, fmt.Errorf("%s is not on record in this case: %w", reference, err)
	}
	by, err := a.handlings(ctx, a.id, asOf)
	if err != nil {
		return ItemLine{}, err
	}
	then := *a
	then.asOf = asOf
	return then.lineOf(ctx, fact, by[reference], now)
}

func (a *act) lineOf(ctx context.Context, fact itemFact, facts []handlingFact, now time.Time) (ItemLine, error) {
	seen := *a
	seen.now = now
	item, err := seen.item(ctx, fact, facts)
	if err != nil {
		return ItemLine{}, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return ItemLine{}, err
	}
	item.In = about.Reference
	line := ItemLine{Item: item, Events: []HandlingOnLine{}}
	events, err := a.events(ctx, facts, &line)
	if err != nil {
		return line, err
	}
	followed := continuity.Follow(events, now)
	line.Legs, line.Gaps = followed.Legs, followed.Gaps
	return line, nil
}

// events are what happened to an item, with names and words; what was erased has none.
func (a *act) events(ctx context.Context, facts []handlingFact, line *ItemLine) ([]continuity.Event, error) {
	var events []continuity.Event
	holder := continuity.Party{}
	for _, f := range facts {
		e := f.event()
		told := HandlingOnLine{
			Act: e.Act, At: e.At, Recorded: e.Recorded, By: e.By, Entry: e.Entry, Index: e.Index, Place: e.Place,
			Seal: orDefault(e.SealIn, e.SealOut), Photographs: []photographRecord{},
		}
		var err error
		if e.To, err = a.partyNamed(ctx, e.To, f); err != nil {
			return nil, err
		}
		if err := a.tell(ctx, f, &e, &told); err != nil {
			return nil, err
		}
		if f.Act == continuity.Described && f.Entry == line.Entry && len(events) > 0 {
			events[0].Before, events[0].BeforeBy = e.Before, e.BeforeBy
		}
		e.From = holder
		e.Words = told.Words
		events, line.Events = append(events, e), append(line.Events, told)
		if e.Act == continuity.Taken || e.Act == continuity.Accepted || e.Act == continuity.Collected || e.Act == continuity.Returned {
			holder = e.To
		} else if e.Keeper {
			if holder, err = a.partyNamed(ctx, continuity.Party{Person: e.By}, f); err != nil {
				return nil, err
			}
		}
	}
	return events, nil
}

// tell adds the words of an event.
func (a *act) tell(ctx context.Context, f handlingFact, e *continuity.Event, told *HandlingOnLine) error {
	if len(f.Payload) == 0 {
		return nil
	}
	var err error
	switch f.Act { //nolint:exhaustive // the others go on
	case continuity.Offered, continuity.Accepted, continuity.Refused, continuity.Withdrawn:
		var doc transferDocument
		doc, err = documentOf[transferDocument](ctx, a.Service, a.id, f.Payload)
		told.Words, told.Photographs = sentence(doc.Reason, doc.Condition, under("with", doc.Courier), under("signed on paper by", doc.SignedBy)), notNil(doc.Papers)
	default:
		var doc handlingDocument
		doc, err = documentOf[handlingDocument](ctx, a.Service, a.id, f.Payload)
		told.Words, told.Photographs = sentence(doc.Description, doc.Condition, doc.Reason, under("found at", doc.FoundAt)), notNil(doc.Photographs)
		e.Before, e.BeforeBy = doc.Before.Time, doc.BeforeBy
	}
	if errors.Is(err, ErrNotFound) {
		told.Words = "(erased)"
		return nil
	}
	if err != nil {
		return fmt.Errorf("the words of entry %s: %w", f.Entry, err)
	}
	return nil
}

func under(what, text string) string {
	if text == "" {
		return ""
	}
	return what + " " + text
}

// sentence joins what there is.
func sentence(parts ...string) string {
	text := ""
	for _, p := range parts {
		switch {
		case p == "":
		case text == "":
			text = p
		default:
			text += "; " + p
		}
	}
	return text
}
