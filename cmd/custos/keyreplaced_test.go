package main

import (
	"bytes"
	"crypto/rand"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// newKey is a key with its public half.
func newKey(t *testing.T) (*sign.Key, ledger.PublicKey) {
	t.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, public
}

// trusts says whether the trust file beside the data names a key.
func (d *counter) trusts(id ledger.KeyID) bool {
	d.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(d.TilesFolder()), "trust.json"))
	if err != nil {
		d.Fatal(err)
	}
	trust, err := ledger.ParseTrust(text)
	if err != nil {
		d.Fatal(err)
	}
	_, err = trust.Key(id)
	return err == nil
}

// TestKeyReplacedOverHTTPIsTrusted has a person replace their key over HTTP: the trust file
// names the new one when the answer is there. Control: where the file cannot be written the
// key is replaced all the same, and the file does not name it.
func TestKeyReplacedOverHTTPIsTrusted(t *testing.T) {
	d := newCounter(t)
	if err := d.WriteTrust(t.Context()); err != nil { // as the command does that enrolled them
		t.Fatal(err)
	}
	second, public := newKey(t)
	third, later := newKey(t)
	token := d.token("si-1")
	defer d.start("si-1", token, io.Discard, d.key, second, third)()
	if !d.trusts(d.key.KeyID()) || d.trusts(second.KeyID()) {
		t.Fatal("before: the trust file does not name the key that is in force, and no other")
	}
	if got := d.post(token, "/v1/keys/replacements", map[string]any{"next": public}); got != http.StatusCreated {
		t.Fatalf("the key was not replaced: %d", got)
	}
	if !d.trusts(second.KeyID()) || !d.trusts(d.key.KeyID()) {
		t.Error("the trust file lacks the new key, or the one under which earlier entries stand")
	}
	d.full.Store(true)
	if got := d.post(token, "/v1/keys/replacements", map[string]any{"next": later}); got != http.StatusCreated {
		t.Errorf("a trust file that cannot be written undid what was recorded: %d", got)
	}
	if d.trusts(third.KeyID()) {
		t.Error("control: the trust file names a key although it was not written")
	}
	d.full.Store(false)
	if got := d.openCase(token, "OP-1"); got != http.StatusCreated {
		t.Errorf("under the third key: %d", got)
	}
}

// TestServeWritesTheTrustFile starts the service beside a record whose trust file could not be
// written: it is there when it answers. Control: another command leaves it missing.
func TestServeWritesTheTrustFile(t *testing.T) {
	data := filepath.Join(t.TempDir(), "record")
	trust := filepath.Join(data, "trust.json")
	if code, _, said := command(t, "init", "--origin", "log.example/t", "--as", "ad-1", "--dir", data); code != exitDone {
		t.Fatal(said)
	}
	want, err := os.ReadFile(trust) //nolint:gosec // the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(trust); err != nil {
		t.Fatal(err)
	}
	if code, _, said := command(t, "actor", "list", "--as", "ad-1", "--dir", data); code != exitDone {
		t.Fatal(said)
	}
	if _, err := os.Stat(trust); err == nil {
		t.Error("control: another command wrote it")
	}
	beside(t, `(NO CO-SIGNER)`, "serve", "--listen", "127.0.0.1:0", "--dir", data)
	if got, err := os.ReadFile(trust); err != nil || !bytes.Equal(got, want) { //nolint:gosec // as above
		t.Errorf("%v: %s", err, got)
	}
}
