package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
)

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
// overwritten, when it returns; once begun, an interrupted destruction leaves a
// copy of the one before it at most until the next Open or destruction.
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
	if v.closed {
		return ErrClosed
	}
	return v.alone(func() error { return v.destroyPayloads(id, doomed) })
}

func (v *Vault) destroyPayloads(id string, doomed []Doomed) error {
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
	defer tree.clear()
	if !changed {
		return nil
	}
	content, err := v.wrapCase(id, &k.raw, tree)
	if err != nil {
		return err
	}
	v.drop(id)
	return replaceShredding(v.dir, casePrefix+id+keySuffix, content)
}

// DestroyCase destroys the key of a case for ever. It waits for calls that use
// the key, and may be repeated.
// Durability: the key file is overwritten, removed and flushed when it returns,
// and so is what a killed process left of it; once begun, an interrupted
// destruction is finished by the next Open.
// Trust: a copy of the key folder still holds the key. Another process that has it
// in memory does not use it any more, and overwrites it when it next would.
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
	return v.alone(func() error { return v.destroyCase(id) })
}

func (v *Vault) destroyCase(id string) error {
	if _, err := os.Stat(v.caseFile(id)); errors.Is(err, fs.ErrNotExist) {
		if err := v.missing(id); !errors.Is(err, ErrDestroyed) {
			return err
		}
		v.drop(id)
		return nil
	}
	// The mark comes first: from here on the key is gone, whatever happens.
	err := writeNew(v.dir, casePrefix+id+destroyedSuffix, []byte("custos-destroyed-v1\n"+id+"\n"))
	if err != nil && !errors.Is(err, ErrExists) {
		return err
	}
	v.drop(id)
	return shred(v.dir, casePrefix+id+keySuffix)
}
