package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Test says how unused material stands to the test for disclosure: whether it might
// undermine the case for the prosecution or assist that of the accused.
type Test string

// The answers to it.
const (
	TestOpen       Test = ""
	TestNeither    Test = "neither"
	TestUndermines Test = "undermines"
	TestAssists    Test = "assists"
	TestBoth       Test = "both"
)

// Tests returns the answers that can be given.
func Tests() []Test { return []Test{TestNeither, TestUndermines, TestAssists, TestBoth} }

// met tells whether the material is to be drawn to the prosecutor's attention.
func (t Test) met() bool { return t == TestUndermines || t == TestAssists || t == TestBoth }

// Assess gives material a status.
// Shape: Description replaces what the record says of it on the schedules, and is
// for one entry alone; Location likewise. Those of the sensitive schedule are said anew
// when it leaves that. Reason is needed for MG6D and not-relevant, Why
// where the test is met.
type Assess struct {
	Ask
	Case        CaseID
	Entries     []ledger.EntryID
	Status      Status
	Reason      string
	Description string
	Location    string
	Test        Test
	Why         string
}

// Assessed is what became of it.
type Assessed struct {
	Entries []ledger.EntryID
	Items   []int // numbers on the schedule of the status; 0 = on none
	Proofs  []Proof
}

// assessment is a row of the register about one piece of material.
// Shape: canonical JSON.
type assessment struct {
	Description string `json:"description,omitempty"`
	Location    string `json:"location,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Status      Status `json:"status"`
	Test        Test   `json:"test,omitempty"`
	Why         string `json:"why,omitempty"`
}

// listedItem is a row of the register that gives material its number on a schedule. Its
// name is the schedule and the number, so that the number outlives whatever is
// erased: it stays the material's own whatever becomes of it.
type listedItem struct {
	Entry ledger.EntryID `json:"entry"`
}

// mostAssessed is how much one request assesses.
const mostAssessed = 200

// Assess gives material a status, and on first listing its number on the schedule:
// the next one, which no other ever gets.
// Errors: ErrDenied; ErrInvalid; ErrNotFound for what is no material of the case;
// ErrConflict for what was served as evidence.
func (d Disclosure) Assess(ctx context.Context, actor Actor, request Assess) (Assessed, error) {
	if err := request.check(); err != nil {
		return Assessed{}, err
	}
	a, err := d.s.begin(ctx, actor, request.Case, policy.MaterialAssess, request)
	if err != nil {
		return Assessed{}, err
	}
	if _, done, err := a.earlier(ctx, assessStage(0)); done || err != nil {
		return a.assessedBefore(ctx, err)
	}
	var done Assessed
	done.Proofs, err = a.commit(ctx, "assess", resource{}, func() ([]sheet, error) {
		var sheets []sheet
		sheets, done.Entries, done.Items, err = a.assessSheets(ctx, request)
		return sheets, err
	})
	return done, err
}

func assessStage(i int) string { return fmt.Sprintf("assessment %d", i) }

// check wants an assessment to be whole.
func (r Assess) check() error {
	switch {
	case len(r.Entries) == 0 || len(r.Entries) > mostAssessed:
		return fmt.Errorf("name between 1 and %d entries: %w", mostAssessed, ErrInvalid)
	case !isOneOf(r.Status, Statuses()):
		return fmt.Errorf("a status is one of %s, not %q: %w", wordsOf(Statuses()), r.Status, ErrInvalid)
	case r.Test != TestOpen && !isOneOf(r.Test, Tests()):
		return fmt.Errorf("the answer to the test is one of %s, not %q: %w", wordsOf(Tests()), r.Test, ErrInvalid)
	case r.Test.met() && r.Why == "":
		return fmt.Errorf("say why it meets the test: the disclosure officer's report gives the reason by item number: %w", ErrInvalid)
	case r.Reason == "" && (r.Status == StatusMG6D || r.Status == StatusNotRelevant):
		return fmt.Errorf("material is %s for a reason: give it: %w", r.Status, ErrInvalid)
	case len(r.Entries) > 1 && r.Description+r.Location != "":
		return fmt.Errorf("a description or a location is given for one entry at a time: %w", ErrInvalid)
	}
	return cmp.Or(checkLength("reason", r.Reason), checkLength("description", r.Description), checkLength("location", r.Location), checkLength("why", r.Why))
}

// assessSheets makes the rows, in the order of the record: for each piece of material
// what is said of it, and on first listing its number.
func (a *act) assessSheets(ctx context.Context, r Assess) (sheets []sheet, entries []ledger.EntryID, items []int, err error) {
	all, err := a.materials(ctx, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, entry := range r.Entries {
		if _, known := materialOf(all, entry); !known {
			return nil, nil, nil, fmt.Errorf("entry %s is no import, run, search, note, item or exhibit version of the case: %w", entry, ErrNotFound)
		}
	}
	numbers, err := a.numbers(ctx, r.Status, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	next := len(numbers) + 1
	for _, m := range all {
		if !slices.Contains(r.Entries, m.Entry) {
			continue
		}
		if m.Served && r.Status != StatusUsed {
			return nil, nil, nil, fmt.Errorf("%s was served as evidence, in an exhibit, and is used: it cannot be %s: %w", m.Name, r.Status, ErrConflict)
		}
		if err := m.leaves(r); err != nil {
			return nil, nil, nil, err
		}
		s, err := a.rowSheet(ctx, assessStage(len(entries)), disclosureRegister, rowName(rowMaterial, m.Entry.String()), m.Entry, true, m.next(r))
		if err != nil {
			return nil, nil, nil, err
		}
		s.operation = "alteration"
		item := numbers[m.Entry]
		sheets = append(sheets, s)
		if item == 0 && r.Status.scheduled() {
			item = next
			next++
			s, err := a.rowSheet(ctx, "listing "+strconv.Itoa(item), disclosureRegister, rowName(string(r.Status), strconv.Itoa(item)), m.Entry, true, listedItem{m.Entry})
			if err != nil {
				return nil, nil, nil, err
			}
			s.operation = "alteration"
			sheets = append(sheets, s)
		}
		entries, items = append(entries, m.Entry), append(items, item)
	}
	return sheets, entries, items, nil
}

// scheduled tells whether material of that status stands on a numbered schedule.
func (s Status) scheduled() bool { return s == StatusMG6C || s == StatusMG6D }

// numbers are the numbers that were ever given on a schedule, by entry: from 1,
// dense, in the order of first listing. Nothing is numbered on what is no schedule.
func (a *act) numbers(ctx context.Context, schedule Status, asOf uint64) (map[ledger.EntryID]int, error) {
	numbers := map[ledger.EntryID]int{}
	if !schedule.scheduled() {
		return numbers, nil
	}
	rows, err := a.rowsOf(ctx, string(schedule), asOf)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		_, digits, _ := strings.Cut(row.Name, " ")
		n, err := strconv.Atoi(digits)
		if err != nil || n < 1 || n > len(rows) {
			return nil, fmt.Errorf("%w: %q is no number of a schedule of %d items", ErrIntegrity, row.Name, len(rows))
		}
		numbers[row.About] = n
	}
	if len(numbers) != len(rows) {
		return nil, fmt.Errorf("%w: something stands on %s under two numbers", ErrIntegrity, schedule)
	}
	return numbers, nil
}

// leaves refuses to carry what was written on the sensitive schedule, for the prosecutor
// alone, over to papers that the defence reads.
// Errors: ErrInvalid.
func (m Material) leaves(r Assess) error {
	before := m.assessment
	if before == nil || before.Status != StatusMG6D || r.Status == StatusMG6D ||
		(before.Description == "" || r.Description != "") && (before.Location == "" || r.Location != "") {
		return nil
	}
	return fmt.Errorf("the sensitive schedule has a description or a location of its own for %s, and the defence may read the next one: "+
		"assess it alone, and say how it is described (--description) and where it is (--location) from now on: %w", m.Name, ErrInvalid)
}

// next is the assessment that follows on what is on record of the material.
func (m Material) next(r Assess) assessment {
	doc := assessment{}
	if m.assessment != nil {
		doc = *m.assessment
	}
	doc.Status, doc.Reason = r.Status, r.Reason
	doc.Test, doc.Why = cmp.Or(r.Test, doc.Test), cmp.Or(r.Why, doc.Why)
	doc.Description, doc.Location = cmp.Or(r.Description, doc.Description), cmp.Or(r.Location, doc.Location)
	return doc
}

// assessedBefore is what this request recorded before.
func (a *act) assessedBefore(ctx context.Context, err error) (Assessed, error) {
	var done Assessed
	for i := 0; err == nil; i++ {
		stored, there, earlier := a.earlier(ctx, assessStage(i))
		if earlier != nil || !there {
			return done, earlier
		}
		row, payload, broken := registeredRow(stored)
		if broken != nil {
			return done, broken
		}
		doc, broken := documentOf[assessment](ctx, a.Service, a.id, payload)
		if broken != nil {
			return done, broken
		}
		numbers, broken := a.numbers(ctx, doc.Status, 0)
		if broken != nil {
			return done, broken
		}
		proof, broken := a.again(ctx, stored, nil)
		if broken != nil {
			return done, broken
		}
		done.Entries, done.Items, done.Proofs = append(done.Entries, row.About), append(done.Items, numbers[row.About]), append(done.Proofs, proof)
	}
	return done, err
}

// assess puts to each piece of material what the register says of it. What was
// served is used, whatever was said before.
func (g *materialList) assess(ctx context.Context) error {
	numbers := map[Status]map[ledger.EntryID]int{}
	for _, schedule := range []Status{StatusMG6C, StatusMG6D} {
		var err error
		if numbers[schedule], err = g.numbers(ctx, schedule, g.asOf); err != nil {
			return err
		}
	}
	for i := range g.list {
		m := &g.list[i]
		doc, known, err := g.assessed(ctx, m.Entry, g.asOf)
		if err != nil {
			return err
		}
		m.Status = StatusToReview
		if known {
			m.assessment, m.Status, m.Reason, m.Test, m.Why = &doc, doc.Status, doc.Reason, doc.Test, doc.Why
			m.Description, m.Location = cmp.Or(doc.Description, m.Description), cmp.Or(doc.Location, m.Location)
		}
		if m.Served {
			m.Status = StatusUsed
		}
		m.Item = numbers[m.Status][m.Entry]
	}
	return nil
}

// assessed returns the newest assessment of an entry, or false when it has none or
// it was erased.
func (a *act) assessed(ctx context.Context, entry ledger.EntryID, asOf uint64) (assessment, bool, error) {
	row, err := registerRow(ctx, a.Store, a.id, disclosureRegister, rowName(rowMaterial, entry.String()), asOf)
	if errors.Is(err, ErrNotFound) {
		return assessment{}, false, nil
	}
	if err != nil {
		return assessment{}, false, fmt.Errorf("status of entry %s: %w", entry, err)
	}
	doc, err := documentOf[assessment](ctx, a.Service, a.id, row.Payload)
	if errors.Is(err, ErrNotFound) {
		return doc, false, nil
	}
	return doc, err == nil, err
}
