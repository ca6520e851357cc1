package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/custody"
	"custos.example/ledger/tree"
)

// Append places every draft of the request, or none. See custody.Store.
//
// Durability: on disk when it returns nil. When ctx ends while the request is
// being written, the outcome is unknown to the caller: the same request under
// the same key tells.
// Errors: custody.ErrInvalid, ErrConflict, ErrPushback (nothing was written: try
// again), ErrIntegrity.
func (s *Store) Append(ctx context.Context, request custody.Request) ([]custody.Placed, error) {
	p, err := s.prepareRequest(ctx, request)
	if err != nil {
		return nil, err
	}
	if done, err := s.writeAlone(ctx, p); err != nil {
		return nil, err
	} else if done {
		a := <-p.answer
		return a.placed, a.err
	}
	if err := s.enqueue(p); err != nil {
		return nil, err
	}
	select {
	case a := <-p.answer:
		return a.placed, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("append: the outcome is not known: %w", ctx.Err())
	}
}

// writeAlone writes a request in its caller's own goroutine when nobody else
// writes or waits, which spares a lone caller two changes of goroutine, and says
// whether it did.
func (s *Store) writeAlone(ctx context.Context, p *pending) (bool, error) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return false, errClosing
	}
	if s.crowded.Load() || len(s.queue) > 0 || !s.writing.TryLock() {
		return false, nil
	}
	defer s.writing.Unlock()
	s.writeGroup(context.WithoutCancel(ctx), []*pending{p})
	return true, nil
}

var errClosing = fmt.Errorf("append: %w: the store is closing", custody.ErrPushback)

func (s *Store) enqueue(p *pending) error {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return errClosing
	}
	select {
	case s.queue <- p:
		return nil
	default:
		return fmt.Errorf("append: %w: %d requests are waiting", custody.ErrPushback, cap(s.queue))
	}
}

// crowd is the size of a group after which nobody writes alone: what one would
// write is cheaper in the next group.
const crowd = 8

// serve writes what is queued, a group at a time. It ends when the queue is
// closed and empty.
func (s *Store) serve(ctx context.Context) {
	defer close(s.done)
	for first := range s.queue {
		s.writing.Lock()
		group := s.gather(first)
		s.crowded.Store(len(group) >= crowd)
		s.writeGroup(ctx, group)
		s.writing.Unlock()
	}
}

// fairGroup is how many requests a group takes whenever so many wait. Of more than
// that it takes half: the callers who are answered prepare and sign what comes next
// while the other half is written. If it took all, writer and callers would wait for
// each other in turn.
const fairGroup = 32

// gather returns first and what else is waiting, up to one batch.
func (s *Store) gather(first *pending) []*pending {
	group, drafts := []*pending{first}, len(first.items)
	most := min(s.config.MaxBatch, max(fairGroup, (len(s.queue)+1)/2))
	for len(group) < most && drafts < maxDrafts {
		select {
		case p, ok := <-s.queue:
			if !ok {
				return group
			}
			group, drafts = append(group, p), drafts+len(p.items)
		default:
			return group
		}
	}
	return group
}

// writeGroup commits a group in one transaction and answers every request. ctx
// never ends: a caller who leaves must not end what others share. The caller
// holds writing.
func (s *Store) writeGroup(ctx context.Context, group []*pending) {
	live := group[:0]
	for _, p := range group {
		if err := p.left(); err != nil {
			p.answer <- answer{err: fmt.Errorf("append: not written: %w", err)}
			continue
		}
		live = append(live, p)
	}
	for len(live) > 0 {
		err := s.tryGroup(ctx, live)
		if err == nil {
			return
		}
		s.session.rollback(ctx)
		refused, some := errors.AsType[unsealed](err)
		if !some {
			for _, p := range live {
				p.answer <- answer{err: err}
			}
			return
		}
		for p, err := range refused {
			p.answer <- answer{err: err}
		}
		live = slices.DeleteFunc(live, func(p *pending) bool { return refused[p] != nil })
	}
}

// tryGroup returns an error when no request of the group has been answered: unsealed
// when the rest can be written without some of them.
//
// Where nobody else writes, entry ids are not looked up first: a stored one is a
// request made again, which is rare. It is then either refused its place, since what
// it was decided on has changed, or by the schema, in which an id stands once: the
// group is begun again, and looks.
func (s *Store) tryGroup(ctx context.Context, live []*pending) error {
	if s.broken != nil {
		return s.broken
	}
	looking := !s.db.dialect.exclusive
	err := s.writeOnce(ctx, live, looking)
	_, refused := errors.AsType[unsealed](err)
	if !looking && (refused || errors.Is(err, errLook) || s.db.dialect.constraint(err)) {
		s.session.rollback(ctx)
		err = s.writeOnce(ctx, live, true)
		_, refused = errors.AsType[unsealed](err)
	}
	if err == nil || refused {
		return err
	}
	return s.notCommitted(err)
}

var errLook = errors.New("a draft has no place: it may stand in the record already")

// writeOnce places, writes and commits a group, and answers its requests unless it
// returns an error.
// Errors: errLook when a request is refused and nobody looked for its ids; unsealed.
func (s *Store) writeOnce(ctx context.Context, live []*pending, looking bool) error {
	g, err := s.openGroup(ctx, live, looking)
	if err != nil {
		return err
	}
	answers := make([]answer, len(live))
	for i, p := range live {
		answers[i].placed, answers[i].err = g.place(ctx, p)
		if err := answers[i].err; !looking && (errors.Is(err, custody.ErrConflict) || errors.Is(err, custody.ErrInvalid)) {
			return errLook
		}
	}
	deliver := func() {
		s.memory.end(g)
		for i, p := range live {
			p.answer <- answers[i]
		}
	}
	if len(g.entries) == 0 {
		s.session.rollback(ctx)
		deliver()
		return nil
	}
	if err := g.seal(ctx); err != nil {
		return err
	}
	if err := g.write(ctx); err != nil {
		return err
	}
	s.memory.begin(g)
	if err := s.commit(ctx, s.session, deliver); err != nil {
		s.memory.close() // what is on disk is not known
		s.memory.reopen()
		return err
	}
	s.edge = g.next
	if s.openAt = g.size; g.ended {
		s.openAt = 0
	}
	if s.db.dialect.exclusive {
		s.heads.keep(g)
	}
	s.signalGrowth()
	s.written(len(g.entries))
	return nil
}

// notWritten classifies an error from before the commit.
func (s *Store) notWritten(err error) error {
	if s.damaged(err) {
		return s.breakDown(err)
	}
	return fmt.Errorf("append: %w: nothing was written: %w", custody.ErrPushback, err)
}

// damaged says whether an error means that what is stored contradicts itself.
func (s *Store) damaged(err error) bool {
	return errors.Is(err, custody.ErrIntegrity) || errors.Is(err, tree.ErrIntegrity) || s.db.dialect.constraint(err)
}

// notCommitted classifies an error of a group: one of the commit that left its
// outcome unknown ends all writing, since a failed sync may have lost what it covers.
func (s *Store) notCommitted(err error) error {
	if errors.Is(err, errUnknownOutcome) {
		s.session.discard()
		return s.breakDown(err)
	}
	return s.notWritten(err)
}

func (s *Store) signalGrowth() {
	select {
	case s.grown <- struct{}{}:
	default:
	}
}
