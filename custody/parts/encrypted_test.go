package parts

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestEncrypted(t *testing.T) {
	mine, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseIdentity(strings.NewReader(mine.Text()))
	if err != nil || again.Public() != mine.Public() {
		t.Fatal(err)
	}
	theirs, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	body := content(70_000, "body")
	p := pack(t, body, 20_000, mine.Public())
	folder := t.TempDir()
	send(t, folder, p, all(p)...)
	for _, n := range all(p) {
		if b := part(t, p, n); bytes.Contains(b, body[:64]) {
			t.Fatal("a part holds content in clear")
		}
	}
	a := lookAt(t, folder, trusting(t))
	open := func(i Identity) ([]byte, error) {
		r, err := a.Reader(t.Context())
		if err != nil {
			return nil, err
		}
		defer r.Close()
		clear, err := Decrypt(r, a.Cover, i)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(clear)
	}
	if got, err := open(again); err != nil || !bytes.Equal(got, body) {
		t.Errorf("opened %d bytes: %v", len(got), err)
	}
	_, err = open(theirs)
	if !errors.Is(err, ErrNotForYou) || !strings.Contains(err.Error(), mine.Public()) || !strings.Contains(err.Error(), theirs.Public()) {
		t.Errorf("another's key: %v", err)
	}
	// What comes out is a plain age file.
	whole, err := joinedBytes(t, a)
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(whole), mine.key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
		t.Errorf("age itself: %v", err)
	}
	for _, bad := range []string{"", "age1nonsense", "AGE-SECRET-KEY-1"} {
		if _, err := Encrypt(io.Discard, []string{bad}); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q as a key: %v", bad, err)
		}
	}
}
