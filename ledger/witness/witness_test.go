package witness_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/witness"
)

// post puts a request to a co-signer over HTTP.
func post(tb testing.TB, url string, body []byte) (int, string, string) {
	tb.Helper()
	answer, err := http.Post(url+"/add-checkpoint", "", bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer.StatusCode, string(text), answer.Header.Get("Content-Type")
}

func serve(tb testing.TB, w *witness.Witness) string {
	tb.Helper()
	server := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	tb.Cleanup(server.Close)
	return server.URL
}

// TestAnswers goes through every answer that the protocol knows.
func TestAnswers(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	one, other := newBranch(t, key, "one", 10, 50), newBranch(t, key, "other", 10, 50)
	stranger := newBranch(t, newKeys(t, origin, ledger.LogKey), "one", 10, 50)
	unknown := newBranch(t, newKeys(t, "elsewhere.example", ledger.LogKey), "", 0, 5)
	w, folder := oneWitness(t, "co.example/1", key.note)
	url := serve(t, w)
	wrong := one.request(10, 20)
	wrong.Path[0][0] ^= 1
	long := one.request(20, 20)
	long.Path = one.request(10, 20).Path
	for _, step := range []struct {
		what   string
		r      witness.Request
		status int
		body   string
	}{
		{"a log that is not admitted", unknown.request(0, 5), 404, ""},
		{"a key that is not the log's", stranger.request(0, 10), 403, ""},
		{"from a size that was never co-signed", one.request(5, 10), 409, "0\n"},
		{"a proof from nothing", witness.Request{Path: one.request(5, 10).Path, Checkpoint: one.at(10)}, 422, ""},
		{"the first one", one.request(0, 10), 200, ""},
		{"the same again, from nothing", one.request(0, 10), 409, "10\n"},
		{"the same again", one.request(10, 10), 200, ""},
		{"a wrong proof", wrong, 422, ""},
		{"a missing proof", witness.Request{Old: 10, Checkpoint: one.at(20)}, 422, ""},
		{"the next one", one.request(10, 20), 200, ""},
		{"one that was co-signed before", one.request(0, 10), 409, "20\n"},
		{"the other branch at that size", other.request(20, 20), 409, "20\n"},
		{"the other branch, grown", other.request(20, 30), 422, ""},
		{"the other branch, from what they share", other.request(10, 30), 409, "20\n"},
		{"a proof where there is nothing to prove", long, 422, ""},
		{"the last one", one.request(20, 50), 200, ""},
	} {
		status, body, media := post(t, url, step.r.Bytes())
		if status != step.status || step.body != "" && body != step.body {
			t.Fatalf("%s: %d %q, want %d %q", step.what, status, body, step.status, step.body)
		}
		switch {
		case status == 409 && media != "text/x.tlog.size":
			t.Errorf("%s: a size as %q", step.what, media)
		case status == 200:
			if err := holds(w, step.r.Checkpoint, []byte(body)); err != nil {
				t.Errorf("%s: %v", step.what, err)
			}
		}
	}
	latest, err := w.Latest(origin)
	if err != nil || latest.Checkpoint != one.at(50).Checkpoint {
		t.Fatalf("latest: %+v, %v", latest, err)
	}
	kept, err := os.ReadDir(filepath.Join(folder, "refused"))
	if err != nil || len(kept) < 2 {
		t.Fatalf("refused checkpoints that are kept: %v, %v", kept, err)
	}
}

// TestLatest is what those see who look on.
func TestLatest(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	b := newBranch(t, key, "", 0, 5)
	w, _ := oneWitness(t, "co.example/1", key.note)
	client, err := witness.NewClient(w.Key(), serve(t, w))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Latest(t.Context(), origin); !errors.As(err, new(*witness.Refusal)) {
		t.Fatalf("before the first: %v", err)
	}
	lines, err := client.CoSign(t.Context(), b.request(0, 5))
	if err != nil {
		t.Fatal(err)
	}
	if err := holds(w, b.at(5), lines); err != nil {
		t.Fatal(err)
	}
	latest, err := client.Latest(t.Context(), origin)
	if err != nil || latest.Verify(key.note) != nil || latest.Checkpoint != b.at(5).Checkpoint {
		t.Fatalf("%+v, %v", latest, err)
	}
	if list, err := latest.CoSignatures(w.Key()); err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := client.Latest(t.Context(), "another.example"); !errors.As(err, new(*witness.Refusal)) {
		t.Fatalf("a log that is not followed: %v", err)
	}
}

// damages are requests that no co-signer may answer with a signature.
func damages(good []byte) map[string][]byte {
	text := string(good)
	list := map[string][]byte{
		"nothing":                  {},
		"a line end":               []byte("\n"),
		"no old size":              []byte(text[strings.Index(text, "\n")+1:]),
		"old in capitals":          []byte(strings.Replace(text, "old", "OLD", 1)),
		"two spaces":               []byte(strings.Replace(text, "old ", "old  ", 1)),
		"a leading zero":           []byte(strings.Replace(text, "old ", "old 0", 1)),
		"a sign":                   []byte(strings.Replace(text, "old ", "old +", 1)),
		"a size below zero":        []byte(strings.Replace(text, "old ", "old -", 1)),
		"a size beyond 64 bits":    []byte(strings.Replace(text, "old 10", "old 18446744073709551616", 1)),
		"a size beyond 63 bits":    []byte(strings.Replace(text, "old 10", "old 9223372036854775808", 1)),
		"an old size above":        []byte(strings.Replace(text, "old 10", "old 21", 1)),
		"windows line ends":        []byte(strings.ReplaceAll(text, "\n", "\r\n")),
		"a byte order mark":        []byte("\ufeff" + text),
		"something before":         []byte("\n" + text),
		"something behind":         []byte(text + "x"),
		"a line behind":            []byte(text + "\n"),
		"no empty line":            []byte(strings.Replace(text, "\n\n", "\n", 1)),
		"two empty lines":          []byte(strings.Replace(text, "\n\n", "\n\n\n", 1)),
		"64 hashes":                []byte(strings.Replace(text, "\n\n", "\n"+strings.Repeat("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", 64)+"\n", 1)),
		"a short hash":             []byte(strings.Replace(text, "\n\n", "\nAAAA\n\n", 1)),
		"a hash with slack":        []byte(strings.Replace(text, "\n\n", "\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n\n", 1)),
		"a hash in web base64":     []byte(strings.Replace(text, "\n\n", "\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n\n", 1)),
		"no signature":             []byte(text[:strings.Index(text, "\n— ")+1]),
		"an extension line":        []byte(strings.Replace(text, "\n\n— ", "\nmore\n\n— ", 1)),
		"a checkpoint of size 01":  []byte(strings.Replace(text, "\n20\n", "\n020\n", 1)),
		"a signature line twice":   append(bytes.Clone(good), text[strings.Index(text, "— "):]...),
		"a megabyte":               bytes.Repeat([]byte("old 1\n"), 1<<20/6),
		"a NUL":                    []byte(strings.Replace(text, "\n\n", "\n\x00\n", 1)),
		"another origin":           []byte(strings.Replace(text, origin+"\n", "log.example/2027\n", 1)),
		"another size":             []byte(strings.Replace(text, "\n20\n", "\n21\n", 1)),
		"invalid UTF-8 in a name":  []byte(strings.Replace(text, "— log", "— l\xffog", 1)),
		"a colon instead of space": []byte(strings.Replace(text, "old ", "old:", 1)),
	}
	return list
}

// TestDamagedRequests shows that no damaged request is answered with a signature
// or changes what the co-signer has; every truncation and every flip of a bit too.
func TestDamagedRequests(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	b := newBranch(t, key, "", 0, 20)
	w, folder := oneWitness(t, "co.example/1", key.note)
	if _, err := w.Add(t.Context(), b.request(0, 10).Bytes()); err != nil {
		t.Fatal(err)
	}
	before := content(t, folder)
	good := b.request(10, 20).Bytes()
	trials, failures := 0, 0
	try := func(name string, body []byte) {
		trials++
		lines, err := w.Add(t.Context(), body)
		if err == nil || lines != nil {
			failures++
			t.Errorf("%s was co-signed", name)
		}
		if no := new(witness.Refusal); err != nil && !errors.As(err, &no) {
			failures++
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, body := range damages(good) {
		try(name, body)
		if status, _, _ := post(t, serve(t, w), body); status != 400 && status != 404 && status != 403 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	for n := range good {
		try(fmt.Sprintf("the first %d bytes", n), good[:n])
	}
	// a flipped bit in a signature by an unknown key would be passed over; here each counts
	for bit := range 8 * len(good) {
		flipped := bytes.Clone(good)
		flipped[bit/8] ^= 1 << (bit % 8)
		try(fmt.Sprintf("bit %d", bit), flipped)
	}
	if after := content(t, folder); after != before {
		t.Error("a refused request changed what the co-signer has")
	}
	lines, err := w.Add(t.Context(), good)
	if err == nil {
		err = holds(w, b.at(20), lines)
	}
	if err != nil {
		t.Fatalf("control: the request itself: %v", err)
	}
	proof(t, "co-signer-requests", trials, failures, "the untouched request is co-signed")
}

func content(tb testing.TB, folder string) string {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.checkpoint"))
	if err != nil || len(files) != 1 {
		tb.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// TestForgotten shows that a co-signer whose memory is gone or damaged signs
// nothing, rather than anything.
func TestForgotten(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	b := newBranch(t, key, "", 0, 20)
	for name, damage := range map[string]func(path string) error{
		"gone":    os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"cut":     func(path string) error { return os.Truncate(path, 40) },
		"another": func(path string) error { return os.WriteFile(path, []byte("x\n1\nAAAA\n\n— x AAAA\n"), 0o600) },
	} {
		w, folder := oneWitness(t, "co.example/1", key.note)
		if _, err := w.Add(t.Context(), b.request(0, 10).Bytes()); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.checkpoint"))
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		if err := damage(files[0]); err != nil {
			t.Fatal(err)
		}
		for _, r := range []witness.Request{b.request(0, 20), b.request(10, 20)} {
			if lines, err := w.Add(t.Context(), r.Bytes()); !errors.Is(err, witness.ErrForgotten) {
				t.Errorf("%s: %q, %v", name, lines, err)
			}
		}
	}
}

// TestManyAtOnce lets two processes' worth of co-signers over one folder be asked
// by many for many sizes of two branches: what they sign is one history.
func TestManyAtOnce(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	branches := []branch{newBranch(t, key, "one", 5, 60), newBranch(t, key, "two", 5, 60)}
	k, folder := newKeys(t, "co.example/1", ledger.CoSignerKey), t.TempDir()
	admit(t, folder, key.note)
	both := []*witness.Witness{witnessIn(folder, k, key.note), witnessIn(folder, k, key.note)}
	var mu sync.Mutex
	signed := map[int]map[uint64]bool{0: {}, 1: {}}
	var wait sync.WaitGroup
	for g := range 16 {
		wait.Go(func() {
			at := uint64(0)
			for to := uint64(1); to <= 60; to++ {
				b := (g + int(to)/7) % 2
				if at > to {
					continue
				}
				_, err := both[g%2].Add(t.Context(), branches[b].request(at, to).Bytes())
				if no := new(witness.Refusal); errors.As(err, &no) && no.Status == 409 {
					at = no.Size
					continue
				}
				if err == nil {
					at = to
					mu.Lock()
					signed[b][to] = true
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	apart := 0
	for _, sizes := range signed {
		for size := range sizes {
			if size > 5 {
				apart++
				break
			}
		}
	}
	if apart > 1 {
		t.Fatalf("both branches were co-signed beyond what they share: %v", signed)
	}
	if apart == 0 {
		t.Fatal("control: neither branch was co-signed at all")
	}
}

// TestClock shows that a co-signer whose clock was put back gives no co-signature
// with an earlier time than its last.
func TestClock(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	b := newBranch(t, key, "", 0, 30)
	k, folder, now := newKeys(t, "co.example/1", ledger.CoSignerKey), t.TempDir(), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	admit(t, folder, key.note)
	w := witness.New(witness.Config{Folder: folder, Key: k.note, Signer: k, Logs: []ledger.NoteKey{key.note}, Now: func() time.Time { return now }})
	for _, step := range []struct {
		by   time.Duration
		want error
	}{{0, nil}, {-30 * time.Second, nil}, {-time.Hour, witness.ErrClock}, {-10 * 365 * 24 * time.Hour, witness.ErrClock}, {20 * 365 * 24 * time.Hour, nil}} {
		now = now.Add(step.by)
		last, err := w.Latest(origin)
		size := uint64(0)
		if err == nil {
			size = last.Size
		}
		_, err = w.Add(t.Context(), b.request(size, size+5).Bytes())
		if !errors.Is(err, step.want) {
			t.Errorf("the clock moved by %v: %v", step.by, err)
		}
		if said := fmt.Sprint(err); step.want != nil && (!strings.Contains(said, "set it right") || !strings.Contains(said, "ran ahead before")) {
			t.Errorf("whoever runs it is not told both causes and what to do: %v", err)
		}
	}
}
