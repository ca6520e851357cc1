package custody

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis/render"
	"custos.example/ledger"
)

// cited is what stands beside an exhibit without being part of it: the received files
// and the items on which its first page says that an attribution stands.
type cited struct {
	files    []evidenceFact
	datasets []portion // that were made of those files
	items    map[string]bool
}

// cited finds what the attributions of an exhibit name. Left out is what no bundle
// carries whole (files that are kept and not read, and extractions), what stands on
// the sensitive schedule, and a file for named people of which nothing was read, unless
// it was obtained under the authorities of the exhibit: nobody decides on its use.
func (a *act) cited(ctx context.Context, exhibit exhibitFact, behind lineage) (cited, error) {
	c := cited{}
	names, err := a.bases(ctx, exhibit)
	if err != nil || len(names) == 0 {
		return c, err
	}
	if c.items, err = a.citedItems(ctx, names); err != nil {
		return c, err
	}
	files, err := list[evidenceFact](ctx, a.Store, a.id, inEvidence, 0)
	if err != nil {
		return c, err
	}
	datasets, err := list[producedFact](ctx, a.Store, a.id, inDatasets, 0)
	if err != nil {
		return c, err
	}
	rows, err := registerRows(ctx, a.Store, a.id, extractionRegister, 0)
	if err != nil {
		return c, err
	}
	for _, f := range files {
		within := slices.ContainsFunc(behind.files, func(b evidenceFact) bool { return b.Entry == f.Entry })
		extraction := slices.ContainsFunc(rows, func(row rowFact) bool { return row.About == f.Entry })
		if within || extraction || !slices.Contains(names, f.Item) || f.Reference == Opaque {
			continue
		}
		made := portionsOf(f, datasets)
		ours := !slices.ContainsFunc(f.Authority, func(id ledger.EntryID) bool { return !slices.Contains(behind.authority, id) })
		flags, err := a.flagsUnder(ctx, f.Authority, 0)
		if err != nil {
			return c, err
		}
		if len(made) == 0 && !ours && len(flags) > 0 {
			continue
		}
		sensitive, err := a.sensitive(ctx, f.Entry, 0)
		if err != nil {
			return c, err
		}
		if !sensitive {
			c.files, c.datasets = append(c.files, f), append(c.datasets, made...)
		}
	}
	return c, nil
}

// citedItems are the items of those names that do not stand on the sensitive schedule.
func (a *act) citedItems(ctx context.Context, names []string) (map[string]bool, error) {
	items := map[string]bool{}
	facts, err := list[itemFact](ctx, a.Store, a.id, inItems, 0)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		if !slices.Contains(names, f.Item) {
			continue
		}
		sensitive, err := a.sensitive(ctx, f.Entry, 0)
		if err != nil {
			return nil, err
		}
		items[f.Item] = !sensitive
	}
	return items, nil
}

// portionsOf returns what was made of a file.
func portionsOf(file evidenceFact, datasets []producedFact) []portion {
	var made []portion
	for _, d := range datasets {
		if slices.Contains(entriesOf(d.Dependencies), file.Entry) {
			made = append(made, portion{entry: d.Entry})
		}
	}
	return made
}

// bases returns the names on which the attributions of an exhibit stand, as its first
// page has them.
func (a *act) bases(ctx context.Context, exhibit exhibitFact) ([]string, error) {
	statement, err := a.statement(ctx, exhibit.Entry)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, run := range entriesOf(statement.Predicate.ResolvedDependencies) {
		rendered, err := a.statement(ctx, run)
		if err != nil {
			return nil, err
		}
		page := dependency(rendered, portMeta)
		if page == nil {
			continue
		}
		text, err := a.document(ctx, a.id, page.Digest)
		if errors.Is(err, ErrNotFound) {
			continue // erased, and so printed nowhere any more
		}
		if err != nil {
			return nil, err
		}
		var m render.Meta
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("%w: first page of exhibit %s: %w", ErrIntegrity, exhibit.Reference, err)
		}
		for _, attribution := range m.Attributions {
			_, list, _ := strings.Cut(attribution.Basis, ": ")
			names = append(names, strings.Split(list, ", ")...)
		}
	}
	return names, nil
}

// shownData is the data whose rows a bundle of an exhibit shows: whoever makes one
// must be one who may work on it.
func (a *act) shownData(ctx context.Context, exhibit exhibitFact) ([]portion, error) {
	behind, err := a.lineage(ctx, exhibit.Run)
	if err != nil {
		return nil, err
	}
	c, err := a.cited(ctx, exhibit, behind)
	return append(behind.parts(), c.datasets...), err
}

// sensitive tells whether something stands on the sensitive schedule.
func (a *act) sensitive(ctx context.Context, entry ledger.EntryID, asOf uint64) (bool, error) {
	assessed, known, err := a.assessed(ctx, entry, asOf)
	return known && assessed.Status == StatusMG6D, err
}
