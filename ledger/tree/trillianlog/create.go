package trillianlog

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/google/trillian"
	"github.com/google/trillian/storage"
	"github.com/google/trillian/storage/postgresql"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/types/known/durationpb"

	"custos.example/ledger/tree"
)

//go:embed schema.sql
var schema string

var (
	// ErrExists says that the database holds a tree already.
	ErrExists = errors.New("there is a tree in this database already")
	// ErrNotCreated says that the database holds no tree, or part of one.
	ErrNotCreated = errors.New("there is no tree in this database")
)

// Create makes the tree in an empty database and returns it, open. A Create that
// was interrupted can be run again.
//
// Errors: ErrExists when there is a tree, tree.ErrUnavailable when the database
// cannot be reached or does not let this user make tables.
func Create(ctx context.Context, config Config) (*Log, error) {
	quieten(config.Log)
	readers, writer, err := connect(ctx, config.URL)
	if err != nil {
		return nil, fmt.Errorf("create the tree: %w: %w", tree.ErrUnavailable, err)
	}
	l, err := create(ctx, readers, writer)
	if err != nil {
		writer.Close()
		readers.Close()
		return nil, fmt.Errorf("create the tree: %w", err)
	}
	return l, nil
}

func create(ctx context.Context, readers, writer *pgxpool.Pool) (*Log, error) {
	if err := createSchema(ctx, writer); err != nil {
		return nil, fmt.Errorf("%w: tables: %w", tree.ErrUnavailable, err)
	}
	admin := postgresql.NewAdminStorage(writer)
	found, err := theTree(ctx, readers, admin)
	if errors.Is(err, ErrNotCreated) {
		found, err = storage.CreateTree(ctx, admin, &trillian.Tree{
			TreeState: trillian.TreeState_ACTIVE, TreeType: trillian.TreeType_PREORDERED_LOG,
			DisplayName: "custos", MaxRootDuration: durationpb.New(0),
		})
	}
	if err != nil {
		return nil, err
	}
	l := newLog(found, admin, readers, writer)
	if _, err := l.head(ctx); !errors.Is(err, storage.ErrTreeNeedsInit) {
		return nil, errors.Join(fmt.Errorf("%w: open it, or give an empty database", ErrExists), err)
	}
	if stored, err := hasLeaves(ctx, readers); err != nil || stored {
		return nil, errors.Join(fmt.Errorf("%w: there are leaves and no root: bring the roots back", ErrExists), err)
	}
	first, ok := l.write.(interface {
		InitLog(context.Context, *trillian.InitLogRequest) (*trillian.InitLogResponse, error)
	})
	if !ok {
		return nil, fmt.Errorf("%w: this server cannot begin a tree", tree.ErrUnavailable)
	}
	if _, err := first.InitLog(ctx, &trillian.InitLogRequest{LogId: l.id}); err != nil {
		return nil, translate(err)
	}
	return open(ctx, readers, writer)
}

// createSchema makes Trillian's tables, all or none, unless they are there.
func createSchema(ctx context.Context, db *pgxpool.Pool) error {
	there, err := hasSchema(ctx, db)
	if err != nil || there {
		return err
	}
	_, err = db.Exec(ctx, schema+tuning)
	return err
}

// tuning keeps the planner informed about the two tables that it would
// otherwise join row by row (see analyse).
const tuning = `
ALTER TABLE LeafData SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 1000);
ALTER TABLE SequencedLeafData SET (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 1000);
`

func hasSchema(ctx context.Context, db *pgxpool.Pool) (bool, error) {
	var there bool
	err := db.QueryRow(ctx, `SELECT to_regclass('sequencedleafdata') IS NOT NULL`).Scan(&there)
	return there, err
}

func hasLeaves(ctx context.Context, db *pgxpool.Pool) (bool, error) {
	var there bool
	err := db.QueryRow(ctx, `SELECT EXISTS (SELECT FROM LeafData)`).Scan(&there)
	return there, err
}
