package blob

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

var uploadDay = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// fresh lets every upload begin.
func fresh([]Upload) (*Upload, error) { return nil, nil }

// begin begins an upload of some content in caseA.
func (p place) begin(t testing.TB, content []byte) Upload {
	t.Helper()
	u, err := p.store.BeginUpload(t.Context(), Upload{
		Case: caseA, Owner: "officer-seven", Kind: "return", Size: int64(len(content)), SHA256: sha256.Sum256(content),
		Created: uploadDay, Expires: uploadDay.Add(time.Hour),
	}, fresh)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// found is an upload as a process that has just started finds it.
func (p place) found(t testing.TB, u Upload) Upload {
	t.Helper()
	got, err := p.store.FindUpload(t.Context(), u.Case, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// rest sends the rest of some content and returns what is then read back.
func (p place) rest(t testing.TB, u Upload, content []byte) []byte {
	t.Helper()
	at, err := p.store.UploadReceived(t.Context(), u)
	if err == nil {
		at, err = p.store.AppendUpload(t.Context(), u, at, bytes.NewReader(content[at:]))
	}
	if err != nil || at != u.Size {
		t.Fatalf("the rest: %d of %d bytes, %v", at, u.Size, err)
	}
	return p.content(t, u)
}

func (p place) content(t testing.TB, u Upload) []byte {
	t.Helper()
	r, err := p.store.UploadContent(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestUploadGoesOn sends content of many sizes over a line that breaks off again and
// again, and opens the folder anew between. Control: what was declared to be longer is
// never handed out.
func TestUploadGoesOn(t *testing.T) {
	p := open(t)
	random := mathrand.New(mathrand.NewPCG(7, 31))
	for i, size := range []int{1, 4095, uploadPiece - 1, uploadPiece, uploadPiece + 1, 3*uploadPiece + 5, 8 * uploadPiece, 700_001} {
		content := noise(byte(i), size)
		u := p.begin(t, content)
		breaks := 0
		for at := int64(0); at < u.Size; {
			end := min(u.Size, at+1+random.Int64N(3*uploadPiece))
			line := io.MultiReader(bytes.NewReader(content[at:end]), iotest.ErrReader(errors.New("the line broke")))
			got, err := p.store.AppendUpload(t.Context(), u, at, line)
			if want := end / uploadPiece * uploadPiece; end < u.Size && (err == nil || got != max(at, want)) {
				t.Fatalf("%d bytes: stands at %d after %d came, %v", size, got, end, err)
			}
			p.reopen(t)
			u = p.found(t, u)
			there, err := p.store.UploadReceived(t.Context(), u)
			if err != nil || there != got {
				t.Fatalf("%d bytes: stands at %d, and %d was said; %v", size, there, got, err)
			}
			at = there
			breaks++
		}
		if !bytes.Equal(p.content(t, u), content) {
			t.Errorf("%d bytes came back otherwise", size)
		}
		if err := p.store.RemoveUpload(t.Context(), u); err != nil {
			t.Error(err)
		}
		if _, err := p.store.FindUpload(t.Context(), caseA, u.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("a removed upload: %v", err)
		}
	}
	u := p.begin(t, noise(9, 100))
	if _, err := p.store.AppendUpload(t.Context(), u, 0, bytes.NewReader(noise(9, 99))); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.UploadContent(t.Context(), u); !errors.Is(err, ErrInvalid) {
		t.Errorf("control: one byte too few was handed out: %v", err)
	}
}

// TestUploadAtOneOffset lets a hundred write at one offset at once: one of them wins,
// wholly. Control: a hundred that write one after the other, each where the last one
// ended, all win.
func TestUploadAtOneOffset(t *testing.T) {
	p := open(t)
	const hands = 100
	content := noise(1, hands*uploadPiece)
	u := p.begin(t, content)
	results := make([]error, hands)
	var all sync.WaitGroup
	ready := make(chan struct{})
	for i := range hands {
		all.Go(func() {
			<-ready
			mine := bytes.Repeat([]byte{byte(i)}, 2*uploadPiece)
			_, results[i] = p.store.AppendUpload(t.Context(), u, 0, inSteps(mine))
		})
	}
	close(ready)
	all.Wait()
	winner, won := -1, 0
	for i, err := range results {
		switch {
		case err == nil:
			winner, won = i, won+1
		case !errors.Is(err, ErrTaken) && !errors.Is(err, ErrElsewhere):
			t.Errorf("hand %d: %v", i, err)
		}
	}
	if won != 1 {
		t.Fatalf("%d of %d won", won, hands)
	}
	at, err := p.store.AppendUpload(t.Context(), u, 2*uploadPiece, bytes.NewReader(content[2*uploadPiece:]))
	if err != nil || at != u.Size {
		t.Fatal(at, err)
	}
	if got := p.content(t, u); !bytes.Equal(got[:2*uploadPiece], bytes.Repeat([]byte{byte(winner)}, 2*uploadPiece)) || !bytes.Equal(got[2*uploadPiece:], content[2*uploadPiece:]) {
		t.Error("what is there is not what the one who won has sent")
	}
	second := p.begin(t, content)
	for i := range int64(hands) {
		at, err := p.store.AppendUpload(t.Context(), second, i*uploadPiece, bytes.NewReader(content[i*uploadPiece:(i+1)*uploadPiece]))
		if err != nil || at != (i+1)*uploadPiece {
			t.Fatalf("control: hand %d: %d, %v", i, at, err)
		}
	}
	if !bytes.Equal(p.content(t, second), content) {
		t.Error("control: it came back otherwise")
	}
}

// inSteps reads in small steps, so that hands meet.
func inSteps(b []byte) io.Reader { return iotest.HalfReader(bytes.NewReader(b)) }

// TestUploadTooMuch sends more than was declared: nothing of that request stays, and the
// rest as declared is taken afterwards.
func TestUploadTooMuch(t *testing.T) {
	p := open(t)
	content := noise(1, 3*uploadPiece+10)
	u := p.begin(t, content)
	if at, err := p.store.AppendUpload(t.Context(), u, 0, bytes.NewReader(content[:uploadPiece])); err != nil || at != uploadPiece {
		t.Fatal(at, err)
	}
	more := append(bytes.Clone(content[uploadPiece:]), 'x')
	if at, err := p.store.AppendUpload(t.Context(), u, uploadPiece, bytes.NewReader(more)); !errors.Is(err, ErrTooMuch) || at != uploadPiece {
		t.Errorf("one byte too many: %d, %v", at, err)
	}
	if got := p.rest(t, u, content); !bytes.Equal(got, content) {
		t.Error("control: what was declared came back otherwise")
	}
	if _, err := p.store.AppendUpload(t.Context(), u, u.Size, strings.NewReader("x")); !errors.Is(err, ErrTooMuch) {
		t.Errorf("one byte behind the end: %v", err)
	}
	for _, wrong := range []int64{0, uploadPiece, u.Size - 1, u.Size + 1, 1 << 40} {
		if at, err := p.store.AppendUpload(t.Context(), u, wrong, strings.NewReader("x")); !errors.Is(err, ErrElsewhere) || errors.Is(err, ErrTaken) || at != u.Size {
			t.Errorf("at %d: %d, %v", wrong, at, err)
		}
	}
}

// TestUploadNothingInClear searches everything on disk for the content, its digest and
// its sender. Control: the search finds them in a file in clear.
func TestUploadNothingInClear(t *testing.T) {
	p := open(t)
	content := bytes.Repeat([]byte("07700900123,2026-03-02,voice\n"), 9000)
	u := p.begin(t, content)
	if _, err := p.store.AppendUpload(t.Context(), u, 0, bytes.NewReader(content[:150_000])); err != nil {
		t.Fatal(err)
	}
	words := []string{"07700900123", "officer-seven", u.SHA256.String(), string(u.SHA256[:]), string(u.key[:])}
	search := func() (found int) {
		err := filepath.WalkDir(p.data, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, word := range words {
				if bytes.Contains(text, []byte(word)) {
					found++
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if n := search(); n > 0 {
		t.Errorf("%d words stand on disk in clear", n)
	}
	if err := os.WriteFile(filepath.Join(p.data, "clear"), []byte(strings.Join(words, " ")), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := search(); n != len(words) {
		t.Errorf("control: %d of %d words were found in clear", n, len(words))
	}
}

// TestUploadChangedOnDisk alters, swaps, cuts and doubles what is on disk. What was
// flushed long ago is refused when it is read; what is at the end, where a cut of the
// power could have left anything, counts as not received. Control: left alone, it is
// handed out.
func TestUploadChangedOnDisk(t *testing.T) {
	p := open(t)
	content := noise(1, uploadFlush+20*uploadPiece+9)
	u := p.begin(t, content)
	if got := p.rest(t, u, content); !bytes.Equal(got, content) {
		t.Fatal("control: it came back otherwise")
	}
	path := p.store.uploadPath(u, partSuffix)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	piece := func(b []byte, i int) []byte { return b[i*uploadOnto : (i+1)*uploadOnto] }
	for name, change := range map[string]func(b []byte) []byte{
		"a bit of the first piece": func(b []byte) []byte { b[100]++; return b },
		"a nonce":                  func(b []byte) []byte { piece(b, 3)[0]++; return b },
		"two pieces swapped": func(b []byte) []byte {
			first := bytes.Clone(piece(b, 2))
			copy(piece(b, 2), piece(b, 7))
			copy(piece(b, 7), first)
			return b
		},
		"a piece doubled": func(b []byte) []byte { copy(piece(b, 5), piece(b, 4)); return b },
		"the last piece":  func(b []byte) []byte { b[len(b)-1]++; return b },
		"cut":             func(b []byte) []byte { return b[:len(b)-7] },
		"a bit near the end": func(b []byte) []byte {
			piece(b, len(b)/uploadOnto-2)[40]++
			return b
		},
	} {
		if err := os.WriteFile(path, change(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := p.store.UploadContent(t.Context(), u)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
			err = errors.Join(err, r.Close())
		}
		if !errors.Is(err, ErrIntegrity) && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if errors.Is(err, ErrInvalid) && !bytes.Equal(p.rest(t, u, content), content) {
			t.Errorf("%s: after it was sent again it came back otherwise", name)
		}
	}
	other := p.begin(t, content)
	if err := os.WriteFile(p.store.uploadPath(other, partSuffix), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if at, err := p.store.UploadReceived(t.Context(), other); err != nil || at > int64(len(content)-uploadFlush) {
		t.Errorf("the content of another upload counts as received up to %d: %v", at, err)
	}
}

// TestUploadsSwept lets uploads expire. What has not expired, and what is being read,
// stays; what a killed process left half made goes.
func TestUploadsSwept(t *testing.T) {
	p := open(t)
	content := noise(1, 1000)
	old, held, stays := p.begin(t, content), p.begin(t, content), p.begin(t, content)
	p.rest(t, held, content)
	stays.Expires = uploadDay.Add(3 * time.Hour)
	stays, err := p.store.BeginUpload(t.Context(), stays, fresh)
	if err != nil {
		t.Fatal(err)
	}
	half := Upload{Case: caseA, ID: strings.Repeat("ab", 32)}
	for _, suffix := range []string{partSuffix, headSuffix + ".tmp"} {
		if err := os.WriteFile(p.store.uploadPath(half, suffix), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reading, err := p.store.UploadContent(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.store.SweepUploads(t.Context(), uploadDay.Add(time.Hour-time.Millisecond)); err != nil || n != 0 {
		t.Fatalf("control: %d uploads that had not expired were removed: %v", n, err)
	}
	p.found(t, old)
	if n, err := p.store.SweepUploads(t.Context(), uploadDay.Add(time.Hour)); err != nil || n != 2 {
		t.Errorf("%d uploads had expired, %v", n, err)
	}
	if got, err := io.ReadAll(reading); err != nil || !bytes.Equal(got, content) {
		t.Errorf("what is being read was taken away: %v", err)
	}
	if err := reading.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.store.SweepUploads(t.Context(), uploadDay.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d uploads had expired and were not held, %v", n, err)
	}
	p.found(t, stays)
	files, err := os.ReadDir(filepath.Dir(p.store.uploadPath(old, partSuffix)))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
}

// TestUploadsOfAnErasedCase erases a case: its uploads cannot be opened, and are gone.
// Control: those of another case stay.
func TestUploadsOfAnErasedCase(t *testing.T) {
	p := open(t)
	content := noise(1, 100_000)
	u := p.begin(t, content)
	p.rest(t, u, content)
	other, err := p.store.BeginUpload(t.Context(), Upload{Case: caseB, Owner: "x", Kind: "return", Size: 5, Created: uploadDay, Expires: uploadDay.Add(time.Hour)}, fresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.vault.DestroyCase(t.Context(), caseA); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.FindUpload(t.Context(), caseA, u.ID); err == nil {
		t.Error("it can be opened without the key of its case")
	}
	if err := p.store.EraseCase(t.Context(), caseA); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.store.uploadPath(u, partSuffix)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its content is still there: %v", err)
	}
	p.found(t, other)
}

// TestUploadNamesAreRandom begins many: no two have one name, and a name that is none is
// not there.
func TestUploadNamesAreRandom(t *testing.T) {
	p := open(t)
	seen := map[string]bool{}
	for range 50 {
		u := p.begin(t, []byte("x"))
		if seen[u.ID] || len(u.ID) != 64 {
			t.Fatalf("the name %q", u.ID)
		}
		seen[u.ID] = true
	}
	var guess [32]byte
	_, _ = rand.Read(guess[:])
	for _, name := range []string{"", ".", "..", "../../blobs", strings.Repeat("0", 64), strings.Repeat("g", 64), strings.Repeat("A", 64)} {
		if _, err := p.store.FindUpload(t.Context(), caseA, name); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for name := range seen {
		if _, err := p.store.FindUpload(t.Context(), caseB, name); !errors.Is(err, ErrNotFound) {
			t.Fatalf("in another case: %v", err)
		}
	}
}
