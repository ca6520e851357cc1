package bundle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// Prepared is a bundle that lacks only its own entry, its receipt and the
// audit paths.
// Shape: Digest is SHA-256 of Manifest, for detail.manifest of bundle-made;
// Leaves lists the leaves whose audit paths Write needs, sorted.
type Prepared struct {
	Manifest []byte
	Digest   ledger.Digest
	Leaves   []ledger.Index

	members []member
	packer  *packer
}

// Prepare packs everything but the bundle's own entry, so that this entry can
// state the digest of the manifest.
//
// The payloads stay open until Write has returned; the caller then closes
// Prepared and the payloads. Memory stays bounded: large payloads are
// compressed into scratch streams.
// Errors: ErrContents when a payload that a shown entry names is neither here
// nor absent, when one is not what its digest says, or when a chain has a gap.
func Prepare(ctx context.Context, c Contents, scratch func() (analysis.Scratch, error)) (*Prepared, error) {
	if err := complete(c); err != nil {
		return nil, err
	}
	p := &Prepared{packer: &packer{scratch: scratch}}
	if err := p.prepare(ctx, c); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close gives back the scratch streams.
func (p *Prepared) Close() error { return p.packer.close() }

// prepare packs the members and writes the manifest.
func (p *Prepared) prepare(ctx context.Context, c Contents) error {
	manifest := Manifest{
		Format: ManifestFormat, Origin: c.Work.Origin, Case: c.Case, Module: c.Module,
		Exhibit: ManifestExhibit(c.Exhibit), Absent: absentLines(c.Absent),
	}
	lines, err := p.chains(c)
	if err != nil {
		return err
	}
	for _, payload := range c.Payloads {
		m, line, err := p.packer.pack(ctx, payload)
		if err != nil {
			return err
		}
		p.members = append(p.members, m)
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b ManifestMember) int { return strings.Compare(a.Name, b.Name) })
	manifest.Members = lines
	if p.Manifest, err = manifest.Marshal(); err != nil {
		return err
	}
	p.Digest = sha256.Sum256(p.Manifest)
	p.members = append(p.members, document(nameManifest, p.Manifest))
	return p.checkNames()
}

// chains packs the three chain documents and lists their leaves.
func (p *Prepared) chains(c Contents) ([]ManifestMember, error) {
	var lines []ManifestMember
	for _, chain := range []struct {
		name    string
		chain   ledger.Chain
		marshal func(ledger.Chain) ([]byte, error)
	}{{nameWork, c.Work, marshalChain}, {nameKeys, c.Keys, marshalChain}, {nameOrganisation, c.Organisation, marshalLoose}} {
		data, err := chain.marshal(chain.chain)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", chain.name, err)
		}
		if len(data) > MaxDocument {
			return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrContents, chain.name, MaxDocument)
		}
		m := document(chain.name, data)
		p.members = append(p.members, m)
		lines = append(lines, ManifestMember{Name: m.name, Size: int64(len(data)), SHA256: m.sha256})
		for _, e := range chain.chain.Links {
			p.Leaves = append(p.Leaves, e.Index)
		}
	}
	slices.Sort(p.Leaves)
	return lines, nil
}

// checkNames returns nil when the names can stand in one canonical zip with
// the members that Write adds.
func (p *Prepared) checkNames() error {
	slices.SortFunc(p.members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	members := make([]zipMember, len(p.members))
	for i, m := range p.members {
		if unlisted(m.name) && m.name != nameManifest {
			return fmt.Errorf("%w: a payload cannot be named %s", ErrContents, m.name)
		}
		members[i] = m.zip
	}
	if _, err := layout(members); err != nil {
		return fmt.Errorf("%w: %w", ErrContents, err)
	}
	return nil
}

// absentLines returns the manifest's lines for what is absent, sorted.
func absentLines(absent []Absent) []ManifestAbsent {
	lines := make([]ManifestAbsent, len(absent))
	for i, a := range absent {
		lines[i] = ManifestAbsent{Digest: a.Digest, Reason: a.Reason}
		if a.Entry != (ledger.EntryID{}) {
			lines[i].Entry = &absent[i].Entry
		}
	}
	slices.SortFunc(lines, func(a, b ManifestAbsent) int { return strings.Compare(digestText(a.Digest), digestText(b.Digest)) })
	return lines
}

// unlisted tells whether a member does not stand in the manifest.
func unlisted(name string) bool {
	switch name {
	case nameManifest, nameMade, nameReceipt, namePaths:
		return true
	}
	return strings.HasPrefix(name, stampFolder)
}

// Write writes the bundle: what Prepare packed, the bundle's own entry, the
// receipt for it, the audit paths of every other leaf under the checkpoint of
// that receipt, and outside time stamps.
//
// The writer sees the bytes in order, once. The receipt and the paths are not
// checked here; whoever receives the bundle does.
// Errors: ErrContents when the paths are not those of Leaves, ErrContainer
// when a payload changed since Prepare.
func Write(w io.Writer, p *Prepared, made ledger.Link, receipt []byte, paths Paths, stamps Stamps) error {
	slices.SortFunc(paths.Paths, func(a, b Path) int {
		return cmp.Compare(a.Index, b.Index)
	})
	for i, path := range paths.Paths {
		if len(paths.Paths) != len(p.Leaves) || path.Index != p.Leaves[i] {
			return fmt.Errorf("%w: the audit paths are not those of the %d leaves shown", ErrContents, len(p.Leaves))
		}
	}
	madeData, err := ledger.MarshalCanonical(madeDocument{N: made.N, Index: made.Index, Prev: made.Prev, Commitment: made.Commitment, Envelope: made.Envelope, Salt: made.Salt})
	if err != nil {
		return fmt.Errorf("write %s: %w", nameMade, err)
	}
	pathsData, err := marshalPaths(paths)
	if err != nil {
		return fmt.Errorf("write %s: %w", namePaths, err)
	}
	stamped, err := stamps.members()
	if err != nil {
		return err
	}
	members := append(slices.Clone(p.members), document(nameMade, madeData), document(nameReceipt, receipt), document(namePaths, pathsData))
	members = append(members, stamped...)
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	heads := make([]zipMember, len(members))
	for i, m := range members {
		heads[i] = m.zip
	}
	return writeZip(w, heads, func(i int, w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(members[i].body, 0, members[i].body.Size()))
		return err
	})
}
