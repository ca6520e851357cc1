package custody

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/custody/bundle"
	"custos.example/ledger"
	"custos.example/policy"
)

// packings is how often a bundle is packed anew because somebody added an entry
// to the case between the packing and the bundle's own entry.
const packings = 3

// Bundle writes the one file that proves an exhibit: every entry of the case up
// to the bundle's own, shown or withheld with its reason, every payload that a
// shown entry names, and the proofs.
//
// The bundle's own entry is appended before a byte is written, so that no
// bundle leaves without a record of it. A repeated request is decided on anew and gets the
// bundle that it got.
// Errors: ErrDenied; ErrInvalid for a reason outside the list; ErrConflict when a file of
// the exhibit was erased, or when it is for somebody else and rests on what is sensitive.
func (e Exhibits) Bundle(ctx context.Context, actor Actor, request Pack, w io.Writer) (Packed, error) {
	a, err := e.s.begin(ctx, actor, request.Case, policy.BundleMake, request)
	if err != nil {
		return Packed{}, err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, request.Exhibit.String(), 0)
	if err != nil {
		return Packed{}, fmt.Errorf("exhibit %s: %w", request.Exhibit, err)
	}
	about := resource{exhibit: request.Exhibit}
	if about.datasets, err = a.shownData(ctx, fact); err != nil {
		return Packed{}, err
	}
	if err := a.decide(ctx, about); err != nil {
		return Packed{}, err
	}
	made, from, err := a.packedBefore(ctx)
	if made != nil || err != nil {
		return a.packAgain(ctx, fact, made, w, err)
	}
	doc, err := a.terms(ctx, request.Copy, fmt.Sprintf("bundle of exhibit %s version %d", fact.Reference, fact.Version))
	if err != nil {
		return Packed{}, err
	}
	if err := a.mayPack(ctx, fact, doc); err != nil {
		return Packed{}, err
	}
	for try := range packings {
		p := &packing{act: a, request: request, exhibit: fact, about: about, stage: bundleStage(from + try), copy: doc, kinds: map[uint64]string{}}
		packed, err := p.pack(ctx, w)
		if !errors.Is(err, errMoved) {
			return packed, err
		}
	}
	return Packed{}, fmt.Errorf("others kept adding to the case while the bundle was packed: ask again: %w", ErrPushback)
}

// errMoved says that an entry came between the packing and the bundle's own.
var errMoved = errors.New("the case has moved on")

// packing is one bundle in the making.
type packing struct {
	*act
	request  Pack
	exhibit  exhibitFact
	about    resource
	stage    string
	copy     copyDocument
	contents bundle.Contents
	opened   []Content
	stamps   []stampFact
	back     map[string]string  // payloads that are left out although a shown entry names them, with the reason
	asOf     uint64             // size of the log at which everything beside the case's own chain is read
	kinds    map[uint64]string  // of the entries of the work, by their numbers
	before   *ledger.BundleMade // the entry of a bundle that is made again as it was
}

func (p *packing) pack(ctx context.Context, w io.Writer) (Packed, error) {
	defer func() {
		for _, content := range p.opened {
			letGo(content)
		}
	}()
	if err := p.gather(ctx); err != nil {
		return Packed{}, err
	}
	prepared, err := bundle.Prepare(ctx, p.contents, env{ctx: ctx, id: p.id, Blobs: p.Blobs}.Scratch)
	if err != nil {
		return Packed{}, fmt.Errorf("pack the bundle: %w", err)
	}
	defer letGo(prepared)
	proof, own, err := p.record(ctx, prepared)
	if err != nil {
		return Packed{}, err
	}
	if err := p.receipt(ctx, &proof); err != nil {
		return Packed{}, err
	}
	if proof.Waiting != "" {
		return Packed{}, fmt.Errorf("no bundle can be made until the co-signers have confirmed the log: %w", ErrNotCoSigned)
	}
	paths, err := p.paths(ctx, prepared, proof.Receipt)
	if err != nil {
		return Packed{}, err
	}
	stamps, fresh, unstamped, err := p.stamped(ctx, prepared, proof.Receipt)
	if err != nil {
		return Packed{}, err
	}
	counter := &sum{Hash: sha256.New()}
	if err := bundle.Write(counter, prepared, own, proof.Receipt, paths, stamps); err != nil {
		return Packed{}, fmt.Errorf("write the bundle: %w", err)
	}
	p.copy.File, p.copy.SHA256 = bundleFile, ledger.Digest(counter.Sum(nil)).String()
	p.copy.Closing = closingOf(p.asOf, proof.Receipt, stamps.Manifest, fresh)
	issued, err := p.issue(ctx, p.about, proof.Entry, p.copy)
	if err != nil {
		return Packed{}, err
	}
	if err := bundle.Write(w, prepared, own, proof.Receipt, paths, stamps); err != nil {
		return Packed{}, fmt.Errorf("write the bundle: %w", err)
	}
	checked, err := p.checked(ctx, p.exhibit)
	if err != nil {
		return Packed{}, err
	}
	return Packed{
		Proof: proof, Copy: issued, Checked: checked, Manifest: prepared.Digest, Size: counter.size, SHA256: ledger.Digest(counter.Sum(nil)), Unstamped: unstamped,
	}, nil
}

// gather collects what the bundle shows.
func (p *packing) gather(ctx context.Context) error {
	c := &p.contents
	c.Case = string(p.id)
	c.Exhibit = bundle.Exhibit{Entry: p.exhibit.Entry, Reference: p.exhibit.Reference, Version: p.exhibit.Version}
	var err error
	if c.Work, err = p.links(ctx, p.id, ledger.Work); err != nil {
		return err
	}
	if p.before == nil {
		if p.asOf, err = p.Store.Size(ctx); err != nil {
			return fmt.Errorf("size of the log: %w", err)
		}
	}
	if err := p.choose(ctx); err != nil {
		return err
	}
	if err := p.keepExtractionsBack(ctx); err != nil {
		return err
	}
	if err := p.withhold(c.Work.Links); err != nil {
		return err
	}
	if c.Keys, err = p.links(ctx, "", ledger.Keys); err != nil {
		return err
	}
	if c.Organisation, err = p.organisation(ctx); err != nil {
		return err
	}
	if err := p.module(ctx); err != nil {
		return err
	}
	return p.payloads(ctx)
}

// links returns a chain from entry 1 to its head, or to where it ended when a
// bundle was made before.
func (p *packing) links(ctx context.Context, id CaseID, kind ledger.ChainKind) (ledger.Chain, error) {
	chain, err := p.chain(ctx, id, kind)
	if err != nil {
		return ledger.Chain{}, err
	}
	shown := ledger.Chain{Origin: p.Origin, Kind: chain.Kind, ID: chain.ID, Nonce: chain.Nonce}
	n, _, err := p.Store.Head(ctx, chain.ID)
	if p.before != nil && kind == ledger.Work {
		n = p.before.Heads.Work.N
	} else if p.before != nil {
		n = p.before.Heads.Keys.N
	}
	if err != nil || n == 0 {
		return shown, err
	}
	entries, err := p.Store.Entries(ctx, chain.ID, 1, n)
	if err != nil {
		return shown, fmt.Errorf("entries of the %s chain: %w", kind, err)
	}
	for _, entry := range entries {
		shown.Links = append(shown.Links, link(entry))
		if kind == ledger.Work {
			p.kinds[entry.N] = entry.Kind
		}
	}
	return shown, nil
}

// link is an entry as a bundle shows it; an erased one is withheld.
func link(s Stored) ledger.Link {
	l := ledger.Link{N: s.N, Index: s.Index, Commitment: s.Commitment, Inner: s.Inner}
	if !s.Erased {
		l.Envelope, l.Salt = s.Envelope, s.Salt
	}
	return l
}

// organisation returns the entry that registered the case, and known defects of
// steps, by inclusion only.
func (p *packing) organisation(ctx context.Context) (ledger.Chain, error) {
	chain, err := p.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return ledger.Chain{}, err
	}
	fact, err := find[registeredFact](ctx, p.Store, "", inCases, string(p.id), 0)
	if err != nil {
		return ledger.Chain{}, fmt.Errorf("registration of the case: %w", err)
	}
	entry, err := p.Store.ByEntryID(ctx, fact.Entry)
	if err != nil {
		return ledger.Chain{}, fmt.Errorf("registration of the case: %w", err)
	}
	shown := ledger.Chain{Origin: p.Origin, Kind: chain.Kind, ID: chain.ID, Nonce: chain.Nonce, Links: []ledger.Link{loose(entry)}}
	if err := p.general(ctx, &shown); err != nil {
		return shown, err
	}
	if err := p.clockEntries(ctx, &shown); err != nil {
		return shown, err
	}
	err = p.stampEntries(ctx, &shown)
	slices.SortFunc(shown.Links, func(a, b ledger.Link) int { return cmp.Compare(a.N, b.N) })
	return shown, err
}

// general adds the known defects of steps that stand behind the exhibit: they
// are on the organisation's chain, because they concern every case.
func (p *packing) general(ctx context.Context, shown *ledger.Chain) error {
	statement, err := p.statement(ctx, p.exhibit.Entry)
	if err != nil {
		return err
	}
	behind, err := p.lineage(ctx, entriesOf(statement.Predicate.ResolvedDependencies)...)
	if err != nil {
		return err
	}
	defects, err := list[defectFact](ctx, p.Store, "", inDefects, p.asOf)
	if err != nil {
		return err
	}
	steps := stepNames(behind)
	for _, d := range defects {
		if !d.touches(behind, steps) {
			continue
		}
		entry, err := p.Store.ByEntryID(ctx, d.Entry)
		if err != nil {
			return fmt.Errorf("defect %s: %w", d.Defect, err)
		}
		shown.Links = append(shown.Links, loose(entry))
	}
	return nil
}

// loose is an entry that is shown without the ones before it.
func loose(s Stored) ledger.Link {
	l := link(s)
	l.Prev = s.Prev
	return l
}

// module names the module under which the exhibit was rendered.
func (p *packing) module(ctx context.Context) error {
	statement, err := p.statement(ctx, p.exhibit.Entry)
	if err != nil {
		return err
	}
	if d, ok := statement.Predicate.Detail.(*ledger.ExhibitProduced); ok && len(d.Renders) > 0 {
		p.contents.Module = d.Renders[0].Step.Module
	}
	return nil
}

// payloads opens everything that the shown entries name.
func (p *packing) payloads(ctx context.Context) error {
	wants, err := bundle.Wants(p.contents, p.Steps)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	gone, _, err := p.erasedOf(ctx, p.id)
	if err != nil {
		return err
	}
	for _, want := range wants {
		if reason, left := p.back[digestKey(want.Digest)]; left {
			p.contents.Absent = append(p.contents.Absent, bundle.Absent{Digest: want.Digest, Reason: reason})
			continue
		}
		id := p.id
		if want.Subject == "module" {
			id = "" // the organisation keeps the modules
		}
		content, blob, err := p.open(ctx, id, want.Digest)
		if erased, known := gone[digestKey(want.Digest)]; known && errors.Is(err, ErrNotFound) {
			p.contents.Absent = append(p.contents.Absent, bundle.Absent{Digest: want.Digest, Reason: "erased", Entry: erased.Entry})
			if err := p.showErased(ctx, erased.Entry); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("%q of entry %d: %w", want.Subject, want.N, err)
		}
		p.opened = append(p.opened, content)
		payload := bundle.Payload{Name: want.Name, Digest: want.Digest, Content: content}
		if _, salted := want.Digest[ledger.Salted]; salted {
			payload.Salt = blob.Salt
		}
		p.contents.Payloads = append(p.contents.Payloads, payload)
	}
	return nil
}

// showErased shows the entry under which a payload was erased, among those of the
// organisation.
func (p *packing) showErased(ctx context.Context, id ledger.EntryID) error {
	entry, err := p.Store.ByEntryID(ctx, id)
	if err != nil {
		return fmt.Errorf("record of an erasure: %w", err)
	}
	links := &p.contents.Organisation.Links
	*links = append(*links, loose(entry))
	slices.SortFunc(*links, func(a, b ledger.Link) int { return cmp.Compare(a.N, b.N) })
	return nil
}

// record appends the bundle's own entry.
// Errors: errMoved when it does not follow directly on what was packed.
func (p *packing) record(ctx context.Context, prepared *bundle.Prepared) (Proof, ledger.Link, error) {
	work, err := p.chain(ctx, p.id, ledger.Work)
	if err != nil {
		return Proof{}, ledger.Link{}, err
	}
	reads, err := p.chain(ctx, p.id, ledger.Reads)
	if err != nil {
		return Proof{}, ledger.Link{}, err
	}
	proofs, err := p.commit(ctx, p.stage, p.about, func() ([]sheet, error) {
		detail := &ledger.BundleMade{Manifest: prepared.Digest, Withheld: p.withheld()}
		detail.Heads.Work = ledger.HeadOf(p.contents.Work.Links)
		detail.Heads.Keys = ledger.HeadOf(p.contents.Keys.Links)
		var err error
		if detail.Heads.Reads.N, detail.Heads.Reads.Commitment, err = p.Store.Head(ctx, reads.ID); err != nil {
			return nil, err
		}
		exhibit := p.exhibit.Entry
		return []sheet{{
			stage: p.stage, chain: work, operation: "disclosure", detail: detail, authority: p.exhibit.Authority,
			dependencies: []ledger.Dependency{{Name: "exhibit", Digest: p.exhibit.Subjects[0].Digest, Entry: &exhibit}},
		}}, nil
	})
	if err != nil {
		return Proof{}, ledger.Link{}, err
	}
	if proofs[0].Placed.N != uint64(len(p.contents.Work.Links))+1 {
		return Proof{}, ledger.Link{}, errMoved
	}
	own, err := p.Store.ByEntryID(ctx, proofs[0].Entry)
	if err != nil {
		return Proof{}, ledger.Link{}, err
	}
	return proofs[0], loose(own), nil
}

// paths returns the audit paths of every leaf shown, under the checkpoint of
// the bundle's own receipt.
func (p *packing) paths(ctx context.Context, prepared *bundle.Prepared, receipt []byte) (bundle.Paths, error) {
	parsed, err := ledger.ParseReceipt(receipt)
	if err != nil {
		return bundle.Paths{}, fmt.Errorf("%w: receipt: %w", ErrIntegrity, err)
	}
	paths := bundle.Paths{Size: parsed.Checkpoint.Size, Root: parsed.Checkpoint.Root}
	for _, index := range slices.Compact(slices.Clone(prepared.Leaves)) {
		hashes, err := p.Recorder.Inclusion(ctx, uint64(index), paths.Size)
		if err != nil {
			return paths, fmt.Errorf("audit path of leaf %d: %w", index, err)
		}
		paths.Paths = append(paths.Paths, bundle.Path{Index: index, Hashes: hashes})
	}
	return paths, nil
}
