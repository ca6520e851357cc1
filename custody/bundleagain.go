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
