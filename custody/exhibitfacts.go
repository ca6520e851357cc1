package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// exhibitFacts says what an exhibit is, who worked on it and who checked it. It was
// served on those who have it or a bundle of it; where one bundle is meant, on those
// on whom that one was served. To is the recipient to whom that bundle is to go.
func (a *act) exhibitFacts(ctx context.Context, exhibit, bundle ledger.EntryID, to string, asOf uint64) (*policy.Exhibit, error) {
	fact, err := find[exhibitFact](ctx, a.Store, a.id, inExhibits, exhibit.String(), asOf)
	if err != nil {
		return nil, fmt.Errorf("exhibit %s: %w", exhibit, err)
	}
	e := &policy.Exhibit{
		Authors: []string{fact.By}, Checker: policy.NoEntry, Content: policy.Fact, Defendant: policy.NoEntry, Form: formOf(fact.Subjects), ID: exhibit.String(),
		KindsStated: true, // every renderer marks facts and assessments of its fields itself
		Producer:    fact.By, Released: []string{}, ServedTo: []string{},
	}
	if fact.Expert != "" {
		e.Content = policy.Opinion
	}
	run, known, err := maybe[producedFact](ctx, a.Store, a.id, inRuns, fact.Run.String(), asOf)
	if err != nil {
		return nil, err
	}
	if known && run.By != fact.By {
		e.Authors = append(e.Authors, run.By)
		slices.Sort(e.Authors)
	}
	check, checked, err := maybe[checkFact](ctx, a.Store, a.id, inChecks, exhibit.String(), asOf)
	if err != nil {
		return nil, err
	}
	if checked {
		e.Checked, e.Checker = check.Result == "agrees", check.By
	}
	if bundle != (ledger.EntryID{}) {
		e.ServedTo, err = a.servedBundle(ctx, bundle, asOf)
	} else {
		e.ServedTo, err = a.servedExhibit(ctx, exhibit, asOf)
	}
	if err != nil {
		return nil, err
	}
	if to != "" {
		if err := a.releasedFacts(ctx, e, bundle, to, asOf); err != nil {
			return nil, err
		}
	}
	e.Categorised, err = a.categorised(ctx, fact.Authority, asOf)
	return e, err
}

// releasedFacts says for which defendant a bundle is asked for, and to the defence of
// which defendants it went.
func (a *act) releasedFacts(ctx context.Context, e *policy.Exhibit, bundle ledger.EntryID, to string, asOf uint64) error {
	asked, err := a.recipient(ctx, to, asOf)
	if err != nil {
		return err
	}
	if asked.defence() {
		e.Defendant = asked.Defendant
	}
	services, err := a.services(ctx, asOf)
	if err != nil {
		return err
	}
	for _, s := range services {
		if s.Bundle != bundle {
			continue
		}
		other, err := a.recipient(ctx, s.To, asOf)
		if err != nil {
			return err
		}
		if other.defence() {
			e.Released = append(e.Released, other.Defendant)
		}
	}
	e.Released = sorted(e.Released)
	return nil
}

// formOf is what the files of an exhibit show their content as: a map among them
// makes it a map.
func formOf(files []ledger.Subject) policy.Depicts {
	for _, f := range []struct {
		prefix string
		form   policy.Depicts
	}{{"map-", policy.MapForm}, {"chart-", policy.ChartForm}, {"table-", policy.TableForm}} {
		if slices.ContainsFunc(files, func(s ledger.Subject) bool { return strings.HasPrefix(s.Name, f.prefix) }) {
			return f.form
		}
	}
	return policy.ScheduleForm
}

// categorised tells whether it is said of everyone whom the authorities name how
// they stand to the investigation; that it was not assessed is an answer, and a
// place is nobody.
func (a *act) categorised(ctx context.Context, authorities []ledger.EntryID, asOf uint64) (bool, error) {
	for _, id := range authorities {
		state, err := a.authorityState(ctx, a.id, id, asOf)
		if err != nil {
			return false, err
		}
		for _, identifier := range state.facts.Identifiers {
			said := slices.ContainsFunc(state.document.Subjects, func(s DataSubject) bool { return s.Identifier == identifier && s.Category != "" })
			if !said && !ofPlace(identifier) {
				return false, nil
			}
		}
	}
	return true, nil
}
