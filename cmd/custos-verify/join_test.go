package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

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
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	most, looks := int64(0), 0
	for {
		select {
		case <-ended:
			if code := cmd.ProcessState.ExitCode(); code == 0 || code == 1 || code == 3 {
				if looks == 0 && os.Getenv("CI") == "true" {
					t.Fatal("this system does not say how much memory was used: the bound was not tried")
				}
				return most, code
			}
			t.Fatalf("%s: %s", cmd.ProcessState, out.String())
		case <-time.After(5 * time.Millisecond):
		}
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			var kib int64
			if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
				most, looks = max(most, kib<<10), looks+1
			}
		}
	}
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

// join runs custos-verify join in this process.
func join(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"join"}, args...), &out, &errs, clock)
	return code, out.String(), errs.String()
}

func TestJoinCommand(t *testing.T) {
	folder := t.TempDir()
	s := newSender("force")
	list := s.trustFile(t, folder)
	p := cut(t, 50_000, 20_000, s)
	arrived := filepath.Join(folder, "arrived")
	if err := os.Mkdir(arrived, 0o700); err != nil {
		t.Fatal(err)
	}
	l := &slowLine{t: t, folder: arrived, pack: p}
	at := func(name string) string { return filepath.Join(folder, name) }
	for n := range p.Total - 1 {
		l.send(n+1, p.FileName(n+1), nil)
	}
	code, out, _ := join(t, arrived, "--out", at("video"), "--trust", list, "--receipt", at("receipt"), "--want", at("want"))
	if code != 3 || !strings.Contains(out, "missing: 4") || exists(at("video")) || exists(at("receipt")) || !exists(at("want")) {
		t.Fatalf("exit %d:\n%s", code, out)
	}
	l.send(4, p.FileName(4), nil)
	if code, out, _ = join(t, arrived, "--out", at("video")); code != 3 || !strings.Contains(out, "You have not told this program whose key that is") || !exists(at("video")) {
		t.Fatalf("nobody is trusted: exit %d:\n%s", code, out)
	}
	if code, _, errs := join(t, arrived, "--out", at("video")); code != 2 || !strings.Contains(errs, "nothing is replaced") {
		t.Fatalf("over a file: exit %d:\n%s", code, errs)
	}
	code, out, _ = join(t, arrived, "--out", at("video-2"), "--trust", list, "--receipt", at("receipt"), "--json")
	var said struct {
		Exit    int
		Whole   bool
		Content *parts.Content
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || !said.Whole || said.Content == nil || said.Content.SHA256 != p.SHA256 {
		t.Fatalf("exit %d, %v:\n%s", code, err, out)
	}
	slip, err := os.ReadFile(at("receipt"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := parts.ParseSlip(slip); err != nil || r.State != parts.Opened || r.Content.SHA256 != p.SHA256 {
		t.Fatalf("%s: %v", slip, err)
	}
	for _, wrong := range [][]string{{}, {at("nowhere")}, {list}, {arrived, "--identity", list}, {arrived, "--receipt", at("r")}, {arrived, "--trust", at("want")}, {arrived, "--odd"}} {
		if code, _, errs := join(t, wrong...); code != 2 {
			t.Errorf("%v: exit %d: %s", wrong, code, errs)
		}
	}
	if code, _, errs := join(t, arrived, "--out", at("x"), "--identity", list); code != 2 || !strings.Contains(errs, "not encrypted") {
		t.Errorf("a key for a pack in the clear: exit %d: %s", code, errs)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// TestJoinForSomebodyElse opens an encrypted pack with the right key and with a
// wrong one.
func TestJoinForSomebodyElse(t *testing.T) {
	folder := t.TempDir()
	s := newSender("force")
	list := s.trustFile(t, folder)
	keys := map[string]parts.Identity{}
	for _, name := range []string{"mine", "theirs"} {
		k, err := parts.NewIdentity()
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = k
		if err := os.WriteFile(filepath.Join(folder, name), []byte(k.Text()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(io.NewSectionReader(recording(60_000), 0, 60_000))
	if err != nil {
		t.Fatal(err)
	}
	var locked bytes.Buffer
	w, err := parts.Encrypt(&locked, []string{keys["mine"].Public()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := parts.NewCutter(20_000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(body); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(locked.Bytes()); err != nil {
		t.Fatal(err)
	}
	digests, cover, err := c.Cover()
	if err != nil {
		t.Fatal(err)
	}
	cover.Origin, cover.Sender, cover.Made, cover.Recipients = "log.example/force", s.public(), ledger.NewTime(clock()), []string{keys["mine"].Public()}
	signed, _, err := cover.Sign(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parts.NewPack(signed, digests, bytes.NewReader(locked.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	l := &slowLine{t: t, folder: filepath.Join(folder, "arrived"), pack: p}
	if err := os.Mkdir(l.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for n := range p.Total {
		l.send(n+1, p.FileName(n+1), nil)
	}
	at := func(name string) string { return filepath.Join(folder, name) }
	code, _, errs := join(t, l.folder, "--out", at("video"), "--trust", list, "--identity", at("theirs"))
	if code != 2 || !strings.Contains(errs, keys["mine"].Public()) || !strings.Contains(errs, keys["theirs"].Public()) || exists(at("video")) || exists(at("video.joining")) {
		t.Errorf("another's key: exit %d: %s", code, errs)
	}
	code, out, _ := join(t, l.folder, "--out", at("locked.age"), "--trust", list, "--receipt", at("slip-1"))
	if code != 0 || !strings.Contains(out, "It is encrypted still") {
		t.Errorf("without a key: exit %d: %s", code, out)
	}
	code, out, errs = join(t, l.folder, "--out", at("video"), "--trust", list, "--identity", at("mine"), "--receipt", at("slip-2"))
	if got, err := os.ReadFile(at("video")); code != 0 || err != nil || !bytes.Equal(got, body) {
		t.Errorf("with the key: exit %d: %s%s%v", code, out, errs, err)
	}
	for name, state := range map[string]string{"slip-1": parts.Arrived, "slip-2": parts.Opened} {
		data, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		if slip, err := parts.ParseSlip(data); err != nil || slip.State != state {
			t.Errorf("%s: %+v, %v", name, slip, err)
		}
	}
}
