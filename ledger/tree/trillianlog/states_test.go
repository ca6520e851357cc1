package trillianlog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/trillian"
	logserver "github.com/google/trillian/server"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/treetest"
	"custos.example/ledger/tree/trillianlog"
)

// TestStates puts the tree into every state it can be found in.
func TestStates(t *testing.T) {
	for _, c := range []struct {
		name, sql    string
		append, open error
	}{
		{"active", `SELECT 1`, nil, nil},
		{"frozen", `UPDATE Trees SET TreeState = 'FROZEN'`, tree.ErrFrozen, nil},
		// what is numbered already is still taken in
		{"draining", `UPDATE Trees SET TreeState = 'DRAINING'`, nil, nil},
		{"deleted", `UPDATE Trees SET Deleted = true`, tree.ErrIntegrity, tree.ErrIntegrity},
		{"gone", `DELETE FROM Trees`, tree.ErrIntegrity, trillianlog.ErrNotCreated},
		{"other type", `UPDATE Trees SET TreeType = 'LOG'`, tree.ErrIntegrity, tree.ErrIntegrity},
		{"roots by time", `UPDATE Trees SET MaxRootDurationMillis = 3600000`, nil, tree.ErrIntegrity},
		{"second tree", `INSERT INTO Trees SELECT TreeId + 1, TreeState, TreeType, DisplayName, Description,
			CreateTimeMillis, UpdateTimeMillis, MaxRootDurationMillis FROM Trees`, nil, tree.ErrIntegrity},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, url := grown(t, 10)
			execute(t, url, c.sql)
			wantError(t, l.Append(t.Context(), 10, treetest.Leaves(10, 15)), c.append, "append")
			if c.append != nil && c.name != "gone" {
				if got, err := l.Size(t.Context()); err != nil || got != 10 {
					t.Fatalf("size after a refusal: %d, %v", got, err)
				}
			}
			again, err := trillianlog.Open(t.Context(), trillianlog.Config{URL: url})
			wantError(t, err, c.open, "open")
			if err == nil {
				defer func() { _ = again.Close() }() // nothing was written
				_, err = again.Inclusion(t.Context(), 3, 10)
				wantError(t, err, nil, "inclusion")
			}
		})
	}
}

// TestCreate makes trees where there is nothing, something, and half of one.
func TestCreate(t *testing.T) {
	config := trillianlog.Config{URL: database(t)}
	_, err := trillianlog.Open(t.Context(), config)
	wantError(t, err, trillianlog.ErrNotCreated, "open an empty database")
	create(t, config.URL)
	_, err = trillianlog.Create(t.Context(), config)
	wantError(t, err, trillianlog.ErrExists, "create twice")
	if n := query[int](t, config.URL, `SELECT count(*) FROM Trees`); n != 1 {
		t.Fatalf("%d trees", n)
	}

	// as an interruption leaves it after the tables, and after the tree
	for _, undo := range []string{`DELETE FROM Trees`, `DELETE FROM TreeHead`} {
		config := trillianlog.Config{URL: database(t)}
		if err := create(t, config.URL).Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, config.URL, undo)
		_, err = trillianlog.Open(t.Context(), config)
		wantError(t, err, trillianlog.ErrNotCreated, "open half a tree")
		l := create(t, config.URL)
		if err := l.Append(t.Context(), 0, treetest.Leaves(0, 5)); err != nil {
			t.Fatal(err)
		}
		checkTree(t, l, 5)
	}

	_, err = trillianlog.Open(t.Context(), trillianlog.Config{URL: "postgres://nobody@127.0.0.1:1/nothing?connect_timeout=2"})
	wantError(t, err, tree.ErrUnavailable, "open where nobody listens")
	_, err = trillianlog.Open(t.Context(), trillianlog.Config{URL: "postgres://user:secret-word@%%"})
	wantError(t, err, tree.ErrUnavailable, "open a URL that is none")
	if strings.Contains(err.Error(), "secret-word") {
		t.Fatalf("the password is in the message: %v", err)
	}
}

// TestInterruptedAppend has leaves stored and not in the tree, as a process
// leaves them that ends between the two.
func TestInterruptedAppend(t *testing.T) {
	l, url := grown(t, 10)
	server, id := plain(t, url)
	storeLeaves(t, server, id, 10, treetest.Leaves(10, 20))
	checkTree(t, l, 10)

	again, err := server.AddSequencedLeaves(t.Context(), &trillian.AddSequencedLeavesRequest{LogId: id, Leaves: []*trillian.LogLeaf{
		{LeafValue: treetest.Leaf(10), LeafIndex: 10, LeafIdentityHash: identity(10, treetest.Leaf(10))},
	}})
	if err != nil || again.GetResults()[0].GetStatus().GetCode() != 9 {
		t.Fatalf("control: Trillian was expected to call the same leaf a conflict: %v, %v", again, err)
	}

	// the same leaves, fewer and more than were stored
	for _, end := range []uint64{13, 20, 25} {
		size, err := l.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append(t.Context(), size, treetest.Leaves(size, end)); err != nil {
			t.Fatalf("append the same leaves up to %d: %v", end, err)
		}
		checkTree(t, l, end)
	}
	// another leaf
	storeLeaves(t, server, id, 25, treetest.Leaves(1000, 1003))
	wantError(t, l.Append(t.Context(), 25, treetest.Leaves(25, 30)), tree.ErrIntegrity, "append other leaves")
	checkTree(t, l, 25)
	checkTree(t, reopen(t, url), 25)
	// a conflict with a leaf that is not under its number
	execute(t, url, `DELETE FROM SequencedLeafData WHERE SequenceNumber >= 25`)
	wantError(t, l.Append(t.Context(), 25, treetest.Leaves(1000, 1003)), tree.ErrIntegrity, "append a leaf that lost its number")
	checkTree(t, l, 25)
}

// identity is SHA-256(u64be(index) || leaf), what a leaf must be stored under for
// equal leaves not to collide.
func identity(index uint64, leaf []byte) []byte {
	sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, index), leaf...))
	return sum[:]
}

// storeLeaves gives leaves to Trillian and does not take them into the tree.
func storeLeaves(t *testing.T, server *logserver.TrillianLogRPCServer, id int64, first uint64, leaves [][]byte) {
	t.Helper()
	request := &trillian.AddSequencedLeavesRequest{LogId: id}
	for i, data := range leaves {
		index := first + uint64(i)
		request.Leaves = append(request.Leaves, &trillian.LogLeaf{
			LeafValue: data, LeafIndex: int64(index), LeafIdentityHash: identity(index, data),
		})
	}
	if _, err := server.AddSequencedLeaves(t.Context(), request); err != nil {
		t.Fatal(err)
	}
}

// TestEqualLeaves adds one leaf many times: Trillian tells leaves apart by their
// hash unless told otherwise.
func TestEqualLeaves(t *testing.T) {
	l, _ := grown(t, 0)
	same := slices.Repeat([][]byte{treetest.Leaf(0)}, 50)
	for first := uint64(0); first < 150; first += 50 {
		if err := l.Append(t.Context(), first, same); err != nil {
			t.Fatal(err)
		}
	}
	hashes, err := l.LeafHashes(t.Context(), 0, 150)
	if err != nil || len(hashes) != 150 || hashes[0] != hashes[149] {
		t.Fatalf("%d hashes, %v", len(hashes), err)
	}
}

// TestClock shows that the tree does not depend on any clock: a root of the far
// future, as a wrong clock leaves it, neither hides later roots nor stops them.
func TestClock(t *testing.T) {
	l, url := grown(t, 10)
	future := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	execute(t, url, `UPDATE TreeHead SET TreeHeadTimestamp = $1 WHERE TreeSize = 10`, future)
	if err := l.Append(t.Context(), 10, treetest.Leaves(10, 20)); err != nil {
		t.Fatal(err)
	}
	checkTree(t, l, 20)
	again := reopen(t, url)
	if err := again.Append(t.Context(), 20, treetest.Leaves(20, 21)); err != nil {
		t.Fatal(err)
	}
	checkTree(t, again, 21)
	if heads := query[int](t, url, `SELECT count(*) FROM TreeHead`); heads != 4 {
		t.Fatalf("%d roots for 0, 10, 20 and 21 leaves", heads)
	}
}

// TestNoRootWithoutLeaves shows that asking and adding nothing make no root.
func TestNoRootWithoutLeaves(t *testing.T) {
	l, url := grown(t, 10)
	before := query[int](t, url, `SELECT count(*) FROM TreeHead`)
	for range 10 {
		if err := l.Append(t.Context(), 10, nil); err != nil {
			t.Fatal(err)
		}
		checkTree(t, l, 10)
	}
	checkTree(t, reopen(t, url), 10)
	if after := query[int](t, url, `SELECT count(*) FROM TreeHead`); after != before {
		t.Fatalf("%d roots became %d", before, after)
	}
	if n := query[int](t, url, `SELECT count(*) FROM Unsequenced`); n != 0 {
		t.Fatalf("%d leaves in a queue that is not used", n)
	}
}

// TestCutOff ends every connection from the server's side, again and again,
// while a batch is added, and then lets another batch through.
func TestCutOff(t *testing.T) {
	l, url := grown(t, 1)
	failed := 0
	for range 12 {
		var stop atomic.Bool
		var cutting sync.WaitGroup
		cutting.Go(func() {
			for !stop.Load() {
				execute(t, url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = current_database() AND application_name = 'custos tree'`)
			}
		})
		for range 5 {
			if !addSome(t, l) {
				failed++
			}
		}
		stop.Store(true)
		cutting.Wait()
		added := false
		for range 12 { // a connection that was cut off is noticed when it is used
			if added = addSome(t, l); added {
				break
			}
		}
		if !added {
			t.Fatal("nothing can be added any more")
		}
		size, err := l.Size(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkTree(t, l, size)
	}
	if failed == 0 {
		t.Fatal("no batch was cut off: this proves nothing")
	}
	t.Logf("%d of 60 batches were cut off", failed)
}

// addSome adds five leaves at the end, and says whether it was told that they
// are in the tree.
func addSome(t *testing.T, l *trillianlog.Log) bool {
	t.Helper()
	size, err := l.Size(t.Context())
	if err == nil {
		err = l.Append(t.Context(), size, treetest.Leaves(size, size+5))
	}
	if err != nil {
		wantError(t, err, tree.ErrUnavailable, "while connections are cut off")
	}
	return err == nil
}

// TestQuiet runs a process in which Trillian logs, and reads all it writes.
func TestQuiet(t *testing.T) {
	for role, want := range map[string]string{"quiet": "", "loud": "level=ERROR"} {
		url := database(t)
		create(t, url)
		temporary := t.TempDir()
		c := child(t, role, url)
		c.Env = append(c.Env, "TMPDIR="+temporary)
		var out, stderr bytes.Buffer
		c.Stdout, c.Stderr = &out, &stderr
		if err := c.Run(); err != nil {
			t.Fatalf("%s: %v: %s", role, err, stderr.String())
		}
		if stderr.Len() != 0 {
			t.Errorf("%s: standard error: %s", role, stderr.String())
		}
		if (want == "") != (out.Len() == 0) || !strings.Contains(out.String(), want) || strings.Contains(out.String(), "INFO") {
			t.Errorf("%s: logged %q, want %q", role, out.String(), want)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("%s: left in the temporary folder: %v, %v", role, left, err)
		}
	}
}
