package blob

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// The content of an upload is a row of pieces, each under AES-256-GCM with a nonce of
// its own before it, bound to its upload and its number. Only the last may be short.
// What was not received as a whole piece is not kept, so no piece is ever made longer.
// Units: bytes.
const (
	uploadPiece = 64 << 10
	uploadNonce = 12
	uploadTag   = 16
	uploadOnto  = uploadNonce + uploadPiece + uploadTag
	// uploadFlush is how much is written before it is flushed: of what a cut of the power
	// leaves, only so much at the end is in doubt.
	uploadFlush = 16 << 20
)

// UploadReceived returns how much of an upload is here. While another request writes, it is
// what that one has come to.
// Errors: ErrNotFound.
func (s *Store) UploadReceived(_ context.Context, u Upload) (int64, error) {
	file, err := s.holdUpload(u)
	if errors.Is(err, ErrTaken) {
		info, err := os.Stat(s.uploadPath(u, partSuffix))
		if err != nil {
			return 0, fmt.Errorf("no such upload (%w): %w", err, ErrNotFound)
		}
		return u.offset(info.Size()), nil
	}
	if err != nil {
		return 0, err
	}
	at, err := newUploading(file, u)
	if err != nil {
		return 0, errors.Join(err, file.Close())
	}
	return at.offset, file.Close()
}

// AppendUpload takes what comes from r as the next bytes of an upload and returns how much of
// it is here then.
//
// Durability: what it returns is on disk, also with an error, and after a kill: then the
// last bytes may be missing, and UploadReceived says how many are there.
// Errors: ErrTaken when another request writes; ErrElsewhere when the upload does not stand
// at offset; ErrTooMuch, and then nothing of r was taken; ErrNoRoom; those of r.
func (s *Store) AppendUpload(ctx context.Context, u Upload, offset int64, r io.Reader) (_ int64, err error) {
	file, err := s.holdUpload(u)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	at, err := newUploading(file, u)
	if err != nil {
		return 0, err
	}
	if offset != at.offset {
		return at.offset, fmt.Errorf("%w: it stands at byte %d, not at %d; go on from there", ErrElsewhere, at.offset, offset)
	}
	if err = at.take(reader{ctx, r}); err == nil && at.offset == u.Size {
		var more [1]byte
		if n, _ := io.ReadFull(r, more[:]); n > 0 {
			err = fmt.Errorf("it was declared with %d bytes: %w", u.Size, ErrTooMuch)
			at.offset = offset
		}
	}
	err = errors.Join(err, at.cut())
	return at.offset, roomy(err)
}

// UploadContent opens an upload to be read from its beginning, and keeps others from it until
// it is closed.
// Errors: ErrTaken; ErrNotFound; ErrInvalid when it is not whole. Reading: ErrIntegrity
// when it was changed on disk.
func (s *Store) UploadContent(_ context.Context, u Upload) (io.ReadCloser, error) {
	file, err := s.holdUpload(u)
	if err != nil {
		return nil, err
	}
	at, err := newUploading(file, u)
	if err == nil && at.offset != u.Size {
		err = fmt.Errorf("%d of its %d bytes are here: send the rest: %w", at.offset, u.Size, ErrInvalid)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	at.offset = 0
	return at, nil
}

// uploading is the content of an upload that this caller holds.
type uploading struct {
	file    *os.File
	u       Upload
	sealer  cipher.AEAD
	offset  int64 // of the content: written, or read
	flushed int64 // of what is written
	sealed  []byte
	plain   []byte // read, and not handed out
}

// newUploading finds the end of the content and takes away what is not whole there.
func newUploading(file *os.File, u Upload) (*uploading, error) {
	sealer, err := sealerOf(&u.key)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	at := &uploading{file: file, u: u, sealer: sealer, sealed: make([]byte, uploadOnto)}
	end := u.offset(info.Size())
	at.offset = max(0, end-uploadFlush) / uploadPiece * uploadPiece
	for at.offset < end {
		if _, err := at.piece(); errors.Is(err, ErrIntegrity) {
			break // it was never flushed: it is sent again
		} else if err != nil {
			return nil, err
		}
	}
	at.flushed = at.offset
	if stored(at.offset) == info.Size() {
		return at, at.flush() // whoever wrote it may have been killed before this
	}
	return at, at.cut()
}

// take writes what comes, piece by piece, until it ends or all is here.
func (at *uploading) take(r io.Reader) error {
	plain := make([]byte, uploadPiece)
	for at.offset < at.u.Size {
		piece := plain[:min(uploadPiece, at.u.Size-at.offset)]
		_, err := io.ReadFull(r, piece)
		if err != nil {
			if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // of ReadFull itself: r ended
				return nil
			}
			return err
		}
		if err := at.write(piece); err != nil {
			return err
		}
		if at.offset-at.flushed >= uploadFlush {
			if err := at.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// write seals the next piece and writes it.
func (at *uploading) write(piece []byte) error {
	sealed := at.sealed[:uploadNonce]
	if _, err := rand.Read(sealed); err != nil {
		return err
	}
	sealed = at.sealer.Seal(sealed, sealed, piece, at.aad())
	if _, err := at.file.WriteAt(sealed, stored(at.offset)); err != nil {
		return fmt.Errorf("write an upload: %w", err)
	}
	at.offset += int64(len(piece))
	return nil
}

// flush puts on disk what was written. What could not be flushed counts for nothing.
func (at *uploading) flush() error {
	if err := at.file.Sync(); err != nil {
		at.offset = at.flushed
		return fmt.Errorf("flush an upload: %w", err)
	}
	at.flushed = at.offset
	return nil
}

// cut leaves nothing behind the content, and puts that on disk.
func (at *uploading) cut() error {
	if err := at.file.Truncate(stored(at.offset)); err != nil {
		return fmt.Errorf("cut an upload: %w", err)
	}
	at.flushed = min(at.flushed, at.offset)
	err := at.flush()
	if err != nil {
		err = errors.Join(err, at.file.Truncate(stored(at.offset)))
	}
	return err
}

// piece reads the next piece.
// Errors: ErrIntegrity.
func (at *uploading) piece() ([]byte, error) {
	length := uploadNonce + min(uploadPiece, at.u.Size-at.offset) + uploadTag
	sealed := at.sealed[:length]
	if _, err := at.file.ReadAt(sealed, stored(at.offset)); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("an upload was cut on disk: %w", ErrIntegrity)
	} else if err != nil {
		return nil, fmt.Errorf("read an upload: %w", err)
	}
	plain, err := at.sealer.Open(sealed[uploadNonce:uploadNonce], sealed[:uploadNonce], sealed[uploadNonce:], at.aad())
	if err != nil {
		return nil, fmt.Errorf("an upload was changed on disk: %w", ErrIntegrity)
	}
	at.offset += int64(len(plain))
	return plain, nil
}

// Read hands out the content.
func (at *uploading) Read(b []byte) (int, error) {
	if len(at.plain) == 0 {
		if at.offset == at.u.Size {
			return 0, io.EOF
		}
		var err error
		if at.plain, err = at.piece(); err != nil {
			return 0, err
		}
	}
	n := copy(b, at.plain)
	at.plain = at.plain[n:]
	return n, nil
}

// Close lets others at it.
func (at *uploading) Close() error {
	clear(at.sealed)
	return at.file.Close()
}

// aad binds a piece to its upload and its number.
func (at *uploading) aad() []byte {
	return binary.BigEndian.AppendUint64(at.u.aad(), uint64(at.offset/uploadPiece))
}

// stored is how long the file of so much content is.
func stored(content int64) int64 {
	whole, rest := content/uploadPiece, content%uploadPiece
	if rest > 0 {
		rest += uploadNonce + uploadTag
	}
	return whole*uploadOnto + rest
}

// offset is how much whole content a file of that length has.
func (u Upload) offset(length int64) int64 {
	if length >= stored(u.Size) {
		return u.Size
	}
	return length / uploadOnto * uploadPiece
}

// roomy says of a full disk that it is one.
func roomy(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w in the data folder: %w", ErrNoRoom, err)
	}
	return err
}
