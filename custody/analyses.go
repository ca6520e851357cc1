package custody

import (
	"context"
	"fmt"
	"maps"
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
// A run is never deleted: one that nobody relies on may have to be disclosed. A question
// with words of opinion is recorded as it was asked, with a warning.
func (n Analyses) Run(ctx context.Context, actor Actor, request Run) (Ran, error) {
	if err := checkText("question", request.Title); err != nil {
		return Ran{}, err
	}
	a, err := n.s.begin(ctx, actor, request.Case, policy.AnalysisRun, request)
	if err != nil {
		return Ran{}, err
	}
	step, err := a.step(request.Step, analysis.Analyse)
	if err != nil {
		return Ran{}, err
	}
	if len(request.Data) > 0 {
		if request.Inputs, err = n.gather(ctx, a, step.Info(), request); err != nil {
			return Ran{}, err
		}
	}
	dependencies, err := a.dependencies(ctx, step.Info(), request.Inputs, request.given...)
	if err != nil {
		return Ran{}, err
	}
	behind, err := a.lineageOf(ctx, dependencies)
	if err != nil {
		return Ran{}, err
	}
	about := resource{datasets: behind.parts()}
	if err := a.decide(ctx, about); err != nil {
		return Ran{}, err
	}
	if stored, done, err := a.earlier(ctx, "run"); done || err != nil {
		return n.ran(ctx, a, stored.Entry, nil, err)
	}
	if err := a.covered(ctx, step.Info(), dependencies); err != nil {
		return Ran{}, err
	}
	if err := a.identified(ctx, dependencies, request); err != nil {
		return Ran{}, err
	}
	m, err := a.runOver(ctx, step, dependencies, request.Params)
	if err != nil {
		return Ran{}, err
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return Ran{}, err
	}
	proofs, err := a.commit(ctx, "run", about, func() ([]sheet, error) {
		return []sheet{m.sheet("run", request.Title, work, dependencies, behind.authority)}, nil
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
	ran := Ran{Proof: proof, Balance: fact.Balance, Caveats: caveats, Warnings: warnings(fact.Title)}
	for _, s := range fact.Subjects {
		blob, err := a.Blobs.Find(ctx, a.id, s.Digest)
		if err != nil {
			return Ran{}, fmt.Errorf("output %q of run %s: %w", s.Name, entry, err)
		}
		ran.Outputs = append(ran.Outputs, output(s.Name, blob))
	}
	err = a.receipt(ctx, &ran.Proof)
	return ran, err
}

// warnings says at once what would be found when an exhibit is produced of a run, whose
// question can no longer be changed then. An expert may ask so, and an investigation too.
func warnings(question string) []string {
	err := analysis.CheckFactual(question)
	if err == nil {
		return []string{}
	}
	return []string{fmt.Sprintf("the question of this run cannot stand in an exhibit of fact: %v: run it again under another question for that", err)}
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

// dependencies finds the inputs of a step among what earlier entries made, or
// among what this service wrote itself, in the order of its ports.
// Errors: ErrInvalid, ErrNotFound.
func (a *act) dependencies(ctx context.Context, info analysis.Info, refs map[string]PayloadRef, written ...ledger.Dependency) ([]ledger.Dependency, error) {
	dependencies := make([]ledger.Dependency, 0, len(info.Inputs))
	for _, port := range info.Inputs {
		if at := slices.IndexFunc(written, func(d ledger.Dependency) bool { return d.Name == port.Name }); at >= 0 {
			dependencies = append(dependencies, written[at])
			continue
		}
		ref, given := refs[port.Name]
		if !given && port.Optional {
			continue
		}
		if !given {
			return nil, fmt.Errorf("%s needs an input %q: %w", info.Identity(), port.Name, ErrInvalid)
		}
		fact, _, err := a.producer(ctx, ref.Entry)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", port.Name, err)
		}
		name := orDefault(ref.Name, port.Name)
		subject, known := fact.subject(name)
		if !known {
			return nil, fmt.Errorf("input %q: entry %s made nothing of the name %q: %w", port.Name, ref.Entry, name, ErrInvalid)
		}
		entry := ref.Entry
		dependencies = append(dependencies, ledger.Dependency{Name: port.Name, Digest: subject.Digest, Entry: &entry})
	}
	for _, name := range slices.Sorted(maps.Keys(refs)) {
		if !hasInput(info, name) {
			return nil, fmt.Errorf("%s has no input %q: %w", info.Identity(), name, ErrInvalid)
		}
	}
	return dependencies, nil
}
