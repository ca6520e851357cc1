// Package trillianlog owns the tree of a distributed custos: an Engine over
// Trillian (PREORDERED_LOG) in a PostgreSQL database of its own, with Trillian's
// log server and sequencer running inside this process.
//
// It is handed numbered leaves and never gives an order to anything; it signs
// nothing (Trillian's roots are unsigned, the recorder's checkpoints are the
// defence); and it never deletes. Several processes may feed one tree: each
// write holds a lock in the database on the very connection that writes, so that
// a process that is cut off loses the lock and the write together.
//
// Trillian answers some failed queries with an empty answer and no error. Every
// answer is therefore checked before it is believed: a root has a hash, a proof
// is there, a size does not go back, a leaf hashes to what is stored beside it.
//
// schema.sql is the file storage/postgresql/schema/storage.sql of
// github.com/google/trillian v1.8.0, word for word, Copyright 2024 Trillian
// Authors, under the Apache License 2.0 (the file LICENSE of this project). It
// stands here because Trillian does not embed it; a test compares the two.
package trillianlog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"

	"github.com/google/trillian"
	"github.com/google/trillian/types"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/transparency-dev/merkle/rfc6962"

	"custos.example/ledger"
	"custos.example/ledger/tree"
)

// Config says where the tree is.
type Config struct {
	// URL is that of a PostgreSQL database that holds this one tree and nothing
	// else. Trillian's queries are planned badly when trees share a database.
	URL string
	// Log gets the errors that Trillian logs. Trillian's log is one for the whole
	// process: the first Log given is the one used.
	Log *slog.Logger
}

// server is what is used of Trillian's log server.
type server interface {
	AddSequencedLeaves(context.Context, *trillian.AddSequencedLeavesRequest) (*trillian.AddSequencedLeavesResponse, error)
	GetInclusionProof(context.Context, *trillian.GetInclusionProofRequest) (*trillian.GetInclusionProofResponse, error)
	GetConsistencyProof(context.Context, *trillian.GetConsistencyProofRequest) (*trillian.GetConsistencyProofResponse, error)
	GetLeavesByRange(context.Context, *trillian.GetLeavesByRangeRequest) (*trillian.GetLeavesByRangeResponse, error)
	GetEntryAndProof(context.Context, *trillian.GetEntryAndProofRequest) (*trillian.GetEntryAndProofResponse, error)
}

// sequencer takes stored leaves into the tree, at most limit of them.
type sequencer func(ctx context.Context, limit int) (int, error)

// shelf returns at most count stored leaves, those not in the tree yet included,
// which the log server does not show.
type shelf func(ctx context.Context, from, count uint64) ([]*trillian.LogLeaf, error)

// latest returns the newest root. The log server's own method is not used: it
// never gives the connection back when there is no root.
type latest func(ctx context.Context) (*trillian.SignedLogRoot, error)

// Log is a tree in Trillian.
type Log struct {
	id        int64
	read      server
	write     server
	integrate sequencer
	stored    shelf
	latest    latest
	ticks     *ticks
	readers   *pgxpool.Pool // nil in tests of the wrapper alone
	writer    *pgxpool.Pool

	appending sync.Mutex // one batch at a time in this process
	analysed  uint64     // size at which the planner last got statistics; under appending

	mu   sync.Mutex
	last head // the largest root seen
}

// head is a root that Trillian has answered with.
type head struct {
	size  uint64
	root  ledger.Digest
	ticks uint64
}

var _ tree.Engine = (*Log)(nil)

// Size returns the number of leaves in the tree.
// Errors: tree.ErrUnavailable, tree.ErrShrink, tree.ErrIntegrity.
func (l *Log) Size(ctx context.Context) (uint64, error) {
	h, err := l.head(ctx)
	return h.size, err
}

// head returns the latest root. It may be asked from several goroutines, so an
// answer is compared with what was known before the question was put.
func (l *Log) head(ctx context.Context) (head, error) {
	known := l.known()
	signed, err := l.latest(ctx)
	if err != nil {
		return head{}, fmt.Errorf("latest root: %w", translate(err))
	}
	h, err := parseHead(signed)
	if err != nil {
		return head{}, fmt.Errorf("latest root: %w", err)
	}
	if err := l.compare(known, h); err != nil {
		return head{}, err
	}
	return h, nil
}

func (l *Log) known() head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// compare refuses a root that contradicts one known before, and remembers it.
func (l *Log) compare(known, h head) error {
	if h.size < known.size {
		return fmt.Errorf("%w: %d leaves, and there have been %d: stop writing and find out what was put back or deleted",
			tree.ErrShrink, h.size, known.size)
	}
	if h.size == known.size && known.size > 0 && h.root != known.root {
		return fmt.Errorf("%w: two roots of %d leaves", tree.ErrIntegrity, h.size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if h.size >= l.last.size {
		l.last = h
	}
	return nil
}

// parseHead reads a root and refuses the empty one that stands for a query that
// failed.
func parseHead(signed *trillian.SignedLogRoot) (head, error) {
	var root types.LogRootV1
	if err := root.UnmarshalBinary(signed.GetLogRoot()); err != nil {
		return head{}, fmt.Errorf("%w: unreadable root: %w", tree.ErrUnavailable, err)
	}
	if len(root.RootHash) != len(ledger.Digest{}) {
		return head{}, fmt.Errorf("%w: a root without a hash: the query behind it failed", tree.ErrUnavailable)
	}
	if root.TreeSize > tree.MaxSize {
		return head{}, fmt.Errorf("%w: a size of %d", tree.ErrIntegrity, root.TreeSize)
	}
	h := head{size: root.TreeSize, root: ledger.Digest(root.RootHash), ticks: root.TimestampNanos}
	if h.size == 0 && h.root != emptyRoot() {
		return head{}, fmt.Errorf("%w: a size of 0 under a root that is not of the empty tree", tree.ErrIntegrity)
	}
	return h, nil
}

func emptyRoot() ledger.Digest { return ledger.Digest(sha256.Sum256(nil)) }

func leafHash(data []byte) ledger.Digest {
	return ledger.Digest(rfc6962.DefaultHasher.HashLeaf(data))
}

// Close waits for a batch that is being added and closes the connections.
func (l *Log) Close() error {
	l.appending.Lock()
	defer l.appending.Unlock()
	if l.writer != nil {
		l.writer.Close()
	}
	if l.readers != nil {
		l.readers.Close()
	}
	return nil
}
