package bundle

import (
	"encoding/json"
	"fmt"

	"custos.example/ledger"
)

// documentChecks is phase 2c: the documents, and what binds the list to them.
func documentChecks() []check {
	return []check{
		{2, "documents", askSame, checkDocuments, nil},
		{2, "bound", askSame, checkBound, func(c *checker) string {
			return fmt.Sprintf("the list is the one that entry %d of the record names", c.work.Links[len(c.work.Links)-1].N)
		}},
	}
}

// checkDocuments reads the chains, the bundle's own entry, its receipt and the
// audit paths, each in its one form.
func checkDocuments(c *checker) []problem {
	var problems []problem
	for _, err := range c.loadDocuments(func(name string, v any) error {
		data, err := c.b.document(name)
		if err != nil {
			return err
		}
		return ledger.UnmarshalCanonical(data, v)
	}) {
		problems = append(problems, problem{
			code: "B02", outcome: Fail, detail: []string{err.Error()},
			text: "A part of the record in the bundle is not in its exact form.",
		})
	}
	return problems
}

// loadDocuments fills the checker with read, and returns what could not be read.
func (c *checker) loadDocuments(read func(name string, v any) error) []error {
	var errs []error
	fail := func(name string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	var work, keys chainDocument
	var loose looseDocument
	var made madeDocument
	fail(nameWork, read(nameWork, &work))
	fail(nameKeys, read(nameKeys, &keys))
	fail(nameOrganisation, read(nameOrganisation, &loose))
	fail(nameMade, read(nameMade, &made))
	fail(namePaths, read(namePaths, &c.paths))
	data, err := c.b.document(nameReceipt)
	if err == nil {
		c.receipt, err = ledger.ParseReceipt(data)
	}
	fail(nameReceipt, err)
	c.work.Chain, err = work.chain(c.manifest.Origin, ledger.Work)
	fail(nameWork, err)
	c.keys.Chain, err = keys.chain(c.manifest.Origin, ledger.Keys)
	fail(nameKeys, err)
	c.organisation.Chain, err = loose.chain(c.manifest.Origin)
	fail(nameOrganisation, err)
	if err := proportionate(made.Envelope); err != nil {
		fail(nameMade, err)
		made.Envelope = nil
	}
	c.work.Links = append(c.work.Links, ledger.Link{
		N: made.N, Index: made.Index, Prev: made.Prev, Commitment: made.Commitment, Envelope: made.Envelope, Salt: made.Salt,
	})
	for _, s := range []*shownChain{&c.work, &c.keys, &c.organisation} {
		entries, err := s.Verify()
		s.entries, s.faults = entries, flatten(err)
	}
	if n := len(c.work.entries); n > 0 {
		c.made, _ = c.work.entries[n-1].Statement.Predicate.Detail.(*ledger.BundleMade)
	}
	if c.made == nil {
		fail(nameMade, fmt.Errorf("%w: it is not a bundle's own entry", ErrManifest))
	}
	return errs
}

// proportionate returns nil unless an envelope's statement has more values than
// bytes for them.
func proportionate(envelope []byte) error {
	if len(envelope) < 256<<10 {
		return nil
	}
	var peek struct {
		Payload []byte `json:"payload"`
	}
	if err := json.Unmarshal(envelope, &peek); err != nil || dense(peek.Payload, leastField) {
		return fmt.Errorf("%w: an entry holds more values than bytes for them", ErrManifest)
	}
	return nil
}

// checkBound wants the digest of the list in the bundle's own entry.
func checkBound(c *checker) []problem {
	if c.o.without["documents"] {
		c.loadDocuments(c.readLoosely)
	}
	if c.made == nil || c.made.Manifest != digestOf(c.manifestData) {
		return []problem{differs("B02", "The list of what is in the bundle is not the one that was recorded.")}
	}
	return nil
}

// chain returns the document as a chain of the kind that belongs there.
func (d chainDocument) chain(origin string, kind ledger.ChainKind) (ledger.Chain, error) {
	c := ledger.Chain{Origin: origin, Kind: kind, ID: d.Chain, Nonce: d.Nonce}
	if d.Kind != kind {
		return c, fmt.Errorf("%w: it holds a chain of kind %d", ErrManifest, d.Kind)
	}
	for _, e := range d.Entries {
		link := ledger.Link{N: e.N, Index: e.Index, Commitment: e.Commitment}
		switch {
		case e.Inner != nil && len(e.Envelope) == 0 && e.Salt == nil:
			link.Inner = *e.Inner
		case e.Inner == nil && len(e.Envelope) > 0 && e.Salt != nil:
			if err := proportionate(e.Envelope); err != nil {
				return c, err
			}
			link.Envelope, link.Salt = e.Envelope, *e.Salt
		default:
			return c, fmt.Errorf("%w: entry %d is neither shown nor withheld", ErrManifest, e.N)
		}
		c.Links = append(c.Links, link)
	}
	return c, nil
}

// chain returns the document as entries of the organisation's chain.
func (d looseDocument) chain(origin string) (ledger.Chain, error) {
	c := ledger.Chain{Origin: origin, Kind: ledger.Organisation, ID: d.Chain, Nonce: d.Nonce}
	if d.Kind != ledger.Organisation {
		return c, fmt.Errorf("%w: it holds a chain of kind %d", ErrManifest, d.Kind)
	}
	for _, e := range d.Entries {
		if len(e.Envelope) == 0 {
			return c, fmt.Errorf("%w: entry %d is not shown", ErrManifest, e.N)
		}
		if err := proportionate(e.Envelope); err != nil {
			return c, err
		}
		c.Links = append(c.Links, ledger.Link{N: e.N, Index: e.Index, Prev: e.Prev, Commitment: e.Commitment, Envelope: e.Envelope, Salt: e.Salt})
	}
	return c, nil
}
