package blob

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// mount mounts a file system for the test, or skips when that is not permitted.
func mount(t *testing.T, dir string, args ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	if out, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
}

// On a full disk a put must fail, lose nothing earlier and leave nothing
// behind; with room made, putting goes on.
func TestFullDisk(t *testing.T) {
	p := open(t)
	full := t.TempDir()
	mount(t, full, "-t", "tmpfs", "-o", "size=600k", "tmpfs")
	s, err := Open(t.Context(), Config{DataDir: full, Keys: p.vault})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	var kept []Ref
	for i := range 200 {
		ref, err := s.Put(t.Context(), caseA, bytes.NewReader(noise(byte(i), 3000+i*100)))
		if err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("another error than a full disk: %v", err)
			}
			break
		}
		kept = append(kept, ref)
	}
	if len(kept) == 0 || len(kept) == 200 {
		t.Fatalf("%d kept: the disk did not fill", len(kept))
	}
	// The smallest thing must not be half-kept either.
	for i := range 20 {
		ref, err := s.Put(t.Context(), caseA, bytes.NewReader(noise(byte(100+i), 1000*i+1)))
		if err == nil {
			kept = append(kept, ref)
		} else if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	place := place{data: full, vault: p.vault, store: s}
	if f := place.fsck(t, kept...); len(f) != 0 {
		t.Errorf("on the full disk: %v", f)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=4m", full).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	kept = append(kept, place.put(t, caseA, noise(250, 500_000)))
	if f := place.fsck(t, kept...); len(f) != 0 {
		t.Errorf("after room was made: %v", f)
	}
	t.Logf("%d payloads kept around a full disk", len(kept))
}

func TestScratchOnAFullDisk(t *testing.T) {
	p := open(t)
	full := t.TempDir()
	mount(t, full, "-t", "tmpfs", "-o", "size=600k", "tmpfs")
	s, err := Open(t.Context(), Config{DataDir: full, Keys: p.vault})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stream := scratch(t, s)
	if _, err := stream.Write(noise(1, 2<<20)); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v", err)
	}
	if _, err := stream.Write([]byte("x")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a broken stream goes on: %v", err)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	again := scratch(t, s)
	if _, err := again.Write(noise(1, 300<<10)); err != nil {
		t.Errorf("the room was not given back: %v", err)
	}
}

// A process that may not write past a size meets the same end of space without
// any mount.
//
// It runs in a process of its own: the limit would also cut the log that the
// test runner keeps of this one.
func TestFileSizeLimit(t *testing.T) {
	const child = "CUSTOS_TEST_FILE_LIMIT"
	if os.Getenv(child) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFileSizeLimit$")
		cmd.Env = append(os.Environ(), child+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("PASS")) {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	p := open(t)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	kept := p.put(t, caseA, noise(1, 50_000))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 100_000, Max: was.Max}); err != nil {
		t.Fatalf("limit the size of files: %v", err)
	}
	_, large := p.store.Put(t.Context(), caseA, bytes.NewReader(noise(2, 500_000)))
	small, err := p.store.Put(t.Context(), caseA, bytes.NewReader(noise(3, 50_000)))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(large, syscall.EFBIG) || err != nil {
		t.Errorf("large: %v; small: %v", large, err)
	}
	if f := p.fsck(t, kept, small); len(f) != 0 {
		t.Errorf("%v", f)
	}
}

// cutPower makes a mounted file system forget everything that was not flushed.
func cutPower(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	const fsIocShutdown, noLogFlush = 0x8004587d, uint32(2)
	flag := noLogFlush
	if err := ioctl(f.Fd(), fsIocShutdown, &flag); err != nil {
		t.Errorf("cut the power: %v", err)
	}
}

// A power cut while putting must lose nothing that was said. The control
// flushes nothing and must be caught.
func TestPowerCut(t *testing.T) {
	for _, mode := range []string{"careful", "careless"} {
		t.Run(mode, func(t *testing.T) {
			c := newCrashPlace(t)
			image, disk := filepath.Join(t.TempDir(), "image"), t.TempDir()
			if err := os.WriteFile(image, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(image, 512<<20); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("mkfs.ext4", "-q", "-F", image).CombinedOutput(); err != nil {
				t.Skipf("mkfs.ext4: %v: %s", err, out)
			}
			mount(t, disk, "-o", "loop", image)
			c.data = filepath.Join(disk, "data")
			var all []Ref
			caught, n := 0, rounds(6, 300)
			if mode == "careless" {
				n = 100 // the first that is caught is enough
			}
			for i := range n {
				all = append(all, c.run(t, mode, fmt.Sprint(i), func(*os.Process) {
					time.Sleep(time.Duration(rand.IntN(150_000)) * time.Microsecond)
					cutPower(t, disk)
				})...)
				if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
					t.Fatalf("umount: %v: %s", err, out)
				}
				if out, err := exec.Command("mount", "-o", "loop", image, disk).CombinedOutput(); err != nil {
					t.Fatalf("mount again: %v: %s", err, out)
				}
				harm := c.harm(t, all)
				if mode == "careless" && len(harm) > 0 {
					caught++
					break
				}
				for _, f := range harm {
					t.Fatalf("after cut %d: %v", i+1, f)
				}
				if i%20 == 19 { // keep the disk from filling
					if err := os.RemoveAll(c.data); err != nil {
						t.Fatal(err)
					}
					all = nil
				}
			}
			if mode == "careless" && caught == 0 {
				t.Error("control: a careless writer is not caught")
			}
			if mode == "careful" {
				t.Logf("%d power cuts, no acknowledged payload lost", n)
				proof(t, "blob-power-cut", n, 0)
			}
		})
	}
}

// TestUploadOnAFullDisk fills the disk under an upload: what is said to be here stays,
// it goes on when there is room, and the content is whole. Control: without a full disk
// there is no such error.
func TestUploadOnAFullDisk(t *testing.T) {
	p := open(t)
	full := t.TempDir()
	mount(t, full, "-t", "tmpfs", "-o", "size=2m", "tmpfs")
	s, err := Open(t.Context(), Config{DataDir: full, Keys: p.vault})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	on := place{data: full, vault: p.vault, store: s}
	content := noise(1, 5<<20)
	u := on.begin(t, content)
	at, err := s.AppendUpload(t.Context(), u, 0, bytes.NewReader(content))
	if !errors.Is(err, ErrNoRoom) || at == 0 || at == u.Size {
		t.Fatalf("on a full disk: %d, %v", at, err)
	}
	if again, err := s.AppendUpload(t.Context(), u, at, bytes.NewReader(content[at:])); !errors.Is(err, ErrNoRoom) || again != at {
		t.Errorf("still full: %d, stood at %d; %v", again, at, err)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=12m", full).CombinedOutput(); err != nil {
		t.Fatalf("remount: %v: %s", err, out)
	}
	if there, err := s.UploadReceived(t.Context(), u); err != nil || there != at {
		t.Errorf("%d is here, %d was said: %v", there, at, err)
	}
	if got := on.rest(t, on.found(t, u), content); !bytes.Equal(got, content) {
		t.Error("control: with room it came back otherwise")
	}
	t.Logf("the disk was full at byte %d of %d", at, u.Size)
}
