package bundletest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
	"custos.example/analysis/step"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// Served is what of a data set is served: the rows, what opens them, and what is
// said of them.
type Served struct {
	Events, Salts, Path []byte
	Selection           analysis.Selection
}

// servedRows is how many rows the made-up data set has.
const servedRows = 12

// madeUpEvents returns the events of a made-up data set.
func madeUpEvents() []byte {
	text := event.AppendHeader(nil)
	for i := range servedRows {
		fields := make([]string, event.NumColumns)
		fields[event.StartUTC] = fmt.Sprintf("2026-10-24T17:%02d:00Z", i)
		fields[event.Precision], fields[event.Evidence], fields[event.Zone], fields[event.OffsetS] = "s", "at", "Europe/London", "3600"
		fields[event.Type], fields[event.Leg] = "voice", "originating"
		fields[event.Subject], fields[event.ANumber] = "+447700900001", "+447700900001"
		fields[event.BNumber] = fmt.Sprintf("+4477009001%02d", i)
		fields[event.IMEI], fields[event.StartPlace] = "352099112044170", fmt.Sprintf("Mast %d, Walcot", i%3)
		fields[event.Source], fields[event.Record], fields[event.Offset] = "a1a1a1a1a1a1a1a1", fmt.Sprint(i+2), fmt.Sprint(9+31*i)
		text = event.AppendRecord(text, fields...)
	}
	return text
}

// choice is what of the made-up data set is served.
func (c *Case) choice() []byte {
	nonce := c.nonce()
	return plain(analysis.Choice{
		Format: analysis.ChoiceFormat, Nonce: hex.EncodeToString(nonce[:]), Rest: "not-relevant",
		Show: analysis.Criteria{Identifiers: []string{}, Rows: []analysis.RowRange{{From: 3, To: 8}}},
		Withhold: []analysis.Withholding{{
			Criteria: analysis.Criteria{Identifiers: []string{"+447700900104"}, Rows: []analysis.RowRange{}}, Reason: "another-person",
		}},
		Redact: []analysis.Redaction{{Part: "handset", Reason: "not-relevant"}},
	})
}

// plain returns what a step reads or writes, as canonical JSON.
func plain(v any) []byte {
	data, err := analysis.MarshalCanonical(v)
	if err != nil {
		panic(err) // it is made here
	}
	return data
}

// TellSelected makes a whole case of the tiny story in which rows of a data set are
// served in its place. change may be a dishonest keeper, before anything is signed.
func (c *Case) TellSelected(change func(*Served)) {
	c.found()
	c.open()
	authority := c.authority()
	file := c.Keep([]byte("a made-up return that nobody is shown\n"))
	received := c.Append(Draft{
		Label: "received", Chain: ledger.Work, Actor: c.Analyst, Operation: "collection", Authority: authority,
		Detail:   &ledger.EvidenceReceived{FileName: "calls.csv", From: "Northmoor Mobile", Item: "NET/3", Size: 38},
		Produced: []ledger.Subject{{Name: "source", Digest: file}},
	})
	c.Steps = append(c.Steps, step.SelectRows{})
	_, named := c.step("tiny-source")
	events := madeUpEvents()
	dataset := c.Append(Draft{
		Label: "dataset", Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
		Detail: &ledger.DatasetNormalised{Item: "NET/3"}, Step: named, Balance: &ledger.RowBalance{Received: servedRows, Shown: servedRows},
		Dependencies: []ledger.Dependency{{Name: "source", Digest: file, Entry: &received}},
		Produced:     []ledger.Subject{{Name: "events", Digest: c.Keep(events)}},
	})
	seed := rowtree.Seed(sha256.Sum256([]byte("a secret of the keeper")))
	commitment, err := rowtree.Commit(&seed, bytes.NewReader(events))
	if err != nil {
		panic(err) // the events are made here
	}
	root := ledger.DigestSet{ledger.Rows: ledger.Digest(commitment.Root)}
	rows := c.Append(Draft{
		Label: "rows", Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
		Detail:   &ledger.RowsCommitted{Count: commitment.Count, Dataset: dataset},
		Produced: []ledger.Subject{{Name: "rows", Digest: root}},
	})
	served, choice, outcome := c.serve(events, &seed, commitment, change)
	_, named = c.step("select-rows")
	b := served.Selection.Balance()
	c.Append(Draft{
		Label: "selected", Chain: ledger.Work, Actor: c.Analyst, Operation: "alteration", Authority: authority,
		Detail: &ledger.DatasetSelected{Title: "Calls of six minutes"}, Step: named, Balance: balance(b), Parameters: outcome.Params,
		Dependencies: []ledger.Dependency{{Name: "rows", Digest: root, Entry: &rows}},
		Produced: []ledger.Subject{
			{Name: "events", Digest: c.Keep(served.Events)},
			{Name: "selection", Digest: c.Keep(plain(served.Selection))},
			{Name: "salts", Digest: c.Keep(served.Salts)},
			{Name: "path", Digest: c.Keep(served.Path)},
			{Name: "choice", Digest: c.Keep(choice)},
		},
	})
	c.Entries["dataset"] = c.Entries["selected"]
	story := TinyStory()
	story.Params = nil
	c.analyse(story, authority, map[string][]byte{"events": served.Events})
}

// serve runs the step and proves what it took.
func (c *Case) serve(events []byte, seed *rowtree.Seed, commitment rowtree.Commitment, change func(*Served)) (Served, []byte, analysis.Outcome) {
	choice := c.choice()
	made, outcome := c.Run(step.SelectRows{}, map[string][]byte{"events": events, "choice": choice},
		map[string]string{"item": "NET/3", "root": hex.EncodeToString(commitment.Root[:])})
	selection, err := analysis.ParseSelection(made["selection"])
	if err != nil {
		panic(err) // the step just wrote it
	}
	s := Served{Events: made["events"], Selection: selection}
	s.Salts, s.Path = event.AppendRecord(nil, rowtree.SaltColumns()...), event.AppendRecord(nil, rowtree.PathColumns()...)
	var chosen []uint64
	for i := range uint64(servedRows) {
		if i >= 1 && i <= 6 && i != 4 {
			chosen = append(chosen, i)
		}
	}
	withheld := [rowtree.NumParts]bool{rowtree.Handset: true, rowtree.Trail: true}
	_, err = rowtree.Prove(seed, bytes.NewReader(events), commitment.Count, chosen, withheld, func(o rowtree.Opening) error {
		s.Salts = event.AppendRecord(s.Salts, o.Fields()...)
		return nil
	}, func(h rowtree.Hash) error {
		s.Path = event.AppendRecord(s.Path, hex.EncodeToString(h[:]))
		return nil
	})
	if err != nil {
		panic(err) // the events are made here
	}
	if change != nil {
		change(&s)
	}
	return s, choice, outcome
}

// ForgeSelected packs the bundle of a case that TellSelected made, as a keeper does
// who withholds what lies before the selection.
func (c *Case) ForgeSelected() []byte {
	n := c.N("selected")
	return c.Forge(Forge{
		Withhold: map[uint64]string{c.N("received"): "another-person", c.N("dataset"): "another-person"},
		Leave:    map[string]bundle.Absent{fmt.Sprintf("result/%04d-choice.json", n): {Reason: "sensitive"}},
	})
}
