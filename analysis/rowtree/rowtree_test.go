package rowtree_test

import (
	"bytes"
	"crypto/aes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
)

var seed = (*rowtree.Seed)(bytes.Repeat([]byte{7}, 32))

func rows(n int) string {
	var b strings.Builder
	b.WriteString("a,b\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,\"x,\n%d\"\n", i, i*i)
	}
	return b.String()
}

// naive is the definition of RFC 6962 written out, over leaf data made by hand.
func naive(n int) [32]byte {
	leaves := make([][]byte, n)
	for i := range n {
		block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			panic(err)
		}
		salt := make([]byte, 16)
		big.NewInt(int64(i)).FillBytes(salt)
		block.Encrypt(salt, salt)
		leaves[i] = fmt.Appendf(append([]byte("custos/row/v1\n"), salt...), "%d,\"x,\n%d\"", i, i*i)
	}
	var mth func(d [][]byte) []byte
	mth = func(d [][]byte) []byte {
		switch len(d) {
		case 0:
			return rfc6962.DefaultHasher.EmptyRoot()
		case 1:
			return rfc6962.DefaultHasher.HashLeaf(d[0])
		}
		k := 1
		for 2*k < len(d) {
			k *= 2
		}
		return rfc6962.DefaultHasher.HashChildren(mth(d[:k]), mth(d[k:]))
	}
	return [32]byte(mth(leaves))
}

func TestCommitAgreesWithTheDefinition(t *testing.T) {
	for n := range 70 {
		c, err := rowtree.Commit(seed, strings.NewReader(rows(n)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Count != uint64(n) || c.Root != naive(n) {
			t.Fatalf("%d rows: count %d, root %x, want %x", n, c.Count, c.Root, naive(n))
		}
	}
}

func TestWriterAgreesWithCommit(t *testing.T) {
	text := rows(40) + "\"a \"\"quoted\"\"\nrow\",x\n\n"
	want, err := rowtree.Commit(seed, strings.NewReader(text))
	if err != nil || want.Count != 42 {
		t.Fatal(want.Count, err)
	}
	for size := 1; size <= len(text); size++ {
		w := rowtree.NewWriter(seed)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got, err := w.Commitment(); err != nil || got != want {
			t.Fatalf("in pieces of %d: %v, %v; want %v", size, got, err, want)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing at all": "", "a row without its end": "a,b\n1,2", "a quotation mark left open": "a,b\n1,\"2\n", "an endless row": "a,b\n" + strings.Repeat("x", 5<<20),
	} {
		w := rowtree.NewWriter(seed)
		_, err := w.Write([]byte(text))
		if err == nil {
			_, err = w.Commitment()
		}
		if !errors.Is(err, event.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := rowtree.NewWriter(seed)
	if _, err := w.Write([]byte("a,b\n")); err != nil {
		t.Fatal(err)
	}
	if c, err := w.Commitment(); err != nil || c.Count != 0 {
		t.Error("control: a file without rows:", c, err)
	}
}

func TestEveryProofHoldsAndNoOther(t *testing.T) {
	for n := 1; n <= 33; n++ {
		all := make([]uint64, n)
		for i := range all {
			all[i] = uint64(n - 1 - i)
		}
		c, proofs, err := rowtree.Prove(seed, strings.NewReader(rows(n)), uint64(n), all)
		if err != nil || len(proofs) != n {
			t.Fatalf("%d rows: %d proofs, %v", n, len(proofs), err)
		}
		for _, p := range proofs {
			if err := c.Verify(p); err != nil {
				t.Fatalf("%d rows, row %d: %v", n, p.Index, err)
			}
			path := make([][]byte, len(p.Path))
			for i := range p.Path {
				path[i] = p.Path[i][:]
			}
			leaf := rfc6962.DefaultHasher.HashLeaf(append(append([]byte("custos/row/v1\n"), p.Salt[:]...), p.Row...))
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, p.Index, uint64(n), leaf, path, c.Root[:]); err != nil {
				t.Fatalf("%d rows, row %d: the library says: %v", n, p.Index, err)
			}
			mustFail(t, c, p)
		}
	}
}

func mustFail(t *testing.T, c rowtree.Commitment, p rowtree.Proof) {
	t.Helper()
	for name, change := range map[string]func(p *rowtree.Proof, c *rowtree.Commitment){
		"row":      func(p *rowtree.Proof, _ *rowtree.Commitment) { p.Row = append(p.Row, 'x') },
		"salt":     func(p *rowtree.Proof, _ *rowtree.Commitment) { p.Salt[0] ^= 1 },
		"too long": func(p *rowtree.Proof, _ *rowtree.Commitment) { p.Path = append(p.Path, rowtree.Hash{}) },
		"past end": func(p *rowtree.Proof, c *rowtree.Commitment) { p.Index = c.Count },
		"root":     func(_ *rowtree.Proof, c *rowtree.Commitment) { c.Root[31] ^= 1 },
		"too short": func(p *rowtree.Proof, c *rowtree.Commitment) {
			if len(p.Path) == 0 {
				c.Root[0] ^= 1
				return
			}
			p.Path = p.Path[:len(p.Path)-1]
		},
		"another index": func(p *rowtree.Proof, c *rowtree.Commitment) {
			if c.Count == 1 {
				c.Root[0] ^= 1
			}
			p.Index = (p.Index + 1) % c.Count
		},
	} {
		bad, root := p, c
		bad.Row = bytes.Clone(p.Row)
		bad.Path = append([]rowtree.Hash{}, p.Path...)
		change(&bad, &root)
		if err := root.Verify(bad); !errors.Is(err, rowtree.ErrNotProved) {
			t.Fatalf("row %d of %d with another %s: %v", p.Index, c.Count, name, err)
		}
	}
	if err := c.Verify(p); err != nil {
		t.Fatalf("control: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	if _, _, err := rowtree.Prove(seed, strings.NewReader(rows(3)), 3, []uint64{3}); !errors.Is(err, rowtree.ErrNoRow) {
		t.Error("a row past the end was proved:", err)
	}
	if _, _, err := rowtree.Prove(seed, strings.NewReader(rows(3)), 4, []uint64{0}); !errors.Is(err, rowtree.ErrNoRow) {
		t.Error("a wrong count was believed:", err)
	}
	if _, err := rowtree.Commit(seed, strings.NewReader("a,b\n1,2")); !errors.Is(err, event.ErrNotCanonical) {
		t.Error("a file without its last LF was taken:", err)
	}
	one, _ := rowtree.Commit(seed, strings.NewReader(rows(5)))
	two, _ := rowtree.Commit((*rowtree.Seed)(bytes.Repeat([]byte{8}, 32)), strings.NewReader(rows(5)))
	if one.Root == two.Root {
		t.Error("the seed does not matter")
	}
}

func BenchmarkCommit(b *testing.B) {
	text := rows(100_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := rowtree.Commit(seed, strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	text := []byte(rows(100_000))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rowtree.NewWriter(seed).Write(text); err != nil {
			b.Fatal(err)
		}
	}
}
