package blob

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestSinkWritesAll writes files of sizes about those at which the way to the disk
// changes, in pieces of any length, to a disk and to a file system that is only memory. The control drops the last byte.
func TestSinkWritesAll(t *testing.T) {
	folders := []string{t.TempDir()}
	if memory, err := os.MkdirTemp("/dev/shm", "sink"); err == nil { //nolint:usetesting // the file system matters
		t.Cleanup(func() { _ = os.RemoveAll(memory) })
		folders = append(folders, memory)
	}
	random, seed := rand.New(rand.NewPCG(1, 2)), [32]byte{3}
	text := make([]byte, straightFrom+3*straightRoom+sinkRoom)
	_, _ = rand.NewChaCha8(seed).Read(text)
	for _, folder := range folders {
		past := 0
		for _, size := range []int{
			0, 1, sinkRoom - 1, sinkRoom, sinkRoom + 1, straightFrom - 1, straightFrom, straightFrom + 1, straightFrom + sinkRoom - 1,
			straightFrom + sinkRoom, straightFrom + sinkRoom + 4096 + 7, straightFrom + sinkRoom + straightRoom, straightFrom + 2*straightRoom + 1, len(text),
		} {
			path := filepath.Join(folder, "file")
			s, err := newSink(path)
			if err != nil {
				t.Fatal(err)
			}
			for rest := text[:size]; len(rest) > 0; {
				n := min(len(rest), 1+random.IntN(200_000))
				if _, err := s.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				if rest = rest[n:]; s.past {
					past++
				}
			}
			if err := s.end(true); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(got, text[:size]) {
				t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
			}
			if size > 0 && bytes.Equal(got, text[:size-1]) {
				t.Error("control: a byte less was not seen")
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("%s: %d pieces went past the system's memory of files", folder, past)
	}
}
