package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/custody/store"
	"custos.example/custody/vault"
	"custos.example/ledger"
	"custos.example/ledger/durable"
)

// disposal is custody.Disposal over the vault, the payloads and the store. Its
// notes are files in the data folder that hold addresses only.
type disposal struct {
	folder   string
	vault    *vault.Vault
	payloads *blob.Store
	store    *store.Store
}

var _ custody.Disposal = disposal{}

const noteSuffix = ".json"

func (d disposal) path(order ledger.EntryID) string {
	return filepath.Join(d.folder, order.String()+noteSuffix)
}

// Alone holds the lock of the notes.
func (d disposal) Alone(context.Context) (io.Closer, error) {
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of erasures: %w", err)
	}
	held, err := durable.Lock(filepath.Join(d.folder, "lock"))
	if err != nil {
		return nil, fmt.Errorf("wait for other erasures to end: %w", err)
	}
	return held, nil
}

// Note keeps what an order is about to destroy.
// Errors: custody.ErrInvalid where this process may not take anything away.
func (d disposal) Note(ctx context.Context, note custody.DisposalNote) (custody.DisposalNote, error) {
	if err := d.store.MayErase(ctx); err != nil {
		return note, err
	}
	note.Keys = make([]uint32, len(note.Addresses))
	for i, address := range note.Addresses {
		var err error
		if note.Keys[i], err = d.vault.Generation(ctx, string(note.Case), address); err != nil {
			return note, sorted(err)
		}
	}
	text, err := ledger.MarshalCanonical(note)
	if err != nil {
		return note, err
	}
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return note, fmt.Errorf("make the folder of erasures: %w", err)
	}
	if err := replace(d.path(note.Order), text); err != nil {
		return note, err
	}
	return note, errors.Join(flush(d.folder), flush(filepath.Dir(d.folder)))
}

// Noted returns the notes that are there.
func (d disposal) Noted(context.Context) ([]custody.DisposalNote, error) {
	files, err := os.ReadDir(d.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var notes []custody.DisposalNote
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), noteSuffix) {
			continue // one that was never finished means nothing
		}
		path := filepath.Join(d.folder, file.Name())
		text, err := os.ReadFile(path) //nolint:gosec // in the data folder
		if err != nil {
			return nil, err
		}
		var note custody.DisposalNote
		if err := ledger.UnmarshalCanonical(text, &note); err != nil || d.path(note.Order) != path || len(note.Keys) != len(note.Addresses) {
			return nil, fmt.Errorf("%w: %s is not the note of an erasure", custody.ErrIntegrity, path)
		}
		notes = append(notes, note)
	}
	return notes, nil
}

// Forget removes the note of an order that has been carried out.
func (d disposal) Forget(_ context.Context, order ledger.EntryID) error {
	if err := os.Remove(d.path(order)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return flush(d.folder)
}

// Payloads destroys the keys of payloads and removes them.
func (d disposal) Payloads(ctx context.Context, note custody.DisposalNote) error {
	doomed := make([]vault.Doomed, len(note.Addresses))
	for i, address := range note.Addresses {
		doomed[i] = vault.Doomed{Address: address, Generation: note.Keys[i]}
	}
	id := string(note.Case)
	if err := d.vault.DestroyPayloads(ctx, id, doomed); err != nil {
		return sorted(err)
	}
	for _, address := range note.Addresses {
		_, err := d.payloads.Stat(ctx, id, address)
		switch {
		case err == nil:
			continue // the same content, kept anew under another key
		case errors.Is(err, vault.ErrDestroyed), errors.Is(err, blob.ErrIntegrity), errors.Is(err, blob.ErrNotFound):
			// No key opens it, or it was half removed before.
		default:
			return sorted(err) // what could not be looked at may have been kept anew
		}
		if err := d.payloads.Erase(ctx, id, address); err != nil && !errors.Is(err, blob.ErrNotFound) {
			return sorted(err)
		}
	}
	return nil
}

// Case destroys the key of a case and removes its payloads.
func (d disposal) Case(ctx context.Context, id custody.CaseID) error {
	if err := d.vault.DestroyCase(ctx, string(id)); err != nil {
		return sorted(err)
	}
	return sorted(d.payloads.EraseCase(ctx, string(id)))
}

// Entries removes what the entries of a case said.
func (d disposal) Entries(ctx context.Context, id custody.CaseID, by ledger.EntryID) error {
	_, err := d.store.Erase(ctx, store.Erasure{By: by, Case: id})
	return err
}

// Compact rewrites the database without what was removed.
func (d disposal) Compact(ctx context.Context) error { return d.store.Compact(ctx) }

// flush puts the names in a folder on disk; on Windows the file system does so
// by itself.
func flush(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(folder) //nolint:gosec // a folder made here
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
