package custody

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"custos.example/ledger"
)

// pack is a pack as it is read. Trust: nothing in it is checked before signed and
// verify are called.
type pack struct {
	header     packHeader
	checkpoint ledger.SignedCheckpoint
	leaves     []ledger.Commitment
	ring       ledger.Keyring
	entries    []ledger.Entry
	rest       io.Reader
}

// readPack reads the header of a pack.
// Errors: ErrInvalid, ErrIntegrity.
func readPack(r io.Reader) (*pack, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	line := func(limit int) (string, error) {
		var text []byte
		for len(text) <= limit {
			c, err := b.ReadByte()
			if err != nil {
				return "", err
			}
			if c == '\n' {
				return string(text), nil
			}
			text = append(text, c)
		}
		return "", errors.New("a line is too long")
	}
	format, err := line(len(packFormat))
	if err == nil && format != packFormat {
		err = fmt.Errorf("it begins with %q", format)
	}
	if err != nil {
		return nil, notPack(err)
	}
	number, err := line(12)
	if err != nil {
		return nil, notPack(err)
	}
	size, err := strconv.ParseUint(number, 10, 64)
	if err != nil || size > mostPackHeader || strconv.FormatUint(size, 10) != number {
		return nil, notPack(fmt.Errorf("a header of %q bytes", number))
	}
	text, err := io.ReadAll(io.LimitReader(b, int64(size)))
	if err == nil && uint64(len(text)) != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, notPack(err)
	}
	if !sparse(text, leastPackObject) {
		return nil, notPack(errors.New("its header holds more objects than its length has room for"))
	}
	p := &pack{rest: b}
	if err := ledger.UnmarshalCanonical(text, &p.header); err != nil {
		return nil, notPack(err)
	}
	if p.checkpoint, err = ledger.ParseCheckpoint([]byte(p.header.Checkpoint)); err != nil {
		return nil, notPack(err)
	}
	if p.leaves, err = splitLeaves(p.header.Leaves); err != nil {
		return nil, notPack(err)
	}
	return p, nil
}

// sparse tells whether a document has at least so many bytes for each of its objects: of
// `{},{},` a few bytes would become hundreds in memory.
func sparse(text []byte, least int) bool {
	return bytes.Count(text, []byte{'{'})*least <= len(text)+leastSlack
}

// leastSlack is for documents that have hardly anything in them. Units: bytes.
const leastSlack = 4 << 10

func notPack(err error) error {
	if errors.Is(err, ErrIntegrity) || errors.Is(err, ErrDenied) {
		return err
	}
	return fmt.Errorf("this is not a kiosk's pack, or it was cut off (%w): %w", err, ErrInvalid)
}

// chainOf returns a chain that the pack shows.
func (p *pack) chainOf(id ledger.ChainID) (packChain, bool) {
	for _, c := range p.header.Chains {
		if c.ID == id {
			return c, true
		}
	}
	return packChain{}, false
}

// signed checks the keys chain against the recorder that was admitted, and the head
// against the keys of the log.
// Errors: ErrIntegrity.
func (p *pack) signed(trust ledger.Trust) error {
	refuse := func(what string, err error) error {
		return fmt.Errorf("%w: %s of the pack %s: %w", ErrIntegrity, what, "does not hold", err)
	}
	keys, known := p.chainOf(trust.KeysChain)
	if !known || keys.Kind != uint64(ledger.Keys) {
		return refuse("the keys chain", errors.New("it is not the one that was admitted"))
	}
	chain := ledger.Chain{Origin: trust.Origin, Kind: ledger.Keys, ID: keys.ID, Nonce: keys.Nonce}
	for _, e := range p.header.Keys {
		chain.Links = append(chain.Links, ledger.Link{N: e.N, Index: e.Index, Commitment: e.Commitment, Envelope: e.Envelope, Salt: e.Salt})
	}
	entries, err := chain.Verify()
	if err != nil {
		return refuse("the keys chain", err)
	}
	if p.ring, err = ledger.NewKeyring(entries); err != nil {
		return refuse("the keys chain", err)
	}
	if !trust.Recorder(entries[0].Signed.Signatures[0].KeyID) {
		return refuse("the first key", errors.New("it is not the one that was admitted"))
	}
	logKeys := trust.Log
	for _, h := range p.ring {
		ended := h.Revoked && uint64(h.Until) < p.checkpoint.Size-1
		if key, err := ledger.NewNoteKey(trust.Origin, ledger.LogKey, h.Public); err == nil && h.Holder == logHolder && !ended {
			logKeys = append(logKeys[:len(logKeys):len(logKeys)], key)
		}
	}
	if err := p.checkpoint.Verify(logKeys...); err != nil {
		return refuse("the head", err)
	}
	return nil
}

// verify checks the entries of the pack: each stands at its place under the head, on
// a chain of that log, and is signed by keys in force there. all are the leaves
// under the head.
// Errors: ErrIntegrity.
func (p *pack) verify(all []ledger.Commitment) error {
	shown := map[ledger.ChainID]bool{}
	var prev ledger.Commitment
	for _, e := range p.header.Keys {
		if uint64(e.Index) >= uint64(len(all)) || all[e.Index] != e.Commitment || e.Prev != prev {
			return fmt.Errorf("%w: entry %d of the keys chain does not stand at leaf %d", ErrIntegrity, e.N, e.Index)
		}
		prev, shown[e.Chain] = e.Commitment, true
	}
	for _, e := range p.header.Entries {
		entry, err := p.entry(e, all)
		if err != nil {
			return fmt.Errorf("%w: entry at leaf %d of the pack: %w", ErrIntegrity, e.Index, err)
		}
		p.entries, shown[e.Chain] = append(p.entries, entry), true
	}
	for _, c := range p.header.Chains {
		if !shown[c.ID] || c.Kind > uint64(ledger.Keys) || ledger.DeriveChain(p.checkpoint.Origin, ledger.ChainKind(c.Kind), c.Nonce) != c.ID {
			return fmt.Errorf("%w: the pack names a chain %s of which it shows nothing, or which is not of that log", ErrIntegrity, c.ID)
		}
	}
	if len(shown) != len(p.header.Chains) {
		return fmt.Errorf("%w: the pack shows entries of a chain that it does not name, or names one twice", ErrIntegrity)
	}
	return nil
}

func (p *pack) entry(e packEntry, all []ledger.Commitment) (ledger.Entry, error) {
	entry := ledger.Entry{Link: ledger.Link{N: e.N, Index: e.Index, Commitment: e.Commitment, Prev: e.Prev, Envelope: e.Envelope, Salt: e.Salt}}
	chain, known := p.chainOf(e.Chain)
	kind := ledger.ChainKind(chain.Kind)
	switch {
	case !known:
		return entry, errors.New("it stands on no chain that the pack names")
	case ledger.Commit(chain.ID, e.N, e.Prev, ledger.DeriveInner(e.Salt, e.Envelope)) != e.Commitment:
		return entry, errors.New("it is not what was committed to")
	case uint64(e.Index) >= uint64(len(all)) || all[e.Index] != e.Commitment:
		return entry, errors.New("another leaf stands at its place")
	}
	var err error
	if entry.Signed, err = ledger.ParseEnvelope(e.Envelope); err != nil {
		return entry, err
	}
	if entry.Statement, err = ledger.OpenStatement(entry.Signed); err != nil {
		return entry, err
	}
	if info, err := ledger.InfoOf(entry.Statement.Kind()); err != nil || !info.On(kind) || entry.Statement.Predicate.Place.Chain != chain.ID {
		return entry, errors.New("it was signed for another chain")
	}
	return entry, p.ring.Verify(entry)
}

// shown returns the entry of that kind whose payload follows, or of which none does.
func (p *pack) shown(kind string) (ledger.Entry, bool) {
	for _, e := range p.entries {
		if string(e.Statement.Kind()) == kind {
			return e, true
		}
	}
	return ledger.Entry{}, false
}

// next hands the next payload to into, and checks that it is the one that its entry
// names.
// Errors: ErrIntegrity.
func (p *pack) next(name string, of ledger.Entry, into func(io.Reader) (ledger.Digest, error)) error {
	if len(p.header.Payloads) == 0 {
		return fmt.Errorf("%w: the pack has no payload %q", ErrIntegrity, name)
	}
	about := p.header.Payloads[0]
	p.header.Payloads = p.header.Payloads[1:]
	differs := func(what string) error {
		return fmt.Errorf("%w: payload %q of the pack is not the one that its entry names: %s", ErrIntegrity, name, what)
	}
	if about.Name != name || about.Of != of.Statement.Predicate.Place.Entry {
		return differs("another name or entry")
	}
	count := &counted{r: io.LimitReader(p.rest, int64(about.Size))}
	sha, err := into(count)
	if err != nil {
		return err
	}
	if count.n != about.Size {
		return differs(fmt.Sprintf("it ends after %d of %d bytes", count.n, about.Size))
	}
	if about.SHA256 != sha || about.unsalted() {
		return differs("another digest or salt")
	}
	for _, subject := range of.Statement.Subject {
		if subject.Name != name {
			continue
		}
		if want := (Blob{SHA256: sha, Size: int64(about.Size), Salt: about.Salt}).Recorded(); digestKey(want) == digestKey(subject.Digest) && digestKey(about.Digest) == digestKey(want) {
			return nil
		}
	}
	return differs("another digest")
}

// unsalted tells whether a payload that needs no salt has one.
func (p packPayload) unsalted() bool {
	_, plain := p.Digest[ledger.SHA256]
	return plain && p.Salt != (ledger.Salt{})
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n uint64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += uint64(n)
	return n, err
}

// end returns nil when nothing is left of the pack.
func (p *pack) end() error {
	left, err := io.Copy(io.Discard, io.LimitReader(p.rest, 1))
	if err != nil {
		return err
	}
	if left > 0 || len(p.header.Payloads) > 0 {
		return fmt.Errorf("the pack holds more than its header says: %w", ErrInvalid)
	}
	return nil
}
