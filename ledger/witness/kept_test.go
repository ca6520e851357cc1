package witness_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/witness"
)

// kept returns the checkpoints in one of the folders beside what was signed last.
func kept(tb testing.TB, folder, beside string) []ledger.Checkpoint {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(folder, beside, "*.checkpoint"))
	if err != nil {
		tb.Fatal(err)
	}
	var list []ledger.Checkpoint
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		s, err := ledger.ParseCheckpoint(text)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, s.Checkpoint)
	}
	return list
}

// TestFalseProofIsNoEvidence puts a false proof before checkpoints of an honest log, as
// anybody can who reads what is public, more often than there is room: no second history
// is told of. Then, as the control, the log signs one: it is kept beside what was
// co-signed, and told of.
func TestFalseProofIsNoEvidence(t *testing.T) {
	key := newKeys(t, origin, ledger.LogKey)
	honest, other := newBranch(t, key, "one", 3, 300), newBranch(t, key, "other", 3, 300)
	w, folder := oneWitness(t, "co.example/1", key.note)
	var log bytes.Buffer
	server := httptest.NewServer(w.Handler(slog.New(slog.NewJSONHandler(&log, nil))))
	defer server.Close()
	if status, body, _ := post(t, server.URL, honest.request(0, 6).Bytes()); status != 200 {
		t.Fatal(status, body)
	}
	for size := uint64(6); size <= 300; size++ {
		r := witness.Request{Old: 6, Path: make([]ledger.Digest, 1), Checkpoint: honest.at(size)}
		status, body, _ := post(t, server.URL, r.Bytes())
		if status != 422 || strings.Contains(body, "kept") || strings.Contains(body, "histories") {
			t.Fatalf("of %d entries: %d %s", size, status, body)
		}
	}
	if list := kept(t, folder, "refused"); len(list) > 0 || strings.Contains(log.String(), `"ERROR"`) {
		t.Fatalf("an honest log is accused: %v\n%s", list, &log)
	}
	aside := kept(t, folder, "unshown")
	if len(aside) != 256 {
		t.Fatalf("%d checkpoints were put aside", len(aside))
	}
	for _, c := range aside {
		if c.Size < 20 { // those of one moment go in any order
			t.Errorf("of %d entries: the oldest did not make room", c.Size)
		}
	}
	if status, body, _ := post(t, server.URL, other.request(6, 6).Bytes()); status != 409 {
		t.Fatal(status, body)
	}
	list := kept(t, folder, "refused")
	roots := map[ledger.Digest]bool{}
	for _, c := range list {
		roots[c.Root] = c.Size == 6
	}
	if len(list) != 2 || !roots[honest.at(6).Root] || !roots[other.at(6).Root] || !strings.Contains(log.String(), `"ERROR"`) {
		t.Fatalf("control: two histories: %v\n%s", list, &log)
	}
	for _, c := range list { // half of a digest can be had twice, by trying
		sum := sha256.Sum256([]byte(c.Text()))
		if found, err := filepath.Glob(filepath.Join(folder, "refused", "*-"+hex.EncodeToString(sum[:])+".checkpoint")); err != nil || len(found) != 1 {
			t.Errorf("no file has the whole digest of the checkpoint of %d entries: %v", c.Size, err)
		}
	}
}

// TestRoomForEvidence shows that a log which fills the room for its second histories takes
// none from another log's, and that what is not kept is said.
func TestRoomForEvidence(t *testing.T) {
	full, next := newKeys(t, origin, ledger.LogKey), newKeys(t, "next.example/1", ledger.LogKey)
	w, folder := oneWitness(t, "co.example/1", full.note, next.note)
	if err := os.MkdirAll(filepath.Join(folder, "refused"), 0o700); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	server := httptest.NewServer(w.Handler(slog.New(slog.NewJSONHandler(&log, nil))))
	defer server.Close()
	for i, k := range []keys{full, next} {
		one, other := newBranch(t, k, "one", 3, 6), newBranch(t, k, "other", 3, 6)
		if i == 0 {
			sum := sha256.Sum256([]byte(origin))
			for n := range 256 {
				name := filepath.Join(folder, "refused", fmt.Sprintf("%s-%d-x.checkpoint", hex.EncodeToString(sum[:8]), n))
				if err := os.WriteFile(name, one.at(5).Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		log.Reset()
		for _, r := range []witness.Request{one.request(0, 6), other.request(6, 6), other.request(6, 6)} {
			post(t, server.URL, r.Bytes())
		}
		if told := strings.Contains(log.String(), "could not keep"); told != (i == 0) {
			t.Errorf("log %d: told %v: %s", i, told, &log)
		}
	}
	if n := len(kept(t, folder, "refused")); n != 258 {
		t.Errorf("%d checkpoints are kept", n)
	}
}
