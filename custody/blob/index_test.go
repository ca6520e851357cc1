package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"custos.example/ledger"
)

// TestIndexForgets shows that an index does not grow with the record: it keeps the
// cases in use, of which none takes more than its share, and forgets others.
func TestIndexForgets(t *testing.T) {
	const bound, each = 4096, 512
	x := index{bound: bound}
	key := func(id string, i int) (ledger.Digest, string) {
		digest := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, i))
		address := sha256.Sum256(digest[:])
		return digest, hex.EncodeToString(address[:])
	}
	fill := func(id string, n int) {
		for i := range n {
			digest, address := key(id, i)
			x.put(id, digest, address, false)
			x.put(id, digest, address, true) // again is no more
		}
	}
	held := func(id string, n int) (held int) {
		for i := range n {
			digest, want := key(id, i)
			if got, ok := x.get(id, digest); ok && got.String() == want[:8] {
				held++
			}
		}
		return held
	}
	fill("kept", each)
	for i := range 40 {
		id := fmt.Sprint("case-", i)
		fill(id, each)
		if held("kept", each) != each || held(id, each) != each {
			t.Fatalf("after %s a case in use is forgotten", id)
		}
	}
	if x.count > bound || len(x.cases) != 8 {
		t.Errorf("it holds %d payloads of %d cases", x.count, len(x.cases))
	}
	if held("case-0", 1) != 0 {
		t.Error("the first case of forty is not forgotten")
	}
	for i := range 2 * bound {
		digest, address := key("large", i)
		x.put("large", digest, address, false)
	}
	if n := held("large", 2*bound); n != bound/4 || held("kept", each) != each || x.count > bound {
		t.Errorf("a case larger than the bound: %d of it, %d of another, %d in all", n, held("kept", each), x.count)
	}
	for i := range 10 { // what is asked for takes the place of what is not
		digest, address := key("large", 2*bound-1-i)
		x.put("large", digest, address, true)
		if _, ok := x.get("large", digest); !ok || held("large", 2*bound) != bound/4 {
			t.Fatalf("payload %d, asked for, is not kept, or beside the others", i)
		}
	}
	for _, odd := range []string{"no address", hex.EncodeToString(make([]byte, 40))} {
		before := x.count
		if x.put("odd", ledger.Digest{}, odd, true); x.count != before {
			t.Error("what is no address was kept")
		}
	}
}

// counting counts how many records were opened.
type counting struct {
	Keys
	opened atomic.Int64
}

func (k *counting) UnwrapPayloadKey(ctx context.Context, id, address string, aad, wrapped []byte) ([]byte, error) {
	k.opened.Add(1)
	return k.Keys.UnwrapPayloadKey(ctx, id, address, aad, wrapped)
}

// TestIndexSparesLooks counts what is opened for look-ups that go from one case to
// another: a case that fits its share is looked through once and never again, also by
// many at a time; one that does not, once for each payload beyond its share.
func TestIndexSparesLooks(t *testing.T) {
	p := open(t)
	const fits, share = 60, 64
	digests := map[string][]ledger.DigestSet{}
	put := func(id string, n int) {
		for i := range n {
			digests[id] = append(digests[id], p.put(t, id, fmt.Appendf(nil, "%s %d", id, i)).Digest())
		}
	}
	put(caseA, fits)
	put(caseB, fits)
	keys := &counting{Keys: p.vault}
	p.store.Close()
	s, err := Open(t.Context(), Config{DataDir: p.data, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.salted.bound = 4 * share
	find := func(id string, i int) {
		if _, err := s.Find(t.Context(), id, digests[id][i]); err != nil {
			t.Errorf("%s %d: %v", id, i, err)
		}
	}
	opened := func(what string, most int64) {
		t.Helper()
		if n := keys.opened.Swap(0); n > most {
			t.Errorf("%s: %d records were opened, %d are enough", what, n, most)
		}
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { find(caseA, i) })
	}
	group.Wait()
	opened("eight at a time", fits+8)
	for i := range fits {
		find(caseA, i)
		find(caseB, i)
	}
	opened("two cases in turn", fits+2*fits)
	for i := range 2 * share {
		ref, err := s.Put(t.Context(), caseB, bytes.NewReader(fmt.Appendf(nil, "beyond %d", i)))
		if err != nil {
			t.Fatal(err)
		}
		digests[caseB] = append(digests[caseB], ref.Digest())
	}
	if s.salted.cases[caseB].held != share {
		t.Errorf("a case has %d in the index", s.salted.cases[caseB].held)
	}
	keys.opened.Store(0)
	for range 20 { // the newest are the ones asked for
		find(caseB, len(digests[caseB])-1)
		find(caseA, 0)
	}
	opened("beyond the share", 40)
	if err := s.Erase(t.Context(), caseA, mustFind(t, s, caseA, digests[caseA][0]).Address); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Find(t.Context(), caseA, digests[caseA][0]); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was erased: %v", err)
	}
}

func mustFind(t *testing.T, s *Store, id string, digest ledger.DigestSet) Ref {
	t.Helper()
	ref, err := s.Find(t.Context(), id, digest)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}
