package bundle

import (
	"errors"
	"fmt"
	"sync"
)

// selfChecks is phase 0: does this program do what it must?
func selfChecks() []check {
	return []check{{0, "self-test", askSame, checkSelf, func(*checker) string {
		return fmt.Sprintf("this program passed its own test: %d functions, each with a true case and a false one", len(selfTries()))
	}}}
}

// ErrSelfTest is returned when the program fails its own test.
var ErrSelfTest = errors.New("this program failed its own test")

// selfTested is the test of the functions that this program really uses. They do
// not change while it runs, so once is enough.
var selfTested = sync.OnceValue(func() error { return selfTest(realPrimitives()) })

// checkSelf runs a few fixed cases whose answers are known, good and bad ones,
// through each function on which an answer rests.
func checkSelf(c *checker) []problem {
	test := selfTested
	if c.o.primitives != nil {
		test = func() error { return selfTest(c.p) }
	}
	if err := test(); err != nil {
		p := unknown("V00", "This copy of the checker failed its own test. Do not rely on it. Get a fresh copy.")
		p.detail, p.stop = []string{err.Error()}, true
		return []problem{p}
	}
	return nil
}

// try is the test of one function: nil when it gives the known answer to a true
// case and refuses a false one.
type try struct {
	name string
	run  func(primitives) error
}

// selfTries returns a try for each function in primitives.
func selfTries() []try {
	return []try{
		{"digest", tryDigest},
		{"canonical form", tryCanonical},
		{"signature", trySignature},
		{"envelope", tryEnvelope},
		{"chain name", tryChain},
		{"inner", tryInner},
		{"commitment", tryCommitment},
		{"payload digest", tryPayload},
		{"audit path", tryInclusion},
		{"consistency", tryConsistency},
		{"receipt", tryReceipt},
		{"checkpoint", tryCheckpoint},
		{"co-signature", tryCoSignature},
		{"container", tryContainer},
		{"frame", tryFrame},
		{"row", tryRowLeaf},
		{"rows", tryRows},
		{"time stamp", tryStamp},
	}
}

// selfTest makes every try.
// Errors: ErrSelfTest, naming the first function that failed.
func selfTest(p primitives) error {
	for _, t := range selfTries() {
		if err := t.run(p); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSelfTest, t.name, err)
		}
	}
	return nil
}

// Answers of a try.
var (
	errWrongAnswer = errors.New("another answer than the known one")
	errAccepted    = errors.New("a false case was accepted")
)

// answered returns nil when a true case gave its known answer and a false one
// was refused.
func answered(known bool, falseCase error) error {
	if !known {
		return errWrongAnswer
	}
	if falseCase == nil {
		return errAccepted
	}
	return nil
}
