package vault

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
)

// branches are the secrets from which the keys of a case's payloads follow: what
// is left of a binary tree of them, of which any leaf can be cut off for good
// while all others stay. A new case has one branch, the root. To cut a leaf is to
// put in the place of the branch above it the branches beside its path; nothing
// that is left, and no copy of a sealed payload, then gives the leaf again.
//
// Shape: sorted by prefix; no two overlap.
// Source: the tree of Goldreich, Goldwasser and Micali (1986), punctured.
type branches []branch

// branch is one inner secret of the tree.
type branch struct {
	depth  uint8  // bits of prefix that count, 0 to treeDepth
	prefix uint64 // its place, from the most significant bit
	secret [32]byte
}

// treeDepth is how many bits of a payload's place are told apart. Two payloads of
// one case share a leaf with a chance of n*n/2^65.
const treeDepth = 64

// branchSize is a branch as bytes.
const branchSize = 1 + 8 + 32

// newBranches returns a whole tree.
func newBranches() (branches, error) {
	root := branch{}
	if _, err := rand.Read(root.secret[:]); err != nil {
		return nil, fmt.Errorf("draw a key: %w", err)
	}
	return branches{root}, nil
}

// leafOf is the place of a payload in the tree. The same content has another
// place each time that it is kept again after it was erased.
func leafOf(address string, generation uint32) uint64 {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(address+"\n"), generation))
	return binary.BigEndian.Uint64(sum[:8])
}

// generation is how often the key of a payload has been cut off.
func (t branches) generation(address string) uint32 {
	g := uint32(0)
	for t.find(leafOf(address, g)) < 0 {
		g++
	}
	return g
}

// covers tells whether a leaf is below the branch.
func (b branch) covers(leaf uint64) bool {
	return b.depth == 0 || (b.prefix^leaf)>>(treeDepth-b.depth) == 0
}

// child is the branch below on one side.
func (b branch) child(side uint64) branch {
	below := branch{depth: b.depth + 1, prefix: b.prefix | side<<(treeDepth-1-b.depth)}
	message := append([]byte("custos/vault/branch/v1\n"), byte(side)) //nolint:gosec // 0 or 1
	below.secret = sha256.Sum256(append(message, b.secret[:]...))
	clear(message)
	return below
}

// find returns the index of the branch above a leaf, or -1 when it was cut off.
func (t branches) find(leaf uint64) int {
	return slices.IndexFunc(t, func(b branch) bool { return b.covers(leaf) })
}

// key returns the secret of a leaf.
// Errors: ErrDestroyed.
func (t branches) key(leaf uint64) ([32]byte, error) {
	at := t.find(leaf)
	if at < 0 {
		return [32]byte{}, fmt.Errorf("the key of this payload was destroyed; nothing of it can be read again, from any copy: %w", ErrDestroyed)
	}
	b := t[at]
	for b.depth < treeDepth {
		b = b.child(leaf >> (treeDepth - 1 - b.depth) & 1)
	}
	return b.secret, nil
}

// cut returns the tree without a leaf, and whether it was there.
func (t branches) cut(leaf uint64) (branches, bool) {
	at := t.find(leaf)
	if at < 0 {
		return t, false
	}
	var left branches
	for b := t[at]; b.depth < treeDepth; {
		side := leaf >> (treeDepth - 1 - b.depth) & 1
		left = append(left, b.child(side^1))
		b = b.child(side)
	}
	slices.SortFunc(left, compareBranches)
	return slices.Concat(t[:at], left, t[at+1:]), true
}

func compareBranches(a, b branch) int {
	switch {
	case a.prefix < b.prefix:
		return -1
	case a.prefix > b.prefix:
		return 1
	}
	return int(a.depth) - int(b.depth)
}

// clear overwrites the secrets.
func (t branches) clear() { clear(t) }

// bytes returns the tree as it is sealed.
func (t branches) bytes() []byte {
	out := make([]byte, 0, len(t)*branchSize)
	for _, b := range t {
		out = append(out, b.depth)
		out = binary.BigEndian.AppendUint64(out, b.prefix)
		out = append(out, b.secret[:]...)
	}
	return out
}

// parseBranches accepts exactly what bytes returns.
// Errors: ErrIntegrity.
func parseBranches(text []byte) (branches, error) {
	if len(text)%branchSize != 0 {
		return nil, fmt.Errorf("not a case key: %w", ErrIntegrity)
	}
	t := make(branches, 0, len(text)/branchSize)
	for ; len(text) > 0; text = text[branchSize:] {
		b := branch{depth: text[0], prefix: binary.BigEndian.Uint64(text[1:9]), secret: [32]byte(text[9:branchSize])}
		overlaps := len(t) > 0 && (t[len(t)-1].covers(b.prefix) || compareBranches(t[len(t)-1], b) >= 0)
		if b.depth > treeDepth || overlaps || b.depth < treeDepth && b.prefix<<b.depth != 0 {
			return nil, fmt.Errorf("not a case key: %w", ErrIntegrity)
		}
		t = append(t, b)
	}
	return t, nil
}
