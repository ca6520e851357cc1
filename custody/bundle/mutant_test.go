package bundle_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// mutant is one changed file.
type mutant struct {
	name string
	file io.ReaderAt
	size int64
}

// flipped is a file with one bit changed.
type flipped struct {
	file []byte
	bit  int
}

func (f flipped) ReadAt(p []byte, offset int64) (int, error) {
	n := copy(p, f.file[min(offset, int64(len(f.file))):])
	if at := int64(f.bit/8) - offset; at >= 0 && at < int64(n) {
		p[at] ^= 1 << (f.bit % 8)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// whole is a changed file in memory.
type whole []byte

func (w whole) ReadAt(p []byte, offset int64) (int, error) { return flipped{w, -8}.ReadAt(p, offset) }

// proof prints one line for the table of proof.
func proof(t *testing.T, name string, trials, failures int64, control string) {
	t.Helper()
	t.Logf("PROOF harness=%s trials=%d failures=%d control=%q", name, trials, failures, control)
}

// untouched is the control that newMutants makes in the same run.
const untouched = "the untouched bundle exits 0"

// long tells whether everything is tried, or a sample.
func long() bool { return os.Getenv("CUSTOS_LONG") == "1" }

// sample calls f with every number below n, or with about limit of them, which
// a seed chooses.
func sample(seed string, n, limit int, f func(int)) {
	if long() || n <= limit {
		for i := range n {
			f(i)
		}
		return
	}
	some(seed, n, limit, f)
}

// some calls f with limit numbers below n, which a seed chooses.
func some(seed string, n, limit int, f func(int)) {
	random := bundletest.NewRandom(seed)
	var b [8]byte
	for range limit {
		_, _ = random.Read(b[:])
		f(int(binary.BigEndian.Uint64(b[:]) % uint64(n)))
	}
}

// refuse verifies every mutant on all processors and returns how many there
// were and how many exit 0; it stops the test at a few survivors.
func refuse(t *testing.T, o bundle.Options, each func(yield func(mutant))) (tried, survived int64) {
	t.Helper()
	queue := make(chan mutant, 64)
	var n, bad atomic.Int64
	var wait sync.WaitGroup
	for range runtime.NumCPU() {
		wait.Go(func() {
			for m := range queue {
				n.Add(1)
				if r := bundle.Verify(context.Background(), m.file, m.size, o); r.Exit == bundle.ExitMatches {
					if bad.Add(1) <= 5 {
						t.Logf("exits 0: %s", m.name)
					}
				} else if r.Exit == bundle.ExitFault {
					t.Errorf("%s: the checker blames itself", m.name)
				}
			}
		})
	}
	each(func(m mutant) { queue <- m })
	close(queue)
	wait.Wait()
	return n.Load(), bad.Load()
}

// mutants is the bundle that is changed, its members in order, and another
// bundle of another case.
type mutants struct {
	file   []byte
	files  bundletest.Files
	names  []string
	others bundletest.Files
	o      bundle.Options
}

func newMutants(t *testing.T) mutants {
	t.Helper()
	c := bundletest.Tell("mutants", bundletest.Hooks{}, bundletest.TinyStory())
	m := mutants{file: c.Bundle(), o: options(c)}
	m.files = bundletest.Split(m.file)
	m.names = slices.Sorted(maps.Keys(m.files))
	m.others = bundletest.Split(bundletest.Tell("another", bundletest.Hooks{}, bundletest.TinyStory()).Bundle())
	if r := verify(m.file, m.o); r.Exit != bundle.ExitMatches {
		t.Fatalf("the control, the untouched bundle, exits %d\n%s", r.Exit, text(t, r))
	}
	return m
}

// rezip returns a mutant whose container is in its exact form again.
func (m mutants) rezip(name string, change func(bundletest.Files)) mutant {
	files := maps.Clone(m.files)
	change(files)
	file := bundletest.Zip(files)
	return mutant{name, whole(file), int64(len(file))}
}

// TestMutantsOneBit changes single bits of the file.
func TestMutantsOneBit(t *testing.T) {
	m := newMutants(t)
	size := int64(len(m.file))
	flip := func(yield func(mutant)) func(int) {
		return func(bit int) { yield(mutant{fmt.Sprintf("bit %d", bit), flipped{m.file, bit}, size}) }
	}
	flips := func(yield func(mutant)) { sample("flips", len(m.file)*8, 6000, flip(yield)) }
	n, survived := refuse(t, m.o, flips)
	if survived != 0 {
		t.Errorf("%d of %d single bits can be changed unseen", survived, n)
	}
	// The control: without the exact form, bits that no digest covers pass.
	tried, loose := refuse(t, bundle.Without(m.o, "container"), func(yield func(mutant)) {
		some("control", len(m.file)*8, 3000, flip(yield))
	})
	if loose == 0 {
		t.Error("without the check of the container no flip passes: the test shows nothing about it")
	}
	proof(t, "bundle-one-bit", n, survived, fmt.Sprintf("without the check of the container %d of %d pass", loose, tried))
}

// TestMutantsRepacked changes single bits of members and
// packs them again, so that only deeper checks can see it.
func TestMutantsRepacked(t *testing.T) {
	m := newMutants(t)
	n, survived := refuse(t, m.o, func(yield func(mutant)) {
		for _, name := range m.names {
			sample("repacked "+name, len(m.files[name])*8, 250, func(bit int) {
				yield(m.rezip(fmt.Sprintf("%s bit %d", name, bit), func(f bundletest.Files) {
					data := slices.Clone(f[name])
					data[bit/8] ^= 1 << (bit % 8)
					f[name] = data
				}))
			})
		}
	})
	if survived != 0 {
		t.Errorf("%d of %d single bits of members can be changed unseen", survived, n)
	}
	proof(t, "bundle-repacked-bit", n, survived, untouched)
}

// TestMutantsCut cuts the file at every length.
func TestMutantsCut(t *testing.T) {
	m := newMutants(t)
	n, survived := refuse(t, m.o, func(yield func(mutant)) {
		sample("cuts", len(m.file), 3000, func(at int) {
			yield(mutant{fmt.Sprintf("the first %d bytes", at), whole(m.file[:at]), int64(at)})
		})
		for i, more := range []string{"\x00", "PK\x05\x06", string(m.file)} {
			after, before := append(slices.Clone(m.file), more...), append([]byte(more), m.file...)
			yield(mutant{fmt.Sprintf("junk %d after", i), whole(after), int64(len(after))})
			yield(mutant{fmt.Sprintf("junk %d before", i), whole(before), int64(len(before))})
		}
	})
	if survived != 0 {
		t.Errorf("%d of %d cuts pass", survived, n)
	}
	proof(t, "bundle-cut", n, survived, untouched)
}

// TestMutantsMoved reorders, doubles, renames, removes and swaps members,
// also between two bundles.
func TestMutantsMoved(t *testing.T) {
	m := newMutants(t)
	n, survived := refuse(t, m.o, func(yield func(mutant)) {
		m.reorder(yield)
		m.rename(yield)
		m.exchange(yield)
	})
	if survived != 0 {
		t.Errorf("%d of %d moves of members pass", survived, n)
	}
	proof(t, "bundle-members-moved", n, survived, untouched)
}

// reorder moves each member before each other, and doubles each.
func (m mutants) reorder(yield func(mutant)) {
	pack := func(name string, order []string) {
		data := make([][]byte, len(order))
		for i, member := range order {
			data[i] = m.files[member]
		}
		file := bundletest.ZipInOrder(order, data)
		yield(mutant{name, whole(file), int64(len(file))})
	}
	for i := range m.names {
		for j := range m.names {
			if i == j {
				continue
			}
			order := slices.Clone(m.names)
			order[i], order[j] = order[j], order[i]
			pack(fmt.Sprintf("%s and %s in each other's place", m.names[i], m.names[j]), order)
		}
		pack(m.names[i]+" twice", slices.Insert(slices.Clone(m.names), i, m.names[i]))
	}
}

// rename gives each member another name, and removes each.
func (m mutants) rename(yield func(mutant)) {
	for _, name := range m.names {
		for _, other := range []string{"z" + name, "timestamps/" + "a.tsr", "exhibit/other.pdf", "chain/other.json"} {
			yield(m.rezip(name+" renamed to "+other, func(f bundletest.Files) {
				f[other] = f[name]
				delete(f, name)
			}))
		}
		yield(m.rezip(name+" removed", func(f bundletest.Files) { delete(f, name) }))
		yield(m.rezip(name+" emptied", func(f bundletest.Files) { f[name] = nil }))
	}
	yield(m.rezip("a file added", func(f bundletest.Files) { f["record/extra.json"] = []byte("{}") }))
}

// exchange swaps the contents of members, in the bundle and between bundles.
func (m mutants) exchange(yield func(mutant)) {
	for i, a := range m.names {
		for _, b := range m.names[i+1:] {
			if slices.Equal(m.files[a], m.files[b]) {
				continue
			}
			yield(m.rezip(a+" and "+b+" swapped", func(f bundletest.Files) { f[a], f[b] = f[b], f[a] }))
		}
		for b, data := range m.others {
			if !slices.Equal(m.files[a], data) {
				yield(m.rezip(a+" from another bundle's "+b, func(f bundletest.Files) { f[a] = data }))
			}
		}
	}
	// Everything of another bundle but one member of this one.
	for _, name := range m.names {
		files := maps.Clone(m.others)
		if slices.Equal(files[name], m.files[name]) {
			continue
		}
		files[name] = m.files[name]
		file := bundletest.Zip(files)
		yield(mutant{"another bundle with this one's " + name, whole(file), int64(len(file))})
	}
}

// TestChangedMemberIsNamed wants a report on one flipped bit to name the member
// that it is in, and the digests.
func TestChangedMemberIsNamed(t *testing.T) {
	m := newMutants(t)
	const name = "source/0003-source.csv"
	changed := slices.Clone(m.file)
	at := strings.Index(string(changed), string(m.files[name]))
	changed[at+20] ^= 1
	want(t, verify(changed, m.o), bundle.ExitDiffers, "A file inside the bundle is missing, extra or different: "+name, "listed as "+fmt.Sprintf("%x", sha256.Sum256(m.files[name]))[:4])
}
