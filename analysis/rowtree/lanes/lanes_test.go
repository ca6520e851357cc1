package lanes

import (
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPairsAgree digests messages of every length up to some blocks beyond those
// that wait, in an order that mixes them, some with room for their padding and some
// without. Without the instructions it compares crypto/sha256 with itself, and says so.
func TestPairsAgree(t *testing.T) {
	t.Logf("this processor digests %d messages at a time", able())
	for _, p := range []*Pairs{New(), {atOnce: min(able(), 2)}, {}} { // as this processor can, and as others do that cannot
		if wrong, of := wrongOf(p); wrong > 0 {
			t.Errorf("%d of %d digests are wrong", wrong, of)
		}
	}
	if wrong, of := wrongOf(unpaired{New()}); able() > 1 && wrong == 0 {
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
	for n, digest := range map[int]func(*group, int){2: two, most: all} {
		if n == most && !wide() {
			t.Log("this processor has no wide registers")
			continue
		}
		if !agrees(n, digest) {
			t.Errorf("the instructions for %d do not agree with crypto/sha256", n)
		}
		if agrees(n, func(g *group, blocks int) {
			digest(g, blocks)
			if blocks == longest {
				g.into[n-1][31] ^= 1
			}
		}) {
			t.Errorf("control: an error in one lane of %d was not seen", n)
		}
	}
}

func BenchmarkPair(b *testing.B) {
	if able() == 1 {
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
	b.Run("sixteen at once", func(b *testing.B) {
		if able() < most {
			b.Skip("this processor has no wide registers")
		}
		var g group
		var sums [most][sha256.Size]byte
		for i := range most {
			g.from[i], g.into[i] = &padded[0], &sums[i]
		}
		for b.Loop() {
			all(&g, 1)
		}
	})
	b.Run("one by one", func(b *testing.B) {
		for b.Loop() {
			one, other = sha256.Sum256(text), sha256.Sum256(text)
		}
	})
}

// TestFind finds commas, quotation marks and ends of line among bytes that are near them,
// at every place, as every processor does and as one with wide registers.
func TestFind(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	letters := []byte{',', '"', '\n', ',' + 1, ',' - 1, '"' + 1, '"' - 1, '\n' + 1, '\n' - 1, ',' | 0x80, '"' | 0x80, '\n' | 0x80, 0, 0xff}
	for range 10_000 {
		var text [64]byte
		var want [3]uint64
		for i := range text {
			text[i] = letters[random.IntN(len(letters))]
			if of := strings.IndexByte(",\"\n", text[i]); of >= 0 {
				want[of] |= 1 << i
			}
		}
		for _, p := range []*Pairs{New(), {}} {
			if c, q, l := p.Find(&text); [3]uint64{c, q, l} != want {
				t.Fatalf("%q: %x, %x and %x, not %x", text, c, q, l, want)
			}
		}
	}
}

// TestMarks is the same of the marks of a file that is read, of every byte and any separator.
func TestMarks(t *testing.T) {
	of := Marks()
	if of == nil {
		t.Log("this processor has no wide registers")
		return
	}
	random := rand.New(rand.NewPCG(5, 6))
	for range 20_000 {
		var text [64]byte
		var want [3]uint64
		separator := byte(random.UintN(256))
		for i := range text {
			text[i] = []byte{byte(random.UintN(256)), separator, '"', 0x1f, 0x20, 0x7e, 0x7f}[random.IntN(7)]
			if text[i] == separator {
				want[0] |= 1 << i
			}
			if text[i] == '"' {
				want[1] |= 1 << i
			}
			if text[i] < 0x20 || text[i] > 0x7e {
				want[2] |= 1 << i
			}
		}
		if s, q, o := of(&text, separator); [3]uint64{s, q, o} != want {
			t.Fatalf("%q, %q: %x, %x and %x, not %x", text, separator, s, q, o, want)
		}
	}
}
