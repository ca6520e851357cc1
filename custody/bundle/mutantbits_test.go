package bundle_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// TestMutantsOneBit changes single bits of the file.
func TestMutantsOneBit(t *testing.T) {
	m := newMutants(t)
	size := int64(len(m.file))
	one := func(yield func(mutant)) func(int) {
		return func(bit int) { yield(mutant{fmt.Sprintf("bit %d", bit), flipped{m.file, bit}, size}) }
	}
	n := m.refuse(t, m.o, true, func(yield func(mutant)) { sample("flips", len(m.file)*8, 6000, one(yield)) })
	control := m.loose(t, func(yield func(mutant)) { some("control", len(m.file)*8, 2000, one(yield)) }, "container")
	t.Logf("the reference has %d bytes", size)
	n.finish(t, "bundle-one-bit", control)
}

// bits yields every member with one bit changed, some of each, packed by pack.
func (m *mutants) bits(label string, limit int, yield func(mutant), pack func(name string, data []byte) mutant) {
	for _, name := range m.names {
		sample(label+" "+name, len(m.files[name])*8, limit, func(bit int) {
			x := pack(name, flip(m.files[name], bit))
			x.name = fmt.Sprintf("%s bit %d", name, bit)
			yield(x)
		})
	}
}

// flip returns data with one bit changed.
func flip(data []byte, bit int) []byte {
	data = slices.Clone(data)
	data[bit/8] ^= 1 << (bit % 8)
	return data
}

// TestMutantsRepacked changes single bits of members and packs them again, so that
// only deeper checks can see it.
func TestMutantsRepacked(t *testing.T) {
	m := newMutants(t)
	pack := func(name string, data []byte) mutant {
		return m.rezip("", func(f bundletest.Files) { f[name] = data })
	}
	n := m.refuse(t, m.o, true, func(yield func(mutant)) { m.bits("repacked", 150, yield, pack) })
	const page = "exhibit/jas-1-render-page.pdf"
	control := m.loose(t, func(yield func(mutant)) {
		some("control", len(m.files[page])*8, 100, func(bit int) { yield(pack(page, flip(m.files[page], bit))) })
	}, "members", "contents", "outputs")
	n.finish(t, "bundle-repacked-bit", control)
}

// TestMutantsResealed changes single bits of what the manifest lists and has the
// keeper, the co-signers and the authorities of time seal it again, so that only
// what was logged before can show it.
func TestMutantsResealed(t *testing.T) {
	m := newMutants(t)
	var listed []string
	for _, name := range m.names {
		if strings.Contains(name, "/") && !strings.HasPrefix(name, "timestamps/") {
			listed = append(listed, name)
		}
	}
	seal := func(name string, bit int) mutant {
		edit := func(f bundletest.Files, _ *bundle.Manifest) { f[name] = flip(f[name], bit) }
		return wholeFile(fmt.Sprintf("%s bit %d", name, bit), m.sealed(m.c, bundletest.Forge{Edit: edit}))
	}
	limit := 25
	if long() {
		limit = 2000
	}
	n := m.refuse(t, m.o, true, func(yield func(mutant)) {
		for _, name := range listed {
			some("resealed "+name, len(m.files[name])*8, limit, func(bit int) { yield(seal(name, bit)) })
		}
	})
	const page = "exhibit/jas-1-render-page.pdf"
	control := m.loose(t, func(yield func(mutant)) {
		some("control", len(m.files[page])*8, 20, func(bit int) { yield(seal(page, bit)) })
	}, "contents", "outputs")
	n.finish(t, "bundle-resealed-bit", control)
}

// TestMutantsCut cuts the file at every length.
func TestMutantsCut(t *testing.T) {
	m := newMutants(t)
	n := m.refuse(t, m.o, true, func(yield func(mutant)) {
		sample("cuts", len(m.file), 2000, func(at int) { yield(wholeFile(fmt.Sprintf("the first %d bytes", at), m.file[:at])) })
		for i, more := range []string{"\x00", "PK\x05\x06", string(m.file)} {
			yield(wholeFile(fmt.Sprintf("junk %d after", i), append(slices.Clone(m.file), more...)))
			yield(wholeFile(fmt.Sprintf("junk %d before", i), append([]byte(more), m.file...)))
		}
	})
	n.finish(t, "bundle-cut", "the untouched bundle exits 0")
}

// TestMutantsMoved reorders, doubles, renames, removes and swaps members,
// also between two bundles.
func TestMutantsMoved(t *testing.T) {
	m := newMutants(t)
	n := m.refuse(t, m.o, true, func(yield func(mutant)) {
		keep := func(x mutant) { yield(x) }
		if !long() { // one in three
			i := 0
			keep = func(x mutant) {
				if i++; i%3 == 0 {
					yield(x)
				}
			}
		}
		m.reorder(keep)
		m.rename(keep)
		m.exchange(keep)
	})
	n.finish(t, "bundle-members-moved", "the untouched bundle exits 0")
}

// reorder moves each member before each other, and doubles each.
func (m *mutants) reorder(yield func(mutant)) {
	pack := func(name string, order []string) {
		data := make([][]byte, len(order))
		for i, member := range order {
			data[i] = m.files[member]
		}
		yield(wholeFile(name, bundletest.ZipInOrder(order, data)))
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
func (m *mutants) rename(yield func(mutant)) {
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
func (m *mutants) exchange(yield func(mutant)) {
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
		yield(wholeFile("another bundle with this one's "+name, bundletest.Zip(files)))
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
