package wiring

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/durable"
	"custos.example/ledger/sign"
)

// signers is a folder of keys: the log's, the service's, and one for each person
// on whose behalf the service signs. A key is a file NAME.key, or NAME.uri with the
// address of one in a key service; .next behind either is the key that is to
// follow. Keys that people keep themselves are in none of them.
type signers struct {
	folder   string
	origin   string
	own      []heldKey // keys of people who work at this machine
	exchange *custody.Exchange

	mu   sync.Mutex
	keys map[string]heldKey // by the holder
}

// heldKey is a key that can be used here.
type heldKey interface {
	sign.Signer
	Close() error
}

var _ custody.Signers = (*signers)(nil)

const (
	logKey       = "log"
	serviceKey   = "service"
	personPrefix = "person-"
	fileKey      = ".key"
	serviceURI   = ".uri"
	nextKey      = ".next"
)

// createSigners makes the folder and the keys of the log and of the service, or
// notes the addresses under which a key service has them. What an earlier attempt
// left is used.
func createSigners(ctx context.Context, o Options, origin string) (*signers, error) {
	if err := os.MkdirAll(o.signFolder(), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of signing keys: %w", err)
	}
	for _, key := range []struct{ name, uri string }{{logKey, o.LogKey}, {serviceKey, o.ServiceKey}} {
		if err := createKey(ctx, filepath.Join(o.signFolder(), key.name), key.uri); err != nil && !errors.Is(err, sign.ErrExists) {
			return nil, err
		}
	}
	return openSigners(ctx, o, origin)
}

// createKey makes a key in a file, or notes the address under which a key service
// has it.
// Errors: sign.ErrExists for what an earlier attempt left.
func createKey(ctx context.Context, path, uri string) error {
	if uri != "" {
		return noteAddress(ctx, path+serviceURI, uri)
	}
	if exists(path + serviceURI) {
		return nil
	}
	key, err := sign.Create(path+fileKey, rand.Reader)
	if err != nil {
		return err
	}
	return key.Close()
}

// openSigners opens the keys of the log and of the service, and those of the
// people who work at this machine.
func openSigners(ctx context.Context, o Options, origin string) (*signers, error) {
	s := &signers{folder: o.signFolder(), origin: origin, keys: map[string]heldKey{}, exchange: custody.NewExchange(clock{})}
	for _, holder := range []string{logKey, serviceKey} {
		if _, err := s.key(ctx, holder); err != nil {
			return nil, errors.Join(fmt.Errorf("key of the %s: %w", holder, err), s.Close())
		}
	}
	for _, path := range o.OwnKeys {
		key, err := sign.OpenWith(path, o.Unlock)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.own = append(s.own, key)
	}
	return s, nil
}

// path is where the keys of a holder lie, without what says of what kind.
func (s *signers) path(holder string) string {
	if holder != logKey && holder != serviceKey {
		holder = personPrefix + holder
	}
	return filepath.Join(s.folder, holder)
}

// key returns the key of a holder. Errors: fs.ErrNotExist.
func (s *signers) key(ctx context.Context, holder string) (heldKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key := s.keys[holder]; key != nil {
		return key, nil
	}
	key, err := openKey(ctx, s.path(holder), "")
	if err != nil {
		return nil, err
	}
	s.keys[holder] = key
	return key, nil
}

// openKey opens the key at a path, in a file or in a key service.
func openKey(ctx context.Context, path, suffix string) (heldKey, error) {
	key, err := openKind(ctx, path, fileKey, suffix)
	if errors.Is(err, fs.ErrNotExist) && exists(path+serviceURI+suffix) {
		return openKind(ctx, path, serviceURI, suffix)
	}
	return key, err
}

// openKind opens the key of one kind at a path.
func openKind(ctx context.Context, path, kind, suffix string) (heldKey, error) {
	if kind == fileKey {
		key, err := sign.Open(path + fileKey + suffix)
		return keyOrError(key, err)
	}
	text, err := os.ReadFile(path + serviceURI + suffix) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, err
	}
	uri, id, _ := strings.Cut(string(bytes.TrimSpace(text)), " ")
	held, err := sign.OpenService(ctx, uri)
	if err == nil && held.KeyID().String() != id {
		err = fmt.Errorf("%w: %s is the key %s now, and %s says %s: was it replaced in the key service?",
			custody.ErrIntegrity, uri, held.KeyID(), path+serviceURI+suffix, id)
	}
	return keyOrError(held, err)
}

// keyOrError spares the caller an interface around a nil key.
func keyOrError(key heldKey, err error) (heldKey, error) {
	if err != nil {
		return nil, err
	}
	return key, nil
}

// noteAddress writes down where a key service has a key, and which key it is.
func noteAddress(ctx context.Context, path, uri string) error {
	key, err := sign.OpenService(ctx, uri)
	if err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	return sign.Write(path, fmt.Appendf(nil, "%s %s\n", uri, key.KeyID()))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// opened returns a key that openSigners opened.
func (s *signers) opened(holder string) custody.Signer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys[holder]
}

// Service returns the recording service's key.
func (s *signers) Service() custody.Signer { return s.opened(serviceKey) }

// Log returns the log's key.
func (s *signers) Log() custody.Signer { return s.opened(logKey) }

// LogKey returns the log's public key as a note key.
func (s *signers) LogKey() string {
	text, err := sign.VerifierKey(s.origin, s.Log())
	if err != nil {
		return "" // refused where it is parsed
	}
	return text
}

// Actor returns the key that is held for a person.
func (s *signers) Actor(ctx context.Context, id string) (custody.Signer, error) {
	key, err := s.key(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no key is held for %s: %w", id, custody.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return key, nil
}

// CreateActor makes a key for a person.
func (s *signers) CreateActor(_ context.Context, id string) (custody.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := sign.Create(s.path(id)+fileKey, rand.Reader)
	if errors.Is(err, sign.ErrExists) {
		return nil, fmt.Errorf("%w: %w", custody.ErrConflict, err)
	}
	if err != nil {
		return nil, err
	}
	s.keys[id] = key
	return key, nil
}

// Holder returns the signer of a key that a person keeps: one whose file was
// named to this process, or else through the person's agent.
func (s *signers) Holder(_ context.Context, id string, public ledger.PublicKey) (custody.Signer, error) {
	for _, key := range s.own {
		if key.KeyID() == public.KeyID() {
			return key, nil
		}
	}
	if len(s.own) > 0 {
		return nil, fmt.Errorf("none of the key files that were given is the key %s, under which %s is enrolled: %w",
			public.KeyID(), id, custody.ErrInvalid)
	}
	if err := s.exchange.Here(id); err != nil {
		return nil, fmt.Errorf("%w (or, at the machine with the record, give the key's file with --key)", err)
	}
	return sign.NewDistant(public, func(ctx context.Context, message []byte) ([]byte, error) {
		return s.exchange.Ask(ctx, id, message)
	}), nil
}

// Next returns the key that is to follow the holder's.
func (s *signers) Next(ctx context.Context, holder string) (custody.Signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, err := openKey(ctx, s.path(holder), nextKey)
	if errors.Is(err, fs.ErrNotExist) {
		created, err := sign.Create(s.path(holder)+fileKey+nextKey, rand.Reader)
		return keyOrError(created, err)
	}
	return key, err
}

// Settle puts the key of that id, which was prepared to follow, in the place of
// the one in use. The file of the old key is gone afterwards.
func (s *signers) Settle(ctx context.Context, holder string, id ledger.KeyID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.path(holder)
	for _, kind := range []string{fileKey, serviceURI} {
		if key, err := openKind(ctx, path, kind, ""); err == nil && key.KeyID() == id {
			s.keys[holder] = key
			return s.forget(path, kind)
		}
	}
	for _, kind := range []string{fileKey, serviceURI} {
		key, err := openKind(ctx, path, kind, nextKey)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if key.KeyID() != id {
			continue
		}
		if err := os.Rename(path+kind+nextKey, path+kind); err != nil {
			return fmt.Errorf("put the new key of %s in place: %w", holder, err)
		}
		if err := s.forget(path, kind); err != nil {
			return err
		}
		s.keys[holder] = key
		return durable.SyncFolder(s.folder)
	}
	return fmt.Errorf("%w: the key of %s that is in force is %s, and %s has another: its file was damaged, or it is an older or another folder; bring back the one that was in use last",
		custody.ErrIntegrity, holder, id, s.folder)
}

// forget removes the old key where the new one is of the other kind.
func (s *signers) forget(path, kind string) error {
	other := map[string]string{fileKey: serviceURI, serviceURI: fileKey}[kind]
	if err := os.Remove(path + other); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the old key: %w", err)
	}
	return nil
}

// settleAll makes the keys in use those that the record names. Before a log is
// founded there are none.
func (s *signers) settleAll(ctx context.Context, states []custody.KeyState) error {
	for _, holder := range []string{logKey, serviceKey} {
		if state, found := custody.InForce(states, holder); found {
			if err := s.Settle(ctx, holder, state.Key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close lets go of every key.
func (s *signers) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, key := range s.keys {
		errs = append(errs, key.Close())
	}
	for _, key := range s.own {
		errs = append(errs, key.Close())
	}
	clear(s.keys)
	s.own = nil
	return errors.Join(errs...)
}

// NextKey prepares the key that is to follow the service's or the log's: the one
// under an address in a key service, or one in a file.
func (s *Station) NextKey(ctx context.Context, holder, uri string) (custody.Signer, error) {
	if uri != "" {
		if err := noteAddress(ctx, s.signers.path(holder)+serviceURI+nextKey, uri); err != nil && !errors.Is(err, sign.ErrExists) {
			return nil, err
		}
	}
	return s.signers.Next(ctx, holder)
}

// Bring adds a key that a person keeps, who works at this machine.
func (s *Station) Bring(key *sign.Key) { s.signers.own = append(s.signers.own, key) }
