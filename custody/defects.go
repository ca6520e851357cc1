package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/render"
	"custos.example/ledger"
	"custos.example/policy"
)

// Defects is the register of known defects: of files, tables and runs of one
// case, and of steps, which concern every case.
type Defects struct{ s *Service }

// Defects returns the use cases of known defects.
func (s *Service) Defects() Defects { return Defects{s} }

// The states of a defect.
const (
	DefectOpen      = "open"
	DefectMended    = "mended"    // in a later version or data set; what was made before is still touched
	DefectWithdrawn = "withdrawn" // it was none
)

// RecordDefect records a defect, or a new state of one.
// Shape: ID such as D-7. With a Case, Entries name data sets, received files
// and runs of it; without one, Steps name steps as name@version.
type RecordDefect struct {
	Ask
	Case    CaseID
	ID      string
	Title   string
	Effect  string
	State   string // empty = DefectOpen
	Entries []ledger.EntryID
	Steps   []string
}

// Defect is one line of the register.
type Defect struct {
	ID      string
	Title   string
	Effect  string
	State   string
	Entries []ledger.EntryID
	Steps   []string
	By      string
	Entry   ledger.EntryID
	Time    ledger.Time
	General bool // of a step, for every case
}

var defectID = regexp.MustCompile(`^D-[0-9]{1,6}$`)

// Record records a defect: on the work chain of a case, or on the organisation's
// chain when it is one of a step.
// Errors: ErrInvalid, ErrNotFound for an entry that the case does not have.
func (d Defects) Record(ctx context.Context, actor Actor, request RecordDefect) (Proof, error) {
	action, kind := policy.DefectRecord, ledger.Work
	if request.Case == "" {
		action, kind = policy.DefectRegister, ledger.Organisation
	}
	a, err := d.s.begin(ctx, actor, request.Case, action, request)
	if err != nil {
		return Proof{}, err
	}
	detail, err := d.detail(ctx, a, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "defect"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	if request.Case == "" { // one of a step is printed with every exhibit that rests on it
		if err := a.keepsRecord(ctx, resource{}, policy.Inspector); err != nil {
			return Proof{}, err
		}
	}
	proofs, err := a.commit(ctx, "defect", resource{}, func() ([]sheet, error) {
		chain, err := a.chain(ctx, a.id, kind)
		return []sheet{{stage: "defect", chain: chain, operation: "alteration", detail: detail, changes: true}}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], a.receipt(ctx, &proofs[0])
}

// detail checks the request and says what is recorded.
func (d Defects) detail(ctx context.Context, a *act, r RecordDefect) (*ledger.DefectRecorded, error) {
	if !defectID.MatchString(r.ID) {
		return nil, fmt.Errorf("%q does not name a defect; the register has names such as D-7: %w", r.ID, ErrInvalid)
	}
	if err := cmp.Or(checkText("title of the defect", r.Title), checkText("effect of the defect", r.Effect)); err != nil {
		return nil, err
	}
	state := orDefault(r.State, DefectOpen)
	if !slices.Contains([]string{DefectOpen, DefectMended, DefectWithdrawn}, state) {
		return nil, fmt.Errorf("a defect is %s, %s or %s, not %q: %w", DefectOpen, DefectMended, DefectWithdrawn, state, ErrInvalid)
	}
	if len(r.Entries)+len(r.Steps) == 0 || r.Case == "" && len(r.Entries) > 0 {
		return nil, fmt.Errorf("a defect names the entries of one case that it touches, or steps: %w", ErrInvalid)
	}
	for _, name := range r.Steps {
		if _, err := a.stepNamed(name); err != nil {
			return nil, err
		}
	}
	for _, id := range r.Entries {
		stored, err := a.Store.ByEntryID(ctx, id)
		if err != nil || stored.Case != r.Case {
			return nil, fmt.Errorf("the case has no entry %s: %w", id, ErrNotFound)
		}
	}
	return &ledger.DefectRecorded{
		Defect: r.ID, Title: r.Title, Effect: r.Effect, State: state,
		Entries: notNil(r.Entries), Steps: notNil(slices.Compact(slices.Sorted(slices.Values(r.Steps)))),
	}, nil
}

// List returns the register as it stands: that of steps, and that of a case when
// one is named.
func (d Defects) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Defect, error) {
	action := policy.CaseRead
	if id == "" {
		action = policy.AuditRead
	}
	a, err := d.s.begin(ctx, actor, id, action, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, general, err := a.defects(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]Defect, len(facts))
	for i, f := range facts {
		shown[i] = Defect{f.Defect, f.Title, f.Effect, f.State, f.Entries, f.Steps, f.By, f.Entry, f.Time, i < general}
	}
	return shown, nil
}

// defects returns the register of steps and then that of the case; general is
// how many belong to the first.
func (a *act) defects(ctx context.Context) (facts []defectFact, general int, err error) {
	if facts, err = list[defectFact](ctx, a.Store, "", inDefects, 0); err != nil || a.id == "" {
		return facts, len(facts), err
	}
	own, err := list[defectFact](ctx, a.Store, a.id, inDefects, 0)
	return append(facts, own...), len(facts), err
}

// touching returns the known defects that touch what a lineage and the
// renderers of an exhibit make, but those that were withdrawn.
func (a *act) touching(ctx context.Context, l lineage, renderers []analysis.Step) ([]defectFact, error) {
	facts, _, err := a.defects(ctx)
	if err != nil {
		return nil, err
	}
	steps := make([]string, 0, len(l.steps)+len(renderers))
	for _, s := range l.steps {
		steps = append(steps, fmt.Sprintf("%s@%d", s.Name, s.Version))
	}
	for _, r := range renderers {
		steps = append(steps, r.Info().Identity())
	}
	var touching []defectFact
	for _, f := range facts {
		if f.State != DefectWithdrawn && f.touches(l, steps) {
			touching = append(touching, f)
		}
	}
	return touching, nil
}

// touches tells whether a defect is one of these steps or of what stands in a
// lineage, its files too.
func (f defectFact) touches(l lineage, steps []string) bool {
	if slices.ContainsFunc(f.Steps, func(s string) bool { return slices.Contains(steps, s) }) {
		return true
	}
	return slices.ContainsFunc(f.Entries, func(id ledger.EntryID) bool {
		return slices.Contains(l.entries, id) || slices.ContainsFunc(l.files, func(e evidenceFact) bool { return e.Entry == id })
	})
}

// printed is the register as an exhibit declares it.
func printed(facts []defectFact) []render.Defect {
	shown := []render.Defect{}
	for _, f := range facts {
		shown = append(shown, render.Defect{ID: f.Defect, Title: f.Title, Effect: f.Effect, State: f.State})
	}
	return shown
}

func sameDefects(a, b []defectFact) bool {
	return slices.EqualFunc(a, b, func(x, y defectFact) bool { return x.Entry == y.Entry })
}
