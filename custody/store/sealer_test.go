package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"custos.example/custody"
)

// testSealer encrypts under one key a case, derived from a master key. Destroy
// makes a case unreadable.
type testSealer struct {
	master    [32]byte
	mu        sync.Mutex
	keys      map[custody.CaseID]*caseKeys
	destroyed map[custody.CaseID]bool
	failing   map[custody.CaseID]int
}

type caseKeys struct {
	aead  cipher.AEAD
	blind []byte
}

func newTestSealer(master byte) *testSealer {
	return &testSealer{master: [32]byte{master}, keys: map[custody.CaseID]*caseKeys{}, destroyed: map[custody.CaseID]bool{}, failing: map[custody.CaseID]int{}}
}

func (s *testSealer) derive(id custody.CaseID, label string) []byte {
	m := hmac.New(sha256.New, s.master[:])
	fmt.Fprintf(m, "%s\n%s", label, id)
	return m.Sum(nil)
}

// errDestroyed and errFolder are what becomes of a key: gone for good, or not to be
// read now.
var (
	errDestroyed = errors.New("the key of the case was destroyed")
	errFolder    = errors.New("the key folder cannot be read")
)

// failAt makes the key of a case unreadable once: at that use from now. 0 takes it back.
func (s *testSealer) failAt(id custody.CaseID, use int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing[id] = use
}

// failed tells whether that use has come.
func (s *testSealer) failed(id custody.CaseID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failing[id] == 0
}

func (s *testSealer) of(id custody.CaseID) (*caseKeys, error) {
	s.mu.Lock()
	k, gone, fails := s.keys[id], s.destroyed[id], s.failing[id] == 1
	s.failing[id] = max(s.failing[id]-1, 0)
	s.mu.Unlock()
	if fails {
		return nil, errFolder
	}
	if gone {
		return nil, errDestroyed
	}
	if k != nil {
		return k, nil
	}
	block, err := aes.NewCipher(s.derive(id, "seal"))
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	k = &caseKeys{aead, s.derive(id, "blind")}
	s.mu.Lock()
	s.keys[id] = k
	s.mu.Unlock()
	return k, nil
}

func (s *testSealer) destroy(id custody.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.destroyed[id] = true
}

func (s *testSealer) restore(id custody.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.destroyed, id)
}

func (s *testSealer) Seal(_ context.Context, id custody.CaseID, aad, plaintext []byte) ([]byte, error) {
	k, err := s.of(id)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plaintext)+k.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return k.aead.Seal(nonce, nonce, plaintext, aad), nil
}

func (s *testSealer) Open(_ context.Context, id custody.CaseID, aad, sealed []byte) ([]byte, error) {
	k, err := s.of(id)
	if errors.Is(err, errFolder) {
		return nil, err
	}
	if err == nil && len(sealed) < k.aead.NonceSize() {
		err = errors.New("too short")
	}
	var plain []byte
	if err == nil {
		plain, err = k.aead.Open(nil, sealed[:k.aead.NonceSize()], sealed[k.aead.NonceSize():], aad)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
	}
	return plain, nil
}

func (s *testSealer) Blind(id custody.CaseID, collection, key string) (string, error) {
	k, err := s.of(id)
	if errors.Is(err, errDestroyed) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	m := hmac.New(sha256.New, k.blind)
	fmt.Fprintf(m, "%d:%s%s", len(collection), collection, key)
	return hex.EncodeToString(m.Sum(nil)), nil
}
