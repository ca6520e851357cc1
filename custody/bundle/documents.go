package bundle

import (
	"fmt"

	"custos.example/ledger"
)

// chainDocument is chain/work.json and chain/keys.json.
type chainDocument struct {
	Chain   ledger.ChainID   `json:"chain"`
	Kind    ledger.ChainKind `json:"kind"`
	Nonce   ledger.Nonce     `json:"nonce"`
	Entries []chainEntry     `json:"entries"`
}

// chainEntry is one entry: Inner alone when it is withheld, Envelope and Salt
// when it is shown.
type chainEntry struct {
	N          uint64            `json:"n"`
	Index      ledger.Index      `json:"index"`
	Commitment ledger.Commitment `json:"commitment"`
	Inner      *ledger.Digest    `json:"inner,omitempty"`
	Envelope   []byte            `json:"envelope,omitempty"`
	Salt       *ledger.Salt      `json:"salt,omitempty"`
}

// looseDocument is chain/organisation.json: entries shown by inclusion only.
type looseDocument struct {
	Chain   ledger.ChainID   `json:"chain"`
	Kind    ledger.ChainKind `json:"kind"`
	Nonce   ledger.Nonce     `json:"nonce"`
	Entries []looseEntry     `json:"entries"`
}

// looseEntry is an entry that brings the commitment before it.
type looseEntry struct {
	N          uint64            `json:"n"`
	Index      ledger.Index      `json:"index"`
	Prev       ledger.Commitment `json:"prev"`
	Commitment ledger.Commitment `json:"commitment"`
	Envelope   []byte            `json:"envelope"`
	Salt       ledger.Salt       `json:"salt"`
}

// madeDocument is bundle-made.json.
type madeDocument struct {
	N          uint64            `json:"n"`
	Index      ledger.Index      `json:"index"`
	Prev       ledger.Commitment `json:"prev"`
	Commitment ledger.Commitment `json:"commitment"`
	Envelope   []byte            `json:"envelope"`
	Salt       ledger.Salt       `json:"salt"`
}

// pathsDocument is paths.json.
type pathsDocument struct {
	Size  uint64          `json:"size"`
	Root  ledger.Digest   `json:"root"`
	Paths []pathsDocEntry `json:"paths"`
}

// pathsDocEntry is the audit path of one leaf.
type pathsDocEntry struct {
	Index ledger.Index    `json:"index"`
	Path  []ledger.Digest `json:"path"`
}

// marshalChain returns the canonical bytes of a chain shown from n = 1.
func marshalChain(c ledger.Chain) ([]byte, error) {
	doc := chainDocument{Chain: c.ID, Kind: c.Kind, Nonce: c.Nonce, Entries: make([]chainEntry, len(c.Links))}
	for i, e := range c.Links {
		if e.N != uint64(i)+1 {
			return nil, fmt.Errorf("%w: entry %d of the %s chain stands where %d belongs", ErrContents, e.N, c.Kind, i+1)
		}
		d := chainEntry{N: e.N, Index: e.Index, Commitment: e.Commitment}
		if !e.Shown() {
			d.Inner = &e.Inner
		} else {
			d.Envelope, d.Salt = e.Envelope, &e.Salt
		}
		doc.Entries[i] = d
	}
	return ledger.MarshalCanonical(doc)
}

// marshalLoose returns the canonical bytes of entries shown by inclusion only.
func marshalLoose(c ledger.Chain) ([]byte, error) {
	doc := looseDocument{Chain: c.ID, Kind: c.Kind, Nonce: c.Nonce, Entries: make([]looseEntry, len(c.Links))}
	for i, e := range c.Links {
		if !e.Shown() || i > 0 && c.Links[i-1].N >= e.N {
			return nil, fmt.Errorf("%w: entry %d of the organisation's chain is withheld or out of order", ErrContents, e.N)
		}
		doc.Entries[i] = looseEntry{N: e.N, Index: e.Index, Prev: e.Prev, Commitment: e.Commitment, Envelope: e.Envelope, Salt: e.Salt}
	}
	return ledger.MarshalCanonical(doc)
}

// marshalPaths returns the canonical bytes of paths.json.
func marshalPaths(p Paths) ([]byte, error) {
	doc := pathsDocument{Size: p.Size, Root: p.Root, Paths: make([]pathsDocEntry, len(p.Paths))}
	for i, path := range p.Paths {
		doc.Paths[i] = pathsDocEntry{Index: path.Index, Path: path.Hashes}
	}
	return ledger.MarshalCanonical(doc)
}
