package trillianlog_test

import (
	"crypto/rand"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree/treetest"
)

// BenchmarkCheckpoint measures from a leaf handed to the tree to its signed
// checkpoint in a file guard.
func BenchmarkCheckpoint(b *testing.B) {
	l, _ := grown(b, 5000)
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	text, err := key.VerifierKey("log.example")
	if err != nil {
		b.Fatal(err)
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil {
		b.Fatal(err)
	}
	guard, err := recorder.CreateFileGuard(filepath.Join(b.TempDir(), "guard"))
	if err != nil {
		b.Fatal(err)
	}
	r := recorder.New(recorder.Config{
		Origin: "log.example", Log: l, Signer: key.NoteSigner("log.example"), Keys: []ledger.NoteKey{public}, Guard: guard,
	})
	var whole, signing []time.Duration
	for size := uint64(5000); b.Loop(); size++ {
		began := time.Now()
		if err := l.Append(b.Context(), size, treetest.Leaves(size, size+1)); err != nil {
			b.Fatal(err)
		}
		appended := time.Now()
		if _, _, err := r.Checkpoint(b.Context(), size+1); err != nil {
			b.Fatal(err)
		}
		whole, signing = append(whole, time.Since(began)), append(signing, time.Since(appended))
	}
	slices.Sort(whole)
	slices.Sort(signing)
	b.ReportMetric(float64(whole[len(whole)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(whole[len(whole)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(signing[len(signing)/2].Microseconds()), "p50-checkpoint-us")
}
