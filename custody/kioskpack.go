package custody

import (
	"context"
	"fmt"
	"io"

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
const mostPackHeader = 64 << 20

// leastPackObject is less than what the objects of a header have on average, in which
// digests stand. Units: bytes.
const leastPackObject = 80

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
		about := packPayload{Digest: subject.Digest, Name: payload, Of: entry, SHA256: blob.SHA256, Size: uint64(blob.Size)}
		if _, salted := subject.Digest[ledger.Salted]; salted {
			about.Salt = blob.Salt
		}
		p.header.Payloads = append(p.header.Payloads, about)
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
