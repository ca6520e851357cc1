package bundle_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"custos.example/custody/bundle"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWordsOfReports holds the words of the three headlines against files that
// people can read and judge.
func TestWordsOfReports(t *testing.T) {
	_, file, o := tiny("words")
	o.Checker = bundle.Checker{Version: "1.0.0"}
	o.CheckedAt, o.FileName = "22 November 2026, 10:31:00 UTC", "JAS-1.custos.zip"
	o.TrustDigest = "f796e2f2c1d2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809112a9d1"[:64]
	untrusted := o
	untrusted.Trust, untrusted.TrustDigest = nil, ""
	changed := bytes.Clone(file)
	changed[bytes.Index(changed, []byte("who,whom"))] ^= 1
	for name, r := range map[string]bundle.Report{
		"matches.txt":     verify(file, o),
		"differs.txt":     verify(changed, o),
		"cannot-tell.txt": verify(file, untrusted),
	} {
		got := []byte(text(t, r))
		path := filepath.Join("testdata", "report", name)
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs; -update writes it anew\n%s", name, got)
		}
	}
}
