package custody

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"custos.example/custody/parts"
	"custos.example/ledger"
	"custos.example/policy"
)

// Deliveries is what is sent to somebody as a pack, in parts where the line or the
// disk asks for it: prepared once, issued as often as it takes, and followed until
// its recipient has confirmed it.
type Deliveries struct{ s *Service }

// Deliveries returns the use cases of deliveries.
func (s *Service) Deliveries() Deliveries { return Deliveries{s} }

// DeliveryState is how far a delivery has come.
type DeliveryState string

// The states. A later one never goes back to an earlier one.
const (
	DeliveryPrepared  DeliveryState = "prepared"
	DeliverySent      DeliveryState = "sent"
	DeliveryArrived   DeliveryState = "arrived" // whole, by the recipient's word
	DeliveryOpened    DeliveryState = "opened"
	DeliveryChecked   DeliveryState = "checked"
	DeliveryDiffers   DeliveryState = "differs"   // what arrived is not what was sent
	DeliveryWithdrawn DeliveryState = "withdrawn" // it is no longer waited for
)

// Units: bytes, but for the time.
const (
	standardPart   = 1_000_000
	standardArrive = 7 * 24 * time.Hour // without another day, a delivery is waited for so long
	latestArrive   = 366 * 24 * time.Hour
)

// PrepareDelivery makes a pack for a recipient.
// Shape: Of is an exhibit, whose bundle is made and sent, or a received file. The
// copy that leaves is numbered. With Encrypt, only the holders of these keys
// (age1...) can open it.
type PrepareDelivery struct {
	Ask
	CopyTerms
	Case     CaseID
	Of       ledger.EntryID
	Withhold map[uint64]string // of a bundle
	PartSize int64             // of one part, head and content; 0 = 1,000,000 bytes
	Encrypt  []string
	Key      string    // id of the key with which the recipient signs receipts, or its first 16 digits, if it was told by another way
	Due      time.Time // by when it is to have arrived; zero = in seven days
	Name     string    // a file name that every part shows in the clear; it must say nothing of the case
}

// PreparedDelivery is a pack that can be issued.
type PreparedDelivery struct {
	Proof
	Name   string // in the register, such as DEL-1
	Pack   parts.PackID
	Copy   uint64
	Total  uint64
	Size   uint64 // of the pack
	SHA256 ledger.Digest
	Due    time.Time
}

// deliveryDocument is a row of the register of deliveries.
// Shape: canonical JSON; Cover is the signed cover as every part carries it.
type deliveryDocument struct {
	Because     string           `json:"because,omitempty"`     // of a withdrawal
	ConfirmedBy string           `json:"confirmedBy,omitempty"` // by this row, in words
	Content     parts.Content    `json:"content"`               // what is in the pack
	Copy        uint64           `json:"copy"`
	Cover       parts.Signed     `json:"cover"`
	Due         ledger.Time      `json:"due"`
	Holder      string           `json:"holder,omitempty"`
	How         string           `json:"how,omitempty"` // it was confirmed, where nobody signed
	Key         string           `json:"key,omitempty"`
	List        ledger.DigestSet `json:"list"`
	Means       string           `json:"means,omitempty"`
	Of          ledger.EntryID   `json:"of"`
	Pack        ledger.DigestSet `json:"pack"`
	Parts       string           `json:"parts,omitempty"`  // issued by this row
	Result      string           `json:"result,omitempty"` // of the recipient's check
	Signed      string           `json:"signed,omitempty"` // how this row's receipt is signed: enrolled, known, unknown
	State       DeliveryState    `json:"state"`
	Stated      *parts.Slip      `json:"stated,omitempty"` // what the recipient said, by this row
	To          string           `json:"to"`
	What        string           `json:"what"`
}

var (
	deliveryName = regexp.MustCompile(`^DEL-[1-9][0-9]{0,6}$`)
	keyIDText    = regexp.MustCompile(`^[0-9a-f]{16,64}$`)
)

// Prepare makes the pack, keeps it, and puts it in the register. Nothing has left
// yet, but for the number of the copy under which it will.
//
// Durability: the pack is on disk when it returns; every part of it is the same
// bytes however often it is issued.
// Errors: ErrDenied; ErrNotFound; ErrInvalid.
func (d Deliveries) Prepare(ctx context.Context, actor Actor, request PrepareDelivery) (PreparedDelivery, error) {
	a, err := d.s.begin(ctx, actor, request.Case, policy.DeliveryRecord, request)
	if err != nil {
		return PreparedDelivery{}, err
	}
	if stored, done, err := a.earlier(ctx, "delivery"); done || err != nil {
		return a.preparedBefore(ctx, stored, err)
	}
	if err := request.complete(a); err != nil {
		return PreparedDelivery{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return PreparedDelivery{}, err
	}
	doc, blobs, err := a.packed(ctx, actor, request)
	if err != nil {
		return PreparedDelivery{}, err
	}
	var name string
	proofs, err := a.commit(ctx, "delivery", resource{}, func() ([]sheet, error) {
		rows, err := registerNewest(ctx, a.Store, a.id, deliveryRegister, 0)
		if err != nil {
			return nil, err
		}
		name = fmt.Sprintf("DEL-%d", len(rows)+1)
		row, err := a.rowSheet(ctx, "delivery", deliveryRegister, name, doc.Of, true, doc)
		row.operation = "disclosure"
		row.subjects = append(row.subjects, blobs...)
		return []sheet{row}, err
	})
	if err != nil {
		return PreparedDelivery{}, err
	}
	return doc.prepared(name, proofs[0])
}

// complete fills in what was left out and checks the rest.
func (r *PrepareDelivery) complete(a *act) error {
	if r.PartSize == 0 {
		r.PartSize = standardPart
	}
	if r.Due.IsZero() {
		r.Due = a.now.Add(standardArrive)
	}
	if !r.Due.After(a.now) || r.Due.Sub(a.now) > latestArrive {
		return fmt.Errorf("a delivery is to arrive after now and within a year, not on %s: %w", r.Due.Format(time.RFC3339), ErrInvalid)
	}
	if r.Recipient == "" && r.Holder == "" {
		return fmt.Errorf("a delivery is to somebody: name them in words, or as an enrolled person: %w", ErrInvalid)
	}
	r.Key = strings.ToLower(strings.ReplaceAll(r.Key, "-", ""))
	if r.Key != "" && !keyIDText.MatchString(r.Key) {
		return fmt.Errorf("%q is not the id of a key, nor the first 16 digits of one: %w", r.Key, ErrInvalid)
	}
	if _, err := parts.NewCutter(r.PartSize); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// preparedBefore is what this request prepared before.
func (a *act) preparedBefore(ctx context.Context, stored Stored, err error) (PreparedDelivery, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return PreparedDelivery{}, err
	}
	row, err := find[rowFact](ctx, a.Store, a.id, inRegisterRows, stored.Entry.String(), 0)
	if err != nil {
		return PreparedDelivery{}, err
	}
	doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
	if err != nil {
		return PreparedDelivery{}, err
	}
	return doc.prepared(row.Name, proof)
}

func (doc deliveryDocument) prepared(name string, proof Proof) (PreparedDelivery, error) {
	cover, id, err := doc.cover()
	return PreparedDelivery{
		Proof: proof, Name: name, Pack: id, Copy: doc.Copy, Total: cover.Total, Size: cover.Size, SHA256: cover.SHA256, Due: doc.Due.Time,
	}, err
}

// cover is the cover of the pack, as it was signed.
func (doc deliveryDocument) cover() (parts.Cover, parts.PackID, error) {
	cover, id, err := parts.OpenCover(doc.Cover)
	if err != nil {
		err = fmt.Errorf("%w: cover of a delivery: %w", ErrIntegrity, err)
	}
	return cover, id, err
}

// delivery returns the newest row of a delivery.
// Errors: ErrInvalid; ErrNotFound.
func (a *act) delivery(ctx context.Context, name string) (rowFact, deliveryDocument, error) {
	if !deliveryName.MatchString(name) {
		return rowFact{}, deliveryDocument{}, fmt.Errorf("%q names no delivery; the register has names such as DEL-2: %w", name, ErrInvalid)
	}
	row, err := registerRow(ctx, a.Store, a.id, deliveryRegister, name, 0)
	if err != nil {
		return rowFact{}, deliveryDocument{}, fmt.Errorf("delivery %s: %w", name, err)
	}
	doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
	if err != nil {
		return rowFact{}, deliveryDocument{}, fmt.Errorf("delivery %s: %w", name, err)
	}
	return row, doc, nil
}

// everWas tells whether any row of a delivery is as that: a later state hides an earlier one.
func (a *act) everWas(ctx context.Context, name string, is func(deliveryDocument) bool) (bool, error) {
	rows, err := registerRows(ctx, a.Store, a.id, deliveryRegister, 0)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if row.Name != name {
			continue
		}
		doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
		if err != nil {
			return false, fmt.Errorf("delivery %s: %w", name, err)
		}
		if is(doc) {
			return true, nil
		}
	}
	return false, nil
}

// notWithdrawn returns nil for a delivery that was never withdrawn. That it arrived all the
// same does not call it back.
// Errors: ErrConflict.
func (a *act) notWithdrawn(ctx context.Context, name string) error {
	withdrawn, err := a.everWas(ctx, name, func(doc deliveryDocument) bool { return doc.State == DeliveryWithdrawn })
	if err == nil && withdrawn {
		err = fmt.Errorf("%s was withdrawn: prepare it anew: %w", name, ErrConflict)
	}
	return err
}

// next is a row that follows this one: what was said by this row alone is left out.
func (doc deliveryDocument) next(state DeliveryState) deliveryDocument {
	doc.Because, doc.ConfirmedBy, doc.How, doc.Parts, doc.Result, doc.Signed, doc.Stated = "", "", "", "", "", "", nil
	if state.rank() > doc.State.rank() {
		doc.State = state
	}
	return doc
}

// rank puts the states in order.
func (s DeliveryState) rank() int {
	for i, state := range []DeliveryState{DeliveryPrepared, DeliverySent, DeliveryWithdrawn, DeliveryArrived, DeliveryOpened, DeliveryChecked, DeliveryDiffers} {
		if s == state {
			return i
		}
	}
	return -1
}

// waited tells whether the delivery has not arrived and is waited for.
func (s DeliveryState) waited() bool { return s == DeliveryPrepared || s == DeliverySent }
