package custody

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Organisations are the forces and other bodies that the record knows: the one that
// keeps it, and those with whom cases are shared. A case belongs to one of them.
type Organisations struct{ s *Service }

// Organisations returns the use cases of organisations.
func (s *Service) Organisations() Organisations { return Organisations{s} }

// Names in the register of organisations. An organisation stands under its code;
// which of them keeps the record, and to whom a case belongs, under words that are
// no code.
const (
	homeRow  = "(home)"
	ownerRow = "(owner)"
)

// KnownOrganisation is an organisation as it stands in the register.
// Shape: canonical JSON; Aliases and Keys sorted. Keys sign what the organisation
// says to others, such as receipts of what was shared with it.
type KnownOrganisation struct {
	Aliases []string           `json:"aliases"` // as standings name it
	Code    string             `json:"code"`
	Ended   string             `json:"ended,omitempty"` // why nothing is shared with it any more
	Keys    []ledger.PublicKey `json:"keys"`
	Name    string             `json:"name"`
}

// ownDocument names an organisation.
// Shape: canonical JSON.
type ownDocument struct {
	Organisation string `json:"organisation"`
	Reason       string `json:"reason"`
}

// RecordOrganisation enters an organisation in the register, or changes what the
// register says of it.
// Shape: Keys are all that it signs with from now on. Home makes it the one that
// keeps this record.
type RecordOrganisation struct {
	Ask
	KnownOrganisation
	Home bool
}

// OwnCase says to which organisation a case belongs.
type OwnCase struct {
	Ask
	Case         CaseID
	Organisation string
	Reason       string
}

// ListedOrganisation is an organisation with what the record says of it.
type ListedOrganisation struct {
	KnownOrganisation
	Home    bool           `json:"home"`
	KeyIDs  []ledger.KeyID `json:"keyIds"`
	By      string         `json:"by"`
	Entry   ledger.EntryID `json:"entry"`
	Time    ledger.Time    `json:"time"`
	Members []string       `json:"members"` // ids of the people whose standing names it
}

// codeForm is the form of an organisation's code.
var codeForm = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,31}$`)

// mostKeys is how many keys an organisation has at once.
const mostKeys = 16

// Record enters an organisation, or changes what is known of it.
// Errors: ErrDenied, also of whoever belongs to another organisation than the one that
// keeps the record; ErrInvalid, also for an organisation that is to keep the record and
// of which nobody could; ErrConflict when it says what the register says, or another
// organisation has the name.
func (o Organisations) Record(ctx context.Context, actor Actor, request RecordOrganisation) (Proof, error) {
	known := request.KnownOrganisation
	if err := known.settle(); err != nil {
		return Proof{}, err
	}
	a, err := o.s.begin(ctx, actor, "", policy.OrganisationRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "organisation"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	if err := a.keepsRecord(ctx, resource{}); err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "organisation", resource{}, func() ([]sheet, error) {
		if err := a.freeNames(ctx, known, request.Home); err != nil {
			return nil, err
		}
		if keeps, err := a.home(ctx, 0); err != nil {
			return nil, err
		} else if request.Home || keeps == known.Code {
			if err := a.keepable(ctx, known); err != nil {
				return nil, err
			}
		}
		s, err := a.rowSheet(ctx, "organisation", organisationRegister, known.Code, ledger.EntryID{}, true, known)
		if err != nil || !request.Home {
			return []sheet{s}, err
		}
		home, err := a.rowSheet(ctx, "home", organisationRegister, homeRow, ledger.EntryID{}, true, ownDocument{Organisation: known.Code, Reason: "it keeps this record"})
		return []sheet{s, home}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// settle sorts and checks an organisation.
func (k *KnownOrganisation) settle() error {
	if !codeForm.MatchString(k.Code) {
		return fmt.Errorf("%q is no code of an organisation: 2 to 32 of a-z, 0-9, '.' and '-': %w", k.Code, ErrInvalid)
	}
	if err := checkText("name of the organisation", k.Name); err != nil {
		return err
	}
	k.Aliases = slices.Compact(slices.Sorted(slices.Values(k.Aliases)))
	for _, alias := range k.Aliases {
		if err := checkText("other name of the organisation", alias); err != nil {
			return err
		}
	}
	if len(k.Aliases) > maxRetentionGroups || len(k.Keys) > mostKeys || longer(k.Ended, maxText) {
		return fmt.Errorf("an organisation has at most %d other names and %d keys: %w", maxRetentionGroups, mostKeys, ErrInvalid)
	}
	slices.SortFunc(k.Keys, func(x, y ledger.PublicKey) int { return cmp.Compare(x.String(), y.String()) })
	k.Keys, k.Aliases = notNil(slices.Compact(k.Keys)), notNil(k.Aliases)
	return nil
}

// names are what standings may call an organisation.
func (k KnownOrganisation) names() []string {
	return append([]string{k.Code, k.Name}, k.Aliases...)
}

// freeNames refuses what the register says already, and names and keys that are
// another organisation's.
func (a *act) freeNames(ctx context.Context, known KnownOrganisation, home bool) error {
	all, err := a.organisations(ctx, 0)
	if err != nil {
		return err
	}
	atHome, err := a.home(ctx, 0)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Code == known.Code {
			same, err := sameText(other.KnownOrganisation, known)
			if err == nil && same && (!home || atHome == known.Code) {
				err = fmt.Errorf("this is what the register says of %s already: %w", known.Code, ErrConflict)
			}
			if err != nil {
				return err
			}
			continue
		}
		for _, name := range known.names() {
			if slices.ContainsFunc(other.names(), func(n string) bool { return strings.EqualFold(n, name) }) {
				return fmt.Errorf("%q names the organisation %s already: %w", name, other.Code, ErrConflict)
			}
		}
		for _, key := range known.Keys {
			if slices.Contains(other.Keys, key) {
				return fmt.Errorf("the key %s is that of the organisation %s: %w", key.KeyID(), other.Code, ErrConflict)
			}
		}
	}
	return nil
}

// Own says to which organisation a case belongs. Before that it belongs to the one
// that keeps the record.
// Errors: ErrDenied; ErrNotFound for an organisation that is not in the register;
// ErrConflict when it belongs to it.
func (o Organisations) Own(ctx context.Context, actor Actor, request OwnCase) (Proof, error) {
	if err := checkText("reason", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := o.s.begin(ctx, actor, request.Case, policy.CaseShare, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "owner"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "owner", resource{}, func() ([]sheet, error) {
		if _, err := a.organisation(ctx, request.Organisation); err != nil {
			return nil, err
		}
		if owner, err := a.owner(ctx, a.id, 0); err != nil || owner == request.Organisation {
			return nil, orConflict(err, "the case belongs to "+request.Organisation+" already")
		}
		s, err := a.rowSheet(ctx, "owner", organisationRegister, ownerRow, ledger.EntryID{}, true, ownDocument{request.Organisation, request.Reason})
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

func orConflict(err error, words string) error {
	if err == nil {
		err = fmt.Errorf("%s: %w", words, ErrConflict)
	}
	return err
}

// List returns the organisations, sorted by code.
func (o Organisations) List(ctx context.Context, actor Actor, ask Ask) ([]ListedOrganisation, error) {
	a, err := o.s.begin(ctx, actor, "", policy.PeopleRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	all, err := a.organisations(ctx, 0)
	if err != nil {
		return nil, err
	}
	home, err := a.home(ctx, 0)
	if err != nil {
		return nil, err
	}
	people, err := list[personFact](ctx, a.Store, "", inPeople, 0)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Home, all[i].Members = all[i].Code == home, []string{}
		for _, key := range all[i].Keys {
			all[i].KeyIDs = append(all[i].KeyIDs, key.KeyID())
		}
		all[i].KeyIDs = notNil(all[i].KeyIDs)
	}
	for _, person := range people {
		standing, err := a.standingOf(ctx, person.ID, 0)
		if err != nil {
			return nil, err
		}
		for i := range all {
			if all[i].named(standing.Organisation) {
				all[i].Members = append(all[i].Members, person.ID)
			}
		}
	}
	return all, nil
}

// named tells whether a standing names this organisation.
func (k KnownOrganisation) named(text string) bool {
	return slices.ContainsFunc(k.names(), func(n string) bool { return strings.EqualFold(n, text) })
}
