package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"custos.example/custody/vault"
	"custos.example/ledger"
)

const (
	caseA = "0123456789abcdef0123456789abcdef"
	caseB = "fedcba9876543210fedcba9876543210"
)

// place is a data folder with an open store and its keys.
type place struct {
	data  string
	vault *vault.Vault
	store *Store
}

func open(t testing.TB) place {
	t.Helper()
	root := t.TempDir()
	key := filepath.Join(root, "key")
	if err := vault.CreateKeyFile(key); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(root, "data")
	v, err := vault.Create(t.Context(), vault.Config{Dir: filepath.Join(root, "keys"), DataDir: data, Secret: vault.KeyFile(key)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	for _, id := range []string{caseA, caseB} {
		if err := v.CreateCase(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	p := place{data: data, vault: v}
	p.reopen(t)
	return p
}

func (p *place) reopen(t testing.TB) {
	t.Helper()
	s, err := Open(context.Background(), Config{DataDir: p.data, Keys: p.vault})
	if err != nil {
		t.Fatal(err)
	}
	p.store = s
	t.Cleanup(func() { s.Close() })
}

func (p *place) put(t testing.TB, id string, content []byte) Ref {
	t.Helper()
	ref, err := p.store.Put(t.Context(), id, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func (p *place) get(t *testing.T, ref Ref) []byte {
	t.Helper()
	payload, err := p.store.Open(t.Context(), ref.Case, ref.Address)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(io.NewSectionReader(payload, 0, payload.Size()))
	if err := errors.Join(err, payload.Close()); err != nil {
		t.Fatal(err)
	}
	return content
}

// file returns the path of the file that holds the content of a payload.
func (p *place) file(t *testing.T, ref Ref) string {
	t.Helper()
	if ref.Size < plainFrom {
		return p.keyFile(ref)
	}
	found, err := filepath.Glob(filepath.Join(p.data, "blobs", scope(ref.Case), ref.Address[:2], ref.Address+".*.age"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	return found[0]
}

func (p *place) keyFile(ref Ref) string { return p.store.path(keyName(ref.Case, ref.Address)) }

func (p *place) fsck(t *testing.T, expected ...Ref) []Finding {
	t.Helper()
	var out []Finding
	_, err := p.store.Fsck(t.Context(), expected, func(f Finding) error {
		out = append(out, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func noise(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func TestRoundTrip(t *testing.T) {
	p := open(t)
	var all []Ref
	for i, n := range []int{0, 1, 4095, 4096, 64<<10 - 1, 64 << 10, 64<<10 + 1, 256 << 10, 1<<20 + 3} {
		content := noise(byte(i), n)
		for _, id := range []string{caseA, caseB, ""} {
			ref := p.put(t, id, content)
			all = append(all, ref)
			if ref.Size != int64(n) || ref.SHA256 != sha256.Sum256(content) || ref.Salt == (ledger.Salt{}) {
				t.Fatalf("%d bytes: %+v", n, ref)
			}
			if got := p.get(t, ref); !bytes.Equal(got, content) {
				t.Fatalf("%d bytes came back as %d others", n, len(got))
			}
			if err := p.store.Verify(t.Context(), id, ref.Address); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(p.file(t, ref))
			if err != nil || n >= plainFrom && info.Size() != ageSize(padded(int64(n))) {
				t.Fatalf("%d bytes take %d, thought %d; %v", n, info.Size(), ageSize(padded(int64(n))), err)
			}
			found, err := p.store.Find(t.Context(), id, ref.Digest())
			if err != nil || found != ref {
				t.Fatalf("found %+v, %v", found, err)
			}
		}
	}
	if f := p.fsck(t, all...); len(f) != 0 {
		t.Errorf("found %v", f)
	}
	p.reopen(t)
	for _, ref := range all {
		found, err := p.store.Find(t.Context(), ref.Case, ref.Digest())
		if err != nil || found != ref {
			t.Fatalf("after reopening: %+v, %v", found, err)
		}
	}
}

func TestFiftyMegabytes(t *testing.T) {
	p := open(t)
	content := noise(1, 50<<20)
	ref := p.put(t, caseA, content)
	if !bytes.Equal(p.get(t, ref), content) {
		t.Fatal("came back changed")
	}
	payload, err := p.store.Open(t.Context(), caseA, ref.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer payload.Close()
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			b := make([]byte, 100_000)
			for range 100 {
				off := random.Int64N(payload.Size())
				n, err := payload.ReadAt(b, off)
				if err != nil && !errors.Is(err, io.EOF) {
					t.Error(err)
					return
				}
				if !bytes.Equal(b[:n], content[off:off+int64(n)]) || n < len(b) && off+int64(n) != payload.Size() {
					t.Errorf("at %d: %d bytes, not what was put", off, n)
					return
				}
			}
		})
	}
	group.Wait()
	if n, err := payload.ReadAt(make([]byte, 1), payload.Size()); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("past the end: %d, %v", n, err)
	}
}

func TestSameContent(t *testing.T) {
	p := open(t)
	content := noise(2, 10_000)
	first := p.put(t, caseA, content)
	before, _ := os.ReadFile(p.file(t, first))
	if second := p.put(t, caseA, content); second != first {
		t.Errorf("put twice: %+v, then %+v", first, second)
	}
	after, _ := os.ReadFile(p.file(t, first))
	if !bytes.Equal(before, after) {
		t.Error("written twice")
	}
	other := p.put(t, caseB, content)
	if other.Address == first.Address || other.Salt == first.Salt {
		t.Error("two cases show that they hold the same content")
	}
	if f := p.fsck(t, first, other); len(f) != 0 {
		t.Errorf("found %v", f)
	}
}

func TestSameContentAtOnce(t *testing.T) {
	p := open(t)
	content := noise(3, 300_000)
	// Two stores on one folder stand for two processes.
	second, err := Open(t.Context(), Config{DataDir: p.data, Keys: p.vault, Shared: true})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	refs := make([]Ref, 16)
	var group sync.WaitGroup
	for i := range refs {
		group.Go(func() {
			store := []*Store{p.store, second}[i%2]
			ref, err := store.Put(context.Background(), caseA, bytes.NewReader(content))
			if err != nil {
				t.Error(err)
			}
			refs[i] = ref
		})
	}
	group.Wait()
	for _, ref := range refs {
		if ref != refs[0] {
			t.Fatalf("%+v and %+v", refs[0], ref)
		}
	}
	if f := p.fsck(t, refs[0]); len(f) != 0 {
		t.Errorf("found %v", f)
	}
}

// TestWaitingContent lets a process be killed between keeping a key and putting its
// content in its place, in a folder that nobody clears at the start: nothing is
// missing, and the check itself puts it there. Content that is gone is missing.
func TestWaitingContent(t *testing.T) {
	p := open(t)
	ref := p.put(t, caseA, noise(4, 300_000))
	r, err := p.store.readRecord(t.Context(), caseA, ref.Address)
	if err != nil {
		t.Fatal(err)
	}
	there, waiting := p.file(t, ref), p.store.path(claimName(caseA, ref.Address, r.part))
	if err := os.Rename(there, waiting); err != nil {
		t.Fatal(err)
	}
	if f := p.fsck(t, ref); len(f) != 0 {
		t.Errorf("content on its way: %v", f)
	}
	if err := os.Remove(there); err != nil {
		t.Fatalf("it was not put in its place: %v", err)
	}
	if f := p.fsck(t, ref); len(f) != 1 || f[0].Fault != Missing {
		t.Errorf("control: content that is gone: %v", f)
	}
}

func TestNothingInClear(t *testing.T) {
	p := open(t)
	marker := []byte("447700900123-MARKER")
	content := bytes.Repeat(append(marker, '\n'), 20_000)
	ref := p.put(t, caseA, content)
	p.put(t, caseA, marker)
	scratch, err := p.store.Scratch(t.Context(), caseA)
	if err != nil {
		t.Fatal(err)
	}
	defer scratch.Close()
	if _, err := scratch.Write(content); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	digest := ledger.Digest(sum).String()
	look := func() (hits, files int) {
		err := filepath.WalkDir(filepath.Dir(p.data), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			b, err := os.ReadFile(path)
			if bytes.Contains(b, marker) || bytes.Contains(b, sum[:]) || strings.Contains(path, digest) || bytes.Contains(b, []byte(digest)) ||
				bytes.Contains(b, []byte("AGE-SECRET-KEY")) && filepath.Base(path) != "key" {
				hits++
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return hits, files
	}
	if hits, files := look(); hits != 0 || files < 6 {
		t.Errorf("%d of %d files show content, digest or key", hits, files)
	}
	// Control: the same look must see what is there.
	for _, planted := range [][]byte{marker, []byte(digest)} {
		path := filepath.Join(p.data, "planted")
		if err := os.WriteFile(path, planted, 0o600); err != nil {
			t.Fatal(err)
		}
		if hits, _ := look(); hits != 1 {
			t.Errorf("control: %d hits", hits)
		}
	}
	if bytes.Contains([]byte(p.keyFile(ref)), []byte(digest)) {
		t.Error("the name shows the digest")
	}
}

func TestArgumentsAreChecked(t *testing.T) {
	p := open(t)
	ctx := t.Context()
	ref := p.put(t, caseA, []byte("x"))
	for _, id := range []string{"../x", "A", "a/b", "-a", strings.Repeat("a", 65), "a.b"} {
		if _, err := p.store.Put(ctx, id, strings.NewReader("x")); !errors.Is(err, ErrInvalid) {
			t.Errorf("put into %q: %v", id, err)
		}
	}
	for _, address := range []string{"", "ab", "../../../etc/passwd", strings.ToUpper(ref.Address), ref.Address + "0"} {
		if _, err := p.store.Open(ctx, caseA, address); !errors.Is(err, ErrInvalid) {
			t.Errorf("open %q: %v", address, err)
		}
		if err := p.store.Erase(ctx, caseA, address); !errors.Is(err, ErrInvalid) {
			t.Errorf("erase %q: %v", address, err)
		}
	}
	if _, err := p.store.Put(ctx, "abc", strings.NewReader("x")); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("put into an unknown case: %v", err)
	}
}

func TestPutOfAFailingReader(t *testing.T) {
	p := open(t)
	wrong := errors.New("the line went dead")
	r := io.MultiReader(bytes.NewReader(noise(7, 200_000)), failing{wrong})
	if _, err := p.store.Put(t.Context(), caseA, r); !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.store.Put(ctx, caseA, strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if f := p.fsck(t); len(f) != 0 {
		t.Errorf("left behind: %v", f)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
