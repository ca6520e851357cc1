package trillianlog

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/trillian"
	"github.com/google/trillian/extension"
	trillianlogs "github.com/google/trillian/log"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	logserver "github.com/google/trillian/server"
	"github.com/google/trillian/storage"
	"github.com/google/trillian/storage/postgresql"
	"github.com/google/trillian/util/election2"
	"github.com/jackc/pgx/v5/pgxpool"

	"custos.example/ledger/tree"
)

// Open returns the tree that Create made.
//
// Errors: ErrNotCreated when there is none, or it was made in part only;
// tree.ErrIntegrity when the database holds something else than one tree of the
// kind that Create makes; tree.ErrUnavailable when it cannot be reached.
func Open(ctx context.Context, config Config) (*Log, error) {
	quieten(config.Log)
	readers, writer, err := connect(ctx, config.URL)
	if err != nil {
		return nil, fmt.Errorf("open the tree: %w: %w", tree.ErrUnavailable, err)
	}
	l, err := open(ctx, readers, writer)
	if err != nil {
		writer.Close()
		readers.Close()
		return nil, fmt.Errorf("open the tree: %w", err)
	}
	return l, nil
}

func open(ctx context.Context, readers, writer *pgxpool.Pool) (*Log, error) {
	admin := postgresql.NewAdminStorage(readers)
	found, err := theTree(ctx, readers, admin)
	if err != nil {
		return nil, err
	}
	l := newLog(found, admin, readers, writer)
	h, err := l.head(ctx)
	if errors.Is(err, storage.ErrTreeNeedsInit) {
		return nil, fmt.Errorf("%w: there is no root: the tree was not made wholly (then create it again) "+
			"or its roots are gone: %w", ErrNotCreated, err)
	}
	if err != nil {
		return nil, err
	}
	l.ticks.after(h.ticks)
	if l.analysed, err = l.statistics(ctx); err != nil {
		return nil, err
	}
	return l, l.analyse(ctx, h.size)
}

// theTree returns the one tree of the database.
func theTree(ctx context.Context, db *pgxpool.Pool, admin storage.AdminStorage) (*trillian.Tree, error) {
	there, err := hasSchema(ctx, db)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tree.ErrUnavailable, err)
	}
	if !there {
		return nil, fmt.Errorf("%w: the database is empty", ErrNotCreated)
	}
	trees, err := storage.ListTrees(ctx, admin, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", tree.ErrUnavailable, err)
	}
	if len(trees) == 0 {
		return nil, fmt.Errorf("%w: there are tables and no tree: it was not made wholly (then create it again) "+
			"or it is gone", ErrNotCreated)
	}
	if len(trees) > 1 {
		return nil, fmt.Errorf("%w: %d trees in one database: give the log a database of its own", tree.ErrIntegrity, len(trees))
	}
	found := trees[0]
	switch {
	case found.GetDeleted():
		return nil, fmt.Errorf("%w: the tree is marked as deleted: undelete it in Trillian", tree.ErrIntegrity)
	case found.GetTreeType() != trillian.TreeType_PREORDERED_LOG:
		return nil, fmt.Errorf("%w: the tree is a %s, not a PREORDERED_LOG: it gives an order of its own to leaves",
			tree.ErrIntegrity, found.GetTreeType())
	case found.GetMaxRootDuration().AsDuration() != 0:
		return nil, fmt.Errorf("%w: the tree makes new roots without new leaves: set its max_root_duration to 0", tree.ErrIntegrity)
	}
	return found, nil
}

// newLog puts Trillian's log server and sequencer together over the two pools.
// Nothing is written but through the writer.
func newLog(found *trillian.Tree, admin storage.AdminStorage, readers, writer *pgxpool.Pool) *Log {
	metrics := monitoring.InertMetricFactory{}
	registry := extension.Registry{
		AdminStorage: admin, ElectionFactory: election2.NoopFactory{},
		QuotaManager: quota.Noop(), MetricFactory: metrics,
	}
	reading, writing := registry, registry
	reading.LogStorage = postgresql.NewLogStorage(readers, metrics)
	writing.LogStorage = postgresql.NewLogStorage(writer, metrics)
	trillianlogs.InitMetrics(metrics)

	l := &Log{id: found.GetTreeId(), ticks: &ticks{}, readers: readers, writer: writer}
	l.read = logserver.NewTrillianLogRPCServer(reading, l.ticks)
	l.write = logserver.NewTrillianLogRPCServer(writing, l.ticks)
	l.integrate = func(ctx context.Context, limit int) (int, error) {
		return trillianlogs.IntegrateBatch(ctx, found, limit, 0, 0, l.ticks, writing.LogStorage, registry.QuotaManager)
	}
	l.stored = func(ctx context.Context, from, count uint64) (leaves []*trillian.LogLeaf, err error) {
		err = snapshot(ctx, reading.LogStorage, found, func(tx storage.ReadOnlyLogTreeTX) error {
			leaves, err = tx.GetLeavesByRange(ctx, int64(from), int64(count))
			return err
		})
		return leaves, err
	}
	l.latest = func(ctx context.Context) (root *trillian.SignedLogRoot, err error) {
		err = snapshot(ctx, reading.LogStorage, found, func(tx storage.ReadOnlyLogTreeTX) error {
			root, err = tx.LatestSignedLogRoot(ctx)
			return err
		})
		return root, err
	}
	return l
}

// snapshot runs f over one state of the tree. Trillian hands out a transaction
// together with ErrTreeNeedsInit, which has to be closed too.
func snapshot(ctx context.Context, logs storage.LogStorage, of *trillian.Tree, f func(storage.ReadOnlyLogTreeTX) error) error {
	tx, err := logs.SnapshotForTree(ctx, of)
	if err == nil {
		err = f(tx)
	}
	if tx != nil {
		err = errors.Join(err, tx.Close())
	}
	return err
}
