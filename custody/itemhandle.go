package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// HandleItem records what was done to an item by whoever has it.
// Shape: SealIn is the number that goes on (sealed), SealOut the one that was read
// off the bag (opened, found-broken); Place is of placed; To of returned; Evidence
// of linked.
// Units: At is when it was done; zero = now.
type HandleItem struct {
	Ask
	Case        CaseID
	Item        string
	Act         continuity.Act
	At          time.Time
	Condition   string
	Description string // the newest; empty = unchanged
	Reason      string
	SealIn      string
	SealOut     string
	Place       string
	To          continuity.Party
	Evidence    ledger.EntryID
	Photographs []Photograph
}

// Handled is an act that stands in the record.
type Handled struct {
	Proof
	Code string // its short code
}

// wantsReason are the acts that are never done without a reason.
var wantsReason = []continuity.Act{
	continuity.Opened, continuity.FoundBroken, continuity.FoundMissing, continuity.Condemned, continuity.Spared, continuity.Returned,
	continuity.Destroyed, continuity.Collected,
}

// Handle records an act. Split items with Split, hand them over with Transfers.
// Errors: ErrDenied for somebody who does not have it, or under a hold; ErrConflict when
// the item is not as it would have to be; ErrNotFound; ErrInvalid.
func (i Items) Handle(ctx context.Context, actor Actor, request HandleItem) (Handled, error) {
	a, about, err := i.handling(ctx, actor, request)
	if err != nil {
		return Handled{}, err
	}
	return a.handle(ctx, about, request)
}

// handle decides on an act and records it, once.
func (a *act) handle(ctx context.Context, about resource, request HandleItem) (Handled, error) {
	if stored, done, err := a.earlier(ctx, "handled"); done || err != nil {
		return a.handledBefore(ctx, stored, err)
	}
	if err := request.check(a.now); err != nil {
		return Handled{}, err
	}
	unlock := a.sealing(request.SealIn)
	defer unlock()
	proofs, err := a.commit(ctx, "handled", about, func() ([]sheet, error) { return a.handleSheets(ctx, request) })
	if err != nil {
		return Handled{}, err
	}
	return Handled{proofs[0], ReceiptCode(proofs[0].Placed.Commitment)}, nil
}

// endings are the acts by which a case loses an item, none of which goes under a hold.
var endings = []continuity.Act{continuity.Condemned, continuity.Destroyed, continuity.Returned}

// handling begins an act. Of one by which the case loses the item the policy is asked with
// what keeps it, so that it is on record who tried.
func (i Items) handling(ctx context.Context, actor Actor, request HandleItem) (*act, resource, error) {
	if !slices.Contains(endings, request.Act) {
		a, err := i.s.begin(ctx, actor, request.Case, policy.ItemRecord, request)
		return a, resource{}, err
	}
	a, err := i.s.begin(ctx, actor, request.Case, policy.ItemDispose, request)
	if err != nil {
		return nil, resource{}, err
	}
	return a, resource{erasure: &erasing{id: a.id, basis: policy.ItemEnds, notBefore: policy.At(a.now)}}, nil
}

// check holds a request against what can be written down.
func (r *HandleItem) check(now time.Time) error {
	if !slices.Contains(continuity.Handlings(), r.Act) || r.Act == continuity.Split {
		return fmt.Errorf("%q is not done to an item here: %w", r.Act, ErrInvalid)
	}
	if err := cmp.Or(
		checkLength("condition", r.Condition), checkLength("description", r.Description), checkLength("reason", r.Reason),
		checkLength("name of who gets it", r.To.Name),
	); err != nil {
		return err
	}
	if slices.Contains(wantsReason, r.Act) && r.Reason == "" {
		return fmt.Errorf("say why it was %s: %w", r.Act, ErrInvalid)
	}
	if r.Act == continuity.Returned && r.To.Nobody() {
		return fmt.Errorf("say to whom it was returned: %w", ErrInvalid)
	}
	if r.At.IsZero() {
		r.At = now
	}
	for _, f := range []struct {
		name string
		set  bool
		only []continuity.Act
	}{
		{"the number of a seal that goes on", r.SealIn != "", []continuity.Act{continuity.Sealed}},
		{"the number of a seal that was read", r.SealOut != "", []continuity.Act{continuity.Opened, continuity.FoundBroken}},
		{"a storage location", r.Place != "", []continuity.Act{continuity.Placed}},
		{"somebody who gets it", !r.To.Nobody(), []continuity.Act{continuity.Returned}},
		{"a received file", r.Evidence != (ledger.EntryID{}), []continuity.Act{continuity.Linked}},
	} {
		if f.set && !slices.Contains(f.only, r.Act) {
			return fmt.Errorf("an item that is %s does not come with %s: %w", r.Act, f.name, ErrInvalid)
		}
	}
	if r.Act == continuity.Photographed && len(r.Photographs) == 0 {
		return fmt.Errorf("there is no photograph: %w", ErrInvalid)
	}
	var err error
	if r.SealIn, err = sealOf(r.SealIn); err != nil {
		return err
	}
	if r.SealOut, err = sealOf(r.SealOut); err != nil {
		return err
	}
	return checkPhotographs(r.Photographs)
}

// handleSheets are the entries of one act, if it keeps to the rules.
func (a *act) handleSheets(ctx context.Context, r HandleItem) ([]sheet, error) {
	state, move, err := a.moveOf(ctx, r.Item, r.Act, r.At)
	if err != nil {
		return nil, err
	}
	move.SealIn, move.SealOut, move.Place = r.SealIn, r.SealOut, r.Place
	doc := handlingDocument{Condition: r.Condition, Description: r.Description, Reason: r.Reason}
	h := handlingSheet{item: r.Item, act: r.Act, at: r.At, photographs: r.Photographs, params: map[string]string{
		paramSealIn: r.SealIn, paramSealOut: r.SealOut, paramPlace: r.Place,
	}}
	if r.SealIn != "" {
		if move.SealUsed, err = a.sealUsed(ctx, r.SealIn); err != nil {
			return nil, err
		}
	}
	switch r.Act { //nolint:exhaustive // the others go on
	case continuity.Placed:
		if move.PlaceKnown, move.PlaceKept, err = a.placeFor(ctx, r.Place); err != nil {
			return nil, err
		}
	case continuity.Returned:
		if doc.To, err = a.party(ctx, r.To); err != nil {
			return nil, err
		}
		move.To, h.params[paramTo] = doc.To, doc.To.Person
	case continuity.Collected:
		move.From, move.To, move.OnPaper = state.Holder, continuity.Party{Person: a.actor.ID}, true
		h.params[paramPaper], h.params[paramTo] = yes, a.actor.ID
	case continuity.Linked:
		if h.evidence, err = a.evidenceOf(ctx, r.Item, r.Evidence); err != nil {
			return nil, err
		}
		if h.evidence == nil {
			return nil, fmt.Errorf("say which received file it is: %w", ErrInvalid)
		}
	}
	if move.Keeper && move.By != state.Holder.Person {
		h.params[paramKeeper] = yes
	}
	if err := a.mayMove(ctx, state, move); err != nil {
		return nil, err
	}
	h.doc = doc
	s, err := a.handlingSheet(ctx, "handled", h)
	if err != nil {
		return nil, err
	}
	switch {
	case r.Act == continuity.Collected:
		return a.withMovement(ctx, s, r.Item, state, a.actor.ID)
	case r.Act == continuity.Returned:
		return a.withMovement(ctx, s, r.Item, state, doc.To.Person)
	case h.params[paramKeeper] == yes:
		return a.withMovement(ctx, s, r.Item, state, a.actor.ID)
	}
	return []sheet{s}, nil
}

// withMovement adds that the item is with somebody else from then on.
func (a *act) withMovement(ctx context.Context, s sheet, item string, before continuity.State, to string) ([]sheet, error) {
	moved, err := a.movementSheet(ctx, "moved", item, before, to)
	return []sheet{s, moved}, err
}

// moveOf is what is known of an item and of the asker when something is to be done.
func (a *act) moveOf(ctx context.Context, item string, what continuity.Act, at time.Time) (continuity.State, continuity.Move, error) {
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return continuity.State{}, continuity.Move{}, err
	}
	return a.moveIn(ctx, states, item, what, at)
}

func (a *act) moveIn(ctx context.Context, states map[string]continuity.State, item string, what continuity.Act, at time.Time) (continuity.State, continuity.Move, error) {
	state, known := states[item]
	move := continuity.Move{Event: continuity.Event{Act: what, Item: item, By: a.actor.ID, At: at, Recorded: a.now}, Now: a.now}
	if !known {
		return state, move, fmt.Errorf("%s is not on record in this case: take it into custody first: %w", item, ErrNotFound)
	}
	var err error
	if state.Place != "" && state.Holder.Person != a.actor.ID {
		if _, move.Keeper, err = a.placeFor(ctx, state.Place); err != nil {
			return state, move, err
		}
	}
	if move.HolderSigns, err = a.canSign(ctx, state.Holder.Person); err != nil {
		return state, move, err
	}
	hold, err := a.held(ctx, a.id, 0)
	if err != nil {
		return state, move, err
	}
	if hold != policy.NoHold {
		move.Hold = hold
	}
	return state, move, nil
}

// canSign tells whether somebody is enrolled, has a role and a key in force.
func (a *act) canSign(ctx context.Context, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	person, err := a.personNow(ctx, id, a.now)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil || len(person.Roles) == 0 {
		return false, err
	}
	revoked, err := has(ctx, a.Store, "", inRevoked, person.Key.String(), 0)
	return !revoked, err
}

// movementSheet says that an item is with somebody else now.
func (a *act) movementSheet(ctx context.Context, stage, item string, before continuity.State, to string) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	from := orDefault(before.Holder.Person, outside)
	return sheet{
		stage: stage, chain: work, changes: true, operation: "disclosure",
		detail: &ledger.ItemTransferred{From: from, Item: item, Reason: "hand-over", Seal: before.Seal, To: orDefault(to, outside)},
	}, nil
}

// handledBefore is what this request recorded before.
func (a *act) handledBefore(ctx context.Context, stored Stored, err error) (Handled, error) {
	proof, err := a.again(ctx, stored, err)
	return Handled{proof, ReceiptCode(stored.Commitment)}, err
}

// SplitItem takes parts out of an item; each becomes an item of its own.
type SplitItem struct {
	Ask
	Case   CaseID
	Item   string
	At     time.Time
	Reason string
	Parts  []ItemPart
}

// ItemPart is what came out of an item.
type ItemPart struct {
	Media       Media
	Description string
	Condition   string
}

// SplitParts are the parts with their references.
type SplitParts struct {
	Handled
	Items []string
}

// mostParts is how many parts come out of an item at once.
const mostParts = 20

// Split records that parts were taken out of an item: each gets the next letter
// after its reference, and is with whoever took it out.
// Errors: as those of Handle.
func (i Items) Split(ctx context.Context, actor Actor, request SplitItem) (SplitParts, error) {
	a, err := i.s.begin(ctx, actor, request.Case, policy.ItemRecord, request)
	if err != nil {
		return SplitParts{}, err
	}
	if stored, done, err := a.earlier(ctx, "handled"); done || err != nil {
		return a.splitBefore(ctx, stored, err)
	}
	if len(request.Parts) == 0 || len(request.Parts) > mostParts {
		return SplitParts{}, fmt.Errorf("say one part or more, at most %d at once: %w", mostParts, ErrInvalid)
	}
	if request.At.IsZero() {
		request.At = a.now
	}
	for _, p := range request.Parts {
		part := TakeItem{Media: p.Media, Description: p.Description, Condition: p.Condition, Basis: BasisMade}
		if err := part.check(a.now); err != nil {
			return SplitParts{}, err
		}
	}
	if err := checkLength("reason", request.Reason); err != nil {
		return SplitParts{}, err
	}
	var names []string
	proofs, err := a.commit(ctx, "handled", resource{}, func() ([]sheet, error) {
		var sheets []sheet
		var err error
		sheets, names, err = a.splitSheets(ctx, request)
		return sheets, err
	})
	if err != nil {
		return SplitParts{}, err
	}
	return SplitParts{Handled{proofs[0], ReceiptCode(proofs[0].Placed.Commitment)}, names}, nil
}

func (a *act) splitSheets(ctx context.Context, r SplitItem) ([]sheet, []string, error) {
	state, move, err := a.moveOf(ctx, r.Item, continuity.Split, r.At)
	if err != nil {
		return nil, nil, err
	}
	if err := a.mayMove(ctx, state, move); err != nil {
		return nil, nil, err
	}
	taken, err := a.takenNames(ctx)
	if err != nil {
		return nil, nil, err
	}
	names, err := taken.partsOf(r.Item, len(r.Parts))
	if err != nil {
		return nil, nil, err
	}
	h := handlingSheet{item: r.Item, act: continuity.Split, at: r.At, doc: handlingDocument{Parts: names, Reason: r.Reason}, params: map[string]string{}}
	if move.Keeper && move.By != state.Holder.Person {
		h.params[paramKeeper] = yes
	}
	first, err := a.handlingSheet(ctx, "handled", h)
	if err != nil {
		return nil, nil, err
	}
	witness, err := a.party(ctx, continuity.Party{Person: a.actor.ID})
	if err != nil {
		return nil, nil, err
	}
	sheets := []sheet{first}
	if h.params[paramKeeper] == yes {
		if sheets, err = a.withMovement(ctx, first, r.Item, state, a.actor.ID); err != nil {
			return nil, nil, err
		}
	}
	for n, p := range r.Parts {
		more, err := a.bookingSheets(ctx, fmt.Sprintf(" %d", n+1), booking{item: names[n], parent: r.Item, at: r.At, doc: handlingDocument{
			Basis: BasisMade, BasisOf: r.Item, Condition: p.Condition, Description: p.Description, Media: p.Media, Witness: witness,
		}})
		if err != nil {
			return nil, nil, err
		}
		sheets = append(sheets, more...)
	}
	return sheets, names, nil
}

// splitBefore is what this request recorded before.
func (a *act) splitBefore(ctx context.Context, stored Stored, err error) (SplitParts, error) {
	handled, err := a.handledBefore(ctx, stored, err)
	if err != nil {
		return SplitParts{}, err
	}
	statement, err := stored.Statement()
	if err != nil {
		return SplitParts{}, err
	}
	doc, err := documentOf[handlingDocument](ctx, a.Service, a.id, statement.Subject[0].Digest)
	return SplitParts{handled, doc.Parts}, err
}
