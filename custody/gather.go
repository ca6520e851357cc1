package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
)

// The steps that bring several files together.
const (
	mergeStep = "merge-events"
	joinStep  = "cell-join"
	admitStep = "admit-excess"
)

// mostMerged is how many data sets one merge takes.
const mostMerged = 64

// gather brings several data sets, and a cell table, together for a step: each
// by a run of its own that stands in the record. A run over the same inputs is
// not made a second time.
func (n Analyses) gather(ctx context.Context, a *act, info analysis.Info, request Run) (map[string]PayloadRef, error) {
	if len(request.Inputs) > 0 {
		return nil, fmt.Errorf("name the inputs of a run either by port or as data sets, not both: %w", ErrInvalid)
	}
	data, err := a.inOrder(ctx, request.Data)
	if err != nil {
		return nil, err
	}
	if data, err = n.admitted(ctx, a, request, data); err != nil {
		return nil, err
	}
	if data, err = n.merge(ctx, a, request, data); err != nil {
		return nil, err
	}
	events := data[0]
	if request.Cells != (ledger.EntryID{}) && !hasInput(info, "cells") {
		events, err = n.once(ctx, a, request, joinStep, "Positions of cells from a cell table", map[string]PayloadRef{
			"events": {Entry: events}, "set-aside": {Entry: events}, "cells": {Entry: request.Cells},
		})
		if err != nil {
			return nil, err
		}
	}
	if !prepares(info.Name) {
		if events, err = n.masked(ctx, a, request, events); err != nil {
			return nil, err
		}
	}
	refs := map[string]PayloadRef{}
	for _, port := range info.Inputs {
		switch port.Name {
		case portExcess:
			refs[port.Name] = PayloadRef{Entry: data[0]}
		case "events", "set-aside":
			refs[port.Name] = PayloadRef{Entry: events}
		case "cells":
			if request.Cells != (ledger.EntryID{}) {
				refs[port.Name] = PayloadRef{Entry: request.Cells}
			}
		}
	}
	return refs, nil
}

// admitted brings the events outside the scope of each data set in among the
// others, where that is asked for: the policy lets it when their use was approved.
func (n Analyses) admitted(ctx context.Context, a *act, request Run, data []ledger.EntryID) ([]ledger.EntryID, error) {
	if !request.Excess {
		return data, nil
	}
	whole := slices.Clone(data)
	for i, entry := range data {
		fact, dataset, err := a.producer(ctx, entry)
		if err != nil {
			return nil, err
		}
		if _, has := fact.subject(portExcess); !dataset || !has || fact.Balance.Outside == 0 {
			continue
		}
		whole[i], err = n.once(ctx, a, request, admitStep, "Events with those outside the authority's scope whose use was approved", map[string]PayloadRef{
			"events": {Entry: entry}, "set-aside": {Entry: entry}, portExcess: {Entry: entry},
		})
		if err != nil {
			return nil, err
		}
	}
	return whole, nil
}

// inOrder sorts data sets by the numbers of their items, so that the same files
// named in another order make the same merge.
func (a *act) inOrder(ctx context.Context, data []ledger.EntryID) ([]ledger.EntryID, error) {
	type named struct {
		item  string
		entry ledger.EntryID
	}
	var list []named
	for _, entry := range data {
		fact, _, err := a.producer(ctx, entry)
		if err != nil {
			return nil, err
		}
		list = append(list, named{itemKey(fact.Item), entry})
	}
	slices.SortStableFunc(list, func(x, y named) int { return strings.Compare(x.item, y.item) })
	sorted := make([]ledger.EntryID, 0, len(list))
	for _, l := range list {
		if slices.Contains(sorted, l.entry) {
			return nil, fmt.Errorf("data set %s is named twice: %w", l.entry, ErrInvalid)
		}
		sorted = append(sorted, l.entry)
	}
	return sorted, nil
}

// itemKey is an item's reference with its number padded, so that NET/9 stands
// before NET/10.
func itemKey(item string) string {
	initials, number, found := strings.Cut(item, "/")
	if !found {
		return item
	}
	return initials + "/" + strings.Repeat("0", max(0, 6-len(number))) + number
}

// merge merges until one entry holds every event.
func (n Analyses) merge(ctx context.Context, a *act, request Run, data []ledger.EntryID) ([]ledger.EntryID, error) {
	for len(data) > 1 {
		var merged []ledger.EntryID
		for part := range slices.Chunk(data, mostMerged) {
			if len(part) == 1 {
				merged = append(merged, part[0])
				continue
			}
			refs := map[string]PayloadRef{}
			for i, entry := range part {
				refs[portOf("events", i)] = PayloadRef{Entry: entry, Name: "events"}
				refs[portOf("set-aside", i)] = PayloadRef{Entry: entry, Name: "set-aside"}
			}
			entry, err := n.once(ctx, a, request, mergeStep, fmt.Sprintf("Events of %d files in one data set", len(part)), refs)
			if err != nil {
				return nil, err
			}
			merged = append(merged, entry)
		}
		data = merged
	}
	return data, nil
}

// portOf names the port of the i-th data set of a merge.
func portOf(name string, i int) string {
	if i == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d", name, i+1)
}

// once returns the run of a step over these inputs: the one that stands in the
// record, or a new one.
func (n Analyses) once(ctx context.Context, a *act, request Run, step, title string, refs map[string]PayloadRef,
	given ...ledger.Dependency,
) (ledger.EntryID, error) {
	s, err := a.step(step, analysis.Analyse)
	if err != nil {
		return ledger.EntryID{}, err
	}
	info := s.Info()
	dependencies, err := a.dependencies(ctx, info, refs, given...)
	if err != nil {
		return ledger.EntryID{}, err
	}
	params, err := info.Fill(nil)
	if err != nil {
		return ledger.EntryID{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	runs, err := list[producedFact](ctx, a.Store, a.id, inRuns, 0)
	if err != nil {
		return ledger.EntryID{}, err
	}
	for _, run := range runs {
		if run.Step == a.identity(info) && sameInputs(info, run.Dependencies, dependencies) &&
			(len(params)+len(run.Parameters) == 0 || maps.Equal(map[string]string(params), run.Parameters)) {
			return run.Entry, nil
		}
	}
	key := a.key("once " + digestKey(dependencies[0].Digest) + digestKey(dependencies[len(dependencies)-1].Digest) + " " + step + fmt.Sprint(len(dependencies)))
	ran, err := n.Run(ctx, a.actor, Run{
		Ask: Ask{RequestID: key.String(), Purpose: request.Purpose, For: request.For}, Case: a.id, Step: step, Title: title, Inputs: refs,
		given: given,
	})
	return ran.Entry, err
}

// entriesOf returns the entries that made the inputs, each once.
func entriesOf(dependencies []ledger.Dependency) []ledger.EntryID {
	var entries []ledger.EntryID
	for _, d := range dependencies {
		if d.Entry != nil && !slices.Contains(entries, *d.Entry) {
			entries = append(entries, *d.Entry)
		}
	}
	return entries
}
