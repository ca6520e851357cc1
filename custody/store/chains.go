package store

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
)

// OpenChain registers a chain, so that entries can be appended to it. Doing so
// twice is harmless.
//
// Durability: on disk when it returns nil.
// Errors: custody.ErrConflict when the name stands for another chain.
func (s *Store) OpenChain(ctx context.Context, chain custody.Chain) error {
	have, err := s.head(ctx, chain.ID)
	if errors.Is(err, custody.ErrNotFound) {
		err = s.alone(ctx, func(ctx context.Context, g *group) error { return g.openChain(ctx, chain) })
		if err == nil {
			return nil
		}
		if !errors.Is(err, errStands) {
			return fmt.Errorf("open a chain: %w", err)
		}
		have, err = s.head(ctx, chain.ID)
	}
	if err != nil {
		return fmt.Errorf("open a chain: %w", err)
	}
	if have.Chain != chain {
		return fmt.Errorf("open a chain: %w: chain %s is registered otherwise", custody.ErrConflict, chain.ID)
	}
	return nil
}

// errStands says that another process was first.
var errStands = errors.New("the chain is registered already")

func (g *group) openChain(ctx context.Context, chain custody.Chain) error {
	s, stands := g.store, false
	err := s.session.read(ctx, question{s.text.selectChain, []any{chain.ID[:]}, func(row scanner) error {
		stands = true
		_, err := scanHead(row)
		return err
	}})
	if err != nil {
		return err
	}
	if stands {
		return errStands
	}
	g.count++
	s.session.write(s.text.insertChain, chain.ID[:], int64(chain.Kind), chain.Nonce[:], string(chain.Case), s.chainMAC(chain))
	s.session.write(s.text.updateHead, signed(g.size), signed(g.count), s.headMAC(g.size, g.count))
	return nil
}

// alone runs a change in a transaction of its own, under the log's lock.
func (s *Store) alone(ctx context.Context, change func(ctx context.Context, g *group) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.broken != nil {
		return s.broken
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	s.memory.close()
	defer s.memory.reopen()
	g, err := s.openGroup(ctx, nil, true)
	if err == nil {
		err = change(ctx, g)
	}
	if err != nil {
		s.session.rollback(ctx)
		if s.damaged(err) {
			return s.breakDown(err)
		}
		return err
	}
	if err := s.commit(ctx, s.session, func() {}); err != nil {
		err = s.notCommitted(err)
		s.session.rollback(ctx)
		return err
	}
	return nil
}
