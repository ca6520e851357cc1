package main

import (
	"bytes"
	"testing"
)

// TestManyStreamsInLittleMemory fills more scratch streams than a bundle has files with
// results: each comes back as it was written, and most of it lies on the disk.
func TestManyStreamsInLittleMemory(t *testing.T) {
	const many, size = 300, 64 << 10
	s := newSpace()
	defer s.close()
	held := 0
	for i := range many {
		in, out := bytes.Repeat([]byte{byte(i), 7, byte(i / 3)}, size/3), make([]byte, size/3*3)
		w, err := s.scratch()
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{in[:1000], in[1000:40_000], in[40_000:]} {
			if _, err := w.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.ReadAt(out, 0); err != nil || !bytes.Equal(in, out) {
			t.Fatalf("stream %d comes back otherwise: %v", i, err)
		}
		if _, err := w.ReadAt(out[:5000], laterStreams-2500); err != nil || !bytes.Equal(in[laterStreams-2500:laterStreams+2500], out[:5000]) {
			t.Fatalf("stream %d comes back otherwise where memory ends: %v", i, err)
		}
		held += len(s.streams[i].head)
	}
	if most := largeStreams*size + (many-largeStreams)*laterStreams; held > most {
		t.Errorf("%d bytes in memory, more than %d", held, most)
	}
}
