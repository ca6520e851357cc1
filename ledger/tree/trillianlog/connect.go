package trillianlog

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// writeLock is the number of the advisory lock that a writing connection holds.
// It is one for each database, hence one for each tree.
const writeLock = 0x637573746f73 // "custos"

// connect opens two pools: one to read, and one of a single connection to write.
//
// The writing connection takes the lock whenever it is taken out of its pool and
// gives it back when it is put back. Trillian itself lets the slower of two
// sequencers of one tree put back the nodes of the faster one, and the tree
// cannot grow ever after.
func connect(ctx context.Context, url string) (readers, writer *pgxpool.Pool, err error) {
	reading, err := configure(url)
	if err != nil {
		return nil, nil, err
	}
	writing, err := configure(url)
	if err != nil {
		return nil, nil, err
	}
	writing.MaxConns = 1
	writing.PrepareConn = func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(writeLock)); err != nil {
			return false, err
		}
		return true, nil
	}
	writing.AfterRelease = func(conn *pgx.Conn) bool {
		var held bool
		err := conn.QueryRow(context.Background(), `SELECT pg_advisory_unlock($1)`, int64(writeLock)).Scan(&held)
		return err == nil && held
	}
	if readers, err = pgxpool.NewWithConfig(ctx, reading); err != nil {
		return nil, nil, err
	}
	if writer, err = pgxpool.NewWithConfig(ctx, writing); err != nil {
		readers.Close()
		return nil, nil, err
	}
	if err := readers.Ping(ctx); err != nil {
		writer.Close()
		readers.Close()
		return nil, nil, err
	}
	return readers, writer, nil
}

// configure sets what the tree relies on, whatever the server's defaults are.
func configure(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the URL of the tree's database cannot be read: write postgres://user@host/database")
	}
	set := config.ConnConfig.RuntimeParams
	set["application_name"] = "custos tree"
	set["synchronous_commit"] = "on"
	set["default_transaction_isolation"] = "read committed"
	// Trillian joins a few new leaves with all stored ones. PostgreSQL thinks the
	// few are many and, with some ten thousand stored, reads them all each time.
	set["enable_hashjoin"] = "off"
	set["enable_mergejoin"] = "off"
	set["idle_in_transaction_session_timeout"] = "60000"
	return config, nil
}
