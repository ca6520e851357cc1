package store

import "custos.example/ledger"

// SQL has signed integers and the ledger unsigned ones. What is stored is counted
// up from 0 by this store and stays far below 2^63; a negative number can only
// have been put there by someone else, turns into a huge one, and is then a
// finding like any other.

// signed returns a count or a place as SQL holds it.
func signed[T ~uint64](v T) int64 {
	return int64(v)
}

// unsigned returns a count or a place as the ledger holds it.
func unsigned(v int64) uint64 {
	return uint64(v) //nolint:gosec // see above
}

// noKind is no kind of chain.
const noKind ledger.ChainKind = 255

// chainKind returns a stored kind, or noKind.
func chainKind(v int64) ledger.ChainKind {
	if v < 0 || v > int64(ledger.Keys) {
		return noKind
	}
	return ledger.ChainKind(v)
}
