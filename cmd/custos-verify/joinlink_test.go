package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestJoinFollowsNoLink joins a pack on the disk on which it came, where whoever carried the
// disk has laid links under the names that the whole has while it is written and afterwards:
// the file that they lead to stays as it was. The control is what a joining left that was
// cut short, which is in nobody's way.
func TestJoinFollowsNoLink(t *testing.T) {
	for name, planted := range map[string]func(victim, partial string) error{
		"a link":                               os.Symlink,
		"a second name of the same file":       os.Link,
		"control: the rest of another joining": func(_, partial string) error { return os.WriteFile(partial, []byte("the first half"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			s := newSender("force")
			list := s.trustFile(t, folder)
			p := cut(t, 50_000, 20_000, s)
			disk, victim := filepath.Join(folder, "disk"), filepath.Join(folder, "notes")
			if err := os.Mkdir(disk, 0o700); err != nil {
				t.Fatal(err)
			}
			l := &slowLine{t: t, folder: disk, pack: p}
			for n := range p.Total {
				l.send(n+1, p.FileName(n+1), nil)
			}
			out := filepath.Join(disk, "video")
			if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := planted(victim, out+".joining"); err != nil {
				t.Fatal(err)
			}
			if code, text, errs := join(t, disk, "--out", out, "--trust", list); code != 0 {
				t.Errorf("exit %d:\n%s%s", code, text, errs)
			}
			if kept, err := os.ReadFile(victim); err != nil || string(kept) != "mine" {
				t.Errorf("the file that the link leads to has %d bytes now: %v", len(kept), err)
			}
			if info, err := os.Lstat(out); err != nil || !info.Mode().IsRegular() || info.Size() != int64(p.Size) {
				t.Errorf("what was joined is %v: %v", info, err)
			}
		})
	}
}
