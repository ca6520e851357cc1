package wiring

import (
	"context"

	"custos.example/custody/store"
)

// OpenToCheck opens the record of a data folder for Inspect, whatever state it
// is in: it is not held against the guard, nothing that was begun is finished,
// and nothing is signed, fed or published by itself. Unless it is to mend, it takes
// no lock, so that the service may run beside it.
//
// Errors: custody.ErrNotFound when nothing was founded there.
func OpenToCheck(ctx context.Context, options Options, mend bool) (*Station, error) {
	options.beside, options.checks = !mend, true
	return open(ctx, options)
}

// openStore opens the database, to be written or only to be read.
func (s *Station) openStore(ctx context.Context, config store.Config) (err error) {
	if s.options.beside {
		s.Store, err = store.Inspect(ctx, config)
	} else {
		s.Store, err = store.Open(ctx, config)
	}
	return err
}
