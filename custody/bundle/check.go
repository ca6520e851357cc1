package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis"
	"custos.example/ledger"
)

// check is one check, by its number in the order of checks and its own name.
// Shape: run returns nothing when there is nothing to say against the bundle;
// good is the sentence for that case, and may be nil or say nothing.
type check struct {
	number   int
	name     string
	question int
	run      func(*checker) []problem
	good     func(*checker) string
}

// phase is checks that are made together.
// Shape: when tells whether a check can be made after what the phase found so
// far; nil is always.
type phase struct {
	when   func(*checker) bool
	checks []check
}

// problem is one thing that a check found.
type problem struct {
	code    string
	outcome Outcome
	text    string
	detail  []string
	excerpt []string
	stop    bool // later phases cannot be entered, although nothing differs
}

// differs returns a difference.
func differs(code, format string, args ...any) problem {
	return problem{code: code, outcome: Fail, text: fmt.Sprintf(format, args...)}
}

// unknown returns a required check that could not be made.
func unknown(code, format string, args ...any) problem {
	return problem{code: code, outcome: Unknown, text: fmt.Sprintf(format, args...)}
}

// limit returns something to be read that changes no answer.
func limit(code, format string, args ...any) problem {
	return problem{code: code, outcome: Limit, text: fmt.Sprintf(format, args...)}
}

// checker is the state of one check of one bundle.
type checker struct {
	ctx      context.Context //nolint:containedctx // a checker lives no longer than the call that made it
	o        Options
	p        primitives
	r        io.ReaderAt
	size     int64
	b        *Opened
	findings map[int][]Finding // by question
	done     map[string]bool   // names of the checks that were made
	stop     bool              // nothing further can be read
	through  int               // number of the last checks to make; 0 makes all

	manifest     Manifest
	manifestData []byte
	work         shownChain // the bundle's own entry is its last
	keys         shownChain
	organisation shownChain
	made         *ledger.BundleMade
	receipt      ledger.Receipt
	paths        pathsDocument

	ring     ledger.Keyring
	signed   []error // faults of signatures and keys
	contents map[key]unpacked
	scratch  []analysis.Scratch
	origin   provenance
	again    reproduction

	// What checkStatement looks up again and again, worked out once.
	firstWithheld uint64 // number in the work chain; 0: not yet looked for
	firstNamed    map[string]named
	taken         map[string]string // what was taken from an extraction, in words
	erasures      map[ledger.EntryID]string

	stampList stampDocument
	stamped   []provedStamp
	held      support
}

// shownChain is a chain of the bundle with its shown entries.
type shownChain struct {
	ledger.Chain
	entries []ledger.Entry
	faults  []error
}

// phases returns the checks in order. When one in a phase finds a difference,
// the others of that phase are still made and no later phase is entered.
func phases() []phase {
	return []phase{
		{nil, selfChecks()},
		// A damaged container is still read as far as it can be, to name the
		// member that is different.
		{func(c *checker) bool { return !c.stop && (c.b != nil || !c.done["container"]) }, slices.Concat(containerChecks(), formatChecks(), manifestChecks())},
		{nil, contentChecks()},
		{nil, documentChecks()},
		{nil, signatureChecks()},
		{nil, statementChecks()},
		{nil, logChecks()},
		{nil, timeChecks()},
		{nil, orderChecks()},
		{nil, originChecks()},
		{nil, againChecks()},
	}
}

// walk makes all checks of all phases in turn, and stops where it must.
func (c *checker) walk() (stopped bool) {
	for _, phase := range phases() {
		for i, k := range phase.checks {
			if c.o.without[k.name] || c.through > 0 && k.number > c.through || i > 0 && phase.when != nil && !phase.when(c) {
				continue
			}
			problems := k.run(c)
			c.note(k, problems)
			for _, p := range problems {
				c.stop = c.stop || p.stop
				stopped = stopped || p.stop || p.outcome == Fail
			}
		}
		if stopped {
			return true
		}
	}
	return false
}

// note keeps what a check found, under its question.
func (c *checker) note(k check, problems []problem) {
	c.done[k.name] = true
	for _, p := range problems {
		question := k.question
		if p.outcome == Limit {
			question = askRest
		}
		c.findings[question] = append(c.findings[question], Finding{
			Number: k.number, Check: k.name, Code: p.code, Outcome: p.outcome, Text: p.text, Detail: p.detail, Excerpt: p.excerpt,
		})
	}
	for _, p := range problems {
		if p.outcome != Limit {
			return
		}
	}
	if k.good == nil {
		return
	}
	if text := k.good(c); text != "" {
		c.findings[k.question] = append(c.findings[k.question], Finding{Number: k.number, Check: k.name, Outcome: OK, Text: text})
	}
}

// shown calls f for every shown entry of the three chains.
func (c *checker) shown(f func(chain ledger.ChainKind, e ledger.Entry)) {
	for _, chain := range []shownChain{c.keys, c.organisation, c.work} {
		for _, e := range chain.entries {
			f(chain.Kind, e)
		}
	}
}

// flatten returns the single errors that err joins.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var list []error
		for _, e := range many.Unwrap() {
			list = append(list, flatten(e)...)
		}
		return list
	}
	return []error{err}
}

// ofCodes returns the faults of the given codes as differences.
func ofCodes(faults []error, code, sentence string, codes ...ledger.Code) []problem {
	var problems []problem
	for _, err := range faults {
		for _, want := range codes {
			if ledger.CodeOf(err) != want {
				continue
			}
			p := differs(code, "%s", sentence)
			p.text = entryText(sentence, err)
			p.detail = []string{err.Error()}
			problems = append(problems, p)
		}
	}
	return problems
}

// entryText puts the place of a fault into a sentence that has one %s for it.
func entryText(sentence string, err error) string {
	var f *ledger.Fault
	where := "an entry"
	if errors.As(err, &f) && f.Where != "" {
		where = "entry " + f.Where
	}
	return fmt.Sprintf(sentence, where)
}
