package blob

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody/vault"
)

func TestEraseLeavesNoKey(t *testing.T) {
	p := open(t)
	ctx := t.Context()
	gone, stays := p.put(t, caseA, noise(4, 5000)), p.put(t, caseA, noise(5, 5000))
	small := p.put(t, caseA, []byte("0"))
	key, err := os.ReadFile(p.keyFile(gone))
	if err != nil {
		t.Fatal(err)
	}
	for _, ref := range []Ref{gone, small} {
		if err := p.store.Erase(ctx, caseA, ref.Address); err != nil {
			t.Fatal(err)
		}
		if _, err := p.store.Open(ctx, caseA, ref.Address); !errors.Is(err, ErrNotFound) {
			t.Errorf("opened after erasure: %v", err)
		}
		if _, err := p.store.Find(ctx, caseA, ref.Digest()); !errors.Is(err, ErrNotFound) {
			t.Errorf("found after erasure: %v", err)
		}
		if err := p.store.Erase(ctx, caseA, ref.Address); !errors.Is(err, ErrNotFound) {
			t.Errorf("erased twice: %v", err)
		}
	}
	err = filepath.WalkDir(p.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(path, gone.Address) || bytes.Contains(b, key[30:60]) {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := p.fsck(t, stays); len(f) != 0 {
		t.Errorf("the other payload: %v", f)
	}
	anew := p.put(t, caseA, []byte("0"))
	for _, when := range []string{"kept anew", "kept anew, after a restart"} {
		if ref, err := p.store.Find(ctx, caseA, small.Digest()); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: the digest that was erased finds %+v, %v", when, ref, err)
		}
		if ref, err := p.store.Find(ctx, caseA, anew.Digest()); err != nil || ref != anew {
			t.Errorf("control: %s: its own digest finds %+v, %v", when, ref, err)
		}
		p.reopen(t)
	}
}

func TestEraseCase(t *testing.T) {
	p := open(t)
	ctx := t.Context()
	p.put(t, caseA, noise(6, 5000))
	stays := p.put(t, caseB, noise(6, 5000))
	if err := p.store.EraseCase(ctx, caseA); !errors.Is(err, ErrInvalid) {
		t.Errorf("erased a case whose key is there: %v", err)
	}
	if err := p.vault.DestroyCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	waiting := p.store.path(claimName(caseA, stays.Address, strings.Repeat("0", 32)))
	if err := os.WriteFile(waiting, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.store.EraseCase(ctx, caseA); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(p.data, "blobs", "case-"+caseA)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := p.store.Put(ctx, caseA, strings.NewReader("x")); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("put into an erased case: %v", err)
	}
	if f := p.fsck(t, stays); len(f) != 0 {
		t.Errorf("found %v", f)
	}
}
