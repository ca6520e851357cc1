package custody

import (
	"custos.example/ledger"
	"custos.example/policy"
)

// asked is what the asker said and the record could not know: which things the act
// is about, and why. The facts of an old decision are gathered anew from it.
// Shape: canonical JSON.
type asked struct {
	Authority  ledger.EntryID    `json:"authority,omitempty"`
	Bundle     ledger.EntryID    `json:"bundle,omitempty"`
	Copy       *askedCopy        `json:"copy,omitempty"`
	Dataset    ledger.EntryID    `json:"dataset,omitempty"`
	Erasure    *askedErasure     `json:"erasure,omitempty"`
	Excess     bool              `json:"excess,omitempty"` // the events outside the scope of the authority
	Exhibit    ledger.EntryID    `json:"exhibit,omitempty"`
	For        policy.Purpose    `json:"for,omitempty"`
	Opening    *policy.Case      `json:"opening,omitempty"`
	Permission *askedPermission  `json:"permission,omitempty"`
	Person     *policy.Person    `json:"person,omitempty"`
	Proposed   *policy.Authority `json:"proposed,omitempty"`
	Purpose    string            `json:"purpose,omitempty"`
	Release    *ledger.Digest    `json:"release,omitempty"`
	Request    *policy.Request   `json:"request,omitempty"`
	Role       string            `json:"role,omitempty"` // in which they wished to ask; empty = any
	Source     *policy.Source    `json:"source,omitempty"`
	To         string            `json:"to,omitempty"` // recipient to whom the bundle is to go
	Whom       string            `json:"whom,omitempty"`
	Within     CaseID            `json:"within,omitempty"`
}

// askedErasure is an erasure that is asked for, or one that is under way.
type askedErasure struct {
	Basis     policy.ErasureBasis `json:"basis,omitempty"`
	Case      CaseID              `json:"case,omitempty"`
	Digests   []ledger.DigestSet  `json:"digests,omitempty"`
	NotBefore policy.Time         `json:"notBefore,omitempty"`
	Order     ledger.EntryID      `json:"order,omitempty"`
	Whole     bool                `json:"whole,omitempty"`
}

// askedCopy is a copy that is asked for, or one on record by its number.
type askedCopy struct {
	Number uint64         `json:"number,omitempty"`
	Of     ledger.EntryID `json:"of,omitempty"`
	Terms  copyTerms      `json:"terms"`
}

// said writes down what is asked about one thing.
func (a *act) said(about resource) asked {
	q := asked{
		Authority: about.authority, Bundle: about.bundle, Exhibit: about.exhibit, Opening: about.opening, Person: about.person, Purpose: a.ask.Purpose, For: a.ask.For,
		Proposed: about.proposed, Release: about.release, Role: a.actor.Role, Source: about.source, To: about.to, Whom: about.whom, Within: about.within,
	}
	if len(about.datasets) > 0 {
		q.Dataset, q.Excess = about.datasets[0].entry, about.datasets[0].excess
	}
	q.Request, q.Permission = about.request, about.permission
	if e := about.erasure; e != nil {
		q.Erasure = &askedErasure{Basis: e.basis, Case: e.id, Digests: e.digests, NotBefore: e.notBefore, Order: e.order, Whole: e.whole}
	}
	if c := about.copy; c != nil {
		q.Copy = &askedCopy{c.number, c.of, c.terms}
	}
	return q
}

// resource is what was asked about.
func (q asked) resource() resource {
	about := resource{
		authority: q.Authority, bundle: q.Bundle, exhibit: q.Exhibit, opening: q.Opening, person: q.Person, release: q.Release, source: q.Source,
		to: q.To, whom: q.Whom, within: q.Within, request: q.Request, permission: q.Permission, proposed: q.Proposed,
	}
	if q.Dataset != (ledger.EntryID{}) {
		about.datasets = []portion{{q.Dataset, q.Excess}}
	}
	if e := q.Erasure; e != nil {
		about.erasure = &erasing{basis: e.Basis, id: e.Case, notBefore: e.NotBefore, order: e.Order, digests: e.Digests, whole: e.Whole}
	}
	if c := q.Copy; c != nil {
		about.copy = &copying{c.Number, c.Of, c.Terms}
	}
	return about
}

// ask is what was said of the request itself. The request id is no fact.
func (q asked) ask() Ask { return Ask{Purpose: q.Purpose, For: q.For} }
