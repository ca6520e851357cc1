package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// testExists tells whether a test such as custody/store.TestEdit is there.
func testExists(t *testing.T, name string) bool {
	t.Helper()
	folder, function, found := strings.Cut(name, ".Test")
	if !found {
		return false
	}
	files, err := filepath.Glob(filepath.Join("../..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\nfunc Test"+function+"(")) {
			return true
		}
	}
	return false
}

var (
	threatRow = regexp.MustCompile(`^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`)
	testName  = regexp.MustCompile("`([a-z0-9/-]+\\.Test[A-Za-z0-9]+)`")
)

// TestThreatsPage holds the page of threats to its form: 56 of them or more, in order,
// each with tests that are there, or with the words "not yet". The control is a
// test that is not there.
func TestThreatsPage(t *testing.T) {
	page, err := os.ReadFile("../../THREATS.md")
	if err != nil {
		t.Fatal(err)
	}
	number, tests, open := 0, 0, 0
	for line := range strings.Lines(string(page)) {
		m := threatRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		number++
		if m[1] != strconv.Itoa(number) {
			t.Errorf("threat %s stands where %d belongs", m[1], number)
		}
		names := testName.FindAllStringSubmatch(m[4], -1)
		tests += len(names)
		for _, name := range names {
			if !testExists(t, name[1]) {
				t.Errorf("threat %s names the test %s, which is not there", m[1], name[1])
			}
		}
		switch notYet := strings.Contains(m[4], "not yet"); {
		case len(names) == 0 && !notYet:
			t.Errorf("threat %s names no test and does not say that there is none yet", m[1])
		case notYet || strings.Contains(m[3], "Not yet"):
			open++
		}
	}
	if number < 56 {
		t.Errorf("%d threats", number)
	}
	if testExists(t, "custody/store.TestThatIsNotThere") {
		t.Error("control: a test that is not there was found")
	}
	t.Logf("%d threats, %d tests, %d with something not yet shown", number, tests, open)
}
