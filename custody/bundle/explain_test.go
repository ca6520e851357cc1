package bundle_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"custos.example/custody/bundle"
)

// TestEveryRowIsExplained follows every row of a real schedule back to the
// bytes that it came from, and reads them again.
func TestEveryRowIsExplained(t *testing.T) {
	c := realCase("explained", 120)
	file, o := c.Bundle(), options(c)
	source := c.Payloads
	row := 1
	for ; ; row++ {
		x, r, err := bundle.Explain(t.Context(), bytes.NewReader(file), int64(len(file)), o, row, "")
		if errors.Is(err, bundle.ErrNoRow) && row > 1 {
			break
		}
		if err != nil {
			t.Fatalf("row %d: %v\n%s", row, err, text(t, r))
		}
		if !x.Agrees || len(x.Rules) == 0 || x.Item != "NET/3" || x.FileName != "return.csv" || x.Member != "source/0003-source.csv" {
			t.Fatalf("row %d: %+v", row, x)
		}
		found := false
		for _, p := range source {
			at := int(x.Offset)
			found = found || at < len(p.Content) && strings.HasPrefix(string(p.Content[at:]), x.Raw+"\r\n")
		}
		if !found {
			t.Fatalf("row %d: the raw text %q does not stand at byte %d of the file", row, x.Raw, x.Offset)
		}
		var out bytes.Buffer
		if err := x.Text(&out); err != nil {
			t.Fatal(err)
		}
		if row == 1 {
			t.Log("\n" + out.String())
		}
		for line := range strings.Lines(out.String()) {
			if len(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("row %d: a line of more than 80 columns: %q", row, line)
			}
		}
	}
	if row < 50 {
		t.Errorf("only %d rows", row-1)
	}
	t.Logf("%d rows explained", row-1)
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
