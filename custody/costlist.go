package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Cost is a sum as it stands.
type Cost struct {
	Case       CaseID         `json:"case"`
	In         string         `json:"in"` // reference of the case
	ID         string         `json:"id"`
	Kind       CostKind       `json:"kind"`
	Pence      int64          `json:"pence"`
	On         policy.Date    `json:"on"`
	Operator   string         `json:"operator,omitempty"`
	Unit       string         `json:"unit"`
	About      ledger.EntryID `json:"about"`
	Submission string         `json:"submission,omitempty"`
	Reference  string         `json:"reference,omitempty"`
	Note       string         `json:"note,omitempty"`
	Why        string         `json:"why,omitempty"` // it was recorded anew, or withdrawn
	Withdrawn  bool           `json:"withdrawn,omitempty"`
	By         string         `json:"by"`
	Entry      ledger.EntryID `json:"entry"`
	Time       ledger.Time    `json:"time"`
	Gone       bool           `json:"gone,omitempty"` // what the record said of it was erased
}

// List returns the sums of a case in the order of their numbers.
// Errors: ErrDenied.
func (u Costs) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Cost, error) {
	a, err := u.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	found, err := a.costs(ctx, 0)
	return notNil(found), err
}

// costs returns the sums of the act's case as they stood at asOf.
func (a *act) costs(ctx context.Context, asOf uint64) ([]Cost, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, costRegister, asOf)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	about, _, err := maybe[caseFact](ctx, a.Store, a.id, inCase, string(a.id), asOf)
	if err != nil {
		return nil, err
	}
	list := make([]Cost, len(rows))
	for n, row := range rows {
		c := Cost{Case: a.id, In: about.Reference, ID: row.Name, About: row.About, By: row.By, Entry: row.Entry, Time: row.Time}
		doc, err := documentOf[costDocument](ctx, a.Service, a.id, row.Payload)
		switch {
		case errors.Is(err, ErrNotFound):
			c.Gone = true
		case err != nil:
			return nil, fmt.Errorf("cost %s: %w", row.Name, err)
		}
		c.Kind, c.Pence, c.On, c.Operator, c.Unit, c.Submission = doc.Kind, doc.Pence, doc.On, doc.Operator, doc.Unit, doc.Submission
		c.Reference, c.Note, c.Why, c.Withdrawn = doc.Reference, doc.Note, doc.Why, doc.Withdrawn
		list[n] = c
	}
	slices.SortFunc(list, func(x, y Cost) int { return byNumber(x.ID, y.ID) })
	return list, nil
}

// counts tells whether the sum is one that is added up.
func (c Cost) counts() bool { return !c.Withdrawn && !c.Gone }

// charged is what the sum adds to what was charged.
// Units: pence; negative for what was given back.
func (c Cost) charged() int64 {
	switch {
	case !c.counts() || c.Kind.estimate():
		return 0
	case c.Kind == CostCredit:
		return -c.Pence
	}
	return c.Pence
}

// expected is what the sum adds to what was expected.
// Units: pence.
func (c Cost) expected() int64 {
	if c.counts() && c.Kind.estimate() {
		return c.Pence
	}
	return 0
}

// CostSearch asks for totals.
// Shape: without a Case those over every case; From and Until are the first and the
// last day of the cost, empty = no bound. ByCase adds up each case too, for those who
// oversee them.
type CostSearch struct {
	Ask
	Case   CaseID
	From   policy.Date
	Until  policy.Date
	ByCase bool
}

// CostTotals is what was charged and what was expected, added up in several ways.
// Shape: each list in the order of names.
// Units: pence; what was given back is taken off what was charged.
type CostTotals struct {
	CostLine
	Cases     []CostLine `json:"cases"`
	Kinds     []CostLine `json:"kinds"`
	Operators []CostLine `json:"operators"`
	Units     []CostLine `json:"units"`
}

// CostLine is one line of totals.
type CostLine struct {
	Name     string           `json:"name"`
	Charged  int64            `json:"charged"`
	Expected int64            `json:"expected"`
	Sums     int              `json:"sums"` // how many were added up
	Entries  []ledger.EntryID `json:"entries"`
}

// Totals adds up what the work costs. Over every case it is asked for as totals.read
// and names no case, with ByCase as audit.read.
// Errors: ErrDenied; ErrInvalid.
func (u Costs) Totals(ctx context.Context, actor Actor, search CostSearch) (CostTotals, error) {
	action := policy.CaseRead
	switch {
	case search.Case == "" && search.ByCase:
		action = policy.AuditRead
	case search.Case == "":
		action = policy.TotalsRead
	}
	for _, day := range []policy.Date{search.From, search.Until} {
		if day != "" {
			if err := checkDay("bound of the period", day); err != nil {
				return CostTotals{}, err
			}
		}
	}
	a, err := u.s.begin(ctx, actor, search.Case, action, search.Ask)
	if err != nil {
		return CostTotals{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return CostTotals{}, err
	}
	var sums []Cost
	err = a.overCases(ctx, search.Case, nil, func(within *act) error {
		of, err := within.costs(ctx, 0)
		sums = append(sums, of...)
		return err
	})
	if err != nil {
		return CostTotals{}, err
	}
	sums = slices.DeleteFunc(sums, func(c Cost) bool {
		return search.From != "" && c.On < search.From || search.Until != "" && c.On > search.Until
	})
	totals := addUp(sums)
	if search.Case == "" && !search.ByCase {
		totals.Cases = []CostLine{}
	}
	return totals, nil
}

// addUp adds sums up in every way.
func addUp(sums []Cost) CostTotals {
	t := CostTotals{
		Cases: costLines(sums, func(c Cost) string { return c.In }), Kinds: costLines(sums, func(c Cost) string { return string(c.Kind) }),
		Operators: costLines(sums, func(c Cost) string { return c.Operator }), Units: costLines(sums, func(c Cost) string { return c.Unit }),
	}
	if all := costLines(sums, func(Cost) string { return "all" }); len(all) == 1 {
		t.CostLine = all[0]
	} else {
		t.CostLine = CostLine{Name: "all", Entries: []ledger.EntryID{}}
	}
	return t
}

// costLines adds sums up by a name; what has none is left out.
func costLines(sums []Cost, by func(Cost) string) []CostLine {
	lines := map[string]CostLine{}
	for _, c := range sums {
		name := by(c)
		if !c.counts() || name == "" {
			continue
		}
		line := lines[name]
		line.Name, line.Charged, line.Expected, line.Sums = name, line.Charged+c.charged(), line.Expected+c.expected(), line.Sums+1
		line.Entries = append(line.Entries, c.Entry)
		lines[name] = line
	}
	list := []CostLine{}
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		line := lines[name]
		slices.SortFunc(line.Entries, func(x, y ledger.EntryID) int { return cmp.Compare(x.String(), y.String()) })
		list = append(list, line)
	}
	return list
}
