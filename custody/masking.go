package custody

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/ledger"
	"custos.example/policy"
)

// maskStep puts tokens in the place of who is no subject of the case.
const (
	maskStep  = "mask-events"
	portKnown = "known"
)

// mask returns the mask of the case as it stands, and the list of the known that
// the step of the same name reads.
func (a *act) mask(ctx context.Context) (*event.Mask, analysis.Known, error) {
	known, err := a.subjects(ctx, 0)
	if err != nil {
		return nil, analysis.Known{}, err
	}
	key, err := a.Vault.Derive(ctx, a.id, "tokens", nil)
	if err != nil {
		return nil, analysis.Known{}, fmt.Errorf("key of the tokens: %w", err)
	}
	defer clear(key[:])
	return event.NewMask(key[:], known), analysis.Known{Format: analysis.KnownFormat, Identifiers: known, Key: hex.EncodeToString(key[:])}, nil
}

// bare tells whether an entry holds events that were asked for by places, with the
// people in them as they stand.
func (a *act) bare(ctx context.Context, entry ledger.EntryID) (bool, error) {
	return a.bareOf(ctx, entry, map[ledger.EntryID]bool{})
}

func (a *act) bareOf(ctx context.Context, entry ledger.EntryID, seen map[ledger.EntryID]bool) (bool, error) {
	if seen[entry] {
		return false, nil // what it gave was taken into account when it was met first
	}
	seen[entry] = true
	fact, dataset, err := a.producer(ctx, entry)
	if err != nil {
		return false, err
	}
	if dataset {
		return a.collateral(ctx, fact)
	}
	if fact.Step.Name == maskStep {
		return false, nil
	}
	for _, d := range fact.Dependencies {
		if d.Entry == nil {
			continue
		}
		if found, err := a.bareOf(ctx, *d.Entry, seen); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// prepares tells whether a step only brings events together or masks them.
func prepares(name string) bool {
	return name == mergeStep || name == joinStep || name == maskStep || name == admitStep
}

// covered refuses to work on people who are no subject of the case under their
// own numbers.
// Errors: ErrInvalid.
func (a *act) covered(ctx context.Context, info analysis.Info, given []ledger.Dependency) error {
	if prepares(info.Name) {
		return nil
	}
	for _, entry := range entriesOf(given) {
		bare, err := a.bare(ctx, entry)
		if err != nil {
			return err
		}
		if bare {
			return fmt.Errorf("entry %s holds data that was asked for by places, with people in it who are no subject of the case: "+
				"name the data sets of the run, and they are replaced by tokens first: %w", entry, ErrInvalid)
		}
	}
	return nil
}

// masked returns a run in which third parties are tokens, if the events were asked
// for by places; otherwise the events themselves.
func (n Analyses) masked(ctx context.Context, a *act, request Run, events ledger.EntryID) (ledger.EntryID, error) {
	bare, err := a.bare(ctx, events)
	if err != nil || !bare {
		return events, err
	}
	known, err := a.known(ctx, events)
	if err != nil {
		return events, err
	}
	return n.once(ctx, a, request, maskStep, "Events with tokens for third parties", map[string]PayloadRef{
		"events": {Entry: events}, "set-aside": {Entry: events},
	}, known)
}

// known records who is shown by name as things stand: the list by which tokens are
// made is an input like any other, and somebody answers for it. A list that stands
// in the record is not recorded a second time.
func (a *act) known(ctx context.Context, events ledger.EntryID) (ledger.Dependency, error) {
	_, shown, err := a.mask(ctx)
	if err != nil {
		return ledger.Dependency{}, err
	}
	blob, err := a.keepJSON(ctx, shown)
	if err != nil {
		return ledger.Dependency{}, err
	}
	answers, err := list[decidedFact](ctx, a.Store, a.id, inDecided, 0)
	if err != nil {
		return ledger.Dependency{}, err
	}
	for _, fact := range answers {
		if fact.Question == portKnown && maps.Equal(fact.Payload, blob.Recorded()) {
			return ledger.Dependency{Name: portKnown, Digest: blob.Recorded(), Entry: &fact.Entry}, nil
		}
	}
	behind, err := a.lineage(ctx, events)
	if err != nil {
		return ledger.Dependency{}, err
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return ledger.Dependency{}, err
	}
	stage := portKnown + " " + digestKey(blob.Recorded())
	entry := a.entryID(stage)
	_, err = a.commit(ctx, stage, resource{datasets: behind.parts()}, func() ([]sheet, error) {
		file := behind.files[0]
		return []sheet{{
			stage: stage, chain: work, operation: "alteration", authority: behind.authority,
			detail:       &ledger.SourceDecided{Item: file.Item, Question: portKnown},
			subjects:     []ledger.Subject{{Name: "decision", Digest: blob.Recorded()}},
			dependencies: []ledger.Dependency{{Name: "source", Digest: file.Payload, Entry: &file.Entry}},
		}}, nil
	})
	return ledger.Dependency{Name: portKnown, Digest: blob.Recorded(), Entry: &entry}, err
}

// viewOf is how much is shown of what was made of data: of what was asked for by
// places, third parties are tokens in whatever was made.
func (a *act) viewOf(ctx context.Context, behind lineage) (policy.View, error) {
	for _, fact := range behind.datasets {
		collateral, err := a.collateral(ctx, fact)
		if err != nil {
			return policy.Rows, err
		}
		if collateral {
			return policy.Masked, nil
		}
	}
	return policy.Rows, nil
}

// lookAt is what is asked about a file that was made of data.
func (a *act) lookAt(ctx context.Context, behind lineage) (resource, error) {
	view, err := a.viewOf(ctx, behind)
	return resource{datasets: behind.parts(), request: &policy.Request{
		Purpose: orDefaultPurpose(a.ask.For), Query: policy.NoEntry, Reason: a.ask.Purpose, View: view,
	}}, err
}
