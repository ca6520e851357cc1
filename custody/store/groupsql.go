package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
)

// askHead reads the head of the log and locks it: whoever holds this row is the
// one writer.
func (g *group) askHead() question {
	return question{g.store.text.lockHead, nil, func(row scanner) error {
		h, err := scanHeadRow(row)
		if err != nil {
			return err
		}
		g.size, g.count, g.locked = h.size, h.chains, true
		m, is, err := g.store.markOf(h)
		if is {
			err = movedError{m}
		}
		return err
	}}
}

// askChains reads the chains that the requests name, with their newest entries;
// all but those whose heads the one writer knows. Nobody else adds to them: the
// lock of the log's head is held.
func (g *group) askChains(live []*pending) []question {
	names := map[ledger.ChainID]struct{}{}
	for _, p := range live {
		for i := range p.items {
			id := p.items[i].Chain
			if h, ok := g.store.heads.at(g.size)[id]; ok {
				g.chains[id], g.seen[seat{id, h.n}] = &h, h.newest
				continue
			}
			names[id] = struct{}{}
		}
	}
	sorted := slices.SortedFunc(maps.Keys(names), func(a, b ledger.ChainID) int { return slices.Compare(a[:], b[:]) })
	var all []question
	for ids := range slices.Chunk(sorted, maxList) {
		list, args := inList(len(ids), func(i int) any { return ids[i][:] })
		text := `SELECT ` + chainColumns + ` FROM chains c WHERE c.id IN ` + list + ` ORDER BY c.id`
		all = append(all, question{text, args, func(row scanner) error {
			h, err := scanHead(row)
			if err == nil {
				g.chains[h.ID] = &h
				g.seen[seat{h.ID, h.n}] = h.newest
			}
			return err
		}})
	}
	return all
}

// askRest returns the other questions whose answers place and write need. It asks
// for stored entries of the drafts' ids when looking.
func (g *group) askRest(live []*pending, looking bool) []question {
	scopes, seats := map[custody.CaseID]struct{}{}, map[seat]struct{}{}
	var keys []entryKey
	for _, p := range live {
		for i := range p.items {
			it := &p.items[i]
			if looking {
				keys = append(keys, it.key)
			}
			if it.Keys > 0 {
				scopes[""] = struct{}{}
			}
			if it.Decided {
				scopes[it.Case], scopes[it.Within], scopes[""] = struct{}{}, struct{}{}, struct{}{}
			}
			if h := g.chains[it.Chain]; h != nil && it.after.N > 0 && it.after.N < h.n {
				seats[seat{it.Chain, it.after.N}] = struct{}{}
			}
		}
	}
	var all []question
	if g.size > 0 && g.size != g.store.openAt {
		all = append(all, g.askEnd())
	}
	for some := range slices.Chunk(keys, maxList) {
		all = append(all, g.askKnown(some))
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(scopes)), maxList) {
		all = append(all, g.askScopes(some))
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(seats)), maxList/2) {
		all = append(all, g.askSeats(some))
	}
	if edge := g.store.edge; edge.size == g.size && g.store.db.dialect.exclusive {
		g.edge = edge.nodes
	} else if indexes := rightEdge(g.size); len(indexes) > 0 && len(live) > 0 && !g.store.config.ExternalTree {
		all = append(all, g.askEdge(indexes))
	}
	return all
}

// askEnd reads whether the newest entry closes the log.
func (g *group) askEnd() question {
	return question{`SELECT kind FROM entries WHERE idx = $1`, []any{signed(g.size - 1)}, func(row scanner) error {
		var kind string
		err := row.Scan(&kind)
		g.ended = ledger.Kind(kind) == lastKind
		return err
	}}
}

// inList returns the text of "column IN (...)" for n values in parameters from the
// first, and the values padded with the last one to a prepared length.
func inList(n int, value func(int) any) (string, []any) {
	length := listLength(n)
	args := make([]any, length)
	for i := range args {
		args[i] = value(min(i, n-1))
	}
	return "(" + placeholders(1, length) + ")", args
}

// askKnown looks up the entry ids, of which none is stored unless the same
// request was made before.
func (g *group) askKnown(keys []entryKey) question {
	list, args := inList(len(keys), func(i int) any { return keys[i][:] })
	return question{`SELECT idx, entry_key, request_digest, request_size FROM entries WHERE entry_key IN ` + list, args, func(row scanner) error {
		var r request
		var key, digest []byte
		var first, size int64
		if err := row.Scan(&first, &key, &digest, &size); err != nil {
			return err
		}
		id, err := g.store.idOf(key)
		if err != nil {
			return err
		}
		g.ids[id] = struct{}{}
		if digest == nil { // not the first of its request
			return nil
		}
		if err := fill(r.digest[:], digest); err != nil {
			return err
		}
		r.first, r.size = unsigned(first), unsigned(size)
		g.requests[id] = r
		return nil
	}}
}

func (g *group) askScopes(ids []custody.CaseID) question {
	list, args := inList(len(ids), func(i int) any { return string(ids[i]) })
	return question{`SELECT case_id, decided FROM scopes WHERE case_id IN ` + list, args, func(row scanner) error {
		var id string
		var decided int64
		if err := row.Scan(&id, &decided); err != nil {
			return err
		}
		g.scopes[custody.CaseID(id)] = unsigned(decided) + 1
		return nil
	}}
}

func (g *group) askSeats(seats []seat) question {
	length := listLength(len(seats))
	args := make([]any, 0, 2*length)
	for i := range length {
		at := seats[min(i, len(seats)-1)]
		args = append(args, at.chain[:], signed(at.n))
	}
	return question{g.store.text.seats[length], args, func(row scanner) error {
		var chain, commitment []byte
		var n int64
		if err := row.Scan(&chain, &n, &commitment); err != nil {
			return err
		}
		var at seat
		var c ledger.Commitment
		if err := fill(at.chain[:], chain, c[:], commitment); err != nil {
			return err
		}
		at.n = unsigned(n)
		g.seen[at] = c
		return nil
	}}
}

func scanHead(row scanner) (head, error) {
	var h head
	var id, nonce, newest []byte
	var kind, n int64
	var name string
	if err := row.Scan(&id, &kind, &nonce, &name, &h.mac, &n, &newest); err != nil {
		return h, err
	}
	h.Kind, h.Case, h.n = chainKind(kind), custody.CaseID(name), unsigned(n)
	if h.Kind == noKind {
		return h, fmt.Errorf("chain %x: %w: its kind is %d", id, custody.ErrIntegrity, kind)
	}
	if newest == nil {
		newest = make([]byte, len(h.newest))
	}
	return h, fill(h.ID[:], id, h.Nonce[:], nonce, h.newest[:], newest)
}

var errWidth = errors.New("a stored value has the wrong length")

// fill copies pairs of (fixed, read) bytes.
// Errors: custody.ErrIntegrity when the lengths differ.
func fill(pairs ...[]byte) error {
	for pair := range slices.Chunk(pairs, 2) {
		if len(pair[0]) != len(pair[1]) {
			return fmt.Errorf("%w: %w: %d bytes, not %d", custody.ErrIntegrity, errWidth, len(pair[1]), len(pair[0]))
		}
		copy(pair[0], pair[1])
	}
	return nil
}

// placesAt reads the places that an earlier request was given.
func (s *Store) placesAt(ctx context.Context, first, count uint64) ([]custody.Placed, error) {
	placed := make([]custody.Placed, 0, count)
	err := s.session.read(ctx, question{s.text.placesAt, []any{signed(first), signed(first + count)}, func(row scanner) error {
		p, err := scanPlaced(row)
		if err == nil {
			placed = append(placed, p)
		}
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("append: read the first places: %w", err)
	}
	if uint64(len(placed)) != count {
		return nil, fmt.Errorf("append: %w: a request names entries that are not there: check the store with fsck", custody.ErrIntegrity)
	}
	return placed, nil
}

func scanPlaced(row scanner) (custody.Placed, error) {
	var p custody.Placed
	var index, n int64
	var chain, prev, commitment []byte
	if err := row.Scan(&index, &chain, &n, &prev, &commitment); err != nil {
		return p, err
	}
	p.Index, p.N = ledger.Index(unsigned(index)), unsigned(n)
	return p, fill(p.Chain[:], chain, p.Prev[:], prev, p.Commitment[:], commitment)
}
