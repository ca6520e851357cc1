package demo

import (
	"context"
	"io"
	"strings"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/ledger"
)

// cheating is a custody.Steps of a dishonest keeper: one of the steps does its
// work on something else than it was given. Everything is recorded and signed as
// if it were the honest step.
type cheating struct {
	custody.Steps
	step analysis.Step
}

// Find returns the dishonest step under the honest one's name.
func (c cheating) Find(name string, version int) (analysis.Step, bool) {
	if info := c.step.Info(); info.Name == name && info.Version == version {
		return c.step, true
	}
	return c.Steps.Find(name, version)
}

// All returns every step, the dishonest one in its place.
func (c cheating) All() []analysis.Step {
	all := c.Steps.All()
	for i, s := range all {
		if s.Info().Identity() == c.step.Info().Identity() {
			all[i] = c.step
		}
	}
	return all
}

// doctored is a step that changes one of its inputs on the quiet.
type doctored struct {
	analysis.Step
	port   string
	change func(content string) string
}

// Run runs the step on the changed input.
func (d doctored) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	content, err := io.ReadAll(io.NewSectionReader(in[d.port], 0, in[d.port].Size()))
	if err != nil {
		return analysis.Result{}, err
	}
	changed := map[string]analysis.Input{}
	for name, input := range in {
		changed[name] = input
	}
	changed[d.port] = strings.NewReader(d.change(string(content)))
	return d.Step.Run(env, changed, params, out)
}

// obedient is a module that stands back: the keeper's own steps do the work, and
// its digest is written beside what they make.
type obedient struct{ custody.Module }

// Native says that the keeper's own steps are as good as the module.
func (obedient) Native() bool { return true }

// forgetful is a custody.Store that hides one entry of one chain: whoever reads
// the chain is told of one without it, numbered through. The head it gives is the
// true one, since nothing can be appended after another.
type forgetful struct {
	custody.Store
	chain ledger.ChainID
	n     uint64
}

// told renumbers a place.
func (f forgetful) told(p custody.Placed) custody.Placed {
	if p.Chain == f.chain && p.N > f.n {
		p.N--
	}
	return p
}

// Append appends, and tells the places as if the entry were not there.
func (f forgetful) Append(ctx context.Context, request custody.Request) ([]custody.Placed, error) {
	places, err := f.Store.Append(ctx, request)
	for i := range places {
		places[i] = f.told(places[i])
	}
	return places, err
}

// ByEntryID finds an entry and tells its number as if the entry were not there.
func (f forgetful) ByEntryID(ctx context.Context, id ledger.EntryID) (custody.Stored, error) {
	e, err := f.Store.ByEntryID(ctx, id)
	e.Placed = f.told(e.Placed)
	return e, err
}

// Entries returns the entries but for the hidden one, numbered through.
func (f forgetful) Entries(ctx context.Context, chain ledger.ChainID, from, to uint64) ([]custody.Stored, error) {
	if chain != f.chain {
		return f.Store.Entries(ctx, chain, from, to)
	}
	all, err := f.Store.Entries(ctx, chain, from, to)
	var told []custody.Stored
	for _, e := range all {
		if e.N != f.n {
			e.Placed = f.told(e.Placed)
			told = append(told, e)
		}
	}
	return told, err
}
