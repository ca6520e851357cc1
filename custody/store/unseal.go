package store

import (
	"context"
	"errors"
	"fmt"

	"custos.example/custody"
)

var (
	// errKeys says that the keys cannot be used now: nothing is known of what they
	// open, neither that it is there nor that it is damaged.
	errKeys = errors.New("the keys cannot be used now: look at the key folder, then try again")
	// errNoKey says that a fact was to be kept of a case that has no key.
	errNoKey = errors.New("the case has no key")
)

// unseal opens what a row holds sealed.
// Errors: custody.ErrIntegrity when it can never be opened; errKeys.
func (s *Store) unseal(ctx context.Context, id custody.CaseID, aad, sealed []byte) ([]byte, error) {
	plain, err := s.config.Sealer.Open(ctx, id, aad, sealed)
	if err != nil && !errors.Is(err, custody.ErrIntegrity) {
		err = fmt.Errorf("%w: %w", errKeys, err)
	}
	return plain, err
}

// blind returns the name of a fact in its row, or nothing when the case has no key.
// Errors: errKeys.
func (s *Store) blind(id custody.CaseID, collection, key string) (string, error) {
	blinded, err := s.config.Sealer.Blind(id, collection, key)
	if err != nil {
		return "", fmt.Errorf("find in %s: %w: %w", collection, errKeys, err)
	}
	return blinded, nil
}
