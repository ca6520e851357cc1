package store

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"custos.example/custody"
)

// sealedTogether is how many entries of a group are worth another goroutine, which
// costs about as much as one of them.
const sealedTogether = 4

// unsealed refuses requests of a group whose facts cannot be made or sealed. The
// others can be written without them.
type unsealed map[*pending]error

func (u unsealed) Error() string {
	return fmt.Sprintf("the facts of %d requests cannot be made or sealed", len(u))
}

// refusal names the draft that an error refuses.
func (it *item) refusal(err error) error {
	return fmt.Errorf("append %s %s: %w", it.Kind, it.Entry, err)
}

// seal makes what the rows of the placed entries need and no other entry does: the
// facts, sealed, and the mac. The entries are shared out among goroutines, since all
// writing waits for the one that places; the writer works with them and waits for
// none that has not begun.
// Errors: unsealed.
func (g *group) seal(ctx context.Context) error {
	errs := make([]error, len(g.entries))
	var next atomic.Int64
	var sealed sync.WaitGroup
	sealed.Add(len(g.entries))
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(errs)); i = next.Add(1) - 1 {
			errs[i] = g.sealEntry(ctx, &g.entries[i])
			sealed.Done()
		}
	}
	for range min(runtime.GOMAXPROCS(0)-1, len(g.entries)/sealedTogether) {
		go work()
	}
	work()
	sealed.Wait()
	refused := unsealed{}
	for i, err := range errs {
		e := &g.entries[i]
		if err != nil && refused[e.by] == nil {
			refused[e.by] = e.refusal(err)
		}
	}
	if len(refused) > 0 {
		return refused
	}
	return nil
}

func (g *group) sealEntry(ctx context.Context, e *placedItem) error {
	records, err := g.store.config.Project(e.Signed.Statement(), e.Placed)
	if err != nil {
		return fmt.Errorf("%w: project the entry: %w", custody.ErrInvalid, err)
	}
	if e.facts, err = g.store.sealFacts(ctx, e.Case, uint64(e.Index), records); err != nil {
		return err
	}
	row := entryRow{Stored: custody.Stored{
		Placed: e.Placed, Kind: e.Kind, Case: e.Case, Entry: e.Entry, Inner: e.inner, CommittedAt: g.now,
	}, changes: e.Changes, part: e.part}
	e.mac = g.store.entryMAC(&row)
	return nil
}
