package blob

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"custos.example/ledger"
)

// maxIndexed is how many small payloads an index holds before it forgets a
// case, in 10 MiB. One case has at most a quarter of it, so that two large
// ones never push each other out.
const maxIndexed = 1 << 19

// perCase is how many payloads a case weighs, of which little is held: there are at
// most as many cases as that goes into the bound.
const perCase = 16

// index remembers where small payloads lie by salted digest. It can be lost at
// any time, and forgets the cases that were not asked for the longest, so that a
// process does not grow with its record. A case is forgotten whole, since it is
// found again by one look through all of it.
type index struct {
	mu    sync.Mutex
	bound int // 0 = maxIndexed
	cases map[string]*indexed
	table table  // of beginnings only, which are a fifth of the whole: whoever looks something up compares what lies there
	count int    // of all cases
	turn  uint64 // counts the uses
	last  uint32 // number that was given to a case
}

// indexed is a case of which an index holds something.
type indexed struct {
	number uint32 // in the table, of this case alone
	held   int
	used   uint64 // the turn of the last use
}

// head is the beginning of an address: the folder, and which of its few hundred files.
type head [4]byte

// String returns the digits with which the address begins.
func (h head) String() string { return hex.EncodeToString(h[:]) }

// beginningOf returns by what of its digest the table knows a payload.
func beginningOf(digest ledger.Digest) uint64 { return binary.BigEndian.Uint64(digest[:8]) }

func (x *index) get(id string, digest ledger.Digest) (head, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	in := x.cases[id]
	if in == nil {
		return head{}, false
	}
	x.turn++
	in.used = x.turn
	i, known := x.table.find(in.number, beginningOf(digest))
	if !known {
		return head{}, false
	}
	return x.table.slots[i].head, true
}

// put notes where a payload lies. A case that has its share takes in another only in
// the place of one that it had, and only if it is asked for.
func (x *index) put(id string, digest ledger.Digest, address string, asked bool) {
	if !isAddress(address) {
		return // it is found by looking
	}
	var short head
	_, _ = hex.Decode(short[:], []byte(address[:2*len(short)])) // they are hexadecimal digits
	x.mu.Lock()
	defer x.mu.Unlock()
	in, key := x.use(id), beginningOf(digest)
	i, known := x.table.find(in.number, key)
	if !known && in.held >= x.most()/4 {
		if !asked {
			return
		}
		x.table.remove(x.table.anyOf(in.number, i))
		in.held, x.count = in.held-1, x.count-1
		i, _ = x.table.find(in.number, key)
	}
	if !known {
		in.held, x.count = in.held+1, x.count+1
	}
	x.table.slots[i] = slot{key, in.number, short}
	if x.count > x.most() || len(x.cases) > x.most()/perCase {
		x.forget()
	}
}

// use returns a case, which is used now, and makes what is not there yet.
func (x *index) use(id string) *indexed {
	if x.cases == nil {
		x.cases, x.table = map[string]*indexed{}, newTable(x.most()+1)
	}
	in := x.cases[id]
	if in == nil {
		x.last++
		in = &indexed{number: x.last}
		x.cases[id] = in
	}
	x.turn++
	in.used = x.turn
	return in
}

func (x *index) most() int {
	if x.bound > 0 {
		return x.bound
	}
	return maxIndexed
}

// forget forgets the cases that were not used for the longest, until a sixteenth of
// both is free: each time costs a look at the whole table. The case in use is none of them.
func (x *index) forget() {
	byUse := slices.SortedFunc(maps.Keys(x.cases), func(a, b string) int { return cmp.Compare(x.cases[a].used, x.cases[b].used) })
	gone := map[uint32]bool{}
	enough := func(n, most int) bool { return n <= most-most/16 }
	for _, id := range byUse[:len(byUse)-1] {
		if enough(x.count, x.most()) && enough(len(x.cases), x.most()/perCase) {
			break
		}
		in := x.cases[id]
		gone[in.number] = true
		x.count -= in.held
		delete(x.cases, id)
	}
	x.table.removeAll(gone)
}

// findSmall returns a small payload by its salted digest: from where the index says
// that it lies, else after one look through all of the case, which is made by one
// at a time: who waited for it asks the index again.
// Errors: ErrNotFound, and those of Keys.
func (s *Store) findSmall(ctx context.Context, id string, salted ledger.Digest) (Ref, error) {
	if err := checkScope(id); err != nil {
		return Ref{}, err
	}
	ref, err := s.remembered(ctx, id, salted)
	if !errors.Is(err, ErrNotFound) {
		return ref, err
	}
	defer s.busy.lock("look through " + scope(id))()
	if ref, err = s.remembered(ctx, id, salted); !errors.Is(err, ErrNotFound) {
		return ref, err
	}
	return s.search(ctx, id, salted)
}

// remembered returns a small payload that lies where the index says.
// Errors: ErrNotFound also when what lay there was erased. The same content may have
// been kept anew under another salt: that is another payload.
func (s *Store) remembered(ctx context.Context, id string, salted ledger.Digest) (Ref, error) {
	h, known := s.salted.get(id, salted)
	if !known {
		return Ref{}, ErrNotFound
	}
	addresses, err := s.beginning(scope(id), h)
	if err != nil {
		return Ref{}, err
	}
	for _, address := range addresses {
		ref, err := s.Stat(ctx, id, address)
		if err == nil && ledger.SaltedDigest(ref.Salt, ref.SHA256) == salted || err != nil && !errors.Is(err, ErrNotFound) {
			return ref, err
		}
	}
	return Ref{}, ErrNotFound
}

// beginning returns the addresses that begin so and have a key file, in order.
func (s *Store) beginning(scope string, h head) ([]string, error) {
	dir, err := os.Open(filepath.Join(s.dir, scope, h.String()[:2]))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	names, err := dir.Readdirnames(-1) // unsorted, which is quicker where there are many
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	var out []string
	for _, name := range names {
		address, ok := strings.CutSuffix(name, keySuffix)
		if ok && isAddress(address) && strings.HasPrefix(address, h.String()) {
			out = append(out, address)
		}
	}
	slices.Sort(out)
	return out, nil
}
