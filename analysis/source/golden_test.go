package source_test

import (
	"flag"
	"path/filepath"
	"testing"

	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

var update = flag.Bool("update", false, "write the golden outputs instead of comparing them")

var goldenRoot = filepath.Join("..", "registry", "testdata", "golden")

func TestGolden(t *testing.T) {
	steptest.Golden(t, goldenRoot, source.CSV{}, *update)
}
