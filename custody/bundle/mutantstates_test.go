package bundle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestMutantsOfStates changes one file of each state of a log in the museum in many
// ways and holds ring 0 against the second checker: both accept what is left, or
// neither does.
func TestMutantsOfStates(t *testing.T) {
	const harness = "log-state-mutants"
	m := openMuseum(t)
	from, each := uint64(0), 25
	if long() {
		from, each = 2*proved(t, harness), 100
	}
	changed := museum{"states/trust.json": m["states/trust.json"]}
	names := m.under("states", "/expect")
	i := from
	for _, name := range names {
		dir := strings.TrimSuffix(name, "expect")
		files := slices.DeleteFunc(m.under(strings.TrimSuffix(dir, "/"), ""), func(file string) bool {
			return strings.HasSuffix(file, "/expect") || strings.HasSuffix(file, "/shown") || strings.HasSuffix(file, "/commitment")
		})
		for range each {
			i++
			f := numbered(i)
			to := fmt.Sprintf("%s-%d/", strings.TrimSuffix(dir, "/"), i)
			for file, data := range m {
				if rest, ok := strings.CutPrefix(file, dir); ok {
					changed[to+rest] = data
				}
			}
			file := strings.TrimPrefix(pick(f, files), dir)
			changed[to+file] = f.stateFile(file, m[dir+file])
		}
	}
	said, _ := secondChecker(t, changed) // whether all is as expected means nothing here
	answers := map[string]bool{}
	for line := range strings.Lines(said) {
		name, rest, _ := strings.Cut(line, ": ")
		answers["states/"+name+"/"] = strings.HasPrefix(rest, "OK ") || strings.Contains(rest, ": OK ")
		if strings.Contains(rest, "FAULT crash") {
			t.Errorf("the second checker breaks: %s", line)
		}
	}
	tried, failures, accepted := int64(0), int64(0), 0
	for _, name := range changed.under("states", "/expect") {
		dir := strings.TrimSuffix(name, "expect")
		err := changed.judge(dir)
		second, answered := answers[dir]
		tried++
		if err == nil {
			accepted++
		}
		if !answered || second != (err == nil) {
			failures++
			t.Errorf("%s: ring 0 says %v, the second checker accepts it: %v", dir, err, second)
		}
	}
	proof(t, harness, tried, failures, fmt.Sprintf("%d of them are still good states, and both accept those", accepted))
	if accepted == 0 || tried < int64(each*len(names)) {
		t.Errorf("%d tried, %d accepted", tried, accepted)
	}
}

// stateFile changes a file as its name says what it is.
func (f forms) stateFile(name string, data []byte) []byte {
	switch {
	case name == "trust.json" || name == "acknowledgement":
		return f.document(data)
	case f.r.IntN(3) == 0:
		return f.bytes(data)
	}
	return f.noteLines(data)
}
