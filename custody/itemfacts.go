package custody

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/custody/continuity"
	"custos.example/ledger"
)

// The collections of items; all belong to a case.
const (
	inItems     = "items"     // by exhibit reference
	inHandlings = "handlings" // what happened to items, by place in the log and reference
	inSeals     = "seals"     // by number
	inTransfers = "transfers" // offers, by entry
	inAnswered  = "answered"  // answers to offers, by the offer's entry
	inReceipts  = "receipts"  // entries about items, by their short code
	inMovements = "movements" // item-transferred, by place in the log
)

// itemFact is an item as it was taken into custody.
type itemFact struct {
	At      ledger.Time      `json:"at"`
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Index   ledger.Index     `json:"index"`
	Item    string           `json:"item"`
	Media   Media            `json:"media"`
	Parent  string           `json:"parent,omitempty"`
	Payload ledger.DigestSet `json:"payload"` // what was written down of it when it was taken in
	Seal    string           `json:"seal,omitempty"`
	Time    ledger.Time      `json:"time"`
}

// handlingFact is one thing that happened to one item, without its words.
type handlingFact struct {
	Act      continuity.Act   `json:"act"`
	At       ledger.Time      `json:"at"`
	By       string           `json:"by"`
	Courier  bool             `json:"courier,omitempty"`
	Due      ledger.Time      `json:"due,omitempty"`
	Entry    ledger.EntryID   `json:"entry"`
	Evidence string           `json:"evidence,omitempty"`
	From     string           `json:"from,omitempty"`
	Index    ledger.Index     `json:"index"`
	Item     string           `json:"item"`
	Keeper   bool             `json:"keeper,omitempty"`
	Offer    string           `json:"offer,omitempty"`
	OnPaper  bool             `json:"onPaper,omitempty"`
	Payload  ledger.DigestSet `json:"payload,omitempty"` // its words; none of what was taken in, whose description has them
	Place    string           `json:"place,omitempty"`
	SealIn   string           `json:"sealIn,omitempty"`
	SealOut  string           `json:"sealOut,omitempty"`
	Time     ledger.Time      `json:"time"`
	To       string           `json:"to,omitempty"` // id; empty with an act that gives it to somebody outside
}

// sealFact is a seal that was put on an item.
type sealFact struct {
	Entry ledger.EntryID `json:"entry"`
	Item  string         `json:"item"`
	Time  ledger.Time    `json:"time"`
}

// offerFact is a hand-over that was offered.
type offerFact struct {
	At      ledger.Time      `json:"at"`
	By      string           `json:"by"`
	Courier bool             `json:"courier,omitempty"`
	Due     ledger.Time      `json:"due"`
	Entry   ledger.EntryID   `json:"entry"`
	Index   ledger.Index     `json:"index"`
	Items   []string         `json:"items"`
	Payload ledger.DigestSet `json:"payload"`
	Time    ledger.Time      `json:"time"`
	To      string           `json:"to,omitempty"`
}

// answerToOfferFact is what became of an offer.
type answerToOfferFact struct {
	At      ledger.Time      `json:"at"`
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Index   ledger.Index     `json:"index"`
	OnPaper bool             `json:"onPaper,omitempty"`
	Payload ledger.DigestSet `json:"payload"`
	State   continuity.Act   `json:"state"`
	Time    ledger.Time      `json:"time"`
}

// movementFact is one change of hands of one item.
type movementFact struct {
	Entry ledger.EntryID `json:"entry"`
	From  string         `json:"from"`
	Index ledger.Index   `json:"index"`
	Item  string         `json:"item"`
	Seal  string         `json:"seal,omitempty"`
	Time  ledger.Time    `json:"time"`
	To    string         `json:"to"`
}

// receiptFact is what a short code on paper stands for.
type receiptFact struct {
	Entry ledger.EntryID `json:"entry"`
	Index ledger.Index   `json:"index"`
	Kind  ledger.Kind    `json:"kind"`
}

// The parameters of entries about items: references of the office and closed
// words, so that the facts can be made again without reading a payload.
const (
	paramAct      = "act"
	paramAt       = "at"
	paramCourier  = "courier"
	paramDue      = "due"
	paramEvidence = "evidence"
	paramItems    = "items" // references, with one blank between
	paramKeeper   = "keeper"
	paramPaper    = "on-paper"
	paramParent   = "parent"
	paramPlace    = "place"
	paramSealIn   = "seal-in"
	paramSealOut  = "seal-out"
	paramSeals    = "seals" // of an answer: as many as items; - for none
	paramTo       = "to"    // id of who has it then
	yes           = "yes"
	noSeal        = "-"
)

// outside stands in a detail for somebody who is not enrolled; the payload says who.
const outside = "outside"

// itemTaken projects an item that was taken into custody.
func (p *projection) itemTaken(d *ledger.ItemReceived) {
	p.receipt()
	at := p.instant(paramAt)
	if p.Predicate.Parameters[paramAct] != string(continuity.Taken) {
		return // of another program: nothing is known but the entry
	}
	p.handling(d.Item, handlingFact{Act: continuity.Taken, At: at, SealIn: d.Seal, To: p.by()})
	p.seal(d.Seal, d.Item)
}

// itemHandled projects what was done to an item.
func (p *projection) itemHandled(d *ledger.ItemHandled) {
	p.receipt()
	params, at := p.Predicate.Parameters, p.instant(paramAt)
	act := continuity.Act(params[paramAct])
	if act == "" {
		return
	}
	payload := p.subject("handling")
	if of := params[paramMedia]; of != "" { // written down together with the taking in
		p.add(inItems, d.Item, itemFact{
			at, p.by(), p.entry(), p.at.Index, d.Item, Media(of), params[paramParent], payload, params[paramSealIn], p.Predicate.Time,
		})
	}
	f := handlingFact{
		Act: act, At: at, Evidence: params[paramEvidence], Keeper: params[paramKeeper] == yes, OnPaper: params[paramPaper] == yes,
		Payload: payload, Place: params[paramPlace], SealOut: params[paramSealOut], To: params[paramTo],
	}
	if act == continuity.Sealed {
		f.SealIn = params[paramSealIn]
		p.seal(f.SealIn, d.Item)
	}
	p.handling(d.Item, f)
}

// paramMedia marks the first description of an item.
const paramMedia = "media"

// transferred projects an offer, or the answer to one.
func (p *projection) transferred(d *ledger.TransferRecorded) {
	p.receipt()
	params, at := p.Predicate.Parameters, p.instant(paramAt)
	items := strings.Fields(params[paramItems])
	payload := p.subject("transfer")
	if len(items) == 0 {
		return
	}
	f := handlingFact{Act: continuity.Act(d.State), At: at, OnPaper: params[paramPaper] == yes, Keeper: params[paramKeeper] == yes, Payload: payload, To: params[paramTo]}
	if d.State == string(continuity.Offered) {
		f.Offer, f.Due, f.Courier = p.entry().String(), p.instant(paramDue), params[paramCourier] == yes
		p.add(inTransfers, p.entry().String(), offerFact{
			at, p.by(), f.Courier, f.Due, p.entry(), p.at.Index, items, payload, p.Predicate.Time, f.To,
		})
	} else {
		f.Offer = d.Transfer.String()
		p.add(inAnswered, f.Offer, answerToOfferFact{at, p.by(), p.entry(), p.at.Index, f.OnPaper, payload, f.Act, p.Predicate.Time})
	}
	seals := strings.Fields(params[paramSeals])
	for i, item := range items {
		one := f
		if i < len(seals) && seals[i] != noSeal {
			one.SealOut = seals[i]
		}
		p.handling(item, one)
	}
}

// itemMoved projects a change of hands.
func (p *projection) itemMoved(d *ledger.ItemTransferred) {
	p.receipt()
	p.add(inMovements, fmt.Sprintf("%012d", p.at.Index), movementFact{p.entry(), d.From, p.at.Index, d.Item, d.Seal, p.Predicate.Time, d.To})
}

func (p *projection) handling(item string, f handlingFact) {
	f.Item, f.By, f.Entry, f.Index, f.Time = item, p.by(), p.entry(), p.at.Index, p.Predicate.Time
	p.add(inHandlings, fmt.Sprintf("%012d %s", p.at.Index, item), f)
}

func (p *projection) seal(number, item string) {
	if number != "" {
		p.add(inSeals, number, sealFact{p.entry(), item, p.Predicate.Time})
	}
}

func (p *projection) receipt() {
	p.add(inReceipts, ReceiptCode(p.at.Commitment), receiptFact{p.entry(), p.at.Index, p.Kind()})
}

// instant reads a parameter that is a time; without it the entry's own stands.
func (p *projection) instant(name string) ledger.Time {
	text := p.Predicate.Parameters[name]
	if text == "" {
		return p.Predicate.Time
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.fail(fmt.Errorf("parameter %q is no time: %w", name, err))
	}
	return ledger.NewTime(at)
}

// codeLetters has no letter that is taken for another on paper.
var codeLetters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ReceiptCode returns the short code of an entry, to be printed on paper.
// Shape: two groups of five, such as 4K7QM-0ZT2R. It is the beginning of
// SHA-256("custos/receipt/v1\n", then the entry's commitment): 50 bits.
// Trust: whoever has it can have it looked up; alone it says nothing.
func ReceiptCode(commitment ledger.Commitment) string {
	sum := sha256.Sum256(append([]byte("custos/receipt/v1\n"), commitment[:]...))
	text := codeLetters.EncodeToString(sum[:])[:10]
	return text[:5] + "-" + text[5:]
}

// readCode puts a code that somebody typed into its form.
func readCode(text string) string {
	plain := strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(text))
	if len(plain) != 10 {
		return plain
	}
	return plain[:5] + "-" + plain[5:]
}

// event is the fact as something that happened to the item. Who is outside has no
// name yet.
func (f handlingFact) event() continuity.Event {
	e := continuity.Event{
		Act: f.Act, Item: f.Item, Entry: f.Entry.String(), Index: uint64(f.Index), By: f.By, At: f.At.Time, Recorded: f.Time.Time,
		To: continuity.Party{Person: f.To}, Place: f.Place, SealIn: f.SealIn, SealOut: f.SealOut, Offer: f.Offer, Due: f.Due.Time,
		Courier: f.Courier, OnPaper: f.OnPaper, Keeper: f.Keeper,
	}
	switch {
	case f.Act == continuity.Collected:
		e.To = continuity.Party{Person: f.By}
	case f.To == "" && (f.Act == continuity.Offered || f.Act == continuity.Accepted || f.Act == continuity.Returned):
		e.To = continuity.Party{Name: outside}
	}
	return e
}

// handlings are all the events of the case as of then, by item, each in the order of
// the record.
func (s *Service) handlings(ctx context.Context, id CaseID, asOf uint64) (map[string][]handlingFact, error) {
	facts, err := list[handlingFact](ctx, s.Store, id, inHandlings, asOf)
	if err != nil {
		return nil, fmt.Errorf("what happened to the items of the case: %w", err)
	}
	slices.SortStableFunc(facts, func(a, b handlingFact) int { return int(a.Index) - int(b.Index) })
	by := map[string][]handlingFact{}
	for _, f := range facts {
		by[f.Item] = append(by[f.Item], f)
	}
	return by, nil
}

// itemStates are all items of the case as they stand.
func (s *Service) itemStates(ctx context.Context, id CaseID) (map[string]continuity.State, error) {
	by, err := s.handlings(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	states := make(map[string]continuity.State, len(by))
	for item, facts := range by {
		var state continuity.State
		for _, f := range facts {
			state = state.After(f.event())
		}
		states[item] = state
	}
	return states, nil
}

// sealUsed says in words where a seal's number is on record, or nothing. Of another
// case it says no more than that.
func (a *act) sealUsed(ctx context.Context, number string) (string, error) {
	if fact, used, err := maybe[sealFact](ctx, a.Store, a.id, inSeals, number, 0); err != nil || used {
		return "on " + fact.Item, err
	}
	cases, err := a.casesOf(ctx, "")
	if err != nil {
		return "", err
	}
	for _, id := range cases {
		used, err := has(ctx, a.Store, id, inSeals, number, 0)
		if errors.Is(err, ErrIntegrity) {
			continue // what an erased or damaged case held is found by fsck
		}
		if err != nil {
			return "", err
		}
		if used {
			return "in another case", nil
		}
	}
	return "", nil
}
