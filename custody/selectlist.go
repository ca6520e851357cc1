package custody

import (
	"context"
	"errors"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// ListedSelection is one selection of rows of a case.
type ListedSelection struct {
	Entry     ledger.EntryID     `json:"entry"`
	Title     string             `json:"title"`
	By        string             `json:"by"`
	Time      ledger.Time        `json:"time"`
	Selection analysis.Selection `json:"selection"`
	Gone      bool               `json:"gone,omitempty"` // what it said was erased
}

// List lists the selections of a case in the order of their items and times. That
// somebody asked is recorded.
// Errors: ErrDenied.
func (n Selections) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]ListedSelection, error) {
	a, err := n.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, err := list[producedFact](ctx, a.Store, id, inSelected, 0)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y producedFact) int {
		if c := strings.Compare(itemKey(x.Item), itemKey(y.Item)); c != 0 {
			return c
		}
		if c := x.Time.Compare(y.Time.Time); c != 0 {
			return c
		}
		return strings.Compare(x.Entry.String(), y.Entry.String())
	})
	listed := make([]ListedSelection, len(facts))
	for i, f := range facts {
		listed[i] = ListedSelection{Entry: f.Entry, Title: f.Title, By: f.By, Time: f.Time}
		if listed[i].Selection, err = a.selectionOf(ctx, f); errors.Is(err, ErrNotFound) {
			listed[i].Gone, err = true, nil
			listed[i].Selection = analysis.Selection{Item: f.Item, Withheld: []analysis.RuleCount{}, Redacted: []analysis.Redaction{}}
		}
		if err != nil {
			return nil, err
		}
	}
	return listed, nil
}
