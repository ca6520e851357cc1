package trillianlog_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/trillian"
	trillianlogs "github.com/google/trillian/log"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/storage"
	"github.com/google/trillian/storage/postgresql"
	"github.com/google/trillian/util/clock"
	"github.com/jackc/pgx/v5/pgxpool"

	"custos.example/ledger/tree"
	"custos.example/ledger/tree/treetest"
	"custos.example/ledger/tree/trillianlog"
)

// TestTwoProcesses lets two engines feed one tree at the same time, each going
// on from the size that it finds.
func TestTwoProcesses(t *testing.T) {
	first, url := grown(t, 1)
	engines := []*trillianlog.Log{first, reopen(t, url), reopen(t, url)}
	const goal = 600
	var feeding sync.WaitGroup
	for _, engine := range engines {
		feeding.Go(func() {
			for {
				size, err := engine.Size(t.Context())
				if err != nil || size >= goal {
					if err != nil {
						t.Errorf("size: %v", err)
					}
					return
				}
				err = engine.Append(t.Context(), size, treetest.Leaves(size, size+7))
				if err != nil && !errors.Is(err, tree.ErrGap) {
					t.Errorf("append at %d: %v", size, err)
					return
				}
			}
		})
	}
	feeding.Wait()
	size, err := first.Size(t.Context())
	if err != nil || size < goal {
		t.Fatalf("size %d, %v", size, err)
	}
	for _, engine := range append(engines, reopen(t, url)) {
		checkTree(t, engine, size)
	}
}

// slow holds every transaction open, just before it is committed, until told to
// go on.
type slow struct {
	storage.LogStorage
	ready, goOn chan struct{}
}

func (s slow) ReadWriteTransaction(ctx context.Context, of *trillian.Tree, f storage.LogTXFunc) error {
	return s.LogStorage.ReadWriteTransaction(ctx, of, func(ctx context.Context, tx storage.LogTreeTX) error {
		err := f(ctx, tx)
		s.ready <- struct{}{}
		<-s.goOn
		return err
	})
}

// TestTwoSequencers lets two of Trillian's sequencers work on one tree, without
// the lock, so that the slower commits last. It is the control of
// TestTwoProcesses: if this does no harm any more, the lock has no reason left.
func TestTwoSequencers(t *testing.T) {
	l, url := grown(t, 4)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	logs := postgresql.NewLogStorage(pool, nil)
	trees, err := storage.ListTrees(t.Context(), postgresql.NewAdminStorage(pool), false)
	if err != nil || len(trees) != 1 {
		t.Fatalf("%d trees, %v", len(trees), err)
	}
	sequence := func(with storage.LogStorage, limit int) error {
		_, err := trillianlogs.IntegrateBatch(t.Context(), trees[0], limit, 0, 0, clock.System, with, quota.Noop())
		return err
	}
	server, id := plain(t, url)
	storeLeaves(t, server, id, 4, treetest.Leaves(4, 12))

	held := slow{LogStorage: logs, ready: make(chan struct{}), goOn: make(chan struct{})}
	result := make(chan error)
	go func() { result <- sequence(held, 1) }()
	<-held.ready
	if err := sequence(logs, 8); err != nil {
		t.Fatalf("the faster one: %v", err)
	}
	close(held.goOn)
	if err := <-result; err != nil {
		t.Fatalf("control: the slower one was expected to succeed: %v", err)
	}
	storeLeaves(t, server, id, 12, treetest.Leaves(12, 13))
	err = sequence(logs, 1)
	if err == nil || !strings.Contains(err.Error(), "range init failed") {
		t.Fatalf("control: the tree was expected to be broken: %v", err)
	}
	t.Logf("control: without the lock: %v", err)
	wantError(t, l.Append(t.Context(), 12, treetest.Leaves(12, 13)), tree.ErrIntegrity, "append to the broken tree")
}
