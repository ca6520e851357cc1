package source

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"custos.example/analysis"
	"custos.example/analysis/steptest"
)

// conformance returns the folder of public test files.
func conformance(t *testing.T, parts ...string) string {
	t.Helper()
	return steptest.Corpus(t, append([]string{"40-conformance"}, parts...)...)
}

// TestCSVSpectrum compares every file of csv-spectrum with its answer.
func TestCSVSpectrum(t *testing.T) {
	root := conformance(t, "csv-spectrum", "package")
	files, err := filepath.Glob(filepath.Join(root, "csvs", "*.csv"))
	if err != nil || len(files) != 12 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".csv")
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if name == "location_coordinates" { // a mark in a plain field; and its answer is that of another file
			s := newScanner(input(text), ',', true, nil)
			_, _ = s.next()
			if r, err := s.next(); err != nil || r.fault != reasonQuote {
				t.Errorf("%s: %v %v", name, r, err)
			}
			continue
		}
		answer, err := os.ReadFile(filepath.Join(root, "json", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want []map[string]string
		if err := json.Unmarshal(answer, &want); err != nil {
			t.Fatal(err)
		}
		var head []string
		got := []map[string]string{}
		s := newScanner(input(text), ',', true, nil)
		for {
			r, err := s.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || r.fault != "" {
				t.Fatalf("%s: row %d: %s %v", name, s.row, r.fault, err)
			}
			row := map[string]string{}
			for i, field := range r.fields {
				if head == nil || len(head) < i+1 {
					head = append(head, string(field))
					continue
				}
				row[head[i]] = string(field)
			}
			if len(row) > 0 {
				got = append(got, row)
			}
		}
		// The copy of newlines_crlf.csv has lost the CRs that its answer has.
		a, b := fmt.Sprint(got), strings.ReplaceAll(fmt.Sprint(want), "\r\n", "\n")
		if a != b {
			t.Errorf("%s: %s, want %s", name, a, b)
		}
	}
}

const oneColumn = `profile: custos/profile/v1
name: naughty
version: 1
title: One text column
file: {encoding: utf-8, separator: ",", header: [who, whom, kind, at, place], multiline: true}
numbers: gb
start: {columns: [at], layouts: ["YYYY-MM-DD hh:mm:ss"], zone: UTC, basis: made up}
subject: {column: who, read: id}
other: {column: whom, read: number, blank: none}
events: {columns: [kind], rows: [{when: [call], type: voice, leg: originating, other: optional}]}
start-cell: {place: place}
`

// TestNaughtyStrings puts each string of a public list into a text cell and into
// a number cell. As text it must come back as it was; as a number it must be
// read, or the row set aside. Nothing may be lost.
func TestNaughtyStrings(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(conformance(t, "blns"), "blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var strs []string
	if err := json.Unmarshal(text, &strs); err != nil || len(strs) < 500 {
		t.Fatalf("%d strings, %v", len(strs), err)
	}
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	write := func(cells ...string) {
		if err := w.Write(cells); err != nil {
			t.Fatal(err)
		}
	}
	write("who", "whom", "kind", "at", "place")
	for i, s := range strs {
		at := fmt.Sprintf("2026-01-01 %02d:%02d:%02d", i/3600, i/60%60, i%60)
		write("a", "07700900001", "call", at, s)
		write("b", s, "call", at, "x")
	}
	w.Flush()
	var events, aside, report bytes.Buffer
	o, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 28)}.Run(t.Context(), CSV{},
		map[string]analysis.Input{"source": bytes.NewReader(file.Bytes()), "profile": strings.NewReader(oneColumn), "decisions": strings.NewReader("[]")},
		nil, map[string]io.Writer{"events": &events, "set-aside": &aside, "report": &report})
	if err != nil {
		t.Fatal(err)
	}
	b := o.Result.Balance
	if b.Received != int64(2*len(strs)) {
		t.Errorf("%s, of %d rows", b, 2*len(strs))
	}
	all, err := csv.NewReader(&events).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	for _, line := range all[1:] {
		if line[9] == "id:a" {
			kept[line[0]] = line[30]
		}
	}
	lost := 0
	for i, s := range strs {
		at := fmt.Sprintf("2026-01-01T%02d:%02d:%02dZ", i/3600, i/60%60, i%60)
		got, ok := kept[at]
		if !ok {
			lost++
			continue
		}
		// encoding/csv reads CR LF in a field as LF.
		if want := strings.ReplaceAll(strings.TrimSpace(s), "\r\n", "\n"); strings.ReplaceAll(got, "\r\n", "\n") != want || !utf8.ValidString(got) {
			t.Errorf("%q came back as %q", s, got)
		}
	}
	if lost > 0 {
		t.Errorf("%d text cells made their rows be set aside:\n%s", lost, aside.String())
	}
}

// TestFilesWithKnownOddities wants each file of another project's collection to
// be refused with a message, and none to be read in silence.
func TestFilesWithKnownOddities(t *testing.T) {
	root := conformance(t, "csvkit-examples", "examples")
	tried := 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tried++
		_, err = analysis.Runner{Env: analysis.NewMemoryEnv(1 << 28)}.Run(t.Context(), CSV{},
			map[string]analysis.Input{"source": bytes.NewReader(text), "profile": strings.NewReader(oneColumn), "decisions": strings.NewReader("[]")},
			nil, map[string]io.Writer{"events": io.Discard, "set-aside": io.Discard, "report": io.Discard})
		if !errors.Is(err, analysis.ErrNotThisFormat) {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		return nil
	})
	if err != nil || tried < 50 {
		t.Errorf("%d files, %v", tried, err)
	}
}
