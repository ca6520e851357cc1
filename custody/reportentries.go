package custody

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// entriesReport lists what stands on the work chain of a case, as of then: what,
// when, by whom, and where in the log.
func entriesReport(ctx context.Context, a *act, ask reportAsk) (paper.Document, error) {
	about, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), ask.asOf)
	if err != nil {
		return paper.Document{}, err
	}
	chain, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return paper.Document{}, err
	}
	table := paper.Table{Columns: []string{"No.", "In the log", "Entry", "Kind", "Time (as its signer states it)", "By"}, Rows: [][]string{}}
	behind := map[string][]string{}
	err = a.eachStored(ctx, chain, ask.asOf, func(stored Stored) error {
		when, by := "erased", ""
		statement, err := stored.Statement()
		if err == nil {
			if !ask.within(statement.Predicate.Time.Time) {
				return nil
			}
			when, by = inUTC(statement.Predicate.Time.Time), statement.Predicate.Actor.ID
		} else if !stored.Erased {
			return err
		}
		behind[stored.Kind] = append(behind[stored.Kind], stored.Entry.String())
		table.Rows = append(table.Rows, []string{
			strconv.FormatUint(stored.N, 10), strconv.FormatUint(uint64(stored.Index), 10), stored.Entry.String(), stored.Kind, when, by,
		})
		return nil
	})
	if err != nil {
		return paper.Document{}, err
	}
	figures := []paper.Figure{}
	for _, kind := range slices.Sorted(maps.Keys(behind)) {
		slices.Sort(behind[kind])
		figures = append(figures, paper.Figure{ID: kind, Words: "entries of the kind " + kind, Value: int64(len(behind[kind])), Entries: behind[kind]})
	}
	return paper.Document{
		Reference: about.Reference, About: []paper.Fact{{Name: "Case", Value: about.Title}},
		Sections: []paper.Section{
			{Heading: "Counts", Facts: []paper.Fact{}, Figures: figures, Paragraphs: []string{}},
			{Heading: "Entries", Facts: []paper.Fact{}, Figures: []paper.Figure{}, Paragraphs: []string{}, Table: &table},
		},
	}, nil
}

// eachStored calls f for every entry of a chain that stood in the log when it had
// asOf entries.
func (s *Service) eachStored(ctx context.Context, chain Chain, asOf uint64, f func(Stored) error) error {
	head, _, err := s.Store.Head(ctx, chain.ID)
	if err != nil {
		return fmt.Errorf("head of the %s chain: %w", chain.Kind, err)
	}
	const batch = 256
	for from := uint64(1); from <= head; from += batch {
		entries, err := s.Store.Entries(ctx, chain.ID, from, min(head, from+batch-1))
		if err != nil {
			return fmt.Errorf("entries of the %s chain: %w", chain.Kind, err)
		}
		for _, stored := range entries {
			if uint64(stored.Index) >= asOf {
				return nil
			}
			if err := f(stored); err != nil {
				return err
			}
		}
	}
	return nil
}
