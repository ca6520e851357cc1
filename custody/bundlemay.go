package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
)

// mayPack decides whether a bundle of an exhibit may be made for whom it is: all of the
// exhibit has to be there, and nothing that is sensitive goes to somebody else in it.
// Errors: ErrDenied; ErrConflict.
func (a *act) mayPack(ctx context.Context, exhibit exhibitFact, doc copyDocument) error {
	if err := a.mayHandOn(ctx, exhibit.Entry, doc); err != nil {
		return err
	}
	if err := a.allThere(ctx, exhibit); err != nil || a.keeps(doc) {
		return err
	}
	return a.restsOnNothingSensitive(ctx, exhibit)
}

// allThere refuses an exhibit of which a file was erased: a bundle holds every file of its
// exhibit (FORMAT.md, 11).
// Errors: ErrConflict.
func (a *act) allThere(ctx context.Context, exhibit exhibitFact) error {
	gone, _, err := a.erasedOf(ctx, a.id)
	if err != nil {
		return err
	}
	for _, file := range exhibit.Subjects {
		erased, known := gone[digestKey(file.Digest)]
		if !known {
			continue
		}
		if _, err := a.Blobs.Find(ctx, a.id, file.Digest); !errors.Is(err, ErrNotFound) {
			if err != nil {
				return fmt.Errorf("file %q of exhibit %s: %w", file.Name, exhibit.Reference, err)
			}
			continue // kept anew since
		}
		id, err := ledger.ParseEntryID(erased.Order)
		if err != nil {
			return fmt.Errorf("%w: order of entry %s: %w", ErrIntegrity, erased.Entry, err)
		}
		order, err := a.orderOf(ctx, id, 0)
		if err != nil {
			return err
		}
		return fmt.Errorf("exhibit %s version %d cannot be bundled any more: its file %q was lawfully erased on %s (entry %s) under the order %s, and a bundle "+
			"holds every file of its exhibit. Who was given a bundle before has it still. If what it was made from is kept, produce it again as a new version and bundle that: %w",
			exhibit.Reference, exhibit.Version, file.Name, erased.Time.Format("2 January 2006"), erased.Entry, order.Order, ErrConflict)
	}
	return nil
}

// restsOnNothingSensitive refuses to hand on an exhibit that stands on the sensitive
// schedule, or rests on what does.
// Errors: ErrConflict.
func (a *act) restsOnNothingSensitive(ctx context.Context, exhibit exhibitFact) error {
	behind, err := a.lineage(ctx, exhibit.Run)
	if err != nil {
		return err
	}
	entries := append([]ledger.EntryID{exhibit.Entry}, behind.entries...)
	for _, file := range behind.files {
		entries = append(entries, file.Entry)
	}
	entry, found, err := a.firstSensitive(ctx, entries, 0)
	if found {
		return fmt.Errorf("what exhibit %s rests on stands on the sensitive schedule (entry %s): its status has to change before the exhibit leaves: %w",
			exhibit.Reference, entry, ErrConflict)
	}
	return err
}

// firstSensitive finds the first of some entries that stands on the sensitive schedule.
func (a *act) firstSensitive(ctx context.Context, entries []ledger.EntryID, asOf uint64) (ledger.EntryID, bool, error) {
	for _, entry := range entries {
		if sensitive, err := a.sensitive(ctx, entry, asOf); sensitive || err != nil {
			return entry, sensitive, err
		}
	}
	return ledger.EntryID{}, false, nil
}
