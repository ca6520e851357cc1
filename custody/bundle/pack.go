package bundle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/zstd"

	"custos.example/analysis"
	"custos.example/ledger"
)

// ErrContents is returned for contents from which no bundle can be made.
var ErrContents = errors.New("no bundle can be made from this")

// member is one member that is ready to be written.
type member struct {
	name   string
	sha256 ledger.Digest
	zip    zipMember
	body   analysis.Input
}

// memory is an Input over bytes.
type memory struct{ *strings.Reader }

// inMemory returns data as an Input.
func inMemory(data []byte) analysis.Input { return memory{strings.NewReader(string(data))} }

// document returns a member that is a JSON document or a receipt.
func document(name string, data []byte) member {
	return member{
		name: name, sha256: sha256.Sum256(data), body: inMemory(data),
		zip: zipMember{name: name, size: uint32(len(data)), crc: crc32.ChecksumIEEE(data)}, //nolint:gosec // MaxDocument bounds it
	}
}

// packer turns payloads into members.
type packer struct {
	scratch func() (analysis.Scratch, error)
	open    []analysis.Scratch
}

// close gives back every scratch stream.
func (p *packer) close() error {
	var errs []error
	for _, s := range p.open {
		errs = append(errs, s.Close())
	}
	p.open = nil
	return errors.Join(errs...)
}

// pack returns the member that holds a payload, compressed when it is large
// and not a page, and its line of the manifest.
func (p *packer) pack(ctx context.Context, payload Payload) (member, ManifestMember, error) {
	if !packs(payload.Name, payload.Content.Size()) {
		return p.store(ctx, payload)
	}
	s, err := p.scratch()
	if err != nil {
		return member{}, ManifestMember{}, fmt.Errorf("pack %s: %w", payload.Name, err)
	}
	p.open = append(p.open, s)
	content, err := p.compress(ctx, s, payload)
	if err != nil {
		return member{}, ManifestMember{}, fmt.Errorf("pack %s: %w", payload.Name, err)
	}
	if payload.Content.Size() > s.Size()*MaxRatio {
		return p.store(ctx, payload)
	}
	name := payload.Name + packedSuffix
	m, err := p.sum(ctx, name, s)
	if err != nil {
		return member{}, ManifestMember{}, err
	}
	line := m.line(payload)
	line.Content = &ManifestContent{SHA256: content, Size: payload.Content.Size()}
	return m, line, agrees(payload, content)
}

// store returns a payload as a member of its own bytes.
func (p *packer) store(ctx context.Context, payload Payload) (member, ManifestMember, error) {
	m, err := p.sum(ctx, payload.Name, payload.Content)
	if err != nil {
		return member{}, ManifestMember{}, err
	}
	return m, m.line(payload), agrees(payload, m.sha256)
}

// line returns the member's line of the manifest.
func (m member) line(payload Payload) ManifestMember {
	line := ManifestMember{Name: m.name, Size: m.body.Size(), SHA256: m.sha256, Payload: payload.Digest}
	if salted(payload.Digest) {
		line.Salt = &payload.Salt
	}
	return line
}

// packs tells whether a payload is compressed. Pages that a court looks at are
// stored as they are, so that any program opens them out of the bundle.
func packs(name string, size int64) bool {
	if size <= CompressFrom {
		return false
	}
	if strings.HasPrefix(name, "exhibit/") {
		switch path.Ext(name) {
		case ".pdf", ".svg", ".xlsx":
			return false
		}
	}
	return true
}

// compress writes the payload as one zstd frame to w and returns the digest
// of the content.
func (p *packer) compress(ctx context.Context, w io.Writer, payload Payload) (ledger.Digest, error) {
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return ledger.Digest{}, err
	}
	encoder.ResetContentSize(w, payload.Content.Size())
	h := sha256.New()
	if err := copyAll(ctx, io.MultiWriter(encoder, h), payload.Content); err != nil {
		return ledger.Digest{}, err
	}
	return ledger.Digest(h.Sum(nil)), encoder.Close()
}

// sum returns the member with its checksum and digest.
func (p *packer) sum(ctx context.Context, name string, body analysis.Input) (member, error) {
	if body.Size() > MaxSize {
		return member{}, fmt.Errorf("%w: %s is larger than %d bytes", ErrContents, name, int64(MaxSize))
	}
	h, crc := sha256.New(), crc32.NewIEEE()
	if err := copyAll(ctx, io.MultiWriter(h, crc), body); err != nil {
		return member{}, fmt.Errorf("read %s: %w", name, err)
	}
	return member{
		name: name, sha256: ledger.Digest(h.Sum(nil)), body: body,
		zip: zipMember{name: name, size: uint32(body.Size()), crc: crc.Sum32()}, //nolint:gosec // checked above
	}, nil
}

// copyAll copies exactly the bytes of in to w, until ctx ends.
// Errors: io.ErrUnexpectedEOF when in is shorter than its size.
func copyAll(ctx context.Context, w io.Writer, in analysis.Input) error {
	buffer := make([]byte, min(in.Size(), 256<<10))
	for at, size := int64(0), in.Size(); at < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := in.ReadAt(buffer[:min(int64(len(buffer)), size-at)], at)
		if n == 0 {
			return fmt.Errorf("%w at byte %d: %w", io.ErrUnexpectedEOF, at, err)
		}
		if _, err := w.Write(buffer[:n]); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
