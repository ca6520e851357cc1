package bundle_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody/bundle"
)

// TestChecksPage holds the page that lists the steps against the program: each
// check stands in the row of its number, each code on the page, every step from 0 to
// 16 has a check, and nothing else is named.
func TestChecksPage(t *testing.T) {
	page, err := os.ReadFile("CHECKS.md")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]int{}
	for i, name := range bundle.CheckNames() {
		numbers[name] = bundle.CheckNumbers()[i]
	}
	named := map[string]bool{}
	rows := map[int]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([0-9]+) \| ([^|]+) \|`).FindAllStringSubmatch(string(page), -1) {
		step, _ := strconv.Atoi(row[1])
		rows[step] = true
		for _, name := range strings.Fields(strings.ReplaceAll(row[2], "`", "")) {
			if n, known := numbers[name]; !known || n != step {
				t.Errorf("the page has %s under step %d; the program has it under %d", name, step, n)
			}
			named[name] = true
		}
	}
	for name := range numbers {
		if !named[name] {
			t.Errorf("the check %s stands in no row", name)
		}
	}
	for step := range 17 {
		if !rows[step] || !slices.Contains(bundle.CheckNumbers(), step) {
			t.Errorf("step %d has no row or no check", step)
		}
	}
	codes := regexp.MustCompile(`\b[A-Z][0-9]{2}\b`).FindAllString(string(page), -1)
	for _, c := range bundle.Codes() {
		if !slices.Contains(codes, c.Code) {
			t.Errorf("the code %s stands nowhere on the page", c.Code)
		}
	}
	for _, c := range codes {
		if _, ok := bundle.CodeOf(c); !ok {
			t.Errorf("the page has a code %s that there is not", c)
		}
	}
}
