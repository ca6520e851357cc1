package custody

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Exhibits is the producing, checking and packing of exhibits.
type Exhibits struct{ s *Service }

// Produce renders the outputs of a run as the files of an exhibit and records
// it, each rendering with its step and parameters. A reference that exists
// gets its next version; no version is ever replaced.
func (e Exhibits) Produce(ctx context.Context, actor Actor, request Produce) (Produced, error) {
	if !itemReference.MatchString(request.Reference) {
		return Produced{}, fmt.Errorf("%q is not an exhibit reference such as JAS/1: %w", request.Reference, ErrInvalid)
	}
	if err := checkTexts(map[string]string{"title": request.Title}); err != nil {
		return Produced{}, err
	}
	a, err := e.s.begin(ctx, actor, request.Case, policy.ExhibitProduce, request.Ask)
	if err != nil {
		return Produced{}, err
	}
	run, dataset, err := a.producer(ctx, request.Run)
	if err != nil {
		return Produced{}, err
	}
	about := resource{dataset: dataset}
	if err := a.decide(ctx, about); err != nil {
		return Produced{}, err
	}
	if stored, done, err := a.earlier(ctx, "exhibit"); done || err != nil {
		return e.produced(ctx, a, stored.Entry, err)
	}
	p := &production{act: a, request: request, run: run, dataset: dataset}
	if p.steps, err = a.renderers(run, request.Renderers); err != nil {
		return Produced{}, err
	}
	// Rendered before anyone has to wait for it; repeated when another version of
	// the exhibit is recorded meanwhile, because the version stands on every page.
	if _, err := p.sheets(ctx); err != nil {
		return Produced{}, err
	}
	_, err = a.commit(ctx, "exhibit", about, func() ([]sheet, error) { return p.sheets(ctx) })
	if err != nil {
		return Produced{}, err
	}
	return e.produced(ctx, a, a.entryID("exhibit"), nil)
}

// production is an exhibit in the making.
type production struct {
	*act
	request  Produce
	run      producedFact
	dataset  ledger.EntryID
	steps    []analysis.Step
	version  uint64
	rendered []rendering
}

// rendering is one rendered file.
type rendering struct {
	name  string // of the subject: schedule-csv, schedule-pdf
	made  made
	entry ledger.EntryID
	deps  []ledger.Dependency
}

// renderers returns the renderers by name, or every one whose inputs are all
// among the outputs of the run.
func (s *Service) renderers(run producedFact, names []string) ([]analysis.Step, error) {
	var steps []analysis.Step
	for _, name := range names {
		step, err := s.step(name, analysis.Render)
		if err != nil {
			return nil, err
		}
		if missing := unmet(step.Info(), run); missing != "" {
			return nil, fmt.Errorf("%s needs %q, which the run did not make: %w", name, missing, ErrInvalid)
		}
		if slices.ContainsFunc(steps, func(s analysis.Step) bool { return s.Info().Name == step.Info().Name }) {
			return nil, fmt.Errorf("%s is asked for twice: %w", name, ErrInvalid)
		}
		steps = append(steps, step)
	}
	if len(names) == 0 {
		for _, step := range s.Steps.All() {
			if info := step.Info(); info.Class == analysis.Render && unmet(info, run) == "" {
				steps = append(steps, step)
			}
		}
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no renderer fits what this run made: %w", ErrInvalid)
	}
	return steps, nil
}

// unmet returns the first input that neither the run nor this service gives.
func unmet(info analysis.Info, run producedFact) string {
	for _, port := range info.Inputs {
		if port.Name != "meta" && !port.Optional && !slices.ContainsFunc(run.Subjects, func(s ledger.Subject) bool { return s.Name == port.Name }) {
			return port.Name
		}
	}
	return ""
}

// sheets renders every file and says what is recorded.
func (p *production) sheets(ctx context.Context) ([]sheet, error) {
	newest, err := p.newest(ctx)
	if err != nil {
		return nil, err
	}
	if p.rendered == nil || newest+1 != p.version {
		p.version = newest + 1
		if err := p.render(ctx); err != nil {
			return nil, err
		}
	}
	work, err := p.chain(ctx, p.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	authority, err := p.authorityOf(ctx, p.dataset)
	if err != nil {
		return nil, err
	}
	run := p.request.Run
	detail := &ledger.ExhibitProduced{Reference: p.request.Reference, Title: p.request.Title, Version: p.version}
	exhibit := sheet{
		stage: "exhibit", chain: work, operation: "consultation", changes: true, detail: detail, authority: authority,
		balance:      &p.run.Balance,
		dependencies: []ledger.Dependency{{Name: "run", Digest: p.run.Subjects[0].Digest, Entry: &run}},
	}
	var sheets []sheet
	for _, r := range p.rendered {
		sheets = append(sheets, r.made.sheet("render "+r.name, r.made.info.Title, work, r.deps, authority))
		file := r.made.outputs[0]
		entry := r.entry
		exhibit.subjects = append(exhibit.subjects, ledger.Subject{Name: r.name, Digest: file.Digest})
		exhibit.dependencies = append(exhibit.dependencies, ledger.Dependency{Name: r.name, Digest: file.Digest, Entry: &entry})
		detail.Renders = append(detail.Renders, ledger.Render{Step: r.made.step, Subject: r.name})
	}
	return append(sheets, exhibit), nil
}

// newest is the version of the exhibit that stands in the record, or 0.
func (p *production) newest(ctx context.Context) (uint64, error) {
	known, err := has(ctx, p.Store, p.id, inReferences, p.request.Reference, 0)
	if err != nil || !known {
		return 0, err
	}
	fact, err := find[exhibitFact](ctx, p.Store, p.id, inReferences, p.request.Reference, 0)
	return fact.Version, err
}

// render runs every renderer over the outputs of the run and the front matter.
func (p *production) render(ctx context.Context) error {
	meta, err := p.meta(ctx)
	if err != nil {
		return err
	}
	p.rendered = make([]rendering, 0, len(p.steps))
	for _, step := range p.steps {
		info := step.Info()
		if len(info.Outputs) != 1 {
			return fmt.Errorf("%w: renderer %s has %d outputs", ErrIntegrity, info.Identity(), len(info.Outputs))
		}
		r := rendering{name: strings.TrimPrefix(info.Name, "render-")}
		r.entry = p.entryID("render " + r.name)
		for _, port := range info.Inputs {
			given := func(s ledger.Subject) bool { return s.Name == port.Name }
			if !port.Optional || slices.ContainsFunc(p.run.Subjects, given) {
				r.deps = append(r.deps, p.renderInput(port.Name, meta))
			}
		}
		if r.made, err = p.runOver(ctx, step, r.deps, p.request.Params[info.Name]); err != nil {
			return err
		}
		p.rendered = append(p.rendered, r)
	}
	return nil
}

// renderInput is one input of a renderer: an output of the run under the same
// name, or the front matter.
func (p *production) renderInput(port string, meta Blob) ledger.Dependency {
	if port == "meta" {
		return ledger.Dependency{Name: port, Digest: meta.Recorded()}
	}
	run := p.request.Run
	at := slices.IndexFunc(p.run.Subjects, func(s ledger.Subject) bool { return s.Name == port })
	return ledger.Dependency{Name: port, Digest: p.run.Subjects[at].Digest, Entry: &run}
}

// produced gathers from the record what the asker is told of an exhibit.
func (e Exhibits) produced(ctx context.Context, a *act, entry ledger.EntryID, err error) (Produced, error) {
	if err != nil {
		return Produced{}, err
	}
	stored, err := a.Store.ByEntryID(ctx, entry)
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Produced{}, err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, entry.String(), 0)
	if err != nil {
		return Produced{}, fmt.Errorf("exhibit %s: %w", entry, err)
	}
	produced := Produced{Proof: proof, Reference: fact.Reference, Version: int(fact.Version), Balance: fact.Balance} //nolint:gosec // small
	for _, s := range fact.Subjects {
		blob, err := a.Blobs.Find(ctx, a.id, s.Digest)
		if err != nil {
			return Produced{}, fmt.Errorf("file %q of exhibit %s: %w", s.Name, entry, err)
		}
		produced.Files = append(produced.Files, output(s.Name, blob))
		render, err := a.Store.ByEntryID(ctx, a.entryID("render "+s.Name))
		shown, err := a.again(ctx, render, err)
		if err != nil {
			return Produced{}, err
		}
		produced.Renders = append(produced.Renders, shown)
	}
	return produced, a.receipt(ctx, &produced.Proof)
}

// Read writes one file of an exhibit, such as "schedule-pdf", to w. That it was
// read, by whom and why, is recorded first.
func (e Exhibits) Read(ctx context.Context, actor Actor, request ReadExhibit, w io.Writer) error {
	a, err := e.s.begin(ctx, actor, request.Case, policy.RowRead, request.Ask)
	if err != nil {
		return err
	}
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, request.Exhibit.String(), 0)
	if err != nil {
		return fmt.Errorf("exhibit %s: %w", request.Exhibit, err)
	}
	_, dataset, err := a.producer(ctx, fact.Run)
	if err != nil {
		return err
	}
	if err := a.decide(ctx, resource{dataset: dataset}); err != nil {
		return err
	}
	at := slices.IndexFunc(fact.Subjects, func(s ledger.Subject) bool { return s.Name == request.File })
	if at < 0 {
		return fmt.Errorf("exhibit %s has no file %q: %w", fact.Reference, request.File, ErrNotFound)
	}
	content, _, err := a.open(ctx, a.id, fact.Subjects[at].Digest)
	if err != nil {
		return err
	}
	defer letGo(content)
	_, err = io.Copy(w, io.NewSectionReader(content, 0, content.Size()))
	return err
}
