package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
)

const (
	casePrefix      = "case-"
	keySuffix       = ".key"
	destroyedSuffix = ".destroyed"
	keyHeader       = "custos-case-key-v1\n"

	// maxCaseKey bounds a key file: it grows by some 5 KiB with each payload that is
	// erased alone.
	maxCaseKey = 256 << 20
)

// keys are the keys of one case, or of the organisation, ready for use.
type keys struct {
	raw     [32]byte
	blind   [32]byte
	address [32]byte
	seal    *aead
	payload *aead    // of the organisation
	tree    branches // of a case

	used atomic.Uint64 // the turn of the last use
}

func newKeys(raw *[32]byte) *keys {
	k := &keys{raw: *raw}
	clear(raw[:])
	k.blind = derive(&k.raw, "blind", nil)
	k.address = derive(&k.raw, "address", nil)
	k.seal = newAEAD(derive(&k.raw, "seal", nil))
	k.payload = newAEAD(derive(&k.raw, "payload", nil))
	return k
}

// clear overwrites the key bytes and lets go of the ciphers; what the standard
// library's ciphers hold is left to the collector.
func (k *keys) clear() {
	clear(k.raw[:])
	clear(k.blind[:])
	clear(k.address[:])
	k.tree.clear()
	k.seal, k.payload, k.tree = nil, nil, nil
}

// derive returns HKDF-SHA-256 of key for one purpose and one context.
// Source: RFC 5869.
func derive(key *[32]byte, purpose string, context []byte) [32]byte {
	info := "custos/vault/v1\n" + purpose + "\n" + string(context)
	out, err := hkdf.Key(sha256.New, key[:], nil, info, 32)
	if err != nil {
		panic(err) // 32 bytes are within what HKDF gives
	}
	defer clear(out)
	return [32]byte(out)
}

// CreateCase makes the key of a case.
// Durability: the key is on disk when it returns.
// Errors: ErrExists; ErrDestroyed, because a destroyed case is never begun anew.
func (v *Vault) CreateCase(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	if err := v.destroyed(id); err != nil {
		return err
	}
	var raw [32]byte
	defer clear(raw[:])
	if _, err := rand.Read(raw[:]); err != nil {
		return fmt.Errorf("make the key of case %s: %w", id, err)
	}
	tree, err := newBranches()
	if err != nil {
		return err
	}
	defer tree.clear()
	content, err := v.wrapCase(id, &raw, tree)
	if err != nil {
		return err
	}
	return writeNew(v.dir, casePrefix+id+keySuffix, content)
}

// wrapCase returns the content of a key file: the key of the case, and what is
// left of the tree of its payloads, under the master key.
func (v *Vault) wrapCase(id string, raw *[32]byte, tree branches) ([]byte, error) {
	plain := append(raw[:], tree.bytes()...)
	defer clear(plain)
	sealed, err := v.wrap.seal([]byte("custos/vault/case/v1\n"+id), plain)
	return []byte(keyHeader + id + "\n" + hex.EncodeToString(sealed) + "\n"), err
}

// Doomed is a payload whose key is to be destroyed.
// Shape: Generation is what Generation returns while the payload can be read.
type Doomed struct {
	Address    string
	Generation uint32
}

// Generation tells apart the keys under which one content is kept over time: it
// is how often its key has been destroyed.
// Errors: ErrNotFound, ErrDestroyed.
func (v *Vault) Generation(ctx context.Context, id, address string) (uint32, error) {
	var g uint32
	err := v.use(ctx, id, func(k *keys) error {
		g = k.tree.generation(address)
		return nil
	})
	return g, err
}

// DestroyPayloads destroys the keys of payloads for ever, and leaves those of all
// others as they are. It may be repeated: what was kept anew since has another
// key.
// Durability: the key file without them is on disk, and the one before it
// overwritten, when it returns.
// Trust: as DestroyCase. No copy of the data folder gives the payloads again.
// Errors: ErrNotFound, ErrDestroyed.
func (v *Vault) DestroyPayloads(ctx context.Context, id string, doomed []Doomed) error {
	if err := checkCase(id); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	k, err := v.loaded(id)
	if err != nil {
		return err
	}
	tree, changed := slices.Clone(k.tree), false
	for _, d := range doomed {
		less, cut := tree.cut(leafOf(d.Address, d.Generation))
		if cut {
			tree.clear()
		}
		tree, changed = less, changed || cut
	}
	if !changed {
		tree.clear()
		return nil
	}
	content, err := v.wrapCase(id, &k.raw, tree)
	if err != nil {
		return err
	}
	if err := replaceShredding(v.dir, casePrefix+id+keySuffix, content); err != nil {
		return err
	}
	k.tree.clear()
	k.tree = tree
	return nil
}

// DestroyCase destroys the key of a case for ever. It waits for calls that use
// the key, and may be repeated.
// Durability: the key file is overwritten, removed and flushed when it returns;
// once begun, an interrupted destruction is finished by the next Open.
// Trust: a copy of the key folder, or another process that has the key in
// memory, still holds the key.
// Errors: ErrNotFound when the case never had a key.
func (v *Vault) DestroyCase(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed {
		return ErrClosed
	}
	path := filepath.Join(v.dir, casePrefix+id+keySuffix)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if errors.Is(v.destroyed(id), ErrDestroyed) {
			return nil
		}
		return fmt.Errorf("case %s has no key in %s: %w", id, v.dir, ErrNotFound)
	}
	// The mark comes first: from here on the key is gone, whatever happens.
	err := writeNew(v.dir, casePrefix+id+destroyedSuffix, []byte("custos-destroyed-v1\n"+id+"\n"))
	if err != nil && !errors.Is(err, ErrExists) {
		return err
	}
	if k := v.cases[id]; k != nil {
		k.clear()
		delete(v.cases, id)
	}
	return shred(v.dir, casePrefix+id+keySuffix)
}

// HasCase returns nil when the case has a key.
// Errors: ErrNotFound, ErrDestroyed, ErrIntegrity.
func (v *Vault) HasCase(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	return v.use(ctx, id, func(*keys) error { return nil })
}

// use calls f with the keys of a case, which stay whole until f returns.
func (v *Vault) use(ctx context.Context, id string, f func(*keys) error) error {
	for {
		v.mu.RLock()
		k, err := v.held(id)
		if err != nil || k != nil {
			if err == nil {
				k.used.Store(v.turn.Add(1))
				err = f(k)
			}
			v.mu.RUnlock()
			return err
		}
		v.mu.RUnlock()
		if err := v.load(ctx, id); err != nil {
			return err
		}
	}
}

// held returns the keys of a case when they are in memory, else nil.
func (v *Vault) held(id string) (*keys, error) {
	if v.closed {
		return nil, ErrClosed
	}
	if id == "" {
		return v.organisation, nil
	}
	return v.cases[id], nil
}

// load reads the keys of a case into memory.
func (v *Vault) load(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.loaded(id)
	return err
}

// loaded returns the keys of a case, from its file when they are not in memory. It
// must be called with the lock held.
func (v *Vault) loaded(id string) (*keys, error) {
	if k, err := v.held(id); err != nil || k != nil {
		return k, err
	}
	if err := v.destroyed(id); err != nil {
		return nil, err
	}
	path := filepath.Join(v.dir, casePrefix+id+keySuffix)
	content, err := readUpTo(path, maxCaseKey)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: the case was never opened here, or the key folder must be restored from its own "+
			"backup: %w", path, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	raw, tree, err := v.unwrapCase(id, string(content))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged or belongs elsewhere; restore it from the backup of the key folder: %w", path, err)
	}
	k := newKeys(&raw)
	k.payload, k.tree = nil, tree
	for len(v.cases) >= maxCases {
		v.forget()
	}
	k.used.Store(v.turn.Add(1))
	v.cases[id] = k
	return k, nil
}

// maxCases is of how many cases the keys are held in memory.
const maxCases = 256

// forget overwrites the keys in memory that were not used for the longest. It must be
// called with the lock held, so that nobody uses them.
func (v *Vault) forget() {
	oldest, at := "", v.turn.Load()
	for id, k := range v.cases {
		if used := k.used.Load(); used <= at {
			oldest, at = id, used
		}
	}
	v.cases[oldest].clear()
	delete(v.cases, oldest)
}

func (v *Vault) unwrapCase(id, content string) ([32]byte, branches, error) {
	start, end := len(keyHeader)+len(id)+1, len(content)-1
	if end < start || content[:start] != keyHeader+id+"\n" || content[end] != '\n' {
		return [32]byte{}, nil, fmt.Errorf("not a case key: %w", ErrIntegrity)
	}
	sealed, err := hex.DecodeString(content[start:end])
	if err != nil || hex.EncodeToString(sealed) != content[start:end] {
		return [32]byte{}, nil, fmt.Errorf("not a case key: %w", ErrIntegrity)
	}
	plain, err := v.wrap.open([]byte("custos/vault/case/v1\n"+id), sealed)
	if err != nil {
		return [32]byte{}, nil, err
	}
	defer clear(plain)
	if len(plain) < 32 {
		return [32]byte{}, nil, fmt.Errorf("not a case key: %w", ErrIntegrity)
	}
	tree, err := parseBranches(plain[32:])
	return [32]byte(plain[:32]), tree, err
}

// destroyed returns ErrDestroyed when the mark of a destroyed case is there.
func (v *Vault) destroyed(id string) error {
	_, err := os.Stat(filepath.Join(v.dir, casePrefix+id+destroyedSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the key of case %s: %w", id, err)
	}
	return fmt.Errorf("the key of case %s was destroyed; nothing of the case can be read again: %w", id, ErrDestroyed)
}

// checkCase accepts ids that can stand in a file name and name nobody.
func checkCase(id string) error {
	if id == "" || len(id) > 64 {
		return fmt.Errorf("a case id has 1 to 64 characters: %w", ErrInvalid)
	}
	for i, r := range id {
		letter := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !letter && (r != '-' || i == 0) {
			return fmt.Errorf("a case id has lower-case letters, digits and inner hyphens only: %w", ErrInvalid)
		}
	}
	return nil
}
