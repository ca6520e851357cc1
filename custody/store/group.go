package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/tree/sqltree"
)

// group is what one transaction knows and adds. Requests are placed one after
// the other in memory; nothing is sent to the database before all are.
type group struct {
	store  *Store
	now    time.Time
	locked bool // log_head has been read

	size, count uint64 // entries and chains of the log
	chains      map[ledger.ChainID]*head
	scopes      map[custody.CaseID]uint64  // 1 + index of the newest entry that can change a decision
	requests    map[ledger.EntryID]request // by the entry id of the first part
	ids         map[ledger.EntryID]struct{}
	seen        map[seat]ledger.Commitment // stored entries that a draft may come after
	edge        map[int64]ledger.Digest    // nodes that the first new leaf may need
	next        edge                       // the edge after this group
	ended       bool                       // the newest entry closes the log

	entries []placedItem
	moved   map[custody.CaseID]struct{} // scopes to write
}

// seat is a place in a chain.
type seat struct {
	chain ledger.ChainID
	n     uint64
}

// head is a chain with its newest entry.
type head struct {
	custody.Chain
	mac    string
	n      uint64
	newest ledger.Commitment
}

// request is what is known of a request that has its place. placed is filled for
// the requests of this group only.
type request struct {
	digest      ledger.Digest
	first, size uint64
	placed      []custody.Placed
}

// part says where in its request an entry stands. The digest is that of part 0,
// and zero in the others.
type part struct {
	digest       ledger.Digest
	number, size uint64
}

type placedItem struct {
	*item
	custody.Placed
	by    *pending // the request it is part of
	part  part
	nodes []byte // what the entry adds to the tree
	mac   string // of its row
	facts []fact
}

// fact is a row of the table facts.
type fact struct {
	index      uint64
	id         custody.CaseID
	collection string
	blinded    string
	sealed     []byte
}

// openGroup takes the lock of the log and reads what the requests need: the
// heads of their chains in name order, then their keys, of which those of the
// entries only when it is looking for them.
func (s *Store) openGroup(ctx context.Context, live []*pending, looking bool) (*group, error) {
	g := &group{
		store: s, chains: map[ledger.ChainID]*head{}, scopes: map[custody.CaseID]uint64{},
		requests: map[ledger.EntryID]request{}, ids: map[ledger.EntryID]struct{}{}, seen: map[seat]ledger.Commitment{},
		moved: map[custody.CaseID]struct{}{},
	}
	drafts := 0
	for _, p := range live {
		drafts += len(p.items)
	}
	g.entries = make([]placedItem, 0, drafts)
	first := []question{g.askHead()}
	if !s.db.dialect.exclusive {
		first = append(first, g.askChains(live)...)
	}
	if err := s.session.begin(ctx, first...); err != nil {
		return nil, err
	}
	if g.now = s.config.Clock.Now().UTC(); !g.locked {
		return nil, fmt.Errorf("%w: log_head has no row: check the store with fsck", custody.ErrIntegrity)
	}
	if s.db.dialect.exclusive {
		if err := s.session.read(ctx, append(g.askChains(live), s.memory.askVersion())...); err != nil {
			return nil, err
		}
	}
	if err := s.session.read(ctx, g.askRest(live, looking)...); err != nil {
		return nil, err
	}
	return g, nil
}

// place gives every draft of the request its place, or none.
func (g *group) place(ctx context.Context, p *pending) ([]custody.Placed, error) {
	if first, ok := g.requests[p.items[0].Entry]; ok {
		return g.placeAgain(ctx, p, first)
	}
	trial := g.try()
	placed := make([]custody.Placed, len(p.items))
	for i := range p.items {
		it := &p.items[i]
		at, err := trial.place(it)
		if err != nil {
			return nil, it.refusal(err)
		}
		placed[i] = at
	}
	g.accept(p, trial, placed)
	return placed, nil
}

// placeAgain answers a request that has its place.
func (g *group) placeAgain(ctx context.Context, p *pending, first request) ([]custody.Placed, error) {
	if first.digest != p.digest {
		return nil, fmt.Errorf("append: %w: this request id already stands for another request: use a new one", custody.ErrConflict)
	}
	if first.size != uint64(len(p.items)) {
		return nil, fmt.Errorf("append: %w: this request id already stands for %d entries, not %d", custody.ErrConflict, first.size, len(p.items))
	}
	if first.placed != nil {
		return first.placed, nil
	}
	return g.store.placesAt(ctx, first.first, first.size)
}

// accept makes a whole request part of the group.
func (g *group) accept(p *pending, t *trial, placed []custody.Placed) {
	g.requests[p.items[0].Entry] = request{digest: p.digest, first: g.size, size: uint64(len(placed)), placed: placed}
	at := part{p.digest, 0, uint64(len(placed))}
	for i := range p.items {
		it := &p.items[i]
		g.entries = append(g.entries, placedItem{item: it, Placed: placed[i], by: p, part: at})
		at = part{number: at.number + 1, size: at.size}
		g.ids[it.Entry] = struct{}{}
		if it.Changes {
			g.scopes[it.Case] = uint64(placed[i].Index) + 1
			g.moved[it.Case] = struct{}{}
		}
	}
	for id, h := range t.chains {
		*g.chains[id] = h
	}
	g.ended = t.ended
	g.size += uint64(len(placed))
}

// trial is a request being placed: heads as they would be after it. The group
// is untouched until all of it has been placed.
type trial struct {
	group  *group
	size   uint64
	chains map[ledger.ChainID]head
	ids    map[ledger.EntryID]struct{}
	ended  bool
}

func (g *group) try() *trial {
	return &trial{group: g, size: g.size, ended: g.ended, chains: map[ledger.ChainID]head{}, ids: map[ledger.EntryID]struct{}{}}
}

// place checks one draft against the record and returns its place.
// Errors: custody.ErrInvalid, custody.ErrConflict.
func (t *trial) place(it *item) (custody.Placed, error) {
	h, ok := t.chains[it.Chain]
	if !ok {
		stored, ok := t.group.chains[it.Chain]
		if !ok {
			return custody.Placed{}, fmt.Errorf("%w: its chain has not been opened", custody.ErrInvalid)
		}
		h = *stored
	}
	if err := t.check(it, h); err != nil {
		return custody.Placed{}, err
	}
	placed := custody.Placed{Chain: it.Chain, N: h.n + 1, Index: ledger.Index(t.size), Prev: h.newest}
	placed.Commitment = ledger.Commit(placed.Chain, placed.N, placed.Prev, it.inner)
	h.n, h.newest = placed.N, placed.Commitment
	t.chains[it.Chain], t.ids[it.Entry] = h, struct{}{}
	t.size++
	t.ended = it.info.Kind == lastKind
	return placed, nil
}

// lastKind is the kind of the entry that closes a log: nothing stands behind it.
var lastKind = ledger.KindOf((*ledger.LogClosed)(nil))

func (t *trial) check(it *item, h head) error {
	if t.ended {
		return fmt.Errorf("%w: the log is closed: entry %d is its last", custody.ErrInvalid, t.size-1)
	}
	if h.Case != it.Case {
		return fmt.Errorf("%w: the chain is not one of this case", custody.ErrInvalid)
	}
	if !it.info.On(h.Kind) {
		return fmt.Errorf("%w: %s does not belong on a chain of kind %s", custody.ErrInvalid, it.info.Kind, h.Kind)
	}
	_, stored := t.group.ids[it.Entry]
	if _, own := t.ids[it.Entry]; stored || own {
		return fmt.Errorf("%w: an entry of this id stands in the record already", custody.ErrConflict)
	}
	if it.after.N != 0 {
		if got, ok := t.group.after(it.Chain, it.after.N); !ok || got != it.after.Commitment {
			return fmt.Errorf("%w: it was signed after entry %d of the chain, and that entry is another", custody.ErrInvalid, it.after.N)
		}
	}
	if it.Decided {
		return t.group.holds(it)
	}
	if changed := t.group.scopes[""]; it.Keys > 0 && changed > it.Keys {
		return fmt.Errorf("%w: entry %d may have ended a key that signed, which was seen in force as of %d: %w", custody.ErrConflict, changed-1, it.Keys, errOvertaken)
	}
	return nil
}

// after returns the commitment that stands at n of the chain. An entry of the
// same group has not been told to anyone, so that nothing can come after it.
func (g *group) after(chain ledger.ChainID, n uint64) (ledger.Commitment, bool) {
	c, ok := g.seen[seat{chain, n}]
	return c, ok
}

var errOvertaken = errors.New("decide again, sign again, and append that")

// holds returns nil when what the draft was decided on still stands. Entries
// that its own request adds are no reason to decide again.
func (g *group) holds(it *item) error {
	for _, scope := range [...]custody.CaseID{"", it.Case, it.Within} {
		if changed := g.scopes[scope]; changed > it.AsOf {
			return fmt.Errorf("%w: entry %d may change the decision, which was taken as of %d: %w",
				custody.ErrConflict, changed-1, it.AsOf, errOvertaken)
		}
	}
	if !it.Until.IsZero() && g.now.After(it.Until) {
		return fmt.Errorf("%w: what the decision rests on ended at %s: %w",
			custody.ErrConflict, it.Until.UTC().Format(time.RFC3339), errOvertaken)
	}
	return nil
}

// write adds the rows of the group to the transaction.
func (g *group) write(ctx context.Context) error {
	s := g.store
	if !s.config.ExternalTree {
		leaves := make([][]byte, len(g.entries))
		for i := range g.entries {
			leaves[i] = g.entries[i].Commitment.Leaf()
		}
		if err := sqltree.Append(ctx, txNodes{g}, g.size-uint64(len(leaves)), leaves); err != nil {
			return err
		}
	}
	g.writeEntries()
	g.writeFacts()
	for id := range g.moved {
		s.session.write(s.text.upsertScope, string(id), signed(g.scopes[id]-1))
	}
	s.session.write(s.text.updateHead, signed(g.size), signed(g.count), s.headMAC(g.size, g.count))
	return nil
}
