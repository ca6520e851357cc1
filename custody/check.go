package custody

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"maps"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Check is a second person's check: every step from the received file to the
// rendered page is made again in the archived module, from the recorded inputs
// and parameters, and must give the recorded bytes.
//
// Errors: ErrDenied when the one who asks made the exhibit; ErrNotFound when
// this program was built without a module; ErrIntegrity when a step gives
// other bytes, with the first one that does.
func (e Exhibits) Check(ctx context.Context, actor Actor, request Check) (Checked, error) {
	if e.s.Module == nil {
		return Checked{}, fmt.Errorf("this program was built without its module, so no exhibit can be checked with it; "+
			"build it with `make module`: %w", ErrNotFound)
	}
	a, err := e.s.begin(ctx, actor, request.Case, policy.ExhibitSignOff, request)
	if err != nil {
		return Checked{}, err
	}
	about := resource{exhibit: request.Exhibit}
	if err := a.decide(ctx, about); err != nil {
		return Checked{}, err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, request.Exhibit.String(), 0)
	if err != nil {
		return Checked{}, fmt.Errorf("exhibit %s: %w", request.Exhibit, err)
	}
	if fact.By == actor.ID {
		return Checked{}, fmt.Errorf("%s made %s and cannot be its second person: %w", actor.ID, fact.Reference, ErrDenied)
	}
	var checked Checked
	if checked.Steps, err = a.remake(ctx, request.Exhibit); err != nil {
		return checked, fmt.Errorf("exhibit %s does not agree with the module: %w", fact.Reference, err)
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return Checked{}, err
	}
	stored, done, err := a.earlier(ctx, "checked")
	if err != nil {
		return Checked{}, err
	}
	if !done {
		_, err = a.commit(ctx, "checked", about, func() ([]sheet, error) {
			exhibit := request.Exhibit
			return []sheet{{
				stage: "checked", chain: work, operation: "consultation", authority: fact.Authority, changes: true,
				detail:       &ledger.ExhibitChecked{Exhibit: request.Exhibit, Result: "agrees"},
				dependencies: []ledger.Dependency{{Name: "exhibit", Digest: fact.Subjects[0].Digest, Entry: &exhibit}},
			}}, nil
		})
		if err != nil {
			return Checked{}, err
		}
		stored, err = a.Store.ByEntryID(ctx, a.entryID("checked"))
	}
	if checked.Proof, err = a.again(ctx, stored, err); err != nil {
		return Checked{}, err
	}
	err = a.receipt(ctx, &checked.Proof)
	return checked, err
}

// remake runs every step behind an entry again, each once, inputs before
// outputs.
func (a *act) remake(ctx context.Context, exhibit ledger.EntryID) ([]CheckedStep, error) {
	r := remaking{act: a, seen: map[ledger.EntryID]bool{}}
	err := r.entry(ctx, exhibit)
	return r.steps, err
}

type remaking struct {
	*act
	seen  map[ledger.EntryID]bool
	steps []CheckedStep
}

// entry makes again what the entry rests on, then what it made itself.
func (r *remaking) entry(ctx context.Context, id ledger.EntryID) error {
	if r.seen[id] {
		return nil
	}
	r.seen[id] = true
	statement, err := r.statement(ctx, id)
	if err != nil {
		return err
	}
	for _, d := range statement.Predicate.ResolvedDependencies {
		if d.Entry == nil {
			continue
		}
		if err := r.entry(ctx, *d.Entry); err != nil {
			return err
		}
	}
	if d, is := statement.Predicate.Detail.(*ledger.RowsCommitted); is {
		return r.entry(ctx, d.Dataset) // a selection names only the commitment to its rows
	}
	if statement.Predicate.Step == nil {
		return nil
	}
	identity, err := r.step(ctx, statement)
	if err != nil {
		return fmt.Errorf("entry %s, %s: %w", id, identity, err)
	}
	r.steps = append(r.steps, CheckedStep{Entry: id, Step: identity})
	return nil
}

// step runs one recorded step in the module and compares what it made.
func (r *remaking) step(ctx context.Context, s ledger.Statement) (string, error) {
	recorded := *s.Predicate.Step
	identity := fmt.Sprintf("%s@%d", recorded.Name, recorded.Version)
	file := r.Module.Built()
	if recorded.Module != file.Digest {
		return identity, fmt.Errorf("it was made under module %s, this program carries %s; check it with the program of that module: %w",
			short(recorded.Module), short(file.Digest), ErrNotFound)
	}
	step, known := r.Steps.Find(recorded.Name, int(recorded.Version)) //nolint:gosec // an absurd version is not found
	if !known {
		return identity, fmt.Errorf("this program has no such step: %w", ErrNotFound)
	}
	dependencies, err := r.given(ctx, s, step.Info())
	if err != nil {
		return identity, err
	}
	inputs, done, err := r.inputs(ctx, dependencies)
	if err != nil {
		return identity, err
	}
	defer done()
	sums := map[string]*sum{}
	out := map[string]io.Writer{}
	for _, port := range analysis.Makes(step.Info(), inputs) {
		sums[port.Name] = &sum{Hash: sha256.New()}
		out[port.Name] = sums[port.Name]
	}
	environment := env{ctx: ctx, id: r.id, Blobs: r.Blobs}
	result, err := r.Module.Run(ctx, recorded.Name, step.Info().Version, inputs, analysis.Params(s.Predicate.Parameters), out,
		environment.Scratch)
	if err != nil {
		return identity, fmt.Errorf("%w: the module refused what was recorded: %w", ErrIntegrity, err)
	}
	if s.Predicate.RowBalance == nil || *rowBalance(result.Balance) != *s.Predicate.RowBalance {
		return identity, fmt.Errorf("%w: the row balance is not the recorded one", ErrIntegrity)
	}
	if s.Kind() == "dataset-selected" {
		if err := r.proveAgain(ctx, s, inputs[portEvents], sums); err != nil {
			return identity, err
		}
	}
	return identity, r.compare(ctx, s, sums)
}

// given are the inputs of a recorded step. Those of a selection are the events of
// its data set and its own choice, neither of which its entry may name as an input.
func (r *remaking) given(ctx context.Context, s ledger.Statement, info analysis.Info) ([]ledger.Dependency, error) {
	if s.Kind() == "dataset-selected" {
		return r.selectedFrom(ctx, s)
	}
	var dependencies []ledger.Dependency
	for _, port := range info.Inputs {
		if d := dependency(s, port.Name); d != nil {
			dependencies = append(dependencies, *d)
		}
	}
	return dependencies, nil
}

// compare holds every output against the recorded digests.
func (r *remaking) compare(ctx context.Context, s ledger.Statement, sums map[string]*sum) error {
	for _, subject := range s.Subject {
		made, known := sums[subject.Name]
		if !known {
			return fmt.Errorf("%w: the step makes no %q", ErrIntegrity, subject.Name)
		}
		blob, err := r.Blobs.Find(ctx, r.id, subject.Digest)
		if err != nil {
			return fmt.Errorf("output %q: %w", subject.Name, err)
		}
		again := Blob{SHA256: ledger.Digest(made.Sum(nil)), Size: made.size, Salt: blob.Salt}
		if !maps.Equal(again.Recorded(), subject.Digest) {
			return fmt.Errorf("%w: output %q of the module differs from the recorded one (%d bytes against %d)",
				ErrIntegrity, subject.Name, made.size, blob.Size)
		}
	}
	return nil
}

// sum hashes and counts.
type sum struct {
	hash.Hash
	size int64
}

func newSum() *sum { return &sum{Hash: sha256.New()} }

// Write hashes p.
func (s *sum) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	return s.Hash.Write(p)
}

// statement reads an entry and opens its envelope.
func (s *Service) statement(ctx context.Context, id ledger.EntryID) (ledger.Statement, error) {
	stored, err := s.Store.ByEntryID(ctx, id)
	if err != nil {
		return ledger.Statement{}, fmt.Errorf("entry %s: %w", id, err)
	}
	return stored.Statement()
}

// Statement returns what the entry says.
// Errors: ErrNotFound for an erased entry, ErrIntegrity.
func (s Stored) Statement() (ledger.Statement, error) {
	if s.Erased {
		return ledger.Statement{}, fmt.Errorf("entry %s has been erased: %w", s.Entry, ErrNotFound)
	}
	signed, err := ParseSigned(s.Envelope)
	if err != nil {
		return ledger.Statement{}, fmt.Errorf("%w: entry %s: %w", ErrIntegrity, s.Entry, err)
	}
	return signed.Statement(), nil
}

// short is the beginning of a digest, for people.
func short(d ledger.Digest) string { return d.String()[:12] }
