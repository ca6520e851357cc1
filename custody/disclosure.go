package custody

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Disclosure is the sorting of everything that a case has made into what is used
// and what is not, and the giving of it to the prosecutor and to the defence.
type Disclosure struct{ s *Service }

// Disclosure returns the use cases of disclosure.
func (s *Service) Disclosure() Disclosure { return Disclosure{s} }

// The names of rows in the register of disclosure begin with what they are.
const (
	rowMaterial  = "material"  // and the entry that it is about
	rowRecipient = "recipient" // and its reference, such as R-1
	rowDefendant = "defendant" // and its reference, such as DEF-1
	rowCollected = "collected" // and the bundle and the recipient
	rowSearch    = "search"    // and the decision that allowed the look
)

func rowName(what, name string) string { return what + " " + name }

// Recipient is somebody to whom exhibits or material of a case are given.
// Shape: ID such as R-1. Person is the id under which they are enrolled, Key the
// fingerprint of a key of theirs when they are not; both may be empty. Who acts for
// the defence is bound to one Defendant, for good.
type Recipient struct {
	ID        string      `json:"id"`
	Agreement string      `json:"agreement,omitempty"` // under which copies leave to somebody who is not enrolled
	Defendant string      `json:"defendant,omitempty"` // reference of the defendant, such as DEF-1
	Key       string      `json:"key,omitempty"`
	Name      string      `json:"name"`
	Person    string      `json:"person,omitempty"`
	Role      policy.Role `json:"role"`
}

// defence tells whether the recipient acts for a defendant.
func (r Recipient) defence() bool { return r.Role != policy.Prosecutor }

// label is how people are shown a recipient.
func (r Recipient) label() string {
	if r.Defendant == "" {
		return fmt.Sprintf("%s (%s)", r.Name, r.ID)
	}
	return fmt.Sprintf("%s (%s, for %s)", r.Name, r.ID, r.Defendant)
}

// Defendant is somebody against whom the case is brought.
// Shape: ID such as DEF-1.
type Defendant struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// recipientRoles are of those to whom things are given.
func recipientRoles() []policy.Role {
	return []policy.Role{policy.Prosecutor, policy.DefenceSolicitor, policy.DefenceExpert}
}

var (
	recipientID = regexp.MustCompile(`^R-[1-9][0-9]{0,4}$`)
	defendantID = regexp.MustCompile(`^DEF-[1-9][0-9]{0,4}$`)
	fingerprint = regexp.MustCompile(`^[0-9A-Za-z:+/=-]{8,200}$`)
)

// RecordDefendant records a defendant, or what they are now called.
type RecordDefendant struct {
	Ask
	Case CaseID
	ID   string // empty: the next one
	Name string
}

// RecordRecipient records a recipient, or what is now known of one.
type RecordRecipient struct {
	Ask
	Case      CaseID
	Recipient // ID empty: the next one
}

// Named is a row of the register of disclosure under its reference.
type Named struct {
	Proof
	ID string
}

// RecordDefendant records a defendant.
// Errors: ErrDenied; ErrInvalid; ErrNotFound for an ID that is not there; ErrConflict
// for the name of another defendant.
func (d Disclosure) RecordDefendant(ctx context.Context, actor Actor, request RecordDefendant) (Named, error) {
	if err := checkText("name of the defendant", request.Name); err != nil {
		return Named{}, err
	}
	a, err := d.s.begin(ctx, actor, request.Case, policy.MaterialAssess, request)
	if err != nil {
		return Named{}, err
	}
	return a.named(ctx, rowDefendant, "DEF", request.ID, defendantID, func(id string) (any, error) {
		return Defendant{ID: id, Name: request.Name}, a.newDefendant(ctx, id, request.Name)
	})
}

// newDefendant refuses a name that another defendant of the case has: what is served on
// one would be taken for served on the other.
// Errors: ErrConflict.
func (a *act) newDefendant(ctx context.Context, id, name string) error {
	all, err := a.defendants(ctx, 0)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != id && plainWords(other.Name) == plainWords(name) {
			return fmt.Errorf("%s is on record by that name already: if this is somebody else, let their name say so: %w", other.ID, ErrConflict)
		}
	}
	return nil
}

// plainWords is a name as two who type it would both mean it.
func plainWords(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// RecordRecipient records a recipient. Role, person and defendant stay as they were
// recorded first: a bundle that was served on somebody stays theirs.
// Errors: ErrDenied; ErrInvalid; ErrNotFound; ErrConflict for what cannot change,
// or for a person who acts for another defendant already.
func (d Disclosure) RecordRecipient(ctx context.Context, actor Actor, request RecordRecipient) (Named, error) {
	r := request.Recipient
	if err := r.check(); err != nil {
		return Named{}, err
	}
	a, err := d.s.begin(ctx, actor, request.Case, policy.MaterialAssess, request)
	if err != nil {
		return Named{}, err
	}
	return a.named(ctx, rowRecipient, "R", r.ID, recipientID, func(id string) (any, error) {
		r.ID = id
		return r, a.fits(ctx, r)
	})
}

// check wants what is said of a recipient to be whole.
func (r Recipient) check() error {
	if err := checkText("name of the recipient", r.Name); err != nil {
		return err
	}
	switch {
	case !isOneOf(r.Role, recipientRoles()):
		return fmt.Errorf("a recipient is one of %s, not %q: %w", wordsOf(recipientRoles()), r.Role, ErrInvalid)
	case r.defence() && r.Defendant == "":
		return fmt.Errorf("who acts for the defence is bound to one defendant: say to which: %w", ErrInvalid)
	case !r.defence() && r.Defendant != "":
		return fmt.Errorf("a prosecutor acts for no defendant: leave %s out: %w", r.Defendant, ErrInvalid)
	case r.Key != "" && !fingerprint.MatchString(r.Key):
		return fmt.Errorf("%q is not the fingerprint of a key: %w", r.Key, ErrInvalid)
	}
	return checkLength("agreement", r.Agreement)
}

// fits holds a recipient against what is on record.
func (a *act) fits(ctx context.Context, r Recipient) error {
	if r.Defendant != "" {
		if _, err := a.defendant(ctx, r.Defendant, 0); err != nil {
			return err
		}
	}
	if r.Person != "" {
		person, err := a.personNow(ctx, r.Person, a.now)
		if err != nil {
			return fmt.Errorf("%q is not enrolled: leave the person out, and name the agreement under which copies leave: %w", r.Person, err)
		}
		if !isOneOf(string(r.Role), person.Roles) {
			return fmt.Errorf("%s does not hold the role %s: %w", r.Person, r.Role, ErrInvalid)
		}
	}
	all, err := a.recipients(ctx, 0)
	if err != nil {
		return err
	}
	for _, other := range all {
		switch {
		case other.ID == r.ID && (other.Role != r.Role || other.Person != r.Person || other.Defendant != r.Defendant):
			return fmt.Errorf("%s is %s for good, with the person and the defendant of then: record another recipient: %w", r.ID, other.label(), ErrConflict)
		case other.ID != r.ID && r.Person != "" && other.Person == r.Person && other.Defendant != r.Defendant:
			return fmt.Errorf("%s acts for %s already (%s): co-defendants are kept apart: %w", r.Person, other.Defendant, other.ID, ErrConflict)
		case other.ID != r.ID && r.sameAs(other) && other.Defendant != r.Defendant:
			return fmt.Errorf("%s is on record by that name or key, and nobody acts for two defendants in one case: if this is somebody else, let their name say so: %w",
				other.label(), ErrConflict)
		case other.ID != r.ID && r.Person != "" && other.Person == r.Person:
			return fmt.Errorf("%s is on record already, as %s: %w", r.Person, other.ID, ErrConflict)
		}
	}
	return nil
}

// sameAs tells whether two who act for the defence are one by what is on record of people who
// are not enrolled.
func (r Recipient) sameAs(other Recipient) bool {
	return r.defence() && other.defence() && (plainWords(r.Name) == plainWords(other.Name) || r.Key != "" && r.Key == other.Key)
}

// named decides on and records a row that has a reference: the one that is given, or
// the next one.
func (a *act) named(ctx context.Context, what, prefix, id string, form *regexp.Regexp, doc func(id string) (any, error)) (Named, error) {
	if id != "" && !form.MatchString(id) {
		return Named{}, fmt.Errorf("%q is no reference of a %s, such as %s-1: %w", id, what, prefix, ErrInvalid)
	}
	if stored, done, err := a.earlier(ctx, what); done || err != nil {
		return a.namedBefore(ctx, stored, err)
	}
	given := id
	proofs, err := a.commit(ctx, what, resource{}, func() ([]sheet, error) {
		rows, err := a.rowsOf(ctx, what, 0)
		if err != nil {
			return nil, err
		}
		id = given
		if id == "" {
			id = fmt.Sprintf("%s-%d", prefix, len(rows)+1)
		} else if _, err := registerRow(ctx, a.Store, a.id, disclosureRegister, rowName(what, id), 0); err != nil {
			return nil, fmt.Errorf("the case has no %s %s: leave the reference out for a new one: %w", what, id, err)
		}
		content, err := doc(id)
		if err != nil {
			return nil, err
		}
		s, err := a.rowSheet(ctx, what, disclosureRegister, rowName(what, id), ledger.EntryID{}, true, content)
		s.operation = "alteration"
		return []sheet{s}, err
	})
	if err != nil {
		return Named{}, err
	}
	return Named{Proof: proofs[0], ID: id}, nil
}

// namedBefore is what this request recorded before.
func (a *act) namedBefore(ctx context.Context, stored Stored, err error) (Named, error) {
	proof, err := a.again(ctx, stored, err)
	if err != nil {
		return Named{}, err
	}
	row, _, err := registeredRow(stored)
	if err != nil {
		return Named{}, err
	}
	return Named{Proof: proof, ID: row.Name[strings.LastIndexByte(row.Name, ' ')+1:]}, nil
}

// rowsOf returns the newest rows of one kind in the register of disclosure, in the
// order of the record.
func (a *act) rowsOf(ctx context.Context, what string, asOf uint64) ([]rowFact, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, disclosureRegister, asOf)
	if err != nil {
		return nil, err
	}
	var kept []rowFact
	for _, row := range rows {
		if strings.HasPrefix(row.Name, what+" ") {
			kept = append(kept, row)
		}
	}
	return kept, nil
}

// recipient returns a recipient by reference.
// Errors: ErrNotFound also for one whose row was erased.
func (a *act) recipient(ctx context.Context, id string, asOf uint64) (Recipient, error) {
	row, err := registerRow(ctx, a.Store, a.id, disclosureRegister, rowName(rowRecipient, id), asOf)
	if err != nil {
		return Recipient{}, fmt.Errorf("the case has no recipient %s: record one first: %w", id, err)
	}
	r, err := documentOf[Recipient](ctx, a.Service, a.id, row.Payload)
	if err != nil {
		return r, fmt.Errorf("recipient %s: %w", id, err)
	}
	return r, nil
}

// defendant returns a defendant by reference.
// Errors: ErrNotFound.
func (a *act) defendant(ctx context.Context, id string, asOf uint64) (Defendant, error) {
	row, err := registerRow(ctx, a.Store, a.id, disclosureRegister, rowName(rowDefendant, id), asOf)
	if err != nil {
		return Defendant{}, fmt.Errorf("the case has no defendant %s: record one first: %w", id, err)
	}
	return documentOf[Defendant](ctx, a.Service, a.id, row.Payload)
}

// recipients returns all of them, in the order of their references.
func (a *act) recipients(ctx context.Context, asOf uint64) ([]Recipient, error) {
	return rowDocuments[Recipient](ctx, a, rowRecipient, asOf)
}

// defendants returns all of them, in the order of their references.
func (a *act) defendants(ctx context.Context, asOf uint64) ([]Defendant, error) {
	return rowDocuments[Defendant](ctx, a, rowDefendant, asOf)
}
