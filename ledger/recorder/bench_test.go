package recorder_test

import (
	"slices"
	"testing"
	"time"

	"custos.example/ledger/recorder"
)

// BenchmarkCheckpoint measures from a leaf in the tree to its signed checkpoint
// in a file guard.
func BenchmarkCheckpoint(b *testing.B) {
	engine := newLog(b, 100_000)
	r := recorder.New(config(b, engine))
	var spent []time.Duration
	for size := uint64(100_000); b.Loop(); size++ {
		grow(b, engine, 1, "")
		began := time.Now()
		if _, _, err := r.Checkpoint(b.Context(), size+1); err != nil {
			b.Fatal(err)
		}
		spent = append(spent, time.Since(began))
	}
	slices.Sort(spent)
	b.ReportMetric(float64(spent[len(spent)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(spent[len(spent)*99/100].Microseconds()), "p99-us")
}
