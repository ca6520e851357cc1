package blob

import (
	"bytes"
	"errors"
	"io"
	"math/bits"
	"os"
	"path/filepath"
	"testing"

	"filippo.io/age"
)

// TestSizesShowAClass puts payloads of many sizes and looks at what whoever holds the
// folder sees: lengths of a few classes only. The control is the same contents
// encrypted as they are, each of which shows its size.
func TestSizesShowAClass(t *testing.T) {
	p := open(t)
	seen, bare := map[int64]int{}, map[int64]int{}
	sizes := 0
	for _, from := range []int{1, 100, 2000, 4096, 5000, 70_000, 300_000} {
		for i := range 16 {
			size := from + i*max(1, from/250)
			content := noise(byte(size), size)
			ref := p.put(t, caseA, content)
			info, err := os.Stat(p.file(t, ref))
			if err != nil {
				t.Fatal(err)
			}
			sizes++
			seen[info.Size()]++
			bare[ageSize(int64(size))]++
			if got := p.get(t, ref); !bytes.Equal(got, content) {
				t.Fatalf("%d bytes came back as %d others", size, len(got))
			}
		}
	}
	t.Logf("%d sizes show as %d lengths", sizes, len(seen))
	if len(seen) > sizes/5 {
		t.Errorf("%d sizes show as %d lengths", sizes, len(seen))
	}
	if len(bare) != sizes {
		t.Errorf("control: %d sizes without padding show as %d lengths", sizes, len(bare))
	}
}

// TestPaddingIsLittle holds the classes to their bound: at most as many bits of the
// length are kept as its exponent has, and no content is cut.
func TestPaddingIsLittle(t *testing.T) {
	for size := int64(plainFrom); size < 1<<44; size += 1 + size/1009 {
		length := padded(size)
		exponent := bits.Len64(uint64(size)) - 1
		if length < size || (length-size)<<bits.Len(uint(exponent)) >= 2<<exponent || padded(length) != length {
			t.Fatalf("%d is filled up to %d", size, length)
		}
	}
}

// TestPayloadsFromBeforePadding puts a file as it was written before there was
// padding in the place of a payload's.
func TestPayloadsFromBeforePadding(t *testing.T) {
	p := open(t)
	content := noise(1, 5000)
	ref := p.put(t, caseA, content)
	r, err := p.store.readRecord(t.Context(), caseA, ref.Address)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := age.ParseX25519Identity(r.identity)
	if err != nil {
		t.Fatal(err)
	}
	for name, fill := range map[string]int{"as before": 0, "one byte more": 1, "one byte less than its class": int(padded(5000)) - 5001} {
		var file bytes.Buffer
		w, err := age.Encrypt(&file, identity.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(append(bytes.Clone(content), make([]byte, fill)...)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		path := p.file(t, ref)
		if err := os.WriteFile(filepath.Clean(path), file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		err = p.store.Verify(t.Context(), caseA, ref.Address)
		if (err == nil) != (fill == 0) {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare, err := parseRecord(r.bare())
	if err != nil || bare != r {
		t.Errorf("a record from before: %v", err)
	}
	for _, text := range []string{r.bare() + "\x00", r.text() + "\x00", r.text()[:len(r.text())-1] + "x"} {
		if _, err := parseRecord(text); err == nil {
			t.Errorf("a record with another end was taken")
		}
	}
}

// TestNothingBehindTheContentIsRead reads more than a payload holds, in one large piece:
// what fills it up on the disk is no part of it.
func TestNothingBehindTheContentIsRead(t *testing.T) {
	p := open(t)
	ref := p.put(t, caseA, bytes.Repeat([]byte{7}, 5001))
	content, err := p.store.Open(t.Context(), caseA, ref.Address)
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []int64{0, 5000} {
		if n, err := content.ReadAt(make([]byte, 2<<20), off); int64(n) != 5001-off || !errors.Is(err, io.EOF) {
			t.Errorf("from %d: %d bytes, %v", off, n, err)
		}
	}
	if n, err := content.ReadAt(make([]byte, 5001), 0); n != 5001 || err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("control: %d bytes, %v", n, err)
	}
}
