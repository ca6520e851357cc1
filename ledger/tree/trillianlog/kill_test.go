package trillianlog_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"k8s.io/klog/v2"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/treetest"
	"custos.example/ledger/tree/trillianlog"
)

// TestMain lets this test binary be the feeder that is killed.
func TestMain(m *testing.M) {
	url, role := os.Getenv("CUSTOS_TREE_URL"), os.Getenv("CUSTOS_TREE_ROLE")
	if role == "" {
		os.Exit(m.Run())
	}
	if err := runChild(context.Background(), role, url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild(ctx context.Context, role, url string) error {
	config := trillianlog.Config{URL: url}
	if role == "loud" {
		config.Log = slog.New(slog.NewTextHandler(os.Stdout, nil))
	}
	l, err := trillianlog.Open(ctx, config)
	if err != nil {
		return err
	}
	switch role {
	case "feed":
		return treetest.Feed(ctx, l, os.Stdout)
	case "quiet", "loud":
		klog.Info("said by the way")
		klog.Error("said because it matters")
		return l.Append(ctx, 0, treetest.Leaves(0, 20))
	}
	// The control tells the size before the leaves are in the tree, and is
	// killed on its way.
	for size := uint64(0); size < 100; size += 10 {
		fmt.Println(size + 10)
		if size == 70 {
			self, err := os.FindProcess(os.Getpid())
			if err != nil {
				return err
			}
			return self.Kill()
		}
		if err := l.Append(ctx, size, treetest.Leaves(size, size+10)); err != nil {
			return err
		}
	}
	return nil
}

func child(t *testing.T, role, url string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), "CUSTOS_TREE_ROLE="+role, "CUSTOS_TREE_URL="+url)
	return cmd
}

func at(url string) treetest.Fixture {
	return treetest.Fixture{Open: func(t *testing.T) tree.Engine {
		t.Helper()
		return reopen(t, url)
	}}
}

func TestKill(t *testing.T) {
	url, spoiled := database(t), database(t)
	create(t, url)
	create(t, spoiled)
	treetest.Kill(t, treetest.Killing{
		Name: "tree-trillian-kill",
		Tree: at(url), Feeder: func() *exec.Cmd { return child(t, "feed", url) },
		Spoiled: at(spoiled), Control: func() *exec.Cmd { return child(t, "hasty", spoiled) },
	})
}

func TestLong(t *testing.T) {
	url := database(t)
	create(t, url)
	treetest.Long(t, "tree-trillian-leaves", at(url))
}
