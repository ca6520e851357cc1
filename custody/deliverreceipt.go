package custody

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"custos.example/custody/parts"
	"custos.example/ledger"
	"custos.example/policy"
)

// How a receipt is signed.
const (
	SignedEnrolled = "enrolled" // with the enrolled recipient's key, or by their own entry
	SignedKnown    = "known"    // with the key that was named when the delivery was prepared
	SignedUnknown  = "unknown"  // with a key for which nobody here has spoken
	SignedNobody   = ""         // on somebody's word
)

// ConfirmDelivery records what its recipient says of a delivery.
// Shape: Receipt is the file that came back, signed. Without one the recipient,
// when enrolled, says it themselves by asking; for anybody else ConfirmedBy says who
// said it and How in which way. State and Result are needed where there is no
// receipt.
type ConfirmDelivery struct {
	Ask
	Case        CaseID
	Name        string
	Receipt     []byte
	State       DeliveryState
	Result      string // of a check: matches, differs, cannot-tell
	ConfirmedBy string
	How         string
}

// ConfirmedDelivery is a delivery after its recipient was heard.
type ConfirmedDelivery struct {
	Proof
	Name   string
	State  DeliveryState
	By     string
	Signed string // enrolled, known, unknown; empty = on somebody's word
}

// Confirm records a receipt, or what was said in its stead. What the recipient
// holds is compared with what was sent: if it is something else, the state is
// "differs", and says so from then on.
// Errors: ErrDenied; ErrNotFound; ErrInvalid for a receipt of another pack, or one
// that was changed; ErrConflict for one that says nothing new.
func (d Deliveries) Confirm(ctx context.Context, actor Actor, request ConfirmDelivery) (ConfirmedDelivery, error) {
	a, about, err := d.dealing(ctx, actor, request.Case, request.Name, request)
	if err != nil {
		return ConfirmedDelivery{}, err
	}
	confirmed := ConfirmedDelivery{Name: request.Name}
	if stored, done, err := a.earlier(ctx, "confirmed"); done || err != nil {
		return a.confirmedBefore(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "confirmed", about, func() ([]sheet, error) {
		row, doc, err := a.delivery(ctx, request.Name)
		if err == nil {
			err = a.concerns(doc)
		}
		if err != nil {
			return nil, err
		}
		next, err := a.heard(ctx, request, doc)
		if err != nil {
			return nil, err
		}
		confirmed.State, confirmed.By, confirmed.Signed = next.State, next.ConfirmedBy, next.Signed
		s, err := a.rowSheet(ctx, "confirmed", deliveryRegister, row.Name, doc.Of, true, next)
		s.operation = "disclosure"
		return []sheet{s}, err
	})
	if err != nil {
		return ConfirmedDelivery{}, err
	}
	confirmed.Proof = proofs[0]
	return confirmed, nil
}

// confirmedBefore is what this request recorded before.
func (a *act) confirmedBefore(ctx context.Context, stored Stored, err error) (ConfirmedDelivery, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return ConfirmedDelivery{}, err
	}
	row, err := find[rowFact](ctx, a.Store, a.id, inRegisterRows, stored.Entry.String(), 0)
	if err != nil {
		return ConfirmedDelivery{}, err
	}
	doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
	return ConfirmedDelivery{proof, row.Name, doc.State, doc.ConfirmedBy, doc.Signed}, err
}

// heard is the row that follows on what the recipient said.
func (a *act) heard(ctx context.Context, request ConfirmDelivery, doc deliveryDocument) (deliveryDocument, error) {
	sent, err := a.everWas(ctx, request.Name, func(doc deliveryDocument) bool { return doc.Parts != "" })
	switch {
	case err != nil:
		return doc, err
	case !sent && doc.State == DeliveryWithdrawn:
		return doc, fmt.Errorf("%s was withdrawn before anything of it was sent: what arrived is something else: %w", request.Name, ErrConflict)
	case !sent:
		return doc, fmt.Errorf("%s has not been sent: its parts are issued first: %w", request.Name, ErrConflict)
	case doc.State == DeliveryDiffers:
		return doc, fmt.Errorf("%s stands as differing from what was sent: find out why, and prepare a new delivery: %w", request.Name, ErrConflict)
	}
	if request.Receipt == nil {
		return a.told(request, doc)
	}
	receipt, err := parts.OpenReceipt(request.Receipt)
	if err != nil {
		return doc, fmt.Errorf("this is no receipt, or it was changed since it was signed: %w: %w", ErrInvalid, err)
	}
	slip := receipt.Slip
	cover, id, err := doc.cover()
	if err != nil {
		return doc, err
	}
	if slip.Pack != id || slip.Delivery != cover.Delivery || slip.Origin != cover.Origin {
		return doc, fmt.Errorf("the receipt is for pack %s of %s, and %s is pack %s: %w", parts.ShortID(slip.Pack), slip.Origin, request.Name, parts.ShortID(id), ErrInvalid)
	}
	state := DeliveryState(slip.State)
	if slip.Content != nil && *slip.Content != doc.Content || slip.Result == parts.ResultDiffers {
		state = DeliveryDiffers
	}
	if state.rank() <= doc.State.rank() {
		return doc, fmt.Errorf("%s is %s already, and the receipt says no more than that it %s: %w", request.Name, doc.State, past(state), ErrConflict)
	}
	next := doc.next(state)
	next.ConfirmedBy, next.Stated, next.Result = receipt.By, &slip, slip.Result
	next.Signed, err = a.receiptKey(ctx, receipt.Key.KeyID(), doc)
	return next, err
}

// told is a row on somebody's word.
func (a *act) told(request ConfirmDelivery, doc deliveryDocument) (deliveryDocument, error) {
	state := request.State
	switch {
	case state != DeliveryArrived && state != DeliveryOpened && state != DeliveryChecked && state != DeliveryDiffers:
		return doc, fmt.Errorf("say what the recipient said: %s, %s, %s or %s, or give their receipt: %w", DeliveryArrived, DeliveryOpened, DeliveryChecked, DeliveryDiffers, ErrInvalid)
	case (state == DeliveryChecked) != (request.Result != ""):
		return doc, fmt.Errorf("the result of a check goes with %s, and only with it: %w", DeliveryChecked, ErrInvalid)
	case request.Result != "" && request.Result != parts.ResultMatches && request.Result != parts.ResultDiffers && request.Result != parts.ResultCannotTell:
		return doc, fmt.Errorf("a check %s, %s or is %s: %w", parts.ResultMatches, parts.ResultDiffers, parts.ResultCannotTell, ErrInvalid)
	}
	if request.Result == parts.ResultDiffers {
		state = DeliveryDiffers
	}
	if state.rank() <= doc.State.rank() {
		return doc, fmt.Errorf("%s is %s already: %w", request.Name, doc.State, ErrConflict)
	}
	next := doc.next(state)
	next.Result = request.Result
	if doc.Holder == a.actor.ID && request.ConfirmedBy == "" {
		next.ConfirmedBy, next.Signed = a.person.Name, SignedEnrolled
		return next, nil
	}
	if err := cmp.Or(checkText("name of who confirms it", request.ConfirmedBy), checkText("way in which it was confirmed", request.How)); err != nil {
		return doc, err
	}
	next.ConfirmedBy, next.How = request.ConfirmedBy, request.How
	return next, nil
}

// receiptKey says what is known of the key that signed a receipt.
func (a *act) receiptKey(ctx context.Context, key ledger.KeyID, doc deliveryDocument) (string, error) {
	if doc.Holder != "" {
		person, known, err := maybe[personFact](ctx, a.Store, "", inPeople, doc.Holder, 0)
		if err != nil {
			return "", err
		}
		if known && person.Key == key {
			revoked, err := has(ctx, a.Store, "", inRevoked, key.String(), 0)
			if err != nil || !revoked {
				return SignedEnrolled, err
			}
		}
	}
	if doc.Key != "" && strings.HasPrefix(key.String(), doc.Key) {
		return SignedKnown, nil
	}
	return SignedUnknown, nil
}

// past is a state as it stands after "it".
func past(s DeliveryState) string {
	if s == DeliveryArrived {
		return "arrived"
	}
	return "was " + string(s)
}

// WithdrawDelivery ends the waiting for a delivery.
type WithdrawDelivery struct {
	Ask
	Case   CaseID
	Name   string
	Reason string
}

// Withdraw records that a delivery that has not arrived is no longer waited for.
// What was issued of it is out of reach, and its copy stays on the list.
// Errors: ErrDenied; ErrNotFound; ErrInvalid; ErrConflict once it has arrived.
func (d Deliveries) Withdraw(ctx context.Context, actor Actor, request WithdrawDelivery) (Proof, error) {
	if err := checkText("reason for withdrawing it", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := d.s.begin(ctx, actor, request.Case, policy.DeliveryRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "withdrawn"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "withdrawn", resource{}, func() ([]sheet, error) {
		row, doc, err := a.delivery(ctx, request.Name)
		if err == nil {
			err = a.concerns(doc)
		}
		if err != nil {
			return nil, err
		}
		if !doc.State.waited() {
			return nil, fmt.Errorf("%s is %s, and is not waited for: %w", request.Name, doc.State, ErrConflict)
		}
		next := doc.next(DeliveryWithdrawn)
		next.Because = request.Reason
		s, err := a.rowSheet(ctx, "withdrawn", deliveryRegister, row.Name, doc.Of, true, next)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}
