package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"custos.example/analysis"
	"custos.example/ledger"
)

// againChecks is phase 16: is every result made again from what was recorded?
func againChecks() []check {
	return []check{
		{16, "outputs", askAgain, checkOutputs, func(c *checker) string {
			return fmt.Sprintf("%s made again: every byte the same", c.again.counted())
		}},
		{16, "parameters", askAgain, checkParameters, nil},
		{16, "balance", askAgain, checkBalance, func(*checker) string { return "the row balances came out the same" }},
	}
}

// reproduction is what came of making the results again, found once.
type reproduction struct {
	made     bool
	outputs  []problem
	balances []problem
	params   []problem
	sources  int
	runs     int
	renders  int
	archived int
	pages    int // of these, pages whose fonts this program packs otherwise
	alone    int // of these, with no step of this program to compare
	carried  int // of these, in the very module that this program carries
	foreign  int // made by this program's own steps in the place of a module that is not here
	modules  map[ledger.Digest]Module
}

// counted says how many steps were made again.
func (r *reproduction) counted() string {
	text := join(", ", count(r.sources, "import"), count(r.runs, "analysis run"), count(r.renders, "rendering"))
	if text == "" {
		return "nothing was"
	}
	return text
}

// count returns a number with its noun, or nothing for none.
func count(n int, noun string) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func checkOutputs(c *checker) []problem    { return c.remake().outputs }
func checkParameters(c *checker) []problem { return c.remake().params }
func checkBalance(c *checker) []problem    { return c.remake().balances }

// remake runs every step that the shown entries name, once.
func (c *checker) remake() *reproduction {
	r := &c.again
	if r.made {
		return r
	}
	r.made, r.modules = true, map[ledger.Digest]Module{}
	for _, e := range c.work.entries {
		if e.Statement.Predicate.Step == nil || e.Statement.Kind() == "dataset-selected" {
			continue // a selection is proved row by row instead
		}
		a := attempt{checker: c, entry: e, step: *e.Statement.Predicate.Step}
		a.run()
		if c.ctx.Err() != nil {
			r.outputs = append(r.outputs, unknown("R02", "The check was stopped before every result was made again."))
			break
		}
	}
	for _, m := range r.modules {
		if m != nil {
			_ = m.Close(context.WithoutCancel(c.ctx))
		}
	}
	return r
}

// attempt is one step on its way to be made again.
type attempt struct {
	*checker
	entry   ledger.Entry
	step    ledger.Step
	foreign bool                        // a difference shows nothing, since the named module cannot be run here
	kept    map[string]analysis.Scratch // what was made, by output, if the caller wants it
}

// cannot notes a step that could not be made again: it matters when the
// exhibit rests on it.
func (a *attempt) cannot(format string, args ...any) {
	p := limit("R02", "Entry %d (%s) was not made again: %s", a.entry.N, a.name(), fmt.Sprintf(format, args...))
	if a.graph().ancestors[a.entry.Statement.Predicate.Place.Entry] {
		p.outcome = Unknown
	}
	a.again.outputs = append(a.again.outputs, p)
}

// name is the step as the record names it.
func (a *attempt) name() string { return fmt.Sprintf("%s@%d", word(a.step.Name), a.step.Version) }

// run makes the step again and notes what came of it.
func (a *attempt) run() {
	native, module, ok := a.choose()
	if !ok {
		return
	}
	in, ok := a.inputs(native)
	if !ok {
		return
	}
	comparers, out := a.comparers()
	if err := a.keepAll(out, false); err != nil {
		a.cannot("%s.", err)
		return
	}
	params := maps.Clone(a.entry.Statement.Predicate.Parameters)
	a.parameters(params)
	result, err := a.execute(native, module, in, params, out)
	if err != nil {
		a.failed(err)
		return
	}
	if a.compare(comparers, result) && native == nil {
		a.second(in, params)
	}
}

// parameters wants every parameter of the step to be recorded, defaults too;
// one that the step does not have makes the step itself refuse.
func (a *attempt) parameters(recorded analysis.Params) {
	own, known := a.ownStep()
	if !known {
		return
	}
	full, err := own.Info().Fill(recorded)
	if err == nil && !maps.Equal(full, recorded) && len(full)+len(recorded) > 0 {
		a.again.params = append(a.again.params, differs("R04", "Entry %d does not record every parameter of %s.", a.entry.N, a.name()))
	}
}

// comparers returns a comparer for each output of the step.
func (a *attempt) comparers() (map[string]*comparer, map[string]io.Writer) {
	comparers, out := map[string]*comparer{}, map[string]io.Writer{}
	for _, s := range a.entry.Statement.Subject {
		k, _ := keyOf(s.Digest)
		var recorded analysis.Input
		if u, here := a.payload(k); here {
			recorded = u
		}
		comparers[s.Name] = newComparer(recorded)
		out[s.Name] = comparers[s.Name]
	}
	return comparers, out
}

// second makes again with this program's own step what an archived program made
// that this program does not carry: whoever made the bundle also chose that
// program, and a step of one name and version makes one result. Only how a page
// packs its fonts may differ.
func (a *attempt) second(in map[string]analysis.Input, params analysis.Params) {
	own, known := a.ownStep()
	switch {
	case a.o.Checker.Module == a.step.Module.String():
		return
	case !known:
		a.again.alone++
		return
	}
	comparers, out := a.comparers()
	if err := a.keepAll(out, own.Info().Class == analysis.Render); err != nil {
		a.cannot("%s.", err)
		return
	}
	made, err := analysis.Runner{Env: stepEnv{a.o.Scratch}}.Run(a.ctx, own, in, params, out)
	switch {
	case a.ctx.Err() != nil:
		return
	case err != nil:
		p := unknown("R05", "The archived program from the bundle made what entry %d records; this program's own %s makes nothing of it. One of the two is not what it says.", a.entry.N, a.name())
		p.detail = []string{err.Error()}
		a.again.outputs = append(a.again.outputs, p)
		return
	}
	for _, s := range a.entry.Statement.Subject {
		k, _ := keyOf(s.Digest)
		if err := comparers[s.Name].finish(k, a.saltOf(k)); err != nil {
			a.again.outputs = append(a.again.outputs, a.otherwise(s.Name, k, err))
		}
	}
	if b := a.entry.Statement.Predicate.RowBalance; b != nil && !sameBalance(*b, made.Result.Balance) {
		a.again.balances = append(a.again.balances, a.counts(unknown("R03",
			"The archived program from the bundle counted the rows of entry %d as recorded; this program's own %s counts others. One of the two is not what it says.", a.entry.N, a.name()), *b, made.Result.Balance))
	}
}

// otherwise is the problem of an output that this program's own step does not
// make as the archived program did.
func (a *attempt) otherwise(output string, k key, err error) problem {
	u, here := a.payload(k)
	if a.kept[output] != nil && here && a.extension(output) == "pdf" && samePacked(u, a.kept[output]) {
		a.again.pages++
		return limit("R05", "The archived program from the bundle made the page of entry %d; this program's own %s packs its fonts otherwise, as another version of a compressor does. Unpacked, the two are the same.", a.entry.N, a.name())
	}
	p := unknown("R05", "The archived program from the bundle made what entry %d records; this program's own %s makes something else. One of the two is not what it says.", a.entry.N, a.name())
	p.detail = []string{output + ": " + err.Error()}
	a.handOut(output, k)
	return p
}

// choose returns this program's own step, or the archived module.
func (a *attempt) choose() (analysis.Step, Module, bool) {
	own, known := a.ownStep()
	none := a.step.Module == ledger.Digest{}
	if !a.o.Archived && known && !none && a.step.Module == a.o.Native {
		return own, nil, true
	}
	if !none {
		m, err := a.archive()
		switch {
		case err == nil && m != nil:
			return nil, m, true
		case err != nil && a.o.Archived:
			a.cannot("the archived program cannot be run: %s.", err)
			return nil, nil, false
		}
	}
	if a.o.Archived || !known {
		a.cannot("the archived program that it names is not in the bundle, and this program has no such step.")
		return nil, nil, false
	}
	a.foreign = true
	return own, nil, true
}

// ownStep returns this program's step of the recorded name and version.
func (a *attempt) ownStep() (analysis.Step, bool) {
	if a.o.Steps == nil || a.step.Version > 1<<20 {
		return nil, false
	}
	return a.o.Steps.Find(a.step.Name, int(a.step.Version))
}

// archive returns the module that the entry names, ready to run; nil when the
// bundle does not hold it or nothing can run it.
func (a *attempt) archive() (Module, error) {
	if m, loaded := a.again.modules[a.step.Module]; loaded {
		return m, nil
	}
	u, here := a.payload(key{ledger.SHA256, a.step.Module})
	if !here || a.o.Load == nil || u.Size() > MaxDocument {
		return nil, nil
	}
	wasm, err := io.ReadAll(io.NewSectionReader(u, 0, u.Size()))
	if err != nil {
		return nil, err
	}
	m, err := a.o.Load(a.ctx, wasm)
	if err == nil {
		a.again.modules[a.step.Module] = m
	}
	return m, err
}

// inputs returns the step's inputs by port.
func (a *attempt) inputs(native analysis.Step) (map[string]analysis.Input, bool) {
	in := map[string]analysis.Input{}
	for _, d := range a.entry.Statement.Predicate.ResolvedDependencies {
		if !a.isPort(native, d) {
			continue
		}
		k, err := keyOf(d.Digest)
		u, here := a.payload(k)
		if err != nil || !here {
			a.cannot("its input %q is not in the bundle.", d.Name)
			return nil, false
		}
		in[d.Name] = u
	}
	return in, true
}

// isPort tells whether a dependency is an input of the step. Other
// dependencies, such as recorded decisions, only say where an input comes from.
func (a *attempt) isPort(native analysis.Step, d ledger.Dependency) bool {
	if native == nil {
		if own, known := a.ownStep(); known {
			native = own
		}
	}
	if native == nil {
		decided, question := a.decided(d)
		return !decided || question == d.Name // a scope is an input itself; other answers say where one comes from
	}
	for _, p := range native.Info().Inputs {
		if p.Name == d.Name {
			return true
		}
	}
	return false
}

// execute runs the step here or in the module.
func (a *attempt) execute(native analysis.Step, module Module, in map[string]analysis.Input, params analysis.Params,
	out map[string]io.Writer,
) (analysis.Result, error) {
	if native == nil {
		a.again.archived++
		if a.o.Checker.Module == a.step.Module.String() {
			a.again.carried++
		}
		return module.Run(a.ctx, a.step.Name, int(a.step.Version), in, params, out, a.o.Scratch) //nolint:gosec // a module refuses an unknown version
	}
	outcome, err := analysis.Runner{Env: stepEnv{a.o.Scratch}}.Run(a.ctx, native, in, params, out)
	return outcome.Result, err
}

// failed notes a step that gave no result.
func (a *attempt) failed(err error) {
	if a.ctx.Err() != nil {
		return
	}
	if a.foreign || errors.Is(err, analysis.ErrScratchFull) {
		a.cannot("%s.", err)
		return
	}
	p := differs("R01", "Repeating the work of entry %d (%s) gave no result, and the record has one.", a.entry.N, a.name())
	p.detail = []string{err.Error()}
	a.again.outputs = append(a.again.outputs, p)
}
