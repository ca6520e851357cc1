package blob

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func scratch(t testing.TB, s *Store) *Scratch {
	t.Helper()
	stream, err := s.Scratch(t.Context(), caseA)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Close() })
	return stream
}

func TestScratchReadsWhatWasWritten(t *testing.T) {
	p := open(t)
	random := rand.New(rand.NewPCG(1, 2))
	content := noise(1, 3<<20+17)
	s := scratch(t, p.store)
	written := 0
	check := func() {
		t.Helper()
		if s.Size() != int64(written) {
			t.Fatalf("size %d, wrote %d", s.Size(), written)
		}
		off := random.IntN(written + 1)
		b := make([]byte, random.IntN(600_000))
		n, err := s.ReadAt(b, int64(off))
		if want := min(len(b), written-off); n != want || (n < len(b)) != errors.Is(err, io.EOF) {
			t.Fatalf("read %d of %d at %d of %d: %v", n, len(b), off, written, err)
		}
		if !bytes.Equal(b[:n], content[off:off+n]) {
			t.Fatal("read something else")
		}
	}
	for written < len(content) {
		n := min(random.IntN(400_000), len(content)-written)
		if m, err := s.Write(content[written : written+n]); m != n || err != nil {
			t.Fatal(m, err)
		}
		written += n
		for range 5 {
			check()
		}
	}
	all, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
	if err != nil || !bytes.Equal(all, content) {
		t.Fatalf("%d bytes, %v", len(all), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after closing: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(p.data, "scratch"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The stream's file is changed under it: each chunk changed or moved must fail
// to read, and the others must still read.
func TestScratchChangedOnDisk(t *testing.T) {
	p := open(t)
	s := scratch(t, p.store)
	if _, err := s.Write(noise(2, 3*scratchChunk)); err != nil {
		t.Fatal(err)
	}
	const stride = scratchChunk + scratchTag
	first, second := make([]byte, stride), make([]byte, stride)
	if _, err := s.f.ReadAt(first, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.f.ReadAt(second, stride); err != nil {
		t.Fatal(err)
	}
	read := func(chunk int64) error {
		s.cached = -1
		_, err := s.ReadAt(make([]byte, 10), chunk*scratchChunk)
		return err
	}
	for chunk := range int64(3) {
		if err := read(chunk); err != nil {
			t.Fatalf("control: %v", err)
		}
	}
	if _, err := s.f.WriteAt(second, 0); err != nil { // moved
		t.Fatal(err)
	}
	if err := read(0); !errors.Is(err, ErrIntegrity) {
		t.Errorf("moved chunk: %v", err)
	}
	first[100] ^= 1
	if _, err := s.f.WriteAt(first, 0); err != nil {
		t.Fatal(err)
	}
	if err := read(0); !errors.Is(err, ErrIntegrity) {
		t.Errorf("changed chunk: %v", err)
	}
	if err := read(1); err != nil {
		t.Errorf("control: %v", err)
	}
}

func BenchmarkScratchWrite(b *testing.B) {
	p := open(b)
	block := noise(1, 1<<20)
	s := scratch(b, p.store)
	b.SetBytes(int64(len(block)))
	for b.Loop() {
		if s.Size() > 1<<30 {
			b.StopTimer()
			s.Close()
			s = scratch(b, p.store)
			b.StartTimer()
		}
		if _, err := s.Write(block); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScratchRead(b *testing.B) {
	p := open(b)
	s := scratch(b, p.store)
	for range 256 {
		if _, err := s.Write(noise(1, 1<<20)); err != nil {
			b.Fatal(err)
		}
	}
	block := make([]byte, 1<<20)
	b.SetBytes(int64(len(block)))
	at := int64(0)
	for b.Loop() {
		if _, err := s.ReadAt(block, at); err != nil {
			b.Fatal(err)
		}
		at = (at + 1<<20) % (256 << 20)
	}
}
