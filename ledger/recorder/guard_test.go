package recorder_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/klog/v2"

	"custos.example/ledger/recorder"
)

// TestMain lets this test binary be the process that is killed.
func TestMain(m *testing.M) {
	path, role := os.Getenv("CUSTOS_GUARD_FILE"), os.Getenv("CUSTOS_GUARD_ROLE")
	if role == "" {
		klog.SetSlogLogger(slog.New(slog.DiscardHandler)) // of Tessera's fsck
		os.Exit(m.Run())
	}
	if err := runChild(context.Background(), role, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// content is what the guard holds after the nth swap: long, so that a torn write
// would show.
func content(n int) []byte {
	if n == 0 {
		return nil
	}
	return []byte(strings.Repeat(strconv.Itoa(n)+" ", 4000) + "\n")
}

func number(t *testing.T, stored []byte) int {
	t.Helper()
	if len(stored) == 0 {
		return 0
	}
	first, _, _ := strings.Cut(string(stored), " ")
	n, err := strconv.Atoi(first)
	if err != nil || string(stored) != string(content(n)) {
		t.Fatalf("the guard holds something that nobody stored: %.60q, %d bytes, %v", stored, len(stored), err)
	}
	return n
}

func runChild(ctx context.Context, role, path string) error {
	if role == "torn" { // the control: written in place, and killed on the way
		if err := os.WriteFile(path, content(1)[:5000], 0o600); err != nil {
			return err
		}
		fmt.Println(1)
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		return self.Kill()
	}
	if role == "publish" {
		return feedTiles(ctx, path)
	}
	guard, err := recorder.OpenFileGuard(path)
	if err != nil {
		return err
	}
	stored, err := guard.Load(ctx)
	if err != nil {
		return err
	}
	n := 0
	if len(stored) > 0 {
		first, _, _ := strings.Cut(string(stored), " ")
		if n, err = strconv.Atoi(first); err != nil {
			return err
		}
	}
	for ; ; n++ {
		if err := guard.Swap(ctx, content(n), content(n+1)); err != nil {
			return err
		}
		fmt.Println(n + 1)
	}
}

// told runs the child, kills it a while after its first word, and returns the
// last number it was told is stored.
func told(t *testing.T, role, path string, after time.Duration) int {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), "CUSTOS_GUARD_ROLE="+role, "CUSTOS_GUARD_FILE="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	last := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if last == 0 {
			time.AfterFunc(after, func() { _ = child.Process.Kill() }) // it may have ended
		}
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := child.Wait(); err == nil || last == 0 {
		t.Fatalf("the child ended by itself after %d: %v", last, err)
	}
	return last
}

// TestFileGuardKill kills a process that swaps as fast as it can.
func TestFileGuardKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard")
	if _, err := recorder.CreateFileGuard(path); err != nil {
		t.Fatal(err)
	}
	last := 0
	for round := range rounds() {
		acknowledged := told(t, "swap", path, time.Duration(round%30)*700*time.Microsecond)
		guard, err := recorder.OpenFileGuard(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		stored, err := guard.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if last = number(t, stored); last < acknowledged || last > acknowledged+1 {
			t.Fatalf("round %d: swap %d was acknowledged, and %d is stored", round, acknowledged, last)
		}
	}
	t.Logf("%d swaps, none lost", last)

	torn := filepath.Join(t.TempDir(), "guard")
	told(t, "torn", torn, 0)
	stored, err := os.ReadFile(torn)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) == string(content(1)) {
		t.Fatal("control: a write in place that was cut off should show")
	}
	t.Logf("PROOF harness=guard-kill trials=%d failures=0 control=\"caught 1 of 1\"", rounds())
}

// rounds is how often a process is killed.
func rounds() int {
	if os.Getenv("CUSTOS_LONG") == "1" {
		return 300
	}
	return 30
}

// TestFileGuardTakesTurns lets many swap at once: each number is stored by one.
func TestFileGuardTakesTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard")
	if _, err := recorder.CreateFileGuard(path); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	stored := map[int]int{}
	var swapping sync.WaitGroup
	for range 6 {
		swapping.Go(func() {
			guard, err := recorder.OpenFileGuard(path) // as another process would
			if err != nil {
				t.Error(err)
				return
			}
			for n := 0; n < 60; {
				err := guard.Swap(t.Context(), content(n), content(n+1))
				if err == nil {
					mu.Lock()
					stored[n+1]++
					mu.Unlock()
				} else if !errors.Is(err, recorder.ErrGuardMoved) {
					t.Error(err)
					return
				}
				n++
			}
		})
	}
	swapping.Wait()
	for n := 1; n <= 60; n++ {
		if stored[n] != 1 {
			t.Fatalf("%d was stored %d times", n, stored[n])
		}
	}
}

// TestFileGuard creates, opens, loses and empties a guard file.
func TestFileGuard(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard")
	_, err := recorder.OpenFileGuard(path)
	wantError(t, err, fs.ErrNotExist, "open a guard that is not there")
	guard, err := recorder.CreateFileGuard(path)
	wantError(t, err, nil, "create")
	_, err = recorder.CreateFileGuard(path)
	wantError(t, err, fs.ErrExist, "create twice")
	if stored, err := guard.Load(t.Context()); err != nil || stored != nil {
		t.Fatalf("a new guard holds %q, %v", stored, err)
	}
	wantError(t, guard.Swap(t.Context(), content(3), content(4)), recorder.ErrGuardMoved, "swap what is not there")
	wantError(t, guard.Swap(t.Context(), nil, nil), recorder.ErrGuardFile, "store nothing")
	wantError(t, guard.Swap(t.Context(), nil, content(1)), nil, "the first swap")
	wantError(t, guard.Swap(t.Context(), nil, content(1)), recorder.ErrGuardMoved, "the first swap again")
	wantError(t, guard.Swap(t.Context(), content(1), content(2)), nil, "the second swap")
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if left, err := filepath.Glob(path + ".tmp*"); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}

	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err = guard.Load(t.Context())
	wantError(t, err, recorder.ErrGuardFile, "load an emptied guard")
	_, err = recorder.OpenFileGuard(path)
	wantError(t, err, recorder.ErrGuardFile, "open an emptied guard")
	wantError(t, guard.Swap(t.Context(), nil, content(1)), recorder.ErrGuardFile, "swap an emptied guard")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = guard.Load(t.Context())
	wantError(t, err, fs.ErrNotExist, "load a guard that is gone")
	wantError(t, guard.Swap(t.Context(), nil, content(1)), fs.ErrNotExist, "swap a guard that is gone")
}

// TestGuardWithoutReceipt puts entries under the guard that nobody asked a
// checkpoint for. The control is the log without them, which extends the guard
// before and not after.
func TestGuardWithoutReceipt(t *testing.T) {
	log := newLog(t, 5)
	c := config(t, log)
	r := recorder.New(c)
	checkpoint(t, c, r, 5)
	grow(t, log, 3, "")
	short := c
	short.Log = newLog(t, 5)
	wantError(t, recorder.New(short).Check(t.Context()), nil, "control: put back to what the guard has seen")
	for range 2 {
		wantError(t, r.Guard(t.Context()), nil, "guard")
	}
	wantError(t, recorder.New(short).Check(t.Context()), recorder.ErrRollback, "put back to before what was only acknowledged")
	wantError(t, recorder.New(short).Guard(t.Context()), recorder.ErrRollback, "guard a log that was put back")
	wantError(t, r.Check(t.Context()), nil, "the log itself")
}
