package source

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
		count         int64
		subject       string
	}{
		{"END OF REPORT", "END OF REPORT", true, 0, ""},
		{"END OF REPORT", "END OF REPORT.", false, 0, ""},
		{"END*", "END", true, 0, ""},
		{"*END*", "THE END.", true, 0, ""},
		{"*END", "END END", true, 0, ""},
		{"A*B*C", "AxBxBxC", true, 0, ""},
		{"A*B*C", "AxCxB", false, 0, ""},
		{"Total: {count}", "Total: 1,204", true, 1204, ""},
		{"Total: {count}", "Total: 1 204", true, 1204, ""},
		{"Total: {count}", "Total: 1'234'567", true, 1_234_567, ""},
		{"Total: {count}", "Total: 12,04", false, 0, ""},
		{"Total: {count}", "Total: 1,204.50", false, 0, ""},
		{"Total: {count}", "Total: ", false, 0, ""},
		{"{count} rows*", "12 rows in 3 files", true, 12, ""},
		{"For {subject}", "For 07700 900123", true, 0, "07700 900123"},
		{"For {subject} (*", "For 07700 900123 (active)", true, 0, "07700 900123"},
		{"For {subject}", "For ", false, 0, ""},
	} {
		p, err := compilePattern("test", c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := p.match([]byte(c.text))
		if ok != c.want || ok && (got.count != c.count || string(got.subject) != c.subject) {
			t.Errorf("%q on %q: %v %+v", c.pattern, c.text, ok, got)
		}
	}
	for _, bad := range []string{"", "{number}", "{count", "{count} of {count}", strings.Repeat("a*", 9)} {
		if _, err := compilePattern("test", bad); err == nil {
			t.Errorf("the pattern %q is taken", bad)
		}
	}
	// A pattern cannot take for ever: it gives up, and the line is a record.
	p, err := compilePattern("test", "*a*a*a*a*a*a*b")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.match([]byte(strings.Repeat("a", 50_000) + "bc")); ok {
		t.Error("a text that does not end in b has the pattern")
	}
}

func TestThousands(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1204": 1204, "1.204": 1204, "12,345,678": 12_345_678} {
		if n, ok := readCount([]byte(text)); !ok || n != want {
			t.Errorf("%q is read as %d, %v", text, n, ok)
		}
	}
	for _, text := range []string{"", ",1", "1,", "1,,234", "1,234.567", "1234,567", "12345678901234567890"} {
		if n, ok := readCount([]byte(text)); ok {
			t.Errorf("%q is read as %d", text, n)
		}
	}
}
