package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// Work says how many bytes went through the encryption of payloads and of
// scratch streams.
// Units: bytes.
type Work struct {
	Sealed, Opened               int64 // of payloads
	ScratchSealed, ScratchOpened int64
}

// Rehearse encrypts and decrypts as many bytes as the work says, as payloads and
// scratch streams are, but from memory to memory: what that takes of the
// processor is the part of the work that encryption took.
func Rehearse(ctx context.Context, w Work) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	content := make([]byte, 1<<20)
	stored := new(bytes.Buffer)
	if err := seal(ctx, stored, identity, content, int64(len(content))); err != nil {
		return err
	}
	if err := seal(ctx, io.Discard, identity, content, w.Sealed); err != nil {
		return err
	}
	clear, _, err := age.DecryptReaderAt(bytes.NewReader(stored.Bytes()), int64(stored.Len()), identity)
	if err != nil {
		return err
	}
	for left := w.Opened; left > 0; left -= int64(len(content)) {
		if _, err := clear.ReadAt(content[:min(int64(len(content)), left)], 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return rehearseScratch(w.ScratchSealed, w.ScratchOpened)
}

func seal(ctx context.Context, to io.Writer, identity *age.X25519Identity, content []byte, size int64) error {
	w, err := age.Encrypt(to, identity.Recipient())
	if err != nil {
		return err
	}
	for left := size; left > 0; left -= int64(len(content)) {
		if _, err := w.Write(content[:min(int64(len(content)), left)]); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return w.Close()
}

func rehearseScratch(sealed, opened int64) error {
	sealer, err := scratchSealer()
	if err != nil {
		return err
	}
	clear := make([]byte, scratchChunk)
	chunk := sealer.Seal(nil, chunkNonce(0), clear, nil)
	for left := sealed; left > 0; left -= scratchChunk {
		chunk = sealer.Seal(chunk[:0], chunkNonce(0), clear, nil)
	}
	for left := opened; left > 0; left -= scratchChunk {
		if clear, err = sealer.Open(clear[:0], chunkNonce(0), chunk, nil); err != nil {
			return fmt.Errorf("a scratch chunk: %w", err)
		}
	}
	return nil
}
