package rego

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// Trial is how a release did when it was tried.
type Trial struct {
	Release  string   `json:"release"`
	Rules    int      `json:"rules"`
	Cases    int      `json:"cases"`   // of the decision tables
	Matrix   int      `json:"matrix"`  // pairs of a role and an action
	Periods  int      `json:"periods"` // vectors of the end of an authority
	Units    int      `json:"units"`   // tests written in Rego that hold
	Spoilt   int      `json:"spoilt"`  // sets of facts with something missing or garbled
	Mutants  int      `json:"mutants"` // of the files that differ from this program's, tried
	Killed   int      `json:"killed"`
	Invalid  int      `json:"invalid"`  // that do not compile
	Left     int      `json:"left"`     // mutants for which there was no time
	Faults   []string `json:"faults"`   // what a table or a test expects otherwise, or the rules allow and should not
	Survived []string `json:"survived"` // changes of the rules that no test notices
	Complete bool     `json:"complete"` // everything was tried
}

// OK tells whether nothing was found where everything but the mutants was tried,
// and tests notice nearly all of the mutants: some change nothing that can be seen.
func (t Trial) OK() bool {
	return len(t.Faults) == 0 && t.Spoilt > 0 && len(t.Survived)*100 <= t.Mutants*(100-noticed)
}

// noticed is how many of a hundred mutants tests must notice.
const noticed = 95

// TestsFolder is where, beside the files of rules in a folder, that lies on which
// they are tried.
const TestsFolder = "tests"

// Folder returns the text of the release whose files lie in a folder, and the
// tables beside them. Without any, this program's own tables are given.
// Errors: ErrText.
func Folder(from fs.FS) ([]byte, fs.FS, error) {
	var files []File
	for _, name := range glob(from, "*.rego") {
		if strings.HasSuffix(name, "_test.rego") {
			return nil, nil, fmt.Errorf("%s: tests lie in the folder %s: %w", name, TestsFolder, ErrText)
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{name, string(text)})
	}
	text, err := Text(files)
	if err != nil {
		return nil, nil, err
	}
	tests, err := fs.Sub(from, TestsFolder)
	if _, missing := fs.Stat(from, TestsFolder); errors.Is(missing, fs.ErrNotExist) {
		tests, err = fs.Sub(tested, "testdata")
	}
	return text, tests, err
}

// Tests returns the tables that this program's own rules are tried on, as Folder
// wants them below tests.
func Tests() (fs.FS, error) { return fs.Sub(tested, "testdata") }

// Try tries a release on tables: its form, every case, every vector, every role with
// every action, every test written in Rego, every set of facts with something
// missing or garbled; and then, for as long as is given, changes of the files that
// differ from this program's own, each of which some test should notice. Progress is
// told in words.
// Errors: ErrText, ErrForm, and of tables that cannot be read.
func (e *Engines) Try(ctx context.Context, text []byte, tests fs.FS, long time.Duration, progress func(string)) (Trial, error) {
	t := Trial{Faults: []string{}, Survived: []string{}}
	engine, err := e.Open(ctx, text)
	if err != nil {
		return t, err
	}
	t.Release, t.Rules = engine.Release(), len(engine.notes)
	all, err := parseTables(tests)
	if err != nil {
		return t, err
	}
	if err := t.expected(ctx, engine, all, progress); err != nil || len(t.Faults) > 0 {
		return t, err // what is wrong with so much more would only hide it
	}
	progress("facts with something missing or garbled")
	t.Spoilt, err = checkSpoilt(ctx, engine, all, false, 1)
	t.fault(err)
	t.fault(engine.Try(ctx))
	if len(t.Faults) > 0 {
		return t, nil // mutants of rules that do not pass say nothing
	}
	return t, t.mutate(ctx, engine, all, long, progress)
}

// fault notes what was not as expected.
func (t *Trial) fault(err error) {
	if err != nil {
		t.Faults = append(t.Faults, err.Error())
	}
}

// expected holds the answers of a release against everything that tables and tests
// expect of them.
func (t *Trial) expected(ctx context.Context, engine *Engine, all tables, progress func(string)) error {
	progress(fmt.Sprintf("%d cases of the decision tables", len(all.cases)))
	for _, c := range all.cases {
		t.Cases++
		if err := c.check(ctx, engine); err != nil {
			t.fault(fmt.Errorf("%q: %w", c.Name, err))
		}
	}
	for _, p := range all.periods {
		t.Periods++
		t.fault(all.checkPeriod(ctx, engine, p))
	}
	progress("every role with every action")
	asked, wrong, err := all.grid.check(ctx, engine, all)
	t.Matrix, t.Faults = asked, append(t.Faults, wrong...)
	if err != nil {
		return err
	}
	progress("tests written in Rego")
	t.Units, err = runRego(ctx, engine.sources, all, nil)
	t.fault(err)
	return nil
}

// fewest is how many changes are tried even when time has run out.
const fewest = 12

// mutate tries changes of the edited files, spread over all of them, while there is
// time.
func (t *Trial) mutate(ctx context.Context, engine *Engine, all tables, long time.Duration, progress func(string)) error {
	own, err := embedded()
	if err != nil {
		return err
	}
	differs := map[string]bool{}
	for _, s := range engine.sources {
		differs[s.name] = !slices.Contains(own, s)
	}
	list, err := mutants(engine.sources, func(file string) bool { return differs[file] })
	if err != nil {
		return err
	}
	limited, stop := context.WithTimeout(ctx, long)
	defer stop()
	for tried, i := range spread(len(list)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if tried >= fewest && over(limited) {
			break
		}
		survives, compiles := list[i].survives(ctx, all)
		switch {
		case !compiles: // it would never be put in force
			t.Invalid++
			continue
		case survives:
			t.Survived = append(t.Survived, list[i].name)
		default:
			t.Killed++
		}
		if t.Mutants++; t.Mutants%20 == 0 {
			progress(fmt.Sprintf("%d of %d changes of the edited files", t.Mutants+t.Invalid, len(list)))
		}
	}
	t.Left = len(list) - t.Mutants - t.Invalid
	t.Complete = t.Left == 0
	slices.Sort(t.Survived)
	return nil
}

// over tells whether a context has ended.
func over(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// spread returns the numbers below n, so that the first of them lie far apart.
func spread(n int) []int {
	var out []int
	for stride := 16; stride > 0; stride /= 2 {
		for i := 0; i < n; i += stride {
			if stride == 16 || i%(2*stride) != 0 {
				out = append(out, i)
			}
		}
	}
	return out
}
