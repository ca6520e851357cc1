// Package store owns the SQL of custos: the order of the entries, the heads of
// the chains, the tree's nodes (embedded), and the facts projected from the
// entries, on SQLite or PostgreSQL with one set of statements.
//
// One goroutine a process writes. It gathers the waiting requests into one
// transaction, gives every draft its place, and answers when the transaction is
// on disk. Nothing is signed and nobody is waited for under its lock.
//
// It never decides who may do what, never verifies a signature, never keeps a
// payload, and never writes an envelope, a salt or a fact in clear. A failure to
// commit ends its writing for good: what is on disk is then unknown, and only
// opening the store again tells.
package store
