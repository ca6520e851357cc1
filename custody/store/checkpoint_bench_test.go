package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
)

// BenchmarkSignedCheckpoint times one caller from the append of an entry to a
// signed checkpoint that covers it, with the guard in a file. The goal is a
// median of at most 10 ms on the embedded store.
func BenchmarkSignedCheckpoint(b *testing.B) {
	for _, e := range engines() {
		b.Run(e.name, func(b *testing.B) {
			w := newWorld(b, e.url(b), func(c *Config) { c.Clock = wallClock{} })
			r := recorder.New(recorderOf(b, w.Store))
			waits := make([]time.Duration, 0, b.N)
			b.ResetTimer()
			for i := range b.N {
				request := requestOf(itemReceived(w.work, fmt.Sprint(i)).mustDraft(b))
				start := time.Now()
				placed, err := w.Append(context.Background(), request)
				if err != nil {
					b.Fatal(err)
				}
				if _, c, err := r.Checkpoint(context.Background(), uint64(placed[0].Index)+1); err != nil || c.Size <= uint64(placed[0].Index) {
					b.Fatalf("no checkpoint covers leaf %d: %v", placed[0].Index, err)
				}
				waits = append(waits, time.Since(start))
			}
			slices.Sort(waits)
			b.ReportMetric(float64(percentile(waits, 0.5).Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(percentile(waits, 0.99).Microseconds())/1000, "p99-ms")
		})
	}
}

// recorderOf is what a recorder of the store needs, with a guard in a file.
func recorderOf(b testing.TB, s *Store) recorder.Config {
	b.Helper()
	dir := b.TempDir()
	key, err := sign.Create(filepath.Join(dir, "log.key"), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	guard, err := recorder.CreateFileGuard(filepath.Join(dir, "guard"))
	if err != nil {
		b.Fatal(err)
	}
	const origin = "bench.custos.example/log"
	text, err := key.VerifierKey(origin)
	if err != nil {
		b.Fatal(err)
	}
	known, err := ledger.ParseNoteKey(text)
	if err != nil {
		b.Fatal(err)
	}
	return recorder.Config{
		Origin: origin, Log: s.Log(), Signer: key.NoteSigner(origin), Keys: []ledger.NoteKey{known}, Guard: guard,
	}
}
