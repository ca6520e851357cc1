package vault_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody/vault"
)

// newVault makes a vault in a fresh folder.
func newVault(t *testing.T) (*vault.Vault, vault.Config) {
	t.Helper()
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := vault.CreateKeyFile(secret); err != nil {
		t.Fatal(err)
	}
	config := vault.Config{Dir: filepath.Join(dir, "vault"), Secret: vault.KeyFile(secret)}
	v, err := vault.Create(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	return v, config
}

// TestIntake seals to a station: it stays the same key, opens what was sealed to it
// whole, and refuses what was sealed to another, cut off or changed in any place.
func TestIntake(t *testing.T) {
	v, config := newVault(t)
	in, err := v.Intake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	opened, err := vault.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	again, err := opened.Intake(t.Context())
	if err != nil || again.Recipient() != in.Recipient() || !strings.HasPrefix(in.Recipient(), "age1") {
		t.Fatalf("%q, then %q: %v", in.Recipient(), again.Recipient(), err)
	}
	kept, err := os.ReadFile(filepath.Join(config.Dir, "intake.sealed"))
	if err != nil || bytes.Contains(kept, []byte("AGE-SECRET-KEY")) {
		t.Fatalf("the key is kept in clear: %v", err)
	}
	content := bytes.Repeat([]byte("a phone's messages\n"), 9000)
	var sealed bytes.Buffer
	w, err := vault.SealTo(in.Recipient(), &sealed)
	if err == nil {
		_, err = w.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	read := func(in vault.Intake, text []byte) ([]byte, error) {
		r, err := in.Open(bytes.NewReader(text))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	}
	got, err := read(again, sealed.Bytes())
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("%d bytes came back: %v", len(got), err)
	}
	stranger, _ := newVault(t)
	other, err := stranger.Intake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(other, sealed.Bytes()); !errors.Is(err, vault.ErrWrongSecret) {
		t.Errorf("opened by another station: %v", err)
	}
	for _, at := range []int{0, 30, 100, 200, 70_000, sealed.Len() - 1} {
		changed := bytes.Clone(sealed.Bytes())
		changed[at] ^= 1
		if _, err := read(in, changed); err == nil {
			t.Errorf("byte %d was changed and not noticed", at)
		}
	}
	for _, n := range []int{0, 10, 150, 65_000, sealed.Len() - 1} {
		if _, err := read(in, sealed.Bytes()[:n]); !errors.Is(err, vault.ErrIntegrity) {
			t.Errorf("cut off after %d bytes: %v", n, err)
		}
	}
	if _, err := vault.SealTo("age1nobody", io.Discard); !errors.Is(err, vault.ErrInvalid) {
		t.Errorf("a recipient that is none: %v", err)
	}
}
