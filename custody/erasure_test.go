package custody_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// Those who oversee an erasure.
var (
	dpo = custody.Actor{ID: "dp1"}
	sro = custody.Actor{ID: "sr1"}
)

// overseen is a house with a case, an exhibit and those who oversee it.
func overseen(t *testing.T) (*house, custody.Received) {
	t.Helper()
	h := withCase(t)
	for id, role := range map[string]string{dpo.ID: "dpo", sro.ID: "sro"} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	received, _, _ := h.produced(file(30))
	return h, received
}

// order orders an erasure; no payloads are the whole case.
func (h *house) order(payloads ...string) custody.Erasure {
	h.Helper()
	erasure, _, err := h.Service.Erasures().Order(h.Context(), sio, custody.OrderErasure{
		Case: h.id, Payloads: payloads, Derived: true, Basis: policy.CourtOrder, Ground: "the court ordered it", Order: "DISP/2024/7",
	})
	if err != nil {
		h.Fatal(err)
	}
	return erasure
}

func (h *house) answer(by custody.Actor, order ledger.EntryID, decision string) error {
	_, _, err := h.Service.Erasures().Answer(h.Context(), by, custody.AnswerErasure{Order: order, Decision: decision, Reason: "reviewed"})
	return err
}

func (h *house) carryOut(order ledger.EntryID) (custody.Erasure, error) {
	erasure, _, err := h.Service.Erasures().CarryOut(h.Context(), admin, custody.CarryOutErasure{Order: order})
	return erasure, err
}

// erases approves an order and carries it out when its time has come.
func (h *house) erases(ordered custody.Erasure) custody.Erasure {
	h.Helper()
	if err := h.answer(sro, ordered.Order, custody.ErasureApproved); err != nil {
		h.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	done, err := h.carryOut(ordered.Order)
	if err != nil {
		h.Fatal(err)
	}
	return done
}

func (h *house) wait(d time.Duration) {
	h.clock.mu.Lock()
	defer h.clock.mu.Unlock()
	h.clock.now = h.clock.now.Add(d)
}

// TestErasureOfAFile takes a received file and all that was made from it through
// every step, and tries each of them too early, by the wrong person, under a
// hold and twice.
func TestErasureOfAFile(t *testing.T) {
	h, received := overseen(t)
	erasure := h.order("NET/1")
	if erasure.State != policy.ErasureOrdered || erasure.Whole || len(erasure.Digests) < 4 || erasure.Reach.Made != 0 || len(erasure.Reach.Exhibits) != 1 {
		t.Fatalf("ordered: %+v", erasure)
	}
	denied := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := h.carryOut(erasure.Order)
	denied("carried out before it is approved", err)
	denied("approved by the one who ordered it", h.answer(sio, erasure.Order, custody.ErasureApproved))
	denied("approved by an administrator", h.answer(admin, erasure.Order, custody.ErasureApproved))
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	_, err = h.carryOut(erasure.Order)
	denied("carried out before the delay has passed", err)
	h.wait(custody.ErasureDelay)
	if _, err := h.Service.Holds().Place(t.Context(), sio, custody.PlaceHold{Case: h.id, Ground: "an appeal is pending"}); err != nil {
		t.Fatal(err)
	}
	_, err = h.carryOut(erasure.Order)
	denied("carried out under a hold", err)
	_, err = h.Service.Holds().Lift(t.Context(), sio, custody.LiftHold{Case: h.id, Hold: "H-1", Reason: "refused"})
	denied("a hold lifted by an SIO", err)
	if _, err := h.Service.Holds().Lift(t.Context(), sro, custody.LiftHold{Case: h.id, Hold: "H-1", Reason: "the appeal was refused"}); err != nil {
		t.Fatal(err)
	}
	done, err := h.carryOut(erasure.Order)
	if err != nil {
		t.Fatal(err)
	}
	if done.State != policy.ErasureDone || len(done.Erased) != len(erasure.Digests) {
		t.Errorf("carried out: %+v", done)
	}
	_, err = h.carryOut(erasure.Order)
	denied("carried out twice", err)
	denied("cancelled afterwards", h.answer(dpo, erasure.Order, custody.ErasureCancelled))
	evidence, err := h.Store.ByEntryID(t.Context(), received.Evidence.Entry)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := evidence.Statement()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Payloads.Find(t.Context(), string(h.id), statement.Subject[0].Digest); err == nil {
		t.Error("the file is still there")
	}
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}

// TestErasureOfACase erases a whole case, of which one file was erased before: nothing of
// it can be read, whoever asks is told by which entry it is gone, its chains can still be
// proved, and another case is as it was.
func TestErasureOfACase(t *testing.T) {
	h, early := overseen(t)
	gone := h.id
	h.erases(h.order(early.Evidence.Entry.String()))
	h.nextCase("NX/2024/0418")
	received := h.receive(file(5))
	kept := h.id
	h.id = gone
	erasure := h.order()
	if !erasure.Whole || erasure.Reach.Payloads < 8 {
		t.Fatalf("ordered: %+v", erasure)
	}
	done := h.erases(erasure)
	h.whole()
	for _, kind := range []ledger.ChainKind{ledger.Work, ledger.Reads} {
		for _, entry := range h.entries(gone, kind) {
			if !entry.Erased {
				t.Errorf("%s entry %d is still there", kind, entry.N)
			}
		}
	}
	for range 8 { // the same words each time
		_, err := h.Service.Cases().Files(t.Context(), sio, gone, custody.Ask{})
		if !errors.Is(err, custody.ErrNotFound) || !strings.Contains(err.Error(), done.Erased[0].String()) {
			t.Errorf("a case that was erased: %v", err)
		}
	}
	h.id = kept
	h.run("event-schedule", received.Dataset.Entry, nil)
	h.signed()
	h.reopen()
	h.whole()
}

// TestBundleAfterErasure erases the result of a run that an exhibit does not rest on,
// and what was said of the reading of its file, and packs it: the bundle says what of
// its own is absent and under which entry, and still agrees with the record.
func TestBundleAfterErasure(t *testing.T) {
	h, received := overseen(t)
	other := h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject})
	erasure := h.order(other.Entry.String())
	if erasure.Reach.Exhibits != nil {
		t.Fatalf("ordered: %+v", erasure)
	}
	stored, err := h.Store.ByEntryID(t.Context(), received.Dataset.Entry)
	if err != nil {
		t.Fatal(err)
	}
	dataset, err := stored.Statement()
	if err != nil {
		t.Fatal(err)
	}
	report := dataset.Subject[slices.IndexFunc(dataset.Subject, func(s ledger.Subject) bool { return s.Name == "report" })]
	algorithm, digest, err := report.Digest.Single()
	if err != nil {
		t.Fatal(err)
	}
	own := h.order(algorithm + ":" + digest.String())
	for _, ordered := range []custody.Erasure{erasure, own} {
		if err := h.answer(dpo, ordered.Order, custody.ErasureApproved); err != nil {
			t.Fatal(err)
		}
	}
	h.wait(custody.ErasureDelay)
	for _, ordered := range []custody.Erasure{erasure, own} {
		if _, err := h.carryOut(ordered.Order); err != nil {
			t.Fatal(err)
		}
	}
	exhibit, err := h.Service.Cases().Named(t.Context(), h.id, custody.NamedExhibit, "JAS/1")
	if err != nil {
		t.Fatal(err)
	}
	packed, _ := h.pack(exhibit, nil)
	found := h.verify(packed, true)
	if found.Headline == bundle.Differs {
		h.wants(found, bundle.CannotTell)
	}
	said := 0
	for _, q := range found.Questions {
		for _, f := range q.Findings {
			if f.Code == "D02" {
				said++
			}
		}
	}
	if said != len(own.Digests) || said == 0 {
		t.Errorf("the bundle tells of %d erased payloads, and %d of its own were erased", said, len(own.Digests))
	}
	h.whole()
}

// TestSharedContent erases a file and what was made from it, where a second file
// gave some of the same bytes: what the second gave stays, and the same bytes can
// be made and received anew.
func TestSharedContent(t *testing.T) {
	h, _ := overseen(t)
	request := h.asks(file(31))
	request.Item = "NET/2"
	other, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	h.run("event-schedule", other.Dataset.Entry, nil)
	erasure := h.order("NET/1")
	if erasure.Reach.Exhibits == nil || len(erasure.Digests) < 4 {
		t.Fatalf("%+v", erasure)
	}
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	if _, err := h.carryOut(erasure.Order); err != nil {
		t.Fatal(err)
	}
	h.whole()
	h.run("event-schedule", other.Dataset.Entry, map[string]string{"until": "2024-02-20T00:00:00Z"})
	again := h.receive(file(30))
	if again.Evidence.Placed.Index < other.Evidence.Placed.Index {
		t.Error("the file stands under the entry whose payload was erased")
	}
	h.run("event-schedule", again.Dataset.Entry, nil)
	h.whole()
	h.reopen()
	h.whole()
	h.signed()
}

// TestCancelledErasure shows that an order that was cancelled is never carried
// out, also when it had been approved.
func TestCancelledErasure(t *testing.T) {
	h, _ := overseen(t)
	erasure := h.order("JAS/1")
	for _, decision := range []string{custody.ErasureApproved, custody.ErasureCancelled} {
		if err := h.answer(dpo, erasure.Order, decision); err != nil {
			t.Fatal(err)
		}
	}
	h.wait(2 * custody.ErasureDelay)
	if _, err := h.carryOut(erasure.Order); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("carried out: %v", err)
	}
	if err := h.answer(sro, erasure.Order, custody.ErasureApproved); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("approved after it was cancelled: %v", err)
	}
	h.whole()
	all, err := h.Service.Erasures().List(t.Context(), sio, h.id, custody.Ask{})
	if err != nil || len(all) != 1 || all[0].State != policy.ErasureCancelled {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestRecipients serves a bundle of an exhibit and discloses a run, and erases
// what both rest on: those who were given it are listed, and nobody else is.
func TestRecipients(t *testing.T) {
	h := withCase(t)
	for id, role := range map[string]string{dpo.ID: "dpo"} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	_, ran, exhibit := h.produced(file(30))
	request := h.asks(file(31))
	request.Item = "NET/2"
	other, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	_, packed := h.pack(exhibit.Entry, nil)
	h.given(&ledger.ExhibitServed{Bundle: packed.Entry, Means: "by hand", To: "A. Defence & Co"})
	h.given(&ledger.MaterialDisclosed{Material: []ledger.EntryID{ran.Entry}, Means: "by post", To: "B. Defence & Co"})
	h.given(&ledger.MaterialRevealed{Material: []ledger.EntryID{other.Dataset.Entry}, Means: "by post", To: "a prosecutor"})
	want := []string{"A. Defence & Co", "B. Defence & Co", "Person si1 (copy 1)"}
	erasure := h.order("NET/1")
	if !slices.Equal(erasure.Reach.Recipients, want) || erasure.Reach.Bundles != 1 {
		t.Errorf("%+v", erasure.Reach)
	}
	if err := h.answer(dpo, erasure.Order, custody.ErasureApproved); err != nil {
		t.Fatal(err)
	}
	h.wait(custody.ErasureDelay)
	done, err := h.carryOut(erasure.Order)
	if err != nil || !slices.Equal(done.Reach.Recipients, want) {
		t.Errorf("%+v, %v", done.Reach, err)
	}
	erased, err := h.Store.ByEntryID(t.Context(), done.Erased[0])
	if err != nil {
		t.Fatal(err)
	}
	statement, err := erased.Statement()
	if err != nil {
		t.Fatal(err)
	}
	if d, ok := statement.Predicate.Detail.(*ledger.PayloadErased); !ok || !slices.Equal(d.Recipients, want) || d.Order != erasure.Order.String() {
		t.Errorf("recorded: %+v", statement.Predicate.Detail)
	}
	if whole := h.order(); !slices.Equal(whole.Reach.Recipients, append(slices.Clone(want), "a prosecutor")) {
		t.Errorf("of the whole case: %+v", whole.Reach)
	}
	h.whole()
}

// given appends what was handed to somebody, signed by the service.
func (h *house) given(detail ledger.Detail) {
	h.Helper()
	chains, err := h.Store.Chains(h.Context(), h.id)
	if err != nil {
		h.Fatal(err)
	}
	service := h.Service.Signers.Service()
	for _, chain := range chains {
		if chain.Kind != ledger.Work {
			continue
		}
		n, head, err := h.Store.Head(h.Context(), chain.ID)
		if err != nil {
			h.Fatal(err)
		}
		var entry ledger.EntryID
		if _, err := rand.Read(entry[:]); err != nil {
			h.Fatal(err)
		}
		statement, err := ledger.NewStatement(ledger.Predicate{
			Actor: ledger.Actor{ID: "service", Key: service.KeyID(), Role: ledger.RoleRecorder}, Detail: detail, Time: ledger.NewTime(h.clock.Now()),
			Place: ledger.Place{After: ledger.Head{N: n, Commitment: head}, Chain: chain.ID, Entry: entry},
		})
		if err != nil {
			h.Fatal(err)
		}
		written, err := custody.Write(statement)
		if err != nil {
			h.Fatal(err)
		}
		signed, err := written.Sign(h.Context(), service, nil)
		if err != nil {
			h.Fatal(err)
		}
		_, err = h.Store.Append(h.Context(), custody.Request{Digest: ledger.Digest{1}, Drafts: []custody.Draft{{
			Kind: string(ledger.KindOf(detail)), Case: h.id, Chain: chain.ID, Entry: entry, Signed: signed, Salt: ledger.Salt{2},
		}}})
		if err != nil {
			h.Fatal(err)
		}
	}
}
