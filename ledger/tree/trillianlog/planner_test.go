package trillianlog_test

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"custos.example/ledger/tree/treetest"
)

// wasted returns how many pairs of rows PostgreSQL looks at in vain when the
// sequencer fetches the leaves from, ..., to-1 of a tree.
func wasted(t *testing.T, url string, tree, from, to int64) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(t.Context(), fmt.Sprintf(`EXPLAIN ANALYZE
		SELECT s.MerkleLeafHash, l.LeafIdentityHash, l.LeafValue, s.SequenceNumber, l.ExtraData
		FROM SequencedLeafData s INNER JOIN LeafData l ON (s.LeafIdentityHash = l.LeafIdentityHash AND s.TreeId = l.TreeId)
		WHERE s.SequenceNumber >= %d AND s.SequenceNumber < %d AND l.TreeId = %d ORDER BY s.SequenceNumber`, from, to, tree))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Rows Removed by Join Filter: (\d+)`).FindStringSubmatch(strings.Join(plan, "\n"))
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const quietTables = `ALTER TABLE LeafData SET (autovacuum_enabled = false);
	ALTER TABLE SequencedLeafData SET (autovacuum_enabled = false)`

// TestPlanner shows that the sequencer's query is planned well at every size of
// a tree that is alone in its database, and how it is planned when it is not.
func TestPlanner(t *testing.T) {
	l, url := grown(t, 0)
	execute(t, url, quietTables)
	id := query[int64](t, url, `SELECT TreeId FROM Trees`)
	for size := uint64(0); size < 22_000; size += 997 {
		if err := l.Append(t.Context(), size, treetest.Leaves(size, size+997)); err != nil {
			t.Fatal(err)
		}
		if n := wasted(t, url, id, int64(size), int64(size)+997); n > 0 {
			t.Fatalf("at %d leaves %d pairs of rows are looked at in vain", size, n)
		}
	}

	// the control: a second tree that the statistics do not know
	execute(t, url, `ANALYZE LeafData, SequencedLeafData`)
	execute(t, url, `INSERT INTO Trees SELECT 7, TreeState, TreeType, '', '', 0, 0, 0 FROM Trees`)
	execute(t, url, `INSERT INTO LeafData SELECT 7, LeafIdentityHash, LeafValue, ExtraData, 0 FROM LeafData`)
	execute(t, url, `INSERT INTO SequencedLeafData SELECT 7, SequenceNumber, LeafIdentityHash, MerkleLeafHash, 0 FROM SequencedLeafData`)
	n := wasted(t, url, 7, 4000, 4100)
	if n < 100_000 {
		t.Fatalf("control: the trap was expected to waste more than %d", n)
	}
	t.Logf("control: for 100 leaves of a second tree %d pairs are looked at in vain", n)
}

// TestStatistics shows that PostgreSQL is told about the tree soon after it began
// to grow, again after it grew tenfold, and at once when a tree is opened that
// it knows nothing of.
func TestStatistics(t *testing.T) {
	believed := func(url string) float64 {
		return query[float64](t, url, `SELECT min(reltuples)::float8 FROM pg_class WHERE relname IN ('leafdata', 'sequencedleafdata')`)
	}
	const forget = `UPDATE pg_class SET reltuples = -1 WHERE relname IN ('leafdata', 'sequencedleafdata')`

	l, url := grown(t, 0)
	execute(t, url, quietTables)
	size := uint64(0)
	grow := func(to uint64) {
		for ; size < to; size += 500 {
			if err := l.Append(t.Context(), size, treetest.Leaves(size, size+500)); err != nil {
				t.Fatal(err)
			}
		}
	}
	grow(1000)
	if got := believed(url); got != 1000 {
		t.Fatalf("after 1,000 leaves the planner believes in %v", got)
	}
	execute(t, url, forget)
	grow(9500)
	if got := believed(url); got != -1 {
		t.Fatalf("control: nothing should have told the planner before 10,000 leaves, and it believes in %v", got)
	}
	grow(10_000)
	if got := believed(url); got != 10_000 {
		t.Fatalf("after 10,000 leaves the planner believes in %v", got)
	}
	execute(t, url, forget)
	reopen(t, url)
	if got := believed(url); got != 10_000 {
		t.Fatalf("after opening 10,000 leaves the planner believes in %v", got)
	}
}

// TestNoWholeReads shows that adding a leaf does not read all leaves there are,
// as it does on connections that are set up in no particular way.
func TestNoWholeReads(t *testing.T) {
	l, url := grown(t, 20_000)
	execute(t, url, quietTables)
	execute(t, url, `ANALYZE LeafData, SequencedLeafData`)
	read := func() int64 { // what connections that have ended by now have read row by row
		for query[int](t, url, `SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`) > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		return query[int64](t, url, `SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname IN ('leafdata', 'sequencedleafdata')`)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	before := read()
	again := reopen(t, url)
	for range 10 {
		if !addSome(t, again) {
			t.Fatal("nothing was added")
		}
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if n := read() - before; n > 1000 {
		t.Fatalf("to add 10 batches %d rows were read one by one", n)
	}

	before = read()
	server, id, done := plainServer(t, url)
	for i := range uint64(10) {
		storeLeaves(t, server, id, 20_050+i, treetest.Leaves(20_050+i, 20_051+i))
	}
	done()
	if n := read() - before; n < 100_000 {
		t.Fatalf("control: on plain connections more than %d rows were expected to be read one by one", n)
	} else {
		t.Logf("control: to add 10 leaves on plain connections %d rows are read one by one", n)
	}
}
