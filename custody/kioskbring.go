package custody

import (
	"context"
	"fmt"

	"custos.example/policy"
)

// mayBring asks the policy, before anything that is sent is read, whether the sender may
// bring extractions into the case at all, as it is asked for one that comes as an upload.
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

// fresh returns nil when the extraction was not brought in before.
func (in *arrival) fresh() error {
	there := in.evidence.Statement.Predicate.Place.Entry
	if before, known := in.link.imported[there]; known {
		return fmt.Errorf("this extraction was received before: it stands here as entry %s. Nothing was taken in a second time; if the kiosk lost its receipt, "+
			"custos kiosk receipt gives it again: %w", before.Entry, ErrConflict)
	}
	return nil
}
