package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// video gives the bytes of a recording of any length, the same each time, that lies
// on no disk.
func video(size int64) io.Reader { return io.LimitReader(&frames{}, size) }

type frames struct {
	block [32]byte
	n     uint64
	left  []byte
}

func (f *frames) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if len(f.left) == 0 {
			x := f.n * 0x9e3779b97f4a7c15
			for i := range 4 {
				x ^= x >> 29
				x *= 0xbf58476d1ce4e5b9
				binary.LittleEndian.PutUint64(f.block[8*i:], x)
			}
			f.n++
			f.left = f.block[:]
		}
		k := copy(b[n:], f.left)
		f.left, n = f.left[k:], n+k
	}
	return n, nil
}

// lorry runs programs as children and keeps the most memory that each verb took.
type lorry struct {
	*testing.T
	bin, dir string
	most     map[string]int64
}

// child runs one program and wants one of the exit codes; it returns the code and
// what was said.
func (l *lorry) child(in io.Reader, codes []int, program string, args ...string) (int, string) {
	l.Helper()
	cmd := exec.CommandContext(l.Context(), filepath.Join(l.bin, program), args...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &out
	verb := strings.Join(append([]string{program}, args[:min(2, len(args))]...), " ")
	if program == "custos-verify" {
		verb = program + " " + args[0]
	}
	l.most[verb] = max(l.most[verb], wiringtest.Memory(l, cmd))
	code := cmd.ProcessState.ExitCode()
	if !slices.Contains(codes, code) {
		l.Fatalf("%s: exit %d, not one of %v\n%s", verb, code, codes, tail(out.String()))
	}
	return code, out.String()
}

// custos runs a command and wants it done; it returns what it answers in JSON.
func (l *lorry) custos(in io.Reader, as string, args ...string) map[string]any {
	l.Helper()
	_, out := l.child(in, []int{0}, "custos", append(args, "--dir", l.dir, "--as", as, "--json")...)
	answer := map[string]any{}
	if at := strings.IndexByte(out, '{'); at >= 0 {
		if err := json.NewDecoder(strings.NewReader(out[at:])).Decode(&answer); err != nil {
			l.Fatalf("%v: %v\n%s", args, err, tail(out))
		}
	}
	return answer
}

// TestVideoInParts takes a video in whole with its recorder's digest, sends it in
// parts over a line that drops, doubles and damages them, until the verifier says
// that it is whole, and brings the receipt home. Every program is a child, and its
// memory is measured: 100 MB, encrypted, in an ordinary run; 5 GB in 5,200 parts with
// CUSTOS_LONG=1 (CUSTOS_LINE may name another disk for the parts; 10 GB of room are needed in all).
func TestVideoInParts(t *testing.T) {
	size, total, drops, doubles, corrupt, locked := int64(100_000_000), int64(104), 40, 10, 5, true
	if os.Getenv("CUSTOS_LONG") == "1" {
		size, total, drops, doubles, corrupt, locked = 5_000_000_000, 5200, 200, 50, 10, false
	}
	folder := t.TempDir()
	line, err := os.MkdirTemp(orGiven(os.Getenv("CUSTOS_LINE"), folder), "line-") //nolint:usetesting // it may be another disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(line) })
	arrived, outbox, joined := filepath.Join(line, "arrived"), filepath.Join(line, "outbox"), filepath.Join(folder, "video")
	if err := os.Mkdir(arrived, 0o700); err != nil {
		t.Fatal(err)
	}
	l := &lorry{T: t, bin: builtPrograms(t), dir: filepath.Join(folder, "d"), most: map[string]int64{}}
	at := func(name string) string { return filepath.Join(folder, name) }
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, video(size), make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	l.founded()

	kept := l.custos(video(size), "eo-1", "source", "whole", "-", "--name", "camera-3.mkv", "--case", "OP-1", "--item", "OV/1", "--from", "the shop's manager", "--stated-sha256", digest)
	if kept["sha256"] != digest || kept["compared"] != true {
		t.Fatalf("%v", kept)
	}
	key := l.custos(nil, "", "deliver", "key", at("cps.identity"))
	signer := l.custos(nil, "", "key", "create", at("cps.key"), "--plain")
	chunk := (size + total - 1) / total
	prepare := []string{
		"deliver", "prepare", "OV/1", "--case", "OP-1", "--to", "CPS Northshire", "--agreement", "ISA/7", "--purpose", "for viewing",
		"--part-size", fmt.Sprint(chunk + 4096), "--receipt-key", fmt.Sprint(signer["key"]),
	}
	if locked {
		prepare = append(prepare, "--encrypt-to", fmt.Sprint(key["public"]))
	}
	made := l.custos(nil, "si-1", prepare...)
	parts := int(made["parts"].(float64))
	if parts < int(total) || parts > int(total)+1 || chunk+4096 > 1_000_000 {
		t.Fatalf("%d parts of %d bytes", parts, chunk+4096)
	}
	w := &weather{t: t, drops: drops, doubles: doubles, corrupt: corrupt, every: parts / (drops + doubles + corrupt)}
	l.custos(nil, "si-1", "deliver", "write", "DEL-1", "--case", "OP-1", "--out", outbox)
	w.carry(outbox, arrived, true)

	join := []string{"join", arrived, "--out", joined, "--trust", l.trust(), "--want", at("want"), "--receipt", at("slip"), "--json"}
	if locked {
		join = append(join, "--identity", at("cps.identity"))
	}
	code, said := l.child(nil, []int{1}, "custos-verify", join...)
	var first struct {
		Missing []int
		Doubled []any
		Differs []any
	}
	if err := json.Unmarshal([]byte(said), &first); err != nil {
		t.Fatal(err)
	}
	if len(first.Missing) != drops+corrupt || len(first.Doubled) != doubles || len(first.Differs) != corrupt || code != 1 {
		t.Fatalf("exit %d: %d missing, %d doubled, %d differ", code, len(first.Missing), len(first.Doubled), len(first.Differs))
	}
	l.custos(nil, "si-1", "deliver", "write", "DEL-1", "--case", "OP-1", "--out", at("again"), "--want", at("want"))
	w.carry(at("again"), arrived, false)
	if !locked {
		l.spare(size) // nothing more is sent, and two of these are enough for a disk
	}
	l.child(nil, []int{0}, "custos-verify", join...)
	failures := 0
	if got, n := digestOf(t, joined); got != digest || n != size {
		failures++
		t.Errorf("joined %d bytes with SHA-256 %s, not %s", n, got, digest)
	}
	l.child(nil, []int{0}, "custos", "deliver", "sign", at("slip"), "--key", at("cps.key"), "--by", "CPS Northshire", "--out", at("receipt"))
	heard := l.custos(nil, "si-1", "deliver", "confirm", "DEL-1", "--case", "OP-1", "--receipt", at("receipt"))
	if heard["state"] != "opened" || heard["signed"] != "known" {
		t.Errorf("%v", heard)
	}
	most := int64(0)
	for _, verb := range []string{"custos source whole", "custos deliver prepare", "custos deliver write", "custos-verify join"} {
		if l.most[verb] == 0 && os.Getenv("CI") == "true" {
			t.Fatal("this system does not say how much memory was used: the bound was not tried")
		}
		t.Logf("%-24s at most %d MiB", verb, l.most[verb]>>20)
		most = max(most, l.most[verb])
	}
	if most > 256<<20 {
		failures++
		t.Errorf("%d MiB of memory", most>>20)
	}
	t.Logf("%d bytes in %d parts of at most %d bytes; %d dropped or cut short, %d doubled, %d damaged; %d sent again; whole; at most %d MiB",
		size, parts, chunk+4096, drops, doubles, corrupt, w.again, most>>20)
	t.Logf("PROOF harness=video-in-parts trials=%d failures=%d control=\"caught %d of %d\"", w.carried, failures, len(first.Missing), drops+corrupt)
}

// founded is an office with one case and one item in custody.
func (l *lorry) founded() {
	l.Helper()
	l.custos(nil, "ad-1", "init", "--origin", "log.example/t")
	l.custos(nil, "ad-1", "actor", "enrol", "eo-1", "--name", "Eve", "--roles", "exhibits-officer", "--vetting", "mv", "--competent", "evidence-reading")
	l.custos(nil, "ad-1", "actor", "enrol", "si-1", "--name", "Sid", "--roles", "sio", "--vetting", "mv", "--competent", "disclosure,evidence-reading")
	l.custos(nil, "si-1", "case", "open", "OP-1", "--title", "Operation one", "--assigned", "eo-1,si-1")
	l.custos(nil, "eo-1", "item", "take", "OV/1", "--case", "OP-1", "--witness", "outside:Olive Vane", "--initials", "OV", "--media", "video",
		"--description", "Video of the shop's recorder", "--basis", "volunteered")
}

// spare removes the content of the recording from the sender's folder.
func (l *lorry) spare(size int64) {
	l.Helper()
	err := filepath.WalkDir(filepath.Join(l.dir, "blobs"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Size() >= size {
			err = os.Remove(path)
		}
		return err
	})
	if err != nil {
		l.Fatal(err)
	}
}

// trust is the trust file that init wrote.
func (l *lorry) trust() string {
	l.Helper()
	for _, name := range []string{filepath.Join(l.dir, "trust.json"), l.dir + ".trust.json", filepath.Join(filepath.Dir(l.dir), "trust.json")} {
		if _, err := os.Stat(name); err == nil {
			return name
		}
	}
	l.Fatal("there is no trust file")
	return ""
}

// weather is what a line does to the parts that it carries.
type weather struct {
	t                       *testing.T
	drops, doubles, corrupt int
	every                   int
	carried, again          int
}

// carry moves the parts in a folder to where they arrive; in bad weather some are
// lost, cut short, doubled or damaged on the way.
func (w *weather) carry(from, to string, bad bool) {
	w.t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		w.t.Fatal(err)
	}
	n := -1
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".part") {
			continue
		}
		n++
		w.carried++
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		content, err := os.ReadFile(source)
		if err != nil || os.Remove(source) != nil {
			w.t.Fatal(err)
		}
		write := func(name string, b []byte) {
			if err := os.WriteFile(name, b, 0o600); err != nil {
				w.t.Fatal(err)
			}
		}
		kind := n / w.every
		switch {
		case !bad:
			w.again++
			write(target, content)
		case n%w.every != 0 || kind >= w.drops+w.doubles+w.corrupt:
			write(target, content)
		case kind < w.drops && kind%2 == 0:
		case kind < w.drops:
			write(target, content[:len(content)*(kind%90+5)/100])
		case kind < w.drops+w.doubles:
			write(target, content)
			write(filepath.Join(to, "again-"+e.Name()), content)
		default:
			content[len(content)-1-kind] ^= 0x10
			write(target, content)
		}
	}
}

func digestOf(t *testing.T, name string) (string, int64) {
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
	return hex.EncodeToString(sum.Sum(nil)), n
}
