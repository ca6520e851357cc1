package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// refusal is one request that was refused.
type refusal struct {
	lookFact
	in string
}

// refusals are the requests of the period that were refused, of every case and of the
// organisation.
func (a *act) refusals(ctx context.Context, cases []*caseRecord, ask reportAsk) ([]refusal, error) {
	var refused []refusal
	add := func(in string, id CaseID, looks []lookFact) error {
		for _, l := range looks {
			if l.Allowed || !ask.within(l.Time.Time) {
				continue
			}
			var err error
			if l.Rules, err = a.refusing(ctx, id, l); err != nil {
				return err
			}
			refused = append(refused, refusal{l, in})
		}
		return nil
	}
	organisation := *a
	organisation.id = ""
	own, err := inTime(ctx, &caseRecord{act: &organisation, ask: ask}, inLooks, func(f lookFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry })
	if err == nil {
		err = add("the organisation", "", own)
	}
	for _, c := range cases {
		if err == nil {
			err = add(c.name(), c.id, c.looks)
		}
	}
	return refused, err
}

// reasonsErased stands for the rules of a refusal whose payload is erased.
const reasonsErased = "reasons that were erased"

// refusing are the rules for which a request was refused, of those that bear on it.
func (a *act) refusing(ctx context.Context, id CaseID, look lookFact) ([]string, error) {
	said, err := documentOf[consultation](ctx, a.Service, id, look.Payload)
	switch {
	case errors.Is(err, errErased):
		return []string{reasonsErased}, nil
	case err != nil:
		return nil, fmt.Errorf("decision %s: %w", look.Entry, err)
	}
	return rulesOf(said.Result.Reasons), nil
}

// refusalSection counts refusals by what was asked and by rule.
func (r *ipco) refusalSection(refused []refusal) paper.Section {
	var all []ledger.EntryID
	type line struct{ action, rule string }
	behind := map[line][]ledger.EntryID{}
	for _, one := range refused {
		all = append(all, one.Entry)
		rules := one.Rules
		if len(rules) == 0 {
			rules = []string{"no rule allows it"}
		}
		for _, rule := range slices.Compact(slices.Sorted(slices.Values(rules))) {
			key := line{one.Action, rule}
			behind[key] = append(behind[key], one.Entry)
		}
	}
	t := paper.Table{Columns: []string{"What was asked", "Rule", "Refusals"}, Rows: [][]string{}}
	for _, key := range slices.SortedFunc(maps.Keys(behind), func(x, y line) int {
		return cmp.Or(cmp.Compare(x.action, y.action), cmp.Compare(x.rule, y.rule))
	}) {
		t.Rows = append(t.Rows, []string{key.action, key.rule, inDigits(len(behind[key]))})
		name := "ipco.refusals." + inDigits(len(t.Rows))
		r.details = append(r.details, countFigure(name, "Refusals of "+key.action+" by "+key.rule, behind[key]))
	}
	return paper.Section{
		Heading:    "7. Refusals",
		Paragraphs: []string{"Every request of the period that the policy refused. One that several rules refused stands under each of them."},
		Figures:    []paper.Figure{countFigure("ipco.refusals", "Requests refused", all)}, Table: &t,
	}
}

// statisticsSection are the yearly counts: applications, authorisations, notices,
// items of data, sensitive professions and sources.
func (r *ipco) statisticsSection(ctx context.Context) (paper.Section, error) {
	applications, without, err := r.applied(ctx)
	if err != nil {
		return paper.Section{}, err
	}
	var granted, notices, professions, sources, cancelled, renewed, withItems []ledger.EntryID
	items := 0
	byType := map[string][]ledger.EntryID{}
	for _, c := range r.cases {
		for _, u := range c.authorities {
			if u.gone || !u.commsData() || !r.ask.within(u.at.Time) {
				continue
			}
			d := u.document
			granted = append(granted, u.first)
			if d.Instrument == policy.Notice {
				notices = append(notices, u.first)
			}
			if d.Cancelled.On != "" {
				cancelled = append(cancelled, u.first)
			}
			if len(d.Renewals) > 0 {
				renewed = append(renewed, u.first)
			}
			if slices.ContainsFunc(d.Subjects, func(s DataSubject) bool {
				return s.Profession != policy.NoProfession && s.Profession != policy.ProfessionUnstated && s.Profession != ""
			}) {
				professions = append(professions, u.first)
			}
			if d.Scope.IdentifiesSource == Yes {
				sources = append(sources, u.first)
			}
			if n := len(d.Scope.Identifiers) * len(d.Scope.DataTypes); n > 0 {
				items, withItems = items+n, append(withItems, u.first)
			}
			for _, kind := range sorted(d.Scope.DataTypes) {
				byType[string(kind)] = append(byType[string(kind)], u.first)
			}
		}
	}
	s := paper.Section{
		Heading: "8. Statistics",
		Paragraphs: []string{
			"Applications and authorities that were first recorded in the period. An item of data is one kind of data for one identifier of an authority.",
			"An application on which nothing was granted is counted as such; whether it was declined or returned is not recorded here.",
		},
		Figures: []paper.Figure{
			countFigure("ipco.applications", "Applications recorded", applications), countFigure("ipco.applications.without", "of these, with no authority granted on them", without),
			countFigure("ipco.granted", "Authorities recorded", granted), countFigure("ipco.notices", "of these, notices", notices),
			countFigure("ipco.renewed", "of these, renewed", renewed), countFigure("ipco.cancelled", "of these, cancelled", cancelled),
			sumFigure("ipco.items", "Items of data", "", int64(items), withItems), countFigure("ipco.professions", "Authorities about a person of a sensitive profession", professions),
			countFigure("ipco.sources", "Authorities to identify a journalistic source", sources),
		},
	}
	for _, kind := range slices.Sorted(maps.Keys(byType)) {
		s.Figures = append(s.Figures, countFigure("ipco.types."+kind, "Authorities for "+strings.ReplaceAll(kind, "-", " ")+" data", byType[kind]))
	}
	return s, nil
}

// applied are the applications of the period, and those of them on which no authority
// was granted.
func (r *ipco) applied(ctx context.Context) (applications, without []ledger.EntryID, err error) {
	for _, c := range r.cases {
		facts, err := list[applicationFact](ctx, c.Store, c.id, inApplications, r.ask.asOf)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range facts {
			first, err := find[applicationFact](ctx, c.Store, c.id, inApplied, f.First.String(), r.ask.asOf)
			if err != nil {
				return nil, nil, fmt.Errorf("application %s: %w", f.First, err)
			}
			if !r.ask.within(first.Time.Time) {
				continue
			}
			applications = append(applications, f.First)
			if !c.grantedOn(ctx, f.First) {
				without = append(without, f.First)
			}
		}
	}
	return applications, without, nil
}

// grantedOn tells whether an authority of the case rests on any state of an
// application.
func (c *caseRecord) grantedOn(ctx context.Context, application ledger.EntryID) bool {
	return slices.ContainsFunc(c.authorities, func(u authorityUse) bool {
		if u.document.Application.Entry == "" {
			return false
		}
		state, err := find[applicationFact](ctx, c.Store, c.id, inApplied, u.document.Application.Entry, c.ask.asOf)
		return err == nil && state.First == application
	})
}
