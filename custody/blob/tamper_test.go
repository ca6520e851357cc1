package blob

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"custos.example/custody/vault"
)

// Every changed bit at either end and a spread of bits between must be seen by
// Verify; the unchanged file must pass in the same run.
func TestChangedBitsAreSeen(t *testing.T) {
	p := open(t)
	large, small := p.put(t, caseA, noise(1, 150_000)), p.put(t, caseA, noise(1, 500))
	for file, ref := range map[string]Ref{p.file(t, large): large, p.keyFile(large): large, p.file(t, small): small} {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tried := 0
		for bit := 0; bit < len(good)*8; bit++ {
			if byteAt := bit / 8; byteAt >= 60 && byteAt < len(good)-20 {
				bit += len(good) / 30
			}
			bit = min(bit, len(good)*8-1)
			changed := bytes.Clone(good)
			changed[bit/8] ^= 1 << (bit % 8)
			if err := os.WriteFile(file, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := p.store.Verify(t.Context(), caseA, ref.Address); !errors.Is(err, ErrIntegrity) {
				t.Fatalf("%s: bit %d: %v", file, bit, err)
			}
			tried++
		}
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.store.Verify(t.Context(), caseA, ref.Address); err != nil {
			t.Fatalf("control: %v", err)
		}
		t.Logf("%s: %d bits changed, all seen", filepath.Ext(file), tried)
	}
}

func TestTruncationAndGrowthAreSeen(t *testing.T) {
	p := open(t)
	ref := p.put(t, caseA, noise(2, 200_000))
	for _, file := range []string{p.file(t, ref), p.keyFile(ref)} {
		good, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		chunk := 64<<10 + 16
		sizes := []int{0, 1, 100, 168, 184, len(good) - 1, len(good) - 16, len(good) - 17, 184 + chunk, 184 + 2*chunk, 184 + 3*chunk}
		for _, n := range sizes {
			if n >= len(good) || n < 0 {
				continue
			}
			if err := os.WriteFile(file, good[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := p.store.Verify(t.Context(), caseA, ref.Address); !errors.Is(err, ErrIntegrity) {
				t.Errorf("%s cut to %d: %v", filepath.Ext(file), n, err)
			}
		}
		for _, more := range [][]byte{{0}, make([]byte, 16), good, make([]byte, chunk)} {
			if err := os.WriteFile(file, append(bytes.Clone(good), more...), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := p.store.Verify(t.Context(), caseA, ref.Address); !errors.Is(err, ErrIntegrity) {
				t.Errorf("%s grown by %d: %v", filepath.Ext(file), len(more), err)
			}
		}
		if err := os.WriteFile(file, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := p.store.Verify(t.Context(), caseA, ref.Address); err != nil {
			t.Fatalf("control: %v", err)
		}
	}
}

// Contents, keys, or both of two payloads are exchanged, in one case and
// between cases, of equal and of unequal length.
func TestSwappedFilesAreSeen(t *testing.T) {
	p := open(t)
	one, two := p.put(t, caseA, noise(3, 70_000)), p.put(t, caseA, noise(4, 70_000))
	other := p.put(t, caseB, noise(5, 70_000))
	same := p.put(t, caseB, noise(3, 70_000))
	pairs := []struct {
		name string
		a, b Ref
	}{{"within a case", one, two}, {"between cases", one, other}, {"the same content in two cases", one, same}}
	for _, pair := range pairs {
		for _, files := range [][2]string{
			{p.file(t, pair.a), p.file(t, pair.b)},
			{p.keyFile(pair.a), p.keyFile(pair.b)},
		} {
			swap(t, files[0], files[1])
			for _, ref := range []Ref{pair.a, pair.b} {
				if err := p.store.Verify(t.Context(), ref.Case, ref.Address); !errors.Is(err, ErrIntegrity) {
					t.Errorf("%s, %s: %v", pair.name, filepath.Ext(files[0]), err)
				}
			}
			swap(t, files[0], files[1])
		}
		p.transplant(t, pair.name, pair.b, pair.a)
		for _, ref := range []Ref{pair.a, pair.b} {
			if err := p.store.Verify(t.Context(), ref.Case, ref.Address); err != nil {
				t.Fatalf("control: %v", err)
			}
		}
	}
}

// transplant puts key and content of one payload whole under the name of
// another, looks, and puts things back.
func (p *place) transplant(t *testing.T, name string, from, to Ref) {
	t.Helper()
	key, content := p.keyFile(to), p.file(t, from)
	was, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(filepath.Dir(key), to.Address+filepath.Base(content)[len(from.Address):])
	if err := os.Link(content, moved); err != nil {
		t.Fatal(err)
	}
	swap(t, key, p.keyFile(from))
	if err := p.store.Verify(t.Context(), to.Case, to.Address); !errors.Is(err, ErrIntegrity) {
		t.Errorf("%s, transplanted whole: %v", name, err)
	}
	swap(t, key, p.keyFile(from))
	if err := os.Remove(moved); err != nil {
		t.Fatal(err)
	}
	now, err := os.ReadFile(key)
	if err != nil || string(now) != string(was) {
		t.Fatal("not put back", err)
	}
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	contentA, errA := os.ReadFile(a)
	contentB, errB := os.ReadFile(b)
	if err := errors.Join(errA, errB, os.WriteFile(a, contentB, 0o600), os.WriteFile(b, contentA, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestFsckNamesEveryFault(t *testing.T) {
	p := open(t)
	refs := map[string]Ref{}
	var expected []Ref
	for i, name := range []string{"fine", "content lost", "both lost", "bit changed", "key changed", "key lost", "other expected"} {
		ref := p.put(t, caseA, noise(byte(i), 5000*(i+1)))
		refs[name] = ref
		expected = append(expected, ref)
	}
	extra := p.put(t, caseB, []byte("extra"))
	wrong := refs["other expected"]
	wrong.Size++
	expected[len(expected)-1] = wrong

	file := func(name string) string { return p.file(t, refs[name]) }
	remove := func(path string) {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	flip := func(path string) {
		b, err := os.ReadFile(path)
		if err == nil {
			b[len(b)/2] ^= 4
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	remove(file("content lost"))
	remove(file("both lost"))
	remove(p.keyFile(refs["both lost"]))
	flip(file("bit changed"))
	flip(p.keyFile(refs["key changed"]))
	remove(p.keyFile(refs["key lost"]))
	stranger := filepath.Join(p.data, "blobs", "stranger.attrs")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	type key struct {
		fault   Fault
		address string
	}
	got := map[key]int{}
	for _, f := range p.fsck(t, expected...) {
		got[key{f.Fault, f.Address}]++
		if f.Fault == Changed && !errors.Is(f.Err, ErrIntegrity) {
			t.Errorf("%v", f)
		}
	}
	want := map[key]int{
		{Missing, refs["content lost"].Address}:   1,
		{Missing, refs["both lost"].Address}:      1,
		{Changed, refs["bit changed"].Address}:    1,
		{Changed, refs["key changed"].Address}:    1,
		{Missing, refs["key lost"].Address}:       1,
		{Changed, refs["other expected"].Address}: 1,
		{Extra, extra.Address}:                    1,
		{Leftover, ""}:                            3, // the stranger, and the contents whose key is lost or damaged
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%v: %d times, want %d", k, got[k], n)
		}
		delete(got, k)
	}
	if len(got) != 0 {
		t.Errorf("found beyond what was done: %v", got)
	}
}

// Content that was lost comes back when it is put again, under the address and
// the salt that the record names.
func TestLostContentComesBack(t *testing.T) {
	p := open(t)
	content := noise(9, 5000)
	ref := p.put(t, caseA, content)
	if err := os.Truncate(p.file(t, ref), 100); err != nil {
		t.Fatal(err)
	}
	if err := p.store.Verify(t.Context(), caseA, ref.Address); !errors.Is(err, ErrIntegrity) {
		t.Fatalf("control: %v", err)
	}
	if again := p.put(t, caseA, content); again != ref {
		t.Errorf("%+v, then %+v", ref, again)
	}
	if f := p.fsck(t, ref); len(f) != 0 {
		t.Errorf("found %v", f)
	}
}

func TestDestroyedCaseKeyReachesEveryCopy(t *testing.T) {
	p := open(t)
	ref := p.put(t, caseA, noise(1, 5000))
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(p.data)); err != nil {
		t.Fatal(err)
	}
	restored, err := Open(t.Context(), Config{DataDir: backup, Keys: p.vault})
	if err != nil {
		t.Fatal(err)
	}
	defer restored.Close()
	if err := restored.Verify(t.Context(), caseA, ref.Address); err != nil {
		t.Fatalf("control: the copy opens while the key is there: %v", err)
	}
	if err := p.vault.DestroyCase(t.Context(), caseA); err != nil {
		t.Fatal(err)
	}
	for _, store := range []*Store{p.store, restored} {
		if _, err := store.Open(t.Context(), caseA, ref.Address); !errors.Is(err, vault.ErrDestroyed) || errors.Is(err, ErrIntegrity) {
			t.Errorf("%v", err)
		}
	}
}
