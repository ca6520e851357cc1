package blob

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"custos.example/ledger/durable"
)

// Refusal says why an upload was not taken in when that was asked for last.
// Shape: Why is the caller's words, without zero bytes, at most 4,000 bytes.
type Refusal struct {
	Time time.Time
	Why  string
}

const (
	refusedSuffix = ".refused"
	refusalHeader = "custos-upload-refused-v1"
	mostWhy       = 4000
)

// RefuseUpload keeps why an upload was not taken in, in the place of an earlier reason. It
// goes where the upload goes, and is sealed like its head.
// Durability: on disk when it returns.
// Errors: ErrNotFound; ErrInvalid; ErrNoRoom.
func (s *Store) RefuseUpload(ctx context.Context, u Upload, r Refusal) error {
	if len(r.Why) > mostWhy || strings.Contains(r.Why, "\x00") || r.Why == "" {
		return fmt.Errorf("the reason of a refusal has 1 to %d bytes, none of them zero: %w", mostWhy, ErrInvalid)
	}
	release, err := s.holdUploads() // against who removes what has expired
	if err != nil {
		return err
	}
	defer release()
	if _, err := os.Stat(s.uploadPath(u, headSuffix)); err != nil {
		return fmt.Errorf("no such upload (%w): %w", err, ErrNotFound)
	}
	sealed, err := s.keys.WrapPayloadKey(ctx, u.Case, u.ID, u.refusalAAD(), []byte(r.text()))
	if err != nil {
		return err
	}
	if err := durable.Replace(s.uploadPath(u, refusedSuffix), sealed, 0o600); err != nil {
		return fmt.Errorf("keep why an upload was refused: %w", roomy(err))
	}
	return nil
}

// UploadRefusal returns why an upload was not taken in, and false when it never was refused.
// Errors: those of the keys for what was changed; ErrIntegrity.
func (s *Store) UploadRefusal(ctx context.Context, u Upload) (Refusal, bool, error) {
	sealed, err := os.ReadFile(s.uploadPath(u, refusedSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return Refusal{}, false, nil
	}
	if err != nil {
		return Refusal{}, false, err
	}
	text, err := s.keys.UnwrapPayloadKey(ctx, u.Case, u.ID, u.refusalAAD(), sealed)
	if err != nil {
		return Refusal{}, false, fmt.Errorf("why upload %s was refused: %w", u.ID, err)
	}
	r, err := parseRefusal(string(text))
	return r, err == nil, err
}

// Uploads returns the uploads of a case that have not expired by now, in the order of their
// names. What cannot be read is left out: nobody can go on with it.
func (s *Store) Uploads(ctx context.Context, id string, now time.Time) ([]Upload, error) {
	if err := checkScope(id); err != nil || id == "" {
		return nil, fmt.Errorf("uploads of a case: %w", errors.Join(err, ErrInvalid))
	}
	files, err := readDir(filepath.Join(s.uploads, scope(id)))
	if err != nil {
		return nil, err
	}
	var there []Upload
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		name, ok := strings.CutSuffix(file.Name(), headSuffix)
		if !ok {
			continue
		}
		if u, err := s.FindUpload(ctx, id, name); err == nil && now.Before(u.Expires) {
			there = append(there, u)
		}
	}
	return there, nil
}

func (u Upload) refusalAAD() []byte {
	return []byte("custos/upload-refused/v1\n" + scope(u.Case) + "\n" + u.ID)
}

// text is what is sealed of a refusal, filled up so that its length tells little.
func (r Refusal) text() string {
	bare := strings.Join([]string{refusalHeader, strconv.FormatInt(r.Time.UnixMilli(), 10), r.Why}, "\n")
	return bare + strings.Repeat("\x00", (recordStep-len(bare)%recordStep)%recordStep)
}

// parseRefusal accepts exactly what text returns.
func parseRefusal(text string) (Refusal, error) {
	lines := strings.SplitN(strings.TrimRight(text, "\x00"), "\n", 3)
	if len(lines) != 3 || lines[0] != refusalHeader {
		return Refusal{}, fmt.Errorf("it is no reason of a refusal: %w", ErrIntegrity)
	}
	at, err := strconv.ParseInt(lines[1], 10, 64)
	r := Refusal{time.UnixMilli(at).UTC(), lines[2]}
	if err != nil || r.text() != text {
		return Refusal{}, fmt.Errorf("it is no reason of a refusal: %w", ErrIntegrity)
	}
	return r, nil
}
