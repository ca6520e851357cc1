package store

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// The goals, as ratios to what this machine can do at that moment.
const (
	goalOneCaller   = 0.50 // of an append and fdatasync in a loop
	goalManyCallers = 0.25 // of one core signing with Ed25519
	goalP99         = 50 * time.Millisecond
)

// loadSize statements are written before the clock starts, as a use case does before it
// asks for signatures. Units: more than any machine appends in one load.
const loadSize = 20_000

// prepareLoad writes the statements of one load, for callers of two chains.
func prepareLoad(tb testing.TB, w *world) []written {
	tb.Helper()
	all := make([]written, loadSize)
	for i := range all {
		draft := itemReceived([]custody.Chain{w.work, w.other}[i%2], fmt.Sprint(i))
		draft.entry = nextID(tb, w)
		var err error
		if all[i], err = draft.write(); err != nil {
			tb.Fatal(err)
		}
	}
	return all
}

// nextID returns the id of an entry of a new request, as a use case makes it.
func nextID(tb testing.TB, w *world) ledger.EntryID {
	tb.Helper()
	ids, err := w.EntryIDs()
	if err != nil {
		tb.Fatal(err)
	}
	request, err := custody.NewRequestID(time.Now(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	order, err := hex.DecodeString(request)
	if err != nil {
		tb.Fatal(err)
	}
	return ids([16]byte(order))
}

// load appends entries from some callers for a while and returns the rate and
// every caller's waiting times. Every entry gets its two signatures in it.
func load(tb testing.TB, w *world, all []written, callers int, lasting time.Duration) (perSecond float64, waits []time.Duration) {
	tb.Helper()
	waiting := make([][]time.Duration, callers)
	var wg sync.WaitGroup
	var next atomic.Int64
	began := time.Now()
	for c := range callers {
		wg.Go(func() {
			for time.Since(began) < lasting {
				i := next.Add(1) - 1
				if i >= int64(len(all)) {
					return
				}
				d, err := all[i].sign(context.Background())
				if err != nil {
					tb.Error(err)
					return
				}
				start := time.Now()
				if _, err := w.Append(context.Background(), requestOf(d)); err != nil {
					tb.Error(err)
					return
				}
				waiting[c] = append(waiting[c], time.Since(start))
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, of := range waiting {
		waits = append(waits, of...)
	}
	slices.Sort(waits)
	return float64(len(waits)) / took.Seconds(), waits
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

// round is what one round of the ratios measured: rates a second, processor time
// an entry or a signature, and waiting times.
type round struct {
	syncs, signs, one, many    float64
	signCPU, oneCPU, manyCPU   time.Duration
	oneP50, manyP50, manyP99   time.Duration
	oneOfSyncs, manyOfSigns    float64
	oneOfSignCPU, manyOfSigCPU float64
}

func measure(t testing.TB, w *world, lasting time.Duration) round {
	t.Helper()
	var r round
	before := processorTime()
	r.signs = signRate(lasting / 2)
	r.signCPU = time.Duration(float64(processorTime()-before) / (r.signs * (lasting / 2).Seconds()))
	r.syncs = syncRate(t, lasting/2)
	rate := func(callers int) (float64, []time.Duration, time.Duration) {
		all := prepareLoad(t, w)
		runtime.GC()
		before := processorTime()
		perSecond, waits := load(t, w, all, callers, lasting)
		return perSecond, waits, (processorTime() - before) / time.Duration(max(1, len(waits)))
	}
	var waits []time.Duration
	r.one, waits, r.oneCPU = rate(1)
	r.oneP50 = percentile(waits, 0.5)
	r.syncs = (r.syncs + syncRate(t, lasting/2)) / 2
	r.many, waits, r.manyCPU = rate(64)
	r.manyP50, r.manyP99 = percentile(waits, 0.5), percentile(waits, 0.99)
	r.signs = (r.signs + signRate(lasting/2)) / 2
	r.oneOfSyncs, r.manyOfSigns = r.one/r.syncs, r.many/r.signs
	r.oneOfSignCPU, r.manyOfSigCPU = float64(r.oneCPU)/float64(r.signCPU), float64(r.manyCPU)/float64(r.signCPU)
	return r
}

// middle returns the median over the rounds.
func middle[T cmp.Ordered](rounds []round, of func(round) T) T {
	values := make([]T, len(rounds))
	for i, r := range rounds {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkRatios measures the goals of appending: medians of seven rounds in
// which limits and loads take turns. Run it once (-benchtime 1x), alone on the
// machine; a goal of the embedded store that is missed fails it.
func BenchmarkRatios(b *testing.B) {
	for _, e := range engines() {
		b.Run(e.name, func(t *testing.B) {
			w := newWorld(t, e.url(t), func(c *Config) { c.Clock = wallClock{} })
			load(t, w, prepareLoad(t, w), 8, time.Second) // warm up
			var all []round
			for range 7 {
				all = append(all, measure(t, w, time.Second))
			}
			one, many := middle(all, func(r round) float64 { return r.oneOfSyncs }), middle(all, func(r round) float64 { return r.manyOfSigns })
			p99 := middle(all, func(r round) time.Duration { return r.manyP99 })
			t.Logf("limit: append and fdatasync, one caller      %7.0f/s", middle(all, func(r round) float64 { return r.syncs }))
			t.Logf("limit: Ed25519 signatures of one core        %7.0f/s  CPU %v each",
				middle(all, func(r round) float64 { return r.signs }), middle(all, func(r round) time.Duration { return r.signCPU }))
			t.Logf("append, one caller, two signatures each      %7.0f/s  %.2f of fdatasync (goal %.2f)  p50 %v  CPU %v = %.1f signatures",
				middle(all, func(r round) float64 { return r.one }), one, goalOneCaller, middle(all, func(r round) time.Duration { return r.oneP50 }),
				middle(all, func(r round) time.Duration { return r.oneCPU }), middle(all, func(r round) float64 { return r.oneOfSignCPU }))
			t.Logf("append, 64 callers, two signatures each      %7.0f/s  %.2f of signing (goal %.2f)  p50 %v  p99 %v (goal %v)  CPU %v = %.1f signatures",
				middle(all, func(r round) float64 { return r.many }), many, goalManyCallers, middle(all, func(r round) time.Duration { return r.manyP50 }), p99, goalP99,
				middle(all, func(r round) time.Duration { return r.manyCPU }), middle(all, func(r round) float64 { return r.manyOfSigCPU }))
			if e.name != "sqlite" {
				return // the goals are those of the embedded store
			}
			if one < goalOneCaller || many < goalManyCallers || p99 > goalP99 {
				t.Errorf("one caller %.2f (goal %.2f), 64 callers %.2f (goal %.2f), p99 %v (goal %v)", one, goalOneCaller, many, goalManyCallers, p99, goalP99)
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
