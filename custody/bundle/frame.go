package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"custos.example/analysis"
	"custos.example/ledger"
)

// ErrFrame is returned for a compressed member that is not one zstd frame of
// the content that the manifest describes, or that is out of proportion.
var ErrFrame = errors.New("not the compressed form of what the list says")

// checkFrame returns nil when r is exactly one zstd frame, without dictionary,
// that announces the given content size and stays within the limits.
// Source: RFC 8878 sections 3.1.1 and 3.1.1.2.
func checkFrame(r io.ReaderAt, size, content int64) error {
	if content < 0 || content > MaxContent || content > size*MaxRatio {
		return fmt.Errorf("%w: %d bytes out of %d", ErrFrame, content, size)
	}
	head := make([]byte, min(size, zstd.HeaderMaxSize))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	var h zstd.Header
	if err := h.Decode(head); err != nil {
		return fmt.Errorf("%w: %w", ErrFrame, err)
	}
	if h.Skippable || h.DictionaryID != 0 || !h.HasFCS || h.FrameContentSize != uint64(content) || !h.HasCheckSum {
		return fmt.Errorf("%w: its header announces another content", ErrFrame)
	}
	at := int64(h.HeaderSize)
	for block := [3]byte{}; ; {
		if _, err := r.ReadAt(block[:], at); err != nil {
			return fmt.Errorf("%w: it is cut at byte %d", ErrFrame, at)
		}
		word := uint32(block[0]) | uint32(block[1])<<8 | uint32(block[2])<<16
		length := int64(word >> 3)
		if word>>1&3 == 1 { // one byte, repeated
			length = 1
		}
		at += 3 + length
		if word&1 == 1 {
			break
		}
	}
	if at+4 != size { // the checksum
		return fmt.Errorf("%w: the frame does not end where the file does", ErrFrame)
	}
	return nil
}

// expand writes the content of one frame to w, at most content bytes, and
// returns its digest.
func expand(ctx context.Context, w io.Writer, r io.Reader, content int64) (ledger.Digest, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return ledger.Digest{}, fmt.Errorf("%w: %w", ErrFrame, err)
	}
	defer d.Close()
	h := sha256.New()
	out := io.MultiWriter(w, h)
	buffer := make([]byte, 128<<10)
	for n := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return ledger.Digest{}, err
		}
		k, err := d.Read(buffer)
		if n += int64(k); n > content {
			return ledger.Digest{}, fmt.Errorf("%w: more than %d bytes", ErrFrame, content)
		}
		if _, err := out.Write(buffer[:k]); err != nil {
			return ledger.Digest{}, fmt.Errorf("unpack: %w", err)
		}
		if errors.Is(err, io.EOF) && n == content {
			return ledger.Digest(h.Sum(nil)), nil
		}
		if err != nil {
			return ledger.Digest{}, fmt.Errorf("%w: %w", ErrFrame, err)
		}
	}
}

// unpacked is the content of a member, ready for a step.
type unpacked struct {
	analysis.Input
	sha256 ledger.Digest
}

// unpack returns the content of a member: the member itself, or, when it is
// compressed, what it unpacks to, in a scratch stream that keep takes over.
// Errors: ErrFrame.
func (o *Opened) unpack(ctx context.Context, line ManifestMember, keep func() (analysis.Scratch, error)) (unpacked, error) {
	m, ok := o.Find(line.Name)
	if !ok {
		return unpacked{}, fmt.Errorf("%w: %s", ErrMissing, line.Name)
	}
	section := o.Section(m)
	if line.Content == nil {
		return unpacked{section, m.SHA256}, nil
	}
	if err := checkFrame(section, m.Size, line.Content.Size); err != nil {
		return unpacked{}, err
	}
	s, err := keep()
	if err != nil {
		return unpacked{}, fmt.Errorf("unpack %s: %w", m.Name, err)
	}
	digest, err := expand(ctx, s, section, line.Content.Size)
	return unpacked{s, digest}, err
}
