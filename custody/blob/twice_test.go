package blob

import (
	"bytes"
	"os"
	"testing"
)

// TestNoKeyIsUsedTwice keeps the same content again and again: in two cases, after it was
// erased, and in a folder that was put back to before it was kept. No key and no piece of
// ciphertext comes twice, of payloads and of streams. The control is one ciphertext
// that was copied, whose pieces the same search finds.
func TestNoKeyIsUsedTwice(t *testing.T) {
	p := open(t)
	content := bytes.Repeat([]byte("the same again. "), 3*scratchChunk/16)
	keys, pieces := map[string]bool{}, map[string]bool{}
	repeats := func(file []byte) int {
		found := 0
		for at := 0; at+64 <= len(file); at += 64 {
			piece := string(file[at : at+64])
			if pieces[piece] {
				found++
			}
			pieces[piece] = true
		}
		return found
	}
	var newest []byte
	look := func(when string, ref Ref) {
		t.Helper()
		r, err := p.store.readRecord(t.Context(), ref.Case, ref.Address)
		if err != nil {
			t.Fatal(err)
		}
		if keys[r.identity] || keys[r.salt.String()] {
			t.Errorf("%s: a key or a salt that was used before", when)
		}
		keys[r.identity], keys[r.salt.String()] = true, true
		if newest, err = os.ReadFile(p.file(t, ref)); err != nil {
			t.Fatal(err)
		}
		if n := repeats(newest); n > 0 {
			t.Errorf("%s: %d pieces that were there before", when, n)
		}
	}
	before := t.TempDir()
	if err := os.CopyFS(before, os.DirFS(p.data)); err != nil {
		t.Fatal(err)
	}
	look("first", p.put(t, caseA, content))
	look("in another case", p.put(t, caseB, content))
	if err := p.store.Erase(t.Context(), caseA, p.put(t, caseA, content).Address); err != nil {
		t.Fatal(err)
	}
	look("after it was erased", p.put(t, caseA, content))
	p.data = before
	p.reopen(t)
	look("in a folder that was put back", p.put(t, caseA, content))
	for range 3 {
		s := scratch(t, p.store)
		if _, err := s.Write(content); err != nil {
			t.Fatal(err)
		}
		stream := make([]byte, 3*(scratchChunk+scratchTag)) // its file has no name any more
		if _, err := s.f.ReadAt(stream, 0); err != nil {
			t.Fatal(err)
		}
		if n := repeats(stream); n > 0 {
			t.Errorf("a stream: %d pieces that were there before", n)
		}
	}
	if n := repeats(newest); n != len(newest)/64 {
		t.Errorf("control: %d pieces of a copy were found", n)
	}
}
