package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/ledger"
)

// maxDocument is the most bytes of a payload that is read into memory.
const maxDocument = 16 << 20

// keep stores a document as a payload of the act's case.
func (a *act) keep(ctx context.Context, content []byte) (Blob, error) {
	blob, err := a.Blobs.Put(ctx, a.id, bytes.NewReader(content))
	if err != nil {
		return Blob{}, fmt.Errorf("keep a document of %d bytes: %w", len(content), err)
	}
	return blob, nil
}

// keepJSON stores a value as canonical JSON.
func (a *act) keepJSON(ctx context.Context, value any) (Blob, error) {
	text, err := ledger.MarshalCanonical(value)
	if err != nil {
		return Blob{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return a.keep(ctx, text)
}

// open opens the payload that an entry names. The caller closes it.
// Errors: ErrNotFound when it is gone, ErrIntegrity when it is not what was kept.
func (s *Service) open(ctx context.Context, id CaseID, recorded ledger.DigestSet) (Content, Blob, error) {
	blob, err := s.Blobs.Find(ctx, id, recorded)
	if errors.Is(err, ErrNotFound) {
		err = errors.Join(err, s.gone(ctx, id, recorded))
	}
	if err != nil {
		return nil, Blob{}, fmt.Errorf("payload %s: %w", digestKey(recorded), err)
	}
	content, err := s.Blobs.Open(ctx, id, blob.Address)
	if err != nil {
		return nil, Blob{}, fmt.Errorf("payload %s: %w", digestKey(recorded), err)
	}
	return content, blob, nil
}

// document reads a small payload whole.
func (s *Service) document(ctx context.Context, id CaseID, recorded ledger.DigestSet) ([]byte, error) {
	content, _, err := s.open(ctx, id, recorded)
	if err != nil {
		return nil, err
	}
	defer letGo(content)
	if content.Size() > maxDocument {
		return nil, fmt.Errorf("payload %s has %d bytes, more than a document: %w", digestKey(recorded), content.Size(), ErrInvalid)
	}
	return io.ReadAll(io.NewSectionReader(content, 0, content.Size()))
}

// documentOf reads a payload that is canonical JSON.
func documentOf[F any](ctx context.Context, s *Service, id CaseID, recorded ledger.DigestSet) (F, error) {
	var fact F
	text, err := s.document(ctx, id, recorded)
	if err != nil {
		return fact, err
	}
	if err := ledger.UnmarshalCanonical(text, &fact); err != nil {
		return fact, fmt.Errorf("%w: payload %s: %w", ErrIntegrity, digestKey(recorded), err)
	}
	return fact, nil
}

// letGo closes what was only read: nothing can be lost by it.
func letGo(c io.Closer) { _ = c.Close() }

// output describes a payload to a client.
func output(name string, b Blob) Output {
	return Output{Name: name, Digest: b.Recorded(), SHA256: b.SHA256, Size: b.Size}
}
