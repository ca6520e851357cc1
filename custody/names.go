package custody

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/ledger"
)

// Named returns the entry that people call by a name of theirs: an authority by
// its reference, as an application, a received file by its item, an exhibit by its reference (the
// newest version). An entry's own id stands for itself.
//
// It reads nothing but where an entry stands; what may be done with it is
// decided when it is asked for.
// Errors: ErrNotFound; ErrConflict when two have that name.
func (c Cases) Named(ctx context.Context, id CaseID, collection Names, name string) (ledger.EntryID, error) {
	if entry, err := ledger.ParseEntryID(name); err == nil {
		return entry, nil
	}
	var entries []ledger.EntryID
	var err error
	switch collection {
	case NamedAuthority:
		entries, err = entriesNamed(ctx, c.s.Store, id, inAuthority, func(f authorityFact) (string, ledger.EntryID) { return f.Reference, f.First }, name)
	case NamedApplication:
		entries, err = entriesNamed(ctx, c.s.Store, id, inApplications, func(f applicationFact) (string, ledger.EntryID) { return f.Reference, f.First }, name)
	case NamedEvidence:
		entries, err = entriesNamed(ctx, c.s.Store, id, inEvidence, func(f evidenceFact) (string, ledger.EntryID) { return f.Item, f.Entry }, name)
	case NamedExhibit:
		entries, err = entriesNamed(ctx, c.s.Store, id, inReferences, func(f exhibitFact) (string, ledger.EntryID) { return f.Reference, f.Entry }, name)
	case NamedDataset:
		entries, err = c.datasets(ctx, id, name)
	case NamedItem:
		entries, err = entriesNamed(ctx, c.s.Store, id, inItems, func(f itemFact) (string, ledger.EntryID) { return f.Item, f.Entry }, name)
	case NamedNote:
		entries, err = entriesNamed(ctx, c.s.Store, id, inRegisters, func(f rowFact) (string, ledger.EntryID) {
			if f.Register != noteRegister {
				return "", f.Entry
			}
			return f.Name, f.Entry
		}, name)
	}
	if err != nil {
		return ledger.EntryID{}, err
	}
	switch len(entries) {
	case 0:
		return ledger.EntryID{}, fmt.Errorf("the case has no %s called %s: %w", collection, name, ErrNotFound)
	case 1:
		return entries[0], nil
	}
	return ledger.EntryID{}, fmt.Errorf("the case has %d entries called %s (%s); name the one that is meant by its entry: %w", len(entries), name, strings.Trim(fmt.Sprint(entries), "[]"), ErrConflict)
}

// Names is a kind of thing that people call by a name.
type Names string

// The kinds of thing that have names.
const (
	NamedAuthority   Names = "authority"
	NamedApplication Names = "application"
	NamedEvidence    Names = "received file"
	NamedDataset     Names = "data set"
	NamedExhibit     Names = "exhibit"
	NamedItem        Names = "item"
	NamedNote        Names = "note"
)

func entriesNamed[F any](ctx context.Context, store Store, id CaseID, collection string, of func(F) (string, ledger.EntryID), name string) ([]ledger.EntryID, error) {
	facts, err := list[F](ctx, store, id, collection, 0)
	if err != nil {
		return nil, err
	}
	var entries []ledger.EntryID
	for _, f := range facts {
		if called, entry := of(f); called == name {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// datasets returns the newest data set of an item, and of each file of an extraction
// under one item the newest of that file, in the order of the files.
func (c Cases) datasets(ctx context.Context, id CaseID, item string) ([]ledger.EntryID, error) {
	facts, err := list[producedFact](ctx, c.s.Store, id, inDatasets, 0)
	if err != nil {
		return nil, err
	}
	newest := map[extractedFact]producedFact{} // what came out of no extraction is one
	for _, fact := range facts {
		if fact.Item != item {
			continue
		}
		file, err := c.extractedFile(ctx, id, fact)
		if err != nil {
			return nil, err
		}
		if before, there := newest[file]; !there || before.Time.Before(fact.Time.Time) {
			newest[file] = fact
		}
	}
	var entries []ledger.EntryID
	for _, file := range slices.SortedFunc(maps.Keys(newest), func(a, b extractedFact) int {
		return cmp.Or(strings.Compare(a.Entry.String(), b.Entry.String()), cmp.Compare(a.File, b.File), strings.Compare(a.Category, b.Category))
	}) {
		entries = append(entries, newest[file].Entry)
	}
	return entries, nil
}

// extractedFile returns which file of an extraction a data set was made from; the
// zero value for any other file.
func (c Cases) extractedFile(ctx context.Context, id CaseID, dataset producedFact) (extractedFact, error) {
	for _, on := range dataset.Dependencies {
		if on.Name != portSource || on.Entry == nil {
			continue
		}
		file, err := find[evidenceFact](ctx, c.s.Store, id, inEvidence, on.Entry.String(), 0)
		if err != nil || file.Extracted == nil {
			return extractedFact{}, err
		}
		return *file.Extracted, nil
	}
	return extractedFact{}, nil
}

// Datasets returns the newest data set of every received file of communications
// data, in the order of the items and of the files of an extraction.
func (c Cases) Datasets(ctx context.Context, id CaseID) ([]ledger.EntryID, error) {
	files, err := list[evidenceFact](ctx, c.s.Store, id, inEvidence, 0)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f evidenceFact) bool { return f.Reference != "" })
	slices.SortFunc(files, func(a, b evidenceFact) int { return strings.Compare(itemKey(a.Item), itemKey(b.Item)) })
	var entries []ledger.EntryID
	for _, f := range files {
		newest, err := c.datasets(ctx, id, f.Item)
		if err != nil {
			return nil, err
		}
		for _, entry := range newest {
			if !slices.Contains(entries, entry) {
				entries = append(entries, entry)
			}
		}
	}
	return entries, nil
}
