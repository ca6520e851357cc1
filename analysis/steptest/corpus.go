package steptest

import (
	"os"
	"path/filepath"
	"testing"
)

// Corpus returns the path of a file or folder of the data sets: under
// CUSTOS_CORPUS, or in shared/data beside the repository.
//
// The test is skipped when it is not there, and fails when CI=true.
func Corpus(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("CUSTOS_CORPUS")
	if dir == "" {
		dir = filepath.Join(repository(t), "..", "shared", "data")
	}
	path := filepath.Join(append([]string{dir}, parts...)...)
	_, err := os.Stat(path)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("data sets are missing: %v; set CUSTOS_CORPUS", err)
	}
	if err != nil {
		t.Skipf("data sets are missing: %v; set CUSTOS_CORPUS", err)
	}
	return path
}

// CorpusFile returns the bytes of a file of the data sets.
func CorpusFile(t testing.TB, parts ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(Corpus(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// repository returns the folder of go.mod over the test's own.
func repository(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Fatal("no go.mod over the folder of the test", err)
	return ""
}
