package module_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/module"
)

func TestRunGivesOutputsResultAndScratch(t *testing.T) {
	m := openGuest(t, module.Options{})
	source := strings.Repeat("07700 900123,+447700900999\n", 40_000)
	made := []*memScratch{}
	scratch := func() (analysis.Scratch, error) {
		s := &memScratch{}
		made = append(made, s)
		return s, nil
	}
	var out bytes.Buffer
	result, err := m.Run(t.Context(), "echo", 1, map[string]analysis.Input{"source": strings.NewReader(source)},
		analysis.Params{"end": "fin"}, map[string]io.Writer{"page": &out}, scratch)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != source+"fin" {
		t.Errorf("output has %d bytes, want %d", out.Len(), len(source)+3)
	}
	if result.Balance.Received != int64(len(source)) || len(result.Caveats) != 1 || result.Caveats[0] != "CAV-CELL-6" {
		t.Errorf("result %+v", result)
	}
	if len(made) != 1 || made[0].String() != source || !made[0].closed {
		t.Errorf("%d scratch streams, want one, full and closed", len(made))
	}
}

func TestRunReportsWhatTheStepSaid(t *testing.T) {
	m := openGuest(t, module.Options{})
	for name, want := range map[string]struct {
		is   error
		text string
	}{
		"refuse-parameter": {analysis.ErrParameter, `refuse-parameter@1: parameter refused: top is "x", a number is needed`},
		"refuse-format":    {analysis.ErrNotThisFormat, "refuse-format@1: not this format: row 1 has no column A"},
		"refuse":           {nil, "refuse@1: row 7, column B: too long"},
		"absent":           {module.ErrUnknownStep, "the module has no such step: absent@1"},
	} {
		_, _, err := one(t, m, name, "x", nil)
		var step *module.StepError
		if !errors.As(err, &step) || err.Error() != want.text {
			t.Errorf("%s: %v, want %q", name, err, want.text)
		}
		if want.is != nil && !errors.Is(err, want.is) {
			t.Errorf("%s: %v is not %v", name, err, want.is)
		}
	}
	_, err := m.Run(t.Context(), "echo", 1, nil, nil, map[string]io.Writer{"page": io.Discard}, newScratch)
	if err == nil || !strings.Contains(err.Error(), `input "source" is missing`) {
		t.Errorf("no input: %v", err)
	}
}

// A step that depends on the clock, the zone, the environment or the order of
// a map cannot be told from an honest one by one run in the module: these are
// fixed there. Only the seed is ours to vary.
func TestModuleSeesNoClockNoEnvironmentNoRandomness(t *testing.T) {
	t.Setenv("TZ", "Pacific/Chatham")
	t.Setenv("CUSTOS_SECRET", "leak")
	m, other := openGuest(t, module.Options{Seed: 1}), openGuest(t, module.Options{Seed: 2})
	for name, want := range map[string]string{
		"clock":          "946684800000000000\n",
		"zone":           "2001-09-09 01:46:40 +0000 UTC\n",
		"environment":    "[] [custos-steps]\n",
		"read-elsewhere": "nothing there",
		"sleep":          "slept",
	} {
		got, _, err := one(t, m, name, "x", nil)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	a, _, errA := one(t, m, "map-order", "x", nil)
	again, _, errAgain := one(t, m, "map-order", "x", nil)
	b, _, errB := one(t, other, "map-order", "x", nil)
	if err := errors.Join(errA, errAgain, errB); err != nil {
		t.Fatal(err)
	}
	if a != again {
		t.Error("one seed gave two orders of a map")
	}
	if a == b {
		t.Error("two seeds gave one order of a map: varying the seed would find nothing")
	}
}

func TestHostileStepsAreRefusedWithTheReason(t *testing.T) {
	m := openGuest(t, module.Options{})
	for name, want := range map[string]string{
		"write-elsewhere": `it tried to write to "/etc/elsewhere"`,
		"write-input":     `it tried to write to "/in/source"`,
		"write-climb":     `it tried to write to "/etc/elsewhere"`,
		"make-folder":     `it tried to make folder "/out/folder"`,
		"rename":          `it tried to rename "/in/source"`,
		"link":            `it tried to link "/out/page"`,
		"remove":          `it tried to remove "/in/source"`,
		"open-twice":      "it opened output page twice",
		"open-many":       "it held more than 512 files open",
		"panic":           "exit code 2 (panic)",
		"exit":            "exit code 7",
		"quit":            "it left no result",
		"no-reason":       "exit code 1 without a readable reason",
		"lie":             "result: json",
		"chatter":         "it answered with more than 1048576 bytes",
	} {
		_, _, err := one(t, m, name, "x", nil)
		if !errors.Is(err, module.ErrContract) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", name, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "900123") {
			t.Errorf("%s: evidence in the message: %v", name, err)
		}
	}
	// The negative control: the same host lets an honest step through.
	if got, _, err := one(t, m, "echo", "x", nil); err != nil || got != "x" {
		t.Errorf("echo: %q, %v", got, err)
	}
}

func TestTimeAndMemoryAreBounded(t *testing.T) {
	quick := openGuest(t, module.Options{Timeout: 300 * time.Millisecond})
	start := time.Now()
	_, _, err := one(t, quick, "loop", "x", nil)
	if !errors.Is(err, module.ErrLimit) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("loop: %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("loop ended after %v", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	m := openGuest(t, module.Options{Pages: 1024})
	_, err = m.Run(ctx, "loop", 1, map[string]analysis.Input{"source": strings.NewReader("x")}, nil,
		map[string]io.Writer{"page": io.Discard}, newScratch)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled loop: %v", err)
	}
	_, _, err = one(t, m, "bomb", "x", nil)
	if !errors.Is(err, module.ErrLimit) || !strings.Contains(err.Error(), "memory, 1024 pages") {
		t.Errorf("bomb: %v", err)
	}
	if got, _, err := one(t, m, "echo", "x", nil); err != nil || got != "x" {
		t.Errorf("echo after them: %q, %v", got, err)
	}
}

// broken fails as a caller's stream can: a full disk, an unreadable payload.
type broken struct{ size int64 }

var errBroken = errors.New("disk full")

func (broken) Write([]byte) (int, error)         { return 0, errBroken }
func (broken) ReadAt([]byte, int64) (int, error) { return 0, errBroken }
func (b broken) Size() int64                     { return b.size }

func TestTheCallersOwnErrorsComeBack(t *testing.T) {
	m := openGuest(t, module.Options{})
	good := map[string]analysis.Input{"source": strings.NewReader("x")}
	_, err := m.Run(t.Context(), "echo", 1, good, nil, map[string]io.Writer{"page": broken{}}, newScratch)
	if !errors.Is(err, errBroken) {
		t.Errorf("output: %v", err)
	}
	_, err = m.Run(t.Context(), "echo", 1, map[string]analysis.Input{"source": broken{size: 9}}, nil,
		map[string]io.Writer{"page": io.Discard}, newScratch)
	if !errors.Is(err, errBroken) {
		t.Errorf("input: %v", err)
	}
	_, err = m.Run(t.Context(), "echo", 1, good, nil, map[string]io.Writer{"page": io.Discard},
		func() (analysis.Scratch, error) { return nil, errBroken })
	if !errors.Is(err, errBroken) {
		t.Errorf("scratch: %v", err)
	}
}

func TestManyRunsAtOnce(t *testing.T) {
	m := openGuest(t, module.Options{})
	var group sync.WaitGroup
	for n := range 8 {
		group.Go(func() {
			want := fmt.Sprintf("run %d", n)
			if got, _, err := one(t, m, "echo", want, nil); err != nil || got != want {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		})
	}
	group.Wait()
}

// A module that computes without end must not hold up the rest of the program:
// its compiled code cannot be preempted, it has to give way by itself.
func TestTheCollectorRunsWhileAModuleSpins(t *testing.T) {
	m := openGuest(t, module.Options{Timeout: 30 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := m.Run(ctx, "loop", 1, map[string]analysis.Input{"source": strings.NewReader("x")}, nil,
			map[string]io.Writer{"page": io.Discard}, newScratch)
		ended <- err
	}()
	time.Sleep(300 * time.Millisecond) // let it begin to spin
	start := time.Now()
	for range 3 {
		runtime.GC()
	}
	took := time.Since(start)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
	if took > 15*time.Second {
		t.Errorf("three collections took %v while the module ran", took)
	}
}
