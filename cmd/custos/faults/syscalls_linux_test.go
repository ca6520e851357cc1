package faults_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// fileCalls are the system calls by which files are found, read, written, named
// and made durable.
var fileCalls = []string{
	"openat", "close", "read", "pread64", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "renameat", "renameat2", "linkat", "unlinkat",
	"mkdirat", "fchmodat", "fchmod", "newfstatat", "fstat", "getdents64", "lseek", "fcntl", "flock", "mmap", "utimensat", "readlinkat", "faccessat2",
}

// injections are what becomes of a call.
var injections = []string{"error=EIO", "error=ENOSPC", "signal=KILL"}

// traced is one run of the line under strace, and what strace wrote down.
func traced(t *testing.T, o order, arguments ...string) (*clients, []string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "trace")
	p := start(t, o, append([]string{"strace", "-f", "-qq", "--seccomp-bpf", "-E", "GOMAXPROCS=1", "-o", log}, arguments...)...)
	c := newClients(1)
	// A lock that could not be given back is waited for, ten seconds a time.
	patience := time.AfterFunc(2*time.Minute, func() { abort(p.cmd.Process.Pid, unix.SIGQUIT) })
	c.hear(p)
	<-p.ended
	if !patience.Stop() {
		c.hung = p.said.String()
	}
	file, err := os.Open(log)
	if err != nil {
		t.Fatalf("%v: %s", err, p.said.String())
	}
	defer file.Close()
	var lines []string
	for scan := bufio.NewScanner(file); scan.Scan(); {
		lines = append(lines, scan.Text())
	}
	return c, lines
}

// call is the nth call of a name in one thread, which is how strace counts.
type call struct {
	name string
	n    int
}

// callsOf lists the calls that concern files of a folder, and how many there
// are.
func callsOf(lines []string, folder string) (calls []call, all int) {
	each, seen := map[string]int{}, map[call]bool{}
	for _, line := range lines {
		thread, rest, _ := strings.Cut(line, " ")
		name, _, ok := strings.Cut(strings.TrimLeft(rest, " "), "(")
		if !ok || !slices.Contains(fileCalls, name) {
			continue
		}
		each[thread+" "+name]++
		if !strings.Contains(rest, folder) {
			continue
		}
		all++
		if c := (call{name, each[thread+" "+name]}); !seen[c] {
			seen[c] = true
			calls = append(calls, c)
		}
	}
	return calls, all
}

// TestSystemCalls fails every file call of one line, each in three ways: an
// input or output error, a full disk, and the end of the process. The line goes
// on as a client and an operator would; what it was told has to stand, and the
// record has to go on from there. One fault is that of the nth call of a name in
// every thread, so that every call that concerns a file of the record is met.
//
// The control is a client that claims two answers which it was not given.
//
// CUSTOS_LONG=1: every call of the line of a core, and every fifth of a station's;
// else every fifth of a core's.
func TestSystemCalls(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		missing(t, "strace is not here: %v", err)
	}
	kinds := map[string]int{coreAlone: trials(5, 1)}
	if long() {
		kinds[wholeStation] = 5
	}
	for kind, stride := range kinds {
		t.Run(kind, func(t *testing.T) {
			place := quick(t)
			fresh := filepath.Join(place, "fresh")
			if err := os.Mkdir(fresh, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := foundRecord(t.Context(), kind, fresh); err != nil {
				t.Fatal(err)
			}
			s := &syscalls{place: place, fresh: fresh, kind: kind}
			calls, all := s.reference(t)
			s.tryAll(t, calls, stride)
			t.Logf("%s: %d calls in the line, %d tried; %d faults met in %d runs, of which %d did not answer every request; %d answers",
				kind, all, s.tried, s.met, s.runs, s.short, s.answers)
			if s.met < s.tried/2 || s.answers < s.tried {
				t.Errorf("%d of %d faults were met, with %d answers: the harness does not reach the calls", s.met, s.tried, s.answers)
			}
			proof(t, "syscalls-"+kind, s.met, s.failures, s.control(t), 2)
		})
	}
}

// syscalls is the harness of one kind of record.
type syscalls struct {
	place, fresh, kind string

	mu                                         sync.Mutex
	tried, runs, met, short, answers, failures int
}

// copy makes a fresh record for one run.
func (s *syscalls) copy(t *testing.T) order {
	t.Helper()
	s.mu.Lock()
	s.runs++
	folder := filepath.Join(s.place, fmt.Sprint("run-", s.runs))
	s.mu.Unlock()
	wiringtest.Duplicate(t, s.fresh, folder)
	return order{Role: "line", Kind: s.kind, Folder: folder, From: newClients(1).last}
}

// tryAll tries every fault of every call, or every few of them, some runs beside
// each other.
func (s *syscalls) tryAll(t *testing.T, calls []call, stride int) {
	t.Helper()
	var all sync.WaitGroup
	next := make(chan int)
	for range 4 {
		all.Go(func() {
			for i := range next {
				s.try(t, calls[i/len(injections)], injections[i%len(injections)])
			}
		})
	}
	for i := 0; i < len(calls)*len(injections); i += stride {
		s.mu.Lock()
		tooMany := s.failures > 5
		s.tried++
		s.mu.Unlock()
		if tooMany {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
}

// reference runs the line without a fault.
func (s *syscalls) reference(t *testing.T) ([]call, int) {
	t.Helper()
	o := s.copy(t)
	c, lines := traced(t, o, "-y", "-e", "trace="+strings.Join(fileCalls, ","))
	if len(c.all) != turns {
		t.Fatalf("without a fault %d of %d turns were answered", len(c.all), turns)
	}
	if v := c.judge(t, s.kind, o.Folder); !v.clean() {
		t.Fatalf("without a fault: %v", v)
	}
	return callsOf(lines, o.Folder)
}

// try runs the line with one fault and judges it. When the call was made in
// another thread this time, so that the fault was not met, it tries again.
func (s *syscalls) try(t *testing.T, at call, fault string) {
	t.Helper()
	for range trials(1, 4) {
		o := s.copy(t)
		c, lines := traced(t, o, "-e", "trace="+at.name, "-e", fmt.Sprintf("inject=%s:%s:when=%d", at.name, fault, at.n))
		met := slices.ContainsFunc(lines, func(line string) bool {
			return strings.Contains(line, "INJECTED") || strings.Contains(line, "killed by SIGKILL")
		})
		v := c.judge(t, s.kind, o.Folder)
		if c.hung != "" {
			v.fault("it hung: %s", c.hung)
		}
		if v.clean() {
			v = c.goOn(t, s.kind, o.Folder)
		}
		if err := os.RemoveAll(o.Folder); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.answers += len(c.all)
		if len(c.all) < turns {
			s.short++
		}
		if met {
			s.met++
		}
		if !v.clean() {
			s.failures++
			t.Errorf("%s, call %d, %s: told of %d turns: %v", at.name, at.n, fault, len(c.all), v)
		}
		s.mu.Unlock()
		if met {
			return
		}
	}
}

// control claims an entry that is not there and another than is there.
func (s *syscalls) control(t *testing.T) (caught int) {
	t.Helper()
	o := s.copy(t)
	c, _ := traced(t, o, "-e", "trace=none")
	whole := *c
	beyond := c.all[len(c.all)-1]
	beyond.Proofs = slices.Clone(beyond.Proofs)
	beyond.Proofs[0].Placed.Index += 1000
	c.all = append(slices.Clone(whole.all), beyond)
	if v := c.judge(t, s.kind, o.Folder); v.Lost == 1 {
		caught++
	}
	other := c.all[0]
	other.Proofs = slices.Clone(other.Proofs)
	other.Proofs[0].Placed.Commitment[0] ^= 1
	c.all = append(slices.Clone(whole.all), other)
	if v := c.judge(t, s.kind, o.Folder); v.Forked >= 1 {
		caught++
	}
	return caught
}
