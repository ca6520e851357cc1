// Command guest is the module of steps: it runs one registered step over the
// files of one run, under any WASI preview 1 runtime. MODULE.md describes it.
package main

import (
	"os"

	"custos.example/analysis/module/wasi"
	"custos.example/analysis/registry"
)

func main() { os.Exit(wasi.Serve("", registry.Find)) }
