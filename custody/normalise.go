package custody

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/rowtree"
	"custos.example/ledger"
)

// sourceDecision is one decision as a source step reads it.
// Shape: canonical JSON; the step's input is an array of them.
type sourceDecision struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
	Who   string `json:"who"`
	Why   string `json:"why"`
}

// normalise makes the data set: the analyst's decisions become entries, the
// source step runs, and its outputs are recorded together with the commitment
// to every row.
func (in *intake) normalise(ctx context.Context) (Received, error) {
	r, dependencies, err := in.plan(ctx)
	if err != nil {
		return in.received, in.brokeOff(ctx, err)
	}
	if stored, done, err := in.earlier(ctx, "dataset"); done || err != nil {
		return in.finish(ctx, stored.Entry, err)
	}
	if err := in.refuseTwin(ctx, r, dependencies); err != nil {
		return in.received, err
	}
	rows, err := in.committing(ctx, in.entryID("dataset"))
	if err != nil {
		return in.received, err
	}
	m, err := in.read(ctx, r, dependencies, rows)
	if errors.Is(err, analysis.ErrContent) {
		return in.received, in.content(ctx, err)
	}
	if err != nil {
		return in.received, in.brokeOff(ctx, in.safe(err))
	}
	decided, err := in.decided(ctx, r, dependencies)
	if err != nil {
		return in.received, err
	}
	return in.record(ctx, r, m, rows, slices.Concat(dependencies, decided))
}

// plan works out how the evidence, as it was kept, is to be read.
func (in *intake) plan(ctx context.Context) (reading, []ledger.Dependency, error) {
	content, _, err := in.open(ctx, in.id, in.file.Payload)
	if err != nil {
		return reading{}, nil, err
	}
	defer letGo(content)
	r, err := in.reading(ctx, in.how, in.file.Reference, in.file.Credit, content)
	if err != nil {
		return r, nil, in.safe(err)
	}
	if _, err := r.step.Info().Fill(r.Params); err != nil {
		return r, nil, in.safe(fmt.Errorf("%w: %w", ErrInvalid, err))
	}
	dependencies, err := in.given(ctx, r, in.file)
	if err != nil {
		return r, nil, err
	}
	scope, err := in.draw(ctx, r)
	return r, append(dependencies, scope...), err
}

// safe says beside an error that the file itself stands in the record.
func (in *intake) safe(err error) error {
	state := "but it could not be read"
	var broke *BrokeOff
	switch {
	case errors.As(err, &broke):
		state = "but its reading broke off"
	case Decidable(err):
		state = "and it waits for a decision"
	case errors.Is(err, ErrInvalid):
		state = "but it cannot be read with this profile"
	}
	return fmt.Errorf("%s is safe and recorded as entry %d of the case, %s: %w", in.file.Item, in.received.Evidence.Placed.N, state, err)
}

// refuseTwin refuses to make a data set that stands in the record: same file,
// same step, same profile, same decisions, same parameters.
func (in *intake) refuseTwin(ctx context.Context, r reading, dependencies []ledger.Dependency) error {
	datasets, err := list[producedFact](ctx, in.Store, in.id, inDatasets, 0)
	if err != nil {
		return err
	}
	info := r.step.Info()
	params, err := info.Fill(r.Params)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	for _, d := range datasets {
		if d.Step.Name != info.Name || int(d.Step.Version) != info.Version || d.Entry == in.entryID("dataset") || //nolint:gosec // a small number
			len(params)+len(d.Parameters) > 0 && !maps.Equal(map[string]string(params), d.Parameters) || !sameInputs(info, d.Dependencies, dependencies) {
			continue
		}
		return fmt.Errorf("these very bytes were received on %s as %s (entry %s) and made into data set %s with the same profile "+
			"and decisions: use that one: %w", in.file.Time.Format("2 January 2006 15:04 MST"), in.file.Item, in.file.Entry, d.Entry, ErrConflict)
	}
	return nil
}

// sameInputs tells whether a step was given the same by every port.
func sameInputs(info analysis.Info, a, b []ledger.Dependency) bool {
	for _, port := range info.Inputs {
		of := func(list []ledger.Dependency) string {
			for _, d := range list {
				if d.Name == port.Name && d.Name == "source" && d.Entry != nil {
					return digestKey(d.Digest) + d.Entry.String() // received anew after an erasure
				} else if d.Name == port.Name {
					return digestKey(d.Digest)
				}
			}
			return ""
		}
		if of(a) != of(b) {
			return false
		}
	}
	return true
}

// read runs the source step over the evidence as it was kept, not as it came,
// and commits to the rows on the way.
func (in *intake) read(ctx context.Context, r reading, dependencies []ledger.Dependency, rows *rowtree.Writer) (made, error) {
	inputs, done, err := in.inputs(ctx, dependencies)
	if err != nil {
		return made{}, err
	}
	defer done()
	return in.runWatched(ctx, r.step, inputs, r.Params, watch(rows))
}

// inputs opens the payloads of dependencies by name. done closes them.
func (a *act) inputs(ctx context.Context, dependencies []ledger.Dependency) (map[string]analysis.Input, func(), error) {
	inputs := make(map[string]analysis.Input, len(dependencies))
	var opened []Content
	done := func() {
		for _, content := range opened {
			letGo(content)
		}
	}
	for _, d := range dependencies {
		content, blob, err := a.open(ctx, a.id, d.Digest)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("input %q: %w", d.Name, err)
		}
		opened = append(opened, content)
		inputs[d.Name] = kept{content, blob.SHA256}
	}
	return inputs, done, nil
}

// kept is a payload as an input whose digest is known: it was hashed while it
// was kept, and a changed byte of it cannot be read.
type kept struct {
	Content
	digest ledger.Digest
}

// SHA256 returns the digest of the content.
func (k kept) SHA256() string { return k.digest.String() }

// decided records the scope, and each answer of the analyst, as entries of their
// own. It returns the answers; the scope is among the inputs.
func (in *intake) decided(ctx context.Context, r reading, inputs []ledger.Dependency) ([]ledger.Dependency, error) {
	work, err := in.chain(ctx, in.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	var sheets []sheet
	note := func(stage, question, confirmed string, digest ledger.DigestSet) {
		sheets = append(sheets, sheet{
			stage: stage, chain: work, operation: "alteration", authority: in.authority(),
			detail:   &ledger.SourceDecided{Confirmed: confirmed, Item: in.file.Item, Question: question},
			subjects: []ledger.Subject{{Name: "decision", Digest: digest}},
			dependencies: []ledger.Dependency{
				{Name: "source", Digest: in.file.Payload, Entry: &in.file.Entry},
			},
		})
	}
	for _, d := range inputs {
		if d.Name == portScope {
			note(stageScope, portScope, "", d.Digest)
		}
	}
	dependencies := make([]ledger.Dependency, len(r.answers))
	for i, answer := range r.answers {
		blob, err := in.keepJSON(ctx, answer)
		if err != nil {
			return nil, err
		}
		stage := fmt.Sprintf("decided-%d", i+1)
		note(stage, answer.Kind, r.confirmed[i], blob.Recorded())
		entry := in.entryID(stage)
		dependencies[i] = ledger.Dependency{Name: stage, Digest: blob.Recorded(), Entry: &entry}
	}
	if len(sheets) == 0 {
		return dependencies, nil
	}
	_, done, err := in.earlier(ctx, sheets[0].stage)
	if err != nil || !done {
		if err == nil {
			in.received.Decided, err = in.commit(ctx, "decided", in.about, func() ([]sheet, error) { return sheets, nil })
		}
		return dependencies, err
	}
	for _, s := range sheets { // they were appended together
		stored, err := in.Store.ByEntryID(ctx, in.entryID(s.stage))
		if err != nil {
			return nil, fmt.Errorf("decision %q about the file: %w", s.stage, err)
		}
		proof, err := in.again(ctx, stored, nil)
		if err != nil {
			return nil, err
		}
		in.received.Decided = append(in.received.Decided, proof)
	}
	return dependencies, nil
}

// record appends the data set and, of events, the commitment to its rows,
// together.
func (in *intake) record(ctx context.Context, r reading, m made, rows *rowtree.Writer, dependencies []ledger.Dependency) (Received, error) {
	work, err := in.chain(ctx, in.id, ledger.Work)
	if err != nil {
		return in.received, err
	}
	dataset := in.entryID("dataset")
	sheets := []sheet{{
		stage: "dataset", chain: work, operation: "alteration", step: &m.step, balance: rowBalance(m.result.Balance),
		detail: &ledger.DatasetNormalised{Item: in.file.Item}, subjects: m.subjects(), parameters: m.params,
		dependencies: dependencies, authority: in.authority(), changes: true,
	}}
	if makesEvents(m.info) {
		root, count, err := committed(m, rows)
		if err != nil {
			return in.received, err
		}
		sheets = append(sheets, sheet{
			stage: "rows", chain: work, operation: "alteration", authority: in.authority(),
			detail:   &ledger.RowsCommitted{Count: count, Dataset: dataset},
			subjects: []ledger.Subject{{Name: "rows", Digest: ledger.DigestSet{ledger.Rows: root}}},
		})
	}
	_, err = in.commit(ctx, "dataset", in.about, func() ([]sheet, error) { return sheets, in.refuseTwin(ctx, r, dependencies) })
	if err != nil {
		return in.received, err
	}
	return in.finish(ctx, dataset, nil)
}

// finish gathers from the record what the asker is told of the data set.
func (in *intake) finish(ctx context.Context, dataset ledger.EntryID, err error) (Received, error) {
	if err != nil {
		return in.received, err
	}
	fact, err := find[producedFact](ctx, in.Store, in.id, inDatasets, dataset.String(), 0)
	if err != nil {
		return in.received, fmt.Errorf("data set %s: %w", dataset, err)
	}
	proofs := map[ledger.EntryID]*Proof{fact.Entry: &in.received.Dataset}
	waiting := []*Proof{&in.received.Dataset}
	rows, err := find[rowsFact](ctx, in.Store, in.id, inRows, dataset.String(), 0)
	switch {
	case err == nil:
		proofs[rows.Entry] = &in.received.Rows
		waiting = append(waiting, &in.received.Rows)
		in.received.RowCount, in.received.RowsRoot = rows.Count, rows.Root[ledger.Rows]
	case in.file.Reference == "" || !errors.Is(err, ErrNotFound):
		return in.received, fmt.Errorf("rows of data set %s: %w", dataset, err)
	}
	for entry, proof := range proofs {
		stored, err := in.Store.ByEntryID(ctx, entry)
		if *proof, err = in.again(ctx, stored, err); err != nil {
			return in.received, err
		}
	}
	if err := in.receipt(ctx, waiting...); err != nil {
		return in.received, err
	}
	in.received.Balance = fact.Balance
	for _, s := range fact.Subjects {
		if s.Name == "report" {
			in.received.Report, err = in.document(ctx, in.id, s.Digest)
		}
	}
	return in.received, err
}
