package rowtree_test

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis/rowtree"
)

// proof is what shows some rows.
type proof struct {
	c        rowtree.Commitment
	openings []rowtree.Opening
	texts    []rowtree.Texts
	path     []rowtree.Hash
}

// prove shows some rows of a made-up file.
func prove(t *testing.T, n int, chosen []uint64, withheld [rowtree.NumParts]bool) proof {
	t.Helper()
	var p proof
	var err error
	p.c, err = rowtree.Prove(seed, strings.NewReader(rows(n)), uint64(n), chosen, withheld, func(o rowtree.Opening) error {
		p.openings = append(p.openings, o)
		var texts rowtree.Texts
		for part := range texts {
			if !withheld[part] {
				texts[part] = []byte(partText(int(o.Index), part)) //nolint:gosec // a small number
			}
		}
		p.texts = append(p.texts, texts)
		return nil
	}, func(h rowtree.Hash) error {
		p.path = append(p.path, h)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p proof) verify() error {
	i, k := 0, 0
	return p.c.Verify(func() (uint64, rowtree.Hash, error) {
		if i == len(p.openings) {
			return 0, rowtree.Hash{}, io.EOF
		}
		i++
		return p.openings[i-1].Index, p.openings[i-1].Leaf(&p.texts[i-1]), nil
	}, func() (rowtree.Hash, error) {
		if k == len(p.path) {
			return rowtree.Hash{}, io.EOF
		}
		k++
		return p.path[k-1], nil
	})
}

func (p proof) clone() proof {
	p.openings, p.path, p.texts = slices.Clone(p.openings), slices.Clone(p.path), slices.Clone(p.texts)
	for i := range p.texts {
		for part := range p.texts[i] {
			p.texts[i][part] = slices.Clone(p.texts[i][part])
		}
	}
	return p
}

// TestEverySubsetOfASmallFile proves every subset of the rows of files of up to
// nine rows, under commitments that are the definition's.
func TestEverySubsetOfASmallFile(t *testing.T) {
	for n := range 10 {
		for mask := range 1 << n {
			var chosen []uint64
			for i := range n {
				if mask>>i&1 == 1 {
					chosen = append(chosen, uint64(i))
				}
			}
			p := prove(t, n, chosen, [rowtree.NumParts]bool{rowtree.Trail: true})
			if p.c.Root != naive(n) {
				t.Fatalf("%d rows, subset %b: another root", n, mask)
			}
			if err := p.verify(); err != nil {
				t.Fatalf("%d rows, subset %b: %v", n, mask, err)
			}
			if len(p.path)+bits.OnesCount(uint(mask)) > n {
				t.Fatalf("%d rows, subset %b: %d hashes for %d rows", n, mask, len(p.path), n-bits.OnesCount(uint(mask)))
			}
		}
	}
}

// changes are every kind of dishonest subset.
var changes = map[string]func(p *proof, i int) bool{
	"a row altered":                 func(p *proof, i int) bool { p.texts[i][rowtree.Event][3] ^= 1; return true },
	"a number altered":              func(p *proof, i int) bool { p.texts[i][rowtree.Called][5] ^= 1; return true },
	"a salt altered":                func(p *proof, i int) bool { p.openings[i].Salts[rowtree.Called][2] ^= 1; return true },
	"a withheld part exchanged":     func(p *proof, i int) bool { p.openings[i].Hashes[rowtree.Trail][2] ^= 1; return true },
	"a withheld part said to be ''": func(p *proof, i int) bool { p.openings[i].Shown[rowtree.Trail] = true; return true },
	"two rows swapped": func(p *proof, i int) bool {
		j := (i + 1) % len(p.texts)
		p.texts[i], p.texts[j] = p.texts[j], p.texts[i]
		return i != j
	},
	"two rows swapped with their proofs": func(p *proof, i int) bool {
		j := (i + 1) % len(p.texts)
		p.texts[i], p.texts[j] = p.texts[j], p.texts[i]
		p.openings[i], p.openings[j] = p.openings[j], p.openings[i]
		return i != j
	},
	"two numbers of one row swapped": func(p *proof, i int) bool {
		p.texts[i][rowtree.Subject], p.texts[i][rowtree.Calling] = p.texts[i][rowtree.Calling], p.texts[i][rowtree.Subject]
		return true
	},
	"a row dropped": func(p *proof, i int) bool {
		p.texts, p.openings = slices.Delete(p.texts, i, i+1), slices.Delete(p.openings, i, i+1)
		return true
	},
	"a row doubled": func(p *proof, i int) bool {
		p.texts, p.openings = slices.Insert(p.texts, i, p.texts[i]), slices.Insert(p.openings, i, p.openings[i])
		return true
	},
	"a row at another place": func(p *proof, i int) bool { p.openings[i].Index++; return true },
	"a hash altered": func(p *proof, i int) bool {
		if len(p.path) == 0 {
			return false
		}
		p.path[i%len(p.path)][0] ^= 1
		return true
	},
	"a hash dropped": func(p *proof, i int) bool {
		if len(p.path) == 0 {
			return false
		}
		p.path = slices.Delete(p.path, i%len(p.path), i%len(p.path)+1)
		return true
	},
	"a hash too many": func(p *proof, _ int) bool { p.path = append(p.path, rowtree.Hash{}); return true },
	"another root":    func(p *proof, _ int) bool { p.c.Root[31] ^= 1; return true },
	"a row past it all": func(p *proof, i int) bool {
		p.openings[len(p.openings)-1].Index = p.c.Count
		return true
	},
}

// TestChangedSubsets changes random subsets in every way and wants each change to
// be caught; the control is the unchanged subset, which passes.
func TestChangedSubsets(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 7)) //nolint:gosec // a test that repeats itself
	tried, missed, passed := 0, 0, 0
	rounds := 60
	if long() {
		rounds = 2000
	}
	for round := range rounds {
		n := 1 + random.IntN(40)
		var chosen []uint64
		for i := range n {
			if random.IntN(3) == 0 || i == n-1 && chosen == nil {
				chosen = append(chosen, uint64(i))
			}
		}
		honest := prove(t, n, chosen, [rowtree.NumParts]bool{rowtree.Trail: true, rowtree.Handset: round%2 == 0})
		if err := honest.verify(); err != nil {
			t.Fatalf("control: %v", err)
		}
		passed++
		for name, change := range changes {
			p := honest.clone()
			if !change(&p, random.IntN(len(chosen))) {
				continue
			}
			tried++
			if err := p.verify(); !errors.Is(err, rowtree.ErrNotProved) {
				missed++
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	t.Logf("PROOF harness=subset-altered trials=%d failures=%d control=\"caught 0 of %d honest subsets\"", tried, missed, passed)
}

// long tells whether the whole of a harness is run.
func long() bool { return os.Getenv("CUSTOS_LONG") == "1" }

// TestEveryServedRowOfMany serves 340 of 3,112 rows, scattered, and changes each of
// them in every way; in the ordinary run every twentieth.
func TestEveryServedRowOfMany(t *testing.T) {
	const all, served = 3112, 340
	random := rand.New(rand.NewPCG(34, 31)) //nolint:gosec // a test that repeats itself
	var chosen []uint64
	for _, i := range random.Perm(all)[:served] {
		chosen = append(chosen, uint64(i)) //nolint:gosec // a small number
	}
	slices.Sort(chosen)
	honest := prove(t, all, chosen, [rowtree.NumParts]bool{rowtree.Trail: true, rowtree.Handset: true})
	if err := honest.verify(); err != nil || len(honest.openings) != served {
		t.Fatalf("control: %d rows, %v", len(honest.openings), err)
	}
	every := 20
	if long() {
		every = 1
	}
	tried, missed := 0, 0
	for i := 0; i < served; i += every {
		for name, change := range changes {
			p := honest.clone()
			if !change(&p, i) {
				continue
			}
			tried++
			if err := p.verify(); !errors.Is(err, rowtree.ErrNotProved) {
				missed++
				t.Errorf("row %d of %d: %s: %v", i, served, name, err)
			}
		}
	}
	t.Logf("PROOF harness=subset-340-of-3112 trials=%d failures=%d control=\"the honest subset of %d rows with %d hashes passes\"", tried, missed, served, len(honest.path))
}

func TestProveRefuses(t *testing.T) {
	no := func(rowtree.Opening) error { return nil }
	path := func(rowtree.Hash) error { return nil }
	for name, of := range map[string]struct {
		count  uint64
		chosen []uint64
	}{"a row past the end": {3, []uint64{3}}, "a wrong count": {4, []uint64{0}}, "too low a count": {2, []uint64{0}}, "a row twice": {3, []uint64{1, 1}}, "rows out of order": {3, []uint64{2, 1}}} {
		if _, err := rowtree.Prove(seed, strings.NewReader(rows(3)), of.count, of.chosen, [rowtree.NumParts]bool{}, no, path); !errors.Is(err, rowtree.ErrNoRow) {
			t.Errorf("%s: %v", name, err)
		}
	}
	failed := fmt.Errorf("the disk is full")
	if _, err := rowtree.Prove(seed, strings.NewReader(rows(3)), 3, []uint64{1}, [rowtree.NumParts]bool{}, no, func(rowtree.Hash) error { return failed }); !errors.Is(err, failed) {
		t.Error("an error of the writer was lost:", err)
	}
}

// TestLargeCounts gives a verifier counts that no file has: it ends at once.
func TestLargeCounts(t *testing.T) {
	for _, count := range []uint64{1 << 40, 1<<63 + 5, 1<<64 - 1} {
		c := rowtree.Commitment{Count: count}
		hashes := 0
		err := c.Verify(func() (uint64, rowtree.Hash, error) {
			if hashes++; hashes > 1 {
				return 0, rowtree.Hash{}, io.EOF
			}
			return count - 1, rowtree.Hash{}, nil
		}, func() (rowtree.Hash, error) { return rowtree.Hash{}, io.EOF })
		if !errors.Is(err, rowtree.ErrNotProved) {
			t.Errorf("count %d: %v", count, err)
		}
	}
}
