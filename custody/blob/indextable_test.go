package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"custos.example/ledger"
)

// TestTableAgainstAMap puts, replaces and removes at random in small tables, as full as
// they may be and with homes that crowd at their ends, and compares with a map.
func TestTableAgainstAMap(t *testing.T) {
	t.Parallel()
	type name struct {
		number uint32
		key    uint64
	}
	random := rand.New(rand.NewPCG(1, 2))
	wrapped := 0
	for round := range 200 {
		most := 1 + random.IntN(60)
		table, want := newTable(most), map[name]head{}
		drawn := func() name {
			key := random.Uint64()
			if random.IntN(2) == 0 {
				key = ^uint64(0) - key%1000 // some of them at home in the last slots
			}
			return name{1 + random.Uint32N(5), key}
		}
		for range 400 {
			switch n := drawn(); {
			case random.IntN(20) == 0:
				table.removeAll(map[uint32]bool{n.number: true})
				for other := range want {
					if other.number == n.number {
						delete(want, other)
					}
				}
			case random.IntN(4) == 0 && len(want) > 0:
				for n = range want {
					break
				}
				i, known := table.find(n.number, n.key)
				if !known {
					t.Fatalf("round %d: %v is not found", round, n)
				}
				table.remove(i)
				delete(want, n)
			case len(want) < most:
				i, known := table.find(n.number, n.key)
				if _, is := want[n]; known != is {
					t.Fatalf("round %d: %v is known: %t", round, n, known)
				}
				h := head{byte(random.Uint32())}
				if table.slots[i], want[n] = (slot{n.key, n.number, h}), h; i < table.home(n.number, n.key) {
					wrapped++
				}
			}
			held := 0
			for _, s := range table.slots {
				if s.number != 0 {
					held++
				}
			}
			if held != len(want) {
				t.Fatalf("round %d: %d entries, not %d", round, held, len(want))
			}
			for n, h := range want {
				if i, known := table.find(n.number, n.key); !known || table.slots[i].head != h {
					t.Fatalf("round %d: %v is lost", round, n)
				}
			}
		}
	}
	if wrapped == 0 {
		t.Error("no entry went past the end of a table: the test shows too little")
	}
}

// TestIndexOfManyCases keeps little of very many cases: neither the payloads nor the
// cases grow without a bound, the newest are there, and the memory is taken once.
func TestIndexOfManyCases(t *testing.T) {
	t.Parallel()
	x := index{bound: 1 << 12}
	name := func(i int) (string, ledger.Digest, string) {
		digest := sha256.Sum256(fmt.Append(nil, i))
		return fmt.Sprint("case ", i), digest, hex.EncodeToString(digest[:])
	}
	size := 0
	for i := range 1 << 14 {
		id, digest, address := name(i)
		x.put(id, digest, address, true)
		if size = len(x.table.slots); i > 0 && size != 1<<12+1+(1<<12+1)/4+1 {
			t.Fatalf("after %d cases the table has %d slots", i, size)
		}
		if len(x.cases) > 1<<12/perCase || x.count != len(x.cases) {
			t.Fatalf("after %d cases it holds %d payloads of %d", i, x.count, len(x.cases))
		}
	}
	for i := range 1 << 14 {
		id, digest, _ := name(i)
		if _, known := x.get(id, digest); known != (x.cases[id] != nil) || !known && i > 1<<14-200 {
			t.Errorf("payload of case %d of %d: %t", i, 1<<14, known)
		}
	}
}
