package sandbox_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/custody/sandbox"
)

var misdeeds = map[string]func(env analysis.Env, out io.Writer) error{
	"reads a file":     func(analysis.Env, io.Writer) error { _, err := os.ReadFile("/etc/hostname"); return err },
	"lists a folder":   func(analysis.Env, io.Writer) error { _, err := os.ReadDir("/"); return err },
	"writes a file":    func(analysis.Env, io.Writer) error { return os.WriteFile(escaped(), []byte("x"), 0o600) },
	"removes a file":   func(analysis.Env, io.Writer) error { return os.Remove(escaped()) },
	"opens a socket":   func(analysis.Env, io.Writer) error { _, err := net.Dial("udp", "127.0.0.1:9"); return err },
	"listens":          func(analysis.Env, io.Writer) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err },
	"starts a program": func(analysis.Env, io.Writer) error { return exec.Command("/bin/true").Run() },
	"signals the host": func(analysis.Env, io.Writer) error { return syscall.Kill(os.Getppid(), 0) },
	"traces the host":  func(analysis.Env, io.Writer) error { return syscall.PtraceAttach(os.Getppid()) },
	"raises its limits": func(analysis.Env, io.Writer) error {
		return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{Cur: 1, Max: 1})
	},
	"makes code": func(analysis.Env, io.Writer) error {
		_, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		return err
	},
	"finds the environment": func(analysis.Env, io.Writer) error {
		if len(os.Environ()) > 0 || os.Getenv("CUSTOS_SECRET") != "" {
			return nil
		}
		return errNothing
	},
	"finds a descriptor": func(analysis.Env, io.Writer) error {
		for fd := 3; fd < 64; fd++ {
			// fcntl is allowed, and tells whether a descriptor is there.
			_, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
			if errno == 0 && fd > 6 { // the runtime's own poller may hold up to three
				return nil
			}
		}
		return errNothing
	},
	"takes memory": func(analysis.Env, io.Writer) error {
		held := make([][]byte, 0, 64)
		for range 64 {
			block := make([]byte, 16<<20)
			for i := 0; i < len(block); i += 4096 {
				block[i] = 1
			}
			held = append(held, block)
		}
		_ = held[len(held)-1][0]
		return nil
	},
	"spins": func(analysis.Env, io.Writer) error {
		for {
			spun++
		}
	}, //nolint:staticcheck // that is the misdeed
	"sleeps": func(analysis.Env, io.Writer) error { time.Sleep(time.Hour); return nil },
	"panics": func(analysis.Env, io.Writer) error { panic("07700 900123") },
	"leaves": func(analysis.Env, io.Writer) error { os.Exit(7); return nil },
	"floods": func(_ analysis.Env, out io.Writer) error {
		block := make([]byte, 1<<20)
		for range 64 {
			if _, err := out.Write(block); err != nil {
				return err
			}
		}
		return nil
	},
	"floods scratch": func(env analysis.Env, _ io.Writer) error {
		s, err := env.Scratch()
		if err != nil {
			return err
		}
		block := make([]byte, 1<<20)
		for range 64 {
			if _, err := s.Write(block); err != nil {
				return err
			}
		}
		return nil
	},
}

var (
	spun       int
	errNothing = errors.New("nothing was found")
)

// escaped is the file that a reader would write; tests that run at the same time
// have others.
func escaped() string {
	self, err := os.Executable()
	if err != nil {
		return "/tmp/custos-escaped"
	}
	return fmt.Sprintf("/tmp/custos-escaped-%x", sha256.Sum256([]byte(self)))
}

// TestMisdeeds lets a step try what code in the reader could try, and wants each
// ended with its reason. The control runs the same deeds in this process, where
// all that can be tried without harm must succeed.
func TestMisdeeds(t *testing.T) {
	if len(sandbox.Confined().Missing) > 0 {
		t.Skip("this system confines less:", sandbox.Confined().Missing)
	}
	t.Setenv("CUSTOS_SECRET", "1")
	_ = os.Remove(escaped())
	limits := sandbox.Limits{CPU: time.Second, Written: 32 << 20, Memory: 256 << 20}
	var r *sandbox.Room
	want := map[string]string{
		"takes memory": "more memory", "spins": "processor time", "sleeps": "not ended after", "panics": "internal fault",
		"leaves": "exit code 7", "floods": "wrote more", "floods scratch": "wrote more",
		"finds the environment": errNothing.Error(), "finds a descriptor": errNothing.Error(),
	}
	failures := 0
	for name := range misdeeds {
		var out map[string]io.Writer
		if name == "floods" {
			out = map[string]io.Writer{"events": io.Discard}
		}
		if name == "sleeps" {
			r = room(t, sandbox.Limits{Wall: time.Second})
		} else {
			r = room(t, limits)
		}
		_, err := r.Run(context.Background(), name, 1, nil, nil, out, scratches())
		reason := want[name]
		if reason == "" {
			reason = "forbidden call"
		}
		var broke *sandbox.Stopped
		if err == nil || !strings.Contains(err.Error(), reason) || !errors.As(err, &broke) && reason != errNothing.Error() || strings.Contains(err.Error(), "07700") {
			t.Errorf("%s: %v, wanted %q", name, err, reason)
			failures++
		}
	}
	if _, err := os.Stat(escaped()); err == nil {
		t.Error("a reader wrote a file")
	}
	caught := 0
	controls := []string{"reads a file", "lists a folder", "writes a file", "removes a file", "opens a socket", "listens", "starts a program", "finds the environment", "takes memory"}
	for _, name := range controls {
		if err := misdeeds[name](nil, nil); err != nil {
			t.Errorf("control %s: cannot be done here either: %v", name, err)
			continue
		}
		caught++
	}
	fmt.Printf("PROOF harness=reader-misdeeds trials=%d failures=%d control=\"%d of %d succeed outside the reader\"\n", len(misdeeds), failures, caught, len(controls))
}
