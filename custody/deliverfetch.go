package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/custody/parts"
	"custos.example/policy"
)

// partsGoodFor is how long whoever asked for parts by their numbers may fetch them
// under that one entry.
const partsGoodFor = 24 * time.Hour

// defenceRoles are of people who have no part in a case but what was served on them.
var defenceRoles = []policy.Role{policy.DefenceExpert, policy.DefenceSolicitor}

// dealing begins what somebody does with a delivery, and says about what the policy
// is asked. The defence deals with a delivery as with a bundle that they collect:
// when it goes to them, and a bundle of its exhibit was released to them. That the
// copy bears their name is not enough.
func (d Deliveries) dealing(ctx context.Context, actor Actor, id CaseID, name string, request asking) (*act, resource, error) {
	a, err := d.s.begin(ctx, actor, id, policy.DeliveryRecord, request)
	if err != nil || !a.only(defenceRoles) {
		return a, resource{}, err
	}
	_, doc, err := a.delivery(ctx, name)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) || err == nil && doc.Holder != actor.ID {
		return a, resource{}, nil // the policy refuses, and nothing is learned
	}
	if err != nil {
		return nil, resource{}, err
	}
	known, err := has(ctx, a.Store, a.id, inExhibits, doc.Of.String(), 0)
	if err != nil || !known {
		return a, resource{}, err
	}
	bundle, to, err := a.bundleServed(ctx, Collect{Exhibit: doc.Of})
	if err != nil || to == "" {
		return a, resource{}, err
	}
	a, err = d.s.begin(ctx, actor, id, policy.BundleCollect, request)
	return a, resource{exhibit: doc.Of, bundle: bundle}, err
}

// only tells whether the asker has no role but these.
func (a *act) only(roles []policy.Role) bool {
	return len(a.person.Roles) > 0 && !slices.ContainsFunc(a.person.Roles, func(r string) bool { return !slices.Contains(roles, policy.Role(r)) })
}

// concerns returns nil when the asker may deal with this delivery: people outside
// only with what goes to them.
// Errors: ErrDenied.
func (a *act) concerns(doc deliveryDocument) error {
	if a.only(outsideRoles) && doc.Holder != a.actor.ID {
		return fmt.Errorf("this delivery goes to somebody else; its recipient, or whoever sent it, can ask: %w", ErrDenied)
	}
	return nil
}

// ReadPart asks for one part over a line.
type ReadPart struct {
	Ask
	Case CaseID
	Name string
	Part uint64
}

// SentPart is one part, to be read from anywhere: a line that drops goes on where
// it was.
type SentPart struct {
	*io.SectionReader
	FileName string
	Made     time.Time // the pack
	body     Content
}

// Close lets go of the pack.
func (p *SentPart) Close() error { return p.body.Close() }

// Part gives one part of a delivery that was issued. Whoever asked for it by its
// number (Issue) within a day has it under that entry: the policy is asked again for
// each part, on the facts of that moment, and only a refusal is recorded. Any other
// part is a decision of its own. The caller closes it.
// Errors: ErrDenied; ErrNotFound; ErrConflict when nothing was issued yet, or it is sensitive by now.
func (d Deliveries) Part(ctx context.Context, actor Actor, request ReadPart) (*SentPart, error) {
	a, about, err := d.dealing(ctx, actor, request.Case, request.Name, request)
	if err != nil {
		return nil, err
	}
	if err := a.decidePart(ctx, about, request); err != nil {
		return nil, err
	}
	_, doc, err := a.delivery(ctx, request.Name)
	if err == nil {
		err = a.concerns(doc)
	}
	if err != nil {
		return nil, err
	}
	if doc.State == DeliveryPrepared {
		return nil, fmt.Errorf("%s is %s: its parts are issued first: %w", request.Name, doc.State, ErrConflict)
	}
	if err := a.notWithdrawn(ctx, request.Name); err != nil {
		return nil, err
	}
	if err := a.mayStillLeave(ctx, request.Name, doc); err != nil {
		return nil, err
	}
	pack, body, err := a.openPack(ctx, doc)
	if err != nil {
		return nil, err
	}
	part, err := pack.Part(request.Part)
	if err != nil {
		letGo(body)
		return nil, fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return &SentPart{SectionReader: part, FileName: pack.FileName(request.Part), Made: pack.Made.Time, body: body}, nil
}

// decidePart asks the policy for one part, and records the answer unless it is yes
// and the asker's own entry about that part stands for it.
func (a *act) decidePart(ctx context.Context, about resource, request ReadPart) error {
	asked, err := a.askedForPart(ctx, request)
	if err != nil {
		return err
	}
	if !asked {
		return a.decide(ctx, about)
	}
	asOf, err := a.Store.Size(ctx)
	if err != nil {
		return fmt.Errorf("size of the log: %w", err)
	}
	in, err := a.input(ctx, about, asOf)
	if err != nil {
		return err
	}
	decision, _, err := a.judge(ctx, in)
	if err != nil || decision.Allowed {
		return err
	}
	return a.decide(ctx, about)
}

// askedForPart tells whether the asker has asked for that part by its number, not
// longer ago than that is good for.
func (a *act) askedForPart(ctx context.Context, request ReadPart) (bool, error) {
	rows, err := registerRows(ctx, a.Store, a.id, deliveryRegister, 0)
	if err != nil {
		return false, err
	}
	for _, row := range slices.Backward(rows) {
		if row.Name != request.Name || row.By != a.actor.ID || a.now.Sub(row.Time.Time) > partsGoodFor {
			continue
		}
		doc, err := documentOf[deliveryDocument](ctx, a.Service, a.id, row.Payload)
		if err != nil {
			return false, fmt.Errorf("delivery %s: %w", row.Name, err)
		}
		cover, _, err := doc.cover()
		if err != nil {
			return false, err
		}
		if doc.Parts == "" {
			continue // another row than one by which parts were issued
		}
		numbers, err := parts.ParseNumbers(doc.Parts, cover.Total)
		if err != nil {
			return false, fmt.Errorf("%w: parts that were issued: %w", ErrIntegrity, err)
		}
		if slices.Contains(numbers, request.Part) {
			return true, nil
		}
	}
	return false, nil
}
