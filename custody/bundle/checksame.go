package bundle

import (
	"errors"
	"fmt"

	"custos.example/analysis"
	"custos.example/ledger"
)

// compare notes how the outputs and the row balance compare with the record,
// and tells whether the outputs are the recorded ones.
func (a *attempt) compare(comparers map[string]*comparer, result analysis.Result) bool {
	before := len(a.again.outputs)
	for _, s := range a.entry.Statement.Subject {
		k, _ := keyOf(s.Digest)
		err := comparers[s.Name].finish(k, a.saltOf(k))
		var differ *mismatch
		switch {
		case err == nil:
		case errors.As(err, &differ) && a.foreign:
			a.cannot("its archived program cannot be run here, and this program's own %s makes other bytes.", a.name())
		case errors.As(err, &differ):
			a.again.outputs = append(a.again.outputs, a.difference(s.Name, differ))
			a.handOut(s.Name, k)
		default:
			a.cannot("%s.", err)
		}
	}
	same := len(a.again.outputs) == before
	if b := a.entry.Statement.Predicate.RowBalance; b != nil && (same || !a.foreign) && !sameBalance(*b, result.Balance) {
		p := differs("R03", "The row balance of entry %d (%s) did not come out as recorded.", a.entry.N, a.name())
		if a.foreign {
			p = unknown("R03", "Its archived program cannot be run here, and this program's own %s makes what entry %d records, but counts other rows.", a.name(), a.entry.N)
		}
		a.again.balances = append(a.again.balances, a.counts(p, *b, result.Balance))
	}
	if !same {
		return false
	}
	if a.foreign {
		a.again.foreign++
	}
	a.tally()
	return true
}

// counts adds both balances to a problem.
func (a *attempt) counts(p problem, recorded ledger.RowBalance, made analysis.Balance) problem {
	p.detail = []string{"recorded: " + balanceText(recorded), "made again: " + made.String()}
	return p
}

// tally counts the step among those that were made again.
func (a *attempt) tally() {
	class := analysis.Analyse
	if own, known := a.ownStep(); known {
		class = own.Info().Class
	} else if a.entry.Statement.Kind() == "dataset-normalised" {
		class = analysis.Source
	}
	switch class {
	case analysis.Source:
		a.again.sources++
	case analysis.Analyse, analysis.Select:
		a.again.runs++
	case analysis.Render:
		a.again.renders++
	}
}

// difference is the problem of an output that came out otherwise.
func (a *attempt) difference(output string, m *mismatch) problem {
	p := differs("R01", "Repeating the analysis gave a different result: entry %d (%s), %q.", a.entry.N, a.name(), output)
	if m.line > 0 {
		p.detail = []string{fmt.Sprintf("first difference: line %d, byte %d of %q", m.line, m.offset, output)}
		p.excerpt = []string{"recorded    " + m.was, "made again  " + m.is}
	}
	return p
}

// saltOf returns the salt of a payload, if it has one.
func (a *attempt) saltOf(k key) *ledger.Salt {
	for _, line := range a.manifest.Members {
		if other, err := keyOf(line.Payload); err == nil && other == k {
			return line.Salt
		}
	}
	return nil
}

// errNotHere is returned for an output that cannot be compared.
var errNotHere = errors.New("its output is not in the bundle, so there is nothing to compare with")

// sameBalance tells whether two balances agree in every figure.
func sameBalance(recorded ledger.RowBalance, made analysis.Balance) bool {
	return made.Received >= 0 && recorded == ledger.RowBalance{
		Received: uint64(made.Received), Shown: uint64(made.Shown), Outside: uint64(made.Outside), //nolint:gosec // a balance that closes has no negative part
		Repeats: uint64(made.Repeats), SetAside: uint64(made.SetAside), //nolint:gosec // as above
	}
}

// balanceText returns a recorded balance as exhibits print it.
func balanceText(b ledger.RowBalance) string {
	return fmt.Sprintf("%d received = %d shown + %d outside the question + %d repeats + %d set aside",
		b.Received, b.Shown, b.Outside, b.Repeats, b.SetAside)
}
