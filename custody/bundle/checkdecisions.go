package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/ledger"
)

// checkDecisions wants the decisions that a source was read with, and the scope
// under which it was read, to be those that stand in the record, one entry each.
func checkDecisions(c *checker) []problem {
	var problems []problem
	for _, e := range c.work.entries {
		if e.Statement.Kind() != "dataset-normalised" {
			continue
		}
		var parts []ledger.DigestSet
		for _, d := range e.Statement.Predicate.ResolvedDependencies {
			decided, question := c.decided(d)
			if scoped := decided && question == scopePort; scoped != (d.Name == scopePort) && (scoped || !c.unseen(d)) {
				problems = append(problems, differs("P03", "Entry %d was read under a scope that is not the one on record.", e.N))
			}
			if decided && d.Name != scopePort && d.Name != decisionsPort {
				parts = append(parts, d.Digest)
			}
		}
		switch err := c.sameDecisions(e, parts); {
		case err == nil:
		case errors.Is(err, errUnequal):
			problems = append(problems, differs("P03", "Entry %d was read with decisions that are not the ones on record.", e.N))
		case c.graph().ancestors[e.Statement.Predicate.Place.Entry]:
			problems = append(problems, unknown("P03", "The decisions that entry %d was read with could not be compared with the record: %s.", e.N, err))
		}
	}
	return problems
}

// decisionsPort is the input of a source that has every answer of a person about
// the file, as one list.
const decisionsPort = "decisions"

// errStopped is returned when a check was stopped.
var errStopped = errors.New("the check was stopped")

// sameDecisions returns nil when a source was read with the list of exactly the
// decisions on record.
// Errors: errUnequal; errLacking when it cannot be told; errStopped; io errors.
func (c *checker) sameDecisions(e ledger.Entry, parts []ledger.DigestSet) error {
	used := dependencyOf(e, decisionsPort)
	if used == nil {
		ports, known := c.portsOf(e)
		switch {
		case len(parts) == 0, known && !slices.Contains(ports, decisionsPort):
			return nil // there are none, or the step reads none
		case known:
			return errUnequal
		}
		return fmt.Errorf("the list that the step was given is %w", errLacking)
	}
	list := []io.Reader{strings.NewReader("[")}
	for i, set := range parts {
		part, err := c.stream(set)
		if err != nil {
			return err
		}
		if i > 0 {
			list = append(list, strings.NewReader(","))
		}
		list = append(list, part)
	}
	given, err := c.stream(used.Digest)
	if err != nil {
		return err
	}
	return sameStream(c.ctx, given, io.MultiReader(append(list, strings.NewReader("]"))...))
}

// stream returns a payload as a stream, however large it is.
// Errors: errLacking.
func (c *checker) stream(set ledger.DigestSet) (io.Reader, error) {
	k, err := keyOf(set)
	if err != nil {
		return nil, err
	}
	u, here := c.payload(k)
	if !here {
		return nil, fmt.Errorf("one of them is %w", errLacking)
	}
	return io.NewSectionReader(u, 0, u.Size()), nil
}

// sameStream returns nil when two streams hold the same.
// Errors: errUnequal, errStopped, io errors.
func sameStream(ctx context.Context, a, b io.Reader) error {
	var left, right [32 << 10]byte
	for ctx.Err() == nil {
		n, err := io.ReadFull(a, left[:])
		m, other := io.ReadFull(b, right[:])
		if !bytes.Equal(left[:n], right[:m]) {
			return errUnequal
		}
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		switch {
		case ended && (errors.Is(other, io.EOF) || errors.Is(other, io.ErrUnexpectedEOF)):
			return nil
		case err != nil && !ended:
			return err
		case other != nil && n != m:
			return errUnequal
		}
	}
	return errStopped
}

// scopePort is the input of a source that says what its authority covers, and the
// question that the entry which drew it answers.
const scopePort = "scope"

// decided tells whether an input is what an entry decided, and which question.
func (c *checker) decided(d ledger.Dependency) (bool, string) {
	if d.Entry == nil {
		return false, ""
	}
	decision, decided := c.graph().byID[*d.Entry].Statement.Predicate.Detail.(*ledger.SourceDecided)
	if !decided {
		return false, ""
	}
	return true, decision.Question
}

// small returns the content of a small payload, if the bundle holds it.
func (c *checker) small(set ledger.DigestSet) ([]byte, bool) {
	k, err := keyOf(set)
	if err != nil {
		return nil, false
	}
	u, ok := c.payload(k)
	if !ok || u.Size() > MaxDocument {
		return nil, false
	}
	data, err := io.ReadAll(io.NewSectionReader(u, 0, u.Size()))
	return data, err == nil
}
