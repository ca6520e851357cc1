package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"custos.example/custody/parts"
	"custos.example/ledger"
)

// packed makes the content of a delivery into a pack that is kept: encrypted once,
// if at all, and cut on the way. It returns the row and the payloads beside it. A
// received file that goes in the clear is its own pack, and is not kept twice.
//
// Nothing of it is ever whole in memory.
func (a *act) packed(ctx context.Context, actor Actor, request PrepareDelivery) (doc deliveryDocument, subjects []ledger.Subject, err error) {
	cutter, err := parts.NewCutter(request.PartSize)
	if err != nil {
		return doc, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	file, received, err := maybe[evidenceFact](ctx, a.Store, a.id, inEvidence, request.Of.String(), 0)
	if err != nil {
		return doc, nil, err
	}
	p := &packer{cutter: cutter, clear: &sum{Hash: sha256.New()}}
	if !received || len(request.Encrypt) > 0 {
		if p.kept, err = a.Blobs.Writer(ctx, a.id); err != nil {
			return doc, nil, fmt.Errorf("keep the pack: %w", err)
		}
		defer func() { err = errors.Join(err, p.kept.Discard()) }()
	}
	into, err := p.open(request.Encrypt)
	if err != nil {
		return doc, nil, err
	}
	issued, what, err := a.contents(ctx, actor, request, into)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return doc, nil, err
	}
	doc = deliveryDocument{
		Content: parts.Content{SHA256: ledger.Digest(p.clear.Sum(nil)), Size: uint64(p.clear.size)}, Copy: issued.Number, Due: ledger.NewTime(request.Due),
		Holder: request.Holder, Key: request.Key, Means: request.Means, Of: request.Of, State: DeliveryPrepared, To: issued.Recipient, What: what,
	}
	list, err := a.signCover(ctx, request, cutter, &doc)
	if err != nil {
		return doc, nil, err
	}
	doc.Pack = file.Payload
	if p.kept != nil {
		blob, err := p.kept.Commit()
		if err != nil {
			return doc, nil, fmt.Errorf("keep the pack: %w", err)
		}
		doc.Pack = blob.Recorded()
	}
	digests, err := a.Blobs.Put(ctx, a.id, bytes.NewReader(list.Bytes()))
	if err != nil {
		return doc, nil, fmt.Errorf("keep the list of parts: %w", err)
	}
	doc.List = digests.Recorded()
	return doc, []ledger.Subject{{Name: "pack", Digest: doc.Pack}, {Name: "parts", Digest: doc.List}}, nil
}

// packer takes the content of a pack and passes it on: to be hashed in the clear,
// encrypted if it is to be, cut, and kept.
type packer struct {
	cutter *parts.Cutter
	clear  *sum
	kept   PayloadWriter  // nil: the content is kept already
	locked io.WriteCloser // nil: it goes in the clear
}

// open returns what the content is written to.
func (p *packer) open(recipients []string) (io.Writer, error) {
	out := io.Writer(p.cutter)
	if p.kept != nil {
		out = io.MultiWriter(p.kept, p.cutter)
	}
	if len(recipients) > 0 {
		var err error
		if p.locked, err = parts.Encrypt(out, recipients); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
		}
		out = p.locked
	}
	return io.MultiWriter(out, p.clear), nil
}

// end writes what encryption held back.
func (p *packer) end() error {
	if p.locked == nil {
		return nil
	}
	if err := p.locked.Close(); err != nil {
		return fmt.Errorf("encrypt the pack: %w", err)
	}
	return nil
}

// signCover has the service sign what the pack is.
func (a *act) signCover(ctx context.Context, request PrepareDelivery, cutter *parts.Cutter, doc *deliveryDocument) (parts.List, error) {
	list, cover, err := cutter.Cover()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	service := a.Signers.Service()
	if cover.Sender, err = publicOf(service); err != nil {
		return nil, err
	}
	cover.Delivery, cover.Made, cover.Name = a.entryID("delivery"), ledger.NewTime(a.now), request.Name
	cover.Origin, cover.Recipients = a.Origin, request.Encrypt
	doc.Cover, _, err = cover.Sign(ctx, service)
	if errors.Is(err, parts.ErrInvalid) {
		err = fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return list, err
}

// contents writes what is delivered, as a numbered copy: the bundle of an exhibit,
// or a received file.
// Errors: ErrNotFound for anything else; those of the copy.
func (a *act) contents(ctx context.Context, actor Actor, request PrepareDelivery, w io.Writer) (IssuedCopy, string, error) {
	exhibit, known, err := maybe[exhibitFact](ctx, a.Store, a.id, inExhibits, request.Of.String(), 0)
	if err != nil {
		return IssuedCopy{}, "", err
	}
	ask := request.Ask
	ask.RequestID = a.ask.RequestID // a repeated request gives out the same copy
	if known {
		made, err := a.Exhibits().Bundle(ctx, actor, Pack{
			Ask: ask, Case: a.id, Exhibit: request.Of, Withhold: request.Withhold, Copy: request.CopyTerms,
		}, w)
		return made.Copy, fmt.Sprintf("bundle of exhibit %s version %d", exhibit.Reference, exhibit.Version), err
	}
	file, known, err := maybe[evidenceFact](ctx, a.Store, a.id, inEvidence, request.Of.String(), 0)
	if err != nil {
		return IssuedCopy{}, "", err
	}
	if !known {
		return IssuedCopy{}, "", fmt.Errorf("entry %s of this case is no exhibit and no received file, and cannot be delivered: %w", request.Of, ErrNotFound)
	}
	issued, err := a.Copies().Issue(ctx, actor, IssueCopy{Ask: ask, CopyTerms: request.CopyTerms, Case: a.id, Of: request.Of})
	if err != nil {
		return IssuedCopy{}, "", err
	}
	content, _, err := a.open(ctx, a.id, file.Payload)
	if err != nil {
		return IssuedCopy{}, "", err
	}
	defer letGo(content)
	if _, err := io.CopyBuffer(w, io.NewSectionReader(content, 0, content.Size()), make([]byte, 1<<20)); err != nil {
		return IssuedCopy{}, "", fmt.Errorf("pack %s: %w", file.Item, err)
	}
	return issued, "received file " + file.Item, nil
}
