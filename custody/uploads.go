package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// Uploads is the sending of received files in several goes: what breaks off goes on
// where it was. Nothing of an upload is evidence before it is whole, is what was
// declared, and the use case that takes it in has been allowed.
type Uploads struct{ s *Service }

// Uploads returns the use cases of files that are sent in several goes.
func (s *Service) Uploads() Uploads { return Uploads{s} }

// UploadKind says what an upload is for: it can be taken in as that and nothing else.
type UploadKind string

// The kinds of upload.
const (
	UploadReturn     UploadKind = "return"     // of an operator: an import
	UploadReference  UploadKind = "reference"  // a cell table or a base map: an import
	UploadItemFile   UploadKind = "item-file"  // a recording or another file of an item
	UploadExtraction UploadKind = "extraction" // a pack that a kiosk sealed
)

// UploadKinds returns every kind.
func UploadKinds() []UploadKind {
	return []UploadKind{UploadReturn, UploadReference, UploadItemFile, UploadExtraction}
}

// action is what is asked of the policy: whether the asker may bring in such a file at
// all. What becomes of it is decided when it is taken in.
func (k UploadKind) action() policy.Action {
	switch k {
	case UploadReference:
		return policy.ReferenceImport
	case UploadItemFile, UploadExtraction:
		return policy.ItemRecord
	case UploadReturn:
	}
	return policy.SourcePreview
}

// What one upload and one person may take of the disk, and how long.
// Units: bytes.
const (
	mostReturn    = 4 << 30
	mostUpload    = 64 << 30
	mostUploads   = 16
	mostUploading = 256 << 30
	uploadLife    = 7 * 24 * time.Hour
)

// most is how large an upload may be.
func (k UploadKind) most() int64 {
	if k == UploadReturn || k == UploadReference {
		return mostReturn
	}
	return mostUpload
}

// Upload is a file on its way in.
// Shape: ID is 64 hex digits.
type Upload struct {
	ID      string
	Case    CaseID
	Owner   string
	Kind    UploadKind
	Size    int64
	SHA256  ledger.Digest // as it was declared
	Created time.Time
	Expires time.Time
}

// Incoming keeps uploads, encrypted under the keys of their cases, apart from payloads.
//
// Durability: on disk when a call returns.
// Errors: ErrNotFound; ErrConflict while another request is at the same upload, or when
// it does not stand where the caller says; ErrTooLarge; ErrPushback when the disk is full.
type Incoming interface {
	// Begin makes a new upload and names it, unless judge names one of those that are
	// there, or refuses. Nobody else begins one meanwhile.
	Begin(ctx context.Context, u Upload, judge func(there []Upload) (*Upload, error)) (Upload, error)
	Find(ctx context.Context, id CaseID, name string) (Upload, error)
	// Received returns how many bytes are here.
	Received(ctx context.Context, u Upload) (int64, error)
	// Append takes what comes as the next bytes from offset on, and returns how many
	// are here then, also with an error.
	Append(ctx context.Context, u Upload, offset int64, r io.Reader) (int64, error)
	// Content opens what is whole, and keeps others from it until it is closed.
	Content(ctx context.Context, u Upload) (io.ReadCloser, error)
	Remove(ctx context.Context, u Upload) error
	// List returns the uploads of a case that have not expired by now.
	List(ctx context.Context, id CaseID, now time.Time) ([]Upload, error)
	// Refuse keeps why an upload was not taken in, in the place of an earlier reason.
	Refuse(ctx context.Context, u Upload, r UploadRefusal) error
	// Refusal returns why it was not, and false when it never was refused.
	Refusal(ctx context.Context, u Upload) (UploadRefusal, bool, error)
	// Sweep removes what has expired, and returns how many that were.
	Sweep(ctx context.Context, now time.Time) (int, error)
}

// BeginUpload begins an upload, or finds the same one again.
// Shape: SHA256 is 64 hex digits.
type BeginUpload struct {
	Ask
	Case   CaseID
	Kind   UploadKind
	Size   int64
	SHA256 string
}

// AppendUpload sends what comes next.
type AppendUpload struct {
	Ask
	Case    CaseID
	Upload  string
	Offset  int64
	Content io.Reader
}

// UploadState is an upload and how much of it is here.
type UploadState struct {
	Upload
	Offset  int64
	Refused *UploadRefusal // in a list: why it was not taken in; nil = nobody asked, or it is still to be answered
}

// Begin begins an upload. Who begins the same again, the same file for the same case and
// kind, gets the one that is there and goes on with it.
// Errors: ErrDenied; ErrInvalid; ErrTooLarge; ErrConflict when the asker has as many on
// the way, or as much, as one person may.
func (u Uploads) Begin(ctx context.Context, actor Actor, request BeginUpload) (UploadState, error) {
	if !slices.Contains(UploadKinds(), request.Kind) {
		return UploadState{}, fmt.Errorf("%q is no kind of upload; there are %v: %w", request.Kind, UploadKinds(), ErrInvalid)
	}
	a, err := u.s.begin(ctx, actor, request.Case, request.Kind.action(), request)
	if err != nil {
		return UploadState{}, err
	}
	digest, err := request.check()
	if err != nil {
		return UploadState{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return UploadState{}, err
	}
	if a.Incoming == nil {
		return UploadState{}, errNoUpload
	}
	wanted := Upload{
		Case: a.id, Owner: actor.ID, Kind: request.Kind, Size: request.Size, SHA256: digest, Created: a.now, Expires: a.now.Add(uploadLife),
	}
	began, err := a.Incoming.Begin(ctx, wanted, wanted.judge)
	if err != nil {
		return UploadState{}, fmt.Errorf("begin the upload: %w", err)
	}
	return a.state(ctx, began)
}

// check returns the digest that is declared.
func (r BeginUpload) check() (ledger.Digest, error) {
	digest, err := ledger.ParseDigest(r.SHA256)
	switch {
	case err != nil:
		return digest, fmt.Errorf("the digest %q is no SHA-256 of 64 hex digits: %w", r.SHA256, ErrInvalid)
	case r.Size <= 0:
		return digest, fmt.Errorf("a file of %d bytes cannot be sent: %w", r.Size, ErrInvalid)
	case r.Size > r.Kind.most():
		return digest, fmt.Errorf("the file has %d bytes; an upload of this kind (%s) has at most %d: %w", r.Size, r.Kind, r.Kind.most(), ErrTooLarge)
	}
	return digest, nil
}

// judge says whether an upload may begin beside those that are there.
func (u Upload) judge(there []Upload) (*Upload, error) {
	count, total := 1, u.Size
	for _, t := range there {
		if t.Owner != u.Owner {
			continue
		}
		if t.Case == u.Case && t.Kind == u.Kind && t.Size == u.Size && t.SHA256 == u.SHA256 {
			return &t, nil
		}
		count++
		total += t.Size
	}
	if count > mostUploads {
		return nil, fmt.Errorf("you have %d uploads on the way, as many as one person may: finish or remove one first: %w", mostUploads, ErrConflict)
	}
	if total > mostUploading {
		return nil, fmt.Errorf("your uploads would come to %d bytes, and one person may have %d on the way: finish or remove one first: %w",
			total, int64(mostUploading), ErrConflict)
	}
	return nil, nil //nolint:nilnil // there is none like it, and it may begin
}

// errNoUpload is what everybody is told who names an upload that is not theirs, whether it
// is there or not.
var errNoUpload = fmt.Errorf("you have no such upload in this case; it may have been taken in already, removed, or have expired: %w", ErrNotFound)

// own finds an upload of the asker and asks the policy whether they may still bring in
// such a file.
func (u Uploads) own(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) (*act, Upload, error) {
	found, err := u.s.ownUpload(ctx, actor, id, name)
	if err != nil {
		return nil, Upload{}, err
	}
	a, err := u.s.begin(ctx, actor, id, found.Kind.action(), ask)
	if err != nil {
		return nil, Upload{}, err
	}
	return a, found, a.decide(ctx, resource{})
}

// ownUpload finds an upload of the asker.
// Errors: ErrNotFound, in the same words, for what is not there, not theirs, or expired.
func (s *Service) ownUpload(ctx context.Context, actor Actor, id CaseID, name string) (Upload, error) {
	if s.Incoming == nil {
		return Upload{}, errNoUpload
	}
	found, err := s.Incoming.Find(ctx, id, name)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrIntegrity) {
		return Upload{}, errNoUpload
	}
	if err != nil {
		return Upload{}, fmt.Errorf("find the upload: %w", err)
	}
	if found.Owner != actor.ID || !s.Clock.Now().Before(found.Expires) {
		return Upload{}, errNoUpload
	}
	return found, nil
}

// State returns an upload of the asker and how much of it is here.
// Errors: ErrDenied; ErrNotFound.
func (u Uploads) State(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) (UploadState, error) {
	a, found, err := u.own(ctx, actor, id, name, ask)
	if err != nil {
		return UploadState{}, err
	}
	return a.state(ctx, found)
}

func (a *act) state(ctx context.Context, u Upload) (UploadState, error) {
	offset, err := a.Incoming.Received(ctx, u)
	if errors.Is(err, ErrNotFound) {
		err = errNoUpload // it was removed meanwhile
	}
	return UploadState{Upload: u, Offset: offset}, err
}

// Append takes the next bytes of an upload, from where it stands and nowhere else. With
// an error the state says how much is here all the same: what came whole before a line
// broke is kept.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it stands elsewhere, or another request
// is sending; ErrTooLarge when more comes than was declared, and then nothing of this
// request is kept; ErrPushback when the disk is full.
func (u Uploads) Append(ctx context.Context, actor Actor, request AppendUpload) (UploadState, error) {
	a, found, err := u.own(ctx, actor, request.Case, request.Upload, request.Ask)
	if err != nil {
		return UploadState{}, err
	}
	offset, err := a.Incoming.Append(ctx, found, request.Offset, request.Content)
	if errors.Is(err, ErrNotFound) {
		return UploadState{}, errNoUpload
	}
	return UploadState{Upload: found, Offset: offset}, err
}

// Remove takes an upload of the asker away.
// Errors: ErrDenied; ErrNotFound; ErrConflict while it is being sent or taken in.
func (u Uploads) Remove(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) error {
	a, found, err := u.own(ctx, actor, id, name, ask)
	if err != nil {
		return err
	}
	if err = a.Incoming.Remove(ctx, found); errors.Is(err, ErrNotFound) {
		err = errNoUpload
	}
	return err
}

// Sweep removes every upload that has expired, and returns how many those were.
func (u Uploads) Sweep(ctx context.Context) (int, error) {
	if u.s.Incoming == nil {
		return 0, nil
	}
	return u.s.Incoming.Sweep(ctx, u.s.Clock.Now())
}
