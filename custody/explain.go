package custody

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Explained is a decision in words: which rules spoke against it, on which facts,
// what has changed since, and who can help.
type Explained struct {
	Decision ledger.EntryID    `json:"decision"`
	Action   policy.Action     `json:"action"`
	Words    string            `json:"words"`           // what was asked for, such as "import this file"
	Where    string            `json:"where,omitempty"` // reference of the case; empty for whoever may not know it
	Asker    string            `json:"asker"`
	Role     policy.Role       `json:"role"`
	Time     ledger.Time       `json:"time"`
	Allowed  bool              `json:"allowed"`
	Alarm    string            `json:"alarm,omitempty"`
	Rules    []string          `json:"rules"`
	Duties   []policy.Duty     `json:"duties"`
	Reasons  []ExplainedReason `json:"reasons"`
	Release  ledger.Digest     `json:"release"`
	Now      string            `json:"now"` // what the same question would be answered now
}

// ExplainedReason is one reason against.
type ExplainedReason struct {
	policy.Reason
	Looks []ExplainedFact `json:"looks"`
	Met   bool            `json:"met"`  // the rule would be met if the same were asked now
	Whom  []Helper        `json:"whom"` // people who can bring the cure about
}

// ExplainedFact is a fact that a rule looked at.
// Shape: Then and Now are JSON; Now is empty when the fact is the same now.
type ExplainedFact struct {
	Fact string `json:"fact"` // such as authority.dataTypes
	Then string `json:"then"`
	Now  string `json:"now,omitempty"`
}

// Helper is somebody to ask.
type Helper struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Roles []string `json:"roles"` // of those that the cure names, the ones that they hold
}

// The answers to the same question now.
const (
	NowAllowed = "allowed"
	NowRefused = "refused"
	NowUnknown = "unknown" // what it was about is no longer there
)

// Why explains a decision: to whoever asked for it, or to who may read the
// decisions. Somebody who does not work on the case is told no more than what
// concerns themselves.
// Shape: reference is D- with eight digits or more, or an entry.
// Errors: ErrDenied; ErrNotFound; ErrInvalid when the reference names several.
func (u Audit) Why(ctx context.Context, actor Actor, reference string, ask Ask) (Explained, error) {
	entry, err := u.FindDecision(ctx, actor, reference, ask)
	if err != nil {
		return Explained{}, err
	}
	stored, err := u.s.decisionEntry(ctx, entry)
	if err != nil {
		return Explained{}, err
	}
	recorded, event, unread := u.s.recorded(ctx, stored)
	own := unread == nil && event.RequestedBy == actor.ID
	if own {
		err = u.ask(ctx, actor, "", policy.DecisionExplain, ask)
	} else {
		err = u.ask(ctx, actor, stored.Case, policy.AuditRead, ask)
	}
	if err := errors.Join(err, unread); err != nil {
		return Explained{}, err
	}
	e := explaining{Service: u.s, recorded: recorded, event: event, insider: !own || mayKnow(event.Input, event.Result.Reasons)}
	return e.explain(ctx, own)
}

// mayKnow tells whether the asker of a decision may be told what it says of its case:
// whoever works on it, unless it belongs to another organisation and what was asked for
// is not shared with theirs.
func mayKnow(in policy.Input, against []policy.Reason) bool {
	return worksOn(in) && !slices.ContainsFunc(against, func(r policy.Reason) bool { return r.Rule == elsewhere })
}

// worksOn tells whether the asker of a decision was assigned to its case.
func worksOn(in policy.Input) bool {
	return in.Case != nil && slices.ContainsFunc(in.Case.Assigned, func(a policy.Assignment) bool {
		return a.Actor == in.Actor.ID && a.From <= in.Now && in.Now < a.Until
	})
}

// explaining is one decision that is being explained.
type explaining struct {
	*Service
	recorded Recorded
	event    consultation
	insider  bool // may know what is known of the case
}

// explain puts the decision in words. Own is one of the asker: they are told of the
// case while they may know of it, not for having known of it then.
func (e *explaining) explain(ctx context.Context, own bool) (Explained, error) {
	now, answer, err := e.askNow(ctx)
	if err != nil {
		return Explained{}, err
	}
	e.insider = e.insider && (!own || mayKnow(now, answer.against))
	r := e.event.Result
	x := Explained{
		Decision: e.recorded.ID, Action: e.event.Input.Action, Words: e.event.Input.Action.Words(), Asker: e.event.RequestedBy,
		Role: e.event.Input.Actor.Role, Time: e.recorded.Time, Allowed: r.Allowed, Alarm: r.Alarm, Rules: r.Rules, Duties: r.Duties,
		Reasons: []ExplainedReason{}, Release: e.recorded.Release, Now: answer.word,
	}
	if !e.insider {
		x.Duties = []policy.Duty{}
	} else if e.recorded.Case != "" {
		x.Where = (&act{Service: e.Service, id: e.recorded.Case}).where(ctx)
	}
	for _, reason := range r.Reasons {
		if !e.insider && !aboutAsker(reason) {
			continue
		}
		whom, err := e.whom(ctx, reason)
		if err != nil {
			return x, err
		}
		x.Reasons = append(x.Reasons, ExplainedReason{
			Reason: reason, Looks: e.looks(reason, now), Met: answer.word != NowUnknown && !answer.unmet[reason.Rule], Whom: whom,
		})
	}
	return x, nil
}

// answeredNow is what the same question would be answered now.
type answeredNow struct {
	word    string
	unmet   map[string]bool
	against []policy.Reason
}

// askNow asks the same question of the rules and the facts of today. It allows
// nothing: who wants to do it asks for it.
func (e *explaining) askNow(ctx context.Context) (policy.Input, answeredNow, error) {
	answer := answeredNow{NowUnknown, map[string]bool{}, nil}
	said := e.event.Custom.Asked
	a := &act{
		Service: e.Service, actor: Actor{ID: e.event.RequestedBy, Role: string(e.event.Input.Actor.Role)}, id: e.recorded.Case,
		action: e.event.Input.Action, ask: said.ask(), now: e.Clock.Now().UTC(),
	}
	asOf, err := e.Store.Size(ctx)
	if err != nil {
		return policy.Input{}, answer, fmt.Errorf("size of the log: %w", err)
	}
	in, err := a.input(ctx, said.resource(), asOf)
	if errors.Is(err, ErrNotFound) {
		return policy.Input{}, answer, nil
	}
	if err != nil {
		return policy.Input{}, answer, err
	}
	a.as(&in.Actor, e.event.Input.Actor.Role)
	decision, in, err := a.judge(ctx, in)
	if err != nil {
		return in, answer, err
	}
	if answer.word = NowRefused; decision.Allowed {
		answer.word = NowAllowed
	}
	answer.against = decision.Reasons
	for _, reason := range decision.Reasons {
		answer.unmet[reason.Rule] = true
	}
	return in, answer, nil
}

// looks lists the facts that a rule looked at, as they were and as they are now.
func (e *explaining) looks(reason policy.Reason, now policy.Input) []ExplainedFact {
	facts := []ExplainedFact{}
	then, today := fields(e.event.Input), fields(now)
	for _, path := range reason.Facts {
		fact := ExplainedFact{Fact: path, Then: at2(then, path)}
		if section, _, _ := strings.Cut(path, "."); fact.Then == "" || path == "action" || !e.insider && !slices.Contains(ofAsker, section) {
			continue
		}
		if changed := at2(today, path); now.Action != "" && changed != fact.Then && path != "now" && path != "asOf" {
			fact.Now = changed
		}
		facts = append(facts, fact)
	}
	return facts
}

// fields is an input as JSON has it.
func fields(in policy.Input) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	text, err := json.Marshal(in)
	if err == nil {
		_ = json.Unmarshal(text, &out) // what was just written can be read
	}
	return out
}

// at2 returns a field of a section, or a whole section, as text.
func at2(in map[string]json.RawMessage, path string) string {
	section, field, both := strings.Cut(path, ".")
	if !both {
		return string(in[section])
	}
	inner := map[string]json.RawMessage{}
	if json.Unmarshal(in[section], &inner) != nil {
		return ""
	}
	return string(inner[field])
}

// needToKnow is the rule that the asker works on the case, or was served it, and
// elsewhere that they belong to another organisation than the case. That is all that
// their words say.
const (
	needToKnow = "U-02"
	elsewhere  = "O-01"
	ownRequest = "S-04" // that they asked for it themselves, or it was asked for them
)

// aboutAsker tells whether a reason is about nothing but the person who asks and
// what they asked, so that it gives nothing of the case away.
func aboutAsker(r policy.Reason) bool {
	if r.Rule == needToKnow || r.Rule == elsewhere || r.Rule == ownRequest {
		return true
	}
	for _, fact := range r.Facts {
		if !aboutAskerFact(fact) {
			return false
		}
	}
	return len(r.Facts) > 0 || r.Citation == "" // said when the question itself failed
}

// ofAsker are the sections that hold nothing of the case.
var ofAsker = []string{"action", "actor", "asOf", "now", "person", "request"}

// aboutAskerFact tells whether a fact is about the asker. That somebody is not among
// those assigned, or served, is, and so is what they recorded themselves; who is among
// them, or who else recorded it, is not, and is not shown.
func aboutAskerFact(path string) bool {
	section, _, _ := strings.Cut(path, ".")
	return slices.Contains(ofAsker, section) ||
		slices.Contains([]string{"case.assigned", "dataset.servedTo", "erasure.outcomeBy", "exhibit.servedTo"}, path)
}

// whom names the people who hold a role that the cure names, except the asker. Of
// the case they are those who are assigned to it, and only who works on it is told.
func (e *explaining) whom(ctx context.Context, reason policy.Reason) ([]Helper, error) {
	helpers := []Helper{}
	if len(reason.Ask) == 0 {
		return helpers, nil
	}
	people, err := list[personFact](ctx, e.Store, "", inPeople, 0)
	if err != nil {
		return nil, err
	}
	now := e.Clock.Now().UTC()
	assigned, err := e.assignedNow(ctx, policy.At(now))
	if err != nil {
		return nil, err
	}
	for _, person := range people {
		held, err := e.rolesOf(ctx, person, 0)
		if err != nil {
			return nil, err
		}
		helper := Helper{ID: person.ID, Name: person.Name, Roles: []string{}}
		for _, role := range inForceAt(held, now) {
			if slices.Contains(reason.Ask, policy.Role(role)) && (ofHouse(policy.Role(role)) || assigned[person.ID]) {
				helper.Roles = append(helper.Roles, role)
			}
		}
		if len(helper.Roles) > 0 && person.ID != e.event.RequestedBy {
			helpers = append(helpers, helper)
		}
	}
	return helpers, nil
}

// ofHouse tells whether a role is held for the whole organisation, so that whoever
// holds it can help without being assigned.
func ofHouse(role policy.Role) bool {
	return slices.Contains([]policy.Role{policy.Administrator, policy.Auditor, policy.DPO, policy.Inspector, policy.SRO}, role)
}

// assignedNow says who is assigned to the case, as far as the asker may know.
func (e *explaining) assignedNow(ctx context.Context, now policy.Time) (map[string]bool, error) {
	assigned := map[string]bool{}
	if !e.insider || e.recorded.Case == "" {
		return assigned, nil
	}
	a := &act{Service: e.Service, id: e.recorded.Case}
	facts, err := a.caseFacts(ctx, 0)
	if errors.Is(err, ErrNotFound) {
		return assigned, nil
	}
	if err != nil {
		return nil, err
	}
	for _, held := range facts.Assigned {
		assigned[held.Actor] = held.From <= now && now < held.Until
	}
	return assigned, nil
}
