package custody

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"custos.example/analysis/event"
	"custos.example/analysis/source"
	"custos.example/ledger"
	"custos.example/policy"
)

// portScope is the input of a source that says what its authority covers.
const portScope = "scope"

// stageScope names the entry by which a scope was drawn.
const stageScope = "scope"

// scopeOf says which events an authority covers; of an extraction, those of its own
// days, which its user may have agreed to more narrowly. It is pure, so that the
// scope of an old import can be drawn again.
func scopeOf(a policy.Authority, of policy.Source) source.Scope {
	s := source.Scope{
		Class: source.ClassTraffic, Content: a.Regime != policy.RIPA && a.Regime != policy.IPA,
		From: secondsOf(a.From, true), Until: secondsOf(a.Until, false), Identifiers: []string{},
	}
	if !s.Content {
		s.Class = classOf(a.DataTypes)
	}
	for _, id := range a.Identifiers {
		if ofPlace(id) {
			s.Identifiers = append(s.Identifiers, id)
		} else {
			s.Identifiers = append(s.Identifiers, canonical(id)...)
		}
	}
	if of.Kind == policy.ExtractionFile { // the device was chosen, not whom it speaks with
		s.Identifiers, s.From, s.Until = []string{source.Everybody}, secondsOf(of.From, true), secondsOf(of.Until, false)
	}
	slices.Sort(s.Identifiers)
	s.Identifiers = slices.Compact(s.Identifiers)
	return s
}

// classOf is the highest class of event that kinds of communications data hold.
func classOf(types []policy.DataType) source.Class {
	switch {
	case slices.Contains(types, policy.Traffic) || slices.Contains(types, policy.Events):
		return source.ClassTraffic
	case slices.Contains(types, policy.ServiceUse):
		return source.ClassService
	}
	return source.ClassNone
}

// secondsOf is an instant of an authority as events have theirs: the first second
// that lies wholly after it, or the last one that began before.
func secondsOf(t policy.Time, first bool) string {
	const layout = "2006-01-02T15:04:05Z"
	at, err := time.Parse("2006-01-02T15:04:05.000Z", string(t))
	if err != nil {
		at = time.Time{}
	}
	if cut := at.Truncate(time.Second); first && cut.Before(at) {
		at = cut.Add(time.Second)
	}
	if at.Year() < event.FirstYear {
		at = time.Date(event.FirstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if at.Year() > event.LastYear {
		at = time.Date(event.LastYear, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return at.Format(layout)
}

// ukNumbers reads identifiers under the plan of the United Kingdom, which is made
// once and reads one at a time.
var ukNumbers = struct {
	sync.Mutex
	plan func() (*event.Plan, error)
}{plan: sync.OnceValues(func() (*event.Plan, error) { return event.NewPlan("gb") })}

// canonical returns an identifier as events have it, and as it was written.
func canonical(id string) []string {
	plan, err := ukNumbers.plan()
	if err != nil {
		return []string{id}
	}
	ukNumbers.Lock()
	defer ukNumbers.Unlock()
	if r := plan.Read([]byte(id)); r.Kind == event.Number && string(r.Value) != id {
		return []string{id, string(r.Value)}
	}
	return []string{id}
}

// asListed returns identifiers as a list has them: a number that the list writes in
// another way is written in that way, so that 07700 900123 is found under
// +447700900123, and the other way round.
// Shape: sorted, nothing twice, never nil.
func asListed(identifiers, list []string) []string {
	written := map[string]string{}
	for _, listed := range list {
		for _, form := range canonical(listed) {
			written[form] = listed
		}
	}
	told := make([]string, 0, len(identifiers))
	for _, id := range identifiers {
		for _, form := range canonical(id) {
			if listed, there := written[form]; there && !slices.Contains(list, id) {
				id = listed
			}
		}
		told = append(told, id)
	}
	return sorted(told)
}

// draw keeps the scope of the authority behind a file, for the source step and
// for the record. A file of reference has none.
func (in *intake) draw(ctx context.Context, r reading) ([]ledger.Dependency, error) {
	if len(in.authority()) == 0 || !hasInput(r.step.Info(), portScope) {
		return nil, nil
	}
	authority, err := in.authorityFacts(ctx, in.about.authority, 0)
	if err != nil {
		return nil, err
	}
	text, err := source.MarshalScope(scopeOf(*authority, *in.about.source))
	if err != nil {
		return nil, fmt.Errorf("the scope of %s: %w: %w", authority.Reference, ErrInvalid, err)
	}
	blob, err := in.keep(ctx, text)
	if err != nil {
		return nil, err
	}
	entry := in.entryID(stageScope)
	return []ledger.Dependency{{Name: portScope, Digest: blob.Recorded(), Entry: &entry}}, nil
}
