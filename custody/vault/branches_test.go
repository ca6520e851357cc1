package vault

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestCutLeaves cuts leaves one after another: each is gone, every other key is
// the one that it was, and what is kept reads back as it was written.
func TestCutLeaves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tree, err := newBranches()
	if err != nil {
		t.Fatal(err)
	}
	keys := map[uint64][32]byte{}
	for _, leaf := range []uint64{0, 1, 2, 1 << 63, 1<<63 - 1, ^uint64(0), ^uint64(0) - 1} {
		keys[leaf] = [32]byte{}
	}
	for len(keys) < 60 {
		keys[r.Uint64()] = [32]byte{}
	}
	seen := map[[32]byte]bool{}
	for leaf := range keys {
		key, err := tree.key(leaf)
		if err != nil || seen[key] {
			t.Fatalf("leaf %x: %v, or another leaf's key", leaf, err)
		}
		keys[leaf], seen[key] = key, true
	}
	cut := map[uint64]bool{}
	for leaf := range keys {
		var there bool
		if tree, there = tree.cut(leaf); !there {
			t.Fatalf("leaf %x was not there", leaf)
		}
		cut[leaf] = true
		if again, there := tree.cut(leaf); there || len(again) != len(tree) {
			t.Fatalf("leaf %x was cut twice", leaf)
		}
		if tree, err = parseBranches(tree.bytes()); err != nil {
			t.Fatal(err)
		}
		for other, want := range keys {
			got, err := tree.key(other)
			if cut[other] && !errors.Is(err, ErrDestroyed) {
				t.Fatalf("leaf %x was cut and its key is %x", other, got)
			}
			if !cut[other] && (err != nil || got != want) {
				t.Fatalf("leaf %x has another key since %x was cut: %v", other, leaf, err)
			}
		}
		for _, b := range tree {
			if seen[b.secret] && b.depth == treeDepth {
				if key, known := keys[b.prefix]; known && cut[b.prefix] || !known && key == b.secret {
					t.Fatalf("the key of leaf %x is still kept", b.prefix)
				}
			}
		}
	}
	if len(cut) != 60 {
		t.Errorf("%d leaves were cut", len(cut))
	}
}

func TestBranchesHaveOneForm(t *testing.T) {
	tree, err := newBranches()
	if err != nil {
		t.Fatal(err)
	}
	tree, _ = tree.cut(77)
	text := tree.bytes()
	if _, err := parseBranches(text); err != nil {
		t.Fatal(err)
	}
	swapped := append(bytes.Clone(text[branchSize:2*branchSize]), text[:branchSize]...)
	slack := bytes.Clone(text[:branchSize])
	slack[8] |= 1
	deep := bytes.Clone(text[:branchSize])
	deep[0] = treeDepth + 1
	for name, wrong := range map[string][]byte{
		"cut short": text[:len(text)-1], "out of order": swapped, "twice": append(bytes.Clone(text), text[len(text)-branchSize:]...),
		"bits behind the prefix": slack, "too deep": deep, "one above another": append(make([]byte, branchSize), text...),
	} {
		if _, err := parseBranches(wrong); !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDestroyedPayloadReachesEveryCopy destroys the keys of some payloads: what
// was sealed for them, however often it was copied, cannot be opened again, also
// after a restart; everything else can. Its control is the key folder of before.
func TestDestroyedPayloadReachesEveryCopy(t *testing.T) {
	ctx := t.Context()
	v, config := create(t, quick("correct horse battery"))
	if err := v.CreateCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	sealed := map[string][]byte{}
	for i := range 40 {
		address := fmt.Sprintf("%064x", i)
		var err error
		if sealed[address], err = v.WrapPayloadKey(ctx, caseA, address, []byte("aad"), []byte(address)); err != nil {
			t.Fatal(err)
		}
	}
	before := filepath.Join(t.TempDir(), "keys")
	if err := os.CopyFS(before, os.DirFS(config.Dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(before, 0o700); err != nil {
		t.Fatal(err)
	}
	gone := []Doomed{{Address: fmt.Sprintf("%064x", 3)}, {Address: fmt.Sprintf("%064x", 17)}, {Address: fmt.Sprintf("%064x", 999)}}
	for range 2 { // it may be repeated
		if err := v.DestroyPayloads(ctx, caseA, gone); err != nil {
			t.Fatal(err)
		}
	}
	opened := func(v *Vault) (n int) {
		for address, s := range sealed {
			plain, err := v.UnwrapPayloadKey(ctx, caseA, address, []byte("aad"), s)
			if err == nil && string(plain) == address {
				n++
			} else if !errors.Is(err, ErrDestroyed) {
				t.Errorf("%s: %v", address, err)
			}
		}
		return n
	}
	if n := opened(v); n != 38 {
		t.Errorf("%d of 40 can be opened, want 38", n)
	}
	again, err := v.WrapPayloadKey(ctx, caseA, gone[0].Address, []byte("aad"), []byte("kept anew"))
	if err != nil {
		t.Fatal(err)
	}
	if g, err := v.Generation(ctx, caseA, gone[0].Address); g != 1 || err != nil {
		t.Errorf("generation %d, %v", g, err)
	}
	if err := v.DestroyPayloads(ctx, caseA, gone); err != nil { // the first keys, once more
		t.Fatal(err)
	}
	if plain, err := v.UnwrapPayloadKey(ctx, caseA, gone[0].Address, []byte("aad"), again); err != nil || string(plain) != "kept anew" {
		t.Errorf("what was kept anew since: %q, %v", plain, err)
	}
	if n := opened(reopen(t, config)); n != 38 {
		t.Errorf("after a restart %d of 40 can be opened, want 38", n)
	}
	config.Dir = before
	if n := opened(reopen(t, config)); n != 40 {
		t.Errorf("control: with the key folder of before %d of 40 can be opened", n)
	}
}
