package custody_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// opened is everything that the members of a bundle hold, one after another. The
// bundles here are small, so that no member is packed.
func (h *house) opened(packed []byte) []byte {
	h.Helper()
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		h.Fatal(err)
	}
	var all bytes.Buffer
	for _, member := range z.File {
		if strings.HasSuffix(member.Name, ".zst") && !strings.HasPrefix(member.Name, "module/") {
			h.Fatalf("%s is packed: this test would not see what it holds", member.Name)
		}
		content, err := member.Open()
		if err != nil {
			h.Fatal(err)
		}
		if _, err := io.Copy(&all, content); err != nil {
			h.Fatal(err)
		}
	}
	return all.Bytes()
}

// ofLawyer imports a file about a lawyer, under an authority of its own.
func (h *house) ofLawyer(item string, content []byte) custody.Received {
	h.Helper()
	d := authority()
	d.Reference, d.Considered = "NX/CD/2024/777", "Looked at by the applicant and the granter."
	d.Subjects = []custody.DataSubject{{Category: custody.Suspect, Identifier: subject, Profession: policy.Lawyer}}
	request := h.asks(content)
	request.Item, request.FileName, request.Authority = item, "solicitor.csv", h.record(d, ledger.EntryID{})
	received, err := h.Service.Imports().Receive(h.Context(), officer, request)
	if err != nil {
		h.Fatal(err)
	}
	return received
}

// shows counts which texts stand in a bundle.
func shows(opened []byte, texts map[string]string) map[string]bool {
	found := map[string]bool{}
	for name, text := range texts {
		found[name] = bytes.Contains(opened, []byte(text))
	}
	return found
}

// TestBundleShowsOnlyWhatItsExhibitRestsOn packs an exhibit in a case that holds a
// lawyer's data, work that was not used, another exhibit and people who work on it:
// nothing of that is in the file, whether anybody called it sensitive or not, and a
// stranger makes the exhibit again all the same. The controls are what it rests on.
func TestBundleShowsOnlyWhatItsExhibitRestsOn(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(6))
	lawyers := file(9)
	theirs := h.ofLawyer("NET/2", lawyers)
	h.refusedBy(h.reads(analyst, theirs.Dataset.Entry), "U-17", "control: an analyst who is not named")
	unused, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "top-contacts", Title: "What the informant said", Params: map[string]string{"subject": subject},
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "JAS/2", Title: "Another exhibit altogether", Run: unused.Entry})
	if err != nil {
		t.Fatal(err)
	}
	secret := map[string]string{
		"a lawyer's file": string(lawyers[len(header):][len(file(6))-len(header):]), "its name": "solicitor.csv", "its item": `"NET/2"`, "its authority": "NX/CD/2024/777",
		"a run that is not used": "What the informant said", "another exhibit": "Another exhibit altogether", "who works on the case": "prosecution of the case",
	}
	resting := map[string]string{"its file": string(file(6)), "its item": `"NET/1"`, "its authority": "NX/CD/2024/118", "the exhibit": "Schedule of calls of one number"}
	for _, when := range []string{"nobody has assessed it", "it is called sensitive"} {
		packed, made := h.pack(exhibit.Entry, nil)
		in := h.opened(packed)
		for name, there := range shows(in, secret) {
			if there {
				t.Errorf("%s: the bundle holds %s", when, name)
			}
		}
		for name, there := range shows(in, resting) {
			if !there {
				t.Errorf("control, %s: the bundle does not hold %s", when, name)
			}
		}
		h.wants(h.verify(packed, true), bundle.Matches)
		h.sayAlike(made.Entry)
		h.assess(custody.StatusMG6D, "it would tell who the informant is", theirs.Evidence.Entry, unused.Entry)
	}
	if _, last := h.pack(exhibit.Entry, nil); true {
		if _, err := h.serves(discloser, last.Entry, "R-1"); err != nil {
			t.Errorf("an exhibit that rests on nothing sensitive is not served: %v", err)
		}
	}
	h.whole()
}

// sayAlike wants one reason for all that a bundle withholds, but for who was given
// what: no reason tells what is sensitive.
func (h *house) sayAlike(made ledger.EntryID) {
	h.Helper()
	statement := h.statement(made)
	kinds := h.kinds(h.id, ledger.Work)
	for _, w := range statement.Predicate.Detail.(*ledger.BundleMade).Withheld {
		want := "not-relevant"
		if kinds[w.N-1] == "copy-issued" {
			want = "another-person"
		}
		if w.Reason != want {
			h.Errorf("entry %d, %s, is withheld as %s", w.N, kinds[w.N-1], w.Reason)
		}
	}
}

// TestPrivilegedIsPackedByWhoIsNamed packs an exhibit made from a lawyer's data: only
// somebody who is named for it makes the bundle, whatever their part in the case.
func TestPrivilegedIsPackedByWhoIsNamed(t *testing.T) {
	h := withApprover(t)
	received, _, exhibit := h.produced(file(6))
	packs := func(by custody.Actor) error {
		var b bytes.Buffer
		_, err := h.Service.Exhibits().Bundle(t.Context(), by, custody.Pack{Case: h.id, Exhibit: exhibit.Entry}, &b)
		if err != nil && b.Len() > 0 {
			t.Errorf("%s is refused and has %d bytes", by.ID, b.Len())
		}
		return err
	}
	h.refusedBy(packs(sio), "", "control: before anybody knew of the lawyer")
	h.about(policy.Lawyer)
	for _, who := range []custody.Actor{sio, analyst, second} {
		h.refusedBy(packs(who), "U-17", who.ID)
	}
	h.refusedBy(h.copies(approver, received.Dataset.Entry, custody.CopyTerms{Holder: second.ID}), "", "naming")
	h.refusedBy(packs(second), "", "who is named")
	h.refusedBy(packs(analyst), "U-17", "who is still not named")
	h.replays()
}

// keepsAnswer takes in a file that is kept and not read, under an authority of its own.
func (h *house) keepsAnswer(item string, profession policy.Profession, answer string) {
	h.Helper()
	d := authority()
	d.Reference, d.Considered = "NX/CD/2024/"+item, "Looked at by the applicant and the granter."
	d.Subjects = []custody.DataSubject{{Category: custody.Suspect, Identifier: subject, Profession: profession}}
	request := h.asks([]byte(answer))
	request.Item, request.FileName, request.Authority = item, "answer.csv", h.record(d, ledger.EntryID{})
	if _, err := h.Service.Imports().Keep(h.Context(), officer, request); err != nil {
		h.Fatal(err)
	}
}

// TestBasisOfAnAttributionIsShown packs an exhibit whose first page says that a number
// is somebody's by files which it does not rest on: they are in the bundle, under the
// rules for their data, until one is called sensitive. One about a lawyer, on which
// nobody decides, never is.
func TestBasisOfAnAttributionIsShown(t *testing.T) {
	h := withParties(t)
	h.Service.Module = likeness{steps: h.Service.Steps, ran: new([]string)}
	basis := file(9)
	request := h.asks(basis)
	request.Item, request.FileName = "SUB/1", "subscriber.csv"
	cited, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[policy.Profession]string{policy.NoProfession: "an answer kept under its own authority", policy.Lawyer: "an answer about a lawyer"}
	h.keepsAnswer("SUB/2", policy.NoProfession, answers[policy.NoProfession])
	h.keepsAnswer("SUB/3", policy.Lawyer, answers[policy.Lawyer])
	received := h.receive(file(6))
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of one number", Run: ran.Entry, Attributions: []analysis.Attribution{{
			Identifier: subject, Person: "A. Person", Kind: "subscriber", Basis: []string{"SUB/1", "SUB/2", "SUB/3"}, StatedBy: "DC B. Bell",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry}); err != nil {
		t.Fatal(err)
	}
	first, one := h.pack(exhibit.Entry, nil)
	if !bytes.Contains(h.opened(first), basis) {
		t.Error("the file on which an attribution stands is not in the bundle")
	}
	for profession, answer := range answers {
		if there := bytes.Contains(h.opened(first), []byte(answer)); there == (profession == policy.Lawyer) {
			t.Errorf("%s: in the bundle %v", answer, there)
		}
	}
	h.assess(custody.StatusMG6D, "it would tell who the informant is", cited.Evidence.Entry)
	if _, err := h.serves(discloser, one.Entry, "R-1"); !errors.Is(err, custody.ErrConflict) || !strings.Contains(fmt.Sprint(err), "another bundle") {
		t.Errorf("a bundle that shows what is sensitive by now is served: %v", err)
	}
	again, two := h.pack(exhibit.Entry, nil)
	if bytes.Contains(h.opened(again), basis) {
		t.Error("a file on the sensitive schedule is in a bundle")
	}
	if _, err := h.serves(discloser, two.Entry, "R-1"); err != nil {
		t.Errorf("control: the other bundle is not served: %v", err)
	}
	if got, _, err := h.collects(prosecutor, two.Entry); err != nil || !bytes.Equal(got, again) {
		t.Errorf("what was served is not what is collected: %v", err)
	}
}
