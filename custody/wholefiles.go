package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"custos.example/custody/continuity"
	"custos.example/ledger"
	"custos.example/policy"
)

// KeepWhole takes in a recording, an image or another file of an item, of any
// length: whole, and without reading anything of it.
// Shape: Item is in custody already; its basis is that of the file. Stated is the
// SHA-256 that the recorder, or whoever handed the file over, gives for it, as 64
// hex digits; empty = none was given.
type KeepWhole struct {
	Ask
	Case     CaseID
	Item     string
	FileName string
	From     string
	Stated   string
	Content  io.Reader
	Upload   string `asked:"-"` // instead of Content: an upload of the asker, which is taken away when all is on record
}

// KeptWhole is such a file as it was kept.
type KeptWhole struct {
	Evidence Proof
	Linked   Proof // the item's own entry that names the file
	SHA256   ledger.Digest
	Size     int64
	Compared bool // with the digest that was stated
}

// paramStated is the digest that was given for a file, on its entry.
const paramStated = "stated-sha256"

// KeepWhole keeps a file of an item. It streams through: what it takes of memory
// does not grow with the file. Where a digest was stated and the file has another,
// nothing of it is kept.
//
// Durability: the file is on disk when it returns.
// Errors: ErrDenied; ErrNotFound for an item that is not on record; ErrConflict for
// one that has ended or that somebody else has; ErrInvalid.
func (i Imports) KeepWhole(ctx context.Context, actor Actor, request KeepWhole) (_ KeptWhole, err error) {
	defer func() { i.s.notTaken(ctx, actor, request.Case, request.Upload, err) }()
	a, err := i.s.begin(ctx, actor, request.Case, policy.ItemRecord, request)
	if err != nil {
		return KeptWhole{}, err
	}
	stated, err := request.check()
	if err != nil {
		return KeptWhole{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return KeptWhole{}, err
	}
	if err := a.mayLink(ctx, request.Item); err != nil {
		return KeptWhole{}, err
	}
	in := &intake{act: a}
	sent, err := in.takeWhole(ctx, request, stated)
	defer sent.letGo()
	if err != nil {
		return KeptWhole{}, err
	}
	kept := KeptWhole{Evidence: in.received.Evidence, SHA256: in.received.SHA256, Size: in.received.Size, Compared: stated != nil}
	if kept.Linked, err = a.link(ctx, request, kept.Evidence.Entry); err != nil {
		return kept, fmt.Errorf("the file is kept and on record (entry %s), but the item could not be linked with it; ask again: %w", kept.Evidence.Entry, err)
	}
	a.tookIn(ctx, sent)
	return kept, nil
}

// link links an item with a file, once: whoever sends the file again finds the link that
// stands in the record.
func (a *act) link(ctx context.Context, request KeepWhole, evidence ledger.EntryID) (Proof, error) {
	by, err := a.handlings(ctx, a.id, 0)
	if err != nil {
		return Proof{}, err
	}
	for _, f := range by[request.Item] {
		if f.Act == continuity.Linked && f.Evidence == evidence.String() {
			stored, err := a.Store.ByEntryID(ctx, f.Entry)
			return a.again(ctx, stored, err)
		}
	}
	handle := HandleItem{Ask: request.Ask, Case: request.Case, Item: request.Item, Act: continuity.Linked, Evidence: evidence}
	handle.RequestID = a.ask.RequestID
	linking, err := a.begin(ctx, a.actor, request.Case, policy.ItemRecord, handle)
	if err != nil {
		return Proof{}, err
	}
	linked, err := linking.handle(ctx, resource{}, handle)
	return linked.Proof, err
}

// check returns the digest that was stated.
func (r KeepWhole) check() (*ledger.Digest, error) {
	if (r.Content == nil) == (r.Upload == "") {
		return nil, fmt.Errorf("there is no file, or two: a file or the name of an upload is wanted: %w", ErrInvalid)
	}
	if err := cmp.Or(checkText("file name", r.FileName), checkText("name of who handed it over", r.From)); err != nil {
		return nil, err
	}
	if r.Stated == "" {
		return nil, nil
	}
	digest, err := ledger.ParseDigest(strings.ToLower(strings.TrimSpace(r.Stated)))
	if err != nil {
		return nil, fmt.Errorf("the stated digest %q is no SHA-256 of 64 hex digits: %w", r.Stated, ErrInvalid)
	}
	return &digest, nil
}

// mayLink returns nil when the asker may add a file to an item.
func (a *act) mayLink(ctx context.Context, item string) error {
	state, move, err := a.moveOf(ctx, item, continuity.Linked, a.now)
	if err != nil {
		return err
	}
	return a.mayMove(ctx, state, move)
}

// takeWhole keeps the file and records it, and returns the upload that it came in, if any. An upload that is
// away since this very request took it in is no fault.
func (in *intake) takeWhole(ctx context.Context, request KeepWhole, stated *ledger.Digest) (sent *uploaded, err error) {
	if request.Upload != "" {
		sent, err = in.uploadOf(ctx, request.Upload, UploadItemFile)
		if errors.Is(err, errNoUpload) {
			return nil, in.tookBefore(ctx)
		}
		if err != nil {
			return nil, err
		}
		request.Content = sent
	}
	whole := Receive{
		Ask: request.Ask, Case: request.Case, Item: request.Item, FileName: request.FileName, From: request.From, Reference: Opaque,
	}
	blob, err := in.keepIf(ctx, request.Content, func(sum ledger.Digest, size int64) error {
		if err := asStated(sum, size, stated); err != nil {
			return err
		}
		return in.mayKeep(ctx, whole, sum, size)
	})
	if err != nil {
		return sent, fmt.Errorf("keep the file: %w", err)
	}
	if stated != nil {
		in.parameters = map[string]string{paramStated: stated.String()}
	}
	return sent, in.evidence(ctx, whole, blob)
}

// asStated returns nil when a file that came is what was stated.
// Errors: ErrInvalid.
func asStated(sum ledger.Digest, size int64, stated *ledger.Digest) error {
	if size == 0 {
		return fmt.Errorf("the file is empty: %w", ErrInvalid)
	}
	if stated != nil && sum != *stated {
		return fmt.Errorf("the file that came has SHA-256 %s (%d bytes), and %s was stated for it: nothing was kept. It was changed or cut short on its way, "+
			"or the digest is of another file; get it again from the recorder, and leave the digest out only if it was wrong: %w", sum, size, *stated, ErrInvalid)
	}
	return nil
}

// readable returns nil when the file may be read for what it holds.
// Errors: ErrInvalid for one that was kept on the basis of an item.
func (f evidenceFact) readable() error {
	if f.Reference != Opaque {
		return nil
	}
	return fmt.Errorf("%s is kept whole, on the basis of an item, and nothing of it is read: what is to be analysed is imported under its authority: %w", f.Item, ErrInvalid)
}
