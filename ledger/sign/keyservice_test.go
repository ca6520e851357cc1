package sign_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/sigstore/sigstore/pkg/signature/kms/cliplugin"
	"github.com/sigstore/sigstore/pkg/signature/kms/cliplugin/handler"

	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// transit speaks the few calls of Vault's transit engine that signing needs, over
// keys in memory. It stands in for the server only: the client that asks is
// sigstore's own.
type transit struct {
	mu   sync.Mutex
	keys []ed25519.PrivateKey // by version, from 1
	say  string               // status line to answer instead
}

func (v *transit) rotate(t *testing.T) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.keys = append(v.keys, private)
}

func (v *transit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	newest := len(v.keys)
	switch {
	case r.Header.Get("X-Vault-Token") != "a token of the test":
		http.Error(w, `{"errors":["permission denied"]}`, http.StatusForbidden)
	case v.say != "":
		http.Error(w, `{"errors":["`+v.say+`"]}`, http.StatusBadRequest)
	case r.Method == http.MethodGet && r.URL.Path == "/v1/transit/keys/log":
		versions := map[string]any{}
		for i, key := range v.keys {
			versions[fmt.Sprint(i+1)] = map[string]any{
				"name": "ed25519", "public_key": base64.StdEncoding.EncodeToString(key[32:]),
			}
		}
		answerJSON(w, map[string]any{"keys": versions, "latest_version": newest, "type": "ed25519"})
	case r.Method == http.MethodPut && r.URL.Path == "/v1/transit/sign/log":
		var asked struct {
			Input     []byte `json:"input"`
			Prehashed bool   `json:"prehashed"`
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Prehashed {
			http.Error(w, `{"errors":["prehashed"]}`, http.StatusBadRequest)
			return
		}
		sig := ed25519.Sign(v.keys[newest-1], asked.Input)
		answerJSON(w, map[string]any{"signature": fmt.Sprintf("vault:v%d:%s", newest, base64.StdEncoding.EncodeToString(sig))})
	default:
		http.Error(w, `{"errors":[]}`, http.StatusNotFound)
	}
}

func answerJSON(w http.ResponseWriter, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// TestKeyService signs with a key that sigstore's Vault client holds at a server
// which speaks transit. A key that was replaced inside the service, a service that
// refuses and one that is not there are told.
func TestKeyService(t *testing.T) {
	vault := &transit{}
	vault.rotate(t)
	server := httptest.NewServer(vault)
	defer server.Close()
	t.Setenv("VAULT_ADDR", server.URL)
	t.Setenv("VAULT_TOKEN", "a token of the test")
	key, err := sign.OpenService(t.Context(), "hashivault://log")
	if err != nil {
		t.Fatal(err)
	}
	message := ledger.PAE(ledger.StatementType, []byte(`{"a":1}`))
	sig, err := key.Sign(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if err := public.Verify(message, sig); err != nil || public.KeyID() != key.KeyID() {
		t.Errorf("the signature does not verify: %v", err)
	}
	text, err := sign.VerifierKey("log.example/custos", key)
	if err != nil {
		t.Fatal(err)
	}
	checkpoint, err := ledger.Checkpoint{Origin: "log.example/custos", Size: 7}.Sign(sign.NoteSigner("log.example/custos", key))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.ParseCheckpoint(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	known, err := ledger.ParseNoteKey(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := signed.Verify(known); err != nil {
		t.Errorf("a checkpoint signed by the key service: %v", err)
	}

	vault.rotate(t) // the service goes over to another key by itself
	_, err = key.Sign(t.Context(), message)
	wantError(t, err, sign.ErrKeyService, "a key that was replaced in the service")
	vault.say = "sealed"
	_, err = key.Sign(t.Context(), message)
	wantError(t, err, sign.ErrKeyService, "a service that refuses")
	for _, uri := range []string{"hashivault://other", "hashivault://", "nothing", "://x", "nosuchprogram://log"} {
		_, err := sign.OpenService(t.Context(), uri)
		wantError(t, err, sign.ErrKeyService, uri)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := key.Sign(ended, message); err == nil {
		t.Error("signed after the caller had left")
	}
}

// pluginName is a program of which sigstore's tools ask keys under standin://.
const pluginName = "sigstore-kms-standin"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == pluginName {
		if err := plugin(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// plugin is a key service in a program of its own: it speaks sigstore's protocol
// and signs with the key in a file that its key id names.
func plugin() error {
	args, err := handler.GetPluginArgs(os.Args)
	if err != nil {
		return err
	}
	key, err := sign.Open(args.InitOptions.KeyResourceID)
	if err != nil {
		return errors.Join(err, handler.WriteErrorResponse(os.Stdout, err))
	}
	_, err = handler.Dispatch(os.Stdout, os.Stdin, args, inFile{key})
	return err
}

// inFile is a key in a file as sigstore's interface of key services has it.
type inFile struct{ key *sign.Key }

func (f inFile) SignMessage(message io.Reader, _ ...signature.SignOption) ([]byte, error) {
	text, err := io.ReadAll(message)
	if err != nil {
		return nil, err
	}
	return f.key.Sign(context.Background(), text)
}

func (f inFile) PublicKey(...signature.PublicKeyOption) (crypto.PublicKey, error) {
	return f.key.Public(), nil
}

func (inFile) VerifySignature(_, _ io.Reader, _ ...signature.VerifyOption) error {
	return errors.ErrUnsupported
}

func (inFile) CreateKey(context.Context, string) (crypto.PublicKey, error) {
	return nil, errors.ErrUnsupported
}

func (inFile) CryptoSigner(context.Context, func(error)) (crypto.Signer, crypto.SignerOpts, error) {
	return nil, nil, errors.ErrUnsupported
}
func (inFile) SupportedAlgorithms() []string { return []string{"ed25519"} }
func (inFile) DefaultAlgorithm() string      { return "ed25519" }

// TestKeyProgram signs through a program of the operator's, by the protocol that
// sigstore has for key services which it does not know.
func TestKeyProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs symbolic links")
	}
	if !strings.HasPrefix(pluginName, cliplugin.PluginBinaryPrefix) {
		t.Fatalf("sigstore looks for programs named %s*", cliplugin.PluginBinaryPrefix)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, pluginName)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	file := filepath.Join(folder, "held.key")
	held, err := sign.Create(file, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sign.OpenService(t.Context(), "standin://"+file)
	if err != nil {
		t.Fatal(err)
	}
	if key.KeyID() != held.KeyID() {
		t.Fatalf("key %s, want %s", key.KeyID(), held.KeyID())
	}
	message := []byte("entry")
	sig, err := key.Sign(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(held.Public(), message, sig) {
		t.Error("the program's signature does not verify")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	_, err = key.Sign(t.Context(), message)
	wantError(t, err, sign.ErrKeyService, "a program that lost its key")
}
