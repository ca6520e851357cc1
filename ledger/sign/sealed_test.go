package sign_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigstore/sigstore/pkg/cryptoutils"

	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// TestSealed shows that a key under a passphrase opens with that passphrase only,
// in sigstore's tools too, and that the private key is nowhere in the file.
func TestSealed(t *testing.T) {
	key := newKey(t)
	passphrase := []byte("correct horse battery")
	file, err := key.Seal(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "held.key")
	if err := sign.Write(path, file); err != nil {
		t.Fatal(err)
	}
	wantError(t, sign.Write(path, file), sign.ErrExists, "written twice")
	ask := func(given string) sign.Passphrase {
		return func(bool) ([]byte, error) { return []byte(given), nil }
	}
	again, err := sign.OpenWith(path, ask(string(passphrase)))
	if err != nil {
		t.Fatal(err)
	}
	if again.KeyID() != key.KeyID() {
		t.Error("another key came back")
	}
	if theirs, err := cryptoutils.UnmarshalPEMToPrivateKey(file, cryptoutils.StaticPasswordFunc(passphrase)); err != nil || theirs == nil {
		t.Errorf("sigstore's own reader: %v", err)
	}
	for _, wrong := range []string{"", "correct horse batterz", "correct horse batter"} {
		_, err := sign.OpenWith(path, ask(wrong))
		wantError(t, err, sign.ErrPassphrase, "passphrase "+wrong)
	}
	_, err = sign.Open(path)
	wantError(t, err, sign.ErrPassphrase, "opened without a passphrase")
	_, err = key.Seal([]byte("short"))
	wantError(t, err, sign.ErrPassphrase, "a short passphrase")
	plain, err := key.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if seed := plain[60:90]; bytes.Contains(file, seed) {
		t.Error("the private key stands in the protected file")
	}
	_, err = sign.Unseal(plain, passphrase)
	wantError(t, err, sign.ErrKeyFile, "a file that is not protected")
	if err := os.WriteFile(path, bytes.Replace(file, []byte("e"), []byte("f"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sign.OpenWith(path, ask(string(passphrase))); err == nil {
		t.Error("a damaged file opens")
	}
}

// TestDistant shows that only a signature by the key itself, over the very
// message, is taken from elsewhere.
func TestDistant(t *testing.T) {
	key, other := newKey(t), newKey(t)
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	away := errors.New("nobody is there")
	for name, c := range map[string]struct {
		ask  func(context.Context, []byte) ([]byte, error)
		want error
	}{
		"the holder":      {key.Sign, nil},
		"somebody else":   {other.Sign, sign.ErrDistant},
		"another message": {func(ctx context.Context, m []byte) ([]byte, error) { return key.Sign(ctx, append(m, 0)) }, sign.ErrDistant},
		"nothing":         {func(context.Context, []byte) ([]byte, error) { return nil, nil }, sign.ErrDistant},
		"nobody":          {func(context.Context, []byte) ([]byte, error) { return nil, away }, away},
	} {
		signer := sign.NewDistant(public, c.ask)
		if signer.KeyID() != key.KeyID() || !bytes.Equal(signer.Public(), key.Public()) {
			t.Fatal("another key")
		}
		if _, err := signer.Sign(t.Context(), []byte("message")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
