package custody

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// mayBring asks the policy, before anything that is sent is read, whether the sender may
// bring extractions into the case at all. Of an upload it is asked again: its sender may
// have been taken off the case since.
// Errors: ErrDenied.
func (k Kiosks) mayBring(ctx context.Context, actor Actor, request ReceiveExtraction) error {
	a, err := k.s.begin(ctx, actor, request.Case, policy.ItemRecord, request)
	if err != nil {
		return err
	}
	return a.decide(ctx, resource{})
}

// judge compares the kiosk's history with what it showed before. Of a kiosk that was
// revoked only what it had shown by then is believed.
func (in *arrival) judge() error {
	head := in.pack.checkpoint.Checkpoint
	var err error
	if in.judged, err = in.link.judge(head, in.pack.header.From, in.pack.leaves, false); err != nil {
		return err
	}
	if !in.judged.verdict.holds() {
		return &Broken{Name: in.link.Name, Verdict: in.judged.verdict, Words: in.link.words(in.judged, head.Size)}
	}
	if !in.link.revoked {
		return nil
	}
	for _, e := range in.pack.header.Entries {
		if uint64(e.Index) >= in.link.from || in.link.leaves[e.Index] != e.Commitment {
			return in.link.refused()
		}
	}
	in.judged.verdict = Late // nothing more of it is joined
	return nil
}

// asSaid returns nil when an extraction is what the kiosk's row says of it, by which the
// policy is asked, and each of its files lies in the scope that stands there.
// Errors: ErrIntegrity.
func (in *arrival) asSaid(m Manifest, blob Blob) error {
	is, errIs := ledger.MarshalCanonical(rowOf(m, blob).ofManifest())
	said, errSaid := ledger.MarshalCanonical(in.said.ofManifest())
	if err := errors.Join(errIs, errSaid); err != nil {
		return fmt.Errorf("%w: %w", ErrIntegrity, err)
	}
	if !bytes.Equal(is, said) {
		return fmt.Errorf("%w: the manifest of the extraction is not the one of the kiosk's row", ErrIntegrity)
	}
	scope := bounds{categories: m.Scope.Categories, from: m.Scope.From.Time, undated: m.Scope.Undated, until: m.Scope.Until.Time}
	for _, f := range m.Files {
		from, until, err := span(f.Date)
		if _, inside := scope.judge(deviceFile{category: f.Category, from: from, until: until}); err != nil || !inside {
			return fmt.Errorf("%w: file %d of the extraction does not lie in the scope under which the kiosk says that it was taken", ErrIntegrity, f.N)
		}
	}
	return nil
}

// ofManifest is what a row says that the extraction shows too; not its payload, which may
// be salted, here otherwise than at the kiosk.
func (d extractionDocument) ofManifest() extractionDocument {
	return extractionDocument{
		Aside: d.Aside, Basis: d.Basis, Device: d.Device, Format: d.Format, Found: d.Found, Item: d.Item, Outside: d.Outside, Payload: ledger.DigestSet{},
		Scope: d.Scope, SHA256: d.SHA256, Size: d.Size, Taken: d.Taken, Tool: d.Tool,
	}
}

// fresh returns nil when the extraction was not brought in before.
func (in *arrival) fresh() error {
	there := in.evidence.Statement.Predicate.Place.Entry
	if before, known := in.link.imported[there]; known {
		return fmt.Errorf("this extraction was received before: it stands here as entry %s. Nothing was taken in a second time; if the kiosk lost its receipt, "+
			"custos kiosk receipt gives it again: %w", before.Entry, ErrConflict)
	}
	return nil
}
