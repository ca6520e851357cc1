package registry_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

// column returns one column of a table by its header.
func column(t *testing.T, table []byte, name string) []string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, head := range all[0] {
		if head != name {
			continue
		}
		var values []string
		for _, line := range all[1:] {
			values = append(values, line[i])
		}
		return values
	}
	t.Fatalf("there is no column %q in %v", name, all[0])
	return nil
}

// TestAnalysesOfTheEgoFile holds several analyses against figures computed from
// the raw file by other means: first and last, and the events of each antenna.
func TestAnalysesOfTheEgoFile(t *testing.T) {
	var want map[string]struct {
		First, Last string
		Rows        int64
		Antennas    [][2]any `json:"top5_antennas"`
	}
	if err := json.Unmarshal(corpus(t, "06-bandicoot/expected.json"), &want); err != nil {
		t.Fatal(err)
	}
	ego := want["06a-ego"]
	prof, ok := source.ReadProfile("bandicoot")
	if !ok {
		t.Fatal("no profile")
	}
	ds, err := source.MarshalDecisions([]source.Decision{
		{Kind: source.AssertSubject, Value: "id:ego", Who: "w", Why: "y"}, {Kind: source.AssertZone, Value: "UTC", Who: "w", Why: "y"},
	})
	if err != nil {
		t.Fatal(err)
	}
	made, _ := runStep(t, "source-csv", map[string][]byte{"source": corpus(t, "06-bandicoot/demo/data/ego.csv"), "profile": prof, "decisions": ds}, nil)

	utc := func(text string) string { return strings.Replace(text, " ", "T", 1) + "Z" }
	used, b := runStep(t, "first-last-use", made, nil)
	if column(t, used["usage"], "identifier")[0] != "id:ego" || column(t, used["usage"], "first")[0] != utc(ego.First) || column(t, used["usage"], "last")[0] != utc(ego.Last) || b.Shown != ego.Rows {
		t.Errorf("usage:\n%s%s", used["usage"], b)
	}
	gaps, b := runStep(t, "gaps", made, analysis.Params{"subject": "id:ego", "zone": "UTC"})
	if b.Shown != ego.Rows || len(column(t, gaps["gaps"], "no")) < 40 { // 43 days, and no night without six hours
		t.Errorf("gaps: %s\n%s", b, gaps["gaps"])
	}
	life, _ := runStep(t, "pattern-of-life", made, analysis.Params{"subject": "id:ego", "zone": "UTC", "types": ""})
	var sum int64
	for _, n := range column(t, life["pattern"], "events") {
		v, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += v
	}
	if sum != ego.Rows {
		t.Errorf("the hours of the week hold %d events of %d", sum, ego.Rows)
	}
	for _, a := range ego.Antennas {
		_, b := runStep(t, "area-hits", made, analysis.Params{"from": "2014-01-01T00:00:00Z", "until": "2015-01-01T00:00:00Z", "cells": "name:" + a[0].(string)})
		if b.Shown != int64(a[1].(float64)) {
			t.Errorf("antenna %s: %s; want %v", a[0], b, a[1])
		}
	}
}
