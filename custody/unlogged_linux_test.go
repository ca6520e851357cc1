package custody_test

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFullDiskShowsNothing fills the disk that a record lies on, and asks to be shown
// everything that can be shown of the case: nothing is. When there is room again
// all of it is, and the record is whole. The control is the same before.
func TestFullDiskShowsNothing(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Skipf("a disk of a size of its own: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	h := foundIn(t, filepath.Join(disk, "record"))
	h.openCase()
	readings := h.twoVersions()
	served, without := h.unlogged(readings, h.Store)
	if len(served) != len(readings) || len(without) != 0 {
		t.Fatalf("control: of %d readings %v were served, %v of them unlogged", len(readings), served, without)
	}
	filler := filepath.Join(disk, "filler")
	fill(t, filler)
	onFull, without := h.unlogged(readings, h.Store)
	if len(without)+len(onFull) > 0 {
		t.Errorf("the disk is full: %v were served, %v of them unlogged", onFull, without)
	}
	failures := len(onFull)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	h.reopen()
	if served, without = h.unlogged(readings, h.Store); len(served) != len(readings) || len(without) != 0 {
		t.Errorf("with room again %v were served, %v of them unlogged", served, without)
	}
	h.whole()
	t.Logf("PROOF harness=full-disk-shows-nothing trials=%d failures=%d control=\"%d of %d are shown when there is room\"", len(readings), failures, len(served), len(readings))
}

// fill writes until nothing more goes onto the disk, down to the last byte.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size > 0; size /= 2 {
		for {
			if _, err := f.Write(make([]byte, size)); err != nil {
				break
			}
		}
	}
}
