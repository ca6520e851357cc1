package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Costs is the register of what the work costs: what operators and providers charge,
// and what the single point of contact advised that it would cost.
type Costs struct{ s *Service }

// Costs returns the use cases of cost.
func (s *Service) Costs() Costs { return Costs{s} }

// CostKind says what a sum is.
type CostKind string

// The kinds of cost. An estimate is what was expected: it is added up apart, and is
// no part of what was charged.
const (
	OperatorCharge CostKind = "operator-charge"    // what an operator charges for a return
	Contribution   CostKind = "contribution"       // to an operator's costs of complying
	ProviderCharge CostKind = "provider-charge"    // what an external provider charges
	InternalCost   CostKind = "internal"           // own staff and machines
	SPoCAdvice     CostKind = "spoc-advice"        // the single point of contact's advice on cost
	CostCredit     CostKind = "credit"             // what was given back; it is taken off
	PolicyEstimate CostKind = "authority-estimate" // of those who decide
)

// CostKinds returns all of them.
func CostKinds() []CostKind {
	return []CostKind{OperatorCharge, Contribution, ProviderCharge, InternalCost, SPoCAdvice, PolicyEstimate, CostCredit}
}

// estimate tells whether a sum was only expected.
func (k CostKind) estimate() bool { return k == SPoCAdvice || k == PolicyEstimate }

// maxPence is the highest sum of one row: ten million pounds.
const maxPence = 1_000_000_000

func isPence(p int64) bool { return p >= 0 && p <= maxPence }

// RecordCost records a sum, or what is now known of one.
// Shape: ID such as C-2; empty = a new one under the next number. About is the entry
// that it was spent on: a received file, a run, an authority or any other of the case;
// Submission names a submission instead. Unit is the part of the organisation that
// bears it.
// Units: Pence.
type RecordCost struct {
	Ask
	Case       CaseID
	ID         string
	About      ledger.EntryID
	Submission string
	Kind       CostKind
	Pence      int64
	On         policy.Date // empty: today
	Operator   string      // who charges it, in words
	Unit       string
	Reference  string // of the invoice or the advice
	Note       string
	Why        string // it is recorded anew; needed with an ID
}

// WithdrawCost takes a sum out that should not be there.
type WithdrawCost struct {
	Ask
	Case   CaseID
	ID     string
	Reason string
}

// RecordedCost is a sum as it was recorded.
type RecordedCost struct {
	Proof
	ID string
}

// costDocument is the payload of a row.
// Shape: canonical JSON.
type costDocument struct {
	Kind       CostKind    `json:"kind"`
	Note       string      `json:"note,omitempty"`
	On         policy.Date `json:"on"`
	Operator   string      `json:"operator,omitempty"`
	Pence      int64       `json:"pence"`
	Reference  string      `json:"reference,omitempty"`
	Submission string      `json:"submission,omitempty"`
	Unit       string      `json:"unit"`
	Why        string      `json:"why,omitempty"`
	Withdrawn  bool        `json:"withdrawn,omitempty"`
}

var costID = regexp.MustCompile(`^C-[1-9][0-9]{0,5}$`)

// Record records a sum.
// Errors: ErrDenied; ErrInvalid; ErrNotFound; ErrConflict for one that was withdrawn.
func (u Costs) Record(ctx context.Context, actor Actor, r RecordCost) (RecordedCost, error) {
	if r.ID != "" {
		if err := checkText("reason for recording it anew", r.Why); err != nil {
			return RecordedCost{}, err
		}
	}
	return u.change(ctx, actor, r.Case, r, r.ID, func(a *act, before *costDocument, about ledger.EntryID) (costDocument, ledger.EntryID, error) {
		today, err := civilDay(a.now)
		if err != nil {
			return costDocument{}, about, err
		}
		doc := costDocument{
			Kind: r.Kind, Note: r.Note, On: r.On, Operator: r.Operator, Pence: r.Pence, Reference: r.Reference, Submission: r.Submission, Unit: r.Unit, Why: r.Why,
		}
		if doc.On == "" {
			doc.On = today
		}
		if err := doc.check(today); err != nil {
			return doc, about, err
		}
		entry, err := a.costIsOf(ctx, r)
		if err != nil {
			return doc, about, err
		}
		if before != nil && entry != about {
			return doc, about, fmt.Errorf("%s is about another entry: withdraw it and record a new sum: %w", r.ID, ErrInvalid)
		}
		return doc, entry, nil
	})
}

// Withdraw takes a sum out; it stays in the record and counts no more.
// Errors: ErrDenied; ErrNotFound; ErrConflict when it is withdrawn already.
func (u Costs) Withdraw(ctx context.Context, actor Actor, r WithdrawCost) (RecordedCost, error) {
	if r.ID == "" {
		return RecordedCost{}, fmt.Errorf("say which sum is withdrawn, such as C-2: %w", ErrInvalid)
	}
	return u.change(ctx, actor, r.Case, r, r.ID, func(_ *act, before *costDocument, about ledger.EntryID) (costDocument, ledger.EntryID, error) {
		doc := *before
		doc.Withdrawn, doc.Why = true, r.Reason
		return doc, about, checkText("reason for withdrawing it", r.Reason)
	})
}

// change records the next state of a sum.
func (u Costs) change(ctx context.Context, actor Actor, id CaseID, request asking, name string, next func(*act, *costDocument, ledger.EntryID) (costDocument, ledger.EntryID, error)) (RecordedCost, error) {
	if name != "" && !costID.MatchString(name) {
		return RecordedCost{}, fmt.Errorf("%q does not name a sum; the register has names such as C-2: %w", name, ErrInvalid)
	}
	a, err := u.s.begin(ctx, actor, id, policy.CostRecord, request)
	if err != nil {
		return RecordedCost{}, err
	}
	if stored, done, err := a.earlier(ctx, "cost"); done || err != nil {
		proof, _, name, err := rowBefore[costDocument](ctx, a, stored, err)
		return RecordedCost{Proof: proof, ID: name}, err
	}
	var recorded RecordedCost
	proofs, err := a.commit(ctx, "cost", resource{}, func() ([]sheet, error) {
		before, about, err := a.cost(ctx, name)
		if err != nil {
			return nil, err
		}
		doc, about, err := next(a, before, about)
		if err != nil {
			return nil, err
		}
		if recorded.ID = name; name == "" {
			if recorded.ID, err = a.nextNumber(ctx, costRegister, "C-"); err != nil {
				return nil, err
			}
		}
		s, err := a.rowSheet(ctx, "cost", costRegister, recorded.ID, about, true, doc)
		return []sheet{s}, err
	})
	if err != nil {
		return RecordedCost{}, err
	}
	recorded.Proof = proofs[0]
	return recorded, nil
}

// cost reads the newest state of a sum; of no name nothing.
// Errors: ErrNotFound; ErrConflict when it was withdrawn.
func (a *act) cost(ctx context.Context, name string) (*costDocument, ledger.EntryID, error) {
	if name == "" {
		return nil, ledger.EntryID{}, nil
	}
	row, err := registerRow(ctx, a.Store, a.id, costRegister, name, 0)
	if err != nil {
		return nil, ledger.EntryID{}, fmt.Errorf("cost %s of the case: %w", name, err)
	}
	doc, err := documentOf[costDocument](ctx, a.Service, a.id, row.Payload)
	if err != nil {
		return nil, ledger.EntryID{}, fmt.Errorf("cost %s: %w", name, err)
	}
	if doc.Withdrawn {
		return nil, ledger.EntryID{}, fmt.Errorf("%s was withdrawn: record a new sum: %w", name, ErrConflict)
	}
	return &doc, row.About, nil
}

// check wants everything that a sum must say.
// Errors: ErrInvalid.
func (d costDocument) check(today policy.Date) error {
	if !slices.Contains(CostKinds(), d.Kind) {
		return fmt.Errorf("a sum is one of %s, not %q: %w", wordsOf(CostKinds()), d.Kind, ErrInvalid)
	}
	if !isPence(d.Pence) {
		return fmt.Errorf("a sum is 0 to %d pence, not %d; what was given back is a %s: %w", maxPence, d.Pence, CostCredit, ErrInvalid)
	}
	if err := checkDay("day of the cost", d.On); err != nil {
		return err
	}
	if d.On > today {
		return fmt.Errorf("%s is still to come: %w", d.On, ErrInvalid)
	}
	if d.Kind != InternalCost {
		if err := checkText("name of who charges it", d.Operator); err != nil {
			return err
		}
	}
	return cmp.Or(
		checkText("name of the unit that bears it", d.Unit), checkLength("note", d.Note), checkLength("reference", d.Reference), checkLength("reason", d.Why),
	)
}

// costIsOf finds what a sum was spent on.
// Errors: ErrInvalid; ErrNotFound.
func (a *act) costIsOf(ctx context.Context, r RecordCost) (ledger.EntryID, error) {
	if (r.About != ledger.EntryID{}) == (r.Submission != "") {
		return ledger.EntryID{}, fmt.Errorf("say what it was spent on: either an entry of the case or a submission: %w", ErrInvalid)
	}
	if r.Submission != "" {
		rows, err := registerRows(ctx, a.Store, a.id, submissionRegister, 0)
		if err != nil {
			return ledger.EntryID{}, err
		}
		at := slices.IndexFunc(rows, func(f rowFact) bool { return f.Name == r.Submission })
		if at < 0 {
			return ledger.EntryID{}, fmt.Errorf("the case has no submission %q on record: %w", r.Submission, ErrNotFound)
		}
		return rows[at].Entry, nil
	}
	stored, err := a.Store.ByEntryID(ctx, r.About)
	if err != nil || stored.Case != a.id {
		return ledger.EntryID{}, fmt.Errorf("the case has no entry %s: %w", r.About, ErrNotFound)
	}
	return r.About, nil
}

var poundsForm = regexp.MustCompile(`^[0-9]{1,8}(\.[0-9]{2})?$`)

// ParsePounds reads a sum that is written in pounds, such as 12 or 12.50.
// Units: the result is in pence.
// Errors: ErrInvalid.
func ParsePounds(text string) (int64, error) {
	if !poundsForm.MatchString(text) {
		return 0, fmt.Errorf("%q is not a sum in pounds such as 12 or 12.50: %w", text, ErrInvalid)
	}
	whole, part, _ := strings.Cut(text, ".")
	sum, err := strconv.ParseInt(whole+orDefault(part, "00"), 10, 64)
	if err != nil || sum > maxPence {
		return 0, fmt.Errorf("%q is more than %d pence: %w", text, maxPence, ErrInvalid)
	}
	return sum, nil
}
