package recorder

import (
	"bytes"
	"testing"

	"custos.example/ledger"
)

// FuzzBundle shows that a bundle that is read is written the same again.
func FuzzBundle(f *testing.F) {
	e := &edge{}
	f.Add([]byte{}, 0)
	for n := 1; n <= 3; n++ {
		e.entries = append(e.entries, ledger.Commitment{byte(n)})
		f.Add(e.bundle(0).content, n)
	}
	f.Fuzz(func(t *testing.T, content []byte, count int) {
		if count < 0 || count > width {
			return
		}
		entries, err := parseBundle(content, count)
		if err != nil {
			return
		}
		if again := (&edge{entries: entries}).bundle(0); !bytes.Equal(again.content, content) || again.count != count {
			t.Fatalf("%x is written as %x", content, again.content)
		}
	})
}

// FuzzHashes shows that a tile that is read is written the same again.
func FuzzHashes(f *testing.F) {
	f.Add([]byte{}, 0)
	f.Add(make([]byte, 96), 3)
	f.Fuzz(func(t *testing.T, content []byte, count int) {
		if count < 0 || count > width {
			return
		}
		hashes, err := parseHashes(content, count)
		if err != nil {
			return
		}
		if again := (&edge{levels: [][]ledger.Digest{hashes}}).hashes(0, 0); !bytes.Equal(again.content, content) || again.count != count {
			t.Fatalf("%x is written as %x", content, again.content)
		}
	})
}
