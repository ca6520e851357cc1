package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// The inputs of a renderer that are no output of the run under its own name.
const (
	portMeta    = "meta"     // the front matter, which this service writes
	portTable   = "table"    // the first output of the run, whatever its name
	portBaseMap = "base-map" // what was made of a base map
)

// production is an exhibit in the making.
type production struct {
	*act
	request  Produce
	run      producedFact
	baseMap  *producedFact
	lineage  lineage
	steps    []analysis.Step
	version  uint64
	defects  []defectFact
	rendered []rendering
}

// rendering is one rendered file.
type rendering struct {
	name  string // of the subject: schedule-csv, schedule-pdf
	made  made
	entry ledger.EntryID
	deps  []ledger.Dependency
}

// production finds the run, the base map, and what stands behind them.
func (a *act) production(ctx context.Context, request Produce) (*production, error) {
	p := &production{act: a, request: request}
	behind := []ledger.EntryID{request.Run}
	var err error
	if p.run, _, err = a.producer(ctx, request.Run); err != nil {
		return nil, err
	}
	if request.BaseMap != (ledger.EntryID{}) {
		fact, _, err := a.producer(ctx, request.BaseMap)
		if err != nil {
			return nil, fmt.Errorf("base map: %w", err)
		}
		if _, known := fact.subject(portBaseMap); !known {
			return nil, fmt.Errorf("entry %s is no base map: %w", request.BaseMap, ErrInvalid)
		}
		p.baseMap = &fact
		behind = append(behind, request.BaseMap)
	}
	p.lineage, err = a.lineage(ctx, behind...)
	return p, err
}

// renderers returns the renderers that were asked for, or those that fit what
// the run made: the ones made for its outputs, else the ones for any table.
func (p *production) renderers() ([]analysis.Step, error) {
	var steps []analysis.Step
	for _, name := range p.request.Renderers {
		step, err := p.renderer(name)
		if err != nil {
			return nil, err
		}
		if missing := p.unmet(step.Info()); missing != "" {
			return nil, fmt.Errorf("%s needs %q, which the run did not make: %w", name, missing, ErrInvalid)
		}
		if slices.ContainsFunc(steps, func(s analysis.Step) bool { return s.Info().Name == step.Info().Name }) {
			return nil, fmt.Errorf("%s is asked for twice: %w", name, ErrInvalid)
		}
		steps = append(steps, step)
	}
	if len(p.request.Renderers) == 0 {
		steps = p.fitting()
	}
	if len(steps) == 0 {
		return nil, fmt.Errorf("no renderer fits what this run made: %w", ErrInvalid)
	}
	if p.baseMap != nil && !slices.ContainsFunc(steps, func(s analysis.Step) bool { return hasInput(s.Info(), portBaseMap) }) {
		return nil, fmt.Errorf("none of these renderers draws a base map: %w", ErrInvalid)
	}
	return steps, nil
}

// renderer returns the renderer of a name; its file's name alone, such as
// table-pdf, will do.
func (p *production) renderer(name string) (analysis.Step, error) {
	const prefix = "render-"
	if !strings.HasPrefix(name, prefix) {
		if step, err := p.step(prefix+name, analysis.Render); err == nil {
			return step, nil
		}
	}
	return p.step(name, analysis.Render)
}

// fitting returns the renderers whose inputs the run made.
func (p *production) fitting() []analysis.Step {
	var own, general []analysis.Step
	for _, step := range p.Steps.All() {
		info := step.Info()
		switch {
		case info.Class != analysis.Render || p.unmet(info) != "":
		case !hasInput(info, portTable):
			own = append(own, step)
		case strings.HasPrefix(info.Name, "render-table-"):
			general = append(general, step)
		}
	}
	if len(own) > 0 {
		return own
	}
	return general
}

func hasInput(info analysis.Info, name string) bool {
	return slices.ContainsFunc(info.Inputs, func(p analysis.Port) bool { return p.Name == name })
}

// unmet returns the first input that must be there and that nothing gives.
func (p *production) unmet(info analysis.Info) string {
	for _, port := range info.Inputs {
		if _, given := p.input(port.Name, nil); !given && !port.Optional {
			return port.Name
		}
	}
	return ""
}

// input is what stands for one input of a renderer, if anything does.
func (p *production) input(port string, meta ledger.DigestSet) (ledger.Dependency, bool) {
	fact := p.run
	name := port
	switch {
	case port == portMeta:
		return ledger.Dependency{Name: port, Digest: meta}, true
	case port == portTable:
		name = fact.Subjects[0].Name
	case port == portBaseMap && p.baseMap != nil:
		fact = *p.baseMap
	}
	subject, known := fact.subject(name)
	entry := fact.Entry
	return ledger.Dependency{Name: port, Digest: subject.Digest, Entry: &entry}, known
}

// sheets renders every file and says what is recorded. The files are rendered
// anew when another version or another defect was recorded meanwhile, because
// both stand on the pages.
func (p *production) sheets(ctx context.Context) ([]sheet, error) {
	newest, err := p.newest(ctx)
	if err != nil {
		return nil, err
	}
	defects, err := p.touching(ctx, p.lineage, p.steps)
	if err != nil {
		return nil, err
	}
	if p.rendered == nil || newest+1 != p.version || !sameDefects(defects, p.defects) {
		p.version, p.defects = newest+1, defects
		if err := p.render(ctx); err != nil {
			return nil, err
		}
	}
	work, err := p.chain(ctx, p.id, ledger.Work)
	if err != nil {
		return nil, err
	}
	run := p.request.Run
	detail := &ledger.ExhibitProduced{
		Expert: p.request.Expert, Reference: p.request.Reference, Title: p.request.Title, Version: p.version,
	}
	if p.version > 1 {
		detail.Changed = p.request.Changed
	}
	exhibit := sheet{
		stage: "exhibit", chain: work, operation: "consultation", changes: true, detail: detail, authority: p.lineage.authority,
		balance:      &p.run.Balance,
		dependencies: []ledger.Dependency{{Name: "run", Digest: p.run.Subjects[0].Digest, Entry: &run}},
	}
	var sheets []sheet
	for _, r := range p.rendered {
		sheets = append(sheets, r.made.sheet("render "+r.name, r.made.info.Title, work, r.deps, p.lineage.authority))
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
	if err != nil {
		return 0, err
	}
	if !known {
		item, err := has(ctx, p.Store, p.id, inItems, p.request.Reference, 0)
		if err == nil && item {
			err = fmt.Errorf("%s is an item in custody: take another reference: %w", p.request.Reference, ErrConflict)
		}
		if err != nil {
			return 0, err
		}
		file, received, err := maybe[fileFact](ctx, p.Store, p.id, inFiles, p.request.Reference, 0)
		if err == nil && received {
			err = fmt.Errorf("%s is the reference of a received file (entry %s): take another reference: %w", p.request.Reference, file.Entry, ErrConflict)
		}
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
			if d, given := p.input(port.Name, meta.Recorded()); given {
				r.deps = append(r.deps, d)
			}
		}
		if r.made, err = p.runOver(ctx, step, r.deps, p.request.Params[info.Name]); err != nil {
			return err
		}
		p.rendered = append(p.rendered, r)
	}
	return nil
}
