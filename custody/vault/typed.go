package vault

import "context"

// Typed is a vault for callers that have a type of their own for case ids.
type Typed[ID ~string] struct{ *Vault }

// For returns v with methods that take ID.
func For[ID ~string](v *Vault) Typed[ID] { return Typed[ID]{v} }

// CreateCase is Vault.CreateCase.
func (t Typed[ID]) CreateCase(ctx context.Context, id ID) error {
	return t.Vault.CreateCase(ctx, string(id))
}

// DestroyCase is Vault.DestroyCase.
func (t Typed[ID]) DestroyCase(ctx context.Context, id ID) error {
	return t.Vault.DestroyCase(ctx, string(id))
}

// HasCase is Vault.HasCase.
func (t Typed[ID]) HasCase(ctx context.Context, id ID) error {
	return t.Vault.HasCase(ctx, string(id))
}

// Seal is Vault.Seal.
func (t Typed[ID]) Seal(ctx context.Context, id ID, aad, plaintext []byte) ([]byte, error) {
	return t.Vault.Seal(ctx, string(id), aad, plaintext)
}

// Open is Vault.Open.
func (t Typed[ID]) Open(ctx context.Context, id ID, aad, sealed []byte) ([]byte, error) {
	return t.Vault.Open(ctx, string(id), aad, sealed)
}

// Blind is Vault.Blind.
func (t Typed[ID]) Blind(id ID, collection, key string) (string, error) {
	return t.Vault.Blind(string(id), collection, key)
}

// Derive is Vault.Derive.
func (t Typed[ID]) Derive(ctx context.Context, id ID, label string, context []byte) ([32]byte, error) {
	return t.Vault.Derive(ctx, string(id), label, context)
}
