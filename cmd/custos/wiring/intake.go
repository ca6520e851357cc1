package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/custody"
	"custos.example/custody/vault"
)

// intake is the vault's key for what others send, as custody asks for it.
type intake struct{ vault *vault.Vault }

var _ custody.Intake = intake{}

// Recipient is what others seal to.
func (i intake) Recipient(ctx context.Context) (string, error) {
	in, err := i.vault.Intake(ctx)
	if err != nil {
		return "", sorted(err)
	}
	return in.Recipient(), nil
}

// Open returns the content of what was sealed to this station.
func (i intake) Open(ctx context.Context, sealed io.Reader) (io.Reader, error) {
	in, err := i.vault.Intake(ctx)
	if err != nil {
		return nil, sorted(err)
	}
	r, err := in.Open(sealed)
	if err != nil {
		return nil, opened(err)
	}
	return opening{r}, nil
}

// Seal returns a writer that seals to a recipient.
func (intake) Seal(recipient string, w io.Writer) (io.WriteCloser, error) {
	sealed, err := vault.SealTo(recipient, w)
	return sealed, sorted(err)
}

// opening gives the faults of a sealed file their names.
type opening struct{ r io.Reader }

// Read reads on.
func (o opening) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	return n, opened(err)
}

// opened sorts the faults of a sealed file.
func opened(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case errors.Is(err, vault.ErrWrongSecret):
		return fmt.Errorf("%w: %w", err, custody.ErrDenied)
	}
	return fmt.Errorf("%w: %w", err, custody.ErrIntegrity)
}
