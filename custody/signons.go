package custody

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// SignOns are the use cases of how people who are enrolled sign on by an identity
// provider.
type SignOns struct{ s *Service }

// SignOns returns the use cases of how people sign on.
func (s *Service) SignOns() SignOns { return SignOns{s} }

// inSignOns is the newest row of each subject in the register of sign-ons, by its name.
const inSignOns = "sign-ons"

// SignOn is a subject of an identity provider and the person to whom it belongs.
// Shape: canonical JSON; Issuer and Subject exactly as the provider's tokens say them.
type SignOn struct {
	Ended   string `json:"ended,omitempty"` // why it counts no more
	Issuer  string `json:"issuer"`
	Person  string `json:"person"`
	Subject string `json:"subject"`
}

// RecordSignOn says that a subject is somebody enrolled, or, with Ended, that it is no
// more.
type RecordSignOn struct {
	Ask
	SignOn
}

// ListedSignOn is a sign-on with who recorded it.
type ListedSignOn struct {
	SignOn
	By    string         `json:"by"`
	Entry ledger.EntryID `json:"entry"`
	Time  ledger.Time    `json:"time"`
}

// name is the name of its row: nothing of a subject stands in it.
func (s SignOn) name() string {
	sum := sha256.Sum256([]byte("custos/sign-on/v1\n" + s.Issuer + "\n" + s.Subject))
	return hex.EncodeToString(sum[:])
}

// check refuses what no provider says.
// Source: OpenID Connect Core 1.0 section 2 (iss, sub).
func (s SignOn) check() error {
	at, err := url.Parse(s.Issuer)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || at.RawQuery+at.Fragment != "" || at.User != nil {
		return fmt.Errorf("%q is no issuer: give it as the provider's tokens do, such as https://login.example: %w", s.Issuer, ErrInvalid)
	}
	if err := checkText("issuer", s.Issuer); err != nil {
		return err
	}
	if slices.Contains([]string{serviceID, logHolder, rootHolder}, s.Person) {
		return fmt.Errorf("nobody signs on as %s: %w", s.Person, ErrInvalid)
	}
	outside := func(r rune) bool { return r < '!' || r > '~' }
	if s.Subject == "" || len(s.Subject) > 255 || strings.ContainsFunc(s.Subject, outside) {
		return fmt.Errorf("a subject is 1 to 255 plain signs without a space, exactly as the claim sub of the provider's tokens: %w", ErrInvalid)
	}
	return checkLength("reason", s.Ended)
}

// Record says to whom a subject belongs from now on. It is no role and no permission:
// what the person may do is decided as ever.
// Errors: ErrDenied, also of oneself; ErrInvalid; ErrNotFound for a person who is not
// enrolled, and for the end of what is not recorded; ErrConflict when the subject is
// somebody's already.
func (u SignOns) Record(ctx context.Context, actor Actor, request RecordSignOn) (Proof, error) {
	if err := request.check(); err != nil {
		return Proof{}, err
	}
	a, err := u.s.begin(ctx, actor, "", policy.StandingRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "sign-on"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "sign-on", resource{whom: request.Person}, func() ([]sheet, error) {
		if _, err := a.Service.person(ctx, request.Person, 0); err != nil {
			return nil, nobody(request.Person, err)
		}
		if err := u.follows(ctx, request.SignOn); err != nil {
			return nil, err
		}
		s, err := a.rowSheet(ctx, "sign-on", signOnRegister, request.name(), ledger.EntryID{}, true, request.SignOn)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// follows refuses a row that does not follow from the one before.
func (u SignOns) follows(ctx context.Context, next SignOn) error {
	now, err := u.s.signOn(ctx, next)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	held := err == nil && now.Ended == ""
	switch {
	case next.Ended == "" && held:
		return fmt.Errorf("this subject signs on as %s already; end that first: %w", now.Person, ErrConflict)
	case next.Ended != "" && (!held || now.Person != next.Person):
		return fmt.Errorf("this subject does not sign on as %s, so that cannot end: %w", next.Person, ErrNotFound)
	}
	return nil
}

// signOn returns the newest row of a subject.
// Errors: ErrNotFound.
func (s *Service) signOn(ctx context.Context, of SignOn) (SignOn, error) {
	row, err := find[rowFact](ctx, s.Store, "", inSignOns, of.name(), 0)
	if err != nil {
		return SignOn{}, err
	}
	is, err := s.readSignOn(ctx, row)
	if err == nil && (is.Issuer != of.Issuer || is.Subject != of.Subject) {
		err = fmt.Errorf("%w: the row of a sign-on is of another subject", ErrIntegrity)
	}
	return is, err
}

func (s *Service) readSignOn(ctx context.Context, row rowFact) (SignOn, error) {
	return s.signOns.read("", row.Payload, func() (SignOn, error) {
		is, err := documentOf[SignOn](ctx, s, "", row.Payload)
		if err != nil {
			err = fmt.Errorf("how somebody signs on: %w", err)
		}
		return is, err
	})
}

// Holder returns the id of the person to whom a subject belongs.
//
// Trust: the caller has checked that the provider speaks of that subject.
// Errors: ErrNotFound for a subject that is nobody's, or nobody's any more, and for one
// whose person has no key in force.
func (u SignOns) Holder(ctx context.Context, issuer, subject string) (string, error) {
	is, err := u.s.signOn(ctx, SignOn{Issuer: issuer, Subject: subject})
	if err != nil {
		return "", err
	}
	if is.Ended != "" {
		return "", fmt.Errorf("the sign-on was ended: %w", ErrNotFound)
	}
	person, err := u.s.person(ctx, is.Person, 0)
	if err != nil {
		return "", err
	}
	revoked, err := has(ctx, u.s.Store, "", inRevoked, person.Key.String(), 0)
	if err == nil && revoked {
		err = fmt.Errorf("the key of the person was revoked: %w", ErrNotFound)
	}
	return person.ID, err
}

// List returns every sign-on, also those that were ended, sorted by person.
func (u SignOns) List(ctx context.Context, actor Actor, ask Ask) ([]ListedSignOn, error) {
	a, err := u.s.begin(ctx, actor, "", policy.PeopleRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	rows, err := list[rowFact](ctx, a.Store, "", inSignOns, 0)
	if err != nil {
		return nil, err
	}
	all := make([]ListedSignOn, len(rows))
	for i, row := range rows {
		is, err := u.s.readSignOn(ctx, row)
		if err != nil {
			return nil, err
		}
		all[i] = ListedSignOn{is, row.By, row.Entry, row.Time}
	}
	slices.SortFunc(all, func(x, y ListedSignOn) int {
		return strings.Compare(x.Person+"\n"+x.Issuer+"\n"+x.Subject, y.Person+"\n"+y.Issuer+"\n"+y.Subject)
	})
	return all, nil
}
