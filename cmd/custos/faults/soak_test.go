package faults_test

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody/blob"
)

// sample is the state of a process at one time.
type sample struct {
	At          time.Duration // since the load began
	Resident    int           // units: KiB
	Own         int           // of it what is in no file, which the system cannot take back when others want memory; units: KiB
	Live        int           // of it what was still in use when garbage was last collected; units: KiB
	Descriptors int
	Goroutines  int
	Requests    int           // since the last sample
	Slow        time.Duration // 99 of 100 requests since the last sample took no longer
}

// soaking is the load on one station: as many requests in a second as half of
// what it did when it was asked as fast as it could answer.
type soaking struct {
	record
	leak  bool // the control: every request leaves something behind
	mu    sync.Mutex
	took  []time.Duration
	kept  [][]byte
	files []*os.File
}

// inOneCase is how many turns a client of a soak has in one case.
const inOneCase = 40 * cycle

// ask makes a request and measures it.
func (s *soaking) ask(ctx context.Context, last told) (told, error) {
	if last.Turn%cycle == 0 && last.Turn%inOneCase != 0 {
		last.Turn += 3 // no new case yet, and no data set in it
	}
	began := time.Now()
	answer, err := s.next(ctx, last)
	for repeatable(err) {
		answer, err = s.next(ctx, last)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = append(s.took, time.Since(began))
	if s.leak && err == nil {
		block := make([]byte, 256<<10)
		for i := range block {
			block[i] = byte(i)
		}
		s.kept = append(s.kept, block)
		if file, err := os.Open(os.DevNull); err == nil {
			s.files = append(s.files, file)
		}
		go func() { <-ctx.Done() }()
	}
	return answer, err
}

// runSoak is the process under load. It says a sample now and then, until it is
// killed.
func runSoak(ctx context.Context, o order, out io.Writer) error {
	r, err := openRecord(ctx, o.Kind, o.Folder)
	if err != nil {
		return err
	}
	s := &soaking{record: r, leak: o.Lie}
	say := json.NewEncoder(out)
	if err := say.Encode(told{Writer: -1}); err != nil {
		return err
	}
	turns := make(chan struct{})
	failed := make(chan error, len(o.From))
	for _, last := range o.From {
		go func() {
			for range turns {
				answer, err := s.ask(ctx, last)
				if err != nil {
					failed <- err
					return
				}
				last = answer
			}
		}()
	}
	full := time.Now()
	count := 0
	for time.Since(full) < o.Pause { // as fast as it can answer
		select {
		case turns <- struct{}{}:
			count++
		case err := <-failed:
			return err
		}
	}
	pace := time.NewTicker(2 * o.Pause / time.Duration(max(count, 1)))
	defer pace.Stop()
	report := time.NewTicker(o.Pause)
	defer report.Stop()
	s.measured(0)
	for began := time.Now(); ; {
		select {
		case <-pace.C:
			select {
			case turns <- struct{}{}:
			default: // every client waits for an answer
			}
		case <-report.C:
			measured := s.measured(time.Since(began))
			if err := say.Encode(told{Writer: -2, Sample: &measured}); err != nil {
				return err
			}
		case err := <-failed:
			return err
		}
	}
}

// measured takes a sample and begins the next.
func (s *soaking) measured(at time.Duration) sample {
	s.mu.Lock()
	took := s.took
	s.took = nil
	s.mu.Unlock()
	slices.Sort(took)
	m := sample{At: at, Goroutines: runtime.NumGoroutine(), Requests: len(took)}
	if len(took) > 0 {
		m.Slow = took[len(took)*99/100]
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	if metrics.Read(live); live[0].Value.Kind() == metrics.KindUint64 {
		m.Live = int(live[0].Value.Uint64() / 1024)
	}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		m.Descriptors = len(entries)
	}
	if text, err := os.ReadFile("/proc/self/status"); err == nil {
		of := func(name string) int {
			_, rest, _ := strings.Cut(string(text), name)
			n, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
			return n
		}
		m.Resident, m.Own = of("VmRSS:"), of("RssAnon:")
	}
	return m
}

// soak runs a station in a folder under half load and returns its samples.
func soak(t *testing.T, place string, lasting, pause time.Duration, leak bool) []sample {
	t.Helper()
	folder := soaked(place)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := foundRecord(t.Context(), wholeStation, folder); err != nil {
		t.Fatal(err)
	}
	p := start(t, order{Role: "soak", Kind: wholeStation, Folder: folder, From: newClients(8).last, Lie: leak, Pause: pause})
	p.ready(t)
	var samples []sample
	for len(samples) == 0 || samples[len(samples)-1].At < lasting-pause/2 { // a tick may come a little early
		answer, ok := <-p.heard
		if !ok {
			<-p.ended
			t.Fatalf("the station ended by itself: %v\n%s", p.err, p.said.String())
		}
		samples = append(samples, *answer.Sample)
		if n := len(samples); n%20 == 0 {
			t.Log(medians(samples[n-20:]))
		}
	}
	p.kill()
	return samples
}

// soaked is where a soak puts its record.
func soaked(place string) string { return filepath.Join(place, "soak") }

// sound checks the record of a soak: every entry, and the content of a part of its
// payloads.
func sound(t *testing.T, place string, part blob.Part) {
	t.Helper()
	s, err := open(t.Context(), at(soaked(place)))
	if err != nil {
		t.Fatalf("after the soak: %v", err)
	}
	defer s.Close()
	report, err := s.Inspect(t.Context(), wiring.FsckOptions{Part: part})
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("after the soak: %v, %v", err, report.Findings)
	}
	t.Logf("after it %d entries agree, and the content of %d payloads", report.Entries, report.Payloads)
}

// TestSoak keeps a station at half its load and watches its memory, its
// descriptors, its goroutines and how long the slowest answers take. The control
// leaves a little behind with every request.
//
// CUSTOS_SOAK is for how long, such as 150m; from 60m on the slope of memory has
// to stay under 1 % an hour and the slowest answers within 20 %. Else 4 seconds.
func TestSoak(t *testing.T) {
	lasting, pause := 4*time.Second, 200*time.Millisecond
	if text := os.Getenv("CUSTOS_SOAK"); text != "" {
		var err error
		if lasting, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		pause = lasting / 200
	}
	whole, place, part := lasting >= time.Hour, quick, blob.Part{}
	if whole { // it grows beyond what fits in memory, and takes long to read
		place, part = (*testing.T).TempDir, blob.Part{Of: 30}
	}
	folder := place(t)
	samples := soak(t, folder, lasting, pause, false)
	d, requests := driftOf(samples), 0
	for _, s := range samples {
		requests += s.Requests
	}
	first, last := samples[len(samples)/4], samples[len(samples)-1]
	t.Logf("an hour adds %.2f %% to what is resident, and %.2f %% to its own", 100*d.resident, 100*d.own)
	t.Logf("%v, %d requests: resident %d to %d KiB (in use %d to %d), descriptors %d to %d, goroutines %d to %d, 99 of 100 within %v, then %v",
		last.At.Round(time.Second), requests, first.Resident, last.Resident, first.Live, last.Live, first.Descriptors, last.Descriptors,
		first.Goroutines, last.Goroutines, first.Slow, last.Slow)
	faults := d.faults(whole, lasting)
	for _, f := range faults {
		t.Error(f)
	}
	sound(t, folder, part)
	leaking := driftOf(soak(t, quick(t), 2*time.Second, 100*time.Millisecond, true)).faults(false, 2*time.Second)
	t.Logf("control: of a station that leaves something behind it says: %v", leaking)
	caught := 0
	if len(leaking) >= 2 {
		caught = 1
	}
	proof(t, "soak-requests", requests, len(faults), caught, 1)
}
