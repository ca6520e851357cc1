package custody

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// A pack is what a kiosk sends to its force: its newest head with the leaves under
// it, its keys chain, some of its entries and the payloads that they name. It is
// sealed to the force, and nothing in it is believed that is not under the kiosk's
// own signatures.
// Shape: packFormat, a line feed, the length of the header in decimal, a line feed,
// the header as canonical JSON, then the payloads one after the other.

// packFormat is the first line of a pack.
const packFormat = "custos/kiosk-pack/v1"

// mostPackHeader is the longest header. Units: bytes.
const mostPackHeader = 128 << 20

// packHeader says what a pack holds.
type packHeader struct {
	Chains     []packChain   `json:"chains"`
	Checkpoint string        `json:"checkpoint"`
	Entries    []packEntry   `json:"entries"`
	From       uint64        `json:"from"`
	Keys       []packEntry   `json:"keys"`   // the keys chain, whole
	Leaves     []byte        `json:"leaves"` // commitments from leaf From on
	Payloads   []packPayload `json:"payloads"`
}

// packChain is a chain of which the pack shows entries.
type packChain struct {
	ID    ledger.ChainID `json:"id"`
	Kind  uint64         `json:"kind"`
	Nonce ledger.Nonce   `json:"nonce"`
}

// packEntry is one entry with its place.
type packEntry struct {
	Chain      ledger.ChainID    `json:"chain"`
	Commitment ledger.Commitment `json:"commitment"`
	Envelope   []byte            `json:"envelope"`
	Index      ledger.Index      `json:"index"`
	N          uint64            `json:"n"`
	Prev       ledger.Commitment `json:"prev"`
	Salt       ledger.Salt       `json:"salt"`
}

// packPayload is a payload that follows the header.
type packPayload struct {
	Digest ledger.DigestSet `json:"digest"` // as the entry names it
	Name   string           `json:"name"`
	Of     ledger.EntryID   `json:"of"`
	Salt   ledger.Salt      `json:"salt"`
	SHA256 ledger.Digest    `json:"sha256"`
	Size   uint64           `json:"size"`
}

// packWriter gathers a pack in the station that sends it.
type packWriter struct {
	*Service
	header  packHeader
	id      CaseID
	content []Blob
}

// newPack begins a pack with the newest head that covers a number of entries.
func (s *Service) newPack(ctx context.Context, atLeast, from uint64) (*packWriter, error) {
	signed, head, err := s.Recorder.Checkpoint(ctx, atLeast)
	if err != nil {
		return nil, fmt.Errorf("head of this log: %w", err)
	}
	p := &packWriter{Service: s, header: packHeader{
		Chains: []packChain{}, Checkpoint: string(signed), Entries: []packEntry{}, Keys: []packEntry{}, Payloads: []packPayload{},
	}}
	if from <= head.Size {
		p.header.From = from
	}
	leaves, err := s.Store.Leaves(ctx, ledger.Index(p.header.From), ledger.Index(head.Size))
	if err != nil {
		return nil, fmt.Errorf("leaves of this log: %w", err)
	}
	p.header.Leaves = joinLeaves(leaves)
	keys, err := s.chain(ctx, "", ledger.Keys)
	if err != nil {
		return nil, err
	}
	p.add(keys)
	n, _, err := s.Store.Head(ctx, keys.ID)
	if err != nil {
		return nil, err
	}
	for at := uint64(1); at <= n; at += signedPage {
		page, err := s.Store.Entries(ctx, keys.ID, at, min(at+signedPage-1, n))
		if err != nil {
			return nil, err
		}
		for _, e := range page {
			if uint64(e.Index) < head.Size {
				p.header.Keys = append(p.header.Keys, shownEntry(e))
			}
		}
	}
	return p, nil
}

func (p *packWriter) add(c Chain) {
	for _, known := range p.header.Chains {
		if known.ID == c.ID {
			return
		}
	}
	p.header.Chains = append(p.header.Chains, packChain{c.ID, uint64(c.Kind), c.Nonce})
}

func shownEntry(e Stored) packEntry {
	return packEntry{e.Chain, e.Commitment, e.Envelope, e.Index, e.N, e.Prev, e.Salt}
}

// show adds an entry of a chain, and the payload that it names under a name.
func (p *packWriter) show(ctx context.Context, chain Chain, entry ledger.EntryID, payload string) error {
	stored, err := p.Store.ByEntryID(ctx, entry)
	if err != nil {
		return fmt.Errorf("entry %s: %w", entry, err)
	}
	p.add(chain)
	p.header.Entries = append(p.header.Entries, shownEntry(stored))
	if payload == "" {
		return nil
	}
	statement, err := stored.Statement()
	if err != nil {
		return err
	}
	for _, subject := range statement.Subject {
		if subject.Name != payload {
			continue
		}
		blob, err := p.Blobs.Find(ctx, chain.Case, subject.Digest)
		if err != nil {
			return fmt.Errorf("payload %q of entry %s: %w", payload, entry, err)
		}
		p.header.Payloads = append(p.header.Payloads, packPayload{subject.Digest, payload, entry, blob.Salt, blob.SHA256, uint64(blob.Size)})
		p.id, p.content = chain.Case, append(p.content, blob)
		return nil
	}
	return fmt.Errorf("%w: entry %s has no payload %q", ErrIntegrity, entry, payload)
}

// write seals the pack to a recipient.
func (p *packWriter) write(ctx context.Context, recipient string, w io.Writer) (err error) {
	sealed, err := p.Intake.Seal(recipient, w)
	if err != nil {
		return err
	}
	text, err := ledger.MarshalCanonical(p.header)
	if err != nil {
		return fmt.Errorf("%w: header of the pack: %w", ErrInvalid, err)
	}
	if _, err := fmt.Fprintf(sealed, "%s\n%d\n%s", packFormat, len(text), text); err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	for _, blob := range p.content {
		if err := p.copy(ctx, blob, sealed); err != nil {
			return err
		}
	}
	if err := sealed.Close(); err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	return nil
}

func (p *packWriter) copy(ctx context.Context, blob Blob, w io.Writer) error {
	content, err := p.Blobs.Open(ctx, p.id, blob.Address)
	if err != nil {
		return err
	}
	defer letGo(content)
	if _, err := io.Copy(w, io.NewSectionReader(content, 0, content.Size())); err != nil {
		return fmt.Errorf("write a payload into the pack: %w", err)
	}
	return nil
}

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
	for _, e := range p.header.Keys {
		if uint64(e.Index) >= uint64(len(all)) || all[e.Index] != e.Commitment {
			return fmt.Errorf("%w: entry %d of the keys chain does not stand at leaf %d", ErrIntegrity, e.N, e.Index)
		}
	}
	for _, e := range p.header.Entries {
		entry, err := p.entry(e, all)
		if err != nil {
			return fmt.Errorf("%w: entry at leaf %d of the pack: %w", ErrIntegrity, e.Index, err)
		}
		p.entries = append(p.entries, entry)
	}
	return nil
}

func (p *pack) entry(e packEntry, all []ledger.Commitment) (ledger.Entry, error) {
	entry := ledger.Entry{Link: ledger.Link{N: e.N, Index: e.Index, Commitment: e.Commitment, Prev: e.Prev, Envelope: e.Envelope, Salt: e.Salt}}
	chain, known := p.chainOf(e.Chain)
	kind := ledger.ChainKind(chain.Kind)
	switch {
	case !known || chain.Kind > uint64(ledger.Keys) || ledger.DeriveChain(p.checkpoint.Origin, kind, chain.Nonce) != chain.ID:
		return entry, errors.New("it stands on no chain of that log")
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
func (p *pack) next(name string, of ledger.Entry, into func(io.Reader) (ledger.Digest, error)) (packPayload, error) {
	if len(p.header.Payloads) == 0 {
		return packPayload{}, fmt.Errorf("%w: the pack has no payload %q", ErrIntegrity, name)
	}
	about := p.header.Payloads[0]
	p.header.Payloads = p.header.Payloads[1:]
	differs := func(what string) error {
		return fmt.Errorf("%w: payload %q of the pack is not the one that its entry names: %s", ErrIntegrity, name, what)
	}
	if about.Name != name || about.Of != of.Statement.Predicate.Place.Entry {
		return about, differs("another name or entry")
	}
	count := &counted{r: io.LimitReader(p.rest, int64(about.Size))}
	sha, err := into(count)
	if err != nil {
		return about, err
	}
	if count.n != about.Size {
		return about, differs(fmt.Sprintf("it ends after %d of %d bytes", count.n, about.Size))
	}
	for _, subject := range of.Statement.Subject {
		if subject.Name != name {
			continue
		}
		if want := (Blob{SHA256: sha, Size: int64(about.Size), Salt: about.Salt}).Recorded(); digestKey(want) == digestKey(subject.Digest) {
			return about, nil
		}
	}
	return about, differs("another digest")
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

// nameOfLog is the name of a row about a joined log.
func nameOfLog(name string) string { return logRow + name }

// logRow begins the names of rows about joined logs.
const logRow = "log "

// ofLog returns the log that a row is about.
func ofLog(row string) (string, bool) { return strings.CutPrefix(row, logRow) }
