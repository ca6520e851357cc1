package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Collateral is everything that an error has come into: worked out from the record,
// never told by anybody.
type Collateral struct {
	Error    string              `json:"error"`
	Files    []string            `json:"files"` // received files, by their items
	Datasets []ledger.EntryID    `json:"datasets"`
	Runs     []CollateralRun     `json:"runs"`
	Exhibits []CollateralExhibit `json:"exhibits"`
	Bundles  int                 `json:"bundles"`
	Copies   []Copy              `json:"copies"` // numbered copies of any of it
	Readers  []Reader            `json:"readers"`
	// Erased is how many decisions could not be read, because what they say was erased.
	Erased int `json:"erased"`
}

// CollateralRun is an analysis that worked on what the error touches.
type CollateralRun struct {
	Entry ledger.EntryID `json:"entry"`
	Step  string         `json:"step"`
	Title string         `json:"title"`
	By    string         `json:"by"`
	Time  ledger.Time    `json:"time"`
}

// CollateralExhibit is a version of an exhibit that rests on what the error touches.
type CollateralExhibit struct {
	Entry     ledger.EntryID `json:"entry"`
	Reference string         `json:"reference"`
	Version   uint64         `json:"version"`
	Checked   bool           `json:"checked"`
	Bundles   int            `json:"bundles"`
}

// Reader is somebody who was let see or work on what the error touches.
type Reader struct {
	Person  string        `json:"person"` // id
	Name    string        `json:"name"`
	Action  policy.Action `json:"action"`
	Times   int           `json:"times"`
	First   ledger.Time   `json:"first"`
	Last    ledger.Time   `json:"last"`
	Reasons []string      `json:"reasons"` // as they gave them; each once
}

// Collateral walks the record forward from what an error touches: who was let read
// or work on it, in which runs and exhibits it stands, in how many bundles and
// with whom the copies are.
// Errors: ErrNotFound.
func (r ErrorRegister) Collateral(ctx context.Context, actor Actor, id CaseID, name string, ask Ask) (Collateral, error) {
	a, err := r.s.begin(ctx, actor, id, policy.AuditRead, ask)
	if err != nil {
		return Collateral{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Collateral{}, err
	}
	_, doc, err := a.errorNamed(ctx, name)
	if err != nil {
		return Collateral{}, err
	}
	s := spread{collateral: Collateral{Error: name}, touched: map[ledger.EntryID]bool{}}
	for _, entry := range doc.Entries {
		s.touched[entry] = true
	}
	if err := a.forward(ctx, id, s.entry); err != nil {
		return Collateral{}, fmt.Errorf("what error %s has come into: %w", name, err)
	}
	if err := a.spreadCopies(ctx, &s); err != nil {
		return Collateral{}, err
	}
	return s.collateral, a.spreadReaders(ctx, &s)
}

// spread is how far something has come, entry by entry.
type spread struct {
	collateral Collateral
	touched    map[ledger.EntryID]bool
}

// entry takes the next entry of the work.
func (s *spread) entry(_ Stored, statement ledger.Statement) {
	p := statement.Predicate
	id := p.Place.Entry
	if d, ok := p.Detail.(*ledger.ExhibitChecked); ok {
		for i := range s.collateral.Exhibits {
			if s.collateral.Exhibits[i].Entry == d.Exhibit {
				s.collateral.Exhibits[i].Checked = true
			}
		}
		return
	}
	if !s.touched[id] && !s.from(statement) {
		return
	}
	c := &s.collateral
	switch d := p.Detail.(type) {
	case *ledger.EvidenceReceived:
		c.Files = append(c.Files, d.Item)
	case *ledger.DatasetNormalised, *ledger.DatasetSelected:
		c.Datasets = append(c.Datasets, id)
	case *ledger.AnalysisRun:
		c.Runs = append(c.Runs, CollateralRun{id, fmt.Sprintf("%s@%d", p.Step.Name, p.Step.Version), d.Title, p.Actor.ID, p.Time})
	case *ledger.ExhibitProduced:
		c.Exhibits = append(c.Exhibits, CollateralExhibit{Entry: id, Reference: d.Reference, Version: d.Version})
	case *ledger.BundleMade:
		c.Bundles++
		s.packed(statement)
	case *ledger.AuthorityRecorded, *ledger.RowsCommitted:
	default:
		return // it only names what the error touches
	}
	s.touched[id] = true
}

// from tells whether an entry rests on something that the error touches: on what an
// entry made, or on an authority.
func (s *spread) from(statement ledger.Statement) bool {
	p := statement.Predicate
	if ledger.KindOf(p.Detail) == "authority-recorded" {
		return false
	}
	if d, is := p.Detail.(*ledger.RowsCommitted); is {
		return s.touched[d.Dataset] // a selection names it in the place of the data set
	}
	return slices.ContainsFunc(p.ResolvedDependencies, func(d ledger.Dependency) bool { return d.Entry != nil && s.touched[*d.Entry] }) ||
		slices.ContainsFunc(p.Authority, func(id ledger.EntryID) bool { return s.touched[id] })
}

// packed counts a bundle for the exhibit that it is of.
func (s *spread) packed(statement ledger.Statement) {
	of := dependency(statement, "exhibit")
	if of == nil || of.Entry == nil {
		return
	}
	for i := range s.collateral.Exhibits {
		if s.collateral.Exhibits[i].Entry == *of.Entry {
			s.collateral.Exhibits[i].Bundles++
		}
	}
}

// spreadCopies adds the numbered copies of anything that is touched.
func (a *act) spreadCopies(ctx context.Context, s *spread) error {
	copies, _, err := a.copies(ctx)
	if err != nil {
		return err
	}
	for _, c := range copies {
		if s.touched[c.Of] {
			s.collateral.Copies = append(s.collateral.Copies, c)
		}
	}
	return nil
}

// spreadReaders adds everybody who was allowed to see or work on something that is
// touched, from the decisions as they were recorded.
func (a *act) spreadReaders(ctx context.Context, s *spread) error {
	looks, err := list[lookFact](ctx, a.Store, a.id, inLooks, 0)
	if err != nil {
		return err
	}
	slices.SortFunc(looks, func(x, y lookFact) int {
		return cmp.Or(x.Time.Compare(y.Time.Time), slices.Compare(x.Entry[:], y.Entry[:]))
	})
	at := map[[2]string]int{}
	for _, look := range looks {
		if !look.Allowed || look.Action == string(policy.CopyDispose) { // whoever ends a copy sees nothing of it
			continue
		}
		taken, err := documentOf[consultation](ctx, a.Service, a.id, look.Payload)
		if errors.Is(err, ErrNotFound) {
			s.collateral.Erased++
			continue
		}
		if err != nil {
			return fmt.Errorf("decision %s: %w", look.Entry, err)
		}
		if !s.concerns(taken.Input) {
			continue
		}
		key := [2]string{look.By, look.Action}
		i, known := at[key]
		if !known {
			i, at[key] = len(s.collateral.Readers), len(s.collateral.Readers)
			reader := Reader{Person: look.By, Action: policy.Action(look.Action), First: look.Time}
			person, enrolled, err := maybe[personFact](ctx, a.Store, "", inPeople, look.By, 0)
			if err != nil {
				return err
			}
			if enrolled {
				reader.Name = person.Name
			}
			s.collateral.Readers = append(s.collateral.Readers, reader)
		}
		s.collateral.Readers[i].saw(look, taken.Custom.Asked.Purpose)
	}
	return nil
}

// saw counts one decision.
func (r *Reader) saw(look lookFact, reason string) {
	r.Times++
	r.Last = look.Time
	if reason != "" && !slices.Contains(r.Reasons, reason) {
		r.Reasons = append(r.Reasons, reason)
	}
}

// concerns tells whether a decision was about something that is touched.
func (s *spread) concerns(in policy.Input) bool {
	named := []string{}
	if in.Dataset != nil {
		named = append(named, in.Dataset.ID)
	}
	if in.Exhibit != nil {
		named = append(named, in.Exhibit.ID)
	}
	if in.Copy != nil {
		named = append(named, in.Copy.Of)
	}
	return slices.ContainsFunc(named, func(id string) bool {
		entry, err := ledger.ParseEntryID(id)
		return err == nil && s.touched[entry]
	})
}
