package main

import (
	"os"
	"runtime/debug"
	"slices"
)

// Limits of memory of a single command.
const (
	garbagePercent = 400
	memoryLimit    = 208 << 20
)

// settleMemory lets the garbage of a single command stand longer than is usual,
// as long as there is little of it: an import decrypts and encrypts hundreds of
// megabytes piece by piece, and the collector would else search the heap for
// each few of them. Near the limit it collects as ever, and more than the limit
// is taken when it is needed. The server, which lives long and shares its
// machine, and whoever sets GOGC or GOMEMLIMIT, keep what is usual.
func settleMemory(args []string) {
	if slices.Contains(args, "serve") || os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(garbagePercent)
	debug.SetMemoryLimit(memoryLimit)
}
