package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// order is what this test binary is told to do as another process. It comes on
// standard input.
type order struct {
	Role   string
	Kind   string // of record
	Folder string
	From   []told
	Lie    bool          // the control: the kernel says that it flushed, and does not; a soak leaks
	Pause  time.Duration // between two samples of a soak
}

const childVariable = "CUSTOS_FAULTS_CHILD"

// TestMain lets this test binary be the process that is broken.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := obey(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func obey(ctx context.Context, in io.Reader, out io.Writer) error {
	var o order
	if err := json.NewDecoder(in).Decode(&o); err != nil {
		return err
	}
	if o.Lie && o.Role == "writers" {
		if err := lieAboutFlushing(); err != nil {
			return err
		}
	}
	role, ok := roles[o.Role]
	if !ok {
		return fmt.Errorf("no such role: %q", o.Role)
	}
	return role(ctx, o, out)
}

// roles are what the other process can be.
var roles = map[string]func(ctx context.Context, o order, out io.Writer) error{
	"writers": runWriters,
	"line":    runLine,
	"soak":    runSoak,
}

// runWriters opens the record, says so, and lets the writers write.
func runWriters(ctx context.Context, o order, out io.Writer) error {
	r, err := openRecord(ctx, o.Kind, o.Folder)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := json.NewEncoder(out).Encode(told{Writer: -1}); err != nil {
		return err
	}
	return write(ctx, r, o.From, out)
}

// turns is how many requests a line makes.
const turns = 3

// runLine lets one client make a few requests, one after the other. One that
// fails is made again, as a client would; a record that has stopped writing is
// opened again, as an operator would.
func runLine(ctx context.Context, o order, out io.Writer) error {
	last, say := o.From[0], json.NewEncoder(out)
	var failed error
	for range 3 {
		r, err := openRecord(ctx, o.Kind, o.Folder)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("open: %w", err))
			continue
		}
		for last.Turn < turns {
			answer, err := r.next(ctx, last)
			if err != nil {
				if answer, err = r.next(ctx, last); err != nil { // the same once more
					failed = errors.Join(failed, fmt.Errorf("turn %d: %w", answer.Turn, err))
					break
				}
			}
			if err := say.Encode(answer); err != nil {
				return errors.Join(failed, err, r.Close())
			}
			last = answer
		}
		if err := r.Close(); err == nil && last.Turn == turns {
			return nil
		}
	}
	return failed
}

// child is a running process of this binary. heard is closed at its end.
type child struct {
	cmd   *exec.Cmd
	said  bytes.Buffer // on its errors
	heard chan told
	ended chan struct{}
	err   error
}

// start starts a process that does as ordered. wrap is a command that runs it,
// or nothing.
func start(t testing.TB, o order, wrap ...string) *child {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	words := append(wrap, os.Args[0], "-test.run=^$")
	c := &child{cmd: exec.Command(words[0], words[1:]...), heard: make(chan told, 1<<16), ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), childVariable+"=1")
	c.cmd.Stdin, c.cmd.Stderr = bytes.NewReader(text), &c.said
	ownGroup(c.cmd)
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid, ended := c.cmd.Process.Pid, c.ended
	t.Cleanup(func() { kill(pid, ended) }) // keeps nothing of what was heard, of thousands of them
	go func() {
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadBytes('\n')
			var answer told
			if err != nil || json.Unmarshal(line, &answer) != nil {
				break // a line that was cut off told nobody anything
			}
			c.heard <- answer
		}
		_, _ = io.Copy(io.Discard, out)
		close(c.heard)
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c
}

// kill ends the process, and what it runs under, as kill -9 does, and waits for
// its end.
func (c *child) kill() { kill(c.cmd.Process.Pid, c.ended) }

func kill(pid int, ended <-chan struct{}) {
	select {
	case <-ended:
	default:
		abort(pid, syscall.SIGKILL)
		<-ended
	}
}

// ready waits until the process has opened its record.
func (c *child) ready(t *testing.T) {
	t.Helper()
	select {
	case first, ok := <-c.heard:
		if ok && first.Writer == -1 {
			return
		}
		<-c.ended
		t.Fatalf("the process did not start: %v\n%s", c.err, c.said.String())
	case <-time.After(time.Minute):
		t.Fatal("the process did not open its record in a minute")
	}
}
