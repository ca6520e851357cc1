package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"filippo.io/age"
)

// intakeName is the file of the key under which others seal what they send here.
const intakeName = "intake.sealed"

// Intake is the key under which others seal what they send to this station. Its
// private half never leaves the key folder in clear.
type Intake struct{ identity *age.X25519Identity }

// Intake returns the key of this station, making it the first time.
// Durability: a new key is on disk when it returns.
// Errors: ErrIntegrity when what is kept is not what was sealed.
func (v *Vault) Intake(ctx context.Context) (Intake, error) {
	sealed, err := readSmall(filepath.Join(v.dir, intakeName))
	if errors.Is(err, fs.ErrNotExist) {
		return v.newIntake(ctx)
	}
	if err != nil {
		return Intake{}, err
	}
	text, err := v.Open(ctx, "", []byte(intakeName), sealed)
	if err != nil {
		return Intake{}, fmt.Errorf("%s: %w", intakeName, err)
	}
	defer clear(text)
	identity, err := age.ParseX25519Identity(strings.TrimSpace(string(text)))
	if err != nil {
		return Intake{}, fmt.Errorf("%s holds no key: %w: %w", intakeName, ErrIntegrity, err)
	}
	return Intake{identity}, nil
}

// newIntake makes the key; of two that are made at once the first stays.
func (v *Vault) newIntake(ctx context.Context) (Intake, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return Intake{}, fmt.Errorf("make a key: %w", err)
	}
	sealed, err := v.Seal(ctx, "", []byte(intakeName), []byte(identity.String()))
	if err != nil {
		return Intake{}, err
	}
	err = v.alone(func() error { return writeNew(v.dir, intakeName, sealed) })
	if errors.Is(err, ErrExists) {
		return v.Intake(ctx)
	}
	return Intake{identity}, err
}

// Recipient is what others seal to. Shape: age1 and 58 letters and digits.
func (i Intake) Recipient() string { return i.identity.Recipient().String() }

// Open returns the content of what was sealed to this station.
// Errors: ErrWrongSecret when it was sealed to somebody else; ErrIntegrity when it
// is no sealed file, or a part of it was changed, the latter also while it is read.
func (i Intake) Open(sealed io.Reader) (io.Reader, error) {
	r, err := age.Decrypt(sealed, i.identity)
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) {
		return nil, fmt.Errorf("it was sealed to another recipient than this station (%s): %w", i.Recipient(), ErrWrongSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("it is not a sealed file, or its beginning was changed: %w: %w", ErrIntegrity, err)
	}
	return intact{r}, nil
}

// intact gives the reader's faults the name that they have here.
type intact struct{ r io.Reader }

// Read reads on. Errors: ErrIntegrity.
func (i intact) Read(p []byte) (int, error) {
	n, err := i.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("what was sealed was changed or cut off on the way: %w: %w", ErrIntegrity, err)
	}
	return n, err
}

// SealTo returns a writer that seals what is written to a recipient. Whoever closes
// it ends the file; w stays open.
// Errors: ErrInvalid when the recipient is none.
func SealTo(recipient string, w io.Writer) (io.WriteCloser, error) {
	to, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("%q is not a recipient as custos kiosk recipient prints it (age1 ...): %w: %w", recipient, ErrInvalid, err)
	}
	sealed, err := age.Encrypt(w, to)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}
