package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody/parts"
	"custos.example/ledger"
)

// sender is a recording service that sends packs.
type sender struct{ private ed25519.PrivateKey }

func newSender(word string) sender {
	seed := sha256.Sum256([]byte(word))
	return sender{ed25519.NewKeyFromSeed(seed[:])}
}

func (s sender) public() ledger.PublicKey {
	p, err := ledger.NewPublicKey(s.private.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return p
}

func (s sender) KeyID() ledger.KeyID { return s.public().KeyID() }

func (s sender) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(s.private, message), nil
}

// trustFile writes a trust file that names the sender as a recording service.
func (s sender) trustFile(t *testing.T, folder string) string {
	t.Helper()
	const origin = "log.example/force"
	_, vkey, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	log, err := ledger.ParseNoteKey(vkey)
	if err != nil {
		t.Fatal(err)
	}
	data := trust(t, ledger.Trust{
		CoSigners: []ledger.NoteKey{}, Log: []ledger.NoteKey{log}, Origin: origin, TimestampRoots: [][]byte{},
		Keys: []ledger.TrustKey{{Holder: "service", ID: s.KeyID(), Public: s.public(), Roles: []string{ledger.RoleRecorder}}},
	})
	name := filepath.Join(folder, "trust.json")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// recording is a video of any length: bytes that can be read from anywhere and
// that are kept nowhere.
type recording int64

func (r recording) ReadAt(b []byte, off int64) (int, error) {
	var block [8]byte
	n := 0
	for n < len(b) && off < int64(r) {
		x := uint64(off/8) * 0x9e3779b97f4a7c15
		x ^= x >> 29
		binary.LittleEndian.PutUint64(block[:], x*0xbf58476d1ce4e5b9)
		k := copy(b[n:], block[off%8:])
		k = int(min(int64(k), int64(r)-off))
		n, off = n+k, off+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// cut makes a pack of a recording.
func cut(t *testing.T, body recording, partSize int64, s sender) *parts.Pack {
	t.Helper()
	c, err := parts.NewCutter(partSize)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyBuffer(c, io.NewSectionReader(body, 0, int64(body)), make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	list, cover, err := c.Cover()
	if err != nil {
		t.Fatal(err)
	}
	cover.Origin, cover.Sender, cover.Made = "log.example/force", s.public(), ledger.NewTime(clock())
	signed, _, err := cover.Sign(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parts.NewPack(signed, list, body)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// line is a line that drops: what it does to a part is said by its number.
type slowLine struct {
	t      *testing.T
	folder string
	pack   *parts.Pack
	sent   int
	resent int
}

// send writes a part as it arrives.
func (l *slowLine) send(number uint64, as string, harm func([]byte) []byte) {
	l.t.Helper()
	r, err := l.pack.Part(number)
	if err != nil {
		l.t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		l.t.Fatal(err)
	}
	if harm != nil {
		b = harm(b)
	}
	l.sent++
	if b == nil {
		return
	}
	if err := os.WriteFile(filepath.Join(l.folder, as), b, 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// TestJoinOverALineThatDrops sends a video in parts over a line that drops some,
// cuts some short, doubles some and damages some, sends what the verifier says is
// wanted until it is whole, and measures the memory of every joining.
func TestJoinOverALineThatDrops(t *testing.T) {
	const size, total, drops, doubles, corrupt = int64(100_000_000), int64(104), 40, 10, 5 // 5 GB: TestVideoInParts in cmd/custos
	folder := t.TempDir()
	program := filepath.Join(folder, "custos-verify")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := newSender("force")
	list := s.trustFile(t, folder)
	chunk := (size + total - 1) / total
	p := cut(t, recording(size), chunk+parts.HeadRoom, s)
	if p.Total != uint64(total) || chunk+parts.HeadRoom > 1_000_000 {
		t.Fatalf("%d parts of %d bytes", p.Total, chunk+parts.HeadRoom)
	}
	arrived := filepath.Join(folder, "arrived")
	if err := os.Mkdir(arrived, 0o700); err != nil {
		t.Fatal(err)
	}
	l := &slowLine{t: t, folder: arrived, pack: p}
	l.firstRound(drops, doubles, corrupt)
	out, want := filepath.Join(folder, "video"), filepath.Join(folder, "want.json")
	most, exits := int64(0), []int{}
	for round := 1; ; round++ {
		used, exit := peak(t, program, "join", arrived, "--out", out, "--want", want, "--trust", list)
		most, exits = max(most, used), append(exits, exit)
		if exit == 0 {
			break
		}
		if _, err := os.Stat(out); err == nil || round > 3 {
			t.Fatalf("round %d: exit %d, and there is a file: %v", round, exit, err == nil)
		}
		l.again(want)
	}
	if exits[0] != 1 || len(exits) != 2 || l.resent != drops+corrupt {
		t.Errorf("exit codes %v, %d parts sent again for %d dropped and %d damaged", exits, l.resent, drops, corrupt)
	}
	got, n := fileDigest(t, out)
	failures := 0
	if got != p.SHA256 || n != size {
		failures++
		t.Errorf("joined %d bytes with SHA-256 %s, not %s", n, got, p.SHA256)
	}
	if most > 256<<20 {
		failures++
		t.Errorf("%d MiB of memory", most>>20)
	}
	t.Logf("%d bytes in %d parts of at most %d bytes; %d dropped or cut short, %d doubled, %d damaged; exit codes %v; whole; at most %d MiB of memory",
		size, total, chunk+parts.HeadRoom, drops, doubles, corrupt, exits, most>>20)
	t.Logf("PROOF harness=parts-over-a-line trials=%d failures=%d control=\"caught %d of %d\"", l.sent, failures, l.resent, drops+corrupt)
}

// firstRound sends every part once; half of the drops leave a beginning.
func (l *slowLine) firstRound(drops, doubles, corrupt int) {
	l.t.Helper()
	every := int(l.pack.Total) / (drops + doubles + corrupt)
	for n := uint64(1); n <= l.pack.Total; n++ {
		kind := -1
		if i := int(n-1) / every; int(n-1)%every == 0 {
			kind = i
		}
		name := l.pack.FileName(n)
		switch {
		case kind >= 0 && kind < drops && kind%2 == 0:
			l.send(n, name, func([]byte) []byte { return nil })
		case kind >= 0 && kind < drops:
			l.send(n, name, func(b []byte) []byte { return b[:len(b)*(kind%90+5)/100] })
		case kind >= drops && kind < drops+doubles:
			l.send(n, name, nil)
			l.send(n, "again-"+name, nil)
		case kind >= drops+doubles && kind < drops+doubles+corrupt:
			l.send(n, name, func(b []byte) []byte { b[len(b)-1-kind] ^= 0x10; return b })
		default:
			l.send(n, name, nil)
		}
	}
}

// again sends what is wanted, over what lies there.
func (l *slowLine) again(want string) {
	l.t.Helper()
	data, err := os.ReadFile(want)
	if err != nil {
		l.t.Fatal(err)
	}
	w, err := parts.ParseWanted(data)
	if err != nil || w.Pack != l.pack.ID {
		l.t.Fatalf("%s: %v", data, err)
	}
	numbers, err := parts.ParseNumbers(w.Parts, l.pack.Total)
	if err != nil {
		l.t.Fatal(err)
	}
	for _, n := range numbers {
		l.send(n, l.pack.FileName(n), nil)
		l.resent++
	}
}

// peak runs a program and returns the most memory that it held and its exit code.
func peak(t *testing.T, program string, args ...string) (int64, int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	most, code := wiringtest.Memory(t, cmd), cmd.ProcessState.ExitCode()
	if code != 0 && code != 1 && code != 3 {
		t.Fatalf("%s: %s", cmd.ProcessState, out.String())
	}
	if most == 0 && os.Getenv("CI") == "true" {
		t.Fatal("this system does not say how much memory was used: the bound was not tried")
	}
	return most, code
}

func fileDigest(t *testing.T, name string) (ledger.Digest, int64) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Digest(sum.Sum(nil)), n
}
