package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"custos.example/ledger"
)

// TestIndexForgets shows that an index does not grow with the record: it keeps
// the cases in use, also one that is larger than its bound, and forgets others.
func TestIndexForgets(t *testing.T) {
	var x index
	key := func(id string, i int) (ledger.Digest, string) {
		digest := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, i))
		address := sha256.Sum256(digest[:])
		return digest, hex.EncodeToString(address[:])
	}
	fill := func(id string, n int) {
		for i := range n {
			digest, address := key(id, i)
			x.put(id, digest, address)
			x.put(id, digest, address) // again is no more
		}
	}
	holds := func(id string, n int) bool {
		for i := range n {
			digest, want := key(id, i)
			if got, ok := x.get(id, digest); !ok || got != want {
				return false
			}
		}
		return true
	}
	const each = maxIndexed / 8
	fill("kept", each)
	for i := range 40 {
		id := fmt.Sprint("case-", i)
		fill(id, each)
		if !holds("kept", each) || !holds(id, each) {
			t.Fatalf("after %s a case in use is forgotten", id)
		}
	}
	if x.count > maxIndexed || len(x.cases) != 8 {
		t.Errorf("it holds %d payloads of %d cases", x.count, len(x.cases))
	}
	if holds("case-0", 1) {
		t.Error("the first case of forty is not forgotten")
	}
	fill("large", 2*maxIndexed)
	if len(x.cases) != 1 || !holds("large", 2*maxIndexed) {
		t.Errorf("a case larger than the bound: %d cases, %d payloads", len(x.cases), x.count)
	}
	fill("small", 1)
	if x.count != 1 || !holds("small", 1) {
		t.Errorf("after it: %d cases, %d payloads", len(x.cases), x.count)
	}
	x.put("small", ledger.Digest{}, "no address")
	x.put("small", ledger.Digest{}, hex.EncodeToString(make([]byte, 40)))
	if x.count != 1 {
		t.Error("what is no address was kept")
	}
}
