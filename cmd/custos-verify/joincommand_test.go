package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody/parts"
	"custos.example/ledger"
)

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
