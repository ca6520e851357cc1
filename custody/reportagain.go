package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/ledger"
	"custos.example/policy"
)

// inReports are the reports of a case or of the organisation, by entry.
const inReports = "reports"

// reportFact is a report that was made.
type reportFact struct {
	By       string           `json:"by"`
	Entry    ledger.EntryID   `json:"entry"`
	Index    ledger.Index     `json:"index"`
	Report   string           `json:"report"`
	Subjects []ledger.Subject `json:"subjects"`
	Time     ledger.Time      `json:"time"`
	Title    string           `json:"title"`
}

// reported projects a report.
func (p *projection) reported(d *ledger.ReportMade) {
	p.add(inReports, p.entry().String(), reportFact{
		p.by(), p.entry(), p.at.Index, p.Predicate.Parameters["report"], p.Subject, p.Predicate.Time, d.Title,
	})
}

// KnownReport is a report on record.
type KnownReport struct {
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
	Report string         `json:"report"`
	Title  string         `json:"title"`
	By     string         `json:"by"`
	Time   ledger.Time    `json:"time"`
}

// List returns the reports of a case, or those over all cases, in the order of the
// log.
// Errors: ErrDenied.
func (r Reports) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]KnownReport, error) {
	if _, err := r.s.looks(ctx, actor, id, ask); err != nil {
		return nil, err
	}
	facts, err := list[reportFact](ctx, r.s.Store, id, inReports, 0)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y reportFact) int { return int(x.Index) - int(y.Index) })
	known := []KnownReport{}
	for _, f := range facts {
		known = append(known, KnownReport{f.Entry, f.Index, f.Report, f.Title, f.By, f.Time})
	}
	return known, nil
}

// Read returns a report on record as it was made.
// Errors: ErrDenied to whoever may not make it; ErrNotFound.
func (r Reports) Read(ctx context.Context, actor Actor, id CaseID, entry ledger.EntryID, ask Ask) (MadeReport, error) {
	_, _, made, err := r.open(ctx, actor, id, entry, ask)
	return made, err
}

// MadeAgain says whether a report on record is made again byte for byte.
type MadeAgain struct {
	Report  string         `json:"report"`
	Entry   ledger.EntryID `json:"entry"`
	Same    bool           `json:"same"`
	Differs string         `json:"differs,omitempty"` // the first form that does
	Why     string         `json:"why,omitempty"`     // what it was made from is there no more
}

// Again makes a report on record again, from the record as it was then, and
// compares every form byte for byte.
// Errors: ErrDenied to whoever may not make it; ErrNotFound.
func (r Reports) Again(ctx context.Context, actor Actor, id CaseID, entry ledger.EntryID, ask Ask) (MadeAgain, error) {
	a, fact, made, err := r.open(ctx, actor, id, entry, ask)
	if err != nil {
		return MadeAgain{}, err
	}
	again := MadeAgain{Report: fact.Report, Entry: entry}
	kind, known := reportKindOf(fact.Report)
	if !known {
		return again, fmt.Errorf("this program makes no report %q: %w", fact.Report, ErrNotFound)
	}
	request, err := a.asked(ctx, fact)
	if err != nil {
		return again, err
	}
	_, forms, err := a.drawUp(ctx, kind, request)
	switch {
	case errors.Is(err, ErrNotFound):
		again.Differs, again.Why = "document", err.Error()
	case err != nil:
		return again, err
	default:
		again.Differs, again.Same = sameForms(made.Forms, forms)
	}
	return again, nil
}

// ExplainedFigure is a figure with the entries behind it.
type ExplainedFigure struct {
	Figure  paper.Figure     `json:"figure"`
	Entries []ExplainedEntry `json:"entries"`
}

// ExplainedEntry is one entry behind a figure.
type ExplainedEntry struct {
	Entry ledger.EntryID `json:"entry"`
	Index ledger.Index   `json:"index"`
	N     uint64         `json:"n"`
	Kind  string         `json:"kind"`
	Gone  bool           `json:"gone,omitempty"` // its content was erased
}

// Explain returns the entries that a figure of a report on record was counted from.
// Errors: ErrDenied to whoever may not make it; ErrNotFound.
func (r Reports) Explain(ctx context.Context, actor Actor, id CaseID, entry ledger.EntryID, figure string, ask Ask) (ExplainedFigure, error) {
	_, fact, made, err := r.open(ctx, actor, id, entry, ask)
	if err != nil {
		return ExplainedFigure{}, err
	}
	f, known := made.Document.Figure(figure)
	if !known {
		return ExplainedFigure{}, fmt.Errorf("the report %s has no figure %q: its figures are named in its last column: %w", fact.Report, figure, ErrNotFound)
	}
	explained := ExplainedFigure{Figure: f, Entries: []ExplainedEntry{}}
	for _, text := range f.Entries {
		var id ledger.EntryID
		if err := id.UnmarshalText([]byte(text)); err != nil {
			return explained, fmt.Errorf("%w: figure %s: %w", ErrIntegrity, figure, err)
		}
		stored, err := r.s.Store.ByEntryID(ctx, id)
		if err != nil {
			return explained, fmt.Errorf("entry %s behind figure %s: %w", id, figure, err)
		}
		explained.Entries = append(explained.Entries, ExplainedEntry{id, stored.Index, stored.N, stored.Kind, stored.Erased})
	}
	return explained, nil
}

// open decides on a report on record and reads it.
func (r Reports) open(ctx context.Context, actor Actor, id CaseID, entry ledger.EntryID, ask Ask) (*act, reportFact, MadeReport, error) {
	fact, err := find[reportFact](ctx, r.s.Store, id, inReports, entry.String(), 0)
	action := policy.ReportCase
	kind, known := reportKindOf(fact.Report)
	if known {
		action = kind.action
	}
	a, denied := r.s.begin(ctx, actor, id, action, ask)
	if denied == nil {
		denied = a.decide(ctx, resource{})
	}
	if denied != nil {
		return nil, fact, MadeReport{}, denied
	}
	if err != nil {
		return nil, fact, MadeReport{}, fmt.Errorf("report %s: %w", entry, err)
	}
	if kind.namesCases() {
		request, err := a.asked(ctx, fact)
		if err == nil {
			err = a.readsHere(ctx, kind, request.params)
		}
		if err != nil {
			return nil, fact, MadeReport{}, err
		}
	}
	made, err := a.reportOf(ctx, fact)
	return a, fact, made, err
}

// reportOf reads the forms of a report on record.
func (a *act) reportOf(ctx context.Context, fact reportFact) (MadeReport, error) {
	made := MadeReport{Proof: Proof{Entry: fact.Entry}, Report: fact.Report}
	for _, s := range fact.Subjects {
		if s.Name == requestSubject || strings.HasPrefix(s.Name, inputSubject) {
			continue
		}
		content, err := a.document(ctx, a.id, s.Digest)
		if err != nil {
			return made, fmt.Errorf("%s of the report: %w", s.Name, err)
		}
		made.Forms = append(made.Forms, form(s.Name, content))
		if s.Name == documentForm {
			if err := ledger.UnmarshalCanonical(content, &made.Document); err != nil {
				return made, fmt.Errorf("%w: document of the report: %w", ErrIntegrity, err)
			}
		}
	}
	return made, nil
}

// asked reads what a report on record was made from.
func (a *act) asked(ctx context.Context, fact reportFact) (reportAsk, error) {
	ask := reportAsk{inputs: map[string][]byte{}}
	for _, s := range fact.Subjects {
		name, input := strings.CutPrefix(s.Name, inputSubject)
		switch {
		case s.Name == requestSubject:
			doc, err := documentOf[reportRequest](ctx, a.Service, a.id, s.Digest)
			if err != nil {
				return ask, err
			}
			ask.asOf, ask.params = doc.AsOf, doc.Params
			if err := doc.instants(&ask); err != nil {
				return ask, fmt.Errorf("%w: request of the report: %w", ErrIntegrity, err)
			}
		case input:
			content, err := a.document(ctx, a.id, s.Digest)
			if err != nil {
				return ask, err
			}
			ask.inputs[name] = content
		}
	}
	return ask, nil
}

// instants reads the instants of a request.
func (r reportRequest) instants(ask *reportAsk) (err error) {
	for _, one := range []struct {
		text string
		at   *time.Time
	}{{r.From, &ask.from}, {r.On, &ask.on}, {r.Until, &ask.until}} {
		if one.text == "" {
			continue
		}
		if *one.at, err = time.Parse(time.RFC3339Nano, one.text); err != nil {
			return err
		}
	}
	return nil
}

// madeBefore is the report that this request made before.
func (a *act) madeBefore(ctx context.Context, stored Stored, err error) (MadeReport, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return MadeReport{}, err
	}
	fact, err := find[reportFact](ctx, a.Store, a.id, inReports, stored.Entry.String(), 0)
	if err != nil {
		return MadeReport{}, err
	}
	made, err := a.reportOf(ctx, fact)
	made.Proof = proof
	return made, err
}
