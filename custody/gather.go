package custody

import (
	"bytes"
	"context"
	"fmt"
	"io"
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

// identified wants every identifier that a parameter names to stand in the data
// or to have been typed a second time.
// Errors: ErrInvalid with the parameter's name, never the identifier.
func (a *act) identified(ctx context.Context, dependencies []ledger.Dependency, request Run) error {
	missing := map[string]string{} // identifier to parameter
	for _, name := range slices.Sorted(maps.Keys(request.Params)) {
		value := request.Params[name]
		if again, typed := request.Again[name]; typed {
			if again != value {
				return fmt.Errorf("the parameter %q was not the same the second time: %w", name, ErrInvalid)
			}
			continue
		}
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
			if identifier(part) {
				missing[part] = name
			}
		}
	}
	for _, d := range dependencies {
		if len(missing) == 0 {
			return nil
		}
		if err := a.strike(ctx, d.Digest, missing); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Values(missing)) {
		return fmt.Errorf("the parameter %q names an identifier that stands in no row of the data and was typed once only: "+
			"look at it again, and type the parameter a second time if it is right: %w", name, ErrInvalid)
	}
	return nil
}

// identifier tells whether a word is one in canonical form: a number or a
// handset, subscriber or named identity.
func identifier(word string) bool {
	if rest, is := strings.CutPrefix(word, "+"); is {
		word = rest
	} else if strings.HasPrefix(word, "id:") {
		return true
	} else if len(word) < 14 { // a small number is a count, not a handset
		return false
	}
	return len(word) > 4 && strings.Trim(word, "0123456789") == ""
}

// strike takes out of missing the identifiers that stand in an input.
func (a *act) strike(ctx context.Context, recorded ledger.DigestSet, missing map[string]string) error {
	content, _, err := a.open(ctx, a.id, recorded)
	if err != nil {
		return err
	}
	defer letGo(content)
	const overlap = 64
	r := io.NewSectionReader(content, 0, content.Size())
	buffer := make([]byte, 256<<10)
	held := 0
	for len(missing) > 0 {
		n, err := r.Read(buffer[held:])
		window := buffer[:held+n]
		for word := range missing {
			if standsIn(window, word) {
				delete(missing, word)
			}
		}
		if err != nil {
			if err == io.EOF { //nolint:errorlint // a reader returns it bare
				return nil
			}
			return fmt.Errorf("look for identifiers: %w", err)
		}
		held = copy(buffer, window[max(0, len(window)-overlap):])
	}
	return nil
}

// standsIn tells whether a word stands in a text by itself, not as the beginning
// of a longer number.
func standsIn(text []byte, word string) bool {
	for {
		at := bytes.Index(text, []byte(word))
		if at < 0 {
			return false
		}
		end := at + len(word)
		if end == len(text) || text[end] < '0' || text[end] > '9' {
			return true
		}
		text = text[end:]
	}
}
