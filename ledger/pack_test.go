package ledger_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"

	"custos.example/ledger"
)

type object = map[string]any

// as returns v, which a test has put there itself, as what it is.
func as[T any](v any) T {
	t, ok := v.(T)
	if !ok {
		panic(fmt.Sprintf("%T stands where %T belongs", v, t))
	}
	return t
}

// packing is a bundle in the making; each hook lets a test falsify what the next
// step takes for granted.
type packing struct {
	withhold func(n uint64) bool
	// edit changes the documents before the keeper signs their digests: a packer
	// who has the keeper's help, so that each deeper check has to do its work.
	edit func(docs map[string]object)
	// made changes what bundle-made says, before it is signed.
	made func(d *ledger.BundleMade)
	// logSigner signs the checkpoint.
	logSigner testKey
	// again appends the bundle's own leaf twice and shows the second.
	again bool
	// registered chooses what of the organisation's chain is shown.
	registered func(n uint64) bool
}

// linkDoc returns a chain document's entry.
func linkDoc(l ledger.Link, hide, prev bool) object {
	o := object{"n": l.N, "index": l.Index, "commitment": l.Commitment}
	if hide {
		o["inner"] = l.Inner
		return o
	}
	o["envelope"], o["salt"] = l.Envelope, l.Salt
	if prev {
		o["prev"] = l.Prev
	}
	return o
}

func chainDoc(c *ledger.Chain, hide func(uint64) bool, prev bool) object {
	entries := []object{}
	for _, l := range c.Links {
		entries = append(entries, linkDoc(l, hide(l.N), prev))
	}
	return object{"chain": c.ID, "kind": c.Kind, "nonce": c.Nonce, "entries": entries}
}

func third(n uint64) bool { return n > 5 && n < 56 && n%3 == 1 }

func never(uint64) bool { return false }

// pack makes a bundle of the world as it stands and appends its bundle-made.
// Shape: the members by name; zipped by zipOf.
func (w *world) pack(p packing) map[string][]byte {
	w.t.Helper()
	if p.withhold == nil {
		p.withhold = third
	}
	if p.logSigner.name == "" {
		p.logSigner = w.logKey
	}
	org := *w.org
	org.Links = slices.DeleteFunc(slices.Clone(org.Links), func(l ledger.Link) bool { return p.registered != nil && !p.registered(l.N) })
	docs := map[string]object{
		"chain/work.json":         w.generic(chainDoc(w.work, p.withhold, false)),
		"chain/keys.json":         w.generic(chainDoc(w.keys, never, false)),
		"chain/organisation.json": w.generic(chainDoc(&org, never, true)),
	}
	if p.edit != nil {
		p.edit(docs)
	}
	members := map[string][]byte{}
	for name, doc := range docs {
		members[name] = w.json(doc)
	}
	listed := w.payloadMembers(p, members)
	manifest := object{
		"absent": w.absent(), "case": caseID, "exhibit": object{"entry": w.entries["exhibit"], "reference": "KD/2", "version": 1},
		"format": "https://custos.example/bundle/v1", "members": listed, "module": ledger.Digest{}, "origin": origin,
	}
	members["manifest.json"] = w.json(manifest)
	made := &ledger.BundleMade{Manifest: sha256.Sum256(members["manifest.json"])}
	made.Heads.Work, made.Heads.Keys = ledger.HeadOf(w.work.Links), ledger.HeadOf(w.keys.Links)
	for _, l := range w.work.Links {
		if p.withhold(l.N) {
			made.Withheld = append(made.Withheld, ledger.Withheld{N: l.N, Reason: "not-relevant"})
		}
	}
	if p.made != nil {
		p.made(made)
	}
	own := w.place(w.work, w.sign(w.work, draft{actor: w.analyst, detail: made}))
	if p.again {
		own.Index = ledger.Index(len(w.leaves))
		w.leaves = append(w.leaves, own.Commitment)
	}
	members["bundle-made.json"] = w.json(linkDoc(own, false, true))
	w.prove(p, members, docs, own)
	return members
}

// payloadMembers adds the payloads that shown entries name, and returns the
// manifest's lines.
func (w *world) payloadMembers(p packing, members map[string][]byte) []object {
	lines := map[string]object{}
	for name, data := range members {
		lines[name] = object{"name": name, "size": len(data), "sha256": ledger.Digest(sha256.Sum256(data))}
	}
	for _, l := range w.work.Links {
		if p.withhold(l.N) {
			continue
		}
		for _, key := range namedBy(l) {
			file, ok := w.payloads[key]
			if !ok || l.N == erasedN {
				continue
			}
			members[file.name] = file.content
			line := object{"name": file.name, "size": len(file.content), "sha256": ledger.Digest(sha256.Sum256(file.content)), "payload": file.digest}
			if file.salt != (ledger.Salt{}) {
				line["salt"] = file.salt
			}
			lines[file.name] = line
		}
	}
	var list []object
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		list = append(list, lines[name])
	}
	return list
}

// namedBy returns the keys of the payloads that a link's statement produced; none of
// a statement that a test has spoiled.
func namedBy(l ledger.Link) []string {
	e, err := ledger.ParseEnvelope(l.Envelope)
	if err != nil {
		return nil
	}
	s, err := ledger.OpenStatement(e)
	if err != nil {
		return nil
	}
	var keys []string
	for _, subject := range s.Subject {
		keys = append(keys, digestKey(subject.Digest))
	}
	return keys
}

func (w *world) absent() []object {
	id, ok := w.entries["erased"]
	if !ok {
		return []object{}
	}
	e, err := ledger.ParseEnvelope(w.work.Links[erasedN-1].Envelope)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := ledger.OpenStatement(e)
	if err != nil {
		w.t.Fatal(err)
	}
	return []object{{"digest": s.Subject[0].Digest, "reason": "erased", "entry": id}}
}

// prove writes the receipt of own and the audit paths of every other leaf that
// the documents list.
func (w *world) prove(p packing, members map[string][]byte, docs map[string]object, own ledger.Link) {
	w.t.Helper()
	tree := w.tree()
	size := tree.Size()
	cp := ledger.Checkpoint{Origin: origin, Size: size, Root: ledger.Digest(tree.Hash())}
	signedNote, err := cp.Sign(noteSigner{p.logSigner, p.logSigner.noteKey(w.t, origin, ledger.LogKey)})
	if err != nil {
		w.t.Fatal(err)
	}
	parsed, err := ledger.ParseCheckpoint(signedNote)
	if err != nil {
		w.t.Fatal(err)
	}
	path := func(index ledger.Index) []ledger.Digest {
		proof, err := tree.InclusionProof(uint64(index), size)
		if err != nil {
			w.t.Fatal(err)
		}
		list := []ledger.Digest{}
		for _, h := range proof {
			list = append(list, ledger.Digest(h))
		}
		return list
	}
	members["bundle-made.tlog-proof"] = ledger.Receipt{Index: own.Index, Path: path(own.Index), Checkpoint: parsed}.Bytes()
	var paths []object
	for _, doc := range docs {
		for _, e := range entriesOf(doc) {
			i, err := strconv.ParseUint(as[json.Number](e["index"]).String(), 10, 64)
			if err != nil {
				w.t.Fatal(err)
			}
			index := ledger.Index(i)
			paths = append(paths, object{"index": index, "path": path(index)})
		}
	}
	slices.SortFunc(paths, func(a, b object) int { return cmp.Compare(as[ledger.Index](a["index"]), as[ledger.Index](b["index"])) })
	members["paths.json"] = w.json(object{"size": cp.Size, "root": cp.Root, "paths": paths})
}

func (w *world) json(v any) []byte {
	w.t.Helper()
	b, err := ledger.MarshalCanonical(v)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// generic returns v as plain objects, for a test to change.
func (w *world) generic(v any) object {
	w.t.Helper()
	var o any
	if err := ledger.UnmarshalCanonical(w.json(v), &o); err != nil {
		w.t.Fatal(err)
	}
	return as[object](o)
}

// entriesOf returns the entries of a chain document.
func entriesOf(doc object) []object {
	var list []object
	for _, e := range as[[]any](doc["entries"]) {
		list = append(list, as[object](e))
	}
	return list
}

// little appends n as a little-endian number of size bytes.
func little(b []byte, n, size int) []byte {
	for range size {
		b, n = append(b, byte(n&0xff)), n>>8
	}
	return b
}

// zipOf returns members as the canonical zip of FORMAT.md section 11.
func zipOf(members map[string][]byte) []byte {
	var files, central bytes.Buffer
	names := slices.Sorted(maps.Keys(members))
	for _, name := range names {
		data := members[name]
		common := little([]byte{20, 0, 0, 0, 0, 0, 0, 0}, 0x21, 2)
		common = little(common, int(crc32.ChecksumIEEE(data)), 4)
		common = little(common, len(data), 4)
		common = little(common, len(data), 4)
		common = little(little(common, len(name), 2), 0, 2)
		at := little(make([]byte, 10), files.Len(), 4)
		central.WriteString("PK\x01\x02\x14\x00" + string(common) + string(at) + name)
		files.WriteString("PK\x03\x04" + string(common) + name)
		files.Write(data)
	}
	end := little([]byte("PK\x05\x06\x00\x00\x00\x00"), len(names), 2)
	end = little(little(end, len(names), 2), central.Len(), 4)
	end = little(little(end, files.Len(), 4), 0, 2)
	return slices.Concat(files.Bytes(), central.Bytes(), end)
}

// flip returns data with one bit of the byte at offset turned.
func flip(data []byte, offset int) []byte {
	b := slices.Clone(data)
	b[offset] ^= 1
	return b
}
