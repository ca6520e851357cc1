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
	within  CaseID    // a case whose record it was taken on, beside that of the act
}

// untilText is the end as a statement names it.
func (r ruling) untilText() time.Time {
	if r.until.IsZero() {
		return forever
	}
	return r.until
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
	return d.Decision.Sentence(d.Action, d.Where, DecisionReference(d.Entry))
}

// Unwrap returns ErrDenied.
func (d *Denial) Unwrap() error { return ErrDenied }

// answered is one question with its answer.
type answered struct {
	input    policy.Input
	decision policy.Decision
	ruling   ruling
	sheet    sheet
}

// decide asks the policy whether something may be looked at, with the facts as
// they stand in the log now, and records question and answer, allowed or not. It
// returns nil only when the answer is yes and stands in the record: what cannot be
// recorded is not shown.
// Errors: *Denial when the policy refuses; ErrConflict after several attempts.
func (a *act) decide(ctx context.Context, about resource) error {
	for try := range attempts {
		done, err := a.look(ctx, about, try > 0)
		if done && err == nil && a.action == policy.AuditRead {
			err = a.overseesHere(ctx)
		}
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("the record kept moving while this was being decided; ask again: %w", ErrConflict)
}

// look decides and records once. It is not done when the record moved under it;
// in turn it waits for the acts of the same case to end.
func (a *act) look(ctx context.Context, about resource, inTurn bool) (done bool, err error) {
	if inTurn {
		within, err := a.within(ctx, about)
		if err != nil {
			return false, err
		}
		turn := a.turn(a.id, within)
		turn.Lock()
		defer turn.Unlock()
	}
	random := make([]byte, 16)
	if _, err := io.ReadFull(a.Rand, random); err != nil {
		return false, fmt.Errorf("name the decision: %w", err)
	}
	stage := "look " + hex.EncodeToString(random)
	answers, err := a.rule(ctx, forLook, stage, about)
	if err != nil {
		return false, err
	}
	_, err = a.append(ctx, stage, answers)
	if err == nil {
		return true, nil
	}
	a.ruling = ruling{}
	if gone := a.usable(ctx); gone != nil {
		return false, gone
	}
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return false, fmt.Errorf("the decision could not be recorded, so nothing was done: %w", err)
}

// rule asks the policy and returns the entries that say so, to be placed before
// what rests on them: of several data sets each is decided on, and what rests on
// the act rests on the earliest end of the answers. A refusal is recorded here.
// Errors: *Denial.
func (a *act) rule(ctx context.Context, what, stage string, about resource) ([]sheet, error) {
	asOf, err := a.Store.Size(ctx)
	if err != nil {
		return nil, fmt.Errorf("size of the log: %w", err)
	}
	if a.proposal != nil {
		if about.proposed, err = a.proposal(ctx, asOf); err != nil {
			return nil, err
		}
	}
	each := []resource{about}
	if len(about.datasets) > 1 {
		each = each[:0]
		for i := range about.datasets {
			one := about
			one.datasets = about.datasets[i : i+1]
			each = append(each, one)
		}
	}
	var sheets []sheet
	var first ruling
	for i, one := range each {
		answer, err := a.ruleOn(ctx, what, fmt.Sprintf("decision %d of %s", i+1, stage), one, asOf)
		if err != nil {
			return nil, err
		}
		if sheets = append(sheets, answer.sheet); !answer.decision.Allowed {
			return nil, a.refuse(ctx, answer, sheets)
		}
		if i == 0 {
			first = answer.ruling
		} else if until := answer.ruling.until; !until.IsZero() && (first.until.IsZero() || until.Before(first.until)) {
			first.until = until
		}
	}
	a.ruling = first
	return sheets, nil
}

// ruleOn asks the policy one question and writes the entry that records it.
func (a *act) ruleOn(ctx context.Context, what, stage string, about resource, asOf uint64) (answered, error) {
	in, err := a.input(ctx, about, asOf)
	if err != nil {
		return answered{}, err
	}
	decision, in, err := a.judge(ctx, in)
	if err != nil {
		return answered{}, err
	}
	a.role = string(in.Actor.Role)
	release, err := ledger.ParseDigest(decision.Release)
	if err != nil {
		return answered{}, fmt.Errorf("%w: digest of the policy release: %w", ErrIntegrity, err)
	}
	if !decision.Allowed {
		random := make([]byte, 16) // a request that was refused may be made again under its id
		if _, err := io.ReadFull(a.Rand, random); err != nil {
			return answered{}, fmt.Errorf("name the decision: %w", err)
		}
		stage += " refused " + hex.EncodeToString(random)
	}
	within, err := a.within(ctx, about)
	if err != nil {
		return answered{}, err
	}
	entry := a.entryID(stage)
	answer := answered{in, decision, ruling{entry: entry, release: release, asOf: asOf, until: decision.Until, within: within}, sheet{}}
	answer.sheet, err = a.decisionSheet(ctx, what, stage, about, answer)
	return answer, err
}

// refuse records a refusal, alone, and returns it.
func (a *act) refuse(ctx context.Context, answer answered, sheets []sheet) error {
	a.ruling = ruling{}
	entry := answer.ruling.entry
	for i := range sheets {
		sheets[i].rests = ruling{} // a refusal that was overtaken is one all the same
	}
	var err error
	for range attempts { // a key may end between signing and appending
		if _, err = a.append(ctx, sheets[0].stage, sheets); err == nil {
			return a.denial(ctx, answer.input, answer.decision, entry)
		}
		if gone := a.usable(ctx); gone != nil {
			return gone
		}
		if !errors.Is(err, ErrConflict) {
			break
		}
	}
	return fmt.Errorf("the decision could not be recorded, so nothing was done: %w", err)
}

// denial is what the asker is told of a refusal. Who does not work on the case, or
// belongs to an organisation with which this is not shared, learns neither its
// reference nor anything of its authorities; the record has every reason.
func (a *act) denial(ctx context.Context, in policy.Input, d policy.Decision, entry ledger.EntryID) *Denial {
	denial := &Denial{Action: a.action, Entry: entry, Decision: d}
	if a.id == "" && (in.Case == nil || a.action == policy.CaseOpen) { // of the organisation, or what they say themselves of a new case
		return denial
	}
	if mayKnow(in, d.Reasons) {
		denial.Where = a.where(ctx)
		return denial
	}
	if fromAbove(a.action) && !slices.ContainsFunc(d.Reasons, aboutAsker) {
		return denial
	}
	denial.Decision.Reasons = slices.DeleteFunc(slices.Clone(d.Reasons), func(r policy.Reason) bool { return !aboutAsker(r) })
	return denial
}

// fromAbove tells whether something is asked by those who grant, or answer an erasure:
// they work on no case, and are told what is wrong with what they answer.
func fromAbove(action policy.Action) bool {
	return action == policy.AuthorityCancel || action == policy.AuthorityGrant || action == policy.EraseApprove ||
		action == policy.EraseCancel || action == policy.EraseCarryOut
}

// judge asks the policy for each role in which the asker may act, until one is
// allowed. Without any, the first refusal stands.
func (a *act) judge(ctx context.Context, in policy.Input) (policy.Decision, policy.Input, error) {
	rules, err := a.inForce(ctx, in.AsOf)
	if err != nil {
		return policy.Decision{}, in, fmt.Errorf("the policy release in force: %w", err)
	}
	roles := []policy.Role{policy.Role(a.actor.Role)}
	if a.actor.Role == "" && len(in.Actor.Roles) > 0 {
		roles = in.Actor.Roles
	}
	var first policy.Decision
	asked := in
	for i, role := range roles {
		a.as(&in.Actor, role)
		decision, err := rules.Decide(ctx, in)
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

// decisionSheet keeps the question and the answer and says what is recorded of
// them, on the chain of looks of the case, or on the organisation's chain before
// there is one.
func (a *act) decisionSheet(ctx context.Context, what, stage string, about resource, d answered) (sheet, error) {
	blob, err := a.keepJSON(ctx, a.consultation(what, about, d))
	if err != nil {
		return sheet{}, fmt.Errorf("the decision could not be recorded, so nothing was done: %w", err)
	}
	kind := ledger.Reads
	if a.id == "" {
		kind = ledger.Organisation
	}
	chain, err := a.chain(ctx, a.id, kind)
	if err != nil {
		return sheet{}, err
	}
	return sheet{
		stage: stage, chain: chain, operation: "consultation", undecided: true, rests: d.ruling,
		detail: &ledger.AccessDecided{
			Action: string(a.action), Allowed: d.decision.Allowed, AsOf: d.ruling.asOf, Release: d.ruling.release,
			Rules: notNil(d.decision.Rules), Until: ledger.NewTime(d.ruling.untilText()),
		},
		subjects: []ledger.Subject{{Name: "decision", Digest: blob.Recorded()}},
	}, nil
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
