package vault

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
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

	file os.FileInfo   // of a case: the key file as it was read
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
	return v.alone(func() error { return v.createCase(id) })
}

func (v *Vault) createCase(id string) error {
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

// HasCase returns nil when the case has a key.
// Errors: ErrNotFound, ErrDestroyed, ErrIntegrity.
func (v *Vault) HasCase(ctx context.Context, id string) error {
	if err := checkCase(id); err != nil {
		return err
	}
	return v.use(ctx, id, func(*keys) error { return nil })
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
