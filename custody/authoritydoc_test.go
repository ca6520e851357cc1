package custody_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"custos.example/custody"
)

// TestAuthoritiesPage holds the page's table of powers against the templates, which
// are held against the rules.
func TestAuthoritiesPage(t *testing.T) {
	page, err := os.ReadFile("AUTHORITIES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| `") && strings.Count(line, "|") == 4 {
			rows++
		}
	}
	for _, route := range custody.Routes() {
		d, err := custody.AuthorityTemplate(route)
		if err != nil {
			t.Fatal(err)
		}
		if row := fmt.Sprintf("| `%s` | `%s` | %s", route, d.Regime, d.Instrument); !strings.Contains(string(page), row) {
			t.Errorf("the page has no row %q", row)
		}
	}
	if rows != len(custody.Routes()) {
		t.Errorf("%d rows of powers, %d routes", rows, len(custody.Routes()))
	}
}
