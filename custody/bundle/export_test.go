package bundle

import "custos.example/ledger"

// Without returns options under which the named checks are not made.
func Without(o Options, names ...string) Options {
	o.without = map[string]bool{}
	for _, name := range names {
		o.without[name] = true
	}
	return o
}

// Gullible returns options under which every audit path and every consistency
// proof is believed.
func Gullible(o Options) Options {
	p := realPrimitives()
	p.inclusion = func(ledger.Index, ledger.Digest, []ledger.Digest, uint64, ledger.Digest) error { return nil }
	p.consistency = func(uint64, uint64, []ledger.Digest, ledger.Digest, ledger.Digest) error { return nil }
	o.primitives = &p
	return o
}

// CheckNames returns the names of all checks, in order.
func CheckNames() []string {
	var names []string
	for _, phase := range phases() {
		for _, k := range phase.checks {
			names = append(names, k.name)
		}
	}
	return names
}

// CheckNumbers returns the numbers of all checks, as often as they stand.
func CheckNumbers() []int {
	var numbers []int
	for _, phase := range phases() {
		for _, k := range phase.checks {
			numbers = append(numbers, k.number)
		}
	}
	return numbers
}

// ReadConsistency reads a consistency proof between two summaries.
func ReadConsistency(data []byte, from uint64, to ledger.Checkpoint) ([]ledger.Digest, error) {
	return parseConsistency(data, from, to)
}
