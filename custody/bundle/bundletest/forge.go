package bundletest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// Files are the members of a bundle by name.
type Files map[string][]byte

// Forge says how a bundle is packed, honestly or not. Every stage that follows
// a change signs, commits and logs what the change left.
type Forge struct {
	// Withhold names numbers of the work chain, with reasons.
	Withhold map[uint64]string
	// Leave leaves out payloads, by member name; the reason goes to absent.
	Leave map[string]bundle.Absent
	// Contents changes what is packed.
	Contents func(*bundle.Contents)
	// Edit changes members and the manifest; sizes and digests of the manifest
	// follow the members unless Stale is set.
	Edit  func(Files, *bundle.Manifest)
	Stale bool
	// Manifest changes the bytes of the manifest.
	Manifest func([]byte) []byte
	// Made changes what the bundle's own entry says.
	Made func(*ledger.BundleMade)
	// Logged changes the log after the bundle's own entry is in it.
	Logged func(*Case)
	// Sign signs the checkpoint; nil signs with the log's key and the origin.
	Sign func(ledger.Checkpoint) []byte
	// Proofs changes the proofs.
	Proofs func(*ledger.Receipt, *bundle.Paths)
	// After changes the members when everything is made.
	After func(Files)
	// Keep leaves the bundle's own entry in the case, as an honest keeper does.
	Keep bool
}

// Bundle returns the bundle of the exhibit, packed honestly.
func (c *Case) Bundle() []byte { return c.Forge(Forge{}) }

// Contents returns what an honest bundle shows.
func (c *Case) Contents(f Forge) bundle.Contents {
	contents := bundle.Contents{
		Case: c.ID, Exhibit: bundle.Exhibit{Entry: c.Entries["exhibit"], Reference: "JAS/1", Version: 1},
		Work: c.Work, Keys: c.Keys, Organisation: c.Org,
	}
	if c.Module != nil {
		contents.Module = sha256.Sum256(c.Module)
	}
	contents.Organisation.Links = c.Org.Links[c.before:]
	contents.Work.Links = slices.Clone(c.Work.Links)
	for i := range contents.Work.Links {
		l := &contents.Work.Links[i]
		if _, hidden := f.Withhold[l.N]; hidden {
			l.Envelope, l.Salt = nil, ledger.Salt{}
		}
	}
	wants, err := bundle.Wants(contents, c.Steps)
	if err != nil {
		panic(fmt.Sprintf("what is wanted cannot be told: %v", err))
	}
	for _, w := range wants {
		p, known := c.Payloads[Text(w.Digest)]
		if absent, left := f.Leave[w.Name]; left || !known {
			absent.Digest = w.Digest
			contents.Absent = append(contents.Absent, absent)
			continue
		}
		contents.Payloads = append(contents.Payloads, bundle.Payload{Name: w.Name, Digest: w.Digest, Salt: p.Salt, Content: bytes.NewReader(p.Content)})
	}
	if f.Contents != nil {
		f.Contents(&contents)
	}
	return contents
}

// Forge packs a bundle and leaves the case as it was, unless it is to be kept.
func (c *Case) Forge(f Forge) []byte {
	work, leaves := len(c.Work.Links), slices.Clone(c.Leaves)
	links, clock, random := slices.Clone(c.Work.Links), c.clock, *c.random
	defer func() {
		if f.Keep {
			return
		}
		c.Work.Links, c.Leaves, c.clock = links[:work], leaves, clock
		*c.random = random
	}()
	prepared, err := bundle.Prepare(context.Background(), c.Contents(f), Scratch)
	if err != nil {
		panic(fmt.Sprintf("the bundle cannot be prepared: %v", err))
	}
	defer prepared.Close()
	files, manifest := c.split(prepared)
	if f.Edit != nil {
		f.Edit(files, &manifest)
	}
	if !f.Stale {
		refresh(files, &manifest)
	}
	files["manifest.json"], err = manifest.Marshal()
	if err != nil {
		panic(fmt.Sprintf("the manifest cannot be written: %v", err))
	}
	if f.Manifest != nil {
		files["manifest.json"] = f.Manifest(files["manifest.json"])
	}
	own := c.seal(f, files["manifest.json"])
	if f.Logged != nil {
		f.Logged(c)
		own = c.Work.Links[len(c.Work.Links)-1]
	}
	c.prove(f, files, own)
	if f.After != nil {
		f.After(files)
	}
	return Zip(files)
}

// split returns the members that Prepare packed, by writing a bundle with an
// empty entry of its own.
func (c *Case) split(p *bundle.Prepared) (Files, bundle.Manifest) {
	var out bytes.Buffer
	paths := bundle.Paths{}
	for _, index := range p.Leaves {
		paths.Paths = append(paths.Paths, bundle.Path{Index: index})
	}
	if err := bundle.Write(&out, p, ledger.Link{Envelope: []byte("{}")}, nil, paths, bundle.Stamps{}); err != nil {
		panic(fmt.Sprintf("the bundle cannot be written: %v", err))
	}
	files := Split(out.Bytes())
	manifest, err := bundle.ParseManifest(files["manifest.json"])
	if err != nil {
		panic(fmt.Sprintf("the manifest cannot be read: %v", err))
	}
	return files, manifest
}

// refresh brings the manifest's sizes and digests up to the members.
func refresh(files Files, m *bundle.Manifest) {
	for i := range m.Members {
		if data, ok := files[m.Members[i].Name]; ok {
			m.Members[i].Size, m.Members[i].SHA256 = int64(len(data)), sha256.Sum256(data)
		}
	}
}

// seal appends the bundle's own entry.
func (c *Case) seal(f Forge, manifest []byte) ledger.Link {
	detail := &ledger.BundleMade{
		Manifest: sha256.Sum256(manifest),
		Heads:    ledger.Heads{Work: ledger.HeadOf(c.Work.Links), Keys: ledger.HeadOf(c.Keys.Links)},
	}
	for _, l := range c.Work.Links {
		if reason, hidden := f.Withhold[l.N]; hidden {
			detail.Withheld = append(detail.Withheld, ledger.Withheld{N: l.N, Reason: reason})
		}
	}
	if f.Made != nil {
		f.Made(detail)
	}
	c.Append(Draft{Label: "bundle-made", Chain: ledger.Work, Actor: c.Analyst, Operation: "disclosure", Detail: detail})
	return c.Work.Links[len(c.Work.Links)-1]
}

// prove adds the bundle's own entry, its receipt and the audit paths.
func (c *Case) prove(f Forge, files Files, own ledger.Link) {
	ctx := context.Background()
	tree, size := c.Tree(), uint64(len(c.Leaves))
	root, err := tree.Root(ctx, size)
	if err != nil {
		panic(err) // the size is the tree's own
	}
	sign := f.Sign
	if sign == nil {
		sign = func(p ledger.Checkpoint) []byte { return Signed(p, c.Log.Note(c.Origin)) }
	}
	checkpoint, err := ledger.ParseCheckpoint(sign(ledger.Checkpoint{Origin: c.Origin, Size: size, Root: root}))
	if err != nil {
		panic(fmt.Sprintf("the checkpoint cannot be read: %v", err))
	}
	path := func(i ledger.Index) []ledger.Digest {
		hashes, err := tree.Inclusion(ctx, uint64(i), size)
		if err != nil {
			panic(fmt.Sprintf("leaf %d cannot be proved: %v", i, err))
		}
		return hashes
	}
	receipt := ledger.Receipt{Index: own.Index, Path: path(own.Index), Checkpoint: checkpoint}
	paths := bundle.Paths{Size: size, Root: root}
	for _, links := range [][]ledger.Link{c.Keys.Links, c.Org.Links[c.before:], c.Work.Links[:len(c.Work.Links)-1]} {
		for _, l := range links {
			paths.Paths = append(paths.Paths, bundle.Path{Index: l.Index, Hashes: path(l.Index)})
		}
	}
	slices.SortFunc(paths.Paths, func(a, b bundle.Path) int { return int(a.Index) - int(b.Index) })
	if f.Proofs != nil {
		f.Proofs(&receipt, &paths)
	}
	files["bundle-made.json"] = Canonical(map[string]any{
		"n": own.N, "index": own.Index, "prev": own.Prev, "commitment": own.Commitment, "envelope": own.Envelope, "salt": own.Salt,
	})
	files["bundle-made.tlog-proof"] = receipt.Bytes()
	list := make([]any, len(paths.Paths))
	for i, p := range paths.Paths {
		list[i] = map[string]any{"index": p.Index, "path": p.Hashes}
	}
	files["paths.json"] = Canonical(map[string]any{"size": paths.Size, "root": paths.Root, "paths": list})
}

// Signed returns a checkpoint signed by keys whose name may be another than
// the origin.
func Signed(p ledger.Checkpoint, signers ...note.Signer) []byte {
	signed, err := note.Sign(&note.Note{Text: p.Text()}, signers...)
	if err != nil {
		panic(err) // keys here always sign
	}
	return signed
}

// Canonical returns v as canonical JSON.
func Canonical(v any) []byte {
	data, err := ledger.MarshalCanonical(v)
	if err != nil {
		panic(fmt.Sprintf("not canonical JSON: %v", err))
	}
	return data
}

// EditJSON returns canonical JSON with a change made to its top object.
func EditJSON(data []byte, change func(map[string]any)) []byte {
	var v map[string]any
	if err := ledger.UnmarshalCanonical(data, &v); err != nil {
		panic(fmt.Sprintf("not canonical JSON: %v", err))
	}
	change(v)
	return Canonical(v)
}

// Split returns the members of a bundle.
func Split(file []byte) Files {
	o, err := bundle.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		panic(fmt.Sprintf("the bundle cannot be opened: %v", err))
	}
	files := Files{}
	for _, m := range o.Members {
		data, err := io.ReadAll(o.Section(m))
		if err != nil {
			panic(err) // it is in memory
		}
		files[m.Name] = data
	}
	return files
}

// Zip returns the canonical zip of members. It shares no code with the writer
// of package bundle, so that each checks the other.
func Zip(files Files) []byte {
	names := slices.Sorted(maps.Keys(files))
	data := make([][]byte, len(names))
	for i, name := range names {
		data[i] = files[name]
	}
	return ZipInOrder(names, data)
}

// ZipInOrder returns a zip with the headers of the canonical one, whose
// members may stand in any order, or twice.
func ZipInOrder(names []string, contents [][]byte) []byte {
	var body, central []byte
	le := binary.LittleEndian
	for i, name := range names {
		data := contents[i]
		common := []byte{20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0}
		common = le.AppendUint32(common, crc32.ChecksumIEEE(data))
		common = le.AppendUint32(common, uint32(len(data)))
		common = le.AppendUint32(common, uint32(len(data)))
		common = append(common, byte(len(name)), 0, 0, 0)
		central = append(append(central, "PK\x01\x02\x14\x00"...), common...)
		central = append(central, make([]byte, 10)...)
		central = le.AppendUint32(central, uint32(len(body)))
		central = append(central, name...)
		body = append(append(append(body, "PK\x03\x04"...), common...), name...)
		body = append(body, data...)
	}
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(end, uint16(len(names)))
	end = le.AppendUint16(end, uint16(len(names)))
	end = le.AppendUint32(end, uint32(len(central)))
	end = le.AppendUint32(end, uint32(len(body)))
	return append(append(append(body, central...), end...), 0, 0)
}

// Scratch returns a scratch stream in memory.
func Scratch() (analysis.Scratch, error) { return analysis.NewMemoryEnv(1 << 30).Scratch() }
