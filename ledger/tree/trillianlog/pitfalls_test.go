package trillianlog_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/trillian"
	"github.com/google/trillian/extension"
	"github.com/google/trillian/quota"
	logserver "github.com/google/trillian/server"
	"github.com/google/trillian/storage/postgresql"
	"github.com/google/trillian/types"
	"github.com/google/trillian/util/clock"
	"github.com/jackc/pgx/v5/pgxpool"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/treetest"
	"custos.example/ledger/tree/trillianlog"
)

// plain is Trillian's log server as it comes, over the same database: what each
// trap below looks like without the wrapper.
func plain(t *testing.T, url string) (*logserver.TrillianLogRPCServer, int64) {
	t.Helper()
	server, id, done := plainServer(t, url)
	t.Cleanup(done)
	return server, id
}

// plainServer is plain, and the function that closes its connections.
func plainServer(t *testing.T, url string) (*logserver.TrillianLogRPCServer, int64, func()) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	server := logserver.NewTrillianLogRPCServer(extension.Registry{
		AdminStorage: postgresql.NewAdminStorage(pool),
		LogStorage:   postgresql.NewLogStorage(pool, nil),
		QuotaManager: quota.Noop(),
	}, clock.System)
	return server, query[int64](t, url, `SELECT TreeId FROM Trees`), pool.Close
}

// TestSwallowedError makes the query for the latest root fail in a way that
// Trillian swallows, and asks everything.
func TestSwallowedError(t *testing.T) {
	l, url := grown(t, 300)
	execute(t, url, `INSERT INTO TreeHead SELECT TreeId, 9e15::bigint, NULL, RootHash, RootSignature FROM TreeHead LIMIT 1`)

	server, id := plain(t, url)
	answer, err := server.GetLatestSignedLogRoot(t.Context(), &trillian.GetLatestSignedLogRootRequest{LogId: id})
	var root types.LogRootV1
	if err != nil || root.UnmarshalBinary(answer.GetSignedLogRoot().GetLogRoot()) != nil || root.TreeSize != 0 {
		t.Fatalf("control: Trillian was expected to answer with a size of 0 and no error: %+v, %v", root, err)
	}
	proof, err := server.GetInclusionProof(t.Context(), &trillian.GetInclusionProofRequest{LogId: id, LeafIndex: 3, TreeSize: 300})
	if err != nil || proof.GetProof() != nil {
		t.Fatalf("control: Trillian was expected to answer with no proof and no error: %v, %v", proof, err)
	}

	_, err = l.Size(t.Context())
	wantError(t, err, tree.ErrUnavailable, "size")
	_, err = l.Root(t.Context(), 200)
	wantError(t, err, tree.ErrUnavailable, "root")
	_, err = l.Inclusion(t.Context(), 3, 300)
	wantError(t, err, tree.ErrUnavailable, "inclusion")
	_, err = l.Consistency(t.Context(), 3, 300)
	wantError(t, err, tree.ErrUnavailable, "consistency")
	_, err = l.LeafHashes(t.Context(), 3, 300)
	wantError(t, err, tree.ErrUnavailable, "leaf hashes")
	wantError(t, l.Append(t.Context(), 0, treetest.Leaves(0, 10)), tree.ErrUnavailable, "append at 0")
	wantError(t, l.Append(t.Context(), 300, treetest.Leaves(300, 310)), tree.ErrUnavailable, "append at 300")
	_, err = trillianlog.Open(t.Context(), trillianlog.Config{URL: url})
	wantError(t, err, tree.ErrUnavailable, "open")

	execute(t, url, `DELETE FROM TreeHead WHERE TreeSize IS NULL`)
	checkTree(t, l, 300)
}

// TestNoRoots deletes every root. Trillian's own method keeps a connection for
// each question it is asked then, until none is left.
func TestNoRoots(t *testing.T) {
	l, url := grown(t, 40)
	execute(t, url, `DELETE FROM TreeHead`)
	limited, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for range 30 {
		_, err := l.Size(limited)
		wantError(t, err, tree.ErrShrink, "size")
		_, err = l.Inclusion(limited, 3, 40)
		wantError(t, err, tree.ErrShrink, "inclusion")
		_, err = l.Consistency(limited, 3, 40)
		wantError(t, err, tree.ErrShrink, "consistency")
		wantError(t, l.Append(limited, 40, treetest.Leaves(40, 41)), tree.ErrShrink, "append")
	}
	_, err := trillianlog.Open(limited, trillianlog.Config{URL: url})
	wantError(t, err, trillianlog.ErrNotCreated, "open")
	_, err = trillianlog.Create(limited, trillianlog.Config{URL: url})
	wantError(t, err, trillianlog.ErrExists, "create over leaves without a root")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if limited.Err() != nil {
		t.Fatal("connections were not given back")
	}
}

// TestShrink puts the tree back to an earlier root under an open engine.
func TestShrink(t *testing.T) {
	l, url := grown(t, 20)
	if err := l.Append(t.Context(), 20, treetest.Leaves(20, 30)); err != nil {
		t.Fatal(err)
	}
	execute(t, url, `DELETE FROM TreeHead WHERE TreeSize = 30`)
	_, err := l.Size(t.Context())
	wantError(t, err, tree.ErrShrink, "size")
	wantError(t, err, tree.ErrIntegrity, "size")
	_, err = l.Inclusion(t.Context(), 3, 10)
	wantError(t, err, tree.ErrShrink, "inclusion")
	wantError(t, l.Append(t.Context(), 20, treetest.Leaves(20, 21)), tree.ErrShrink, "append")
	wantError(t, l.Append(t.Context(), 30, treetest.Leaves(30, 31)), tree.ErrShrink, "append")
}

// TestAlteredTables changes what is stored, one column at a time.
func TestAlteredTables(t *testing.T) {
	flip := func(column string) string {
		return column + ` = set_byte(` + column + `, 5, get_byte(` + column + `, 5) # 1)`
	}
	for _, c := range []struct {
		name, sql string
		ask       func(context.Context, *trillianlog.Log) error
		want      error
	}{
		{"root", `UPDATE TreeHead SET ` + flip("RootHash") + ` WHERE TreeSize = 300`, askSize, tree.ErrIntegrity},
		{"empty root", `UPDATE TreeHead SET TreeSize = 0 WHERE TreeSize = 300`, askSize, tree.ErrIntegrity},
		{"negative size", `UPDATE TreeHead SET TreeSize = -1 WHERE TreeSize = 300`, askSize, tree.ErrIntegrity},
		{"short root", `UPDATE TreeHead SET RootHash = 'x' WHERE TreeSize = 300`, askSize, tree.ErrUnavailable},
		{"leaf", `UPDATE LeafData SET ` + flip("LeafValue"), askLeaves, tree.ErrIntegrity},
		{"leaf hash", `UPDATE SequencedLeafData SET ` + flip("MerkleLeafHash"), askLeaves, tree.ErrIntegrity},
		{"leaf of a root", `UPDATE LeafData SET ` + flip("LeafValue"), askOldRoot, tree.ErrIntegrity},
		{"missing leaf", `DELETE FROM SequencedLeafData WHERE SequenceNumber = 299`, askLeaves, tree.ErrIntegrity},
		{"missing nodes", `DELETE FROM Subtree`, askAppend, tree.ErrIntegrity},
		{"missing nodes of a proof", `DELETE FROM Subtree`, askInclusion, tree.ErrIntegrity},
		{"nodes", `UPDATE Subtree SET ` + alterNodes, askAppend, tree.ErrIntegrity},
		{"all", `DELETE FROM Trees`, askInclusion, tree.ErrIntegrity},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, url := grown(t, 300)
			if err := c.ask(t.Context(), l); err != nil {
				t.Fatalf("control: before anything was altered: %v", err)
			}
			fresh, url := grownAgain(t, c.name, l, url)
			execute(t, url, c.sql)
			wantError(t, c.ask(t.Context(), fresh), c.want, c.name)
		})
	}
}

// grownAgain returns a tree of 300 leaves: the one given, or a new one where the
// control has added to it.
func grownAgain(t *testing.T, name string, l *trillianlog.Log, url string) (*trillianlog.Log, string) {
	t.Helper()
	if size, err := l.Size(t.Context()); err == nil && size == 300 {
		return l, url
	}
	t.Logf("%s: a second tree", name)
	return grown(t, 300)
}

// alterNodes changes a byte in the middle of a node of every subtree.
const alterNodes = `Nodes = set_byte(Nodes, length(Nodes) - 8, get_byte(Nodes, length(Nodes) - 8) # 1)`

func askSize(ctx context.Context, l *trillianlog.Log) error {
	_, err := l.Size(ctx)
	return err
}

func askLeaves(ctx context.Context, l *trillianlog.Log) error {
	_, err := l.LeafHashes(ctx, 0, 300)
	return err
}

func askOldRoot(ctx context.Context, l *trillianlog.Log) error {
	_, err := l.Root(ctx, 200)
	return err
}

func askInclusion(ctx context.Context, l *trillianlog.Log) error {
	_, err := l.Inclusion(ctx, 0, 300)
	return err
}

func askAppend(ctx context.Context, l *trillianlog.Log) error {
	return l.Append(ctx, 300, treetest.Leaves(300, 310))
}

// TestSchema compares the schema kept here with that of the module in use.
func TestSchema(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/trillian").Output()
	if err != nil {
		t.Fatalf("where is the module? %v", err)
	}
	theirs, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "storage", "postgresql", "schema", "storage.sql"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(ours) != string(theirs) {
		t.Fatal("schema.sql is not the schema of the Trillian in go.mod: copy it, and write the migration that brings old databases along")
	}
}

func checkTree(t *testing.T, engine tree.Engine, size uint64) {
	t.Helper()
	got, err := engine.Size(t.Context())
	if err != nil || got != size {
		t.Fatalf("size: got %d, %v, want %d", got, err, size)
	}
	for at, want := range treetest.Roots(size/2, size) {
		if root, err := engine.Root(t.Context(), at); err != nil || root != want {
			t.Fatalf("root of %d: got %s, %v, want %s", at, root, err, want)
		}
	}
}

func wantError(t *testing.T, got, want error, what string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
