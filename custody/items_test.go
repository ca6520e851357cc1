package custody_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/continuity"
	"custos.example/policy"
)

// Those who handle items in the tests.
var (
	kiosk    = custody.Actor{ID: "ko1"}
	examiner = custody.Actor{ID: "df1"}
	keeper   = custody.Actor{ID: "eo2"} // keeps the store beside the officer
	senior   = custody.Actor{ID: "sr1"}
)

// withStore is a house with a case, people who handle items, and a storage location.
func withStore(t *testing.T) *house {
	t.Helper()
	h := withCase(t)
	h.people(map[custody.Actor]string{kiosk: "kiosk-officer", examiner: "forensic-examiner", keeper: "exhibits-officer", senior: "sro"})
	h.registerPlace("S1", officer.ID, keeper.ID)
	return h
}

// people enrols and assigns.
func (h *house) people(roles map[custody.Actor]string) {
	h.Helper()
	for actor, role := range roles {
		person := custody.Person{ID: actor.ID, Name: "Person " + actor.ID, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(h.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			h.Fatal(err)
		}
		if role == "sro" {
			continue
		}
		if _, err := h.Service.Assignments().Add(h.Context(), sio, custody.Assign{Case: h.id, Person: actor.ID, Reason: "To handle items."}); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *house) registerPlace(code string, keepers ...string) {
	h.Helper()
	_, err := h.Service.Places().Record(h.Context(), senior, custody.RecordPlace{Place: custody.Place{Code: code, Name: "Main store", Keepers: keepers}})
	if err != nil {
		h.Fatal(err)
	}
}

// telephone is a lawful taking in of a telephone.
func (h *house) telephone(reference, seal string) custody.TakeItem {
	return custody.TakeItem{
		Case: h.id, Reference: reference, Media: custody.Device, Description: "A telephone with a cracked screen", Basis: custody.BasisSeizure,
		FoundAt: "Flat 1, kitchen table", Seal: seal,
	}
}

func (h *house) take(by custody.Actor, reference, seal string) custody.TakenItem {
	h.Helper()
	taken, err := h.Service.Items().Take(h.Context(), by, h.telephone(reference, seal))
	if err != nil {
		h.Fatal(err)
	}
	return taken
}

func (h *house) handle(by custody.Actor, request custody.HandleItem) error {
	h.Helper()
	request.Case = h.id
	_, err := h.Service.Items().Handle(h.Context(), by, request)
	return err
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) offer(by custody.Actor, to string, items ...string) custody.Handled {
	h.Helper()
	offered, err := h.Service.Transfers().Offer(h.Context(), by, custody.OfferItems{
		Case: h.id, Items: items, To: continuity.Party{Person: to}, Reason: "For examination.", Due: h.clock.now.Add(4 * time.Hour),
	})
	if err != nil {
		h.Fatal(err)
	}
	return offered
}

func (h *house) item(reference string) custody.ItemLine {
	h.Helper()
	line, err := h.Service.Items().Show(h.Context(), sio, h.id, reference, custody.Ask{})
	if err != nil {
		h.Fatal(err)
	}
	return line
}

// TestItemFromSeizureToCourt takes a telephone from a kiosk through the store and
// the laboratory back to the store: its line has no gap, and each leg begins where
// the one before it ended.
func TestItemFromSeizureToCourt(t *testing.T) {
	h := withStore(t)
	taken := h.take(kiosk, "KO/1", "A0001")
	offer := h.offer(kiosk, officer.ID, "KO/1")
	accepted, err := h.Service.Transfers().Answer(t.Context(), officer, custody.AnswerOffer{
		Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted, Seals: map[string]string{"KO/1": "a0001"}, Condition: "Bag whole",
	})
	h.must(err)
	h.must(h.handle(officer, custody.HandleItem{Item: "KO/1", Act: continuity.Placed, Place: "S1"}))
	h.clock.now = h.clock.now.Add(2 * time.Hour)
	offer = h.offer(keeper, examiner.ID, "KO/1") // the other keeper of the store hands it out
	_, err = h.Service.Transfers().Answer(t.Context(), examiner, custody.AnswerOffer{
		Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted, Seals: map[string]string{"KO/1": "A0001"},
	})
	h.must(err)
	h.must(h.handle(examiner, custody.HandleItem{Item: "KO/1", Act: continuity.Opened, SealOut: "A0001", Reason: "To examine it."}))
	h.must(h.handle(examiner, custody.HandleItem{Item: "KO/1", Act: continuity.Photographed, Photographs: []custody.Photograph{{Caption: "front", FileName: "1.jpg", Content: []byte("a picture")}}}))
	split, err := h.Service.Items().Split(t.Context(), examiner, custody.SplitItem{Case: h.id, Item: "KO/1", Reason: "Read apart.", Parts: []custody.ItemPart{{Media: custody.Sim, Description: "The SIM"}}})
	h.must(err)
	h.must(h.handle(examiner, custody.HandleItem{Item: "KO/1", Act: continuity.Sealed, SealIn: "A0002"}))
	offer = h.offer(examiner, officer.ID, "KO/1")
	_, err = h.Service.Transfers().Answer(t.Context(), officer, custody.AnswerOffer{
		Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted, Seals: map[string]string{"KO/1": "A0002"},
	})
	h.must(err)
	h.must(h.handle(officer, custody.HandleItem{Item: "KO/1", Act: continuity.Placed, Place: "S1"}))

	line := h.item("KO/1")
	if len(line.Gaps) != 0 {
		t.Errorf("gaps: %+v", line.Gaps)
	}
	with := []string{}
	for n, leg := range line.Legs {
		with = append(with, leg.Holder.Person+"/"+leg.Place)
		if n > 0 && !leg.From.Equal(line.Legs[n-1].Until) {
			t.Errorf("leg %d begins at %s and the one before it ended at %s", n, leg.From, line.Legs[n-1].Until)
		}
	}
	if got := strings.Join(with, " "); got != "ko1/ eo1/ eo1/S1 eo2/S1 df1/ eo1/ eo1/S1" {
		t.Errorf("the legs are %s", got)
	}
	if line.Seal != "A0002" || line.Place != "S1" || line.Opened || split.Items[0] != "KO/1A" {
		t.Errorf("%+v, %v", line.Item, split.Items)
	}
	if part := h.item("KO/1A"); part.Parent != "KO/1" || part.Holder.Person != examiner.ID {
		t.Errorf("the part: %+v", part.Item)
	}
	h.receipts(taken, accepted)
	h.signed()
	h.whole()
}

// receipts finds the entries of two receipts by their codes.
func (h *house) receipts(taken custody.TakenItem, accepted custody.Handled) {
	h.Helper()
	for code, want := range map[string]continuity.Act{taken.Code: continuity.Taken, strings.ToLower(accepted.Code): continuity.Accepted} {
		found, err := h.Service.Items().Receipt(h.Context(), sio, "", code, custody.Ask{})
		if err != nil || found.What != want || len(found.Items) != 1 || found.Items[0].Seal != "A0001" || found.Items[0].Description == "" {
			h.Errorf("%s: %+v, %v", code, found, err)
		}
		page, err := found.Page()
		again, err2 := found.Page()
		if err != nil || err2 != nil || string(page) != string(again) || !strings.HasPrefix(string(page), "%PDF") {
			h.Errorf("%s: the page is not the same twice: %v %v", code, err, err2)
		}
	}
	if _, err := h.Service.Items().Receipt(h.Context(), sio, "", "00000-00000", custody.Ask{}); !errors.Is(err, custody.ErrNotFound) {
		h.Errorf("control: a code that stands for nothing: %v", err)
	}
	if _, err := h.Service.Items().Receipt(h.Context(), stranger, "", taken.Code, custody.Ask{}); !errors.Is(err, custody.ErrDenied) {
		h.Errorf("control: somebody who does not work on the case reads a receipt: %v", err)
	}
}

// TestReferencesByWitness gives two witnesses of the same initials references that
// differ, says so, and never gives one twice.
func TestReferencesByWitness(t *testing.T) {
	h := withStore(t)
	request := h.telephone("", "")
	request.Initials = "KO"
	for n, want := range []struct {
		by        custody.Actor
		reference string
		note      bool
	}{{kiosk, "KO/1", false}, {kiosk, "KO/2", false}, {officer, "KO/B1", true}, {kiosk, "KO/3", false}, {officer, "KO/B2", true}, {examiner, "KO/C1", true}} {
		taken, err := h.Service.Items().Take(t.Context(), want.by, request)
		if err != nil || taken.Item != want.reference || (taken.Note != "") != want.note {
			t.Errorf("%d: %+v, %v; want %s", n, taken, err, want.reference)
		}
	}
	h.whole()
	wrong := map[string]custody.TakeItem{
		"the next is KO/C2":     h.telephone("KO/9", ""),
		"no exhibit reference":  h.telephone("ko/9", ""),
		"is no kind of item":    {Case: h.id, Reference: "DF/1", Media: "thing", Description: "x", Basis: custody.BasisFound},
		"is no basis":           {Case: h.id, Reference: "DF/1", Media: custody.Disc, Description: "x", Basis: "because"},
		"names a part":          h.telephone("DF/1A", ""),
		"is no seal number":     h.telephone("DF/1", "A#1"),
		"is still to come":      {Case: h.id, Reference: "DF/1", Media: custody.Disc, Description: "x", Basis: custody.BasisFound, At: h.clock.now.Add(time.Hour)},
		"are said together":     {Case: h.id, Reference: "DF/1", Media: custody.Disc, Description: "x", Basis: custody.BasisFound, Before: h.clock.now},
		"description of the it": {Case: h.id, Reference: "DF/1", Media: custody.Disc, Basis: custody.BasisFound},
	}
	for says, request := range wrong {
		if _, err := h.Service.Items().Take(t.Context(), examiner, request); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	if _, err := h.Service.Items().Take(t.Context(), kiosk, h.telephone("KO/2", "")); err == nil || !strings.Contains(err.Error(), "is on record already") {
		t.Errorf("a reference twice: %v", err)
	}
	received := h.receive(file(3)) // NET/1
	if _, err := h.Service.Items().Take(t.Context(), officer, h.telephone("NET/1", "")); err == nil || !strings.Contains(err.Error(), "is the reference of a received file") {
		t.Errorf("the reference of a file: %v", err)
	}
	linked := h.telephone("NET/1", "")
	linked.Media, linked.Evidence = custody.OpaqueFile, received.Evidence.Entry
	if _, err := h.Service.Items().Take(t.Context(), officer, linked); err != nil {
		t.Error(err)
	}
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	if _, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "KO/1", Title: "x", Run: ran.Entry}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("an exhibit under the reference of an item: %v", err)
	}
	if line := h.item("NET/1"); len(line.Evidence) != 1 || line.Evidence[0] != received.Evidence.Entry.String() {
		t.Errorf("%+v", line.Item)
	}
}

// TestSealsAreUnique refuses a seal's number that is on record in this case or in
// another, of which it says nothing.
func TestSealsAreUnique(t *testing.T) {
	h := withStore(t)
	h.take(kiosk, "KO/1", "A0001")
	first := h.id
	opened, err := h.Service.Cases().Open(t.Context(), sio, custody.OpenCase{Reference: "SECRET-9", Title: "Another", Assigned: []string{sio.ID, kiosk.ID}})
	h.must(err)
	h.id = opened.Case
	h.take(kiosk, "KO/7", "B0001")
	h.id = first
	for seal, says := range map[string]string{"A0001": "on KO/1", " a 0001": "on KO/1", "B0001": "in another case"} {
		_, err := h.Service.Items().Take(t.Context(), kiosk, h.telephone("KO/2", seal))
		if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "SECRET") || strings.Contains(err.Error(), "KO/7") {
			t.Errorf("%s: %v", seal, err)
		}
	}
	h.must(h.handle(kiosk, custody.HandleItem{Item: "KO/1", Act: continuity.Opened, SealOut: "A0001", Reason: "why"}))
	if err := h.handle(kiosk, custody.HandleItem{Item: "KO/1", Act: continuity.Sealed, SealIn: "A0001"}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the seal that was taken off: %v", err)
	}
	h.must(h.handle(kiosk, custody.HandleItem{Item: "KO/1", Act: continuity.Sealed, SealIn: "A0002"}))
	seals, err := h.Service.Items().Seals(t.Context(), auditor, custody.ItemSearch{})
	if err != nil || len(seals.Seals) != 3 {
		t.Fatalf("%+v, %v", seals, err)
	}
	for _, s := range seals.Seals {
		if s.On != (s.Seal != "A0001") || s.Twice {
			t.Errorf("%+v", s)
		}
	}
}

// TestHandOversGoneWrong does everything that must not be done with a hand-over.
func TestHandOversGoneWrong(t *testing.T) {
	h := withStore(t)
	h.take(kiosk, "KO/1", "A0001")
	h.take(kiosk, "KO/2", "")
	answer := func(by custody.Actor, offer custody.Handled, how continuity.Act, seals map[string]string, broken ...string) error {
		_, err := h.Service.Transfers().Answer(t.Context(), by, custody.AnswerOffer{
			Case: h.id, Offer: offer.Entry, Answer: how, Seals: seals, Broken: broken, Reason: "because",
		})
		return err
	}
	accept := func(by custody.Actor, offer custody.Handled, seals map[string]string, broken ...string) error {
		h.Helper()
		_, err := h.Service.Transfers().Answer(t.Context(), by, custody.AnswerOffer{
			Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted, Seals: seals, Broken: broken,
		})
		return err
	}
	wrong := func(err error, kind error, says string) {
		t.Helper()
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), says) {
			t.Errorf("want %q as %v, got %v", says, kind, err)
		}
	}
	offer := h.offer(kiosk, officer.ID, "KO/1", "KO/2")
	right := map[string]string{"KO/1": "A0001"}
	wrong(accept(examiner, offer, right), custody.ErrDenied, "was offered to Person eo1, not to you")
	wrong(accept(kiosk, offer, right), custody.ErrDenied, "not to you")
	wrong(accept(officer, offer, nil), custody.ErrConflict, "read its number off the bag")
	wrong(accept(officer, offer, map[string]string{"KO/1": "A0009"}), custody.ErrConflict, "is not the one on record")
	wrong(accept(officer, offer, map[string]string{"KO/1": "A0001", "KO/2": "A0003"}), custody.ErrConflict, "under no seal on the record")
	wrong(accept(officer, offer, map[string]string{"KO/9": "A0001"}), custody.ErrInvalid, "not among what was offered")
	wrong(answer(officer, offer, continuity.Withdrawn, nil), custody.ErrDenied, "alone can withdraw")
	wrong(h.handle(kiosk, custody.HandleItem{Item: "KO/1", Act: continuity.Examined}), custody.ErrConflict, "is offered to")
	if _, err := h.Service.Transfers().Offer(t.Context(), kiosk, custody.OfferItems{
		Case: h.id, Items: []string{"KO/1"}, To: continuity.Party{Person: examiner.ID}, Reason: "x", Due: h.clock.now.Add(time.Hour),
	}); err == nil || !strings.Contains(err.Error(), "is offered to") {
		t.Errorf("offered twice: %v", err)
	}
	h.must(answer(kiosk, offer, continuity.Withdrawn, nil))
	wrong(accept(officer, offer, right), custody.ErrConflict, "was withdrawn by ko1")
	offer = h.offer(kiosk, officer.ID, "KO/1", "KO/2")
	h.must(answer(officer, offer, continuity.Refused, nil))
	wrong(accept(officer, offer, right), custody.ErrConflict, "was refused by eo1")

	offer = h.offer(kiosk, officer.ID, "KO/1", "KO/2")
	h.clock.now = h.clock.now.Add(6 * time.Hour)
	late, err := h.Service.Transfers().List(t.Context(), auditor, custody.TransferSearch{Overdue: true, Open: true})
	if err != nil || len(late.Transfers) != 1 || late.Transfers[0].Offer != offer.Entry {
		t.Errorf("overdue: %+v, %v", late, err)
	}
	request := custody.AnswerOffer{
		Ask: custody.Ask{RequestID: "accept-request-0000001"}, Case: h.id, Offer: offer.Entry, Answer: continuity.Accepted, Broken: []string{"KO/1"}, Condition: "Torn",
	}
	first, err := h.Service.Transfers().Answer(t.Context(), officer, request)
	h.must(err)
	again, err := h.Service.Transfers().Answer(t.Context(), officer, request)
	if err != nil || again.Entry != first.Entry {
		t.Errorf("the same request again: %v", err)
	}
	wrong(accept(officer, offer, right), custody.ErrConflict, "was accepted by eo1")
	wrong(h.handle(kiosk, custody.HandleItem{Item: "KO/2", Act: continuity.Examined}), custody.ErrDenied, "is with Person eo1")
	wrong(h.handle(officer, custody.HandleItem{Item: "KO/2", Act: continuity.Placed, Place: "S9"}), custody.ErrConflict, "no open storage location")
	wrong(h.handle(officer, custody.HandleItem{Item: "KO/2", Act: continuity.Examined, At: h.clock.now.Add(-48 * time.Hour)}), custody.ErrConflict, "before the last thing")
	line := h.item("KO/1")
	kinds := []string{}
	for _, g := range line.Gaps {
		kinds = append(kinds, string(g.Kind))
	}
	if strings.Join(kinds, " ") != "overdue seal-broken" || !line.Opened {
		t.Errorf("gaps %v, %+v", kinds, line.Item)
	}
	if _, err := h.Service.Holds().Place(t.Context(), sio, custody.PlaceHold{Case: h.id, Ground: "An appeal."}); err != nil {
		t.Fatal(err)
	}
	for _, act := range []continuity.Act{continuity.Condemned, continuity.Destroyed, continuity.Returned} {
		end := custody.HandleItem{Item: "KO/2", Act: act, Reason: "x"}
		if act == continuity.Returned {
			end.To = continuity.Party{Name: "The owner"}
		}
		err := h.handle(officer, end)
		h.deniedBy(string(act)+" under a hold", err, "U-13")
		if !h.onRecord(err) || !strings.Contains(err.Error(), "H-1") {
			t.Errorf("what the record and the officer have of it: %v", err)
		}
	}
	h.signed()
	h.whole()
	var denial *custody.Denial
	if err := h.handle(stranger, custody.HandleItem{Item: "KO/2", Act: continuity.Examined}); !errors.As(err, &denial) || denial.Action != policy.ItemRecord {
		t.Errorf("control: a stranger handles an item: %v", err)
	}
}
