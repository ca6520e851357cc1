package source_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// explainerOf returns the explainer of a file; sites may follow.
func explainerOf(t testing.TB, file, prof, ds []byte, sites ...[]byte) *source.Explainer {
	t.Helper()
	in := map[string]analysis.Input{"source": bytes.NewReader(file), "profile": bytes.NewReader(prof), "decisions": bytes.NewReader(ds)}
	for _, text := range sites {
		in["sites"] = bytes.NewReader(text)
	}
	x, err := source.NewExplainer(in)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestExplainAgreesWithTheImport takes every row of every golden case and
// compares what the explainer says with what the import wrote.
func TestExplainAgreesWithTheImport(t *testing.T) {
	explained := 0
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		var sites [][]byte
		if text := c.In["sites"]; text != nil {
			sites = append(sites, text)
		}
		explainer := explainerOf(t, c.In["source"], c.In["profile"], c.In["decisions"], sites...)
		explain := func(offset string) source.Explanation {
			explained++
			at, err := strconv.ParseInt(offset, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			raw, x, err := explainer.Row(at)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			if !bytes.HasPrefix(c.In["source"][at:], raw) || !utf8.ValidString(x.Text) {
				t.Fatalf("%s: byte %d holds %q, shown as %q", c.Name, at, raw, x.Text)
			}
			return x
		}
		explainEvents(t, c, explain)
		aside, err := csv.NewReader(bytes.NewReader(c.Out["set-aside"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range aside[1:] {
			if x := explain(line[1]); x.Reason != line[2] || x.Column != line[3] {
				t.Errorf("%s row %s: explained as %s %s, set aside as %s %s", c.Name, line[0], x.Reason, x.Column, line[2], line[3])
			}
		}
	}
	if explained < 150 {
		t.Errorf("only %d rows were explained", explained)
	}
}

// explainEvents compares each event of a case with what is said of its row.
func explainEvents(t *testing.T, c steptest.Case, explain func(offset string) source.Explanation) {
	t.Helper()
	events, err := event.NewReader(bytes.NewReader(c.Out["events"]))
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := events.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		line, fields := string(events.Raw()), make([]string, event.NumColumns)
		for i := range fields {
			fields[i] = string(row.Field(event.Column(i)))
		}
		x := explain(fields[event.Offset])
		if x.Reason != "" || !strings.HasPrefix(line, string(x.Event)+","+fields[event.Source]+",") {
			t.Errorf("%s row %s: explained as\n%s (%s), imported as\n%s", c.Name, fields[event.Record], x.Event, x.Reason, line)
		}
		checkDerivations(t, x, fields)
	}
}

// checkDerivations wants a derivation for every value of an event that came
// from the row, with that value.
func checkDerivations(t *testing.T, x source.Explanation, fields []string) {
	t.Helper()
	told := map[string]string{}
	for _, d := range x.Fields {
		if d.Rule == "" {
			t.Errorf("%s has no rule", d.Field)
		}
		told[d.Field] = d.Value
	}
	for _, c := range []event.Column{
		event.StartUTC, event.Type, event.Leg, event.DurationS, event.IMEI, event.IMSI, event.APN,
		event.CNumber, event.Dialled, event.Bearer, event.Roaming, event.VolumeUp, event.VolumeDown, event.Volume, event.CallRef, event.Outcome,
		event.StartCell, event.StartX, event.StartY, event.StartAzimuth, event.StartPlace, event.EndCell, event.EndX, event.EndY, event.EndAzimuth,
	} {
		name := event.Columns()[c]
		if value, ok := told[name]; fields[c] != "" && (!ok || value != fields[c]) {
			t.Errorf("row %s: %s is %q, told as %q", fields[event.Record], name, fields[c], value)
		}
	}
	for _, c := range []event.Column{event.ANumber, event.BNumber} {
		name := event.Columns()[c]
		if fields[c] != "" && fields[c] != fields[event.Subject] && told[name] != fields[c] {
			t.Errorf("row %s: %s is %q, told as %q", fields[event.Record], name, fields[c], told[name])
		}
	}
	if told["subject"] != fields[event.Subject] {
		t.Errorf("row %s: subject is %q, told as %q", fields[event.Record], fields[event.Subject], told["subject"])
	}
}

// TestExplainNamesTheDecisions wants every start that rests on a decision of a
// zone or an order of day and month to name it, every explanation to list the
// decisions about the file, and a case without one to name none.
func TestExplainNamesTheDecisions(t *testing.T) {
	named := map[string]int{}
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		var sites [][]byte
		if text := c.In["sites"]; text != nil {
			sites = append(sites, text)
		}
		ds, err := source.ParseDecisions(c.In["decisions"])
		if err != nil {
			t.Fatal(err)
		}
		explainer := explainerOf(t, c.In["source"], c.In["profile"], c.In["decisions"], sites...)
		explainEvents(t, c, func(offset string) source.Explanation {
			at, err := strconv.ParseInt(offset, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			_, x, err := explainer.Row(at)
			if err != nil || len(x.Decisions) != len(ds) {
				t.Fatalf("%s: %v, decisions %v of %v", c.Name, err, x.Decisions, ds)
			}
			for _, f := range x.Fields {
				if f.Field != "start_utc" {
					continue
				}
				for _, d := range ds {
					says := strings.Contains(f.Rule, "; decision "+d.Kind+" "+d.Value)
					if says {
						named[d.Kind]++
					} else if d.Kind == source.AssertDayOrder || d.Kind == source.AssertZone && strings.HasPrefix(f.Rule, "Z-LOCAL") {
						t.Errorf("%s byte %d: %q does not name %s", c.Name, at, f.Rule, d.Kind)
					}
				}
				if len(ds) == 0 && strings.Contains(f.Rule, "decision") {
					t.Errorf("%s: %q names a decision; there is none", c.Name, f.Rule)
				}
			}
			return x
		})
	}
	if named[source.AssertZone] == 0 {
		t.Errorf("no start names a decision: %v", named)
	}
	t.Log(named)
}
