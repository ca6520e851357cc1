package custody

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// looked is one look at rows: who, at what, and what they asked.
type looked struct {
	lookFact
	index ledger.Index
	doc   consultation
	day   policy.Date
}

// sameSearch tells whether two looks belong to one search: the same person asked
// the same of the same data on one day.
func (l looked) sameSearch(other looked) bool {
	x, y := l.doc.Input, other.doc.Input
	return l.By == other.By && l.day == other.day && x.Dataset.ID == y.Dataset.ID && x.Request.Query == y.Request.Query &&
		x.Request.View == y.Request.View
}

// searches takes up the pages of rows that were looked at: those of one person over
// one data set with one question and on one day are one search, under its first
// decision. What the defence, an inspector or an auditor looked at is none of the
// case's material.
func (g *materialList) searches(ctx context.Context) error {
	looks, err := list[lookFact](ctx, g.Store, g.id, inLooks, g.asOf)
	if err != nil {
		return err
	}
	var all []looked
	for _, l := range looks {
		if l.Action != string(policy.RowRead) || !l.Allowed {
			continue
		}
		one, counts, err := g.look(ctx, l)
		if err != nil {
			return err
		}
		if counts {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(x, y looked) int { return cmp.Compare(x.index, y.index) })
	var groups [][]looked
	for _, l := range all {
		if at := slices.IndexFunc(groups, func(g []looked) bool { return g[0].sameSearch(l) }); at >= 0 {
			groups[at] = append(groups[at], l)
			continue
		}
		groups = append(groups, []looked{l})
	}
	for _, group := range groups {
		if err := g.search(ctx, group); err != nil {
			return err
		}
	}
	return nil
}

// look reads what was asked. A look that shows no rows, or whose record was erased,
// does not count.
func (g *materialList) look(ctx context.Context, fact lookFact) (looked, bool, error) {
	l := looked{lookFact: fact}
	doc, err := documentOf[consultation](ctx, g.Service, g.id, fact.Payload)
	if errors.Is(err, ErrNotFound) {
		return l, false, nil
	}
	if err != nil {
		return l, false, fmt.Errorf("decision %s: %w", fact.Entry, err)
	}
	l.doc = doc
	if doc.Input.Request == nil || doc.Input.Dataset == nil || doc.Input.Request.First == 0 || !investigates(doc.Input.Actor.Role) {
		return l, false, nil
	}
	stored, err := g.Store.ByEntryID(ctx, fact.Entry)
	if err != nil {
		return l, false, err
	}
	l.index = stored.Index
	l.day, err = dayOf(fact.Time.Time)
	return l, true, err
}

// investigates tells whether somebody in that role works on the case for the
// prosecution.
func investigates(role policy.Role) bool {
	apart := []policy.Role{policy.DefenceExpert, policy.DefenceSolicitor, policy.Inspector, policy.Auditor, policy.DPO, policy.Finance}
	return !slices.Contains(apart, role)
}

// search takes up one search.
func (g *materialList) search(ctx context.Context, looks []looked) error {
	first := looks[0]
	id, err := ledger.ParseEntryID(first.doc.Input.Dataset.ID)
	if err != nil {
		return fmt.Errorf("%w: decision %s: %w", ErrIntegrity, first.Entry, err)
	}
	dataset, err := find[producedFact](ctx, g.Store, g.id, inDatasets, id.String(), g.asOf)
	if err != nil {
		return fmt.Errorf("data set %s: %w", id, err)
	}
	from, to := first.doc.Input.Request.First, first.doc.Input.Request.Last
	for _, l := range looks[1:] {
		from, to = min(from, l.doc.Input.Request.First), max(to, l.doc.Input.Request.Last)
	}
	request := first.doc.Input.Request
	params := map[string]string{"rows": fmt.Sprintf("%d to %d", from, to), "view": string(request.View), "pages": fmt.Sprint(len(looks))}
	text := fmt.Sprintf("Rows %d to %d of the data set of %s looked at on %s, in %s", from, to, dataset.Item, first.day, pagesText(len(looks)))
	if request.Query != policy.NoEntry {
		terms, err := g.lookedFor(ctx, first.Entry)
		if err != nil {
			return err
		}
		if terms.Type != "" {
			params["type"] = terms.Type
			text += "; records of type " + terms.Type
		}
		if terms.Identifier != "" {
			params["identifier"] = terms.Identifier
			text += "; those of an identifier"
		}
	}
	return g.add(ctx, Material{
		Entry: first.Entry, from: id, Class: SearchMaterial, Name: "rows of " + dataset.Item, By: first.By, Time: first.Time, Parameters: params, Description: text,
	})
}

func pagesText(n int) string {
	if n == 1 {
		return "1 page"
	}
	return fmt.Sprintf("%d pages", n)
}

// lookedFor returns what was looked for, as it was recorded beside the decision.
func (g *materialList) lookedFor(ctx context.Context, decision ledger.EntryID) (RowQuery, error) {
	row, err := registerRow(ctx, g.Store, g.id, disclosureRegister, rowName(rowSearch, decision.String()), g.asOf)
	if errors.Is(err, ErrNotFound) {
		return RowQuery{}, nil // before such terms were recorded
	}
	if err != nil {
		return RowQuery{}, err
	}
	terms, err := documentOf[RowQuery](ctx, g.Service, g.id, row.Payload)
	if errors.Is(err, ErrNotFound) {
		return RowQuery{}, nil
	}
	return terms, err
}

// searchFor decides on a look and records with it what is looked for, so that it can
// be scheduled: the decision itself bears a digest of it alone. What the defence
// looks for is theirs.
func (a *act) searchFor(ctx context.Context, about resource, find RowQuery) error {
	if find == (RowQuery{}) || slices.ContainsFunc(a.person.Roles, func(r string) bool { return !investigates(policy.Role(r)) }) {
		return a.decide(ctx, about)
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(a.Rand, random); err != nil {
		return fmt.Errorf("name the search: %w", err)
	}
	stage := "search " + hex.EncodeToString(random)
	_, err := a.commit(ctx, stage, about, func() ([]sheet, error) {
		s, err := a.rowSheet(ctx, stage, disclosureRegister, rowName(rowSearch, a.ruling.entry.String()), ledger.EntryID{}, false, find)
		s.operation = "consultation"
		return []sheet{s}, err
	})
	return err
}

// notes takes up every note.
func (g *materialList) notes(ctx context.Context) error {
	rows, err := registerRows(ctx, g.Store, g.id, noteRegister, g.asOf)
	if err != nil {
		return err
	}
	for _, row := range rows {
		err := g.add(ctx, Material{
			Entry: row.Entry, Class: NoteMaterial, Name: row.Name, By: row.By, Time: row.Time,
			Description: fmt.Sprintf("Note %s of %s", row.Name, row.Time.Format("2 January 2006")),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// items takes up every item that was booked in.
func (g *materialList) items(ctx context.Context) error {
	items, err := list[itemFact](ctx, g.Store, g.id, inItems, g.asOf)
	if err != nil {
		return err
	}
	for _, f := range items {
		text := fmt.Sprintf("Item %s (%s)", f.Item, f.Media)
		if f.Parent != "" {
			text += ", part of " + f.Parent
		}
		if err := g.add(ctx, Material{Entry: f.Entry, Class: ItemMaterial, Name: f.Item, By: f.By, Time: f.Time, Description: text}); err != nil {
			return err
		}
	}
	return nil
}
