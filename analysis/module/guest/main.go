// Command guest is the module of steps: it runs one registered step over the
// files of one run, under any WASI preview 1 runtime. MODULE.md describes it.
package main

import (
	"os"
	"runtime/debug"

	"custos.example/analysis/module/wasi"
	"custos.example/analysis/registry"
)

// memoryAim is where the collector begins to work harder: hosts give a module
// 1 GiB, and memory that a module once had is never given back.
const memoryAim = 640 << 20

func main() {
	debug.SetMemoryLimit(memoryAim)
	os.Exit(wasi.Serve("", registry.Find))
}
