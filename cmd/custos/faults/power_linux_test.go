package faults_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// disk is a file system in a file whose power can be cut.
type disk struct {
	t      *testing.T
	kind   string // ext4 or xfs
	device string // of the loop
	folder string // where it is mounted
}

// newDisk makes a file system and mounts it.
func newDisk(t *testing.T, kind string) *disk {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "a file system of its own needs root")
	}
	if _, err := exec.LookPath("mkfs." + kind); err != nil {
		missing(t, "mkfs.%s is not here: %v", kind, err)
	}
	image := filepath.Join(quick(t), "image")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 512<<20); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs."+kind, "-q", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.%s: %v: %s", kind, err, out)
	}
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		missing(t, "losetup: %v: %s", err, out)
	}
	d := &disk{t: t, kind: kind, device: strings.TrimSpace(string(out)), folder: t.TempDir()}
	t.Cleanup(func() {
		_ = unix.Unmount(d.folder, unix.MNT_DETACH)
		_ = exec.Command("losetup", "--detach", d.device).Run()
	})
	d.mount()
	return d
}

func (d *disk) mount() {
	d.t.Helper()
	if err := unix.Mount(d.device, d.folder, d.kind, 0, ""); err != nil {
		d.t.Fatalf("mount %s: %v", d.kind, err)
	}
}

// cut makes the file system forget everything that was not flushed and refuse
// everything from then on.
func (d *disk) cut() {
	d.t.Helper()
	f, err := os.Open(d.folder)
	if err != nil {
		d.t.Errorf("cut the power: %v", err)
		return
	}
	defer f.Close()
	const shutdown, noLogFlush = 0x8004587d, uint32(2)
	flag := noLogFlush
	if _, _, code := unix.Syscall(unix.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flag))); code != 0 {
		d.t.Errorf("cut the power: %v", code)
	}
}

// restore mounts the file system again, as after a restart.
func (d *disk) restore() {
	d.t.Helper()
	var err error
	for range 200 {
		if err = unix.Unmount(d.folder, 0); err == nil {
			d.mount()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	d.t.Fatalf("umount: %v", err)
}

// cutOnce lets the writers write, cuts the power and judges.
func (d *disk) cutOnce(c *clients, o order) verdict {
	d.t.Helper()
	o.Role, o.From = "writers", c.last
	p := start(d.t, o)
	p.ready(d.t)
	// Most cuts fall where something has been told, on a busy machine too.
	for patience := rand.IntN(100); patience > 0 && len(p.heard) < 4; patience-- {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
	c.off = time.Now().UnixNano()
	d.cut()
	p.kill()
	c.hear(p)
	d.restore()
	return c.judge(d.t, o.Kind, o.Folder)
}

// world founds a record on the disk.
func (d *disk) world(name, kind string) order {
	d.t.Helper()
	folder := filepath.Join(d.folder, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := foundRecord(d.t.Context(), kind, folder); err != nil {
		d.t.Fatal(err)
	}
	return order{Kind: kind, Folder: folder}
}

// TestPowerCut cuts the power under 16 writers, again and again, and judges what
// they were told. Data, keys and guard lie on the file system that is cut; what
// the clients were told does not. One record in ten is a whole station with its
// policy, the others are its core, which is quicker. The control is a kernel
// that says it has flushed, and has not. What is told after the cut is told to
// nobody, since the machine is off: it is counted apart.
//
// CUSTOS_LONG=1: 1,000 cuts of each file system; ten such runs make the 10,000.
func TestPowerCut(t *testing.T) {
	systems := []string{"ext4"}
	if _, err := exec.LookPath("mkfs.xfs"); err == nil {
		systems = append(systems, "xfs")
	}
	for _, kind := range systems {
		t.Run(kind, func(t *testing.T) {
			d := newDisk(t, kind)
			n, failures, entries, late := trials(200, 1000), 0, 0, 0
			if kind == "xfs" && !long() {
				n = 10
			}
			for made, world := 0, 0; made < n && failures < 3; world++ {
				o := d.world(fmt.Sprint("world-", world), kindOf(world))
				d.cut() // the founding was told, and must outlive a cut as it is
				d.restore()
				c := newClients(16)
				for i := 0; i < 20 && made < n; i++ {
					made++
					v := d.cutOnce(c, o)
					if !v.clean() {
						failures++
						t.Errorf("%s, after cut %d: %v", o.Kind, made, v)
					}
					if !v.clean() {
						break
					}
				}
				entries, late = entries+c.entries(), late+c.late
				if err := os.RemoveAll(o.Folder); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%s: %d power cuts, %d acknowledged entries, %d failures; %d answers came when the power was off already",
				kind, n, entries, failures, late)
			if entries < 2*n {
				t.Errorf("%d acknowledgements in %d cuts show nothing", entries, n)
			}
			caught := d.caught(wholeStation) + d.caught(coreAlone)
			proof(t, "power-cut-"+kind, n, failures, caught, 2)
		})
	}
}

// caught is the control: the same with a kernel that does not flush.
func (d *disk) caught(kind string) int {
	d.t.Helper()
	for i := range 20 {
		o := d.world(fmt.Sprintf("control-%s-%d", kind, i), kind)
		o.Lie = true
		if v := d.cutOnce(newClients(16), o); !v.clean() {
			d.t.Logf("control: a kernel that does not flush under a %s was caught after %d cuts: %d lost", kind, i+1, v.Lost)
			return 1
		}
	}
	return 0
}

// kindOf is the kind of the nth record: every tenth is a whole station.
func kindOf(world int) string {
	if world%10 == 1 {
		return wholeStation
	}
	return coreAlone
}
