// Package ledger is ring 0: it owns the formats of the record (entries,
// envelopes, commitments, chains, receipts, checkpoints, co-signatures, trust)
// and the pure functions that make and check them. FORMAT.md fixes every byte.
//
// It never reads a clock, a file, a network, a database or the environment, and
// it imports nothing but the standard library, golang.org/x/mod/sumdb/note and
// github.com/transparency-dev/merkle, so that a stranger can read all of it.
package ledger
