package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"testing"
)

// The vectors of the C2SP XAES-256-GCM specification: one key for each value of
// the top bit of L.
func TestAEADVectors(t *testing.T) {
	vectors := []struct {
		key       byte
		plaintext string
		aad       string
		sealed    string
	}{
		{0x01, "XAES-256-GCM", "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
		{0x03, "XAES-256-GCM", "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
	}
	nonce := []byte("ABCDEFGHIJKLMNOPQRSTUVWX")
	for _, v := range vectors {
		a := newAEAD([32]byte(bytes.Repeat([]byte{v.key}, 32)))
		got := a.message(nonce).Seal(nil, nonce[12:], []byte(v.plaintext), []byte(v.aad))
		if hex.EncodeToString(got) != v.sealed {
			t.Errorf("key %02x: got %x, want %s", v.key, got, v.sealed)
		}
	}
}

// Every single changed bit, and every truncation, must be refused; the
// unchanged text must open, or the test would prove nothing.
func TestAEADRefusesEveryChange(t *testing.T) {
	a := newAEAD([32]byte{1})
	sealed, err := a.seal([]byte("aad"), []byte("call data"))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := a.open([]byte("aad"), sealed); err != nil || string(plain) != "call data" {
		t.Fatalf("control: %q, %v", plain, err)
	}
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := a.open([]byte("aad"), changed); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("bit %d: %v", i, err)
		}
	}
	for n := range sealed {
		if _, err := a.open([]byte("aad"), sealed[:n]); !errors.Is(err, ErrIntegrity) {
			t.Fatalf("cut to %d: %v", n, err)
		}
	}
	if _, err := a.open([]byte("other"), sealed); !errors.Is(err, ErrIntegrity) {
		t.Fatalf("other aad: %v", err)
	}
}

func TestAEADNoncesDoNotRepeat(t *testing.T) {
	n := 100_000
	if os.Getenv("CUSTOS_LONG") == "1" {
		n = 1_000_000
	}
	a := newAEAD([32]byte{2})
	seen := make(map[[nonceSize]byte]struct{}, n)
	for range n {
		sealed, err := a.seal(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[[nonceSize]byte(sealed[1:])] = struct{}{}
	}
	if len(seen) != n {
		t.Fatalf("%d nonces, %d different", n, len(seen))
	}
}

func BenchmarkSealEnvelope(b *testing.B) {
	a := newAEAD([32]byte{3})
	plain := make([]byte, 2048)
	b.SetBytes(int64(len(plain)))
	for b.Loop() {
		if _, err := a.seal(nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}
