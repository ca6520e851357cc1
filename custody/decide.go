package custody

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/ledger"
	"custos.example/policy"
)

// ruling is what the policy said, and where that stands in the record.
type ruling struct {
	entry   ledger.EntryID
	release ledger.Digest
	asOf    uint64
	until   time.Time // zero: no end
}

// untilText is the end as a statement names it.
func (r ruling) untilText() time.Time {
	if r.until.IsZero() {
		return forever
	}
	return r.until
}

// decided is the payload of an access-decided entry: everything that is needed
// to take the decision again.
// Shape: canonical JSON.
type decided struct {
	Alarm   string          `json:"alarm,omitempty"`
	Allowed bool            `json:"allowed"`
	Input   policy.Input    `json:"input"`
	Reasons []policy.Reason `json:"reasons"`
	Release string          `json:"release"`
	Rules   []string        `json:"rules"`
	Until   policy.Time     `json:"until"`
}

// Denial is the refusal of an act. It unwraps to ErrDenied.
type Denial struct { //nolint:errname // the word of the field
	Action   policy.Action
	Where    string // reference of the case; empty for the organisation
	Entry    ledger.EntryID
	Decision policy.Decision
}

// Error says what was refused, by which rule, and who can change it.
func (d *Denial) Error() string {
	return d.Decision.Sentence(d.Action, d.Where, "D-"+d.Entry.String()[:8])
}

// Unwrap returns ErrDenied.
func (d *Denial) Unwrap() error { return ErrDenied }

// decide asks the policy about the act, with the facts as they stand in the log
// now, and records question and answer, allowed or not. Of several data sets
// each is decided on; what rests on the act rests on the earliest of the answers.
// Errors: *Denial when the policy refuses.
func (a *act) decide(ctx context.Context, about resource) error {
	datasets := about.datasets
	if len(datasets) < 2 {
		return a.decideOn(ctx, about)
	}
	var earliest ruling
	for i, dataset := range datasets {
		about.datasets = []ledger.EntryID{dataset}
		if err := a.decideOn(ctx, about); err != nil {
			return err
		}
		if i == 0 {
			earliest = a.ruling
		} else if until := a.ruling.until; !until.IsZero() && (earliest.until.IsZero() || until.Before(earliest.until)) {
			earliest.until = until
		}
	}
	a.ruling = earliest
	return nil
}

// decideOn is decide for one data set at most.
func (a *act) decideOn(ctx context.Context, about resource) error {
	asOf, err := a.Store.Size(ctx)
	if err != nil {
		return fmt.Errorf("size of the log: %w", err)
	}
	in, err := a.input(ctx, about, asOf)
	if err != nil {
		return err
	}
	decision, in, err := a.judge(ctx, in)
	if err != nil {
		return err
	}
	a.role = string(in.Actor.Role)
	release, err := ledger.ParseDigest(decision.Release)
	if err != nil {
		return fmt.Errorf("%w: digest of the policy release: %w", ErrIntegrity, err)
	}
	a.ruling = ruling{release: release, asOf: asOf, until: decision.Until}
	if a.ruling.entry, err = a.recordDecision(ctx, in, decision); err != nil {
		return fmt.Errorf("the decision could not be recorded, so nothing was done: %w", err)
	}
	if decision.Allowed {
		return nil
	}
	entry := a.ruling.entry
	a.ruling = ruling{}
	return a.denial(ctx, in, decision, entry)
}

// denial is what the asker is told of a refusal. Who does not work on the case
// learns neither its reference nor anything of its authorities; the record has
// every reason.
func (a *act) denial(ctx context.Context, in policy.Input, d policy.Decision, entry ledger.EntryID) *Denial {
	denial := &Denial{Action: a.action, Entry: entry, Decision: d}
	if a.id == "" {
		return denial
	}
	if in.Case != nil && slices.ContainsFunc(in.Case.Assigned, func(s policy.Assignment) bool { return s.Actor == in.Actor.ID }) {
		denial.Where = a.where(ctx)
		return denial
	}
	// the rules below R-10 are about the person who asks
	denial.Decision.Reasons = slices.DeleteFunc(slices.Clone(d.Reasons), func(r policy.Reason) bool { return r.Rule >= "R-10" })
	return denial
}

// judge asks the policy for each role in which the asker may act, until one is
// allowed. Without any, the first refusal stands.
func (a *act) judge(ctx context.Context, in policy.Input) (policy.Decision, policy.Input, error) {
	roles := []policy.Role{policy.Role(a.actor.Role)}
	if a.actor.Role == "" && len(in.Actor.Roles) > 0 {
		roles = in.Actor.Roles
	}
	var first policy.Decision
	asked := in
	for i, role := range roles {
		in.Actor.Role = role
		decision, err := a.Authoriser.Decide(ctx, in)
		if err != nil {
			return decision, in, fmt.Errorf("ask the policy: %w", err)
		}
		if decision.Allowed {
			return decision, in, nil
		}
		if i == 0 {
			first, asked = decision, in
		}
	}
	return first, asked, nil
}

// recordDecision appends the question and the answer to the chain of looks of
// the case, or to the organisation's chain before there is one.
func (a *act) recordDecision(ctx context.Context, in policy.Input, d policy.Decision) (ledger.EntryID, error) {
	doc := decided{
		Alarm: d.Alarm, Allowed: d.Allowed, Input: in, Reasons: d.Reasons, Release: d.Release, Rules: d.Rules,
		Until: policy.At(d.Until),
	}
	blob, err := a.keepJSON(ctx, doc)
	if err != nil {
		return ledger.EntryID{}, err
	}
	kind := ledger.Reads
	if a.id == "" {
		kind = ledger.Organisation
	}
	chain, err := a.chain(ctx, a.id, kind)
	if err != nil {
		return ledger.EntryID{}, err
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(a.Rand, random); err != nil {
		return ledger.EntryID{}, fmt.Errorf("name the decision: %w", err)
	}
	stage := "decision " + hex.EncodeToString(random)
	look := sheet{
		stage: stage, chain: chain, operation: "consultation", undecided: true,
		detail: &ledger.AccessDecided{
			Action: string(a.action), Allowed: d.Allowed, AsOf: in.AsOf, Release: a.ruling.release, Rules: notNil(d.Rules),
			Until: ledger.NewTime(a.ruling.untilText()),
		},
		subjects: []ledger.Subject{{Name: "decision", Digest: blob.Recorded()}},
	}
	var proofs []Proof
	for range attempts { // a key may end between signing and appending
		if proofs, err = a.append(ctx, stage, []sheet{look}); err == nil {
			return proofs[0].Entry, nil
		}
		if !errors.Is(err, ErrConflict) {
			break
		}
		if gone := a.usable(ctx); gone != nil {
			return ledger.EntryID{}, gone
		}
	}
	return ledger.EntryID{}, err
}

// where names the case in a message to somebody who may not know it.
func (a *act) where(ctx context.Context) string {
	if a.id == "" {
		return ""
	}
	fact, err := find[caseFact](ctx, a.Store, a.id, inCase, string(a.id), 0)
	if err != nil {
		return ""
	}
	return fact.Reference
}

func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
