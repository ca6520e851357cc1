package wiring

import (
	"context"

	"custos.example/custody/store"
)

// PrepareDatabase makes or upgrades the tables of a PostgreSQL database as their
// owner, and gives the roles of the service and of readers their rights.
// Errors: those of store.Prepare.
func PrepareDatabase(ctx context.Context, owner string, line store.Line, service, reader string) error {
	return store.Prepare(ctx, owner, line, service, reader)
}

// DatabasePowers says what the role of a PostgreSQL address may do.
// Errors: those of store.PowersOf.
func DatabasePowers(ctx context.Context, address string, line store.Line) (store.Powers, error) {
	return store.PowersOf(ctx, address, line)
}
