package custody

import (
	"context"
	"time"

	"custos.example/ledger"
)

// CaseID names a case. The empty CaseID stands for the organisation.
// Shape: 32 lower-case hex digits, chosen at random when the case is opened.
type CaseID string

// Draft is one signed entry that has not been given its place yet.
type Draft struct {
	Kind    string         // the last part of the predicate type, such as "analysis-run"
	Case    CaseID         // empty for the organisation
	Chain   ledger.ChainID // a chain opened with OpenChain
	Entry   ledger.EntryID
	Signed  Signed // the statement in its DSSE envelope
	Salt    ledger.Salt
	AsOf    uint64    // size of the log when the decision was taken
	Until   time.Time // earliest end of what the decision rests on; zero = no end
	Changes bool      // this entry can change a later decision
	Decided bool      // AsOf and Until are to be checked
	Within  CaseID    // a further case whose record the decision was taken on; empty = none
	Keys    uint64    // size of the log when the keys that signed were seen in force; 0 = AsOf is checked instead, or nothing was
}

// Request is a set of drafts that are appended together, all or none, in the
// order given. The entry id of the first draft is the request's idempotency key: it
// comes from the actor, the case and a random request id, so that whoever asks
// again asks under the same.
type Request struct {
	Digest ledger.Digest // of what was asked, so that one key cannot stand for two requests
	Drafts []Draft
}

// Placed is the place that the store gave to a draft.
type Placed struct {
	Chain      ledger.ChainID
	N          uint64 // in its chain, from 1
	Index      ledger.Index
	Commitment ledger.Commitment
	Prev       ledger.Commitment
}

// Stored is an entry as the store keeps it. Of an erased entry the envelope and
// the salt are gone; the inner digest and the commitment remain.
type Stored struct {
	Placed
	Kind        string
	Case        CaseID
	Entry       ledger.EntryID
	Envelope    []byte
	Salt        ledger.Salt
	Inner       ledger.Digest
	Erased      bool
	CommittedAt time.Time
}

// Record is one projected fact. A later entry that projects the same key
// replaces it; earlier versions stay readable by index.
// Shape: Value is canonical JSON.
type Record struct {
	Collection string
	Key        string
	Value      []byte
}

// Chain is the head of one chain as it is registered.
type Chain struct {
	ID    ledger.ChainID
	Kind  ledger.ChainKind
	Nonce ledger.Nonce
	Case  CaseID // empty for the organisation's two chains
}

// FsckOptions says from where a store is checked.
// Trust: From comes from the guard or from a person, never from the store.
type FsckOptions struct {
	From ledger.Checkpoint
}

// FsckReport says what was checked and what was found.
type FsckReport struct {
	Entries  uint64
	Chains   int
	Size     uint64
	Root     ledger.Digest
	Findings []Finding
}

// Finding is one thing that does not agree with the record.
// Shape: Case and Entry are empty when it concerns none, or none can be told.
type Finding struct {
	Where    string // table and place, never evidence
	What     string
	Case     CaseID           `json:",omitempty"`
	Entry    ledger.EntryID   `json:",omitzero"`
	Payload  ledger.DigestSet `json:",omitempty"`
	Exhibits []string         `json:",omitempty"` // that rest on it
	Restored bool             `json:",omitempty"` // it has been put right meanwhile
	More     int              `json:",omitempty"` // findings that it stands for, which are not listed; 0 = it is one itself
}

// Store keeps entries in order and the facts projected from them.
//
// Durability: what Append has placed is on disk when it returns.
// Errors: ErrConflict, ErrInvalid, ErrNotFound, ErrPushback, ErrIntegrity.
type Store interface {
	// Append places every draft of the request, or none.
	// Errors: ErrConflict when a decision has been overtaken, when Until has
	// passed, or when the key already stands for another request; the same
	// request under the same key returns the first places, whatever it signed.
	Append(ctx context.Context, request Request) ([]Placed, error)
	// OpenChain registers a chain; doing so twice is harmless.
	OpenChain(ctx context.Context, chain Chain) error
	Chains(ctx context.Context, id CaseID) ([]Chain, error)
	// Head returns 0 and the zero commitment for a chain without entries.
	Head(ctx context.Context, chain ledger.ChainID) (uint64, ledger.Commitment, error)
	Entry(ctx context.Context, chain ledger.ChainID, n uint64) (Stored, error)
	ByEntryID(ctx context.Context, id ledger.EntryID) (Stored, error)
	// EntryIDs returns what makes the id that stands for an order: 16 bytes that begin
	// with a time. Entries whose orders are near one another are kept near one another,
	// which is cheap; whoever sees the id can tell nothing of its order.
	// Errors: keys that cannot be used now.
	EntryIDs() (func(order [16]byte) ledger.EntryID, error)
	// Entries returns the entries from..to, both included.
	Entries(ctx context.Context, chain ledger.ChainID, from, to uint64) ([]Stored, error)
	// Leaves returns the commitments at from..to-1.
	Leaves(ctx context.Context, from, to ledger.Index) ([]ledger.Commitment, error)
	// Size is the number of entries in the log.
	Size(ctx context.Context) (uint64, error)
	// Find returns the newest version with index < asOf; asOf 0 is now.
	Find(ctx context.Context, id CaseID, collection, key string, asOf uint64) (Record, error)
	// List returns the newest version of every key, sorted by key.
	List(ctx context.Context, id CaseID, collection string, asOf uint64) ([]Record, error)
}

// Sealer encrypts what is kept at rest about a case.
type Sealer interface {
	Seal(ctx context.Context, id CaseID, aad, plaintext []byte) ([]byte, error)
	// Open returns what Seal was given.
	// Errors: ErrIntegrity when it can never be opened: it was changed, or the key of
	// the case is destroyed or missing. Any other says nothing of what is sealed.
	Open(ctx context.Context, id CaseID, aad, sealed []byte) ([]byte, error)
	// Blind returns a keyed digest by which a row can be looked up, or nothing when
	// the case has no key, so that there can be no row.
	// Errors: a key that cannot be read now.
	Blind(id CaseID, collection, key string) (string, error)
}
