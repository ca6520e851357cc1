package sqltree_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/sqltree"
	"custos.example/ledger/tree/treetest"
)

// TestMain lets this test binary be the child that is killed.
func TestMain(m *testing.M) {
	path, role := os.Getenv("CUSTOS_TREE_FILE"), os.Getenv("CUSTOS_TREE_ROLE")
	if role == "" {
		os.Exit(m.Run())
	}
	if err := runChild(context.Background(), role, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild(ctx context.Context, role, path string) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	if role == "feed" {
		return treetest.Feed(ctx, f, os.Stdout)
	}
	// The control stores leaves and nodes in two transactions, and is killed
	// between them.
	for size := uint64(0); size < 100; size += 10 {
		leaves := treetest.Leaves(size, size+10)
		for i, leaf := range leaves {
			if _, err := f.db.ExecContext(ctx, `INSERT INTO leaf VALUES (?, ?)`, size+uint64(i), leaf); err != nil {
				return err
			}
		}
		fmt.Println(size + 10)
		if size == 70 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			return self.Kill()
		}
		if err := sqltree.Append(ctx, nodes{f.db}, size, leaves); err != nil {
			return err
		}
	}
	return nil
}

func child(t *testing.T, role, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "CUSTOS_TREE_ROLE="+role, "CUSTOS_TREE_FILE="+path)
	return cmd
}

func at(path string) treetest.Fixture {
	return treetest.Fixture{Open: func(t *testing.T) tree.Engine {
		t.Helper()
		f, err := openFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}}
}

func TestKill(t *testing.T) {
	path, spoiled := filepath.Join(t.TempDir(), "tree.db"), filepath.Join(t.TempDir(), "spoiled.db")
	treetest.Kill(t, treetest.Killing{
		Name: "tree-sql-kill",
		Tree: at(path), Feeder: func() *exec.Cmd { return child(t, "feed", path) },
		Spoiled: at(spoiled), Control: func() *exec.Cmd { return child(t, "torn", spoiled) },
	})
}

func TestLong(t *testing.T) {
	treetest.Long(t, "tree-sql-leaves", at(filepath.Join(t.TempDir(), "tree.db")))
}
