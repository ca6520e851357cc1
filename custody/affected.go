package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Affected asks which exhibits depend on something.
// Shape: By is the item of a received file or table (NET/3), an entry, a step
// (top-contacts or top-contacts@1), an archived module (its digest) or a defect
// (D-7). With no Case every case is searched.
type Affected struct {
	Ask
	Case CaseID
	By   string
}

// AffectedExhibit is one version of an exhibit that depends on what was named.
type AffectedExhibit struct {
	Case      CaseID
	In        string // reference of the case
	Entry     ledger.EntryID
	Reference string
	Version   int
	Title     string
	Newest    bool     // no later version replaces it
	Checked   bool     // a second person has signed it off
	Bundles   int      // how many were made of it, and may be with others
	Through   []string // by what it depends on it
}

// Affected lists every exhibit that depends on a received file, a table, a step
// or a defect, by walking from each exhibit back to the files it was made from.
// Errors: ErrNotFound when nothing of that name stands in the record.
func (e Exhibits) Affected(ctx context.Context, actor Actor, request Affected) ([]AffectedExhibit, error) {
	action := policy.CaseRead
	if request.Case == "" {
		action = policy.AuditRead
	}
	a, err := e.s.begin(ctx, actor, request.Case, action, request)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	cases, err := a.casesOf(ctx, request.Case)
	if err != nil {
		return nil, err
	}
	found, known := []AffectedExhibit{}, false
	for _, id := range cases {
		within := *a
		within.id = id
		s := searching{act: &within, by: request.By}
		list, err := s.search(ctx)
		if err != nil {
			return nil, err
		}
		found, known = append(found, list...), known || s.known
	}
	if !known {
		return nil, fmt.Errorf("nothing in the record is called %q: name an item, an entry, a step or a defect: %w", request.By, ErrNotFound)
	}
	return found, nil
}

// searching is the search of one case.
type searching struct {
	*act
	by     string
	known  bool         // the name stands for something
	defect []defectFact // when a defect was named
}

// search returns the exhibits of the case that depend on what is named, in the
// order of their entries.
func (s *searching) search(ctx context.Context) ([]AffectedExhibit, error) {
	if err := s.meaning(ctx); err != nil {
		return nil, err
	}
	exhibits, err := list[exhibitFact](ctx, s.Store, s.id, inExhibits, 0)
	if err != nil {
		return nil, err
	}
	bundles, err := list[bundleFact](ctx, s.Store, s.id, inBundles, 0)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(exhibits, func(x, y exhibitFact) int { return x.Time.Compare(y.Time.Time) })
	var found []AffectedExhibit
	for _, exhibit := range exhibits {
		through, err := s.through(ctx, exhibit)
		if err != nil {
			return nil, err
		}
		if len(through) == 0 {
			continue
		}
		line, err := s.line(ctx, exhibit, bundles)
		if err != nil {
			return nil, err
		}
		line.Through = through
		found = append(found, line)
	}
	return found, nil
}

// meaning finds out whether the name stands for something in this case, apart
// from what an exhibit uses.
func (s *searching) meaning(ctx context.Context) error {
	facts, _, err := s.defects(ctx)
	if err != nil {
		return err
	}
	for _, f := range facts {
		if f.Defect == s.by {
			s.defect = append(s.defect, f)
		}
	}
	evidence, err := list[evidenceFact](ctx, s.Store, s.id, inEvidence, 0)
	if err != nil {
		return err
	}
	_, stepErr := s.stepNamed(s.by)
	s.known = len(s.defect) > 0 || stepErr == nil ||
		slices.ContainsFunc(evidence, func(f evidenceFact) bool { return f.Item == s.by || f.Entry.String() == s.by })
	for _, collection := range []string{inDatasets, inSelected, inRuns} {
		if s.known {
			return nil
		}
		if s.known, err = has(ctx, s.Store, s.id, collection, s.by, 0); err != nil {
			return err
		}
	}
	return nil
}

// through says by what an exhibit depends on what is named.
func (s *searching) through(ctx context.Context, exhibit exhibitFact) ([]string, error) {
	statement, err := s.statement(ctx, exhibit.Entry)
	if err != nil {
		return nil, err
	}
	var behind []ledger.EntryID
	for _, d := range statement.Predicate.ResolvedDependencies {
		if d.Entry != nil {
			behind = append(behind, *d.Entry)
		}
	}
	l, err := s.lineage(ctx, behind...)
	if err != nil {
		return nil, fmt.Errorf("exhibit %s: %w", exhibit.Reference, err)
	}
	var through []string
	for _, file := range l.files {
		if file.Item == s.by || file.Entry.String() == s.by {
			through = append(through, "the file "+file.Item)
		}
	}
	for _, entry := range l.entries {
		if entry.String() == s.by {
			through = append(through, "entry "+s.by)
		}
	}
	var steps []string
	for _, step := range l.steps {
		identity := fmt.Sprintf("%s@%d", step.Name, step.Version)
		steps = append(steps, identity)
		switch {
		case identity == s.by || step.Name == s.by:
			s.known = true
			through = append(through, "the step "+identity)
		case len(s.by) >= 12 && strings.HasPrefix(step.Module.String(), s.by):
			s.known = true
			through = append(through, "the module of "+identity)
		}
	}
	for _, f := range s.defect {
		if f.touches(l, steps) {
			through = append(through, fmt.Sprintf("the defect %s (%s)", f.Defect, f.State))
		}
	}
	return slices.Compact(through), nil
}

// line says what has become of an exhibit.
func (s *searching) line(ctx context.Context, exhibit exhibitFact, bundles []bundleFact) (AffectedExhibit, error) {
	about, err := find[caseFact](ctx, s.Store, s.id, inCase, string(s.id), 0)
	if err != nil {
		return AffectedExhibit{}, fmt.Errorf("case %s: %w", s.id, err)
	}
	newest, err := find[exhibitFact](ctx, s.Store, s.id, inReferences, exhibit.Reference, 0)
	if err != nil {
		return AffectedExhibit{}, fmt.Errorf("exhibit %s: %w", exhibit.Reference, err)
	}
	checked, err := has(ctx, s.Store, s.id, inChecks, exhibit.Entry.String(), 0)
	if err != nil {
		return AffectedExhibit{}, err
	}
	line := AffectedExhibit{
		Case: s.id, In: about.Reference, Entry: exhibit.Entry, Reference: exhibit.Reference, Version: int(exhibit.Version), //nolint:gosec // small
		Title: exhibit.Title, Newest: newest.Entry == exhibit.Entry, Checked: checked,
	}
	for _, b := range bundles {
		if b.Exhibit == exhibit.Entry {
			line.Bundles++
		}
	}
	return line, nil
}
