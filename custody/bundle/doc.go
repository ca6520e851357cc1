// Package bundle owns the one file that proves an exhibit: its writer, its
// strict reader, and the check that walks from the exhibit back to the files
// that were received and makes every result again.
//
// The container is a canonical zip (zip.go), described by a manifest whose
// digest the bundle's own entry in the ledger states. FORMAT.md in package
// ledger fixes every byte.
//
// It never touches SQL, a network, a clock or a stored key; it takes the steps
// it may run, the trust it may use and the scratch space it may fill from its
// caller, and no answer of it depends on anything else.
package bundle
