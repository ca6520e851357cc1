package blob

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestUploadRefusal keeps why an upload was refused: the newest reason is read back by a
// process that has just started, stands nowhere in the clear, is refused when it was
// changed or put beside another upload, and goes with its upload. Controls: an upload that
// nobody refused, and the reason left alone.
func TestUploadRefusal(t *testing.T) {
	p := open(t)
	content := noise(1, 1000)
	u, other := p.begin(t, content), p.begin(t, content)
	for _, why := range []string{"the first reason of officer-seven\nin two lines", "the second reason of officer-seven"} {
		if err := p.store.RefuseUpload(t.Context(), u, Refusal{uploadDay.Add(time.Minute), why}); err != nil {
			t.Fatal(err)
		}
		if got, refused, err := p.store.UploadRefusal(t.Context(), p.found(t, u)); err != nil || !refused || got.Why != why || !got.Time.Equal(uploadDay.Add(time.Minute)) {
			t.Errorf("%+v, %v, %v", got, refused, err)
		}
	}
	if got, refused, err := p.store.UploadRefusal(t.Context(), other); err != nil || refused {
		t.Errorf("control: of one that was not refused: %+v, %v", got, err)
	}
	for what, r := range map[string]Refusal{"no reason": {uploadDay, ""}, "a zero byte": {uploadDay, "a\x00"}, "a long one": {uploadDay, strings.Repeat("x", mostWhy+1)}} {
		if err := p.store.RefuseUpload(t.Context(), u, r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	at := p.store.uploadPath(u, refusedSuffix)
	sealed, err := os.ReadFile(at)
	if err != nil || bytes.Contains(sealed, []byte("officer-seven")) {
		t.Fatalf("it stands in the clear, or not at all: %v", err)
	}
	if err := os.WriteFile(p.store.uploadPath(other, refusedSuffix), sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, refused, err := p.store.UploadRefusal(t.Context(), other); err == nil || refused {
		t.Errorf("the reason of another upload: %+v", got)
	}
	sealed[len(sealed)/2] ^= 1
	if err := os.WriteFile(at, sealed, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, refused, err := p.store.UploadRefusal(t.Context(), u); err == nil || refused {
		t.Errorf("changed: %+v", got)
	}
	if there, err := p.store.Uploads(t.Context(), caseA, uploadDay); err != nil || len(there) != 2 {
		t.Errorf("%d uploads are listed, %v", len(there), err)
	}
	if there, err := p.store.Uploads(t.Context(), caseA, uploadDay.Add(time.Hour)); err != nil || len(there) != 0 {
		t.Errorf("%d uploads that have expired are listed, %v", len(there), err)
	}
	if err := p.store.RemoveUpload(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if err := p.store.RefuseUpload(t.Context(), u, Refusal{uploadDay, "too late"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("of one that was removed: %v", err)
	}
	if err := os.WriteFile(at, sealed, 0o600); err != nil { // as a killed process leaves it
		t.Fatal(err)
	}
	if n, err := p.store.SweepUploads(t.Context(), uploadDay); err != nil || n != 0 {
		t.Errorf("%d removed, %v", n, err)
	}
	if _, err := os.Stat(at); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a reason without its upload stays: %v", err)
	}
	if n, err := p.store.SweepUploads(t.Context(), uploadDay.Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d removed, %v", n, err)
	}
	if left, err := os.ReadDir(filepath.Dir(at)); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
