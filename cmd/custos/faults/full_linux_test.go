package faults_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// page is what a step of a growing disk adds. Units: bytes.
const page = 4096

// TestFullDisk runs one line on a disk that is too small for it, for every size
// at which it fills somewhere in the line, then makes room and goes on. What was
// told while the disk was full stands; within a minute of there being room the
// line is whole. The control is a client that claims an entry which was refused.
//
// The sizes grow by 4 KiB. CUSTOS_LONG=1: of a core and of a station; else of a
// core.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		missing(t, "a disk of a size of its own needs root")
	}
	kinds := []string{coreAlone}
	if long() {
		kinds = append(kinds, wholeStation)
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			fresh := filepath.Join(quick(t), "fresh")
			if err := os.Mkdir(fresh, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := foundRecord(t.Context(), kind, fresh); err != nil {
				t.Fatal(err)
			}
			used := sizeOnDisk(t, fresh)
			h := &fullDisk{T: t, kind: kind, fresh: fresh, folder: t.TempDir()}
			made := 0
			for size := used; ; size += page {
				made++
				if whole := h.run(size); whole {
					break
				}
				if h.failures > 5 || made > 5000 {
					t.Fatal("the line is never whole")
				}
			}
			t.Logf("%s: from %d KiB on, %d sizes; %d times the disk filled, %d answers before it did; there was room again after %v at most",
				kind, used/1024, made, h.filled, h.answers, h.longest)
			if h.filled < 5 || h.answers == 0 {
				t.Errorf("the disk filled %d times, with %d answers before: the harness does not reach the line", h.filled, h.answers)
			}
			proof(t, "disk-full-"+kind, made, h.failures, h.caught, 1)
		})
	}
}

type fullDisk struct {
	*testing.T
	kind, fresh, folder               string
	filled, answers, failures, caught int
	longest                           time.Duration
}

// run makes the line on a disk of that size and says whether it was whole.
func (h *fullDisk) run(size int) bool {
	h.Helper()
	if err := unix.Mount("tmpfs", h.folder, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		missing(h.T, "mount: %v", err)
	}
	defer func() {
		if err := unix.Unmount(h.folder, 0); err != nil {
			h.Fatal(err)
		}
	}()
	place := filepath.Join(h.folder, "place")
	wiringtest.Duplicate(h.T, h.fresh, place)
	p := start(h.T, order{Role: "line", Kind: h.kind, Folder: place, From: newClients(1).last})
	c := newClients(1)
	c.hear(p)
	<-p.ended
	fail := func(v verdict) {
		h.failures++
		h.Errorf("%s, %d KiB, told of %d turns: %v", h.kind, size/1024, len(c.all), v)
	}
	if len(c.all) == turns {
		if v := c.judge(h.T, h.kind, place); !v.clean() && !strings.Contains(v.String(), "no space") && !strings.Contains(v.String(), "full") {
			fail(v)
		}
		return true
	}
	if said := p.said.String(); !strings.Contains(said, "no space left") && !strings.Contains(said, "full") {
		fail(verdict{Faults: []string{"it does not say that the disk is full: " + said}})
	}
	h.filled++
	h.answers += len(c.all)
	if err := unix.Mount("tmpfs", h.folder, "tmpfs", unix.MS_REMOUNT, fmt.Sprintf("size=%d", size+64<<20)); err != nil {
		h.Fatal(err)
	}
	began := time.Now()
	v := c.judge(h.T, h.kind, place)
	for v.clean() && c.last[0].Turn < turns {
		v = c.goOn(h.T, h.kind, place)
	}
	h.longest = max(h.longest, time.Since(began))
	if h.longest > time.Minute {
		v.fault("it took %v to go on", h.longest)
	}
	if !v.clean() {
		fail(v)
	}
	if h.caught == 0 && len(c.all) > 0 {
		claimed := c.all[len(c.all)-1]
		claimed.Proofs[0].Placed.Index += 50
		c.all = append(c.all, claimed)
		if !c.judge(h.T, h.kind, place).clean() {
			h.caught = 1
		}
	}
	return false
}

// sizeOnDisk is what a folder takes. Units: bytes, in whole pages.
func sizeOnDisk(t *testing.T, folder string) (size int) {
	t.Helper()
	for _, path := range filesBelow(t, folder) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += (int(info.Size()) + page - 1) / page * page
	}
	return size + 16*page // folders
}
