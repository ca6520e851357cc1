package follow_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/follow"
	"custos.example/ledger/quorum"
	"custos.example/ledger/recorder"
	"custos.example/ledger/sign"
	"custos.example/ledger/tree/memlog"
)

const origin = "log.example/2026"

// public is a log with a published folder, under a key and co-signers of the test.
type public struct {
	t         *testing.T
	key       *sign.Key
	note      ledger.NoteKey
	coSigners []*sign.Key
	policy    quorum.Policy
	folder    string
	now       time.Time
	ahead     time.Duration // of the first co-signer's clock
}

// leaves is one history; names tell histories apart after a shared beginning.
type leaves struct {
	name   string
	shared ledger.Index
}

func (l leaves) Leaves(_ context.Context, from, to ledger.Index) ([]ledger.Commitment, error) {
	var list []ledger.Commitment
	for i := from; i < to; i++ {
		name := ""
		if i >= l.shared {
			name = l.name
		}
		list = append(list, sha256.Sum256(binary.BigEndian.AppendUint64([]byte(name), uint64(i))))
	}
	return list, nil
}

func newKey(t *testing.T, name string, kind byte) (*sign.Key, ledger.NoteKey) {
	t.Helper()
	k, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ledger.NewPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	n, err := ledger.NewNoteKey(name, kind, p)
	if err != nil {
		t.Fatal(err)
	}
	return k, n
}

func newPublic(t *testing.T) *public {
	t.Helper()
	p := &public{t: t, folder: t.TempDir(), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	p.key, p.note = newKey(t, origin, ledger.LogKey)
	text := ""
	for i := range 3 {
		k, n := newKey(t, fmt.Sprintf("organisation%d.example/1", i), ledger.CoSignerKey)
		p.coSigners = append(p.coSigners, k)
		text += fmt.Sprintf("witness w%d %s\n", i, n)
	}
	var err error
	if p.policy, err = quorum.Parse([]byte(text + "group g 2 w0 w1 w2\nquorum g\n")); err != nil {
		t.Fatal(err)
	}
	return p
}

// publish publishes a history up to a size, co-signed by the first so many.
func (p *public) publish(l leaves, size uint64, coSigned int) {
	p.t.Helper()
	ctx := p.t.Context()
	log := memlog.New()
	list, _ := l.Leaves(ctx, 0, ledger.Index(size))
	data := make([][]byte, len(list))
	for i, c := range list {
		data[i] = c.Leaf()
	}
	if err := log.Append(ctx, 0, data); err != nil {
		p.t.Fatal(err)
	}
	root, err := log.Root(ctx, size)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := ledger.Checkpoint{Origin: origin, Size: size, Root: root}.Sign(p.key.NoteSigner(origin))
	if err != nil {
		p.t.Fatal(err)
	}
	s, err := ledger.ParseCheckpoint(text)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := range coSigned {
		at := p.now
		if i == 0 {
			at = at.Add(p.ahead)
		}
		s, err = s.CoSign(p.policy.CoSigners[i].Key, at, func(m []byte) ([]byte, error) { return p.coSigners[i].Sign(ctx, m) })
		if err != nil {
			p.t.Fatal(err)
		}
	}
	tiles := recorder.NewTiles(recorder.TilesConfig{Folder: p.folder, Origin: origin, Keys: []ledger.NoteKey{p.note}, Leaves: l})
	if err := tiles.Publish(ctx, s); err != nil {
		p.t.Fatal(err)
	}
}

// anew empties the published folder, as somebody who rewrites history would.
func (p *public) anew() {
	p.t.Helper()
	if err := os.RemoveAll(p.folder); err != nil {
		p.t.Fatal(err)
	}
}

func (p *public) config(source follow.Source, memory string) follow.Config {
	return follow.Config{
		Source: source, Folder: memory, Log: []ledger.NoteKey{p.note}, Policy: &p.policy, MaxAge: 25 * time.Hour,
		Now: func() time.Time { return p.now },
	}
}

// look looks once and wants exactly these alarms.
func look(t *testing.T, c follow.Config, want ...follow.Kind) follow.Sighting {
	t.Helper()
	seen, err := follow.Look(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []follow.Kind
	for _, a := range seen.Alarms {
		kinds = append(kinds, a.Kind)
		if a.Words == "" || a.Next == "" {
			t.Errorf("alarm %s says nothing, or not what to do", a.Kind)
		}
		for _, file := range a.Evidence {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := ledger.ParseCheckpoint(content)
			if err == nil {
				err = s.Verify(c.Log...)
			}
			if err != nil {
				t.Errorf("alarm %s: %s is no evidence: %v", a.Kind, file, err)
			}
		}
	}
	if !slices.Equal(kinds, want) {
		t.Fatalf("alarms %q, want %q: %+v", kinds, want, seen.Alarms)
	}
	return seen
}

// sources are the two ways to read a folder.
func sources(t *testing.T, folder string) map[string]follow.Source {
	t.Helper()
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(server.Close)
	near, err := follow.At(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	far, err := follow.At(server.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]follow.Source{"folder": near, "address": far}
}

// TestFollow follows a log that grows as it should, over the sizes at which tiles
// fill, then one that is rewritten from each of some places.
func TestFollow(t *testing.T) {
	for name, top := range map[string]uint64{"folder": 700, "address": 66000} {
		t.Run(name, func(t *testing.T) {
			p, memory := newPublic(t), t.TempDir()
			c := p.config(sources(t, p.folder)[name], memory)
			before := uint64(0)
			for _, size := range []uint64{1, 2, 255, 256, 257, 300, 300, 511, 512, top - 164, top} {
				p.publish(leaves{}, size, 3)
				seen := look(t, c)
				if seen.Size != size || seen.Before != before || seen.First != (before == 0) || len(seen.CoSigners) != 3 {
					t.Fatalf("%+v", seen)
				}
				before = size
			}
			p.anew()
			p.publish(leaves{}, 100, 3)
			look(t, c, follow.Rollback)
			p.anew()
			p.publish(leaves{"other", ledger.Index(top) - 1}, top, 3)
			if seen := look(t, c, follow.Fork); len(seen.Alarms[0].Evidence) != 2 {
				t.Errorf("%+v", seen.Alarms)
			}
			p.anew()
			p.publish(leaves{"other", 10}, top+300, 3)
			look(t, c, follow.Fork)
			p.anew()
			p.publish(leaves{}, top+300, 3) // control: the true one again
			look(t, c)
		})
	}
}

// TestEveryFork rewrites a log from every place, and shows it at several later
// sizes: each is told. Control: the log as it was, at the same sizes.
func TestEveryFork(t *testing.T) {
	p, memory := newPublic(t), t.TempDir()
	c := p.config(sources(t, p.folder)["folder"], memory)
	p.publish(leaves{}, 270, 2)
	look(t, c)
	trials, step := 0, ledger.Index(30)
	if os.Getenv("CUSTOS_LONG") == "1" {
		step = 1
	}
	for from := ledger.Index(0); from < 270; from += step {
		for _, size := range []uint64{270, 271, 513} {
			p.anew()
			p.publish(leaves{"other", from}, size, 2)
			look(t, c, follow.Fork)
			trials++
		}
	}
	p.anew()
	p.publish(leaves{"other", 270}, 513, 2)
	look(t, c)
	t.Logf("PROOF harness=follower-forks trials=%d failures=0 control=\"the log that goes on after the last entry seen raises no alarm\"", trials)
}

// TestAlarms raises the others, each with what is innocent beside it.
func TestAlarms(t *testing.T) {
	p, memory := newPublic(t), t.TempDir()
	source := sources(t, p.folder)["folder"]
	c := p.config(source, memory)
	look(t, c, follow.Unreachable)
	p.publish(leaves{}, 300, 1)
	look(t, c, follow.CoSigners)
	p.publish(leaves{}, 400, 2)
	look(t, c)

	p.now = p.now.Add(26 * time.Hour)
	look(t, c, follow.Stale)
	c.MaxAge = 0
	look(t, c)
	c.MaxAge = 25 * time.Hour
	p.publish(leaves{}, 400, 2) // co-signed again, nothing new
	look(t, c)

	c.Policy = nil
	look(t, c, follow.Stale) // nobody co-signs for this follower: the head is old
	p.publish(leaves{}, 401, 0)
	look(t, c)
	p.now = p.now.Add(26 * time.Hour)
	look(t, c, follow.Stale)

	_, stranger := newKey(t, origin, ledger.LogKey)
	c.Log = []ledger.NoteKey{stranger}
	look(t, c, follow.NotGenuine)
	c.Log, c.MaxAge = []ledger.NoteKey{p.note}, 0

	p.publish(leaves{}, 700, 2)
	path := filepath.Join(p.folder, filepath.FromSlash(recorder.TilePath(0, 2, 188)))
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	look(t, c, follow.Unproven)
	content[5] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	look(t, c, follow.Unproven)
	content[5] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if seen := look(t, c); seen.Before != 401 { // what could not be shown was not believed
		t.Fatalf("%+v", seen)
	}
}

// TestMemory refuses to begin anew without saying so.
func TestMemory(t *testing.T) {
	p, memory := newPublic(t), t.TempDir()
	c := p.config(sources(t, p.folder)["folder"], memory)
	p.publish(leaves{}, 30, 2)
	look(t, c)
	if err := os.Remove(filepath.Join(memory, "newest.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := follow.Look(t.Context(), c); err == nil {
		t.Fatal("a follower that has forgotten looks as if for the first time")
	}
	_, other := newKey(t, "another.example", ledger.LogKey)
	q, fresh := newPublic(t), t.TempDir()
	q.publish(leaves{}, 30, 2)
	look(t, q.config(sources(t, q.folder)["folder"], fresh))
	c.Log, c.Folder = []ledger.NoteKey{other}, fresh
	if _, err := follow.Look(t.Context(), c); err == nil {
		t.Fatal("one folder for two logs")
	}
}

// TestSources refuses what is no address, and follows no redirection.
func TestSources(t *testing.T) {
	for _, bad := range []string{"ftp://log.example", "https://", "https://user:word@log.example/", "https://log.example/?a=b"} {
		if _, err := follow.At(bad, nil); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		http.Redirect(out, in, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	source, err := follow.At(server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := source.Read(t.Context(), "checkpoint"); err == nil {
		t.Errorf("a redirection was followed: %q", content)
	}
	near, err := follow.At(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := near.Read(t.Context(), "checkpoint"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v, want %v", err, fs.ErrNotExist)
	}
}
