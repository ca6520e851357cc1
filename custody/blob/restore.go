package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"custos.example/ledger"
)

// Restore fetches the payload of a recorded digest from a copy and puts it in its
// place, over what is damaged there.
//
// Durability: as Writer.Commit. Until then what is there stays.
// Trust: the copy is not believed: its record must open under the key of the
// case at this address, and its content must hash to the digest.
// Errors: ErrNotFound when the copy does not have it; ErrIntegrity when what the
// copy has is not it.
func (s *Store) Restore(ctx context.Context, from Copy, id string, recorded ledger.DigestSet) (Ref, error) {
	if err := checkScope(id); err != nil {
		return Ref{}, err
	}
	addresses, err := s.candidates(ctx, from, id, recorded)
	if err != nil {
		return Ref{}, fmt.Errorf("restore a payload of %s: %w", scopeWords(id), err)
	}
	var faults []error
	for _, address := range addresses {
		ref, err := s.restore(ctx, from, id, address, recorded)
		if err == nil {
			return ref, nil
		}
		if !errors.Is(err, errOther) && !errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 {
		return Ref{}, fmt.Errorf("the copy does not have this payload of %s: %w", scopeWords(id), ErrNotFound)
	}
	return Ref{}, fmt.Errorf("restore a payload of %s: %w", scopeWords(id), errors.Join(faults...))
}

// errOther says that a record of the copy is of another payload.
var errOther = errors.New("another payload")

// candidates returns the addresses at which a payload of that digest may lie:
// one for a plain digest, every one of the case for a salted that is not remembered.
func (s *Store) candidates(ctx context.Context, from Copy, id string, recorded ledger.DigestSet) ([]string, error) {
	if plain, ok := recorded[ledger.SHA256]; ok {
		address, err := s.keys.Address(ctx, id, plain)
		return []string{address}, err
	}
	salted, ok := recorded[ledger.Salted]
	if !ok {
		return nil, fmt.Errorf("no digest of a known kind: %w", ErrInvalid)
	}
	fans, begin := make([]string, 256), ""
	for fan := range fans {
		fans[fan] = hex.EncodeToString([]byte{byte(fan)})
	}
	if h, known := s.salted.get(id, salted); known {
		begin = h.String()
		fans = []string{begin[:2]}
	}
	var all []string
	for _, fan := range fans {
		addresses, err := from.Keys(ctx, scope(id)+"/"+fan)
		if err != nil {
			return nil, err
		}
		for _, address := range addresses {
			if isAddress(address) && address[:2] == fan && strings.HasPrefix(address, begin) {
				all = append(all, address)
			}
		}
	}
	return all, nil
}

// restore takes what the copy has at one address.
func (s *Store) restore(ctx context.Context, from Copy, id, address string, recorded ledger.DigestSet) (Ref, error) {
	sealed, err := fetch(ctx, from, keyName(id, address), maxRecord)
	if err != nil {
		return Ref{}, err
	}
	r, err := s.openRecord(ctx, id, address, sealed)
	if err != nil {
		return Ref{}, fmt.Errorf("the copy's record: %w", err)
	}
	ref := r.ref(id, address)
	if algorithm, want, err := recorded.Single(); err != nil || ref.Digest()[algorithm] != want {
		return Ref{}, errOther
	}
	p := part{record: r}
	if r.small() {
		if ledger.Digest(sha256.Sum256([]byte(r.content))) != r.sha256 {
			return Ref{}, fmt.Errorf("the copy's content: %w", ErrIntegrity)
		}
	} else if p.path, err = s.fetchContent(ctx, from, id, address, r); err != nil {
		return Ref{}, err
	}
	if err := s.replace(id, address, p, sealed); err != nil {
		return Ref{}, errors.Join(err, p.discard())
	}
	return ref, nil
}

// fetchContent brings the ciphertext of a payload over and reads it whole.
func (s *Store) fetchContent(ctx context.Context, from Copy, id, address string, r record) (path string, err error) {
	identity, err := age.ParseX25519Identity(r.identity)
	if err != nil {
		return "", fmt.Errorf("the copy's record: %w: %w", ErrIntegrity, err)
	}
	body, err := from.Open(ctx, ageName(id, address, r.part))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	var name [16]byte
	if _, err := rand.Read(name[:]); err != nil {
		return "", err
	}
	path = filepath.Join(s.dir, partFolder, hex.EncodeToString(name[:])+ageSuffix)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	n, err := io.Copy(file, reader{ctx, io.LimitReader(body, ageSize(padded(r.size))+1)})
	if err == nil && !fits(n, r.size, ageSize) {
		err = fmt.Errorf("the copy's content has another length: %w", ErrIntegrity)
	}
	if err == nil {
		err = sameContent(ctx, file, identity, r)
	}
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	return path, nil
}

// sameContent reads a ciphertext whole and returns nil when it is what the
// record says.
func sameContent(ctx context.Context, file *os.File, identity age.Identity, r record) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	content, err := age.Decrypt(file, identity)
	if err != nil {
		return fmt.Errorf("the copy's content: %w: %w", ErrIntegrity, err)
	}
	h := sha256.New()
	n, err := io.Copy(h, reader{ctx, io.LimitReader(content, r.size)})
	if err == nil {
		_, err = io.Copy(io.Discard, reader{ctx, content}) // what fills it up is authenticated with it
	}
	if stop := ctx.Err(); stop != nil {
		return stop
	}
	if err != nil || n != r.size || ledger.Digest(h.Sum(nil)) != r.sha256 {
		return errors.Join(fmt.Errorf("the copy's content is not what was put: %w", ErrIntegrity), err)
	}
	return nil
}

// replace puts a fetched payload in its place, key file last.
func (s *Store) replace(id, address string, p part, sealed []byte) error {
	defer s.busy.lock(scope(id) + address)()
	dir := filepath.Dir(s.path(keyName(id, address)))
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := makeFolder(d); err != nil {
			return err
		}
	}
	files, err := readDir(dir)
	if err != nil {
		return err
	}
	keep := address + keySuffix
	if !p.small() {
		keep = filepath.Base(ageName(id, address, p.part))
		if err := os.Rename(p.path, filepath.Join(dir, keep)); err != nil {
			return err
		}
		if err := flushFolder(dir); err != nil {
			return err
		}
	}
	if err := s.publish(s.path(keyName(id, address)), sealed, true); err != nil {
		return err
	}
	for _, file := range files { // what was damaged
		name := file.Name()
		if strings.HasPrefix(name, address+".") && name != keep && name != address+keySuffix {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return flushFolder(dir)
}

// fetch reads a small file of a copy whole.
func fetch(ctx context.Context, from Copy, name string, limit int64) ([]byte, error) {
	r, err := from.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if int64(len(content)) > limit {
		return nil, fmt.Errorf("%s of the copy is larger than any key file: %w", name, ErrIntegrity)
	}
	return content, nil
}
