package store

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
	"custos.example/ledger"
)

// maxDrafts is the most drafts of one request, and the number at which the
// writer stops gathering.
const maxDrafts = 1024

// pending is one request on its way to the writer: everything that could be
// done without the lock has been done.
type pending struct {
	left   func() error // says whether the caller still waits
	digest ledger.Digest
	items  []item
	answer chan answer // has room for one
}

type answer struct {
	placed []custody.Placed
	err    error
}

// item is one draft with what was read from its statement.
type item struct {
	custody.Draft
	key    entryKey
	after  ledger.Head // that its statement was signed after
	info   ledger.KindInfo
	inner  ledger.Digest
	sealed []byte
}

// prepareRequest checks and seals the drafts of a request.
// Errors: custody.ErrInvalid.
func (s *Store) prepareRequest(ctx context.Context, r custody.Request) (*pending, error) {
	if len(r.Drafts) == 0 || len(r.Drafts) > maxDrafts {
		return nil, fmt.Errorf("append: %w: %d drafts in one request, not 1 to %d", custody.ErrInvalid, len(r.Drafts), maxDrafts)
	}
	if r.Digest == (ledger.Digest{}) {
		return nil, fmt.Errorf("append: %w: the request has no digest", custody.ErrInvalid)
	}
	p := &pending{left: ctx.Err, digest: r.Digest, items: make([]item, len(r.Drafts)), answer: make(chan answer, 1)}
	for i, draft := range r.Drafts {
		p.items[i].Draft = draft
		if err := s.prepareItem(ctx, &p.items[i]); err != nil {
			return nil, fmt.Errorf("append %s %s: %w", draft.Kind, draft.Entry, err)
		}
	}
	return p, nil
}

// prepareItem fills in what follows from the draft of an item.
func (s *Store) prepareItem(ctx context.Context, it *item) error {
	statement, envelope := it.Signed.Statement(), it.Signed.Bytes()
	var err error
	if it.info, err = ledger.InfoOf(statement.Kind()); err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	if err := matches(&it.Draft, &statement); err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	if it.key, err = s.keyOf(it.Entry); err != nil {
		return err
	}
	plain := append(append(make([]byte, 0, len(it.Salt)+len(envelope)), it.Salt[:]...), envelope...)
	if it.sealed, err = s.config.Sealer.Seal(ctx, it.Case, entryAAD(it.Chain, it.Entry, it.Kind), plain); err != nil {
		return fmt.Errorf("seal the envelope: %w", err)
	}
	it.after, it.inner = statement.Predicate.Place.After, ledger.DeriveInner(it.Salt, envelope)
	return nil
}

// matches returns nil when the draft says what its signed statement says.
func matches(d *custody.Draft, s *ledger.Statement) error {
	place, decision := s.Predicate.Place, s.Predicate.Decision
	switch {
	case string(s.Kind()) != d.Kind:
		return fmt.Errorf("the statement is of kind %s, the draft of kind %s", s.Kind(), d.Kind)
	case place.Chain != d.Chain:
		return errors.New("the statement was signed for another chain")
	case place.Entry != d.Entry:
		return errors.New("the statement was signed under another entry id")
	case d.Salt == ledger.Salt{}:
		return errors.New("the draft has no salt")
	case decision != nil && !d.Decided:
		return errors.New("the statement rests on a decision that the draft does not ask to check")
	case decision != nil && decision.AsOf != d.AsOf:
		return fmt.Errorf("the statement was decided as of %d, the draft as of %d", decision.AsOf, d.AsOf)
	case decision != nil && !d.Until.IsZero() && !ledger.NewTime(d.Until).Equal(decision.Until.Time):
		return errors.New("the statement and the draft differ in how long the decision holds")
	}
	return nil
}
