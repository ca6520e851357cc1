package custody

import (
	"context"
	"crypto/ed25519"
	"io"
	"time"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Clock tells the time. A use case reads it once.
type Clock interface {
	Now() time.Time
}

// Blob says where a payload is kept and what it is.
// Shape: Address is opaque; the recorded digest is Blob.Recorded.
type Blob struct {
	Address string
	SHA256  ledger.Digest
	Size    int64
	Salt    ledger.Salt
}

// Recorded returns the digest by which entries name the payload: the plain
// SHA-256 of a large one, a salted one of what is small enough to be guessed.
func (b Blob) Recorded() ledger.DigestSet {
	if b.Size >= plainFrom {
		return ledger.DigestSet{ledger.SHA256: b.SHA256}
	}
	return ledger.DigestSet{ledger.Salted: ledger.SaltedDigest(b.Salt, b.SHA256)}
}

// plainFrom is the size from which a payload is named by its plain SHA-256.
// Units: bytes.
const plainFrom = 4096

// Content is an opened payload.
type Content interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// PayloadWriter takes one payload as it is made. It ends with Commit or with
// Discard; Discard after Commit does nothing.
type PayloadWriter interface {
	io.Writer
	// Commit keeps what was written and says what it is.
	Commit() (Blob, error)
	Discard() error
}

// Blobs keeps payloads, encrypted, by case.
//
// Durability: a payload is on disk when Put or its writer's Commit returns.
type Blobs interface {
	// Put keeps the bytes and says what they are; the same bytes in the same
	// case give the same Blob.
	Put(ctx context.Context, id CaseID, r io.Reader) (Blob, error)
	// Writer returns a writer of a new payload.
	Writer(ctx context.Context, id CaseID) (PayloadWriter, error)
	// Find returns the payload whose recorded digest is given.
	// Errors: ErrNotFound.
	Find(ctx context.Context, id CaseID, recorded ledger.DigestSet) (Blob, error)
	Open(ctx context.Context, id CaseID, address string) (Content, error)
	// Scratch returns an encrypted stream that is gone when it is closed.
	Scratch(ctx context.Context, id CaseID) (analysis.Scratch, error)
}

// Vault makes the keys of a case and secrets that are derived from them.
type Vault interface {
	CreateCase(ctx context.Context, id CaseID) error
	// Derive returns 32 secret bytes that stay the same for a case, a label and
	// a context, and are gone when the key of the case is destroyed.
	Derive(ctx context.Context, id CaseID, label string, context []byte) ([32]byte, error)
}

// Disposal destroys keys and removes what they sealed. Nothing is destroyed that
// was not noted before and does not stand in the record.
//
// Durability: each step is on disk when it returns, and may be repeated.
type Disposal interface {
	// Alone waits until nobody else carries out or ends an erasure, here or in another
	// process over the same folder, and returns what lets the next one begin.
	Alone(ctx context.Context) (io.Closer, error)
	// Note keeps what an order is about to destroy, so that a carrying-out that
	// was cut short can be finished. A second note of an order replaces the first.
	// It returns the note with all that it will need.
	Note(ctx context.Context, note DisposalNote) (DisposalNote, error)
	Noted(ctx context.Context) ([]DisposalNote, error)
	Forget(ctx context.Context, order ledger.EntryID) error
	// Payloads destroys the keys of payloads, in every copy of the data, and
	// removes the payloads; the same content that was kept anew since stays.
	Payloads(ctx context.Context, note DisposalNote) error
	// Case destroys the key of a case, in every copy of the data, and removes its
	// payloads.
	Case(ctx context.Context, id CaseID) error
	// Entries removes what the entries of a case said, by the order of an entry.
	Entries(ctx context.Context, id CaseID, by ledger.EntryID) error
	// Compact makes what was removed unreadable in the database's own files.
	Compact(ctx context.Context) error
}

// DisposalNote is what is destroyed under one order.
// Shape: Addresses as Blob has them, none for a whole case; Keys, beside them, are
// the disposal's own. It names nobody.
type DisposalNote struct {
	Addresses []string       `json:"addresses"`
	Case      CaseID         `json:"case"`
	Keys      []uint32       `json:"keys"`
	Order     ledger.EntryID `json:"order"`
	Whole     bool           `json:"whole"`
}

// Authoriser decides what may be done.
// Trust: an error is a denial.
type Authoriser interface {
	Decide(ctx context.Context, in policy.Input) (policy.Decision, error)
	// LastDay returns the last day on which an authority has effect by the rules in
	// force; policy.NoDate where they set none.
	LastDay(ctx context.Context, a policy.Authority) (policy.Date, error)
	// Release is the digest, in hex, of the rules in force.
	Release() string
}

// Rules opens policy releases from their texts. It is safe for concurrent use.
type Rules interface {
	// Built is the text of the release that this program was built with.
	Built() ([]byte, error)
	// Ready returns a release that is open, by its digest in hex.
	Ready(release string) (Authoriser, bool)
	// Open checks and compiles a release, once, and keeps it.
	// Errors: ErrInvalid, naming file and line.
	Open(ctx context.Context, text []byte) (Authoriser, error)
	// Try opens a release and asks it about facts of every kind with each of them
	// missing in turn.
	// Errors: ErrInvalid when it cannot be opened, allows anything then, or would let
	// no other release follow it.
	Try(ctx context.Context, text []byte) error
}

// Recorder makes checkpoints and receipts.
type Recorder interface {
	Checkpoint(ctx context.Context, atLeast uint64) ([]byte, ledger.Checkpoint, error)
	Receipt(ctx context.Context, index uint64) ([]byte, error)
	// Inclusion returns the audit path of a leaf under a tree of that size.
	Inclusion(ctx context.Context, index, size uint64) ([]ledger.Digest, error)
	Root(ctx context.Context, size uint64) (ledger.Digest, error)
	// Consistency returns the proof that one tree is the beginning of another.
	Consistency(ctx context.Context, from, to uint64) ([]ledger.Digest, error)
}

// Signer signs with one key.
type Signer interface {
	ledger.Signer
	Public() ed25519.PublicKey
}

// Signers gives the keys that this service holds: its own, the log's public
// key, and those it holds for its users.
type Signers interface {
	Service() Signer
	// Log is the key of the log as the signer of entries about itself.
	Log() Signer
	// LogKey is the verifier key of the log as a C2SP note key.
	LogKey() string
	Actor(ctx context.Context, id string) (Signer, error)
	// CreateActor makes a key.
	// Errors: ErrConflict when there is one.
	CreateActor(ctx context.Context, id string) (Signer, error)
	// Holder returns the signer of a key that its holder keeps.
	// Errors: ErrPushback when signing there cannot be had now.
	Holder(ctx context.Context, id string, public ledger.PublicKey) (Signer, error)
	// Next returns the key that is to follow the holder's, making it if there is
	// none yet. The holder is a person, the service or the log.
	Next(ctx context.Context, holder string) (Signer, error)
	// Settle puts the key that the record names in the place of the one before it.
	// Durability: done when it returns; to repeat it is harmless.
	Settle(ctx context.Context, holder string, key ledger.KeyID) error
}

// Steps finds a step by name and version.
type Steps interface {
	Find(name string, version int) (analysis.Step, bool)
	All() []analysis.Step
}

// ModuleFile names the archived form of the steps, which is one file.
type ModuleFile struct {
	Digest ledger.Digest
	Source ledger.Digest // of the source text that it was built from
}

// Module is the archived form of the same steps, the judge of what they do.
type Module interface {
	Built() ModuleFile
	// Bytes returns the file, which must not be changed.
	Bytes() ([]byte, error)
	// Native tells whether this program, as it was built, is known to make the
	// same bytes as the module; if not, the module does the work.
	Native() bool
	// Run runs one step in it.
	Run(ctx context.Context, name string, version int, in map[string]analysis.Input, params analysis.Params,
		out map[string]io.Writer, scratch func() (analysis.Scratch, error)) (analysis.Result, error)
}
