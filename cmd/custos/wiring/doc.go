// Package wiring owns the composition of custos: which store, which payloads,
// which keys, which tree and which policy engine stand behind one Service, and
// where on disk they lie.
//
// Embedded: SQLite with the tree in it, a folder of payloads, a vault, key files
// and a guard file. Distributed: PostgreSQL, with the tree in Trillian and a
// feeder between them. It holds no use case and no format of its own.
package wiring
