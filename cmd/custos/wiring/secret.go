package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"custos.example/custody"
	"custos.example/custody/vault"
)

// secret is what opens the vault.
func (o Options) secret() vault.Secret {
	if o.Passphrase != "" {
		return vault.Passphrase(o.Passphrase)
	}
	return vault.KeyFile(o.secretFile())
}

// NeedsPassphrase tells whether the vault opens with a passphrase. One that is not
// there needs none: opening it says what is missing.
func (o Options) NeedsPassphrase() (bool, error) {
	needs, err := vault.NeedsPassphrase(o.vaultFolder())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return needs, sorted(err)
}

// ChangeSecret puts the vault under another passphrase, or with none under a new
// key file. The key that it wraps stays, and so does everything sealed.
//
// Durability: the new key file is on disk before the vault is put under it, and the
// old one goes when the vault is under the passphrase. Cut short in between, the
// vault opens with the old secret or with the new one, and the next Open removes
// a key file that opens nothing.
// Errors: custody.ErrInvalid when it opens with a key file and is to, when the
// passphrase is too short, and over PostgreSQL, where others may hold the folder.
func (s *Station) ChangeSecret(ctx context.Context, actor custody.Actor, ask custody.Ask, passphrase string) error {
	if s.options.SQL != "" {
		return fmt.Errorf("what opens a key folder is changed where one process holds the record, which a database server does not see to: %w",
			custody.ErrInvalid)
	}
	return s.Service.Keys().ChangeSecret(ctx, actor, ask, func() error {
		if passphrase != "" {
			if err := s.vault.Rewrap(ctx, vault.Passphrase(passphrase)); err != nil {
				return sorted(err)
			}
			return s.sweepKeyFile()
		}
		needs, err := s.options.NeedsPassphrase()
		if err == nil && !needs {
			err = fmt.Errorf("the key folder opens with a key file already: %w", custody.ErrInvalid)
		}
		if err != nil {
			return err
		}
		file := s.options.secretFile()
		if err := vault.CreateKeyFile(file); err != nil {
			return err
		}
		return sorted(s.vault.Rewrap(ctx, vault.KeyFile(file)))
	})
}

// sweepKeyFile removes a key file that opens nothing: the vault is under a
// passphrase, and the lock of the data folder keeps it there meanwhile.
func (s *Station) sweepKeyFile() error {
	if s.options.SQL != "" {
		return nil
	}
	if needs, err := s.options.NeedsPassphrase(); err != nil || !needs {
		return err
	}
	return vault.RemoveKeyFile(s.options.secretFile())
}
