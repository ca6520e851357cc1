package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/ledger"
)

// ErrNoParameter is returned when a parameter that is to be changed is one of no
// step behind the exhibit.
var ErrNoParameter = errors.New("no step behind the exhibit has that parameter")

// ErrNotMade is returned when a step gives no result with the changed parameters.
var ErrNotMade = errors.New("the exhibit could not be made with these parameters")

// WhatIf is what an exhibit would be if parameters were others. It is not the
// exhibit that was served: every page of it says so.
type WhatIf struct {
	Exhibit  string          `json:"exhibit"`
	Version  uint64          `json:"version"`
	Headline Headline        `json:"headline"`
	Sentence string          `json:"sentence"`
	Changes  []Change        `json:"changes"`
	Balances []WhatIfBalance `json:"balances"`
	Files    []WhatIfFile    `json:"files"`
	scratch  []analysis.Scratch
}

// Change is one parameter that was changed.
type Change struct {
	N         uint64 `json:"n"` // entry of the step
	Step      string `json:"step"`
	Parameter string `json:"parameter"`
	From      string `json:"from"`
	To        string `json:"to"`
}

// WhatIfBalance is where every row goes in a step that was run again, beside
// where it went in the record.
type WhatIfBalance struct {
	N        uint64            `json:"n"`
	Step     string            `json:"step"`
	Recorded ledger.RowBalance `json:"recorded"`
	Now      ledger.RowBalance `json:"now"`
}

// WhatIfFile is one rendered file.
// Shape: Name is made so that it cannot be taken for a file of the exhibit.
type WhatIfFile struct {
	Name    string         `json:"name"`
	Content analysis.Input `json:"-"`
	Size    int64          `json:"size"`
}

// Close gives back the scratch that holds the files.
func (w *WhatIf) Close() error {
	var errs []error
	for _, s := range w.scratch {
		errs = append(errs, s.Close())
	}
	w.scratch = nil
	return errors.Join(errs...)
}

// Rerun checks the bundle and then runs again what stands behind the exhibit,
// with other parameters, from the recorded inputs. params are by name, or by
// step and name (event-schedule.from). Whoever calls it closes the result.
//
// Nothing of it is written into the bundle, and nobody learns of it.
// Errors: ErrNotTraced, beside the report that says why; ErrNoParameter;
// ErrNotMade.
func Rerun(ctx context.Context, r io.ReaderAt, size int64, o Options, params map[string]string) (WhatIf, Report, error) {
	c := newChecker(ctx, r, size, o)
	defer c.close()
	report := c.conclude(c.walk())
	if report.Exit == ExitDiffers || report.Exhibit == nil {
		return WhatIf{}, report, ErrNotTraced
	}
	w := &whatIf{checker: c, params: params, remade: map[ledger.EntryID]map[string]analysis.Input{}}
	w.result = WhatIf{Exhibit: report.Exhibit.Reference, Version: report.Exhibit.Version, Headline: report.Headline}
	err := w.make()
	for _, m := range c.again.modules {
		if m != nil {
			_ = m.Close(context.WithoutCancel(ctx))
		}
	}
	if err != nil {
		return WhatIf{}, report, errors.Join(err, w.result.Close())
	}
	return w.result, report, nil
}

// whatIf is one re-run under way.
type whatIf struct {
	*checker
	params map[string]string
	result WhatIf
	remade map[ledger.EntryID]map[string]analysis.Input // outputs by entry and name
}

// make changes the parameters and runs every step that they reach.
func (w *whatIf) make() error {
	chain := w.chain()
	if err := w.change(chain); err != nil {
		return err
	}
	w.again.modules = map[ledger.Digest]Module{} // those of the check are closed
	for _, e := range chain {
		if w.reached(e) {
			if err := w.run(e); err != nil {
				return err
			}
		}
	}
	return w.files()
}

// chain returns the entries behind the exhibit that ran a step, in their order.
func (w *whatIf) chain() []ledger.Entry {
	var list []ledger.Entry
	for _, e := range w.work.entries {
		p := e.Statement.Predicate
		if p.Step != nil && w.graph().ancestors[p.Place.Entry] {
			list = append(list, e)
		}
	}
	return list
}

// names are under which a parameter of a step can be called.
func names(step ledger.Step, parameter string) []string {
	return []string{parameter, step.Name + "." + parameter, fmt.Sprintf("%s@%d.%s", step.Name, step.Version, parameter)}
}

// change notes which parameters of which steps are changed.
// Errors: ErrNoParameter with the list of those that can be.
func (w *whatIf) change(chain []ledger.Entry) error {
	used := map[string]bool{}
	var known []string
	for _, e := range chain {
		p := e.Statement.Predicate
		for _, parameter := range slices.Sorted(maps.Keys(p.Parameters)) {
			known = append(known, fmt.Sprintf("%s.%s=%s", p.Step.Name, parameter, p.Parameters[parameter]))
			for _, name := range names(*p.Step, parameter) {
				to, asked := w.params[name]
				if !asked {
					continue
				}
				used[name] = true
				if from := p.Parameters[parameter]; from != to {
					w.result.Changes = append(w.result.Changes, Change{e.N, fmt.Sprintf("%s@%d", p.Step.Name, p.Step.Version), parameter, from, to})
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.params)) {
		if !used[name] {
			return fmt.Errorf("%w: %s; these can be changed: %s", ErrNoParameter, name, strings.Join(slices.Compact(slices.Sorted(slices.Values(known))), ", "))
		}
	}
	if len(w.result.Changes) == 0 {
		return fmt.Errorf("%w: every parameter named has that value in the record", ErrNoParameter)
	}
	w.result.Sentence = sentence(w.result.Changes)
	return nil
}

// sentence says which parameters were changed.
func sentence(changes []Change) string {
	var parts []string
	for _, c := range changes {
		part := fmt.Sprintf("%s of %s was changed from %s to %s", c.Parameter, c.Step, orBlank(c.From), orBlank(c.To))
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

func orBlank(value string) string {
	if value == "" {
		return "blank"
	}
	return value
}

// reached tells whether a step has a changed parameter, or works on what was
// made again, or is a page, since every page says that it is not the exhibit.
func (w *whatIf) reached(e ledger.Entry) bool {
	for _, c := range w.result.Changes {
		if c.N == e.N {
			return true
		}
	}
	for _, d := range e.Statement.Predicate.ResolvedDependencies {
		if d.Name == frontMatter && d.Entry == nil {
			return true
		}
		if d.Entry != nil && w.remade[*d.Entry] != nil {
			return true
		}
	}
	return false
}

// run makes the step again with its new inputs and parameters.
func (w *whatIf) run(e ledger.Entry) error {
	p := e.Statement.Predicate
	a := &attempt{checker: w.checker, entry: e, step: *p.Step}
	fail := func(err error) error { return fmt.Errorf("%w: entry %d (%s): %w", ErrNotMade, e.N, a.name(), err) }
	native, module, ok := a.choose()
	if !ok {
		return fail(errors.New("neither this program nor the bundle has such a step that can be run"))
	}
	in := map[string]analysis.Input{}
	for _, d := range p.ResolvedDependencies {
		if !a.isPort(native, d) {
			continue
		}
		var err error
		if in[d.Name], err = w.input(d); err != nil {
			return fail(err)
		}
	}
	params := maps.Clone(p.Parameters)
	for _, c := range w.result.Changes {
		if c.N == e.N {
			params[c.Parameter] = c.To
		}
	}
	made, out := map[string]analysis.Input{}, map[string]io.Writer{}
	for _, s := range e.Statement.Subject {
		scratch, err := w.o.Scratch()
		if err != nil {
			return fail(err)
		}
		w.result.scratch = append(w.result.scratch, scratch)
		made[s.Name], out[s.Name] = scratch, scratch
	}
	result, err := a.execute(native, module, in, params, out)
	if err != nil {
		return fail(err)
	}
	w.remade[p.Place.Entry] = made
	w.balance(e, a.name(), result.Balance)
	return nil
}

// balance notes where the rows went, then and now; a page shows what it is given.
func (w *whatIf) balance(e ledger.Entry, step string, b analysis.Balance) {
	recorded := e.Statement.Predicate.RowBalance
	if recorded == nil || slices.ContainsFunc(e.Statement.Predicate.ResolvedDependencies, func(d ledger.Dependency) bool { return d.Name == frontMatter }) {
		return
	}
	w.result.Balances = append(w.result.Balances, WhatIfBalance{e.N, step, *recorded, ledger.RowBalance{
		Received: uint64(b.Received), Shown: uint64(b.Shown), Outside: uint64(b.Outside), //nolint:gosec // never negative
		Repeats: uint64(b.Repeats), SetAside: uint64(b.SetAside), //nolint:gosec // never negative
	}})
}

// input is what a step is given: what was made again, the front matter with its
// mark, or what was recorded.
func (w *whatIf) input(d ledger.Dependency) (analysis.Input, error) {
	if d.Entry != nil {
		if again := w.remade[*d.Entry]; again != nil {
			return again[w.outputOf(d)], nil
		}
	}
	k, err := keyOf(d.Digest)
	if err != nil {
		return nil, err
	}
	u, here := w.payload(k)
	if !here {
		return nil, fmt.Errorf("its input %q is not in the bundle", d.Name)
	}
	if d.Name == frontMatter && d.Entry == nil {
		return w.marked(u)
	}
	return u, nil
}

// outputOf returns the name of the output that an input was: of several with one
// content, the one of the input's own name, or the first.
func (w *whatIf) outputOf(d ledger.Dependency) string {
	first := ""
	for _, s := range w.graph().byID[*d.Entry].Statement.Subject {
		if digestText(s.Digest) != digestText(d.Digest) {
			continue
		}
		if s.Name == d.Name {
			return s.Name
		}
		if first == "" {
			first = s.Name
		}
	}
	return first
}

// marked returns the front matter with the sentence that no served page has.
func (w *whatIf) marked(in analysis.Input) (analysis.Input, error) {
	text, err := io.ReadAll(io.NewSectionReader(in, 0, min(in.Size(), MaxDocument)))
	if err != nil {
		return nil, err
	}
	m, err := render.ParseMeta(text)
	if err != nil {
		return nil, err
	}
	m.WhatIf = w.result.Sentence
	if text, err = analysis.MarshalCanonical(m); err != nil {
		return nil, err
	}
	return strings.NewReader(string(text)), nil
}

// files names what the exhibit's files would be.
func (w *whatIf) files() error {
	e, d := w.exhibit()
	for i, s := range e.Statement.Subject {
		for _, dep := range e.Statement.Predicate.ResolvedDependencies {
			if dep.Entry == nil || dep.Name != s.Name || w.remade[*dep.Entry] == nil {
				continue
			}
			extension := portExtension(w.o.Steps, d.Renders[i].Step, w.outputOf(dep), func(i analysis.Info) []analysis.Port { return i.Outputs })
			content := w.remade[*dep.Entry][w.outputOf(dep)]
			w.result.Files = append(w.result.Files, WhatIfFile{
				Name: fmt.Sprintf("%s.what-if.%s.%s.notserved", plainName(d.Reference), s.Name, extension), Content: content, Size: content.Size(),
			})
		}
	}
	if len(w.result.Files) != len(e.Statement.Subject) {
		return fmt.Errorf("%w: %d of its %d files were made", ErrNotMade, len(w.result.Files), len(e.Statement.Subject))
	}
	return nil
}
