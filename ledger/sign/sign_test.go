package sign_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	sigstoredsse "github.com/sigstore/sigstore/pkg/signature/dsse"
	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
	"custos.example/ledger/sign"
)

func newKey(t *testing.T) *sign.Key {
	t.Helper()
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func wantError(t *testing.T, got, want error, what string) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// TestSign signs an envelope's bytes; ring 0 and sigstore both verify them.
func TestSign(t *testing.T) {
	key := newKey(t)
	payload := []byte(`{"a":1}`)
	pae := ledger.PAE("application/vnd.in-toto+json", payload)
	sig, err := key.Sign(t.Context(), pae)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, public.Verify(pae, sig), nil, "ring 0")
	if public.Verify(append(pae, ' '), sig) == nil {
		t.Fatal("control: another message")
	}
	if public.KeyID() != key.KeyID() {
		t.Fatalf("key id %s, ring 0 says %s", key.KeyID(), public.KeyID())
	}

	envelope, err := sigstoredsse.WrapSigner(loaded(t, key), "application/vnd.in-toto+json").SignMessage(bytes.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(envelope), base64.StdEncoding.EncodeToString(sig)) {
		t.Fatalf("sigstore's envelope has another signature: %s", envelope)
	}
	if got := dsse.PAE("application/vnd.in-toto+json", payload); !bytes.Equal(got, pae) {
		t.Fatalf("sigstore signs %q, we sign %q", got, pae)
	}
}

// loaded is the same key in sigstore's own hands.
func loaded(t *testing.T, key *sign.Key) signature.Signer {
	t.Helper()
	file, err := key.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := signature.LoadSignerFromPEMFile(path, 0, cryptoutils.SkipPassword)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// TestSame shows that the same random bytes give the same key, and others
// another.
func TestSame(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	first, err := sign.Generate(bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	again, err := sign.Generate(bytes.NewReader(seed))
	if err != nil || again.KeyID() != first.KeyID() {
		t.Fatalf("%v, %v", again, err)
	}
	if newKey(t).KeyID() == first.KeyID() {
		t.Fatal("two random keys are the same")
	}
	_, err = sign.Generate(bytes.NewReader(seed[:31]))
	wantError(t, err, io.ErrUnexpectedEOF, "too little random")
	want := ed25519.NewKeyFromSeed(seed).Public()
	if !first.Public().Equal(want) {
		t.Fatal("not the key of RFC 8032")
	}
	first.Public()[0] ^= 1
	if !first.Public().Equal(want) {
		t.Fatal("the public key was changed from outside")
	}
}

// TestNote signs notes that the reference implementation of signed notes opens.
func TestNote(t *testing.T) {
	key := newKey(t)
	text, err := key.VerifierKey("log.example")
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: "a text\n"}, key.NoteSigner("log.example"))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil || opened.Text != "a text\n" || len(opened.Sigs) != 1 {
		t.Fatalf("%+v, %v", opened, err)
	}
	if _, err := note.Open(bytes.Replace(signed, []byte("a text"), []byte("another"), 1), note.VerifierList(verifier)); err == nil {
		t.Fatal("control: another text")
	}
	public, err := ledger.ParseNoteKey(text)
	if err != nil || public.Hash() != key.NoteSigner("log.example").KeyHash() {
		t.Fatalf("%+v, %v", public, err)
	}
	for _, name := range []string{"", "a log", "a+log", "a\nlog"} {
		if _, err := note.Sign(&note.Note{Text: "a text\n"}, key.NoteSigner(name)); err == nil {
			t.Fatalf("a note was signed under the name %q", name)
		}
	}
}

// TestFile creates, opens, damages and exposes key files.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.key")
	_, err := sign.Open(path)
	wantError(t, err, fs.ErrNotExist, "open a key that is not there")
	made, err := sign.Create(path, rand.Reader)
	wantError(t, err, nil, "create")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sign.Create(path, rand.Reader)
	wantError(t, err, sign.ErrExists, "create twice")
	opened, err := sign.Open(path)
	if err != nil || opened.KeyID() != made.KeyID() {
		t.Fatalf("%v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, whole) {
		t.Fatal("creating it twice changed the file")
	}
	_, err = sign.Create(filepath.Join(path, "below", "a file"), rand.Reader)
	if err == nil {
		t.Fatal("a key was created below a file")
	}

	if runtime.GOOS != "windows" {
		for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o644} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err = sign.Open(path)
			wantError(t, err, sign.ErrKeyFile, "open a key that others can use")
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = sign.Open(filepath.Dir(path))
		wantError(t, err, sign.ErrKeyFile, "open a folder")
	}
	for name, content := range spoiled(t, whole) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sign.Open(path)
		wantError(t, err, sign.ErrKeyFile, name)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = sign.Open(path)
	wantError(t, err, nil, "control: the file as it was")
}

// spoiled are files that are no key files.
func spoiled(t *testing.T, whole []byte) map[string][]byte {
	t.Helper()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	public, err := newKey(t).PublicPEM()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{
		"empty":            nil,
		"a line before":    append([]byte("a line\n"), whole...),
		"a line after":     append(bytes.Clone(whole), "a line\n"...),
		"two keys":         append(bytes.Clone(whole), whole...),
		"other line ends":  bytes.ReplaceAll(whole, []byte("\n"), []byte("\r\n")),
		"another kind":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		"a public key":     public,
		"a header":         bytes.Replace(whole, []byte("KEY-----\n"), []byte("KEY-----\nA: b\n\n"), 1),
		"very long":        append(bytes.Clone(whole), bytes.Repeat([]byte("\n"), 10_000)...),
		"another encoding": bytes.Replace(whole, []byte("\n-----END"), []byte("\n\n-----END"), 1),
	}
	for i := range whole {
		out["cut off at byte "+strconv.Itoa(i)] = whole[:i]
	}
	return out
}

// TestClose shows that a closed key signs no more.
func TestClose(t *testing.T) {
	key := newKey(t)
	id := key.KeyID()
	if err := key.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := key.Sign(t.Context(), []byte("a message"))
	wantError(t, err, sign.ErrClosed, "sign")
	_, err = key.Marshal()
	wantError(t, err, sign.ErrClosed, "marshal")
	_, err = note.Sign(&note.Note{Text: "a text\n"}, key.NoteSigner("log.example"))
	wantError(t, err, sign.ErrClosed, "sign a note")
	if key.KeyID() != id || sha256.Sum256(key.Public()) == [32]byte{} {
		t.Fatal("the public half is gone too")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = newKey(t).Sign(over, []byte("a message"))
	wantError(t, err, context.Canceled, "sign under a cancelled context")
}
