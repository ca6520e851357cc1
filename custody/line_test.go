package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestLine goes from an operator's file to an exhibit and checks that every
// step stands in the record, in order, and that everything stored agrees.
func TestLine(t *testing.T) {
	h := withCase(t)
	received, ran, exhibit := h.produced(file(120))
	if received.RowCount != 120 || received.Balance.Received != 120 || received.Balance.SetAside != 0 {
		t.Errorf("received %+v with %d rows, want 120 of 120", received.Balance, received.RowCount)
	}
	if len(received.Evidence.Receipt) == 0 || len(received.Dataset.Receipt) == 0 || len(ran.Receipt) == 0 || len(exhibit.Receipt) == 0 {
		t.Error("import, run and exhibit must come back with receipts")
	}
	renders := len(exhibit.Files)
	want := []string{"case-opened", "authority-recorded", "evidence-received", "source-decided", "dataset-normalised", "rows-committed", "analysis-run"}
	want = append(want, slices.Repeat([]string{"analysis-run"}, renders)...)
	want = append(want, "exhibit-produced")
	if got := h.kinds(h.id, ledger.Work); !slices.Equal(got, want) {
		t.Errorf("work chain %v, want %v", got, want)
	}
	for _, kind := range h.kinds(h.id, ledger.Reads) {
		if kind != "access-decided" {
			t.Errorf("%s on the reads chain", kind)
		}
	}
	h.acknowledged(received.Dataset)
	h.signed()
	h.whole()
	var pdf bytes.Buffer
	_, err := h.Service.Exhibits().Read(t.Context(), analyst, custody.ReadExhibit{
		Ask: custody.Ask{Purpose: "to look at it"}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name,
	}, &pdf)
	if err != nil || int64(pdf.Len()) != exhibit.Files[0].Size {
		t.Errorf("read %d bytes of %d: %v", pdf.Len(), exhibit.Files[0].Size, err)
	}
}

// acknowledged checks that an acknowledgement is the service's word on the
// entry as it stands.
func (h *house) acknowledged(p custody.Proof) {
	h.Helper()
	trust, err := h.Service.Organisation().Trust(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	ack, err := ledger.ParseAcknowledgement(p.Ack, trust.Key)
	if err != nil {
		h.Fatal(err)
	}
	stored, err := h.Store.Entry(h.Context(), ack.Chain, ack.N)
	if err != nil || stored.Commitment != ack.Commitment || stored.Index != ack.Index || ack.Origin != "custos.example/test" {
		h.Errorf("acknowledged %+v, stored %+v: %v", ack, stored.Placed, err)
	}
}

// signed checks every entry of the case and of the keys chain with ring 0
// alone, as a stranger would.
func (h *house) signed() {
	h.Helper()
	keys := h.verified("", ledger.Keys)
	ring, err := ledger.NewKeyring(keys)
	if err != nil {
		h.Fatal(err)
	}
	for _, kind := range []ledger.ChainKind{ledger.Work, ledger.Reads} {
		for _, e := range h.verified(h.id, kind) {
			if err := ring.Verify(e); err != nil {
				h.Errorf("%s %d: %v", kind, e.N, err)
			}
		}
	}
}

// verified returns a chain's entries after ring 0 has checked them.
func (h *house) verified(id custody.CaseID, kind ledger.ChainKind) []ledger.Entry {
	h.Helper()
	chains, err := h.Store.Chains(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	at := slices.IndexFunc(chains, func(c custody.Chain) bool { return c.Kind == kind })
	chain := ledger.Chain{Origin: "custos.example/test", Kind: kind, ID: chains[at].ID, Nonce: chains[at].Nonce}
	for _, e := range h.entries(id, kind) {
		chain.Links = append(chain.Links, ledger.Link{
			N: e.N, Index: e.Index, Commitment: e.Commitment, Inner: e.Inner, Envelope: e.Envelope, Salt: e.Salt,
		})
	}
	entries, err := chain.Verify()
	if err != nil {
		h.Fatalf("%s chain: %v", kind, err)
	}
	return entries
}

// TestDeniedImport shows that a refused import is recorded and keeps nothing.
func TestDeniedImport(t *testing.T) {
	h := withCase(t)
	before := len(h.kinds(h.id, ledger.Work))
	_, err := h.Service.Imports().Receive(t.Context(), stranger, h.asks(file(3)))
	var denial *custody.Denial
	if !errors.Is(err, custody.ErrDenied) || !errors.As(err, &denial) || len(denial.Decision.Reasons) == 0 {
		t.Fatalf("got %v, want a refusal with reasons", err)
	}
	if got := len(h.kinds(h.id, ledger.Work)); got != before {
		t.Errorf("a refused import added %d work entries", got-before)
	}
	reads := h.entries(h.id, ledger.Reads)
	last, err := reads[len(reads)-1].Statement()
	if err != nil {
		t.Fatal(err)
	}
	detail, ok := last.Predicate.Detail.(*ledger.AccessDecided)
	if !ok || detail.Allowed || detail.Action != "source.import" || last.Predicate.Actor.ID != stranger.ID || last.Predicate.Place.Entry != denial.Entry {
		t.Errorf("last look is %+v by %+v, want the refused import", last.Predicate.Detail, last.Predicate.Actor)
	}
	h.receive(file(3)) // the control: the same file, asked for by whoever may
	h.whole()
}

// TestUnknownPerson shows that somebody who is not enrolled is refused and that
// the refusal is recorded under the service's signature alone.
func TestUnknownPerson(t *testing.T) {
	h := withCase(t)
	_, err := h.Service.Imports().Receive(t.Context(), custody.Actor{ID: "nobody"}, h.asks(file(3)))
	if !errors.Is(err, custody.ErrDenied) {
		t.Fatalf("got %v, want a refusal", err)
	}
	reads := h.entries(h.id, ledger.Reads)
	last, err := reads[len(reads)-1].Statement()
	if err != nil || last.Predicate.Actor.ID != "service" {
		t.Errorf("recorded by %+v: %v", last.Predicate.Actor, err)
	}
	h.signed()
}

// TestSameBytes shows that a file is received once, and that other decisions or
// another profile make another data set of the same evidence.
func TestSameBytes(t *testing.T) {
	h := withCase(t)
	first := h.receive(file(9))
	_, err := h.Service.Imports().Receive(t.Context(), officer, h.asks(file(9)))
	if !errors.Is(err, custody.ErrConflict) {
		t.Fatalf("got %v, want a conflict that points at the first", err)
	}
	again := h.asks(file(9))
	again.Decisions = []custody.Decision{{Kind: "assert-subject", Value: subject, Again: subject, Why: "the operator's letter names it"}}
	second, err := h.Service.Imports().Receive(t.Context(), officer, again)
	if err != nil {
		t.Fatal(err)
	}
	if second.Evidence.Entry != first.Evidence.Entry || second.Dataset.Entry == first.Dataset.Entry || len(second.Decided) != 2 { // the scope of the authority, and the answer
		t.Errorf("second data set %s of evidence %s, first %s of %s; decisions %d", second.Dataset.Entry, second.Evidence.Entry,
			first.Dataset.Entry, first.Evidence.Entry, len(second.Decided))
	}
	other := h.asks(file(9))
	other.Item = "NET/2"
	if _, err := h.Service.Imports().Receive(t.Context(), officer, other); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same bytes under another item: %v", err)
	}
	h.whole()
}

// TestRepeatedRequest shows that a request under the same id finds what the
// first did, at every stage of the line.
func TestRepeatedRequest(t *testing.T) {
	h := withCase(t)
	ask := custody.Ask{RequestID: "0123456789abcdef0123456789abcdef"}
	request := h.asks(file(5))
	request.Ask = ask
	first, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	request.Content = bytes.NewReader(file(5))
	again, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if again.Dataset.Placed != first.Dataset.Placed || again.Rows.Placed != first.Rows.Placed || again.RowsRoot != first.RowsRoot {
		t.Errorf("a repeated import came back as %+v, first %+v", again.Dataset.Placed, first.Dataset.Placed)
	}
	run := custody.Run{
		Ask: ask, Case: h.id, Step: "event-schedule", Title: "Which calls?",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: first.Dataset.Entry}, "set-aside": {Entry: first.Dataset.Entry}},
	}
	var entries []ledger.EntryID
	for range 2 {
		ran, err := h.Service.Analyses().Run(t.Context(), analyst, run)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, ran.Entry)
	}
	produce := custody.Produce{Ask: ask, Case: h.id, Reference: "JAS/1", Title: "Schedule", Run: entries[0]}
	for range 2 {
		exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce)
		if err != nil {
			t.Fatal(err)
		}
		if exhibit.Version != 1 {
			t.Errorf("a repeated request made version %d", exhibit.Version)
		}
		entries = append(entries, exhibit.Entry)
	}
	if entries[0] != entries[1] || entries[2] != entries[3] {
		t.Errorf("repeated requests gave %v", entries)
	}
	produce.Ask = custody.Ask{}
	if _, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a second version that does not say what changed: %v", err)
	}
	produce.Changed = "The title is shorter."
	next, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce)
	if err != nil || next.Version != 2 {
		t.Errorf("another request gave version %d: %v; want 2", next.Version, err)
	}
	h.whole()
}
