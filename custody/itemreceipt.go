package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/analysis/paper"
	"custos.example/analysis/render"
	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// Receipt is what a short code on paper stands for.
type Receipt struct {
	Code   string         `json:"code"`
	Case   CaseID         `json:"case"`
	In     string         `json:"in"`
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
	Kind   ledger.Kind    `json:"kind"`
	By     string         `json:"by"`
	Signer string         `json:"signer"` // name of who signed the entry
	Held   bool           `json:"held"`   // the service holds their key, and signed on their behalf
	Key    ledger.KeyID   `json:"key"`
	Time   ledger.Time    `json:"time"`
	At     ledger.Time    `json:"at"`
	What   continuity.Act `json:"what"`
	Items  []ReceiptItem  `json:"items"`
	// Transfer is the hand-over, of an offer or its answer.
	Transfer *Transfer `json:"transfer,omitempty"`
}

// ReceiptItem is an item on a receipt.
type ReceiptItem struct {
	Item        string `json:"item"`
	Media       Media  `json:"media"`
	Description string `json:"description"`
	Seal        string `json:"seal"` // that was on it, or went on it, then
	Place       string `json:"place,omitempty"`
}

// Receipt finds the entry that a short code stands for. Of a code in no case it
// says no more than that; of one in a case that the asker may not see, nothing.
// Shape: an empty Case looks in every case.
// Errors: ErrNotFound; ErrDenied.
func (i Items) Receipt(ctx context.Context, actor Actor, id CaseID, code string, ask Ask) (Receipt, error) {
	fact, id, err := i.s.codeIn(ctx, id, readCode(code))
	if err != nil {
		return Receipt{}, err
	}
	a, err := i.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return Receipt{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Receipt{}, err
	}
	return a.receiptOf(ctx, readCode(code), fact)
}

// codeIn finds a code in one case, or in any.
func (s *Service) codeIn(ctx context.Context, id CaseID, code string) (receiptFact, CaseID, error) {
	cases, err := s.casesOf(ctx, id)
	if err != nil {
		return receiptFact{}, "", err
	}
	for _, one := range cases {
		fact, known, err := maybe[receiptFact](ctx, s.Store, one, inReceipts, code, 0)
		if err != nil && !errors.Is(err, ErrIntegrity) {
			return receiptFact{}, "", err
		}
		if known {
			return fact, one, nil
		}
	}
	return receiptFact{}, "", fmt.Errorf("no entry about an item has the code %s: read it again, letter by letter: %w", code, ErrNotFound)
}

// receiptOf says what an entry about items was, as it was then.
func (a *act) receiptOf(ctx context.Context, code string, fact receiptFact) (Receipt, error) {
	r := Receipt{Code: code, Case: a.id, Entry: fact.Entry, Index: fact.Index, Kind: fact.Kind, Items: []ReceiptItem{}}
	stored, err := a.Store.ByEntryID(ctx, fact.Entry)
	if err != nil {
		return r, err
	}
	if ReceiptCode(stored.Commitment) != code {
		return r, fmt.Errorf("%w: the code %s stands for entry %s, whose own code is another", ErrIntegrity, code, fact.Entry)
	}
	statement, err := stored.Statement()
	if err != nil {
		return r, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return r, err
	}
	signer, err := a.partyNamed(ctx, continuity.Party{Person: statement.Predicate.Actor.ID}, handlingFact{})
	if err != nil {
		return r, err
	}
	if r.Held, err = a.keyHeldHere(ctx, statement.Predicate.Actor.ID); err != nil {
		return r, err
	}
	r.In, r.By, r.Signer, r.Key, r.Time, r.At = about.Reference, statement.Predicate.Actor.ID, signer.String(), statement.Predicate.Actor.Key, statement.Predicate.Time, statement.Predicate.Time
	return r, a.receiptItems(ctx, &r, fact.Entry)
}

// receiptItems adds the items of the entry, as they were when it was recorded.
func (a *act) receiptItems(ctx context.Context, r *Receipt, entry ledger.EntryID) error {
	by, err := a.handlings(ctx, a.id, 0)
	if err != nil {
		return err
	}
	facts, err := list[itemFact](ctx, a.Store, a.id, inItems, 0)
	if err != nil {
		return err
	}
	slices.SortFunc(facts, func(x, y itemFact) int { return compareReferences(x.Item, y.Item) })
	for _, f := range facts {
		events := by[f.Item]
		n := slices.IndexFunc(events, func(e handlingFact) bool { return e.Entry == entry })
		if n < 0 {
			continue
		}
		e, until := events[n], n+1
		if e.Act == continuity.Taken && until < len(events) {
			until++ // its description stands right after
		}
		item, err := a.item(ctx, f, events[:until])
		if err != nil {
			return err
		}
		r.What, r.At = e.Act, e.At
		r.Items = append(r.Items, ReceiptItem{f.Item, item.Media, item.Description, orDefault(orDefault(e.SealIn, e.SealOut), item.Seal), e.Place})
		if e.Offer != "" && r.Transfer == nil {
			if r.Transfer, err = a.transferAt(ctx, e.Offer, uint64(r.Index)+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// transferAt is a hand-over as it stood when the log had asOf entries.
func (a *act) transferAt(ctx context.Context, offer string, asOf uint64) (*Transfer, error) {
	fact, err := find[offerFact](ctx, a.Store, a.id, inTransfers, offer, asOf)
	if err != nil {
		return nil, fmt.Errorf("offer %s: %w", offer, err)
	}
	t, err := a.transfer(ctx, fact, asOf)
	return &t, err
}

// actWords say on paper what an entry about items was.
var actWords = map[continuity.Act]string{
	continuity.Taken: "taken into custody", continuity.Described: "described", continuity.Linked: "linked with a received file",
	continuity.Placed: "put in a storage location", continuity.TakenOut: "taken out of a storage location", continuity.Sealed: "put under seal",
	continuity.Opened: "opened", continuity.Examined: "examined", continuity.Photographed: "photographed", continuity.Split: "taken apart",
	continuity.FoundBroken: "seal found broken", continuity.FoundMissing: "found missing", continuity.FoundAgain: "found again",
	continuity.Condemned: "destruction ordered", continuity.Spared: "destruction called off", continuity.Returned: "returned",
	continuity.Destroyed: "destroyed", continuity.Offered: "offered", continuity.Accepted: "accepted", continuity.Refused: "refused",
	continuity.Withdrawn: "offer withdrawn", continuity.Collected: "collected",
}

// Paper draws the receipt up as a document, to be signed by hand where a party is
// not enrolled.
func (r Receipt) Paper() paper.Document {
	by := " by "
	if r.Held {
		by = " on behalf of "
	}
	doc := paper.Document{
		Title: "Receipt " + r.Code, Reference: r.In, Made: inUTC(r.Time.Time),
		About: []paper.Fact{
			{Name: "What", Value: "items " + actWords[r.What]},
			{Name: "When", Value: CivilTime(r.At.Time) + " (" + inUTC(r.At.Time) + ")"},
			{Name: "Recorded", Value: inUTC(r.Time.Time) + ", signed" + by + r.Signer + " with the key " + r.Key.String()},
		},
	}
	table := paper.Table{Columns: []string{"Item", "What it is", "Seal", "Location"}, Rows: [][]string{}}
	for _, i := range r.Items {
		table.Rows = append(table.Rows, []string{i.Item, string(i.Media) + ": " + i.Description, i.Seal, i.Place})
	}
	doc.Sections = []paper.Section{{Heading: "Items", Table: &table}}
	if t := r.Transfer; t != nil {
		facts := []paper.Fact{{Name: "From", Value: t.From.String()}, {Name: "To", Value: t.To.String()}, {Name: "Reason", Value: t.Reason}, {Name: "To have arrived by", Value: CivilTime(t.Due.Time)}}
		for _, f := range []paper.Fact{{Name: "Courier", Value: t.Courier}, {Name: "Means", Value: t.Means}, {Name: "Condition", Value: t.Condition}, {Name: "Why", Value: t.Why}, {Name: "Signed on paper by", Value: t.SignedBy}} {
			if f.Value != "" {
				facts = append(facts, f)
			}
		}
		doc.Sections = append(doc.Sections, paper.Section{Heading: "Hand-over", Facts: facts})
		if r.What == continuity.Offered {
			doc.Sections = append(doc.Sections, paper.Section{Heading: "Signatures", Paragraphs: []string{"For a party who does not sign with a key of their own."}, Table: &paper.Table{
				Columns: []string{"", "Name in capitals", "Signature", "Date and time"}, Rows: [][]string{{"Given by", " ", " ", " "}, {"Carried by", " ", " ", " "}, {"Received by", " ", " ", " "}},
			}})
		}
	}
	doc.Sections = append(doc.Sections, paper.Section{Heading: "How to check this paper", Paragraphs: []string{
		"The code " + r.Code + " is made from the commitment of entry " + r.Entry.String() + ", number " + fmt.Sprint(uint64(r.Index)) + " of the log. Whoever keeps the record finds the entry by the code (custos item receipt CODE) and reads out what it says; it must be what stands here.",
		"The code shows that the paper belongs to the entry. It does not show who signed the paper by hand.",
	}})
	return doc
}

// Page is the receipt as a PDF.
func (r Receipt) Page() ([]byte, error) { return render.PaperPDF(r.Paper()) }
