package recorder

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"custos.example/ledger"
)

// width is how many hashes, or entries, a full tile holds.
// Source: C2SP tlog-tiles.
const width = 256

// tile is one file of the published tree: hashes of a level, or entries.
type tile struct {
	level   int // of the hashes, or -1 for entries
	index   uint64
	count   int // how many of the width it holds
	content []byte
}

// path is where the tile is found, with slashes.
func (t tile) path() string { return TilePath(t.level, t.index, t.count) }

// TilePath returns where a tile of hashes, or with level -1 a bundle of entries,
// is found below the published folder. Shape: with slashes.
// Source: C2SP tlog-tiles.
func TilePath(level int, index uint64, count int) string {
	name := "entries"
	if level >= 0 {
		name = fmt.Sprint(level)
	}
	number := fmt.Sprintf("%03d", index%1000)
	for rest := index / 1000; rest > 0; rest /= 1000 {
		number = fmt.Sprintf("x%03d/%s", rest%1000, number)
	}
	if count < width {
		number = fmt.Sprintf("%s.p/%d", number, count)
	}
	return "tile/" + name + "/" + number
}

// edge is the right edge of a tree of size leaves: the entries and hashes of all
// tiles that are not full.
type edge struct {
	size    uint64
	entries []ledger.Commitment // of the last bundle
	levels  [][]ledger.Digest   // of the last tile of each level
}

func (e *edge) clone() *edge {
	c := &edge{size: e.size, entries: slices.Clone(e.entries)}
	for _, hashes := range e.levels {
		c.levels = append(c.levels, slices.Clone(hashes))
	}
	return c
}

// add adds a leaf and hands every tile that it fills to full.
func (e *edge) add(c ledger.Commitment, full func(tile) error) error {
	index := e.size / width
	e.size++
	e.entries = append(e.entries, c)
	if len(e.entries) == width {
		if err := full(e.bundle(index)); err != nil {
			return err
		}
		e.entries = e.entries[:0]
	}
	hash := c.LeafHash()
	for level := 0; ; level++ {
		if level == len(e.levels) {
			e.levels = append(e.levels, nil)
		}
		e.levels[level] = append(e.levels[level], hash)
		if len(e.levels[level]) < width {
			return nil
		}
		if err := full(e.hashes(level, index)); err != nil {
			return err
		}
		hash = subtree(e.levels[level])
		e.levels[level] = e.levels[level][:0]
		index /= width
	}
}

// partial returns the tiles that are not full, and not empty.
func (e *edge) partial() []tile {
	var out []tile
	if len(e.entries) > 0 {
		out = append(out, e.bundle(e.size/width))
	}
	at := e.size
	for level, hashes := range e.levels {
		at /= width
		if len(hashes) > 0 {
			out = append(out, e.hashes(level, at))
		}
	}
	return out
}

// bundle is the tile of the last entries.
func (e *edge) bundle(index uint64) tile {
	t := tile{level: -1, index: index, count: len(e.entries)}
	for _, c := range e.entries {
		leaf := c.Leaf()
		t.content = binary.BigEndian.AppendUint16(t.content, uint16(len(leaf)))
		t.content = append(t.content, leaf...)
	}
	return t
}

// hashes is the last tile of a level.
func (e *edge) hashes(level int, index uint64) tile {
	t := tile{level: level, index: index, count: len(e.levels[level])}
	for _, hash := range e.levels[level] {
		t.content = append(t.content, hash[:]...)
	}
	return t
}

// root returns the root of the tree.
func (e *edge) root() ledger.Digest {
	var root ledger.Digest
	found := false
	for _, hashes := range e.levels {
		// the complete subtrees of this level, from right to left
		for end := len(hashes); end > 0; {
			start := end - end&-end
			left := subtree(hashes[start:end])
			if found {
				left = node(left, root)
			}
			root, found = left, true
			end = start
		}
	}
	if !found {
		return ledger.Digest(sha256.Sum256(nil))
	}
	return root
}

// subtree returns the root over hashes, whose number is a power of two.
func subtree(hashes []ledger.Digest) ledger.Digest {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return node(subtree(hashes[:half]), subtree(hashes[half:]))
}

func node(left, right ledger.Digest) ledger.Digest {
	var b [65]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[33:], right[:])
	return sha256.Sum256(b[:])
}

// parseBundle returns the entries of a bundle.
// Errors: anything but count entries of the form of custos' leaves.
func parseBundle(content []byte, count int) ([]ledger.Commitment, error) {
	const size = 2 + 1 + len(ledger.Commitment{})
	if len(content) != count*size {
		return nil, fmt.Errorf("%d bytes instead of %d entries", len(content), count)
	}
	out := make([]ledger.Commitment, count)
	for i := range out {
		entry := content[i*size : (i+1)*size]
		if int(binary.BigEndian.Uint16(entry)) != size-2 || entry[2] != ledger.LeafPrefix {
			return nil, fmt.Errorf("entry %d is not a leaf of custos", i)
		}
		out[i] = ledger.Commitment(entry[3:])
	}
	return out, nil
}

// parseHashes returns the hashes of a tile.
// Errors: anything but count hashes.
func parseHashes(content []byte, count int) ([]ledger.Digest, error) {
	const size = len(ledger.Digest{})
	if len(content) != count*size {
		return nil, fmt.Errorf("%d bytes instead of %d hashes", len(content), count)
	}
	out := make([]ledger.Digest, count)
	for i := range out {
		out[i] = ledger.Digest(content[i*size : (i+1)*size])
	}
	return out, nil
}
