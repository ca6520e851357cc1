package blob

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/durable"
)

// Upload is content that comes in several goes. It lies beside the payloads and is
// none: what becomes of it is read from it once it is whole.
// Shape: ID is 64 hex digits; Owner and Kind are the caller's words, without line feeds.
// Trust: all of it is sealed under the key of the case, its content under a key of its
// own that stands there too.
type Upload struct {
	ID      string
	Case    string
	Owner   string
	Kind    string
	Size    int64
	SHA256  ledger.Digest // as it was declared
	Created time.Time
	Expires time.Time

	key [32]byte
}

var (
	// ErrTaken says that somebody else writes or reads there now.
	ErrTaken = errors.New("somebody else is at it")
	// ErrElsewhere says that what comes does not go on from where the upload stands.
	ErrElsewhere = errors.New("not where the upload stands")
	// ErrTooMuch says that more came than was declared.
	ErrTooMuch = errors.New("more than was declared")
	// ErrNoRoom says that the disk is full.
	ErrNoRoom = errors.New("there is no room")
)

const (
	uploadFolder = "uploads"
	uploadHeader = "custos-upload-v1"
	headSuffix   = ".head"
	partSuffix   = ".part"
	uploadsLock  = ".lock"
)

// BeginUpload makes a new upload, unless judge names one of those that are there, or refuses.
// Shape: of u the id and the key are chosen here; judge gets every upload that has not
// expired.
// Durability: on disk when it returns; a process killed meanwhile leaves what SweepUploads
// removes.
// Errors: those of judge; ErrNoRoom.
func (s *Store) BeginUpload(ctx context.Context, u Upload, judge func(there []Upload) (*Upload, error)) (Upload, error) {
	if err := checkScope(u.Case); err != nil || u.Case == "" || strings.ContainsAny(u.Owner+u.Kind, "\n\x00") || u.Size <= 0 {
		return Upload{}, fmt.Errorf("begin an upload: %w", errors.Join(err, ErrInvalid))
	}
	release, err := s.holdUploads()
	if err != nil {
		return Upload{}, err
	}
	defer release()
	there, _, err := s.sweepHeld(ctx, u.Created)
	if err != nil {
		return Upload{}, err
	}
	if same, err := judge(there); same != nil || err != nil {
		return orNone(same), err
	}
	var name [32]byte
	for _, secret := range [][]byte{name[:], u.key[:]} {
		if _, err := rand.Read(secret); err != nil {
			return Upload{}, err
		}
	}
	u.ID = hex.EncodeToString(name[:])
	wrapped, err := s.keys.WrapPayloadKey(ctx, u.Case, u.ID, u.aad(), []byte(u.text()))
	if err != nil {
		return Upload{}, err
	}
	if err := makeFolder(filepath.Dir(s.uploadPath(u, headSuffix))); err != nil {
		return Upload{}, roomy(err)
	}
	content, err := os.OpenFile(s.uploadPath(u, partSuffix), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		err = content.Close()
	}
	if err == nil {
		err = durable.Replace(s.uploadPath(u, headSuffix), wrapped, 0o600)
	}
	if err != nil {
		return Upload{}, errors.Join(fmt.Errorf("begin an upload: %w", roomy(err)), gone(os.Remove(s.uploadPath(u, partSuffix))))
	}
	return u, nil
}

// FindUpload returns an upload of a case.
// Errors: ErrNotFound; ErrIntegrity.
func (s *Store) FindUpload(ctx context.Context, id, name string) (Upload, error) {
	if err := checkScope(id); err != nil || id == "" || !isHex(name, 64) {
		return Upload{}, fmt.Errorf("no such upload: %w", ErrNotFound)
	}
	u := Upload{ID: name, Case: id}
	wrapped, err := os.ReadFile(s.uploadPath(u, headSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return Upload{}, fmt.Errorf("no such upload: %w", ErrNotFound)
	}
	if err != nil {
		return Upload{}, err
	}
	text, err := s.keys.UnwrapPayloadKey(ctx, id, name, u.aad(), wrapped)
	if err != nil {
		return Upload{}, fmt.Errorf("upload %s: %w", name, err)
	}
	if err := u.parse(string(text)); err != nil {
		return Upload{}, fmt.Errorf("upload %s: %w", name, err)
	}
	return u, nil
}

// RemoveUpload takes an upload away, its key first.
// Errors: ErrTaken while somebody writes or reads it; ErrNotFound.
func (s *Store) RemoveUpload(_ context.Context, u Upload) error {
	content, err := s.holdUpload(u)
	if err != nil {
		return err
	}
	err = shred(s.uploadPath(u, headSuffix))
	err = errors.Join(gone(err), content.Close(), gone(os.Remove(s.uploadPath(u, refusedSuffix))))
	return errors.Join(err, gone(os.Remove(s.uploadPath(u, partSuffix))))
}

// SweepUploads removes the uploads that have expired by now, and what a killed process left
// half made. It returns how many uploads it removed.
// Errors: ErrTaken does not count: what is being written or read is left for the next time.
func (s *Store) SweepUploads(ctx context.Context, now time.Time) (int, error) {
	release, err := s.holdUploads()
	if err != nil {
		return 0, err
	}
	defer release()
	_, removed, err := s.sweepHeld(ctx, now)
	return removed, err
}

// sweepHeld is SweepUploads while the folder is held; it returns what stays.
func (s *Store) sweepHeld(ctx context.Context, now time.Time) (stay []Upload, removed int, err error) {
	folders, err := readDir(s.uploads)
	if err != nil {
		return nil, 0, err
	}
	for _, folder := range folders {
		id, ok := parseScope(folder.Name())
		if !ok || id == "" {
			continue
		}
		files, err := readDir(filepath.Join(s.uploads, folder.Name()))
		if err != nil {
			return nil, removed, err
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return nil, removed, err
			}
			u, away, err := s.sweepUpload(ctx, id, file.Name(), now)
			if err != nil {
				return nil, removed, err
			}
			if away {
				removed++
			} else if u.ID != "" {
				stay = append(stay, u)
			}
		}
	}
	return stay, removed, nil
}

// sweepUpload looks at one file of the folder of a case.
func (s *Store) sweepUpload(ctx context.Context, id, file string, now time.Time) (stays Upload, removed bool, err error) {
	path := filepath.Join(s.uploads, scope(id), file)
	name, ok := strings.CutSuffix(file, partSuffix)
	if !ok {
		name, ok = strings.CutSuffix(file, refusedSuffix)
	}
	if ok { // it goes when its head has gone
		if _, err := os.Stat(filepath.Join(s.uploads, scope(id), name+headSuffix)); errors.Is(err, fs.ErrNotExist) {
			return Upload{}, false, gone(os.Remove(path))
		}
		return Upload{}, false, nil
	}
	if name, ok = strings.CutSuffix(file, headSuffix); !ok {
		return Upload{}, false, gone(os.Remove(path))
	}
	u, err := s.FindUpload(ctx, id, name)
	if err != nil {
		return Upload{}, false, nil //nolint:nilerr // it cannot be read, so nobody can go on with it; it goes with its case
	}
	if now.Before(u.Expires) {
		return u, false, nil
	}
	if err := s.RemoveUpload(ctx, u); err != nil && !errors.Is(err, ErrTaken) && !errors.Is(err, ErrNotFound) {
		return Upload{}, false, err
	} else if errors.Is(err, ErrTaken) {
		return u, false, nil
	}
	return Upload{}, true, nil
}

// holdUploads keeps two processes from beginning or sweeping at a time.
func (s *Store) holdUploads() (release func(), err error) {
	if err := makeFolder(s.uploads); err != nil {
		return nil, roomy(err)
	}
	lock, err := durable.Lock(filepath.Join(s.uploads, uploadsLock))
	if err != nil {
		return nil, fmt.Errorf("hold the uploads: %w", roomy(err))
	}
	return func() { _ = lock.Close() }, nil
}

// holdUpload opens the content of an upload for this caller alone.
// Errors: ErrTaken, ErrNotFound.
func (s *Store) holdUpload(u Upload) (*os.File, error) {
	path := s.uploadPath(u, partSuffix)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no such upload: %w", ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	alone, err := durable.TryLock(file)
	if err == nil && !alone {
		err = fmt.Errorf("another request is writing or reading upload %s: %w", u.ID, ErrTaken)
	}
	if err == nil {
		err = stillAt(file, path) // it may have been removed between the two
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// stillAt returns nil when the open file is the one of that name.
func stillAt(file *os.File, path string) error {
	ours, err := file.Stat()
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err != nil || !os.SameFile(ours, there) {
		return fmt.Errorf("no such upload: %w", ErrNotFound)
	}
	return nil
}

func (s *Store) uploadPath(u Upload, suffix string) string {
	return filepath.Join(s.uploads, scope(u.Case), u.ID+suffix)
}

func (u Upload) aad() []byte { return []byte("custos/upload/v1\n" + scope(u.Case) + "\n" + u.ID) }

// text is what is sealed of an upload, filled up so that its length tells little.
func (u Upload) text() string {
	bare := strings.Join([]string{
		uploadHeader, u.Owner, u.Kind, strconv.FormatInt(u.Size, 10), u.SHA256.String(),
		strconv.FormatInt(u.Created.UnixMilli(), 10), strconv.FormatInt(u.Expires.UnixMilli(), 10), hex.EncodeToString(u.key[:]),
	}, "\n")
	return bare + strings.Repeat("\x00", (recordStep-len(bare)%recordStep)%recordStep)
}

// parse accepts exactly what text returns.
func (u *Upload) parse(text string) error {
	lines := strings.Split(strings.TrimRight(text, "\x00"), "\n")
	if len(lines) != 8 || lines[0] != uploadHeader {
		return fmt.Errorf("it is not the head of an upload: %w", ErrIntegrity)
	}
	u.Owner, u.Kind = lines[1], lines[2]
	size, err1 := strconv.ParseInt(lines[3], 10, 64)
	digest, err2 := ledger.ParseDigest(lines[4])
	created, err3 := strconv.ParseInt(lines[5], 10, 64)
	expires, err4 := strconv.ParseInt(lines[6], 10, 64)
	_, err5 := hex.Decode(u.key[:], []byte(lines[7])[:min(len(lines[7]), 64)])
	u.Size, u.SHA256, u.Created, u.Expires = size, digest, time.UnixMilli(created).UTC(), time.UnixMilli(expires).UTC()
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil || u.text() != text {
		return fmt.Errorf("it is not the head of an upload (%w): %w", errors.Join(err), ErrIntegrity)
	}
	return nil
}

func orNone(u *Upload) Upload {
	if u == nil {
		return Upload{}
	}
	return *u
}

// gone is nil for what is not there any more.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
