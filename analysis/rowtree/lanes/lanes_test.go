package lanes

import (
	"crypto/sha256"
	"math/rand/v2"
	"testing"
)

// TestPairsAgree digests messages of every length up to some blocks beyond those
// that wait, in an order that mixes them, some with room for their padding and some
// without. Without the instructions it compares crypto/sha256 with itself, and says so.
func TestPairsAgree(t *testing.T) {
	if !able() {
		t.Log("this processor has no instructions for two at a time")
	}
	for _, p := range []*Pairs{New(), {}} { // as this processor can, and as one does that cannot
		if wrong, of := wrongOf(p); wrong > 0 {
			t.Errorf("%d of %d digests are wrong", wrong, of)
		}
	}
	if wrong, of := wrongOf(unpaired{New()}); able() && wrong == 0 {
		t.Errorf("control: of %d digests none is wrong where the last ones are forgotten", of)
	}
}

// unpaired forgets what still waits.
type unpaired struct{ *Pairs }

func (unpaired) Flush() {}

// wrongOf counts the digests that are not those of crypto/sha256.
func wrongOf(p interface {
	Add([]byte, *[sha256.Size]byte)
	Flush()
},
) (wrong, of int) {
	random := rand.New(rand.NewPCG(1, 2))
	sizes := random.Perm((longest + 3) * blockSize)
	sizes = append(append(sizes, random.Perm(len(sizes))...), 7)
	texts, sums := make([][]byte, len(sizes)), make([][sha256.Size]byte, len(sizes))
	for i, size := range sizes {
		texts[i] = make([]byte, size, size+random.IntN(2)*(blockSize+smallestPad))
		for at := range texts[i] {
			texts[i][at] = byte(random.Uint32())
		}
		p.Add(texts[i], &sums[i])
	}
	p.Flush()
	p.Flush() // nothing waits any more
	for i, text := range texts {
		if sums[i] != sha256.Sum256(text) {
			wrong++
		}
	}
	return wrong, len(texts)
}

// TestDisagreementIsSeen gives the comparison at start a processor that errs in one
// lane, and only in long messages.
func TestDisagreementIsSeen(t *testing.T) {
	if !instructions() {
		t.Log("this processor has no instructions for two at a time: nothing is taken")
		return
	}
	if !agrees(sum2) {
		t.Error("the instructions do not agree with crypto/sha256")
	}
	if agrees(func(a, b *byte, blocks int, sumA, sumB *[sha256.Size]byte) {
		sum2(a, b, blocks, sumA, sumB)
		if blocks == longest {
			sumB[31] ^= 1
		}
	}) {
		t.Error("control: an error in one lane was not seen")
	}
}

func BenchmarkPair(b *testing.B) {
	if !able() {
		b.Skip("this processor has no instructions for two at a time")
	}
	text := make([]byte, 50, 2*blockSize)
	padded := pad(text)
	var one, other [sha256.Size]byte
	b.Run("at once", func(b *testing.B) {
		for b.Loop() {
			sum2(&padded[0], &padded[0], 1, &one, &other)
		}
	})
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			one, other = sha256.Sum256(text), sha256.Sum256(text)
		}
	})
}

// TestFind finds commas and quotation marks among bytes that are near them, at
// every place.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	letters := []byte{',', '"', ',' + 1, ',' - 1, '"' + 1, '"' - 1, ',' | 0x80, '"' | 0x80, 0, 0xff}
	for range 10_000 {
		var text [64]byte
		var commas, quotes uint64
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
			switch text[i] {
			case ',':
				commas |= 1 << i
			case '"':
				quotes |= 1 << i
			}
		}
		if c, q := New().Find(&text); c != commas || q != quotes {
			t.Fatalf("%q: %x and %x, not %x and %x", text, c, q, commas, quotes)
		}
	}
}
