package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// Transfers is the handing over of items: one party offers, the other accepts or
// refuses, and each signs what it did.
type Transfers struct{ s *Service }

// Transfers returns the use cases of hand-overs.
func (s *Service) Transfers() Transfers { return Transfers{s} }

// OfferItems offers items to another holder.
// Shape: To is an enrolled person by id, or somebody outside in words; Courier, in
// words, carries them between the two.
// Units: At is when it was offered; zero = now. Due is when it is to have arrived.
type OfferItems struct {
	Ask
	Case    CaseID
	Items   []string
	To      continuity.Party
	Reason  string
	Courier string
	Means   string
	Due     time.Time
	At      time.Time
}

// AnswerOffer accepts, refuses or withdraws an offer.
// Shape: Seals are the numbers that the receiver read, by item; Broken the items
// whose seal is broken. SignedBy is who signed on paper for a party outside, and
// Papers what they signed.
type AnswerOffer struct {
	Ask
	Case      CaseID
	Offer     ledger.EntryID
	Answer    continuity.Act // Accepted, Refused or Withdrawn
	Seals     map[string]string
	Broken    []string
	Condition string
	Reason    string
	SignedBy  string
	Papers    []Photograph
	At        time.Time
}

// transferDocument is the payload of a transfer-recorded entry.
// Shape: canonical JSON; an offer has Items, To and Reason, an answer what was
// found.
type transferDocument struct {
	Broken    []string           `json:"broken,omitempty"`
	Condition string             `json:"condition,omitempty"`
	Courier   string             `json:"courier,omitempty"`
	Items     []string           `json:"items"`
	Means     string             `json:"means,omitempty"`
	Papers    []photographRecord `json:"papers,omitempty"`
	Reason    string             `json:"reason,omitempty"`
	SignedBy  string             `json:"signedBy,omitempty"`
	To        continuity.Party   `json:"to"`
}

// mostItems is how many items are handed over at once.
const mostItems = 100

// Offer records an offer. The items stay with whoever has them until it is accepted.
// Errors: ErrDenied for somebody who does not have them; ErrConflict; ErrNotFound;
// ErrInvalid.
func (t Transfers) Offer(ctx context.Context, actor Actor, request OfferItems) (Handled, error) {
	a, err := t.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return Handled{}, err
	}
	if stored, done, err := a.earlier(ctx, "offered"); done || err != nil {
		return a.handledBefore(ctx, stored, err)
	}
	if err := request.check(a.now); err != nil {
		return Handled{}, err
	}
	proofs, err := a.commit(ctx, "offered", resource{}, func() ([]sheet, error) { return a.offerSheets(ctx, request) })
	if err != nil {
		return Handled{}, err
	}
	return Handled{proofs[0], ReceiptCode(proofs[0].Placed.Commitment)}, nil
}

func (r *OfferItems) check(now time.Time) error {
	if err := cmp.Or(
		checkText("reason for the hand-over", r.Reason), checkLength("courier", r.Courier), checkLength("means", r.Means),
		checkLength("name of the recipient", r.To.Name),
	); err != nil {
		return err
	}
	slices.SortFunc(r.Items, compareReferences)
	if len(r.Items) == 0 || len(r.Items) > mostItems {
		return fmt.Errorf("one item or more is handed over, at most %d at once: %w", mostItems, ErrInvalid)
	}
	if len(slices.Compact(slices.Clone(r.Items))) != len(r.Items) {
		return fmt.Errorf("an item is named twice: %w", ErrInvalid)
	}
	if r.At.IsZero() {
		r.At = now
	}
	return nil
}

// canTake completes who is to have something, and tells whether they can take it.
func (a *act) canTake(ctx context.Context, to continuity.Party) (continuity.Party, bool, error) {
	if to.Person == "" {
		return to, to.Name != "", nil
	}
	can, err := a.canSign(ctx, to.Person)
	if err != nil || !can {
		return to, false, err
	}
	to, err = a.party(ctx, to)
	return to, true, err
}

// offerSheets are the entries of an offer: another keeper of a store who hands
// something out of it has it from then on.
func (a *act) offerSheets(ctx context.Context, r OfferItems) ([]sheet, error) {
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return nil, err
	}
	var recipient bool
	if r.To, recipient, err = a.canTake(ctx, r.To); err != nil {
		return nil, err
	}
	var moved []sheet
	doc := transferDocument{Courier: r.Courier, Items: r.Items, Means: r.Means, Reason: r.Reason, To: r.To}
	params := map[string]string{paramAt: timeText(r.At), paramDue: timeText(r.Due), paramItems: strings.Join(r.Items, " ")}
	if r.To.Person != "" {
		params[paramTo] = r.To.Person
	}
	if r.Courier != "" {
		params[paramCourier] = yes
	}
	for n, item := range r.Items {
		state, move, err := a.moveIn(ctx, states, item, continuity.Offered, r.At)
		if err != nil {
			return nil, err
		}
		move.From, move.To, move.Due, move.Recipient = state.Holder, r.To, r.Due, recipient
		if err := a.mayMove(ctx, state, move); err != nil {
			return nil, err
		}
		if !move.Keeper || move.By == state.Holder.Person {
			continue
		}
		params[paramKeeper] = yes
		out, err := a.movementSheet(ctx, fmt.Sprintf("out %d", n+1), item, state, a.actor.ID)
		if err != nil {
			return nil, err
		}
		moved = append(moved, out)
	}
	if len(moved) > 0 && len(moved) < len(r.Items) {
		return nil, fmt.Errorf("some of the items are with you and some with another keeper of where they lie: offer them apart: %w", ErrConflict)
	}
	s, err := a.transferSheet(ctx, "offered", &ledger.TransferRecorded{State: string(continuity.Offered)}, doc, params, nil)
	return append([]sheet{s}, moved...), err
}

// transferSheet keeps the words and the papers and says what is recorded.
func (a *act) transferSheet(ctx context.Context, stage string, detail *ledger.TransferRecorded, doc transferDocument, params map[string]string, papers []Photograph) (sheet, error) {
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{stage: stage, chain: work, changes: true, operation: "disclosure", detail: detail, parameters: params}
	if doc.Papers, s.subjects, err = a.keepPhotographs(ctx, papers); err != nil {
		return sheet{}, err
	}
	blob, err := a.keepJSON(ctx, doc)
	if err != nil {
		return sheet{}, fmt.Errorf("the words of the hand-over: %w", err)
	}
	s.subjects = append([]ledger.Subject{{Name: "transfer", Digest: blob.Recorded()}}, s.subjects...)
	return s, nil
}

// Answer accepts, refuses or withdraws an offer. Accepted items are with the
// recipient from then on; a seal that was found broken is recorded with it.
// Errors: ErrDenied for somebody to whom it was not offered, or who did not offer
// it; ErrConflict for an offer that is not open; ErrNotFound; ErrInvalid.
func (t Transfers) Answer(ctx context.Context, actor Actor, request AnswerOffer) (Handled, error) {
	a, err := t.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return Handled{}, err
	}
	if stored, done, err := a.earlier(ctx, "answered"); done || err != nil {
		return a.handledBefore(ctx, stored, err)
	}
	if err := request.check(a.now); err != nil {
		return Handled{}, err
	}
	proofs, err := a.commit(ctx, "answered", resource{}, func() ([]sheet, error) { return a.answerSheets(ctx, request) })
	if err != nil {
		return Handled{}, err
	}
	return Handled{proofs[0], ReceiptCode(proofs[0].Placed.Commitment)}, nil
}

func (r *AnswerOffer) check(now time.Time) error {
	switch r.Answer { //nolint:exhaustive // the others go on
	case continuity.Accepted:
	case continuity.Refused, continuity.Withdrawn:
		if err := checkText("reason", r.Reason); err != nil {
			return err
		}
		if len(r.Seals)+len(r.Broken) > 0 {
			return fmt.Errorf("seals are read when something is accepted: %w", ErrInvalid)
		}
	default:
		return fmt.Errorf("an offer is accepted, refused or withdrawn, not %q: %w", r.Answer, ErrInvalid)
	}
	if r.At.IsZero() {
		r.At = now
	}
	for _, item := range slices.Sorted(maps.Keys(r.Seals)) {
		form, err := sealOf(r.Seals[item])
		if err != nil {
			return err
		}
		r.Seals[item] = form
	}
	if err := cmp.Or(checkLength("condition", r.Condition), checkLength("reason", r.Reason), checkLength("name of who signed", r.SignedBy)); err != nil {
		return err
	}
	return checkPhotographs(r.Papers)
}

func (a *act) answerSheets(ctx context.Context, r AnswerOffer) ([]sheet, error) {
	offer, err := find[offerFact](ctx, a.Store, a.id, inTransfers, r.Offer.String(), 0)
	if err != nil {
		return nil, fmt.Errorf("entry %s of this case offers nothing: %w", r.Offer, err)
	}
	if before, done, err := maybe[answerToOfferFact](ctx, a.Store, a.id, inAnswered, r.Offer.String(), 0); err != nil || done {
		return nil, errors.Join(err, fmt.Errorf("that offer was %s by %s on %s; there is nothing to answer any more: %w", before.State, before.By, CivilTime(before.At.Time), ErrConflict))
	}
	said, err := documentOf[transferDocument](ctx, a.Service, a.id, offer.Payload)
	if err != nil {
		return nil, fmt.Errorf("the words of offer %s: %w", r.Offer, err)
	}
	for _, item := range append(slices.Sorted(maps.Keys(r.Seals)), r.Broken...) {
		if !slices.Contains(offer.Items, item) {
			return nil, fmt.Errorf("%s is not among what was offered: %s: %w", item, strings.Join(offer.Items, ", "), ErrInvalid)
		}
	}
	doc := transferDocument{Broken: r.Broken, Condition: r.Condition, Items: offer.Items, Reason: r.Reason, SignedBy: r.SignedBy, To: said.To}
	onPaper := offer.To == "" && r.Answer != continuity.Withdrawn
	params := map[string]string{paramAt: timeText(r.At), paramItems: strings.Join(offer.Items, " ")}
	if offer.To != "" {
		params[paramTo] = offer.To
	}
	if onPaper {
		params[paramPaper] = yes
		if r.SignedBy == "" {
			return nil, fmt.Errorf("%s is not enrolled: say who signed for them on paper, and add what they signed: %w", said.To, ErrInvalid)
		}
	}
	more, err := a.answerItems(ctx, r, offer, said.To, onPaper, params)
	if err != nil {
		return nil, err
	}
	first, err := a.transferSheet(ctx, "answered", &ledger.TransferRecorded{State: string(r.Answer), Transfer: r.Offer}, doc, params, r.Papers)
	if err != nil {
		return nil, err
	}
	first.dependencies = []ledger.Dependency{{Name: "offer", Digest: offer.Payload, Entry: &offer.Entry}}
	return append([]sheet{first}, more...), nil
}

// answerItems holds the answer against the rules, item by item, and returns the
// entries that follow from it: who has each item now, and seals found broken.
func (a *act) answerItems(ctx context.Context, r AnswerOffer, offer offerFact, to continuity.Party, onPaper bool, params map[string]string) ([]sheet, error) {
	states, err := a.itemStates(ctx, a.id)
	if err != nil {
		return nil, err
	}
	var more []sheet
	var seals []string
	for n, item := range offer.Items {
		state, move, err := a.moveIn(ctx, states, item, r.Answer, r.At)
		if err != nil {
			return nil, err
		}
		move.Offer, move.From, move.To, move.OnPaper, move.SealOut = r.Offer.String(), state.Holder, to, onPaper, r.Seals[item]

		broken := slices.Contains(r.Broken, item)
		if broken && move.SealOut == "" {
			move.SealOut = state.Seal
		}
		if broken && state.Seal == "" {
			return nil, fmt.Errorf("%s is under no seal that could be broken: %w", item, ErrConflict)
		}
		if err := a.mayMove(ctx, state, move); err != nil {
			return nil, err
		}
		if r.Answer != continuity.Accepted {
			continue
		}
		seals = append(seals, orDefault(move.SealOut, noSeal))
		moved, err := a.movementSheet(ctx, fmt.Sprintf("moved %d", n+1), item, state, offer.To)
		if err != nil {
			return nil, err
		}
		more = append(more, moved)
		if broken {
			found, err := a.handlingSheet(ctx, fmt.Sprintf("broken %d", n+1), handlingSheet{
				item: item, act: continuity.FoundBroken, at: r.At, doc: handlingDocument{Condition: r.Condition, Reason: orDefault(r.Reason, "found when it was handed over")},
				params: map[string]string{paramSealOut: state.Seal},
			})
			if err != nil {
				return nil, err
			}
			more = append(more, found)
		}
	}
	if len(seals) > 0 {
		params[paramSeals] = strings.Join(seals, " ")
	}
	return more, nil
}
