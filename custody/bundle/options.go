package bundle

import (
	"context"
	"fmt"
	"io"
	"time"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/ledger/quorum"
)

// Level says how much the checker has besides the bundle, and so how many
// would have to work together to show a different history.
type Level int

// The levels, from the log's word alone to many outside parties.
const (
	LogOnly   Level = iota // the log's own signature
	KnownHead              // and a summary of the log that was kept elsewhere
	Stamped                // and an outside time stamp
	CoSigned               // and a quorum of co-signers
	Full                   // and all of these together
)

// ParseLevel reads a level such as "L3".
func ParseLevel(text string) (Level, error) {
	if len(text) != 2 || text[0] != 'L' || text[1] < '0' || text[1] > '4' {
		return 0, fmt.Errorf("%q is not a level; L0 to L4 are", text)
	}
	return Level(text[1] - '0'), nil
}

// String returns the level as ParseLevel reads it.
func (l Level) String() string { return fmt.Sprintf("L%d", int(l)) }

// Module is an archived module of steps, ready to run.
type Module interface {
	Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
		out map[string]io.Writer, scratch func() (analysis.Scratch, error)) (analysis.Result, error)
	Close(ctx context.Context) error
}

// Options is everything besides the bundle on which a check rests.
// Trust: nothing in it comes from the bundle.
type Options struct {
	// Checker, CheckedAt and FileName are printed, nothing more.
	Checker   Checker
	CheckedAt string
	FileName  string
	// Trust is the caller's list of keys; without it no answer can be Yes.
	Trust *ledger.Trust
	// TrustDigest is SHA-256 of the trust file, in hex, for the report.
	TrustDigest string
	// Policy says how many co-signers are asked for; nil asks for none.
	Policy *quorum.Policy
	// MaxAge is how old the co-signatures of the quorum may be at Now; 0 is any
	// age. It is the one answer that depends on when the check is made.
	MaxAge time.Duration
	Now    time.Time
	// Require is the level below which the answer is CANNOT TELL.
	Require Level
	// Known are what the caller kept: signed checkpoints, receipts,
	// acknowledgements, or places of entries noted as canonical JSON.
	Known [][]byte
	// Consistency are proofs between two checkpoints, each in the form of a C2SP
	// tlog-witness add-checkpoint request.
	Consistency [][]byte
	// Archived runs every step in the module from the bundle.
	Archived bool
	// Steps are this program's own steps, and Native the digest of the module
	// that they stand for; zero when they stand for none.
	Steps  Steps
	Native ledger.Digest
	// Load makes a module from the bundle ready to run; nil cannot.
	Load func(ctx context.Context, wasm []byte) (Module, error)
	// Differing takes each output that came out otherwise, as recorded and as made
	// again; nil for a caller who does not want them.
	Differing func(name string, content analysis.Input) error
	// Scratch gives streams for unpacked content and for steps.
	Scratch func() (analysis.Scratch, error)

	// without names checks that are left out, to show that each is needed.
	without map[string]bool
	// primitives replaces what the self-test tests, to show that it is needed.
	primitives *primitives
}
