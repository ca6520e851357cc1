package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// The people on either side of a trial.
var (
	discloser  = custody.Actor{ID: "do1"}
	prosecutor = custody.Actor{ID: "pr1"}
	solicitor  = custody.Actor{ID: "ds1"} // for the first defendant
	expert     = custody.Actor{ID: "dx1"} // for the first defendant
	opponent   = custody.Actor{ID: "dx2"} // for the second
)

// withParties is a case with a disclosure officer, a prosecutor and the defence of
// two defendants.
func withParties(t *testing.T) *house {
	t.Helper()
	h := withCase(t)
	for id, role := range map[string]string{
		discloser.ID: "disclosure-officer", prosecutor.ID: "prosecutor", solicitor.ID: "defence-solicitor", expert.ID: "defence-expert", opponent.ID: "defence-expert",
	} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	for _, who := range []custody.Actor{discloser, prosecutor} {
		_, err := h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: who.ID, Reason: "prosecution of the case"})
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"A. Accused", "B. Accused"} {
		named, err := h.Service.Disclosure().RecordDefendant(t.Context(), discloser, custody.RecordDefendant{Case: h.id, Name: name})
		if err != nil || named.ID != []string{"DEF-1", "DEF-2"}[i] {
			t.Fatalf("%+v, %v", named, err)
		}
	}
	h.recipient(custody.Recipient{Name: "CPS London", Role: policy.Prosecutor, Person: prosecutor.ID}, "R-1")
	h.recipient(custody.Recipient{Name: "A. Solicitor & Co", Role: policy.DefenceSolicitor, Person: solicitor.ID, Defendant: "DEF-1"}, "R-2")
	h.recipient(custody.Recipient{Name: "X. Expert", Role: policy.DefenceExpert, Person: expert.ID, Defendant: "DEF-1"}, "R-3")
	h.recipient(custody.Recipient{Name: "Y. Expert", Role: policy.DefenceExpert, Person: opponent.ID, Defendant: "DEF-2"}, "R-4")
	return h
}

func (h *house) recipient(r custody.Recipient, want string) {
	h.Helper()
	named, err := h.Service.Disclosure().RecordRecipient(h.Context(), discloser, custody.RecordRecipient{Case: h.id, Recipient: r})
	if err != nil || named.ID != want {
		h.Fatalf("%+v, %v", named, err)
	}
}

// signedOff is the line from a file to an exhibit that a second person has checked.
func (h *house) signedOff(content []byte) (custody.Received, custody.Ran, custody.Produced) {
	h.Helper()
	h.Service.Module = likeness{steps: h.Service.Steps, ran: new([]string)}
	received, ran, exhibit := h.produced(content)
	if _, err := h.Service.Exhibits().Check(h.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry}); err != nil {
		h.Fatal(err)
	}
	return received, ran, exhibit
}

// serves serves or releases a bundle.
func (h *house) serves(by custody.Actor, b ledger.EntryID, to string) (custody.Served, error) {
	h.Helper()
	request := custody.Serve{Ask: custody.Ask{Purpose: "for the trial"}, Case: h.id, Bundle: b, To: to}
	if by == prosecutor {
		return h.Service.Exhibits().Release(h.Context(), by, request)
	}
	return h.Service.Exhibits().Serve(h.Context(), by, request)
}

func (h *house) collects(by custody.Actor, b ledger.EntryID) ([]byte, custody.Collected, error) {
	h.Helper()
	var content bytes.Buffer
	collected, err := h.Service.Exhibits().Collect(h.Context(), by, custody.Collect{Case: h.id, Bundle: b}, &content)
	if err != nil && content.Len() > 0 {
		h.Errorf("%v, and %d bytes", err, content.Len())
	}
	return content.Bytes(), collected, err
}

// listed is the material of the case, by entry.
func (h *house) listed(by custody.Actor, q custody.ListMaterial) map[ledger.EntryID]custody.Material {
	h.Helper()
	q.Case = h.id
	found, err := h.Service.Disclosure().List(h.Context(), by, q)
	if err != nil {
		h.Fatal(err)
	}
	list := map[ledger.EntryID]custody.Material{}
	for _, m := range found.Material {
		list[m.Entry] = m
	}
	return list
}

func (h *house) assess(status custody.Status, reason string, entries ...ledger.EntryID) custody.Assessed {
	h.Helper()
	done, err := h.Service.Disclosure().Assess(h.Context(), discloser, custody.Assess{Case: h.id, Entries: entries, Status: status, Reason: reason})
	if err != nil {
		h.Fatal(err)
	}
	return done
}

// TestDefendantsHaveNamesOfTheirOwn records a defendant under the name of another. The
// controls are a defendant's own name in other letters, and a name that says more.
func TestDefendantsHaveNamesOfTheirOwn(t *testing.T) {
	h := withParties(t)
	record := func(id, name string) (custody.Named, error) {
		return h.Service.Disclosure().RecordDefendant(t.Context(), discloser, custody.RecordDefendant{Case: h.id, ID: id, Name: name})
	}
	for _, id := range []string{"", "DEF-2"} {
		if named, err := record(id, " a.  ACCUSED"); !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), "DEF-1 is on record") {
			t.Errorf("%q by the name of another defendant: %+v, %v", id, named, err)
		}
	}
	if named, err := record("DEF-1", "A. ACCUSED"); err != nil || named.ID != "DEF-1" {
		t.Errorf("control: their own name in other letters: %+v, %v", named, err)
	}
	if named, err := record("", "A. Accused the younger"); err != nil || named.ID != "DEF-3" {
		t.Errorf("control: a name that says who is meant: %+v, %v", named, err)
	}
}

// TestServedAndCollected serves a bundle on the prosecutor, who releases one to each
// defendant: each fetches exactly the bytes that were made, and nobody another's.
func TestServedAndCollected(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(12))
	first, one := h.pack(exhibit.Entry, nil)
	if _, err := h.serves(prosecutor, one.Entry, "R-3"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("released before it was served on the prosecutor: %v", err)
	}
	if _, err := h.serves(sio, one.Entry, "R-3"); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("served on the defence: %v", err)
	}
	if _, err := h.serves(analyst, one.Entry, "R-1"); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("served by an analyst: %v", err)
	}
	served, err := h.serves(discloser, one.Entry, "CPS London")
	if err != nil || served.Copy.Number != 2 || served.Copy.Recipient != "CPS London" || served.SHA256 != one.SHA256.String() {
		t.Fatalf("%+v, %v; the bundle has %s", served, err, one.SHA256)
	}
	if _, err := h.serves(discloser, one.Entry, "R-1"); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("served twice: %v", err)
	}
	if _, err := h.serves(prosecutor, one.Entry, "R-3"); err != nil {
		t.Fatal(err)
	}
	_, err = h.serves(prosecutor, one.Entry, "R-4")
	h.deniedBy("one bundle for both defendants", err, "S-15")
	if !h.onRecord(err) || !strings.Contains(err.Error(), "for DEF-1 and not for DEF-2") {
		t.Errorf("what the record and the prosecutor have of it: %v", err)
	}
	second, two := h.pack(exhibit.Entry, nil)
	if _, err := h.serves(prosecutor, two.Entry, "R-4"); err != nil {
		t.Fatal(err)
	}
	h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject}) // the record goes on
	for _, c := range []struct {
		who    custody.Actor
		bundle ledger.EntryID
		want   []byte
	}{{prosecutor, one.Entry, first}, {expert, one.Entry, first}, {opponent, two.Entry, second}} {
		got, collected, err := h.collects(c.who, c.bundle)
		if err != nil || !bytes.Equal(got, c.want) || collected.Size != int64(len(c.want)) {
			t.Errorf("%s: %d bytes, same %v, %+v, %v", c.who.ID, len(got), bytes.Equal(got, c.want), collected, err)
		}
	}
	refused := 0
	for _, c := range []struct {
		who    custody.Actor
		bundle ledger.EntryID
	}{{opponent, one.Entry}, {expert, two.Entry}, {solicitor, one.Entry}, {prosecutor, two.Entry}, {analyst, one.Entry}} {
		if _, _, err := h.collects(c.who, c.bundle); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s has a bundle of somebody else: %v", c.who.ID, err)
		} else {
			refused++
		}
	}
	if got, _, err := h.collects(expert, one.Entry); err != nil || !bytes.Equal(got, first) {
		t.Errorf("control: what was served cannot be fetched a second time: %v", err)
	}
	h.wants(h.verify(first, true), bundle.Matches)
	report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Case: h.id})
	if err != nil || report.Differ != 0 || report.Agree != report.Decisions {
		t.Errorf("taken again: %+v, %v", report, err)
	}
	h.whole()
	t.Logf("PROOF harness=served trials=%d failures=%d control=\"caught %d of 5\"", 9, failed(t), refused)
}

// TestBundleHoldsNobodyElse shows that a bundle made after others were served, notes
// were written and material was assessed shows none of it, and no other bundle.
func TestBundleHoldsNobodyElse(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(6))
	_, one := h.pack(exhibit.Entry, nil)
	if _, err := h.serves(discloser, one.Entry, "R-1"); err != nil {
		t.Fatal(err)
	}
	unused := h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject})
	h.assess(custody.StatusMG6D, "it names an informant", unused.Entry)
	if _, err := h.Service.Notes().Add(t.Context(), analyst, custody.AddNote{Case: h.id, Text: "The informant was right."}); err != nil {
		t.Fatal(err)
	}
	packed, two := h.pack(exhibit.Entry, nil)
	reasons := map[string]int{}
	stored, err := h.Store.ByEntryID(t.Context(), two.Entry)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		t.Fatal(err)
	}
	kinds := h.kinds(h.id, ledger.Work)
	withheld := map[uint64]bool{}
	for _, w := range statement.Predicate.Detail.(*ledger.BundleMade).Withheld {
		reasons[w.Reason]++
		withheld[w.N] = true
	}
	for i, kind := range kinds[:stored.N-1] {
		apart := slices.Contains([]string{"register-recorded", "exhibit-served", "copy-issued", "case-assigned", "bundle-made"}, kind) || uint64(i)+1 == unused.Placed.N
		if apart != withheld[uint64(i)+1] {
			t.Errorf("entry %d, %s: withheld %v", i+1, kind, withheld[uint64(i)+1])
		}
	}
	if reasons["sensitive"] > 0 || reasons["not-relevant"] < 7 {
		t.Errorf("reasons: %v", reasons)
	}
	h.wants(h.verify(packed, true), bundle.Matches)
}

// TestBundleShowsContinuityOfItsSources takes two items in, one of which the exhibit
// is made from: the bundle shows what became of that one, and of the other only that
// there are entries.
func TestBundleShowsContinuityOfItsSources(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(6))
	linked := h.telephone("NET/1", "")
	linked.Media, linked.Evidence = custody.OpaqueFile, received.Evidence.Entry
	for _, request := range []custody.TakeItem{linked, h.telephone("EO/1", "")} {
		if _, err := h.Service.Items().Take(t.Context(), officer, request); err != nil {
			t.Fatal(err)
		}
	}
	packed, made := h.pack(exhibit.Entry, nil)
	stored, err := h.Store.ByEntryID(t.Context(), made.Entry)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		t.Fatal(err)
	}
	withheld := map[uint64]bool{}
	for _, w := range statement.Predicate.Detail.(*ledger.BundleMade).Withheld {
		withheld[w.N] = true
	}
	shown := map[string]int{}
	for _, e := range h.entries(h.id, ledger.Work) {
		s, err := e.Statement()
		if err != nil {
			t.Fatal(err)
		}
		if d, is := s.Predicate.Detail.(*ledger.ItemReceived); is && !withheld[e.N] {
			shown[d.Item]++
		}
	}
	if shown["NET/1"] != 1 || shown["EO/1"] != 0 {
		t.Errorf("items shown: %v", shown)
	}
	h.wants(h.verify(packed, true), bundle.Matches)
}
