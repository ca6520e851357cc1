package custody

import (
	"context"
	"fmt"
	"slices"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Analyses is the running of analyses.
type Analyses struct{ s *Service }

// Run runs one analysis over what earlier entries made, records it with every
// parameter and its row balance, and keeps every output.
//
// A run is never deleted: one that nobody relies on may have to be disclosed.
func (n Analyses) Run(ctx context.Context, actor Actor, request Run) (Ran, error) {
	if err := checkTexts(map[string]string{"question": request.Title}); err != nil {
		return Ran{}, err
	}
	a, err := n.s.begin(ctx, actor, request.Case, policy.AnalysisRun, request.Ask)
	if err != nil {
		return Ran{}, err
	}
	step, err := a.step(request.Step, analysis.Analyse)
	if err != nil {
		return Ran{}, err
	}
	dependencies, dataset, err := a.dependencies(ctx, step, request.Inputs)
	if err != nil {
		return Ran{}, err
	}
	about := resource{dataset: dataset}
	if err := a.decide(ctx, about); err != nil {
		return Ran{}, err
	}
	if stored, done, err := a.earlier(ctx, "run"); done || err != nil {
		return n.ran(ctx, a, stored.Entry, nil, err)
	}
	m, err := a.runOver(ctx, step, dependencies, request.Params)
	if err != nil {
		return Ran{}, err
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return Ran{}, err
	}
	authority, err := a.authorityOf(ctx, dataset)
	if err != nil {
		return Ran{}, err
	}
	proofs, err := a.commit(ctx, "run", about, func() ([]sheet, error) {
		return []sheet{m.sheet("run", request.Title, work, dependencies, authority)}, nil
	})
	if err != nil {
		return Ran{}, err
	}
	return n.ran(ctx, a, proofs[0].Entry, m.result.Caveats, nil)
}

// sheet says what is recorded of a run.
func (m made) sheet(stage, title string, work Chain, dependencies []ledger.Dependency, authority []ledger.EntryID) sheet {
	return sheet{
		stage: stage, chain: work, operation: "consultation", step: &m.step, balance: rowBalance(m.result.Balance),
		detail: &ledger.AnalysisRun{Title: title}, subjects: m.subjects(), dependencies: dependencies,
		parameters: m.params, authority: authority,
	}
}

// ran gathers from the record what the asker is told of a run.
func (n Analyses) ran(ctx context.Context, a *act, entry ledger.EntryID, caveats []string, err error) (Ran, error) {
	if err != nil {
		return Ran{}, err
	}
	stored, err := a.Store.ByEntryID(ctx, entry)
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Ran{}, err
	}
	fact, err := find[producedFact](ctx, a.Store, a.id, inRuns, entry.String(), 0)
	if err != nil {
		return Ran{}, fmt.Errorf("run %s: %w", entry, err)
	}
	ran := Ran{Proof: proof, Balance: fact.Balance, Caveats: caveats}
	for _, s := range fact.Subjects {
		blob, err := a.Blobs.Find(ctx, a.id, s.Digest)
		if err != nil {
			return Ran{}, fmt.Errorf("output %q of run %s: %w", s.Name, entry, err)
		}
		ran.Outputs = append(ran.Outputs, output(s.Name, blob))
	}
	return ran, a.receipt(ctx, &ran.Proof)
}

// runOver opens the inputs and runs the step.
func (a *act) runOver(ctx context.Context, step analysis.Step, dependencies []ledger.Dependency, params map[string]string) (made, error) {
	inputs, done, err := a.inputs(ctx, dependencies)
	if err != nil {
		return made{}, err
	}
	defer done()
	return a.run(ctx, step, inputs, params)
}

// dependencies finds the inputs of a step among what earlier entries made, in
// the order of its ports, and the data set that they come from.
// Errors: ErrInvalid, ErrNotFound.
func (a *act) dependencies(ctx context.Context, step analysis.Step, refs map[string]PayloadRef) ([]ledger.Dependency, ledger.EntryID, error) {
	info := step.Info()
	var dataset ledger.EntryID
	dependencies := make([]ledger.Dependency, 0, len(info.Inputs))
	for _, port := range info.Inputs {
		ref, given := refs[port.Name]
		if !given {
			return nil, dataset, fmt.Errorf("%s needs an input %q: %w", info.Identity(), port.Name, ErrInvalid)
		}
		fact, from, err := a.producer(ctx, ref.Entry)
		if err != nil {
			return nil, dataset, fmt.Errorf("input %q: %w", port.Name, err)
		}
		at := slices.IndexFunc(fact.Subjects, func(s ledger.Subject) bool { return s.Name == orDefault(ref.Name, port.Name) })
		if at < 0 {
			return nil, dataset, fmt.Errorf("input %q: entry %s made nothing of the name %q: %w", port.Name, ref.Entry, ref.Name, ErrInvalid)
		}
		dataset = from
		entry := ref.Entry
		dependencies = append(dependencies, ledger.Dependency{Name: port.Name, Digest: fact.Subjects[at].Digest, Entry: &entry})
	}
	for name := range refs {
		if !slices.ContainsFunc(info.Inputs, func(p analysis.Port) bool { return p.Name == name }) {
			return nil, dataset, fmt.Errorf("%s has no input %q: %w", info.Identity(), name, ErrInvalid)
		}
	}
	return dependencies, dataset, nil
}

// producer returns what an entry made, and the data set at the root of it.
func (a *act) producer(ctx context.Context, entry ledger.EntryID) (producedFact, ledger.EntryID, error) {
	fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, entry.String(), 0)
	if err == nil {
		return fact, entry, nil
	}
	fact, err = find[producedFact](ctx, a.Store, a.id, inRuns, entry.String(), 0)
	if err != nil {
		return fact, entry, fmt.Errorf("entry %s is neither a data set nor a run of this case: %w", entry, err)
	}
	for _, d := range fact.Dependencies {
		if d.Entry != nil {
			_, dataset, err := a.producer(ctx, *d.Entry)
			return fact, dataset, err
		}
	}
	return fact, entry, fmt.Errorf("%w: run %s names no data set", ErrIntegrity, entry)
}

// authorityOf returns the authorities under which a data set was made.
func (a *act) authorityOf(ctx context.Context, dataset ledger.EntryID) ([]ledger.EntryID, error) {
	fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, dataset.String(), 0)
	if err != nil {
		return nil, fmt.Errorf("data set %s: %w", dataset, err)
	}
	return fact.Authority, nil
}
