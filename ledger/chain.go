package ledger

import (
	"errors"
	"fmt"
)

// Link is one entry of a chain as somebody shows it.
// Shape: without Envelope the entry is withheld and Inner stands for it; Prev is
// given only on the organisation's chain, which is never shown whole.
type Link struct {
	N          uint64
	Index      Index
	Commitment Commitment
	Prev       Commitment
	Inner      Digest
	Envelope   []byte
	Salt       Salt
}

// Shown tells whether the entry's content is there.
func (l Link) Shown() bool { return l.Envelope != nil }

// Entry is a shown link with what is in it.
type Entry struct {
	Link
	Signed    Envelope
	Statement Statement
}

// Chain is one chain as somebody shows it: whole from entry 1 (withheld entries
// included), or, for the organisation's chain, any of its entries in rising n.
type Chain struct {
	Origin string
	Kind   ChainKind
	ID     ChainID
	Nonce  Nonce
	Links  []Link
}

// Verify returns the shown entries, in order, and whether the list is one chain:
// name, numbering, every commitment, rising indices, the kind's first entry, and
// the place under each shown signature.
//
// Trust: it checks no signature and no inclusion; see Keyring and VerifyInclusion.
// Errors: every fault found, joined, in order of n; each stated commitment is
// taken for granted by the next entry, so that one changed byte is one fault.
func (c Chain) Verify() ([]Entry, error) {
	v := chainCheck{chain: c, seen: map[EntryID]uint64{}, known: map[uint64]Commitment{0: {}}}
	if DeriveChain(c.Origin, c.Kind, c.Nonce) != c.ID {
		v.refuse(0, FaultChainName, "the name is not that of origin %q and the nonce", c.Origin)
	}
	for i, l := range c.Links {
		v.link(i, l)
	}
	return v.shown, errors.Join(v.faults...)
}

type chainCheck struct {
	chain  Chain
	seen   map[EntryID]uint64
	known  map[uint64]Commitment
	shown  []Entry
	faults []error
}

func (v *chainCheck) refuse(n uint64, code Code, format string, args ...any) {
	v.faults = append(v.faults, &Fault{code, fmt.Sprintf("%s %d", v.chain.Kind, n), fmt.Sprintf(format, args...)})
}

// link checks one entry against those before it.
func (v *chainCheck) link(i int, l Link) {
	whole := v.chain.Kind != Organisation
	prev, expected := l.Prev, uint64(1)
	if i > 0 {
		before := v.chain.Links[i-1]
		expected = before.N + 1
		if l.N <= before.N {
			v.refuse(l.N, FaultNumber, "stands after entry %d", before.N)
		}
		if l.Index <= before.Index {
			v.refuse(l.N, FaultIndex, "has leaf %d, entry %d has leaf %d", l.Index, before.N, before.Index)
		}
	}
	if whole && l.N != expected || l.N == 0 {
		v.refuse(l.N, FaultNumber, "stands where entry %d belongs", expected)
	}
	if c, ok := v.known[l.N-1]; ok && l.N > 0 {
		if !whole && prev != c {
			v.refuse(l.N, FaultCommitment, "does not follow entry %d", l.N-1)
		}
		prev = c
	}
	v.known[l.N] = l.Commitment
	inner := l.Inner
	if l.Shown() {
		inner = DeriveInner(l.Salt, l.Envelope)
	}
	if Commit(v.chain.ID, l.N, prev, inner) != l.Commitment {
		v.refuse(l.N, FaultCommitment, "is not the entry that was committed to")
	}
	if l.Shown() {
		v.content(l, prev)
	}
}

// content opens a shown entry and checks what its signers said of its place.
func (v *chainCheck) content(l Link, prev Commitment) {
	e := Entry{Link: l}
	var err error
	if e.Signed, err = ParseEnvelope(l.Envelope); err == nil {
		e.Statement, err = OpenStatement(e.Signed)
	}
	if err != nil {
		v.faults = append(v.faults, at(fmt.Sprintf("%s %d", v.chain.Kind, l.N), err))
		return
	}
	v.shown = append(v.shown, e)
	place := e.Statement.Predicate.Place
	if place.Chain != v.chain.ID {
		v.refuse(l.N, FaultPlaceChain, "was signed for another chain, %s", place.Chain)
	}
	if first, ok := v.seen[place.Entry]; ok {
		v.refuse(l.N, FaultPlaceEntry, "is entry %d again", first)
	}
	v.seen[place.Entry] = l.N
	after := place.After
	known, ok := v.known[after.N]
	if after.N+1 == l.N {
		known, ok = prev, true
	}
	if after.N >= l.N || ok && known != after.Commitment {
		v.refuse(l.N, FaultPlaceAfter, "its signer had seen another entry %d than this chain has", after.N)
	}
	v.first(l.N, e.Statement)
}

// first checks that a chain opens as its kind must, there and only there.
func (v *chainCheck) first(n uint64, s Statement) {
	info, err := InfoOf(s.Kind())
	if err != nil || !info.On(v.chain.Kind) {
		v.refuse(n, FaultStatement, "%s does not stand on this chain", s.Kind())
		return
	}
	var ok bool
	switch d := s.Predicate.Detail.(type) {
	case *LogOpened:
		ok = n == 1 && d.Origin == v.chain.Origin && d.KeysNonce == v.chain.Nonce
	case *CaseOpened:
		ok = n == 1 && d.Nonce == v.chain.Nonce && d.ReadsChain == DeriveChain(v.chain.Origin, Reads, d.Nonce)
	default:
		ok = n != 1 || v.chain.Kind == Organisation || v.chain.Kind == Reads
	}
	if !ok {
		v.refuse(n, FaultFirst, "%s is not what belongs here", s.Kind())
	}
}

// HeadOf returns the head that the last of links is.
func HeadOf(links []Link) Head {
	if len(links) == 0 {
		return Head{}
	}
	last := links[len(links)-1]
	return Head{last.Commitment, last.N}
}

// VerifyShown returns nil if work and keys, the links before a bundle's own entry,
// are what d says: both heads, and exactly the withheld numbers. Errors:
// FaultHead, FaultWithheld.
func (d *BundleMade) VerifyShown(work, keys []Link) error {
	if HeadOf(work) != d.Heads.Work {
		return fault(FaultHead, "the work chain shown ends at %d, bundle-made names %d", HeadOf(work).N, d.Heads.Work.N)
	}
	if HeadOf(keys) != d.Heads.Keys {
		return fault(FaultHead, "the keys chain shown ends at %d, bundle-made names %d", HeadOf(keys).N, d.Heads.Keys.N)
	}
	listed := d.Withheld
	for _, l := range work {
		if hidden := len(listed) > 0 && listed[0].N == l.N; hidden == l.Shown() {
			return &Fault{FaultWithheld, fmt.Sprintf("work %d", l.N), "is shown and listed as withheld, or neither"}
		} else if hidden {
			listed = listed[1:]
		}
	}
	if len(listed) > 0 {
		return &Fault{FaultWithheld, fmt.Sprintf("work %d", listed[0].N), "is listed as withheld and not there"}
	}
	for _, l := range keys {
		if !l.Shown() {
			return &Fault{FaultWithheld, fmt.Sprintf("keys %d", l.N), "is withheld; this chain is always shown whole"}
		}
	}
	return nil
}
