package store

import (
	"bytes"
	"math"
	"slices"
	"sync"

	"custos.example/custody"
	"custos.example/ledger"
)

// Bounds of what a memory holds; beyond them it begins anew.
const (
	maxShelves    = 4096
	maxShelfBytes = 1 << 20
	maxMemory     = 32 << 20
)

// memory keeps facts as they were read, and the head of the log as it was
// written, so that what every decision asks for is read from the database once and
// not each time. It is used where no other process can write: what it answers is
// what the database would.
//
// Trust: a change takes the facts that it touches out before it is committed, and
// nothing that was read before the change ended is kept: no answer is older than the
// size of the log that anybody was told. Rows that were edited from outside are seen
// with the next entry that is written.
//
// A nil memory remembers nothing. It is safe for concurrent use.
type memory struct {
	mu      sync.Mutex
	turn    uint64 // counts beginnings and ends of changes
	since   uint64 // what was asked for before this turn is not kept
	shut    bool   // a change that may touch anything is under way
	moving  map[shelf]struct{}
	shelves map[shelf]*contents
	bytes   int
	version int64 // of the database as the writer saw it last

	sized bool // size and heads are known
	size  uint64
	heads map[ledger.ChainID]head
}

// shelf is where facts lie together.
type shelf struct {
	id         custody.CaseID
	collection string
}

// contents are the newest facts of a shelf, as far as they were asked for.
type contents struct {
	changed uint64 // the turn in which the shelf was changed last
	facts   map[string]remembered
	listed  bool
	list    []remembered // all of them, by key
}

// remembered is the newest version of a fact, or that there is none.
// Shape: a fact that was withdrawn has no Value.
type remembered struct {
	none  bool
	index uint64
	custody.Record
}

// current says whether the newest version is also that as of asOf.
func (r remembered) current(asOf uint64) bool { return asOf == 0 || r.none || r.index < asOf }

// record returns a copy of the record.
func (r remembered) record() custody.Record {
	r.Value = bytes.Clone(r.Value)
	return r.Record
}

func newMemory() *memory {
	return &memory{moving: map[shelf]struct{}{}, shelves: map[shelf]*contents{}}
}

// asked returns the turn before a question that is to be remembered.
func (m *memory) asked() uint64 {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.turn
}

// find returns the newest version of a fact when it is known.
func (m *memory) find(at shelf, blinded string) (remembered, bool) {
	if m == nil {
		return remembered{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.shelves[at]; held != nil && !m.changing(at) {
		r, known := held.facts[blinded]
		return r, known
	}
	return remembered{}, false
}

// list returns the newest versions of all facts of a shelf when they are known,
// also as of asOf.
func (m *memory) list(at shelf, asOf uint64) ([]custody.Record, bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.shelves[at]
	if held == nil || !held.listed || m.changing(at) {
		return nil, false
	}
	for i := range held.list {
		if !held.list[i].current(asOf) {
			return nil, false
		}
	}
	return recordsOf(held.list), true
}

// recordsOf returns copies of the records, without those that were withdrawn.
func recordsOf(all []remembered) []custody.Record {
	records := make([]custody.Record, 0, len(all))
	for i := range all {
		if all[i].Value != nil {
			records = append(records, all[i].record())
		}
	}
	return records
}

// keep remembers one fact that was asked for in a turn.
func (m *memory) keep(asked uint64, at shelf, blinded string, r remembered) {
	if m == nil || len(r.Value) > maxShelfBytes {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.open(asked, at, len(blinded)+len(r.Key)+len(r.Value))
	if held == nil {
		return
	}
	if held.facts == nil {
		held.facts = map[string]remembered{}
	}
	r.Value = bytes.Clone(r.Value)
	held.facts[blinded] = r
}

// keepAll remembers all facts of a shelf.
func (m *memory) keepAll(asked uint64, at shelf, all []remembered) {
	if m == nil {
		return
	}
	size := 0
	for _, r := range all {
		size += len(r.Key) + len(r.Value)
	}
	if size > maxShelfBytes {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.open(asked, at, size)
	if held == nil {
		return
	}
	held.listed, held.list = true, slices.Clone(all)
	for i := range held.list {
		held.list[i].Value = bytes.Clone(all[i].Value)
	}
}

// open returns the shelf on which something of that size is to be kept, or nil
// when it may be out of date.
func (m *memory) open(asked uint64, at shelf, size int) *contents {
	if asked < m.since || m.changing(at) {
		return nil
	}
	held := m.shelves[at]
	if held != nil && asked < held.changed {
		return nil
	}
	if m.bytes+size > maxMemory || held == nil && len(m.shelves) >= maxShelves {
		m.empty()
		held = nil
	}
	if held == nil {
		held = &contents{}
		m.shelves[at] = held
	}
	m.bytes += size
	return held
}

func (m *memory) changing(at shelf) bool {
	_, moves := m.moving[at]
	return moves || m.shut
}

// empty forgets every fact. What was asked for before is not kept.
func (m *memory) empty() {
	m.turn++
	m.since, m.bytes = m.turn, 0
	m.shelves = map[shelf]*contents{}
}

// begin takes out what a group is about to change, until the group ends.
func (m *memory) begin(g *group) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	for i := range g.entries {
		for _, f := range g.entries[i].facts {
			m.moving[shelf{f.id, f.collection}] = struct{}{}
		}
	}
}

// end says that a group has been committed.
func (m *memory) end(g *group) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn++
	for at := range m.moving {
		if m.shelves[at] == nil && len(m.shelves) >= maxShelves {
			m.empty()
		}
		m.shelves[at] = &contents{changed: m.turn}
	}
	clear(m.moving)
	if !m.sized || len(m.heads)+len(g.chains) > maxHeads {
		m.heads = make(map[ledger.ChainID]head, len(g.chains))
	}
	for id, newest := range g.chains {
		m.heads[id] = *newest
	}
	m.sized, m.size = true, g.size
}

// close forgets everything and keeps nothing until reopen.
func (m *memory) close() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut, m.sized, m.heads = true, false, nil
	m.empty()
	clear(m.moving)
}

// reopen ends what close began.
func (m *memory) reopen() {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shut = false
	m.empty()
}

// seen forgets everything when the database was changed by somebody else.
func (m *memory) seen(version int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version != version {
		m.version, m.sized, m.heads = version, false, nil
		m.empty()
	}
}

// askVersion asks whether the database was changed over another connection.
func (m *memory) askVersion() question {
	return question{`PRAGMA data_version`, nil, func(row scanner) error {
		var version int64
		err := row.Scan(&version)
		m.seen(version)
		return err
	}}
}

// length returns the size of the log when it is known.
func (m *memory) length() (uint64, bool) {
	if m == nil {
		return 0, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size, m.sized && !m.shut
}

// head returns the newest entry of a chain when it is known.
func (m *memory) head(id ledger.ChainID) (head, bool) {
	if m == nil {
		return head{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	h, known := m.heads[id]
	return h, known && m.sized && !m.shut
}

// recent says whether asOf is so near the end of the log that what is asked for as
// of then is likely the newest.
func (m *memory) recent(asOf uint64) bool {
	if m == nil {
		return false
	}
	size, known := m.length()
	return asOf == 0 || asOf > math.MaxInt64 || known && asOf+recentEntries >= size
}

// recentEntries is how many entries may be added while somebody decides.
const recentEntries = 1024
