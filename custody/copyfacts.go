package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// The collections of copies; both belong to a case.
const (
	inCopies    = "copies"    // by number
	inDisposals = "disposals" // by number of the copy
)

// copyKey is a copy's number as the key of a record, so that text order is the
// order of numbers.
func copyKey(number uint64) string { return fmt.Sprintf("%08d", number) }

// copyFact is a numbered copy as it was issued.
type copyFact struct {
	By      string           `json:"by"`
	Copy    uint64           `json:"copy"`
	Entry   ledger.EntryID   `json:"entry"`
	Of      ledger.EntryID   `json:"of"`
	Payload ledger.DigestSet `json:"payload"`
	Role    string           `json:"role"` // in which it was issued
	Time    ledger.Time      `json:"time"`
}

// disposalFact is the end of a copy.
type disposalFact struct {
	By      string           `json:"by"`
	Copy    uint64           `json:"copy"`
	Entry   ledger.EntryID   `json:"entry"`
	Payload ledger.DigestSet `json:"payload"`
	Time    ledger.Time      `json:"time"`
}

// issued projects a copy.
func (p *projection) issued(d *ledger.CopyIssued) {
	p.add(inCopies, copyKey(d.Copy), copyFact{p.by(), d.Copy, p.entry(), d.Of, p.subject("copy"), p.Predicate.Actor.Role, p.Predicate.Time})
}

// disposed projects the end of a copy.
func (p *projection) disposed(d *ledger.CopyDisposed) {
	p.add(inDisposals, copyKey(d.Copy), disposalFact{p.by(), d.Copy, p.entry(), p.subject("disposal"), p.Predicate.Time})
}

// copyDocument is the payload of a copy-issued entry.
// Shape: canonical JSON; File and SHA256 are empty when it is not one file.
type copyDocument struct {
	Agreement string         `json:"agreement,omitempty"`
	Closing   *closing       `json:"closing,omitempty"` // of a bundle: what it takes to make the same bytes again
	Country   string         `json:"country"`
	File      string         `json:"file,omitempty"`
	Holder    string         `json:"holder,omitempty"` // id of an enrolled person who has it
	Means     string         `json:"means,omitempty"`
	Purpose   policy.Purpose `json:"purpose"`
	Recipient string         `json:"recipient"`
	ReviewOn  policy.Date    `json:"reviewOn"`
	SHA256    string         `json:"sha256,omitempty"`
	What      string         `json:"what"`
	Why       string         `json:"why,omitempty"`
}

// disposalDocument is the payload of a copy-disposed entry.
// Shape: canonical JSON.
type disposalDocument struct {
	ConfirmedBy string      `json:"confirmedBy"` // who says that it is gone, in words
	How         string      `json:"how"`
	On          policy.Date `json:"on"`
	Signed      bool        `json:"signed"` // by the holder's own entry
}

// copying is the copy that an act is about: one on record by its number, or one
// that is asked for.
type copying struct {
	number uint64 // 0: it is asked for
	of     ledger.EntryID
	terms  copyTerms
}

// copyTerms is what is asked of a copy that is to be issued, as far as rules
// look at it.
type copyTerms struct {
	Agreement bool        `json:"agreement,omitempty"`
	Country   string      `json:"country"`
	Holder    string      `json:"holder,omitempty"`
	Recipient string      `json:"recipient"`
	ReviewOn  policy.Date `json:"reviewOn"`
}

// terms returns what rules look at.
func (d copyDocument) terms() copyTerms {
	return copyTerms{d.Agreement != "", d.Country, d.Holder, d.Recipient, d.ReviewOn}
}

// outsideRoles are of people who do not belong to the organisation that keeps the
// record.
var outsideRoles = []policy.Role{policy.DefenceExpert, policy.DefenceSolicitor, policy.ExternalProvider, policy.Inspector, policy.Prosecutor}

// copyFacts says what is known of the copy. That it leaves the organisation
// follows from who has it: whoever is not enrolled, or has no role in force, is
// outside, and whoever belongs to another organisation than the case.
func (a *act) copyFacts(ctx context.Context, c copying, asOf uint64) (*policy.Copy, error) {
	of, terms, state := c.of, c.terms, policy.CopyAsked
	number := c.number
	if number == 0 {
		next, err := a.nextCopy(ctx, asOf)
		if err != nil {
			return nil, err
		}
		number = next
	} else {
		fact, err := find[copyFact](ctx, a.Store, a.id, inCopies, copyKey(number), asOf)
		if err != nil {
			return nil, fmt.Errorf("copy %d: %w", number, err)
		}
		doc, err := documentOf[copyDocument](ctx, a.Service, a.id, fact.Payload)
		if err != nil {
			return nil, fmt.Errorf("copy %d: %w", number, err)
		}
		of, terms, state = fact.Of, doc.terms(), policy.CopyIssued
		gone, err := has(ctx, a.Store, a.id, inDisposals, copyKey(number), asOf)
		if err != nil {
			return nil, err
		}
		if gone {
			state = policy.CopyDisposed
		}
	}
	facts := &policy.Copy{
		Agreement: terms.Agreement, Country: terms.Country, Flags: []policy.Flag{}, Holder: policy.NoEntry, Named: []string{}, Number: number,
		Of: of.String(), Outside: true, Recipient: terms.Recipient, ReviewOn: terms.ReviewOn, Sensitive: policy.NoEntry, State: state,
	}
	if terms.Holder != "" {
		holder, err := a.personFacts(ctx, terms.Holder, asOf)
		if err != nil {
			return nil, err
		}
		facts.Holder = holder.ID
		facts.Outside = len(holder.Roles) == 0 || slices.ContainsFunc(holder.Roles, func(r policy.Role) bool { return slices.Contains(outsideRoles, r) })
		if !facts.Outside {
			if facts.Outside, err = a.elsewhere(ctx, terms.Holder, asOf); err != nil {
				return nil, err
			}
		}
	}
	if state != policy.CopyAsked {
		return facts, nil
	}
	return facts, errors.Join(a.restricted(ctx, facts, of, asOf), a.apart(ctx, facts, c, asOf))
}

// nextCopy is the number of the next copy of the case: they are dense, and none
// is used twice.
func (a *act) nextCopy(ctx context.Context, asOf uint64) (uint64, error) {
	records, err := a.Store.List(ctx, a.id, inCopies, asOf)
	if err != nil {
		return 0, fmt.Errorf("copies of the case: %w", err)
	}
	return uint64(len(records)) + 1, nil
}
