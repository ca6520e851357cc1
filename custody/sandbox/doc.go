// Package sandbox owns the reading of received files in a process of its own: a
// file that was made to break its reader then breaks a process that holds no
// key, no other file, no network and little memory.
//
// The same program is started again; the child gives up what it does not need
// before it sees one byte of the file (see Confinement), is handed the bytes of
// its inputs through shared memory and hands back those of its outputs. Every
// byte that comes from it is hostile: the host copies it before use, checks each
// message and counts what is written.
//
// It changes no byte of any output, knows neither cases nor the ledger, keeps
// nothing, and never starts anything but its own program.
package sandbox
