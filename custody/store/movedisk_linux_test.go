package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"custos.example/custody"
)

// TestMoveFullDisk moves a record to a disk that is too small: the move stops, nothing
// is given over, and it goes on from there when there is room. The control is that the
// small disk filled in the middle of the copying.
func TestMoveFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	full := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=2200k", "tmpfs", full).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", full).Run() })
	w := newWorld(t, sqliteURL(t))
	fillMoved(t, w)
	dump, from := dumpOf(t, w), w.config.URL
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	to := "sqlite:" + filepath.Join(full, "custos.db")
	for i := range 2 { // where it is full already, the file may not even open
		if _, err := Move(t.Context(), w.at(from), w.at(to), MoveOptions{}); err == nil || i == 0 && !errors.Is(err, custody.ErrPushback) {
			t.Fatalf("on a full disk: %v", err)
		}
		if old, fresh := standing(t, w, from, to); !old || fresh {
			t.Fatalf("on a full disk the old database can be had back: %t, the new one takes entries: %t", old, fresh)
		}
	}
	if out, err := exec.Command("mount", "-o", "remount,size=64m", full).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	report, err := Move(t.Context(), w.at(from), w.at(to), MoveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.From == 0 || report.From == moved {
		t.Errorf("the disk did not fill in the middle: the move went on from %d", report.From)
	}
	sameDump(t, w, to, dump)
}
