package parts

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"custos.example/ledger"
)

// key is a sender's or recipient's key made from a word.
type key struct{ private ed25519.PrivateKey }

func newKey(word string) key {
	seed := sha256.Sum256([]byte(word))
	return key{ed25519.NewKeyFromSeed(seed[:])}
}

func (k key) public(t testing.TB) ledger.PublicKey {
	t.Helper()
	p, err := ledger.NewPublicKey(k.private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (k key) KeyID() ledger.KeyID {
	p, _ := ledger.NewPublicKey(k.private.Public().(ed25519.PublicKey))
	return p.KeyID()
}

func (k key) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(k.private, message), nil
}

// content returns n bytes that look like nothing, the same each time.
func content(n int, word string) []byte {
	out := make([]byte, 0, n+32)
	for block := sha256.Sum256([]byte(word)); len(out) < n; block = sha256.Sum256(block[:]) {
		out = append(out, block[:]...)
	}
	return out[:n]
}

// pack cuts content into parts.
func pack(t testing.TB, body []byte, partSize int64, recipients ...string) *Pack {
	t.Helper()
	sender := newKey("sender")
	if len(recipients) > 0 {
		var out bytes.Buffer
		w, err := Encrypt(&out, recipients)
		if err == nil {
			_, err = w.Write(body)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		body = out.Bytes()
	}
	c, err := NewCutter(partSize)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(body); err != nil {
		t.Fatal(err)
	}
	list, cover, err := c.Cover()
	if err != nil {
		t.Fatal(err)
	}
	cover.Origin, cover.Sender, cover.Recipients = "log.example/force", sender.public(t), recipients
	cover.Made = ledger.NewTime(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	signed, id, err := cover.Sign(t.Context(), sender)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := ParseList(list.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPack(signed, parsed, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != id {
		t.Fatalf("pack %s was signed as %s", p.ID, id)
	}
	return p
}

// part returns the bytes of one part.
func part(t testing.TB, p *Pack, number uint64) []byte {
	t.Helper()
	r, err := p.Part(number)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// send writes parts into a folder.
func send(t testing.TB, folder string, p *Pack, numbers ...uint64) {
	t.Helper()
	for _, n := range numbers {
		write(t, folder, p.FileName(n), part(t, p, n))
	}
}

func write(t testing.TB, folder, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// trusting is the caller who trusts the sender.
func trusting(t testing.TB) Options {
	t.Helper()
	return Options{Key: ledger.LookUp(newKey("sender").public(t))}
}

func lookAt(t testing.TB, folder string, o Options) *Arrival {
	t.Helper()
	a, err := Look(t.Context(), []Folder{{folder, os.DirFS(folder)}}, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func all(p *Pack) []uint64 {
	list, _ := ParseNumbers("", p.Total)
	return list
}

func joinedBytes(t testing.TB, a *Arrival) ([]byte, error) {
	t.Helper()
	r, err := a.Reader(t.Context())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
