package custody

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"custos.example/ledger"
)

// uploaded is what an upload brings, read once from its beginning. At its end, what was
// read must be what was declared when the upload began: else the reading fails, and
// nothing of it is kept.
type uploaded struct {
	Upload
	content io.ReadCloser
	sum     hash.Hash
	ended   error // io.EOF when it was what was declared
}

// uploadOf opens an upload of the asker that is to be taken in as that kind. No
// other request reaches it until it is closed.
// Errors: ErrNotFound; ErrInvalid when it is not whole, or was begun for something else;
// ErrConflict.
func (a *act) uploadOf(ctx context.Context, name string, kind UploadKind) (*uploaded, error) {
	found, err := a.ownUpload(ctx, a.actor, a.id, name)
	if err != nil {
		return nil, err
	}
	if found.Kind != kind {
		return nil, fmt.Errorf("the upload was begun as %s and cannot be taken in as another kind of file: %w", found.Kind, ErrInvalid)
	}
	content, err := a.Incoming.Content(ctx, found)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, errNoUpload
	case errors.Is(err, ErrConflict):
		return nil, busyUpload{err}
	case err != nil:
		return nil, err
	}
	return &uploaded{Upload: found, content: content, sum: sha256.New()}, nil
}

// Read reads on.
// Errors: ErrInvalid at the end of what is not what was declared.
func (u *uploaded) Read(b []byte) (int, error) {
	if u.ended != nil {
		return 0, u.ended
	}
	n, err := u.content.Read(b)
	_, _ = u.sum.Write(b[:n]) // it cannot fail
	if errors.Is(err, io.EOF) {
		u.ended = io.EOF
		if got := ledger.Digest(u.sum.Sum(nil)); got != u.SHA256 {
			u.ended = fmt.Errorf("what was sent has SHA-256 %s, and %s was declared for it: nothing was kept. Remove the upload and send the file again: %w",
				got, u.SHA256, ErrInvalid)
		}
		err = u.ended
	}
	return n, err
}

// whole reads what is left, and returns nil when all of it is what was declared.
func (u *uploaded) whole() error {
	if u == nil {
		return nil
	}
	_, err := io.Copy(io.Discard, u)
	return err
}

// because is err, or what was wrong with the upload, if that is why its content could not be
// read.
func (u *uploaded) because(err error) error {
	if u != nil && u.ended != nil && !errors.Is(u.ended, io.EOF) {
		return u.ended
	}
	return err
}

// tookBefore finds the file that this very request took in before, and with it the upload away.
// Errors: ErrNotFound, as of any other upload that is not there, when it took none in; ErrConflict
// when another request was made under its id.
func (in *intake) tookBefore(ctx context.Context) error {
	stored, done, err := in.earlier(ctx, "evidence")
	if err != nil {
		return err
	}
	if !done {
		return errNoUpload
	}
	if in.file, err = find[evidenceFact](ctx, in.Store, in.id, inEvidence, stored.Entry.String(), 0); err != nil {
		return fmt.Errorf("evidence %s: %w", stored.Entry, err)
	}
	return in.standing(ctx)
}

// letGo closes it, if there is one; to do so twice is harmless.
func (u *uploaded) letGo() {
	if u != nil {
		letGo(u)
	}
}

// Close lets other requests at the upload.
func (u *uploaded) Close() error { return u.content.Close() }

// tookIn removes an upload whose content stands in the record. Should that fail, it is
// gone when it expires.
func (a *act) tookIn(ctx context.Context, u *uploaded) {
	if u == nil {
		return
	}
	u.letGo()
	if err := a.Incoming.Remove(ctx, u.Upload); err != nil && !errors.Is(err, ErrNotFound) {
		a.Log.ErrorContext(ctx, "an upload that was taken in could not be removed: it stays until it expires")
	}
}
