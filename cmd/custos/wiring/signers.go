package wiring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"custos.example/custody"
	"custos.example/ledger/sign"
)

// signers is a folder of key files: the log's, the service's, and one for each
// person on whose behalf the service signs.
type signers struct {
	folder  string
	origin  string
	log     *sign.Key
	service *sign.Key

	mu     sync.Mutex
	people map[string]*sign.Key
}

var _ custody.Signers = (*signers)(nil)

const (
	logKey       = "log.key"
	serviceKey   = "service.key"
	personPrefix = "person-"
)

// createSigners makes the folder and the keys of the log and of the service.
// What an earlier attempt left is used.
func createSigners(folder, origin string) (*signers, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of signing keys: %w", err)
	}
	for _, name := range []string{logKey, serviceKey} {
		key, err := sign.Create(filepath.Join(folder, name), rand.Reader)
		if errors.Is(err, sign.ErrExists) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := key.Close(); err != nil {
			return nil, err
		}
	}
	return openSigners(folder, origin)
}

// openSigners opens the keys of the log and of the service.
func openSigners(folder, origin string) (*signers, error) {
	s := &signers{folder: folder, origin: origin, people: map[string]*sign.Key{}}
	var err error
	if s.log, err = sign.Open(filepath.Join(folder, logKey)); err != nil {
		return nil, fmt.Errorf("key of the log: %w", err)
	}
	if s.service, err = sign.Open(filepath.Join(folder, serviceKey)); err != nil {
		return nil, errors.Join(fmt.Errorf("key of the service: %w", err), s.log.Close())
	}
	return s, nil
}

// Service returns the recording service's key.
func (s *signers) Service() custody.Signer { return s.service }

// LogKey returns the log's public key as a note key.
func (s *signers) LogKey() string {
	text, err := s.log.VerifierKey(s.origin)
	if err != nil {
		return "" // refused where it is parsed
	}
	return text
}

// Actor returns the key that is held for a person.
func (s *signers) Actor(_ context.Context, id string) (custody.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.people[id]; key != nil {
		return key, nil
	}
	key, err := sign.Open(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no key is held for %s: %w", id, custody.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	s.people[id] = key
	return key, nil
}

// CreateActor makes a key for a person.
func (s *signers) CreateActor(_ context.Context, id string) (custody.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := sign.Create(s.path(id), rand.Reader)
	if errors.Is(err, sign.ErrExists) {
		return nil, fmt.Errorf("%w: %w", custody.ErrConflict, err)
	}
	if err != nil {
		return nil, err
	}
	s.people[id] = key
	return key, nil
}

func (s *signers) path(id string) string { return filepath.Join(s.folder, personPrefix+id+".key") }

// Close lets go of every key.
func (s *signers) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	errs := []error{s.log.Close(), s.service.Close()}
	for _, key := range s.people {
		errs = append(errs, key.Close())
	}
	clear(s.people)
	return errors.Join(errs...)
}
