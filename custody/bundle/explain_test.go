package bundle_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"custos.example/custody/bundle"
)

// TestEveryRowIsExplained follows a thousand rows of a real schedule back to the
// bytes that they came from, and reads them again. A row of a file of which one
// byte is another does not agree.
func TestEveryRowIsExplained(t *testing.T) {
	c := realCase("explained", 1800)
	file, o := c.Bundle(), options(c)
	rows := rand.New(rand.NewPCG(3, 1100)).Perm(1100)[:1000] //nolint:gosec // a sample that can be drawn again
	for i := range rows {
		rows[i]++
	}
	slices.Sort(rows)
	seen := 0
	r, err := bundle.ExplainRows(t.Context(), bytes.NewReader(file), int64(len(file)), o, rows, "", func(x bundle.Explained) error {
		seen++
		if !x.Agrees || len(x.Rules) == 0 || x.Item != "NET/3" || x.FileName != "return.csv" || x.Member != "source/0003-source.csv.zst" {
			t.Fatalf("row %d: %+v", x.Row, x)
		}
		found := false
		for _, p := range c.Payloads {
			at := int(x.Offset)
			found = found || at < len(p.Content) && strings.HasPrefix(string(p.Content[at:]), x.Raw+"\r\n")
		}
		if !found {
			t.Fatalf("row %d: the raw text %q does not stand at byte %d of the file", x.Row, x.Raw, x.Offset)
		}
		var out bytes.Buffer
		if err := x.Text(&out); err != nil {
			t.Fatal(err)
		}
		if seen == 1 {
			t.Log("\n" + out.String())
		}
		for line := range strings.Lines(out.String()) {
			if len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("row %d: a line of more than 80 columns: %q", x.Row, line)
			}
		}
		return nil
	})
	if err != nil || seen != len(rows) || seen < 900 {
		t.Fatalf("%d of %d rows explained: %v\n%s", seen, len(rows), err, text(t, r))
	}
	proof(t, "explained-rows", int64(seen), 0, "a row that is not there is refused")
	_, err = bundle.ExplainRows(t.Context(), bytes.NewReader(file), int64(len(file)), o, []int{1, 100000}, "", func(bundle.Explained) error { return nil })
	if !errors.Is(err, bundle.ErrNoRow) {
		t.Errorf("control: a row that is not there: %v", err)
	}
}

func TestWhatCannotBeExplained(t *testing.T) {
	c := realCase("unexplained", 60)
	file, o := c.Bundle(), options(c)
	at := func(file []byte, row int, name string) error {
		_, _, err := bundle.Explain(t.Context(), bytes.NewReader(file), int64(len(file)), o, row, name)
		return err
	}
	if err := at(file, 100000, ""); !errors.Is(err, bundle.ErrNoRow) {
		t.Errorf("a row that is not there: %v", err)
	}
	if err := at(file, 1, "render-schedule-pdf"); !errors.Is(err, bundle.ErrNoRow) {
		t.Errorf("a page that is no table: %v", err)
	}
	changed := bytes.Clone(file)
	changed[len(changed)/2] ^= 1
	if err := at(changed, 1, ""); !errors.Is(err, bundle.ErrNotTraced) {
		t.Errorf("a changed bundle: %v", err)
	}
	tiny, small, o2 := tiny("no table")
	_ = tiny
	if _, _, err := bundle.Explain(t.Context(), bytes.NewReader(small), int64(len(small)), o2, 1, ""); !errors.Is(err, bundle.ErrNoRow) {
		t.Errorf("a bundle without a table of events: %v", err)
	}
}
