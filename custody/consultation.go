package custody

import (
	"custos.example/ledger"
	"custos.example/policy"
)

// consultation is the payload of an access-decided entry: everything that is
// needed to take the decision again, in the field names of OPA's decision log, so
// that what reads such logs reads these.
// Shape: canonical JSON. Result.Allowed is what data.custos.allow gave.
// Source: Open Policy Agent, "Decision Logs", the event that a service receives.
type consultation struct {
	Bundles     map[string]revision `json:"bundles"` // one, named custos
	Custom      custom              `json:"custom"`
	DecisionID  string              `json:"decision_id"`
	Input       policy.Input        `json:"input"`
	Labels      map[string]string   `json:"labels"`
	Path        string              `json:"path"`
	RequestedBy string              `json:"requested_by"`
	Result      result              `json:"result"`
	Timestamp   policy.Time         `json:"timestamp"`
}

// revision names the rules in force: the digest of the policy release.
type revision struct {
	Revision string `json:"revision"`
}

// custom is what OPA leaves to its users.
// Shape: Request is the digest of all that was asked for under the request's id, for an
// act; empty for a look.
type custom struct {
	Asked   asked  `json:"asked"`
	Request string `json:"request,omitempty"`
}

// result is the answer as it is recorded.
type result struct {
	Alarm   string          `json:"alarm,omitempty"`
	Allowed bool            `json:"allowed"`
	Duties  []policy.Duty   `json:"duties"`
	Reasons []policy.Reason `json:"reasons"`
	Rules   []string        `json:"rules"`
	Until   policy.Time     `json:"until"`
}

// The fixed words of a recorded decision.
const (
	decisionPath  = "custos/decision"
	decisionRules = "custos" // under which the release stands in bundles
)

// What a decision was taken for, as its label "for" says: to look, or to act; an
// act's decision stands directly before it in the log.
const (
	forLook = "look"
	forAct  = "act"
)

// consultation writes a question and its answer down.
func (a *act) consultation(what string, about resource, d answered) consultation {
	said := custom{Asked: a.said(about)}
	if what == forAct && a.requested != (ledger.Digest{}) {
		said.Request = a.requested.String()
	}
	return consultation{
		Bundles: map[string]revision{decisionRules: {d.decision.Release}}, Custom: said,
		DecisionID: d.ruling.entry.String(), Input: d.input,
		Labels: map[string]string{"for": what, "id": a.Origin, "version": a.program()}, Path: decisionPath, RequestedBy: a.actor.ID,
		Result:    resultOf(d.decision),
		Timestamp: policy.At(a.now),
	}
}

// resultOf is an answer without what stands beside it in the record.
func resultOf(d policy.Decision) result {
	return result{
		Alarm: d.Alarm, Allowed: d.Allowed, Duties: notNil(d.Duties), Reasons: notNil(d.Reasons), Rules: notNil(d.Rules), Until: policy.At(d.Until),
	}
}

// release is the digest of the rules that decided.
func (c consultation) release() string { return c.Bundles[decisionRules].Revision }
