package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// other is a second number, whose records stand in a file of their own.
const other = "+447700900124"

// fileOf is a made-up return of another number.
func fileOf(last, n int) []byte {
	return bytes.ReplaceAll(file(n), []byte("\n07700900123,"), []byte(fmt.Sprintf("\n07700900%03d,", last)))
}

// withTwo receives a file of each of two numbers.
func withTwo(t *testing.T) (*house, []custody.Received) {
	t.Helper()
	h := withCase(t)
	a := authority(subject, other)
	a.Reference = "NX/CD/2024/119"
	h.authority = h.record(a, ledger.EntryID{})
	first := h.asks(file(30))
	second := h.asks(fileOf(124, 21))
	second.Item, second.FileName = "NET/2", "second.csv"
	var all []custody.Received
	for _, request := range []custody.Receive{first, second} {
		request.Return = returned(subject, other)
		got, err := h.Service.Imports().Receive(t.Context(), officer, request)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got)
	}
	return h, all
}

// TestSeveralFiles merges two files, runs an analysis over both, and packs an
// exhibit whose rows are traced back each to its own file. The same files are
// merged once.
func TestSeveralFiles(t *testing.T) {
	h, files := withTwo(t)
	run := custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls do the two returns show?",
		Data: []ledger.EntryID{files[1].Dataset.Entry, files[0].Dataset.Entry},
	}
	ran, err := h.Service.Analyses().Run(t.Context(), analyst, run)
	if err != nil {
		t.Fatal(err)
	}
	if ran.Balance.Received != 51 || ran.Balance.Shown+ran.Balance.Repeats != 51 {
		t.Errorf("balance %+v, want 51 rows of two files", ran.Balance)
	}
	before := len(h.kinds(h.id, ledger.Work))
	slices.Reverse(run.Data)
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); err != nil {
		t.Fatal(err)
	}
	if added := len(h.kinds(h.id, ledger.Work)) - before; added != 1 {
		t.Errorf("the second run added %d entries: the files were merged again", added)
	}
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of two numbers", Run: ran.Entry, Renderers: []string{"render-schedule-csv"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	report := h.verify(b, true)
	if report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
	items := map[string]int{}
	rows := make([]int, ran.Balance.Shown)
	for i := range rows {
		rows[i] = i + 1
	}
	_, err = bundle.ExplainRows(t.Context(), bytes.NewReader(b), int64(len(b)), h.checker(), rows, "", func(x bundle.Explained) error {
		if !x.Agrees {
			t.Errorf("row %d: %v", x.Row, x.Differs)
		}
		items[x.Item]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if items["NET/1"] == 0 || items["NET/2"] == 0 {
		t.Errorf("rows were traced to %v", items)
	}
	run.Data = append(run.Data, run.Data[0])
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("one file named twice: %v", err)
	}
	h.whole()
}

// zones is a made-up base map.
const zones = "zone,shape\nNorth,\"{\"\"type\"\":\"\"Polygon\"\",\"\"coordinates\"\":[[[-2.4,51.3],[-2.3,51.3],[-2.3,51.4],[-2.4,51.3]]]}\"\n"

// baseMap is a base map as it is received.
func (h *house) baseMap() custody.Receive {
	return custody.Receive{
		Case: h.id, Item: "MAP/1", FileName: "zones.csv", From: "the project", Reference: custody.BaseMap,
		Credit: "Made-up zones of the custos project", Content: strings.NewReader(zones),
		Reading: custody.Reading{Params: map[string]string{"class": "area", "format": "csv-geojson", "geometry": "shape", "licence": "Apache-2.0", "name": "zone"}},
	}
}

// TestReference receives a base map without an authority, draws an exhibit over
// it, and wants the verifier to make both again. Communications data cannot be
// taken in that way.
func TestReference(t *testing.T) {
	h := withCase(t)
	ground, err := h.Service.Imports().Receive(t.Context(), analyst, h.baseMap())
	if err != nil {
		t.Fatal(err)
	}
	if ground.Dataset.Entry == (ledger.EntryID{}) || ground.RowCount != 0 || ground.Balance.Received != 1 {
		t.Errorf("received %+v", ground)
	}
	if _, err := h.Service.Imports().Receive(t.Context(), stranger, h.baseMap()); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("somebody who is not assigned: %v", err)
	}
	if _, err := h.Service.Imports().Receive(t.Context(), analyst, h.baseMap()); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same bytes again: %v", err)
	}
	disguised := h.baseMap()
	disguised.Item, disguised.Content, disguised.Source, disguised.Params = "MAP/2", bytes.NewReader(file(3)), "source-csv", nil
	disguised.Profile = profile(t, "uk-17")
	if _, err := h.Service.Imports().Receive(t.Context(), analyst, disguised); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("call data as a base map: %v", err)
	}
	under := h.baseMap()
	under.Item, under.Authority = "MAP/3", h.authority
	if _, err := h.Service.Imports().Receive(t.Context(), analyst, under); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a base map under an authority: %v", err)
	}
	received := h.receive(file(24))
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	produce := custody.Produce{
		Case: h.id, Reference: "JAS/2", Title: "Sites of the cells recorded", Run: ran.Entry, BaseMap: ground.Dataset.Entry,
		Renderers: []string{"render-map-svg", "render-schedule-csv"},
	}
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	report := h.verify(b, true)
	if report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
	var svg bytes.Buffer
	_, err = h.Service.Exhibits().Read(t.Context(), analyst, custody.ReadExhibit{
		Ask: custody.Ask{Purpose: "to see the credit"}, Case: h.id, Exhibit: exhibit.Entry, File: "map-svg",
	}, &svg)
	if err != nil || !strings.Contains(svg.String(), "Made-up zones of the custos project") {
		t.Errorf("the map does not credit its ground: %v", err)
	}
	produce.Reference, produce.Renderers = "JAS/3", []string{"render-schedule-csv"}
	if _, err := h.Service.Exhibits().Produce(t.Context(), analyst, produce); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a base map that nothing draws: %v", err)
	}
	found := h.affected(h.id, "MAP/1")
	if len(found) != 1 || found[0].Reference != "JAS/2" {
		t.Errorf("MAP/1 affects %+v", found)
	}
	h.whole()
}

// TestTypedIdentifiers wants an identifier that somebody typed to be typed twice
// or to stand in the data.
func TestTypedIdentifiers(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(12))
	asserted := func(change func(*custody.Decision)) error {
		d := custody.Decision{Kind: "assert-subject", Value: subject, Why: "the operator's letter names it"}
		change(&d)
		_, err := h.Service.Imports().Normalise(t.Context(), officer, custody.Normalise{
			Case: h.id, Evidence: received.Evidence.Entry, Return: returned(), Authority: h.authority,
			Reading: custody.Reading{Profile: profile(t, "uk-17"), Decisions: []custody.Decision{d}},
		})
		return err
	}
	for name, change := range map[string]func(*custody.Decision){
		"typed once":              func(*custody.Decision) {},
		"not the same":            func(d *custody.Decision) { d.Again = "+447700900132" },
		"a row without it":        func(d *custody.Decision) { d.Row = &custody.SourceRow{Evidence: received.Evidence.Entry, Line: 1} },
		"a row that is not there": func(d *custody.Decision) { d.Row = &custody.SourceRow{Evidence: received.Evidence.Entry, Line: 99} },
	} {
		if err := asserted(change); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	decided := slices.DeleteFunc(h.kinds(h.id, ledger.Work), func(kind string) bool { return kind != "source-decided" })
	if len(decided) != 1 { // the scope of the file that was received
		t.Errorf("a refused decision was recorded: %d", len(decided))
	}
	if err := asserted(func(d *custody.Decision) { d.Row = &custody.SourceRow{Evidence: received.Evidence.Entry, Line: 2} }); err != nil {
		t.Errorf("a row that holds it: %v", err)
	}
	for _, e := range h.entries(h.id, ledger.Work) {
		s, err := e.Statement()
		if err != nil {
			t.Fatal(err)
		}
		if d, ok := s.Predicate.Detail.(*ledger.SourceDecided); ok && d.Question != "scope" && d.Confirmed != "source-row" {
			t.Errorf("recorded as confirmed by %q", d.Confirmed)
		}
	}
	run := custody.Run{
		Case: h.id, Step: "top-contacts", Title: "Whom?", Data: []ledger.EntryID{received.Dataset.Entry},
		Params: map[string]string{"subject": other},
	}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); !errors.Is(err, custody.ErrInvalid) || strings.Contains(err.Error(), other) {
		t.Errorf("a parameter that stands in no row: %v", err)
	}
	run.Again = map[string]string{"subject": other}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); err != nil {
		t.Errorf("typed twice: %v", err)
	}
	run.Again, run.Params = nil, map[string]string{"subject": subject}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); err != nil {
		t.Errorf("one that stands in the data: %v", err)
	}
}

// TestOpinionIsRefused wants words of opinion and attributions without a basis
// kept out of an exhibit of fact.
func TestOpinionIsRefused(t *testing.T) {
	h := withCase(t)
	ran := h.run("event-schedule", h.receive(file(6)).Dataset.Entry, nil)
	produce := func(change func(*custody.Produce)) (custody.Produced, error) {
		p := custody.Produce{Case: h.id, Reference: "JAS/1", Title: "Schedule of calls", Run: ran.Entry, Renderers: []string{"render-schedule-csv"}, Changed: "Made anew."}
		change(&p)
		return h.Service.Exhibits().Produce(t.Context(), analyst, p)
	}
	const opinion = "Calls that are consistent with a meeting"
	_, err := produce(func(p *custody.Produce) { p.Title = opinion })
	if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), `"meeting"`) {
		t.Errorf("an opinion in the title: %v", err)
	}
	if _, err := produce(func(*custody.Produce) {}); err != nil {
		t.Fatal(err)
	}
	if _, err := produce(func(p *custody.Produce) { p.Changed = "He was probably there." }); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("an opinion in what changed: %v", err)
	}
	without := analysis.Attribution{Identifier: subject, Person: "A. Person", Kind: "subscriber", StatedBy: "DC B. Bell"}
	if _, err := produce(func(p *custody.Produce) { p.Attributions = []analysis.Attribution{without} }); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "basis") {
		t.Errorf("an attribution without a basis: %v", err)
	}
	without.Basis = []string{"PRM/2"}
	if _, err := produce(func(p *custody.Produce) { p.Attributions = []analysis.Attribution{without} }); err != nil {
		t.Errorf("an attribution with a basis: %v", err)
	}
	expert, err := produce(func(p *custody.Produce) { p.Title, p.Expert = opinion, "Dr A. Expert, report of 3 March 2024" })
	if err != nil {
		t.Fatalf("an expert's exhibit: %v", err)
	}
	var passed []string
	h.Service.Module = likeness{steps: h.Service.Steps, ran: &passed}
	_, err = h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: expert.Entry})
	var denial *custody.Denial
	if !errors.As(err, &denial) || denial.Action != policy.ExhibitSignOff {
		t.Errorf("an analyst signs off an opinion: %v", err)
	}
}

// TestOpinionInAQuestionIsWarnedOf runs an analysis under a question with words of opinion:
// it is recorded, and said at once in the words with which an exhibit of it is then refused,
// also when the request is repeated. The control is a question without any.
func TestOpinionInAQuestionIsWarnedOf(t *testing.T) {
	h := withCase(t)
	data := h.receive(file(6)).Dataset.Entry
	run := func(question string) custody.Ran {
		ran, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
			Ask: custody.Ask{RequestID: "asked under " + question}, Case: h.id, Step: "event-schedule", Title: question, Data: []ledger.EntryID{data},
		})
		if err != nil {
			t.Fatal(err)
		}
		return ran
	}
	const opinion = "Were they together at the meeting?"
	because := analysis.CheckFactual(opinion)
	first, again := run(opinion), run(opinion)
	for _, ran := range []custody.Ran{first, again} {
		if len(ran.Warnings) != 1 || !strings.Contains(ran.Warnings[0], because.Error()) || ran.Entry != first.Entry {
			t.Errorf("warned of %q with %q", opinion, ran.Warnings)
		}
	}
	_, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls", Run: first.Entry, Renderers: []string{"render-schedule-csv"},
	})
	if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), because.Error()) {
		t.Errorf("an exhibit of it is refused in other words: %v", err)
	}
	if ran := run("Which calls are recorded?"); len(ran.Warnings) != 0 {
		t.Errorf("control: %q", ran.Warnings)
	}
}

// cells is a made-up table of the cells of the made-up return.
const cells = "radio,mcc,mnc,area,cell,latitude,longitude,azimuth,site,valid_from,valid_until\n" +
	"GSM,234,15,101,2001,51.3812345,-2.3654321,120,Guildhall,,\n" +
	"GSM,234,15,101,2002,51.3822345,-2.3664321,240,Guildhall,,\n"

// TestCellTable joins a cell table to a return without positions, and wants the
// exhibit made again by the verifier and its rows followed back: what the table
// gave is said to be from the table.
func TestCellTable(t *testing.T) {
	h := withCase(t)
	table, err := h.Service.Imports().Receive(t.Context(), analyst, custody.Receive{
		Case: h.id, Item: "CEL/1", FileName: "cells.csv", From: "A Network Ltd", Reference: custody.CellTable, Content: strings.NewReader(cells),
		Reading: custody.Reading{Params: map[string]string{
			"valid-basis": "letter of 3 March 2024", "valid-from": "2024-01-01T00:00:00Z", "valid-until": "2024-06-01T00:00:00Z",
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bare := bytes.ReplaceAll(bytes.ReplaceAll(file(20), []byte("375000,165000,120,\"1 Made Up Street, Bath\""), []byte(",,,")), []byte("375100,165100,240"), []byte(",,"))
	received := h.receive(bare)
	run := custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Which calls and cells are recorded?", Data: []ledger.EntryID{received.Dataset.Entry}, Cells: table.Dataset.Entry,
	}
	ran, err := h.Service.Analyses().Run(t.Context(), analyst, run)
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule and map of calls", Run: ran.Entry, Renderers: []string{"render-schedule-csv", "render-map-svg"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	if report := h.verify(b, true); report.Headline == bundle.Differs {
		h.wants(report, bundle.Matches)
	}
	fromTable := 0
	_, err = bundle.ExplainRows(t.Context(), bytes.NewReader(b), int64(len(b)), h.checker(), []int{1, 7, 20}, "", func(x bundle.Explained) error {
		if !x.Agrees {
			t.Errorf("row %d: %v", x.Row, x.Differs)
		}
		for _, r := range x.Rules {
			if r.Rule == "from the cell table" && r.Raw != r.Value {
				fromTable++
			}
		}
		return nil
	})
	if err != nil || fromTable < 6 {
		t.Errorf("%d values are said to be from the cell table: %v", fromTable, err)
	}
	if found := h.affected(h.id, "CEL/1"); len(found) != 1 {
		t.Errorf("the table affects %+v", found)
	}
	h.whole()
}
