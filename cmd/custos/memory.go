package main

import (
	"os"
	"runtime/debug"
	"slices"

	"custos.example/analysis"
	"custos.example/custody/sandbox"
)

// memoryLimit is where a single command collects garbage as ever.
const memoryLimit = 208 << 20

// alone makes this process one that carries out a single command. The server, which
// lives long and shares its machine, keeps what is usual.
func alone(args []string) {
	if !slices.Contains(args, "serve") {
		sandbox.LateTimers()
		settleMemory()
	}
}

// settleMemory lets garbage stand longer than is usual, as long as there is little of
// it: an import decrypts and encrypts hundreds of megabytes piece by piece, and the
// collector would else search the heap for each few of them. Near the limit it collects
// as ever, and more than the limit is taken when it is needed. Whoever sets GOGC or
// GOMEMLIMIT keeps what is usual.
func settleMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(analysis.GarbagePercent)
	debug.SetMemoryLimit(memoryLimit)
}
