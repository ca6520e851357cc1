package ledger_test

import (
	"testing"

	"custos.example/ledger"
)

// BenchmarkStatement measures what every entry costs: to write it, and to read it.
func BenchmarkStatement(b *testing.B) {
	info, err := ledger.InfoOf("analysis-run")
	if err != nil {
		b.Fatal(err)
	}
	s := sampleStatement(b, info)
	text, err := s.Bytes()
	if err != nil {
		b.Fatal(err)
	}
	b.Run("write", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Bytes(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := ledger.ParseStatement(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkChain measures a shown chain of 58 entries, 41 of them with content, and
// their signatures.
func BenchmarkChain(b *testing.B) {
	w := newWorld(b).fill()
	c := shownAs(w.work, third)
	keys, err := w.keys.Verify()
	if err != nil {
		b.Fatal(err)
	}
	ring, err := ledger.NewKeyring(keys)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		entries, err := c.Verify()
		if err != nil {
			b.Fatal(err)
		}
		for _, e := range entries {
			if err := ring.Verify(e); err != nil {
				b.Fatal(err)
			}
		}
	}
}
