package custody

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"custos.example/ledger"
)

// lineage is what some entries rest on, back to the files that were received.
// Shape: each list in the order in which the walk from the first entry meets
// them, inputs before outputs, nothing twice.
type lineage struct {
	entries   []ledger.EntryID // every data set and run, themselves too
	datasets  []producedFact   // made from files of communications data
	tables    []producedFact   // made from files of reference
	files     []evidenceFact   // of the data sets and tables, in their order
	steps     []ledger.Step    // that made any of it
	authority []ledger.EntryID
	excess    []ledger.EntryID // data sets whose events outside the scope are used

	selections []producedFact          // of rows that are served in the place of whole data sets
	whole      map[ledger.EntryID]bool // data sets that are used otherwise than through a selection
}

// parts returns what is used of the data sets: each, and the excess of some.
func (l lineage) parts() []portion {
	parts := make([]portion, len(l.datasets), len(l.datasets)+len(l.excess))
	for i, d := range l.datasets {
		parts[i].entry = d.Entry
	}
	for _, entry := range l.excess {
		parts = append(parts, portion{entry: entry, excess: true})
	}
	return parts
}

// lineageOf walks from what is given to a step.
func (a *act) lineageOf(ctx context.Context, given []ledger.Dependency) (lineage, error) {
	made := slices.DeleteFunc(slices.Clone(given), func(d ledger.Dependency) bool { return d.Name == portKnown })
	l, err := a.lineage(ctx, entriesOf(made)...)
	if err == nil {
		err = a.strays(ctx, &l, given)
	}
	return l, err
}

// strays notes the data sets of which the events outside the scope are given.
func (a *act) strays(ctx context.Context, l *lineage, given []ledger.Dependency) error {
	for _, d := range given {
		if d.Entry == nil || slices.Contains(l.excess, *d.Entry) {
			continue
		}
		fact, dataset, err := a.producer(ctx, *d.Entry)
		if errors.Is(err, ErrNotFound) {
			continue // an entry that made nothing, such as a decision
		}
		if err != nil {
			return err
		}
		if subject, has := fact.subject(portExcess); dataset && has && maps.Equal(subject.Digest, d.Digest) {
			l.excess = append(l.excess, *d.Entry)
		}
	}
	return nil
}

// lineage walks from entries of this case to what they were made from.
// Errors: ErrNotFound for an entry that made nothing, ErrInvalid when no file
// of communications data stands behind them.
func (a *act) lineage(ctx context.Context, from ...ledger.EntryID) (lineage, error) {
	l := lineage{whole: map[ledger.EntryID]bool{}}
	for _, entry := range from {
		if err := a.descend(ctx, &l, entry, false); err != nil {
			return l, err
		}
	}
	if len(l.datasets) == 0 {
		return l, fmt.Errorf("no file of communications data stands behind this: %w", ErrInvalid)
	}
	return l, nil
}

// descend walks from one entry; selected says that a selection led to it.
func (a *act) descend(ctx context.Context, l *lineage, entry ledger.EntryID, selected bool) error {
	l.whole[entry] = l.whole[entry] || !selected
	if slices.Contains(l.entries, entry) {
		return nil
	}
	fact, dataset, err := a.producer(ctx, entry)
	if err != nil {
		return err
	}
	if dataset {
		return a.root(ctx, l, fact)
	}
	for _, d := range fact.Dependencies {
		if d.Entry == nil || d.Name == portKnown {
			continue
		}
		if err := a.descend(ctx, l, *d.Entry, fact.selection()); err != nil {
			return err
		}
	}
	l.add(fact)
	if fact.selection() {
		l.selections = append(l.selections, fact)
	}
	return a.strays(ctx, l, fact.Dependencies)
}

// root notes what a source step made of a received file.
func (a *act) root(ctx context.Context, l *lineage, fact producedFact) error {
	at := slices.IndexFunc(fact.Dependencies, func(d ledger.Dependency) bool { return d.Name == "source" && d.Entry != nil })
	if at < 0 {
		return fmt.Errorf("%w: data set %s names no file", ErrIntegrity, fact.Entry)
	}
	file, err := find[evidenceFact](ctx, a.Store, a.id, inEvidence, fact.Dependencies[at].Entry.String(), 0)
	if err != nil {
		return fmt.Errorf("evidence behind data set %s: %w", fact.Entry, err)
	}
	for _, d := range fact.Dependencies {
		if d.Name == portBelow && d.Entry != nil {
			if err := a.descend(ctx, l, *d.Entry, false); err != nil {
				return err
			}
		}
	}
	l.add(fact)
	l.files = append(l.files, file)
	if file.Reference != "" {
		l.tables = append(l.tables, fact)
		return nil
	}
	l.datasets = append(l.datasets, fact)
	for _, id := range fact.Authority {
		if !slices.Contains(l.authority, id) {
			l.authority = append(l.authority, id)
		}
	}
	return nil
}

func (l *lineage) add(fact producedFact) {
	l.entries = append(l.entries, fact.Entry)
	if !slices.Contains(l.steps, fact.Step) {
		l.steps = append(l.steps, fact.Step)
	}
}

// producer returns what an entry made, and whether it is a data set. A selection
// is made from the events of its data set, whatever stands in the record in their
// place.
// Errors: ErrNotFound when it is neither a data set, a selection nor a run.
func (a *act) producer(ctx context.Context, entry ledger.EntryID) (producedFact, bool, error) {
	fact, err := find[producedFact](ctx, a.Store, a.id, inDatasets, entry.String(), 0)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return fact, true, err
	}
	if fact, err = find[producedFact](ctx, a.Store, a.id, inRuns, entry.String(), 0); !errors.Is(err, ErrNotFound) {
		return fact, false, err
	}
	if fact, err = find[producedFact](ctx, a.Store, a.id, inSelected, entry.String(), 0); err != nil {
		return fact, false, fmt.Errorf("entry %s is neither a data set, a selection nor a run of this case: %w", entry, err)
	}
	for i, d := range fact.Dependencies {
		if _, rows := d.Digest[ledger.Rows]; !rows || d.Entry == nil {
			continue
		}
		origin, err := a.origin(ctx, *d.Entry)
		if err != nil {
			return fact, false, err
		}
		events, _ := origin.subject(portEvents)
		fact.Dependencies[i] = ledger.Dependency{Name: portEvents, Digest: events.Digest, Entry: &origin.Entry}
	}
	return fact, false, nil
}

// origin returns the data set whose rows an entry commits to.
func (a *act) origin(ctx context.Context, rows ledger.EntryID) (producedFact, error) {
	committed, err := find[rowsFact](ctx, a.Store, a.id, inRowsMade, rows.String(), 0)
	if err != nil {
		return producedFact{}, fmt.Errorf("commitment to rows %s: %w", rows, err)
	}
	return find[producedFact](ctx, a.Store, a.id, inDatasets, committed.Dataset.String(), 0)
}

// selection tells whether it is a part of a data set that was chosen.
func (f producedFact) selection() bool { return f.Step.Name == selectStep }

// subject returns what the entry made under that name.
func (f producedFact) subject(name string) (ledger.Subject, bool) {
	at := slices.IndexFunc(f.Subjects, func(s ledger.Subject) bool { return s.Name == name })
	if at < 0 {
		return ledger.Subject{}, false
	}
	return f.Subjects[at], true
}
