package treetest

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"custos.example/ledger/tree"
)

// Feed adds leaves of Leaf to an engine for ever, in batches of 1 to 40, and
// writes the size to out, a line each, as soon as the engine has said that a
// batch is in the tree. It is what the child process of Kill runs.
func Feed(ctx context.Context, engine tree.Engine, out io.Writer) error {
	for {
		size, err := engine.Size(ctx)
		if err != nil {
			return err
		}
		end := size + 1 + below(40)
		if err := engine.Append(ctx, size, Leaves(size, end)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, end); err != nil {
			return err
		}
	}
}

// Killing is a feeder to kill, and one that is wrong on purpose.
type Killing struct {
	// Name is that of the harness in PROOF.md.
	Name string
	// Tree is fed by Feeder, a process that runs Feed on it until it is killed.
	Tree   Fixture
	Feeder func() *exec.Cmd
	// Spoiled is fed by Control, a process that says leaves are in the tree that
	// are not, and kills itself.
	Spoiled Fixture
	Control func() *exec.Cmd
}

// Kill runs rounds of: start the feeder; kill it with SIGKILL at a random moment
// after one to five words; open the tree again and compare it with every size that
// the feeder was told is in the tree. The control must be found out by the same
// comparison. It runs 25 rounds, or 200 when CUSTOS_LONG is 1.
func Kill(t *testing.T, k Killing) {
	t.Helper()
	rounds := 25
	if os.Getenv("CUSTOS_LONG") == "1" {
		rounds = 200
	}
	acknowledged := 0
	for round := range rounds {
		told := killOnce(t, k.Feeder(), time.Duration(below(uint64(60*time.Millisecond))))
		acknowledged += len(told)
		if err := audit(t, k.Tree, told); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	told := readAll(t, k.Control())
	if len(told) == 0 {
		t.Fatal("the control was never told anything")
	}
	err := audit(t, k.Spoiled, told)
	if err == nil {
		t.Fatal("the control is broken on purpose and was not found out")
	}
	t.Logf("%d acknowledged batches, none lost, every root as it must be; control found out: %v", acknowledged, err)
	t.Logf("PROOF harness=%s trials=%d failures=0 control=\"caught 1 of 1\"", k.Name, rounds)
}

// audit opens the tree and returns an error unless it holds at least the largest
// of the sizes told, with the right root at its own size and at each of them.
func audit(t *testing.T, fixture Fixture, told []uint64) error {
	t.Helper()
	engine := fixture.Open(t)
	defer func() { _ = engine.Close() }() // nothing was written
	size, err := engine.Size(t.Context())
	if err != nil {
		return fmt.Errorf("size: %w", err)
	}
	var want naive
	want.fill(size)
	for _, at := range append(told, size) {
		if at > size {
			return fmt.Errorf("%d leaves were acknowledged and there are %d", at, size)
		}
		root, err := engine.Root(t.Context(), at)
		if err != nil {
			return fmt.Errorf("root of %d: %w", at, err)
		}
		if root != want.root(at) {
			return fmt.Errorf("root of %d: got %s, want %s", at, root, want.root(at))
		}
	}
	return nil
}

// killOnce starts the child and kills it after one to five words and a while, and
// returns what it was told.
func killOnce(t *testing.T, child *exec.Cmd, after time.Duration) []uint64 {
	t.Helper()
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	words := int(below(5)) + 1
	var told []uint64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told = append(told, parseSize(t, lines.Text()))
		if len(told) == words {
			time.AfterFunc(after, func() { _ = child.Process.Kill() }) // it may have ended
		}
	}
	if err := child.Wait(); err == nil || len(told) == 0 {
		t.Fatalf("the child ended by itself after %d lines: %v", len(told), err)
	}
	return told
}

// readAll runs a child that ends by itself and returns what it was told.
func readAll(t *testing.T, child *exec.Cmd) []uint64 {
	t.Helper()
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var told []uint64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told = append(told, parseSize(t, lines.Text()))
	}
	_ = child.Wait() // it is killed, by itself
	return told
}

func parseSize(t *testing.T, line string) uint64 {
	t.Helper()
	size, err := strconv.ParseUint(line, 10, 64)
	if err != nil {
		t.Fatalf("the child said %q", line)
	}
	return size
}

// below returns a random number below n.
func below(n uint64) uint64 {
	v, err := rand.Int(rand.Reader, new(big.Int).SetUint64(n))
	if err != nil {
		panic(err) // the system's generator does not fail
	}
	return v.Uint64()
}
