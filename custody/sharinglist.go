package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// SharedWith is a sharing as it stands.
type SharedWith struct {
	Name      string            `json:"name"`
	With      string            `json:"with"`
	Agreement string            `json:"agreement"`
	Things    []SharedThing     `json:"things"`
	Uses      []policy.ShareUse `json:"uses"`
	People    []string          `json:"people"` // the only ones who may use it; none = everybody of the organisation
	Purpose   policy.Purpose    `json:"purpose"`
	Reason    string            `json:"reason"`
	From      ledger.Time       `json:"from"`
	Until     ledger.Time       `json:"until"`
	State     string            `json:"state"`
	Ended     *ledger.Time      `json:"ended,omitempty"` // by an entry, before its time
	EndedFor  string            `json:"endedFor,omitempty"`
	By        string            `json:"by"`
	Entry     ledger.EntryID    `json:"entry"` // of the newest state
	Time      ledger.Time       `json:"time"`
	Receipt   *SharingReceipt   `json:"receipt,omitempty"` // nil while the other organisation has not confirmed it
}

// SharingReceipt is what the other organisation said of a sharing.
type SharingReceipt struct {
	Key   ledger.KeyID   `json:"key"` // of the organisation, under which it is signed
	By    string         `json:"by"`  // who signed for it, in words
	On    ledger.Time    `json:"on"`
	Entry ledger.EntryID `json:"entry"`
	Time  ledger.Time    `json:"time"`
}

// SharedUse is one decision on a use by the other organisation.
type SharedUse struct {
	Decision ledger.EntryID `json:"decision"`
	By       string         `json:"by"`
	Action   policy.Action  `json:"action"`
	Of       string         `json:"of"` // entry of what was asked for; empty when it was something else of the case
	Why      string         `json:"why,omitempty"`
	Allowed  bool           `json:"allowed"`
	Rules    []string       `json:"rules"` // that refused it
	Time     ledger.Time    `json:"time"`
	Shares   []string       `json:"shares"` // sharings that named it, whether in force or not
}

// UsesOfShared is what another organisation did with a case.
type UsesOfShared struct {
	Organisation string      `json:"organisation"`
	Uses         []SharedUse `json:"uses"`
	Allowed      int         `json:"allowed"`
	Refused      int         `json:"refused"`
	Unreadable   int         `json:"unreadable"` // decisions whose payload was lawfully erased
}

func compareThings(x, y SharedThing) int {
	return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Entry.String(), y.Entry.String()))
}

// List returns what of a case is shared or was, in the order of the names.
func (h Sharing) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]SharedWith, error) {
	a, err := h.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	rows, err := a.sharings(ctx)
	if err != nil {
		return nil, err
	}
	all := []SharedWith{}
	for _, row := range rows {
		one, err := a.sharedAs(ctx, row)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(x, y SharedWith) int {
		return cmp.Or(cmp.Compare(len(x.Name), len(y.Name)), cmp.Compare(x.Name, y.Name))
	})
	return all, nil
}

func (a *act) sharedAs(ctx context.Context, row rowFact) (SharedWith, error) {
	doc, err := a.sharing(ctx, row)
	if err != nil {
		return SharedWith{}, err
	}
	one := SharedWith{
		Name: row.Name, With: doc.With, Agreement: doc.Agreement, Things: doc.Things, Uses: doc.Uses, People: doc.People, Purpose: doc.Purpose,
		Reason: doc.Reason, From: doc.From, Until: doc.Until, State: doc.state(a.now), By: row.By, Entry: row.Entry, Time: row.Time,
	}
	if doc.Ended != nil {
		one.Ended, one.EndedFor = &doc.Ended.At, doc.Ended.Reason
	}
	receipt, known, err := maybe[rowFact](ctx, a.Store, a.id, inRegisters, registerKey(sharingRegister, receiptRow(row.Name)), 0)
	if err != nil || !known {
		return one, err
	}
	signed, err := documentOf[SignedSlip](ctx, a.Service, a.id, receipt.Payload)
	one.Receipt = &SharingReceipt{Key: signed.Key, By: signed.Slip.By, On: signed.Slip.On, Entry: receipt.Entry, Time: receipt.Time}
	return one, err
}

// Uses returns every decision on what people of another organisation asked for in a
// case, in the order of their time: allowed, and refused.
func (h Sharing) Uses(ctx context.Context, actor Actor, id CaseID, organisation string, ask Ask) (UsesOfShared, error) {
	a, err := h.s.begin(ctx, actor, id, policy.CaseShare, ask)
	if err != nil {
		return UsesOfShared{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return UsesOfShared{}, err
	}
	if _, err := a.organisation(ctx, organisation); err != nil {
		return UsesOfShared{}, err
	}
	found := UsesOfShared{Organisation: organisation, Uses: []SharedUse{}}
	named, err := a.namedIn(ctx, organisation)
	if err != nil {
		return found, err
	}
	for _, of := range []CaseID{id, ""} {
		looks, err := list[lookFact](ctx, a.Store, of, inLooks, 0)
		if err != nil {
			return found, err
		}
		for _, look := range looks {
			if of == "" && !besideCase(policy.Action(look.Action)) {
				continue
			}
			event, err := documentOf[consultation](ctx, a.Service, of, look.Payload)
			switch about := event.Input.Case; {
			case errors.Is(err, errErased):
				found.Unreadable++
			case err != nil:
				return found, fmt.Errorf("decision %s: %w", look.Entry, err)
			case event.Input.Actor.PublicAuthority == organisation && (of == id || about != nil && about.ID == string(id)):
				found.add(look, event, named)
			}
		}
	}
	slices.SortFunc(found.Uses, func(x, y SharedUse) int {
		return cmp.Or(x.Time.Compare(y.Time.Time), cmp.Compare(x.Decision.String(), y.Decision.String()))
	})
	return found, nil
}

// besideCase tells whether something is asked about a case and decided on the
// organisation's chain, since it outlives the case.
func besideCase(action policy.Action) bool {
	return action == policy.EraseApprove || action == policy.EraseCancel || action == policy.EraseCarryOut ||
		action == policy.EraseOrder || action == policy.HoldLift || action == policy.HoldPlace || action == policy.RetentionReview
}

// namedIn returns which sharings with an organisation name a thing.
func (a *act) namedIn(ctx context.Context, organisation string) (map[string][]string, error) {
	rows, err := a.sharings(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string][]string{}
	for _, row := range rows {
		doc, err := a.sharing(ctx, row)
		if err != nil {
			return nil, err
		}
		for _, thing := range doc.Things {
			if doc.With == organisation {
				named[thing.Entry.String()] = append(named[thing.Entry.String()], row.Name)
			}
		}
	}
	return named, nil
}

func (u *UsesOfShared) add(look lookFact, event consultation, named map[string][]string) {
	use := SharedUse{
		Decision: look.Entry, By: event.Input.Actor.ID, Action: policy.Action(look.Action), Why: event.Custom.Asked.Purpose, Allowed: look.Allowed,
		Rules: []string{}, Time: look.Time,
	}
	switch in := event.Input; {
	case in.Dataset != nil:
		use.Of = in.Dataset.ID
	case in.Exhibit != nil:
		use.Of = in.Exhibit.ID
	case in.Copy != nil:
		use.Of = in.Copy.Of
	}
	use.Shares = notNil(named[use.Of])
	if u.Allowed++; !look.Allowed {
		u.Allowed--
		u.Refused++
		use.Rules = rulesOf(event.Result.Reasons)
	}
	u.Uses = append(u.Uses, use)
}
