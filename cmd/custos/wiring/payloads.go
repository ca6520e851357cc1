package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/custody/vault"
	"custos.example/ledger"
)

// payloads is blob.Store as custody asks for it.
type payloads struct{ *blob.Store }

var _ custody.Blobs = payloads{}

// Put keeps the bytes.
func (p payloads) Put(ctx context.Context, id custody.CaseID, r io.Reader) (custody.Blob, error) {
	ref, err := p.Store.Put(ctx, string(id), r)
	return ofRef(ref), sorted(err)
}

// Writer returns a writer of a new payload.
func (p payloads) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	w, err := p.Store.Writer(ctx, string(id))
	if err != nil {
		return nil, sorted(err)
	}
	return payloadWriter{w}, nil
}

// payloadWriter is blob.Writer as custody asks for it.
type payloadWriter struct{ *blob.Writer }

// Commit keeps what was written.
func (w payloadWriter) Commit() (custody.Blob, error) {
	ref, err := w.Writer.Commit()
	return ofRef(ref), sorted(err)
}

// Find returns the payload of a recorded digest.
func (p payloads) Find(ctx context.Context, id custody.CaseID, recorded ledger.DigestSet) (custody.Blob, error) {
	ref, err := p.Store.Find(ctx, string(id), recorded)
	return ofRef(ref), sorted(err)
}

// Open opens a payload.
func (p payloads) Open(ctx context.Context, id custody.CaseID, address string) (custody.Content, error) {
	content, err := p.Store.Open(ctx, string(id), address)
	if err != nil {
		return nil, sorted(err)
	}
	return content, nil
}

// Scratch returns an encrypted scratch stream.
func (p payloads) Scratch(ctx context.Context, id custody.CaseID) (analysis.Scratch, error) {
	scratch, err := p.Store.Scratch(ctx, string(id))
	if err != nil {
		return nil, sorted(err)
	}
	return scratch, nil
}

func ofRef(r blob.Ref) custody.Blob {
	return custody.Blob{Address: r.Address, SHA256: r.SHA256, Size: r.Size, Salt: r.Salt}
}

// keys is vault.Vault as custody asks for it.
type keys struct{ vault.Typed[custody.CaseID] }

var (
	_ custody.Vault  = keys{}
	_ custody.Sealer = keys{}
)

// CreateCase makes the key of a case. One that is there is left as it is: a
// request that was cut short is asked again.
func (k keys) CreateCase(ctx context.Context, id custody.CaseID) error {
	err := k.Typed.CreateCase(ctx, id)
	if errors.Is(err, vault.ErrExists) {
		return nil
	}
	return sorted(err)
}

// Open opens what was sealed. What has no key, or none any more, can never be opened;
// a key that cannot be read now says nothing of it.
func (k keys) Open(ctx context.Context, id custody.CaseID, aad, sealed []byte) ([]byte, error) {
	plain, err := k.Typed.Open(ctx, id, aad, sealed)
	for _, never := range []error{vault.ErrIntegrity, vault.ErrDestroyed, vault.ErrNotFound, vault.ErrInvalid} {
		if errors.Is(err, never) {
			return nil, fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
		}
	}
	return plain, err
}

// Derive returns secret bytes.
func (k keys) Derive(ctx context.Context, id custody.CaseID, label string, context []byte) ([32]byte, error) {
	secret, err := k.Typed.Derive(ctx, id, label, context)
	return secret, sorted(err)
}

// sorted gives an error of the payloads or of the vault the word that custody
// has for it.
func sorted(err error) error {
	if err == nil {
		return nil
	}
	for _, word := range []struct{ theirs, ours error }{
		{vault.ErrDestroyed, custody.ErrNotFound}, // first: what cannot be opened for want of a destroyed key is not damaged
		{blob.ErrIntegrity, custody.ErrIntegrity},
		{vault.ErrIntegrity, custody.ErrIntegrity},
		{blob.ErrNotFound, custody.ErrNotFound},
		{vault.ErrNotFound, custody.ErrNotFound},
		{blob.ErrInvalid, custody.ErrInvalid},
		{vault.ErrInvalid, custody.ErrInvalid},
		{vault.ErrWrongSecret, custody.ErrInvalid},
	} {
		if errors.Is(err, word.theirs) {
			return fmt.Errorf("%w: %w", word.ours, err)
		}
	}
	return err
}
