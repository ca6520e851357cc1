package custody

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// bundleFile is what a bundle is called among the copies.
const bundleFile = "bundle.custos.zip"

// closing is what a bundle holds beside what the record says: the receipt and the
// time stamps that were there when it was made, and how long the log was.
// Shape: canonical JSON; Manifest and Head are tokens in base64.
type closing struct {
	AsOf     uint64   `json:"asOf"`
	Head     []string `json:"head"`
	Manifest []string `json:"manifest"`
	Receipt  string   `json:"receipt"`
}

// closingOf writes down what was there.
func closingOf(asOf uint64, receipt []byte, manifest, head [][]byte) *closing {
	text := func(tokens [][]byte) []string {
		list := []string{}
		for _, token := range tokens {
			list = append(list, base64.StdEncoding.EncodeToString(token))
		}
		return list
	}
	return &closing{AsOf: asOf, Head: text(head), Manifest: text(manifest), Receipt: string(receipt)}
}

// tokens reads them again.
func tokens(list []string) ([][]byte, error) {
	var read [][]byte
	for _, text := range list {
		token, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: time stamp of a bundle: %w", ErrIntegrity, err)
		}
		read = append(read, token)
	}
	return read, nil
}

// madeBundle is a bundle that was made, with the copy under which its bytes are on
// record.
type madeBundle struct {
	fact   bundleFact
	entry  Stored
	detail *ledger.BundleMade
	copy   copyDocument
}

// madeBundle finds a bundle of the case.
// Errors: ErrNotFound also for one whose copy was erased.
func (a *act) madeBundle(ctx context.Context, id ledger.EntryID) (madeBundle, error) {
	fact, err := find[bundleFact](ctx, a.Store, a.id, inBundles, id.String(), 0)
	if err != nil {
		return madeBundle{}, fmt.Errorf("bundle %s: %w", id, err)
	}
	m := madeBundle{fact: fact}
	if m.entry, err = a.Store.ByEntryID(ctx, id); err != nil {
		return m, fmt.Errorf("bundle %s: %w", id, err)
	}
	statement, err := m.entry.Statement()
	if err != nil {
		return m, err
	}
	m.detail, _ = statement.Predicate.Detail.(*ledger.BundleMade)
	copies, err := list[copyFact](ctx, a.Store, a.id, inCopies, 0)
	if err != nil {
		return m, err
	}
	for _, c := range copies {
		if c.Of != id {
			continue
		}
		doc, err := documentOf[copyDocument](ctx, a.Service, a.id, c.Payload)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return m, fmt.Errorf("copy %d: %w", c.Copy, err)
		}
		if doc.Closing != nil {
			m.copy = doc
			return m, nil
		}
	}
	return m, fmt.Errorf("how bundle %s ended is not on record any more: make a new one and serve that: %w", id, ErrNotFound)
}

// bundleStage is the stage of one packing of a request.
func bundleStage(try int) string { return fmt.Sprintf("bundle %d", try) }

// packedBefore returns the bundle that this request was given before, or nil and the
// packing with which it goes on: an entry that another overtook, or whose copy was never
// recorded, is of a bundle that nobody was given.
// Errors: ErrConflict when another request was made under the id; those of madeBundle.
func (a *act) packedBefore(ctx context.Context) (made *madeBundle, next int, err error) {
	var newest Stored
	for ; ; next++ {
		stored, there, err := a.earlier(ctx, bundleStage(next))
		if err != nil {
			return nil, 0, err
		}
		if !there {
			break
		}
		newest = stored
	}
	_, issued, err := a.appended(ctx, "copy")
	if next == 0 || !issued || err != nil {
		return nil, next, err
	}
	m, err := a.madeBundle(ctx, newest.Entry)
	return &m, next, err
}

// packAgain is the bundle that this request was given before. That it may be handed out is
// decided anew.
// Errors: ErrConflict when its bytes cannot be had any more, with the reason.
func (a *act) packAgain(ctx context.Context, exhibit exhibitFact, made *madeBundle, w io.Writer, err error) (Packed, error) {
	if err != nil {
		return Packed{}, err
	}
	if err := a.mayPack(ctx, exhibit, made.copy); err != nil {
		return Packed{}, err
	}
	packed := Packed{Manifest: made.fact.Manifest}
	if packed.Proof, err = a.prove(ctx, made.entry.Entry, made.entry.Placed); err != nil {
		return Packed{}, err
	}
	packed.Receipt = []byte(made.copy.Closing.Receipt)
	if packed.SHA256, err = ledger.ParseDigest(made.copy.SHA256); err != nil {
		return Packed{}, fmt.Errorf("%w: copy of bundle %s: %w", ErrIntegrity, made.entry.Entry, err)
	}
	copied, _, err := a.earlier(ctx, "copy")
	if packed.Copy, err = a.issuedBefore(ctx, copied, err); err != nil {
		return Packed{}, err
	}
	if packed.Checked, err = a.checked(ctx, exhibit); err != nil {
		return Packed{}, err
	}
	err = a.remakeBundle(ctx, *made, func(write func(io.Writer) error, size int64) error {
		packed.Size = size
		return write(w)
	})
	return packed, err
}

// checked tells whether a second person has checked an exhibit.
func (a *act) checked(ctx context.Context, exhibit exhibitFact) (bool, error) {
	checked, err := has(ctx, a.Store, a.id, inChecks, exhibit.Entry.String(), 0)
	if err != nil {
		return false, fmt.Errorf("check of exhibit %s: %w", exhibit.Entry, err)
	}
	return checked, nil
}

// remakeBundle makes the bytes of a bundle again as they were, and hands them to use
// only when they are the same.
// Errors: ErrConflict when they cannot be had any more, with the reason.
func (a *act) remakeBundle(ctx context.Context, m madeBundle, use func(write func(io.Writer) error, size int64) error) error {
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, m.fact.Exhibit.String(), 0)
	if err != nil {
		return fmt.Errorf("exhibit %s: %w", m.fact.Exhibit, err)
	}
	p := &packing{act: a, exhibit: fact, asOf: m.copy.Closing.AsOf, before: m.detail, kinds: map[uint64]string{}, request: Pack{Withhold: map[uint64]string{}}}
	defer func() {
		for _, content := range p.opened {
			letGo(content)
		}
	}()
	for _, w := range m.detail.Withheld {
		if w.Reason != "erased" {
			p.request.Withhold[w.N] = w.Reason
		}
	}
	if err := p.gather(ctx); err != nil {
		return err
	}
	prepared, err := bundle.Prepare(ctx, p.contents, env{ctx: ctx, id: p.id, Blobs: p.Blobs}.Scratch)
	if err != nil {
		return fmt.Errorf("pack the bundle again: %w", err)
	}
	defer letGo(prepared)
	if prepared.Digest != m.fact.Manifest {
		return fmt.Errorf("bundle %s cannot be made again as it was: something in it was erased since, or this version of custos packs otherwise; "+
			"make a new bundle and serve that: %w", m.fact.Entry, ErrConflict)
	}
	return p.rewrite(ctx, m, prepared, use)
}

// rewrite closes the bundle as it was closed.
func (p *packing) rewrite(ctx context.Context, m madeBundle, prepared *bundle.Prepared, use func(write func(io.Writer) error, size int64) error) error {
	receipt := []byte(m.copy.Closing.Receipt)
	parsed, err := ledger.ParseReceipt(receipt)
	if err != nil {
		return fmt.Errorf("%w: receipt of bundle %s: %w", ErrIntegrity, m.fact.Entry, err)
	}
	manifest, err := tokens(m.copy.Closing.Manifest)
	if err != nil {
		return err
	}
	head, err := tokens(m.copy.Closing.Head)
	if err != nil {
		return err
	}
	stamps, err := p.brought(ctx, parsed.Checkpoint.Checkpoint, manifest, head)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error {
		paths, err := p.paths(ctx, prepared, receipt)
		if err != nil {
			return err
		}
		return bundle.Write(w, prepared, loose(m.entry), receipt, paths, stamps)
	}
	counter := &sum{Hash: sha256.New()}
	if err := write(counter); err != nil {
		return fmt.Errorf("write the bundle again: %w", err)
	}
	if got := ledger.Digest(counter.Sum(nil)).String(); got != m.copy.SHA256 {
		return fmt.Errorf("bundle %s was made again and is not the same file: %s is on record, %s came out: %w", m.fact.Entry, m.copy.SHA256, got, ErrConflict)
	}
	return use(write, counter.size)
}
