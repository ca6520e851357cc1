package wiring

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/custody/vault"
)

// faultyKeys are keys whose folder cannot be read for a number of calls.
type faultyKeys struct {
	*vault.Vault
	faults int
}

func (f *faultyKeys) fault() error {
	if f.faults == 0 {
		return nil
	}
	f.faults--
	return syscall.EMFILE
}

func (f *faultyKeys) UnwrapPayloadKey(ctx context.Context, id, address string, aad, wrapped []byte) ([]byte, error) {
	if err := f.fault(); err != nil {
		return nil, err
	}
	return f.Vault.UnwrapPayloadKey(ctx, id, address, aad, wrapped)
}

func (f *faultyKeys) Address(ctx context.Context, id string, content [32]byte) (string, error) {
	if err := f.fault(); err != nil {
		return "", err
	}
	return f.Vault.Address(ctx, id, content)
}

// TestEndingSparesWhatCannotBeRead ends an erasure whose content was kept anew
// meanwhile, while the keys cannot be read for a moment: what was kept anew stays, and
// the erasure has ended or says that it has not. The control ends one of content
// that was not kept anew: nothing is left of it.
func TestEndingSparesWhatCannotBeRead(t *testing.T) {
	ctx, root := t.Context(), t.TempDir()
	secret := filepath.Join(root, "secret")
	if err := vault.CreateKeyFile(secret); err != nil {
		t.Fatal(err)
	}
	const id = "0123456789abcdef0123456789abcdef"
	data := filepath.Join(root, "data")
	v, err := vault.Create(ctx, vault.Config{Dir: filepath.Join(root, "keys"), DataDir: data, Secret: vault.KeyFile(secret)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	if err := v.CreateCase(ctx, id); err != nil {
		t.Fatal(err)
	}
	keys := &faultyKeys{Vault: v}
	payloads, err := blob.Open(ctx, blob.Config{DataDir: data, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = payloads.Close() })
	d := disposal{vault: v, payloads: payloads}
	for faults := range 4 {
		for _, anew := range []bool{true, false} {
			content := strings.Repeat("evidence", 1+1000*faults)
			ref, err := payloads.Put(ctx, id, strings.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			g, err := v.Generation(ctx, id, ref.Address)
			if err != nil {
				t.Fatal(err)
			}
			note := custody.DisposalNote{Addresses: []string{ref.Address}, Case: id, Keys: []uint32{g}}
			if err := v.DestroyPayloads(ctx, id, []vault.Doomed{{Address: ref.Address, Generation: g}}); err != nil {
				t.Fatal(err)
			}
			if anew {
				if err := payloads.Erase(ctx, id, ref.Address); err != nil {
					t.Fatal(err)
				}
				if _, err := payloads.Put(ctx, id, strings.NewReader(content)); err != nil {
					t.Fatal(err)
				}
			}
			keys.faults = faults
			if err := d.Payloads(ctx, note); (err != nil) != (faults > 1) || err != nil && !errors.Is(err, syscall.EMFILE) {
				t.Errorf("%d faults, kept anew %v: %v", faults, anew, err)
			}
			keys.faults = 0
			if err := d.Payloads(ctx, note); err != nil {
				t.Errorf("%d faults, kept anew %v, ended again: %v", faults, anew, err)
			}
			if _, err := payloads.Stat(ctx, id, ref.Address); anew && err != nil || !anew && !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("%d faults, kept anew %v: afterwards %v", faults, anew, err)
			}
		}
	}
}
