package custody

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/policy"
)

// Selections is the selecting of rows to be served.
type Selections struct{ s *Service }

// Selections returns the use cases of rows that are selected to be served.
func (s *Service) Selections() Selections { return Selections{s} }

// selectStep takes the rows that are served out of a data set.
const selectStep = "select-rows"

// The outputs of a selection that no step makes, and its input.
const (
	portChoice    = "choice"    // what was chosen, and why; it is never served
	portSelection = "selection" // what is served and what is not, by counts and reasons
	portSalts     = "salts"     // of each row served the secrets of its parts
	portPath      = "path"      // hashes that stand for the rows between
	portRows      = "rows"      // the commitment to every row of the data set
)

// SelectRows asks for the rows of a data set that are to be served.
// Shape: Data is a data set. A row is served when it meets Show and no rule of
// Withhold; Rest is the reason for the rows that Show leaves out.
type SelectRows struct {
	Ask
	Case     CaseID
	Data     ledger.EntryID
	Title    string // what the selection is, for everybody who gets it
	Show     analysis.Criteria
	Withhold []analysis.Withholding
	Rest     string
	Redact   []analysis.Redaction
}

// Selected is a selection that stands in the record.
type Selected struct {
	Proof
	Selection analysis.Selection
	Outputs   []Output
}

// Select takes the rows of a data set that are to be served, with proof that each
// is one of those that were committed to at import, and records how many are
// withheld, and why. Analyses of the selection know nothing of the others.
// Errors: ErrDenied; ErrInvalid for a choice that would tell what it withholds, or
// serves nothing.
func (n Selections) Select(ctx context.Context, actor Actor, request SelectRows) (Selected, error) {
	if err := checkText("title", request.Title); err != nil {
		return Selected{}, err
	}
	a, err := n.s.begin(ctx, actor, request.Case, policy.DatasetSelect, request)
	if err != nil {
		return Selected{}, err
	}
	about := resource{datasets: []portion{{entry: request.Data}}}
	if err := a.decide(ctx, about); err != nil {
		return Selected{}, err
	}
	if stored, done, err := a.earlier(ctx, portSelection); done || err != nil {
		return n.selected(ctx, a, stored.Entry, err)
	}
	s, err := a.selecting(ctx, request)
	if err != nil {
		return Selected{}, err
	}
	if err := s.make(ctx); err != nil {
		return Selected{}, err
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return Selected{}, err
	}
	proofs, err := a.commit(ctx, portSelection, about, func() ([]sheet, error) {
		rows := s.rows.Entry
		return []sheet{{
			stage: portSelection, chain: work, operation: "alteration", step: &s.made.step, balance: rowBalance(s.made.result.Balance),
			detail: &ledger.DatasetSelected{Title: request.Title}, subjects: s.subjects(), parameters: s.made.params,
			dependencies: []ledger.Dependency{{Name: portRows, Digest: s.rows.Root, Entry: &rows}}, authority: s.dataset.Authority,
		}}, nil
	})
	if err != nil {
		return Selected{}, err
	}
	return n.selected(ctx, a, proofs[0].Entry, nil)
}

// selected gathers from the record what the asker is told of a selection.
func (n Selections) selected(ctx context.Context, a *act, entry ledger.EntryID, err error) (Selected, error) {
	if err != nil {
		return Selected{}, err
	}
	stored, err := a.Store.ByEntryID(ctx, entry)
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Selected{}, err
	}
	fact, err := find[producedFact](ctx, a.Store, a.id, inSelected, entry.String(), 0)
	if err != nil {
		return Selected{}, fmt.Errorf("selection %s: %w", entry, err)
	}
	selected := Selected{Proof: proof}
	if selected.Selection, err = a.selectionOf(ctx, fact); err != nil {
		return Selected{}, err
	}
	for _, s := range fact.Subjects {
		blob, err := a.Blobs.Find(ctx, a.id, s.Digest)
		if err != nil {
			return Selected{}, fmt.Errorf("output %q of selection %s: %w", s.Name, entry, err)
		}
		selected.Outputs = append(selected.Outputs, output(s.Name, blob))
	}
	err = a.receipt(ctx, &selected.Proof)
	return selected, err
}

// selectionOf reads what a selection says of itself.
func (s *Service) selectionOf(ctx context.Context, id CaseID, fact producedFact) (analysis.Selection, error) {
	subject, known := fact.subject(portSelection)
	if !known {
		return analysis.Selection{}, fmt.Errorf("%w: selection %s does not say what it is", ErrIntegrity, fact.Entry)
	}
	text, err := s.document(ctx, id, subject.Digest)
	if err != nil {
		return analysis.Selection{}, err
	}
	selection, err := analysis.ParseSelection(text)
	if err != nil {
		return selection, fmt.Errorf("%w: selection %s: %w", ErrIntegrity, fact.Entry, err)
	}
	return selection, nil
}

// selectionOf reads what a selection of the act's case says of itself.
func (a *act) selectionOf(ctx context.Context, fact producedFact) (analysis.Selection, error) {
	return a.Service.selectionOf(ctx, a.id, fact)
}

// selecting is one selection in the making.
type selecting struct {
	*act
	dataset producedFact
	rows    rowsFact
	choice  Blob
	made    made
	proof   []Output // salts and path
}

// selecting finds the data set with its commitment, and keeps the choice.
func (a *act) selecting(ctx context.Context, request SelectRows) (*selecting, error) {
	s := &selecting{act: a}
	var err error
	if s.dataset, err = find[producedFact](ctx, a.Store, a.id, inDatasets, request.Data.String(), 0); err != nil {
		return nil, fmt.Errorf("data set %s: %w", request.Data, err)
	}
	s.rows, err = find[rowsFact](ctx, a.Store, a.id, inRows, request.Data.String(), 0)
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("no rows of data set %s were committed to when it was made, so none of them can be proved: %w", request.Data, ErrInvalid)
	}
	if err != nil {
		return nil, err
	}
	// The nonce follows from the case's key, so that a repeated request keeps the
	// same choice, and is known to nobody else.
	entry := a.entryID(portSelection)
	nonce, err := a.Vault.Derive(ctx, a.id, portChoice, entry[:])
	if err != nil {
		return nil, fmt.Errorf("nonce of the choice: %w", err)
	}
	show, err := spelled(request.Show)
	if err != nil {
		return nil, err
	}
	choice := analysis.Choice{
		Format: analysis.ChoiceFormat, Nonce: hex.EncodeToString(nonce[:]), Show: show, Withhold: []analysis.Withholding{},
		Rest: request.Rest, Redact: append([]analysis.Redaction{}, request.Redact...),
	}
	for _, w := range request.Withhold {
		which, err := spelled(w.Criteria)
		if err != nil {
			return nil, err
		}
		choice.Withhold = append(choice.Withhold, analysis.Withholding{Criteria: which, Reason: w.Reason})
	}
	if err := choice.Verify(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	text, err := analysis.MarshalCanonical(choice)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s.choice, err = a.keep(ctx, text)
	return s, err
}

// spelled is criteria with instants and identifiers as events have them.
// Errors: ErrInvalid for an instant that is none.
func spelled(c analysis.Criteria) (analysis.Criteria, error) {
	given := c
	for _, text := range []*string{&c.From, &c.Until} {
		if *text == "" {
			continue
		}
		at, err := ParseInstant(*text)
		if err != nil {
			return c, err
		}
		*text = at.Format(time.RFC3339)
	}
	c.Identifiers, c.Rows = []string{}, append([]analysis.RowRange{}, given.Rows...)
	for _, id := range given.Identifiers {
		c.Identifiers = append(c.Identifiers, canonical(strings.TrimSpace(id))...)
	}
	slices.Sort(c.Identifiers)
	c.Identifiers = slices.Compact(c.Identifiers)
	return c, nil
}

// make runs the step and proves what it took.
func (s *selecting) make(ctx context.Context) error {
	step, err := s.step(selectStep, analysis.Select)
	if err != nil {
		return err
	}
	inputs, done, err := s.inputs(ctx, s.given())
	if err != nil {
		return err
	}
	defer done()
	s.made, err = s.run(ctx, step, inputs, map[string]string{"item": s.dataset.Item, "root": s.rows.Root[ledger.Rows].String()})
	if err != nil {
		return err
	}
	if b := s.made.result.Balance; b.Shown+b.Repeats == 0 {
		return fmt.Errorf("not one of the %d rows is to be served: look at what is shown and what is withheld: %w", b.Received, ErrInvalid)
	}
	return s.prove(ctx, inputs[portEvents])
}

// given are the inputs of the step: every event, and the choice.
func (s *selecting) given() []ledger.Dependency {
	events, _ := s.dataset.subject(portEvents)
	return []ledger.Dependency{{Name: portEvents, Digest: events.Digest}, {Name: portChoice, Digest: s.choice.Recorded()}}
}

// portEvents is the table of events of a data set, a run or a selection.
const portEvents = "events"

// subjects names everything that the selection consists of.
func (s *selecting) subjects() []ledger.Subject {
	subjects := s.made.subjects()
	for _, o := range s.proof {
		subjects = append(subjects, ledger.Subject{Name: o.Name, Digest: o.Digest})
	}
	return append(subjects, ledger.Subject{Name: portChoice, Digest: s.choice.Recorded()})
}
