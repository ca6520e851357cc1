package blob

import (
	"encoding/hex"
	"sync"

	"custos.example/ledger"
)

// maxIndexed is how many small payloads an index holds before it forgets a
// case, some 10 MiB.
const maxIndexed = 1 << 16

// index remembers the addresses of small payloads by salted digest. It can be
// lost at any time, and forgets the cases that were not asked for the longest,
// so that a process does not grow with its record. A case is forgotten whole,
// since it is found again by one look through all of it.
type index struct {
	mu    sync.Mutex
	cases map[string]*indexed
	count int    // of all cases
	turn  uint64 // counts the uses
}

// indexed is what an index holds of one case.
type indexed struct {
	addresses map[ledger.Digest][32]byte
	used      uint64 // the turn of the last use
}

func (x *index) get(id string, digest ledger.Digest) (string, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	in := x.cases[id]
	if in == nil {
		return "", false
	}
	x.turn++
	in.used = x.turn
	address, ok := in.addresses[digest]
	return hex.EncodeToString(address[:]), ok
}

func (x *index) put(id string, digest ledger.Digest, address string) {
	if !isAddress(address) {
		return // it is found by looking
	}
	var short [32]byte
	_, _ = hex.Decode(short[:], []byte(address)) // it is 64 hexadecimal digits
	x.mu.Lock()
	defer x.mu.Unlock()
	in := x.cases[id]
	if in == nil {
		if x.cases == nil {
			x.cases = map[string]*indexed{}
		}
		in = &indexed{addresses: map[ledger.Digest][32]byte{}}
		x.cases[id] = in
	}
	x.turn++
	in.used = x.turn
	before := len(in.addresses)
	in.addresses[digest] = short
	x.count += len(in.addresses) - before
	for x.count > maxIndexed && len(x.cases) > 1 {
		x.forget()
	}
}

// forget forgets the case that was not used for the longest.
func (x *index) forget() {
	oldest, at := "", x.turn
	for id, in := range x.cases {
		if in.used < at {
			oldest, at = id, in.used
		}
	}
	x.count -= len(x.cases[oldest].addresses)
	delete(x.cases, oldest)
}
