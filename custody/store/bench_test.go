package store

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody"
)

// The goals, as ratios to what this machine can do at that moment.
const (
	goalOneCaller   = 0.50 // of an append and fdatasync in a loop
	goalManyCallers = 0.25 // of one core signing with Ed25519
	goalP99         = 50 * time.Millisecond
)

// load appends entries from some callers for a while and returns the rate and
// every caller's waiting times. Every entry carries two signatures, made in it.
func load(tb testing.TB, w *world, callers int, lasting time.Duration) (perSecond float64, waits []time.Duration) {
	tb.Helper()
	chains := []custody.Chain{w.work, w.other}
	end := time.Now().Add(lasting)
	all := make([][]time.Duration, callers)
	var wg sync.WaitGroup
	var count atomic.Int64
	began := time.Now()
	for c := range callers {
		wg.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				d, err := itemReceived(chains[c%len(chains)], fmt.Sprintf("%d/%d", c, i)).draft(context.Background())
				if err != nil {
					tb.Error(err)
					return
				}
				start := time.Now()
				if _, err := w.Append(context.Background(), requestOf(d)); err != nil {
					tb.Error(err)
					return
				}
				all[c] = append(all[c], time.Since(start))
				count.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, of := range all {
		waits = append(waits, of...)
	}
	slices.Sort(waits)
	return float64(count.Load()) / took.Seconds(), waits
}

func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// syncRate returns how often a second 512 bytes can be appended to a file and
// synced, on the disk that the stores of the tests are on.
func syncRate(tb testing.TB, lasting time.Duration) float64 {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "sync"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	record := make([]byte, 512)
	began, n := time.Now(), 0
	for ; time.Since(began) < lasting; n++ {
		if _, err := f.Write(record); err != nil {
			tb.Fatal(err)
		}
		if err := syncData(f); err != nil {
			tb.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

// signRate returns how many Ed25519 signatures of a PAE-sized text one core
// makes in a second.
func signRate(lasting time.Duration) float64 {
	text := make([]byte, 1024)
	began, n := time.Now(), 0
	for ; time.Since(began) < lasting; n++ {
		ed25519.Sign(testActor.key, text)
	}
	return float64(n) / time.Since(began).Seconds()
}

// TestBenchRatios measures the goals of appending. It is run by CUSTOS_BENCH=1,
// alone on the machine; the limits are measured before and after in the same run.
func TestBenchRatios(t *testing.T) {
	if os.Getenv("CUSTOS_BENCH") == "" {
		t.Skip("CUSTOS_BENCH is not set: run it alone on the machine")
	}
	const lasting = 4 * time.Second
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			w := newWorld(t, e.url(t), func(c *Config) { c.Clock = wallClock{} })
			load(t, w, 8, lasting/4) // warm up
			syncs, signs := syncRate(t, lasting/2), signRate(lasting/2)
			one, oneWaits := load(t, w, 1, lasting)
			syncs = (syncs + syncRate(t, lasting/2)) / 2
			many, manyWaits := load(t, w, 64, lasting)
			signs = (signs + signRate(lasting/2)) / 2
			t.Logf("append and fdatasync, one caller          %8.0f/s", syncs)
			t.Logf("Ed25519 signing, one core                 %8.0f/s", signs)
			t.Logf("append, one caller                        %8.0f/s  %.2f of fdatasync (goal %.2f)  p50 %v  p99 %v",
				one, one/syncs, goalOneCaller, percentile(oneWaits, 0.5), percentile(oneWaits, 0.99))
			t.Logf("append, 64 callers, two signatures each   %8.0f/s  %.2f of signing (goal %.2f)  p50 %v  p99 %v (goal %v)",
				many, many/signs, goalManyCallers, percentile(manyWaits, 0.5), percentile(manyWaits, 0.99), goalP99)
			if e.name != "sqlite" {
				return // the goals are those of the embedded store
			}
			if one < goalOneCaller*syncs {
				t.Errorf("one caller: %.2f of fdatasync, goal %.2f", one/syncs, goalOneCaller)
			}
			if many < goalManyCallers*signs {
				t.Errorf("64 callers: %.2f of signing, goal %.2f", many/signs, goalManyCallers)
			}
			if p := percentile(manyWaits, 0.99); p > goalP99 {
				t.Errorf("64 callers: p99 %v, goal %v", p, goalP99)
			}
		})
	}
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func benchmarkAppend(b *testing.B, callers int) {
	for _, e := range engines() {
		b.Run(e.name, func(b *testing.B) {
			w := newWorld(b, e.url(b), func(c *Config) { c.Clock = wallClock{} })
			drafts := make([]custody.Request, b.N)
			for i := range drafts {
				drafts[i] = requestOf(itemReceived(w.work, fmt.Sprint(i)).mustDraft(b))
			}
			var next atomic.Int64
			b.ResetTimer()
			before := processorTime()
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
						if _, err := w.Append(context.Background(), drafts[i]); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64((processorTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

func BenchmarkAppendOneCaller(b *testing.B) { benchmarkAppend(b, 1) }
func BenchmarkAppend64Callers(b *testing.B) { benchmarkAppend(b, 64) }
func BenchmarkPrepareRequest(b *testing.B) {
	w := newWorld(b, sqliteURL(b))
	r := requestOf(itemReceived(w.work, "X/1").mustDraft(b))
	b.ResetTimer()
	for range b.N {
		if _, err := w.prepareRequest(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMakeDraft(b *testing.B) {
	w := newWorld(b, sqliteURL(b))
	b.ResetTimer()
	for range b.N {
		itemReceived(w.work, "X/1").mustDraft(b)
	}
}
