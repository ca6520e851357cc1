package custody_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// phoneLog is the call log that a program reads from a made-up phone: two calls in
// the agreed days, one before them, and a row that nobody can read.
const phoneLog = "number;other;kind;day;time;seconds\n" +
	"07700900123;07700900142;out;10/02/2024;09:15:00;61\n" +
	"07700900123;447700900143;in;12/02/2024;10:20:30;5\n" +
	"07700900123;07700900144;out;20/01/2024;11:00:00;5\n" +
	"07700900123;07700900145;sideways;13/02/2024;12:00:00;5\n"

const phoneLogProfile = `profile: custos/profile/v1
name: phone-log
version: 1
title: Six columns as a program writes the call log of a phone
file:
  encoding: utf-8
  separator: ";"
  header: [number, other, kind, day, time, seconds]
numbers: gb
start:
  columns: [day, time]
  layouts: [DD/MM/YYYY, "hh:mm:ss"]
  zone: Europe/London
  basis: the program's manual states UK local time
subject: {column: number, read: number}
other: {column: other, read: number, blank: withheld}
events:
  columns: [kind]
  rows:
    - {when: [out], type: voice, leg: originating, other: required}
    - {when: [in], type: voice, leg: terminating, other: required}
duration: {column: seconds, layout: seconds, types: [voice], required: [voice]}
`

// phoneAtForce is a force that took in what a kiosk read from a phone with that log.
func phoneAtForce(t *testing.T) (*house, custody.ReceivedExtraction) {
	t.Helper()
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	files := phone()
	files["calls/log.csv"] = &fstest.MapFile{Data: []byte(phoneLog)}
	if _, err := kiosk.Service.Kiosks().Acquire(t.Context(), kioskOfficer, kiosk.extraction(files)); err != nil {
		t.Fatal(err)
	}
	received, err := force.takesIn(kiosk.sealed("KO/2"))
	if err != nil {
		t.Fatal(err)
	}
	return force, received
}

// ofLog takes the log out of the extraction.
func (h *house) ofLog(item string) custody.Receive {
	return custody.Receive{
		Case: h.id, Item: item, Extracted: &custody.ExtractedFile{Extraction: "KO/2", Path: "calls/log.csv"},
		Reading: custody.Reading{Profile: []byte(phoneLogProfile)},
	}
}

// agreed amends the agreement, so that it covers other categories.
func (h *house) agreed(categories ...string) {
	h.Helper()
	d, err := custody.AuthorityTemplate(policy.RoutePCSC37)
	if err != nil {
		h.Fatal(err)
	}
	d.Reference, d.Granted.On, d.Notice.GivenOn = "AG/7", "2024-03-01", "2024-03-01"
	d.Scope.Identifiers, d.Scope.Categories = []string{"KO/1"}, categories
	d.Scope.From, d.Scope.Until = "2024-02-01", "2024-02-29"
	d.Subjects = []custody.DataSubject{{Category: custody.Witness, Identifier: "KO/1", Profession: policy.NoProfession}}
	h.record(d, h.authority)
}

// TestExtractionFileToExhibit takes the call log out of an extraction, looks at it,
// makes a data set and an exhibit of it, and has the bundle checked: the entries lead
// from the exhibit back to the extraction and to the kiosk, every row is accounted
// for, and nothing else that was read from the phone is in the bundle.
func TestExtractionFileToExhibit(t *testing.T) {
	h, whole := phoneAtForce(t)
	h.agreed("calls", "messages")
	request := h.ofLog("NET/1")
	seen, err := h.Service.Imports().Preview(t.Context(), officer, custody.Preview{Case: h.id, Extracted: request.Extracted, Reading: request.Reading})
	if err != nil || seen.Balance.Received != 4 || len(seen.First) == 0 {
		t.Fatalf("preview: %+v, %v", seen.Balance, err)
	}
	if n := count(h.kinds(h.id, ledger.Work), "evidence-received"); n != 1 {
		t.Errorf("%d files stand in the record after a look", n)
	}
	got, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Balance; b.Received != 4 || b.Shown != 2 || b.Outside != 1 || b.SetAside != 1 {
		t.Errorf("balance %+v", b)
	}
	h.saysWhereFrom(got, whole)
	packed := h.exhibited(got.Dataset.Entry)
	r := h.verify(packed, true)
	h.wants(r, bundle.Matches)
	var text bytes.Buffer
	if err := r.Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(source of entry 3): it concerns another person", "NET/1 (entry 8) is file 1 of it"} {
		if !strings.Contains(strings.Join(strings.Fields(text.String()), " "), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if bytes.Contains(packed, []byte("are you there?")) || !bytes.Contains(packed, []byte("07700900145;sideways")) {
		t.Error("the bundle holds another file of the phone, or not the one that was taken out")
	}
	h.whole()
}

// exhibited makes an exhibit of a data set, and its bundle.
func (h *house) exhibited(dataset ledger.EntryID) []byte {
	h.Helper()
	ran, err := h.Service.Analyses().Run(h.Context(), labExaminer, custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls does it show?", Data: []ledger.EntryID{dataset},
	})
	if err != nil {
		h.Fatal(err)
	}
	exhibit, err := h.Service.Exhibits().Produce(h.Context(), labExaminer, custody.Produce{Case: h.id, Reference: "FE/1", Title: "Calls", Run: ran.Entry})
	if err != nil {
		h.Fatal(err)
	}
	packed, _ := h.pack(exhibit.Entry, nil)
	return packed
}

// TestExtractionStaysOutOfBundles makes an exhibit of an operator's return in a case
// that holds an extraction: its bundle is whole without anything of the phone.
func TestExtractionStaysOutOfBundles(t *testing.T) {
	h, whole := phoneAtForce(t)
	h.authority = h.record(authority(), ledger.EntryID{})
	packed := h.exhibited(h.receive(file(12)).Dataset.Entry)
	h.wants(h.verify(packed, true), bundle.Matches)
	if bytes.Contains(packed, []byte("are you there?")) || bytes.Contains(packed, []byte(whole.SHA256.String())) {
		t.Error("the bundle holds the extraction, or names it")
	}
}

// saysWhereFrom wants the entry of a file to name the extraction.
func (h *house) saysWhereFrom(got custody.Received, whole custody.ReceivedExtraction) {
	h.Helper()
	stored, err := h.Store.ByEntryID(h.Context(), got.Evidence.Entry)
	if err != nil {
		h.Fatal(err)
	}
	s, err := stored.Statement()
	if err != nil {
		h.Fatal(err)
	}
	p := s.Predicate
	if len(p.ResolvedDependencies) != 1 || *p.ResolvedDependencies[0].Entry != whole.Entry || p.Parameters["extraction-file"] != "1" ||
		p.Parameters["extraction-category"] != "calls" || p.Authority[0] != h.authority {
		h.Errorf("the entry of the file: %+v, %v, %v", p.ResolvedDependencies, p.Parameters, p.Authority)
	}
	if d, ok := p.Detail.(*ledger.EvidenceReceived); !ok || d.FileName != "extraction-file-1.csv" || d.From != "extraction KO/2" {
		h.Errorf("the entry of the file: %+v", p.Detail)
	}
}

// TestExtractionFileRefused takes files out of an extraction as it must not be done.
func TestExtractionFileRefused(t *testing.T) {
	h, _ := phoneAtForce(t)
	for name, refused := range map[string]struct {
		by     custody.Actor
		change func(*custody.Receive)
		want   error
	}{
		"somebody who does not work on the case": {stranger, func(*custody.Receive) {}, custody.ErrDenied},
		"a file that is not in it":               {officer, func(r *custody.Receive) { r.Extracted.Path = "calls/other.csv" }, custody.ErrNotFound},
		"an extraction that is not there":        {officer, func(r *custody.Receive) { r.Extracted.Extraction = "KO/9" }, custody.ErrNotFound},
		"the reference of the extraction":        {officer, func(r *custody.Receive) { r.Item = "KO/2" }, custody.ErrInvalid},
		"another authority":                      {officer, func(r *custody.Receive) { r.Authority = ledger.EntryID{1} }, custody.ErrInvalid},
		"another file beside it":                 {officer, func(r *custody.Receive) { r.Content = strings.NewReader(phoneLog) }, custody.ErrInvalid},
		"a description of its own":               {officer, func(r *custody.Receive) { r.Return = returned() }, custody.ErrInvalid},
	} {
		request := h.ofLog("NET/1")
		refused.change(&request)
		if _, err := h.Service.Imports().Receive(t.Context(), refused.by, request); !errors.Is(err, refused.want) {
			t.Errorf("%s: %v, want %v", name, err, refused.want)
		}
	}
	h.agreed("messages")
	look := custody.Preview{Case: h.id, Extracted: h.ofLog("").Extracted, Reading: h.ofLog("").Reading}
	if _, err := h.Service.Imports().Preview(t.Context(), officer, look); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a look at what is no longer agreed to: %v", err)
	}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.ofLog("NET/1")); !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "not calls") {
		t.Errorf("what is no longer agreed to: %v", err)
	}
	if n := count(h.kinds(h.id, ledger.Work), "evidence-received"); n != 1 {
		t.Errorf("%d files stand in the record after refusals", n)
	}
	h.agreed("calls")
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.ofLog("NET/1")); err != nil {
		t.Errorf("the control, agreed to again: %v", err)
	}
}

// TestExtractionFileAgain takes a file out twice, makes another data set of it, and
// asks what an erasure of the extraction reaches.
func TestExtractionFileAgain(t *testing.T) {
	h, _ := phoneAtForce(t)
	got, err := h.Service.Imports().Keep(t.Context(), officer, h.ofLog("NET/1"))
	if err != nil {
		t.Fatal(err)
	}
	normalise := custody.Normalise{Case: h.id, Evidence: got.Evidence.Entry, Reading: custody.Reading{Profile: []byte(phoneLogProfile)}}
	if made, err := h.Service.Imports().Normalise(t.Context(), officer, normalise); err != nil || made.Balance.Outside != 1 {
		t.Errorf("a data set of what was kept: %+v, %v", made.Balance, err)
	}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, h.ofLog("NET/2")); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same file as another item: %v", err)
	}
	byHand := h.asks([]byte(phoneLog))
	byHand.Profile = []byte(phoneLogProfile)
	byHand.Return.DataTypes, byHand.Return.Identifiers = []policy.DataType{policy.Extraction}, []string{"KO/1"}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, byHand); err == nil {
		t.Error("the same bytes by hand were taken for the file of the extraction")
	}
	normalise.Return = returned()
	if _, err := h.Service.Imports().Normalise(t.Context(), officer, normalise); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("described as a return: %v", err)
	}
	h.agreed("messages")
	normalise.Return = custody.Return{}
	if _, err := h.Service.Imports().Normalise(t.Context(), officer, normalise); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a data set of what is no longer agreed to: %v", err)
	}
	order := h.order("KO/2")
	if left := order.Reach.Made; order.Reach.Payloads < 3 || left != 0 {
		t.Errorf("an erasure of the extraction reaches %+v", order.Reach)
	}
}

// TestAllDataOfAnExtraction: two logs of one phone share its reference, and neither is
// left out of all data, nor taken for the other; of each the newest reading counts.
func TestAllDataOfAnExtraction(t *testing.T) {
	kiosk, force := stationOf(t, "kiosk-7.custos.example", morning), stationOf(t, "force.custos.example", morning)
	pairUp(t, kiosk, force)
	files := phone()
	files["calls/log.csv"] = &fstest.MapFile{Data: []byte(phoneLog)}
	files["messages/0001.txt"] = &fstest.MapFile{Data: []byte(strings.Replace(phoneLog, "10/02/2024", "09/02/2024", 1))}
	_, err := kiosk.Service.Kiosks().Acquire(t.Context(), kioskOfficer, kiosk.extraction(files))
	kiosk.must(err)
	_, err = force.takesIn(kiosk.sealed("KO/2"))
	force.must(err)
	var want []ledger.EntryID
	for _, path := range []string{"calls/log.csv", "messages/0001.txt"} {
		request := force.ofLog("NET/1")
		request.Extracted.Path = path
		got, err := force.Service.Imports().Receive(t.Context(), officer, request)
		force.must(err)
		want = append(want, got.Dataset.Entry)
	}
	wants := func() {
		t.Helper()
		if all, err := force.Service.Cases().Datasets(t.Context(), force.id); err != nil || !slices.Equal(all, want) {
			t.Errorf("all data are %v, want %v: %v", all, want, err)
		}
		_, err := force.Service.Cases().Named(t.Context(), force.id, custody.NamedDataset, "NET/1")
		if !errors.Is(err, custody.ErrConflict) || !strings.Contains(err.Error(), want[0].String()) || !strings.Contains(err.Error(), want[1].String()) {
			t.Errorf("one of two is taken for both: %v", err)
		}
	}
	wants()
	first := want[0]
	for _, e := range force.entries(force.id, ledger.Work) {
		if e.Kind != "evidence-received" {
			continue
		}
		again, err := force.Service.Imports().Normalise(t.Context(), officer, custody.Normalise{
			Case: force.id, Evidence: e.Entry, Reading: custody.Reading{Profile: []byte(strings.Replace(phoneLogProfile, "version: 1", "version: 2", 1))},
		})
		if err == nil && want[0] != again.Dataset.Entry {
			want[0] = again.Dataset.Entry
			break
		}
	}
	if want[0] == first {
		t.Error("no file was read again")
	}
	wants()
	force.whole()
}
