package source_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// FuzzImport wants any bytes after a good header to be accounted for row by row,
// the events to be canonical, and each to be explained as it was imported.
func FuzzImport(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(cells(f, map[string]string{"B Number": "", "Call Type": "GPRS"}) + "\"\n,,\n" + good + good))
	f.Add([]byte(cells(f, map[string]string{"First Cell Address": "\"a,\"\"b\u202e\""}) + "\x00\xff\r\n"))
	text, ok := source.ReadProfile("uk-17")
	if !ok {
		f.Fatal("no profile")
	}
	f.Fuzz(func(t *testing.T, tail []byte) {
		file := append([]byte(head), tail...)
		im, err := tryImport(file, text)
		if err != nil {
			t.Fatal(err) // after its header, no file is refused whole
		}
		r, err := event.NewReader(bytes.NewReader([]byte(im.events)))
		if err != nil {
			t.Fatal(err)
		}
		explainer := explainerOf(t, file, text, []byte("[]"))
		var rows int64
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("the events are not canonical: %v\n%s", err, im.events)
			}
			rows++
			raw, x, err := explainer.Row(row.SourceOffset())
			if err != nil || x.Reason != "" || !bytes.HasPrefix(r.Raw(), append(x.Event, ',')) {
				t.Fatalf("row %d: %q is explained as %q (%s %v), imported as %q", row.SourceRow(), raw, x.Event, x.Reason, err, r.Raw())
			}
		}
		if b := im.outcome.Result.Balance; rows != b.Shown+b.Repeats {
			t.Fatalf("%d rows, %s", rows, b)
		}
	})
}

// FuzzProfile wants no text to do more than be refused.
func FuzzProfile(f *testing.F) {
	for _, name := range source.ProfileNames() {
		text, _ := source.ReadProfile(name)
		f.Add(text)
	}
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		err := source.CheckProfile(text, []byte("[]"))
		if err == nil {
			if _, err := tryImport([]byte(head+good), text); err != nil &&
				!errors.Is(err, analysis.ErrNotThisFormat) && !errors.Is(err, source.ErrProfile) && !errors.Is(err, source.ErrDecision) {
				t.Fatal(err)
			}
			return
		}
		if !errors.Is(err, source.ErrProfile) && !errors.Is(err, source.ErrDecision) && !errors.Is(err, event.ErrZone) {
			t.Fatal(err)
		}
	})
}

// FuzzEveryProfile wants any file under any of the golden cases' profiles to be
// refused whole, or accounted for line by line and each row explained.
func FuzzEveryProfile(f *testing.F) {
	cases := steptest.Cases(f, goldenRoot, source.CSV{})
	for i, c := range cases {
		f.Add(uint8(i), c.In["source"], c.In["sites"])
		f.Add(uint8(i), append(bytes.Clone(c.In["source"][:len(c.In["source"])/2]), c.In["source"]...), c.In["sites"])
	}
	f.Fuzz(func(t *testing.T, which uint8, file, sites []byte) {
		readWhole(t, cases[int(which)%len(cases)], file, sites)
	})
}

// readWhole reads a file under the profile of a golden case: it is refused whole,
// or each of its records is an event or set aside, and is explained as that.
func readWhole(t *testing.T, c steptest.Case, file, sites []byte) {
	t.Helper()
	if c.In["sites"] == nil {
		sites = nil
	} else if sites == nil {
		sites = []byte{}
	}
	decisions, err := source.ParseDecisions(c.In["decisions"])
	if err != nil {
		t.Fatal(err)
	}
	im, err := importWith(file, c.In["profile"], sites, decisions...)
	if err != nil {
		if !errors.Is(err, analysis.ErrNotThisFormat) && !errors.Is(err, source.ErrDecision) && !strings.Contains(err.Error(), "quotation mark") {
			t.Fatal(err)
		}
		return
	}
	ds, err := source.MarshalDecisions(decisions)
	if err != nil {
		t.Fatal(err)
	}
	var more [][]byte
	if sites != nil {
		more = append(more, sites)
	}
	explainer := explainerOf(t, file, c.In["profile"], ds, more...)
	r, err := event.NewReader(strings.NewReader(im.events))
	if err != nil {
		t.Fatal(err)
	}
	var rows int64
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the events are not canonical: %v\n%s", err, im.events)
		}
		rows++
		raw, x, err := explainer.Row(row.SourceOffset())
		if err != nil || x.Reason != "" || !bytes.HasPrefix(r.Raw(), append(x.Event, ',')) {
			t.Fatalf("row %d: %q is explained as %q (%s %v), imported as %q", row.SourceRow(), raw, x.Event, x.Reason, err, r.Raw())
		}
	}
	explainAside(t, im, explainer)
	if b := im.outcome.Result.Balance; rows != b.Shown+b.Repeats {
		t.Fatalf("%d rows, %s", rows, b)
	}
}

func explainAside(t *testing.T, im imported, explainer *source.Explainer) {
	t.Helper()
	aside, err := csv.NewReader(strings.NewReader(im.aside)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range aside[1:] {
		offset, err := strconv.ParseInt(line[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if raw, x, err := explainer.Row(offset); err != nil || x.Reason != line[2] || x.Column != line[3] {
			t.Fatalf("row %s: %q is explained as set aside for %q %q (%v), and was for %q %q", line[0], raw, x.Reason, x.Column, err, line[2], line[3])
		}
	}
}
