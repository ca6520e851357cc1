package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"custos.example/ledger/durable"
)

// Tokens says who a bearer token belongs to. Only SHA-256 digests of tokens are
// kept, in one file of the key folder.
//
// Trust: whoever can write the file can act as any user.
type Tokens struct {
	path string
	mu   sync.Mutex
}

// NewTokens names the file; nothing is read or written yet.
func NewTokens(path string) *Tokens { return &Tokens{path: path} }

// Issue makes a new token for the user and returns it; it cannot be shown again.
// Durability: on disk when it returns.
func (t *Tokens) Issue(actor string) (string, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", fmt.Errorf("no randomness for a token: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	t.mu.Lock()
	defer t.mu.Unlock()
	known, err := t.load()
	if err != nil {
		return "", err
	}
	known[digest(token)] = actor
	return token, t.keep(known)
}

// End ends every token of the user, at once, and returns how many there were.
// Durability: on disk when it returns.
func (t *Tokens) End(actor string) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	known, err := t.load()
	if err != nil {
		return 0, err
	}
	before := len(known)
	maps.DeleteFunc(known, func(_, of string) bool { return of == actor })
	return before - len(known), t.keep(known)
}

// keep writes the file anew.
func (t *Tokens) keep(known map[string]string) error {
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	return replace(t.path, text)
}

// actor returns the user to whom the token of the request belongs.
func (t *Tokens) actor(header string) (string, error) {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok || token == "" {
		return "", echo.ErrUnauthorized
	}
	t.mu.Lock()
	known, err := t.load()
	t.mu.Unlock()
	if err != nil {
		return "", err
	}
	want, found := digest(token), ""
	for have, actor := range known {
		if subtle.ConstantTimeCompare([]byte(have), []byte(want)) == 1 {
			found = actor
		}
	}
	if found == "" {
		return "", echo.ErrUnauthorized
	}
	return found, nil
}

func (t *Tokens) load() (map[string]string, error) {
	known := map[string]string{}
	text, err := os.ReadFile(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the token file: %w", err)
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return nil, fmt.Errorf("the token file %s is damaged (%w): restore it or issue new tokens", t.path, err)
	}
	return known, nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// replace writes the file beside its place, syncs it and renames it.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tokens-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("writing the token file: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}
