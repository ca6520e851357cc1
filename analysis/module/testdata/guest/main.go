// Command guest is the module of the test steps.
package main

import (
	"os"

	"custos.example/analysis/module/testdata/steps"
	"custos.example/analysis/module/wasi"
)

func main() { os.Exit(wasi.Serve("", steps.Find)) }
