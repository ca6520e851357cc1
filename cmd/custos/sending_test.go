package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// uploadsLeft counts the files of uploads in a data folder.
func uploadsLeft(t *testing.T, dir string) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "uploads", "case-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// TestSendReturn sends an operator's return over a line that breaks again and again, and
// has it imported: it is the file that was sent, and nothing of the upload is left. A
// file that is not what was declared, one that is not whole, one that was begun for
// something else and one of somebody else are not taken in, and nothing of them is kept.
// Control: the import, which is allowed to the one who sent it.
func TestSendReturn(t *testing.T) {
	t.Chdir(t.TempDir())
	d := station(t, wiring.Options{})
	id, document, data := d.returnToSend(3000)
	base, digest := "/v1/cases/"+id, sha256.Sum256(data)
	size, err := d.st.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.refuse(base, document, data)
	if files := evidenceOf(t, d); files != 0 {
		t.Errorf("%d files stand in the record before one was taken in (from entry %d)", files, size)
	}

	w := newWire(t, d.server.URL, 100_000, 200_000, 1000)
	out := atKiosk(t, exitDone, "send", "n.csv", "--to", w.url(), "--token-file", "token", "--into", id, "--request", "request.json", "--json")
	var got struct {
		Evidence struct{ Entry ledger.EntryID }
		SHA256   string
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.SHA256 != hex.EncodeToString(digest[:]) || w.broken == 0 {
		t.Errorf("%v after %d breaks: %s", err, w.broken, out)
	}
	if files := evidenceOf(t, d); files != 1 {
		t.Errorf("control: %d files stand in the record", files)
	}
	if n := uploadsLeft(t, d.dir); n != 0 {
		t.Errorf("%d files of uploads are left", n)
	}
	t.Logf("%d bytes over a line that broke %d times", len(data), w.broken)
}

// returnToSend opens a case and writes a return, the request under which it is taken in and the token
// of who sends it.
func (d *desk) returnToSend(rows int) (id string, document map[string]any, data []byte) {
	d.Helper()
	var opened struct{ Case string }
	d.post("u-05", "/v1/cases", map[string]any{"reference": "HAL-1", "title": "test", "assigned": []string{"u-02", "u-03", "u-04", "u-05"}}, &opened)
	var recorded struct{ Authority ledger.EntryID }
	d.post("u-04", "/v1/cases/"+opened.Case+"/authorities", map[string]any{"authority": demo.Authority()}, &recorded)
	declared := demo.Declared()
	profile, _ := source.ReadProfile("uk-17")
	document = map[string]any{
		"item": "PRM/1", "fileName": "n.csv", "from": "operator", "profile": string(profile), "authority": recorded.Authority,
		"return": map[string]any{
			"dataTypes": declared.DataTypes, "identifiers": declared.Identifiers, "from": declared.From, "until": declared.Until,
			"obtainedOn": declared.ObtainedOn,
		},
	}
	text, err := json.Marshal(document)
	if err != nil {
		d.Fatal(err)
	}
	data, _ = demo.Return(5, rows)
	written(d.T, "request.json", text)
	written(d.T, "n.csv", data)
	written(d.T, "token", []byte(d.tokens["u-02"]))
	return opened.Case, document, data
}

// refuse sends uploads that cannot be taken in, and takes them away again.
func (d *desk) refuse(base string, document map[string]any, data []byte) {
	d.Helper()
	send := func(who, method, path string, offset string, media string, body io.Reader) (int, []byte) {
		r, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, body)
		if err != nil {
			d.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+d.tokens[who])
		r.Header.Set("Content-Type", media)
		r.Header.Set("Upload-Offset", offset)
		w, err := d.server.Client().Do(r)
		if err != nil {
			d.Fatal(err)
		}
		defer func() { _ = w.Body.Close() }()
		text, _ := io.ReadAll(w.Body)
		return w.StatusCode, text
	}
	right, wrong := sha256.Sum256(data), sha256.Sum256([]byte("another file"))
	for name, c := range map[string]struct {
		kind   string
		digest [32]byte
		sent   []byte
		by     string
		want   int
	}{
		"another digest":           {"return", wrong, data, "u-02", http.StatusUnprocessableEntity},
		"not whole":                {"return", right, data[:len(data)-1], "u-02", http.StatusUnprocessableEntity},
		"begun for something else": {"reference", right, data, "u-02", http.StatusUnprocessableEntity},
		"somebody else's":          {"return", right, data, "u-03", http.StatusNotFound},
	} {
		begin, _ := json.Marshal(map[string]any{"for": c.kind, "size": len(data), "sha256": hex.EncodeToString(c.digest[:])})
		code, text := send("u-02", http.MethodPost, base+"/uploads", "", "application/json", bytes.NewReader(begin))
		var made struct{ Upload, Path string }
		if err := json.Unmarshal(text, &made); err != nil || code != http.StatusCreated {
			d.Fatalf("%s: %d %s", name, code, text)
		}
		if code, text := send("u-02", http.MethodPatch, made.Path, "0", "", bytes.NewReader(c.sent)); code != http.StatusNoContent {
			d.Errorf("%s: %d %s", name, code, text)
		}
		document["upload"] = made.Upload
		request, _ := json.Marshal(document)
		delete(document, "upload")
		form := "--x\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n" + string(request) + "\r\n--x--\r\n"
		if code, text := send(c.by, http.MethodPost, base+"/imports", "", "multipart/form-data; boundary=x", strings.NewReader(form)); code != c.want {
			d.Errorf("%s: the import was answered %d, want %d: %s", name, code, c.want, text)
		}
		if code, text := send("u-02", http.MethodDelete, made.Path, "", "", nil); code != http.StatusNoContent {
			d.Errorf("%s: it could not be taken away: %d %s", name, code, text)
		}
	}
}

// evidenceOf counts the files that were received in every case.
func evidenceOf(t *testing.T, d *desk) int {
	t.Helper()
	count := 0
	err := d.st.Service.Payloads(t.Context(), func(p custody.NamedPayload) error {
		if p.Kind == "evidence-received" {
			count++
		}
		return nil
	}, func(_ custody.CaseID, _ ledger.ChainKind, n uint64, err error) { t.Errorf("entry %d: %v", n, err) })
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// TestSendServerKilled sends a recording to a server that is killed in the middle of it
// and started anew: the same command goes on, and what is kept has the digest that the
// file had. Control: the server, asked for the upload of somebody else, says that there
// is none.
func TestSendServerKilled(t *testing.T) {
	const server = "CUSTOS_TEST_SERVE"
	if dir := os.Getenv(server); dir != "" {
		run(t.Context(), []string{"serve", "--dir", dir, "--listen", "127.0.0.1:0"}, strings.NewReader(""), os.Stdout, os.Stdout)
		return
	}
	t.Chdir(t.TempDir())
	force := kioskPeople(t, "f", "force.example/t")
	atKiosk(t, exitDone, "item", "take", "OV/1", "--dir", force, "--as", "eo-1", "--case", "OP-1", "--witness", "outside:Olive Vane", "--initials", "OV", "--media", "video",
		"--description", "A recorder's film", "--basis", "volunteered")
	written(t, "token", []byte(strings.TrimSpace(atKiosk(t, exitDone, "actor", "token", "eo-1", "--dir", force))))
	id := caseAt(t, force)
	content := noiseOf(1, 9<<20)
	digest := sha256.Sum256(content)
	written(t, "film.mkv", content)
	written(t, "request.json", []byte(`{"item":"OV/1","fileName":"film.mkv","from":"the shop's manager","statedSha256":"`+hex.EncodeToString(digest[:])+`"}`))

	start := func() (*exec.Cmd, string) {
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		t.Cleanup(stop)
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(ctx, program, "-test.run=^TestSendServerKilled$")
		cmd.Env = append(os.Environ(), server+"="+force)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		for said := bufio.NewScanner(out); said.Scan(); {
			if _, at, found := strings.Cut(said.Text(), "answering on "); found {
				at, _, _ = strings.Cut(at, ";")
				go func() { _, _ = io.Copy(io.Discard, out) }()
				return cmd, at
			}
		}
		t.Fatal("the server did not start")
		return nil, ""
	}
	running, at := start()
	w := newWire(t, at, 3<<20, 2<<20)
	killed, received := 0, int64(0)
	kill := func() {
		for before := received; received == before; { // killed when it has taken more than the one before
			parts, err := filepath.Glob(filepath.Join(force, "uploads", "case-*", "*.part"))
			if err != nil || len(parts) > 1 {
				t.Error(parts, err)
				return
			}
			for _, part := range parts {
				if info, err := os.Stat(part); err == nil {
					received = max(received, info.Size())
				}
			}
		}
		if err := running.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = running.Wait()
		killed++
		running, at = start()
		w.server = strings.TrimPrefix(at, "http://")
	}
	w.broke = []func(){kill, kill}
	var out, said bytes.Buffer
	code := run(t.Context(), []string{
		"send", "film.mkv", "--to", w.url(), "--token-file", "token", "--into", string(id), "--for", "item-file", "--request", "request.json", "--json",
	}, strings.NewReader(""), &out, &said)
	var kept struct {
		SHA256   string
		Size     int
		Compared bool
	}
	if err := json.Unmarshal(out.Bytes(), &kept); err != nil || code != exitDone || kept.SHA256 != hex.EncodeToString(digest[:]) || kept.Size != len(content) || !kept.Compared {
		t.Errorf("exit %d, %v: %s\n%s", code, err, out.String(), said.String())
	}
	if killed != 2 || !strings.Contains(said.String(), "going on at byte") {
		t.Errorf("killed %d times: %s", killed, said.String())
	}
	if n := uploadsLeft(t, force); n != 0 {
		t.Errorf("%d files of uploads are left", n)
	}
	if err := running.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = running.Wait()
	atKiosk(t, exitDone, "fsck", "--dir", force)
	t.Logf("killed %d times in %d bytes:\n%s", killed, len(content), said.String())
}

// caseAt is the case OP-1 of a record that nobody has open.
func caseAt(t *testing.T, dir string) custody.CaseID {
	t.Helper()
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	id, err := st.Service.Cases().Find(t.Context(), "OP-1")
	if err := errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestKioskUploadInGoes sends an extraction from a kiosk as a pack that was sealed once,
// over a line that breaks: the command that was given up goes on with the same pack, the
// force takes it in once, and the pack is removed. Before, under an authority that is not
// there, and under another digest than its own, it is not taken in.
func TestKioskUploadInGoes(t *testing.T) {
	p := pairedKiosk(t, noiseOf(2, 900_000))
	force, kiosk, server, id, authority := p.force, p.kiosk, p.server, p.into, p.authority
	upload := func(want int, to, authority string) string {
		return atKiosk(t, want, "kiosk", "upload", "ABC/2", "--dir", kiosk, "--as", "ko-1", "--case", "OP-1", "--to", to, "--token-file", "token", "--into", string(id),
			"--authority", authority, "--pack", "ABC-2.pack", "--timeout", "30s")
	}
	if out := upload(exitRefused, server.URL, strings.Repeat("ab", 16)); !strings.Contains(out, "refused it") {
		t.Errorf("under an authority that is not there: %s", out)
	}
	before, err := os.ReadFile("ABC-2.pack")
	if err != nil {
		t.Fatalf("control: the pack is gone although the force has not taken it in: %v", err)
	}
	if n := uploadsLeft(t, force); n != 3 {
		t.Errorf("%d files of uploads are there: what was sent whole waits to be taken in, with why it was refused", n)
	}
	asked := destination{address: server.URL, tokenFile: "token", into: string(id), kind: string(custody.UploadExtraction)}
	way, err := asked.open(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	other, err := way.begin(t.Context(), int64(len(before)), sha256.Sum256([]byte("another pack")))
	if err != nil {
		t.Fatal(err)
	}
	pack, err := os.Open("ABC-2.pack")
	if err == nil {
		err = errors.Join(way.patch(t.Context(), other, pack, int64(len(before))), pack.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	request := map[string]json.RawMessage{"authority": json.RawMessage(`"` + authority.String() + `"`)}
	if answer, err := way.finish(t.Context(), other.Upload, request); !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "was declared for it") {
		t.Errorf("a true pack under another digest: %s, %v", answer, err)
	}
	if _, err := way.ask(t.Context(), http.MethodDelete, other.Path, "", http.NoBody, nil); err != nil {
		t.Error(err)
	}
	w := newWire(t, server.URL, 200_000, 200_000)
	if out := upload(exitDone, w.url(), authority.String()); !strings.Contains(out, "The force has ABC/2") {
		t.Errorf("in goes: %s", out)
	}
	if _, err := os.Stat("ABC-2.pack"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the pack is left: %v", err)
	}
	if n := uploadsLeft(t, force); n != 0 {
		t.Errorf("%d files of uploads are left", n)
	}
	t.Logf("a pack of %d bytes", len(before))
}
