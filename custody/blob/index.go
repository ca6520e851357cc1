package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"custos.example/ledger"
)

// maxIndexed is how many small payloads an index holds before it forgets a
// case, some 13 MiB. One case has at most a quarter of it, so that two large
// ones never push each other out.
const maxIndexed = 1 << 19

// index remembers where small payloads lie by salted digest. It can be lost at
// any time, and forgets the cases that were not asked for the longest, so that a
// process does not grow with its record. A case is forgotten whole, since it is
// found again by one look through all of it.
type index struct {
	mu    sync.Mutex
	bound int // 0 = maxIndexed
	cases map[string]*indexed
	count int    // of all cases
	turn  uint64 // counts the uses
}

// indexed is what an index holds of one case: beginnings only, which are a fifth of
// the whole. Whoever looks something up compares what lies there with what was asked.
type indexed struct {
	heads map[[8]byte]head // by the beginning of the digest
	used  uint64           // the turn of the last use
}

// head is the beginning of an address: the folder, and which of its few hundred files.
type head [4]byte

// String returns the digits with which the address begins.
func (h head) String() string { return hex.EncodeToString(h[:]) }

func (x *index) get(id string, digest ledger.Digest) (head, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	in := x.cases[id]
	if in == nil {
		return head{}, false
	}
	x.turn++
	in.used = x.turn
	h, ok := in.heads[[8]byte(digest[:8])]
	return h, ok
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
	in := x.cases[id]
	if in == nil {
		if x.cases == nil {
			x.cases = map[string]*indexed{}
		}
		in = &indexed{heads: map[[8]byte]head{}}
		x.cases[id] = in
	}
	x.turn++
	in.used = x.turn
	key := [8]byte(digest[:8])
	if _, known := in.heads[key]; !known {
		if len(in.heads) >= x.most()/4 && (!asked || !x.drop(in)) {
			return
		}
		x.count++
	}
	in.heads[key] = short
	for x.count > x.most() {
		x.forget()
	}
}

func (x *index) most() int {
	if x.bound > 0 {
		return x.bound
	}
	return maxIndexed
}

// drop makes room in a case for one more.
func (x *index) drop(in *indexed) bool {
	for key := range in.heads {
		delete(in.heads, key)
		x.count--
		return true
	}
	return false
}

// forget forgets the case that was not used for the longest.
func (x *index) forget() {
	oldest, at := "", x.turn
	for id, in := range x.cases {
		if in.used < at {
			oldest, at = id, in.used
		}
	}
	x.count -= len(x.cases[oldest].heads)
	delete(x.cases, oldest)
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
