package wiring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"custos.example/custody"
	"custos.example/custody/blob"
)

// uploads is blob.Store as custody asks for it to keep what is sent in several goes.
type uploads struct{ store *blob.Store }

var _ custody.Incoming = uploads{}

// Begin makes a new upload, or finds one.
func (i uploads) Begin(ctx context.Context, u custody.Upload, judge func([]custody.Upload) (*custody.Upload, error)) (custody.Upload, error) {
	began, err := i.store.BeginUpload(ctx, ofUpload(u), func(there []blob.Upload) (*blob.Upload, error) {
		list := make([]custody.Upload, len(there))
		for n := range there {
			list[n] = asUpload(there[n])
		}
		same, err := judge(list)
		if same == nil {
			return nil, err
		}
		found := ofUpload(*same)
		return &found, err
	})
	return asUpload(began), uploadError(err)
}

// Find returns an upload.
func (i uploads) Find(ctx context.Context, id custody.CaseID, name string) (custody.Upload, error) {
	found, err := i.store.FindUpload(ctx, string(id), name)
	return asUpload(found), uploadError(err)
}

// Received returns how much of it is here.
func (i uploads) Received(ctx context.Context, u custody.Upload) (int64, error) {
	found, err := i.store.FindUpload(ctx, string(u.Case), u.ID)
	if err != nil {
		return 0, uploadError(err)
	}
	at, err := i.store.UploadReceived(ctx, found)
	return at, uploadError(err)
}

// Append takes what comes next.
func (i uploads) Append(ctx context.Context, u custody.Upload, offset int64, r io.Reader) (int64, error) {
	found, err := i.store.FindUpload(ctx, string(u.Case), u.ID)
	if err != nil {
		return 0, uploadError(err)
	}
	at, err := i.store.AppendUpload(ctx, found, offset, r)
	return at, uploadError(err)
}

// Content opens what is whole.
func (i uploads) Content(ctx context.Context, u custody.Upload) (io.ReadCloser, error) {
	found, err := i.store.FindUpload(ctx, string(u.Case), u.ID)
	if err != nil {
		return nil, uploadError(err)
	}
	content, err := i.store.UploadContent(ctx, found)
	if err != nil {
		return nil, uploadError(err)
	}
	return uploadContent{content}, nil
}

// Remove takes it away.
func (i uploads) Remove(ctx context.Context, u custody.Upload) error {
	return uploadError(i.store.RemoveUpload(ctx, ofUpload(u)))
}

// List returns the uploads of a case.
func (i uploads) List(ctx context.Context, id custody.CaseID, now time.Time) ([]custody.Upload, error) {
	there, err := i.store.Uploads(ctx, string(id), now)
	list := make([]custody.Upload, len(there))
	for n := range there {
		list[n] = asUpload(there[n])
	}
	return list, uploadError(err)
}

// Refuse keeps why it was not taken in.
func (i uploads) Refuse(ctx context.Context, u custody.Upload, r custody.UploadRefusal) error {
	return uploadError(i.store.RefuseUpload(ctx, ofUpload(u), blob.Refusal{Time: r.Time, Why: r.Why}))
}

// Refusal returns why it was not taken in, if it was refused.
func (i uploads) Refusal(ctx context.Context, u custody.Upload) (custody.UploadRefusal, bool, error) {
	r, refused, err := i.store.UploadRefusal(ctx, ofUpload(u))
	return custody.UploadRefusal{Time: r.Time, Why: r.Why}, refused, uploadError(err)
}

// Sweep removes what has expired.
func (i uploads) Sweep(ctx context.Context, now time.Time) (int, error) {
	removed, err := i.store.SweepUploads(ctx, now)
	return removed, uploadError(err)
}

// uploadContent gives the faults of what is read their names.
type uploadContent struct{ io.ReadCloser }

// Read reads on.
func (c uploadContent) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		return n, err
	}
	return n, sorted(err)
}

// ofUpload is an upload as the store has it, without its key.
func ofUpload(u custody.Upload) blob.Upload {
	return blob.Upload{
		ID: u.ID, Case: string(u.Case), Owner: u.Owner, Kind: string(u.Kind), Size: u.Size, SHA256: u.SHA256, Created: u.Created, Expires: u.Expires,
	}
}

func asUpload(u blob.Upload) custody.Upload {
	return custody.Upload{
		ID: u.ID, Case: custody.CaseID(u.Case), Owner: u.Owner, Kind: custody.UploadKind(u.Kind), Size: u.Size, SHA256: u.SHA256, Created: u.Created,
		Expires: u.Expires,
	}
}

// uploadError gives an error of an upload the word that custody has for it.
func uploadError(err error) error {
	for _, word := range []struct{ theirs, ours error }{
		{blob.ErrTaken, custody.ErrConflict}, {blob.ErrElsewhere, custody.ErrConflict}, {blob.ErrTooMuch, custody.ErrTooLarge}, {blob.ErrNoRoom, custody.ErrPushback},
	} {
		if errors.Is(err, word.theirs) {
			return fmt.Errorf("%w: %w", word.ours, err)
		}
	}
	return sorted(err)
}

// sweepEvery is how often uploads that have expired are removed.
const sweepEvery = time.Hour

// KeepSwept removes uploads that have expired, at once and then every hour, until its
// context ends.
func (s *Station) KeepSwept(ctx context.Context) {
	for {
		removed, err := s.Service.Uploads().Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "uploads that have expired could not be removed", slog.String("error", err.Error()))
		}
		if removed > 0 {
			s.log.InfoContext(ctx, "uploads that had expired were removed", slog.Int("uploads", removed))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepEvery):
		}
	}
}
