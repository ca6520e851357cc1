package custody

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/ledger"
)

// inFiles is the register of received files: the newest, by its reference. It is written
// with the entry of the file, on whose case the decision rests, so that of two who ask for
// one reference at once the second is decided anew and sees the first.
const inFiles = "files"

// fileFact is the received file that has a reference.
type fileFact struct {
	Entry      ledger.EntryID   `json:"entry"`
	Extraction *ledger.EntryID  `json:"extraction,omitempty"` // from which it was taken
	Payload    ledger.DigestSet `json:"payload"`
}

// received projects a file that was received.
func (p *projection) received(d *ledger.EvidenceReceived) {
	fact := evidenceFact{
		p.Predicate.Authority, p.by(), d.Credit, p.entry(), p.extracted(), d.FileName, d.From, d.Item, p.subject("source"), d.Reference, d.Size,
		p.Predicate.Time,
	}
	p.add(inEvidence, p.entry().String(), fact)
	p.add(inReceived, digestKey(fact.Payload), fact)
	file := fileFact{Entry: fact.Entry, Payload: fact.Payload}
	if fact.Extracted != nil {
		file.Extraction = &fact.Extracted.Entry
	}
	p.add(inFiles, fact.Item, file)
}

// bearer is what has a reference in a case.
type bearer struct {
	entry ledger.EntryID
	what  string    // never a person's name, nor anything of a content
	file  *fileFact // when it is a received file
}

// bearerOf finds what has the reference of a file that is to be received, nil = nothing.
// An item is no obstacle to a file of its own that is kept whole.
func (in *intake) bearerOf(ctx context.Context, request Receive) (*bearer, error) {
	exhibit, made, err := maybe[exhibitFact](ctx, in.Store, in.id, inReferences, request.Item, 0)
	if err != nil || made {
		return &bearer{exhibit.Entry, "an exhibit that was made here", nil}, err
	}
	file, received, err := maybe[fileFact](ctx, in.Store, in.id, inFiles, request.Item, 0)
	if err != nil || received {
		return &bearer{file.Entry, "another received file", &file}, err
	}
	item, taken, err := maybe[itemFact](ctx, in.Store, in.id, inItems, request.Item, 0)
	if err != nil || taken && request.Reference != Opaque {
		return &bearer{item.Entry, "an item that was booked in for no file", nil}, err
	}
	return nil, nil //nolint:nilnil // it is free
}

// mayBear returns nil when the bytes of that digest can stand under the reference that is
// asked for: it is free, or theirs already, or that of another file of the same extraction.
// Errors: ErrConflict.
func (in *intake) mayBear(ctx context.Context, request Receive, recorded ledger.DigestSet) error {
	b, err := in.bearerOf(ctx, request)
	if err != nil || b == nil {
		return err
	}
	if b.file != nil {
		if in.sharesWith(*b.file) || digestKey(b.file.Payload) == digestKey(recorded) {
			return nil
		}
		before, known, err := maybe[evidenceFact](ctx, in.Store, in.id, inReceived, digestKey(recorded), 0)
		if err != nil || known && before.Item == request.Item {
			return err
		}
	}
	return in.inUse(ctx, request, *b)
}

// sharesWith tells whether a file and the one on its way were taken out of one extraction.
func (in *intake) sharesWith(file fileFact) bool {
	return in.taken != nil && file.Extraction != nil && *file.Extraction == in.taken.Entry
}

// inUse refuses a reference that something else has.
func (in *intake) inUse(ctx context.Context, request Receive, b bearer) error {
	advice := "take another reference"
	if r, ok := splitReference(request.Item); ok {
		taken, err := in.takenNames(ctx)
		if err != nil {
			return err
		}
		if next := taken.next(r.series); itemReference.MatchString(next) {
			advice = fmt.Sprintf("the next free one is %s", next)
		}
	}
	switch {
	case request.Reference == Opaque:
		advice = fmt.Sprintf("an item has one file: take a part out of it for this one (custos item split), or book in an item of its own; %s", advice)
	case b.file != nil:
		advice += "; were this the same file, its SHA-256 would be that of the entry"
	}
	return fmt.Errorf("%s is in use in this case, for %s (entry %s), and a reference is never used twice: nothing was recorded; %s: %w",
		request.Item, b.what, b.entry, advice, ErrConflict)
}

// keepNamed keeps the bytes of a file, unless its reference is that of something else: then
// nothing of them is kept.
// Errors: ErrConflict.
func (in *intake) keepNamed(ctx context.Context, request Receive) (Blob, error) {
	b, err := in.bearerOf(ctx, request)
	if err != nil {
		return Blob{}, err
	}
	var blob Blob
	switch {
	case b == nil: // as a rule, and then it is hashed once
		blob, err = in.Blobs.Put(ctx, in.id, request.Content)
	case b.file == nil:
		return Blob{}, in.inUse(ctx, request, *b)
	default:
		blob, err = in.keepIf(ctx, request.Content, func(sum ledger.Digest, size int64) error { return in.mayKeep(ctx, request, sum, size) })
	}
	if err != nil && !errors.Is(err, ErrConflict) {
		err = fmt.Errorf("keep the file: %w", err)
	}
	return blob, err
}

// mayKeep returns nil when bytes can be kept under the reference that is asked for, or stand
// in the record already, so that whoever asks is told where.
// Errors: ErrConflict.
func (in *intake) mayKeep(ctx context.Context, request Receive, sum ledger.Digest, size int64) error {
	b, err := in.bearerOf(ctx, request)
	if err != nil || b == nil || b.file != nil && in.sharesWith(*b.file) {
		return err
	}
	same, err := in.filesOf(ctx, in.id, sum, size)
	if err != nil {
		return err
	}
	for _, f := range same {
		if f.Item == request.Item && b.file != nil {
			return nil
		}
		_, err := in.Blobs.Find(ctx, in.id, f.Payload)
		if err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return in.inUse(ctx, request, *b)
}

// filesOf are the received files that had these bytes, also when they were erased. Of a
// small one that was erased nobody can tell any more.
func (s *Service) filesOf(ctx context.Context, id CaseID, sum ledger.Digest, size int64) ([]evidenceFact, error) {
	files, err := list[evidenceFact](ctx, s.Store, id, inEvidence, 0)
	if err != nil {
		return nil, err
	}
	var same []evidenceFact
	for _, f := range files {
		if f.Size != uint64(size) { //nolint:gosec // a size
			continue
		}
		digest, plain := f.Payload[ledger.SHA256]
		if !plain {
			blob, err := s.Blobs.Find(ctx, id, f.Payload)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("evidence %s: %w", f.Entry, err)
			}
			digest = blob.SHA256
		}
		if digest == sum {
			same = append(same, f)
		}
	}
	return same, nil
}

// keepIf keeps bytes if, now that they are known, nothing is said against it.
func (a *act) keepIf(ctx context.Context, content io.Reader, allow func(sum ledger.Digest, size int64) error) (blob Blob, err error) {
	w, err := a.Blobs.Writer(ctx, a.id)
	if err != nil {
		return Blob{}, err
	}
	defer func() { err = errors.Join(err, w.Discard()) }()
	sum := newSum()
	if _, err := io.CopyBuffer(io.MultiWriter(w, sum), content, make([]byte, 1<<20)); err != nil {
		return Blob{}, err
	}
	if err := allow(ledger.Digest(sum.Sum(nil)), sum.size); err != nil {
		return Blob{}, err
	}
	return w.Commit()
}

// FileItem is the reference of one file of a folder whose numbers rise from a first one.
// Shape: Next is where the file after it begins to look. Before tells that these very bytes
// were received under Item.
type FileItem struct {
	Item   string
	Next   string
	Before bool
}

// FileItem returns the reference of a file: that under which these very bytes were received,
// if it is one of the series from the first on, else the first from there on that nothing has.
//
// It reads nothing but names; what may be done is decided when it is asked for, and a
// reference that is given away meanwhile is refused then.
// Errors: ErrInvalid for a first one that is no plain number of a series.
func (c Cases) FileItem(ctx context.Context, id CaseID, first, from string, sum ledger.Digest, size int64) (FileItem, error) {
	start, ok := splitReference(first)
	at, fromOK := splitReference(from)
	if !ok || !fromOK || start.part != "" || at.part != "" || at.series != start.series {
		return FileItem{}, fmt.Errorf("the items of a folder begin with a plain number, such as NET/1, and end at 9999: not %q, %q: %w", first, from, ErrInvalid)
	}
	after := func(r reference) string {
		r.number++
		return r.String()
	}
	same, err := c.s.filesOf(ctx, id, sum, size)
	if err != nil {
		return FileItem{}, err
	}
	for _, f := range same {
		r, ok := splitReference(f.Item)
		switch {
		case !ok || r.series != start.series || r.part != "" || r.number < start.number:
		case f.Item == from:
			return FileItem{f.Item, after(at), true}, nil
		default:
			return FileItem{f.Item, from, true}, nil
		}
	}
	taken, err := (&act{Service: c.s, id: id}).takenNames(ctx)
	if err != nil {
		return FileItem{}, err
	}
	used := taken.all()
	if !used[from] {
		return FileItem{from, after(at), false}, nil
	}
	for used[at.String()] {
		at.number++
	}
	return FileItem{at.String(), after(at), false}, nil
}
