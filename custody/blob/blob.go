// Package blob owns the payloads of cases: the bytes of evidence, data sets,
// results and pages, each encrypted under a key of its own.
//
// A payload is two files. ADDRESS.PART.age is the content as an age file;
// ADDRESS.key says what it is (age identity, SHA-256, size, salt, part), sealed
// under the case key, and its appearance is what makes the payload exist: until
// then the content waits in part/, and a kill leaves nothing in its place. Of
// less than 4 KiB the content stands in ADDRESS.key itself, under the same seal.
// Before it is encrypted, content is filled up to one of a few sizes (Padmé), and what
// stands in ADDRESS.key to a multiple of 512 bytes.
// The address is HMAC(case key, SHA-256 of the content): the same content in one
// case has one address, and two cases do not show that they hold the same file.
//
// Reads go through gocloud.dev/blob, so that they can come from another kind of
// store. Writes do not: its folder driver neither flushes a file nor its folder,
// and its "if not there" is a look followed by a rename, so that an
// acknowledged payload could be lost in a power cut and one could replace
// another. Nor do listings: it skips what it cannot read.
//
// It never writes content in clear, never replaces a payload, never keeps a
// key in clear, and knows nothing of entries, policies or steps.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	gocloud "gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"

	"custos.example/ledger"
)

var (
	// ErrNotFound says that there is no such payload.
	ErrNotFound = errors.New("no such payload")
	// ErrIntegrity says that what is stored is not what was put there.
	ErrIntegrity = errors.New("payload is not what was put there")
	// ErrInvalid says that an argument cannot be accepted.
	ErrInvalid = errors.New("not acceptable as given")
)

// Keys are the keys of cases, as custody/vault holds them.
type Keys interface {
	WrapPayloadKey(ctx context.Context, id, address string, aad, key []byte) ([]byte, error)
	UnwrapPayloadKey(ctx context.Context, id, address string, aad, wrapped []byte) ([]byte, error)
	Address(ctx context.Context, id string, content [32]byte) (string, error)
}

// Ref says where a payload is and what it is.
// Shape: Case is empty for the organisation; Address is 64 lower-case hex
// digits.
type Ref struct {
	Case    string
	Address string
	SHA256  ledger.Digest
	Size    int64
	Salt    ledger.Salt
}

// plainFrom is the size from which content is named by its plain SHA-256;
// below it, content could be guessed.
// Units: bytes.
const plainFrom = 4096

// Digest returns the digest by which entries name the payload.
// Source: FORMAT.md.
func (r Ref) Digest() ledger.DigestSet {
	if r.Size >= plainFrom {
		return ledger.DigestSet{ledger.SHA256: r.SHA256}
	}
	return ledger.DigestSet{ledger.Salted: ledger.SaltedDigest(r.Salt, r.SHA256)}
}

// Config says where payloads are kept.
type Config struct {
	// DataDir is the data folder; blobs/, scratch/ and uploads/ in it are made and owned here.
	DataDir string
	Keys    Keys
	// Shared leaves what other running processes may still be writing. Without
	// it, Open removes what a killed process left.
	Shared bool
}

// Store keeps payloads in a folder. It is safe for concurrent use.
type Store struct {
	dir     string // blobs
	scratch string
	uploads string
	keys    Keys
	bucket  *gocloud.Bucket
	salted  index
	busy    locks
}

const (
	partFolder    = "part"
	scratchFolder = "scratch"
	organisation  = "organisation"
	casePrefix    = "case-"
	keySuffix     = ".key"
	ageSuffix     = ".age"
)

// Open opens the payloads of a data folder, and makes the folders if they are
// not there.
func Open(ctx context.Context, config Config) (*Store, error) {
	if config.DataDir == "" || config.Keys == nil {
		return nil, fmt.Errorf("payloads need a data folder and keys: %w", ErrInvalid)
	}
	s := &Store{
		dir:     filepath.Join(config.DataDir, "blobs"),
		scratch: filepath.Join(config.DataDir, scratchFolder),
		uploads: filepath.Join(config.DataDir, uploadFolder),
		keys:    config.Keys,
	}
	for _, dir := range []string{s.dir, filepath.Join(s.dir, partFolder), s.scratch} {
		if err := makeFolder(dir); err != nil {
			return nil, err
		}
	}
	bucket, err := fileblob.OpenBucket(s.dir, &fileblob.Options{Metadata: fileblob.MetadataDontWrite})
	if err != nil {
		return nil, fmt.Errorf("open payload folder %s: %w", s.dir, err)
	}
	s.bucket = bucket
	if !config.Shared {
		if err := s.sweep(ctx); err != nil {
			return nil, errors.Join(err, bucket.Close())
		}
	}
	return s, nil
}

// Close lets go of the folder.
func (s *Store) Close() error { return s.bucket.Close() }

// sweep clears the folders of what is on its way. Content that a killed process
// left there is put in its place when its key has been kept, else removed; in
// the places of payloads nothing is ever removed here.
func (s *Store) sweep(ctx context.Context) error {
	for _, dir := range []string{filepath.Join(s.dir, partFolder), s.scratch} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("read %s: %w", dir, err)
		}
		for _, entry := range entries {
			if err := s.sweepFile(ctx, dir, entry.Name()); err != nil {
				return fmt.Errorf("clear what was left half-written: %w", err)
			}
		}
	}
	return nil
}

func (s *Store) sweepFile(ctx context.Context, dir, name string) error {
	if id, address, part, ok := parseClaim(name); ok {
		r, err := s.readRecord(ctx, id, address)
		if err == nil && r.part == part {
			return s.settle(id, address, part)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil // it cannot be told here; Fsck names it
		}
	}
	return os.Remove(filepath.Join(dir, name))
}

// Find returns the payload that entries name by that digest.
// Errors: ErrNotFound.
func (s *Store) Find(ctx context.Context, id string, recorded ledger.DigestSet) (Ref, error) {
	if plain, ok := recorded[ledger.SHA256]; ok {
		address, err := s.keys.Address(ctx, id, plain)
		if err != nil {
			return Ref{}, err
		}
		return s.Stat(ctx, id, address)
	}
	salted, ok := recorded[ledger.Salted]
	if !ok {
		return Ref{}, fmt.Errorf("find a payload: no digest of a known kind: %w", ErrInvalid)
	}
	return s.findSmall(ctx, id, salted)
}

// search looks through every small payload of the case; those that cannot be
// opened are passed over.
func (s *Store) search(ctx context.Context, id string, salted ledger.Digest) (Ref, error) {
	addresses, err := s.addresses(scope(id))
	if err != nil {
		return Ref{}, err
	}
	var found *Ref
	unread := 0
	for _, address := range addresses {
		ref, err := s.Stat(ctx, id, address)
		switch {
		case errors.Is(err, ErrNotFound): // erased meanwhile
		case errors.Is(err, ErrIntegrity):
			unread++
		case err != nil:
			return Ref{}, err
		case ref.Size < plainFrom:
			digest := ledger.SaltedDigest(ref.Salt, ref.SHA256)
			s.salted.put(id, digest, ref.Address, digest == salted)
			if digest == salted {
				found = &ref
			}
		}
	}
	switch {
	case found != nil:
		return *found, nil
	case unread > 0:
		return Ref{}, fmt.Errorf("no payload of that digest in %s, but for %d that cannot be opened: %w", scopeWords(id), unread, ErrNotFound)
	}
	return Ref{}, fmt.Errorf("no payload of that digest in %s: %w", scopeWords(id), ErrNotFound)
}

// Stat returns what a payload is without reading its content.
// Errors: ErrNotFound, ErrIntegrity, and those of Keys.
func (s *Store) Stat(ctx context.Context, id, address string) (Ref, error) {
	r, err := s.readRecord(ctx, id, address)
	if err != nil {
		return Ref{}, err
	}
	return r.ref(id, address), nil
}

// addresses returns the addresses that have a key file, in order.
func (s *Store) addresses(scope string) ([]string, error) {
	var out []string
	fans, err := readDir(filepath.Join(s.dir, scope))
	if err != nil {
		return nil, err
	}
	for _, fan := range fans {
		if !fan.IsDir() {
			continue
		}
		files, err := readDir(filepath.Join(s.dir, scope, fan.Name()))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			address, ok := strings.CutSuffix(file.Name(), keySuffix)
			if ok && isAddress(address) && address[:2] == fan.Name() {
				out = append(out, address)
			}
		}
	}
	return out, nil
}

// read returns a reader over part of a stored file.
func (s *Store) read(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	r, err := s.bucket.NewRangeReader(ctx, key, offset, length, nil)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// scope is the folder of a case.
func scope(id string) string {
	if id == "" {
		return organisation
	}
	return casePrefix + id
}

// parseScope is the inverse of scope.
func parseScope(folder string) (id string, ok bool) {
	if folder == organisation {
		return "", true
	}
	id, ok = strings.CutPrefix(folder, casePrefix)
	return id, ok && id != "" && checkScope(id) == nil
}

func scopeWords(id string) string {
	if id == "" {
		return "the organisation's payloads"
	}
	return "case " + id
}

func checkScope(id string) error {
	for i, r := range id {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && (r != '-' || i == 0) || i >= 64 {
			return fmt.Errorf("a case id has at most 64 lower-case letters, digits and inner hyphens: %w", ErrInvalid)
		}
	}
	return nil
}

func isAddress(s string) bool { return isHex(s, 64) }

func isHex(s string, n int) bool {
	return len(s) == n && strings.Trim(s, "0123456789abcdef") == ""
}

// locks keeps two calls from finishing or erasing one address at a time.
type locks struct {
	mu   sync.Mutex
	held map[string]*held
}

type held struct {
	sync.Mutex
	users int
}

// lock returns the function that releases the name.
func (l *locks) lock(name string) func() {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*held{}
	}
	h := l.held[name]
	if h == nil {
		h = &held{}
		l.held[name] = h
	}
	h.users++
	l.mu.Unlock()
	h.Lock()
	return func() {
		h.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if h.users--; h.users == 0 {
			delete(l.held, name)
		}
	}
}
