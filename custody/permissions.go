package custody

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Permissions is what one person asks of another beyond the rules: the use of
// excess data, who a third party is, a further use of data, an inspection.
type Permissions struct{ s *Service }

// Permissions returns the use cases of permissions.
func (s *Service) Permissions() Permissions { return Permissions{s} }

// The collections of permissions.
const (
	inRequested = "requested" // permission-asked, by entry
	inPermitted = "permitted" // newest answer, by the request's entry
)

// AskPermission asks for something that somebody else has to decide on.
// Shape: excess and further-use name a Dataset, further-use also the Use;
// unmasking names Identifiers: tokens, as pages of rows show them, or numbers;
// inspection names whom it is For. Reason has three words or more.
type AskPermission struct {
	Ask
	Case        CaseID
	About       policy.About
	Dataset     ledger.EntryID
	For         string
	Identifiers []string
	Use         policy.Purpose
	Reason      string
}

// DecidePermission answers a request, or takes an answer back.
type DecidePermission struct {
	Ask
	Case     CaseID
	Request  ledger.EntryID
	Decision policy.PermissionState // approved, refused or withdrawn
	Reason   string
}

// Permission is a request as it stands.
type Permission struct {
	About       policy.About
	AskedBy     string
	AskedAt     ledger.Time
	Dataset     ledger.EntryID
	DecidedAt   ledger.Time
	DecidedBy   string // empty while nobody has
	For         string
	Identifiers []string
	Reason      string
	Request     ledger.EntryID
	State       policy.PermissionState
	Use         policy.Purpose
	Why         string // of the decision
}

// wanted is the payload of a request.
// Shape: canonical JSON.
type wanted struct {
	About       string   `json:"about"`
	Dataset     string   `json:"dataset,omitempty"`
	For         string   `json:"for,omitempty"`
	Identifiers []string `json:"identifiers,omitempty"`
	Reason      string   `json:"reason"`
	Use         string   `json:"use,omitempty"`
}

// reasons is the payload of an answer.
// Shape: canonical JSON.
type reasons struct {
	Reason string `json:"reason"`
}

// requestedFact is a request.
type requestedFact struct {
	About   string           `json:"about"`
	By      string           `json:"by"`
	Dataset string           `json:"dataset,omitempty"`
	Entry   ledger.EntryID   `json:"entry"`
	Payload ledger.DigestSet `json:"payload"`
	Time    ledger.Time      `json:"time"`
}

// permittedFact is the newest answer to a request.
type permittedFact struct {
	By       string           `json:"by"`
	Decision string           `json:"decision"`
	Entry    ledger.EntryID   `json:"entry"`
	Payload  ledger.DigestSet `json:"payload"`
	Time     ledger.Time      `json:"time"`
}

// permission projects requests and answers.
func (p *projection) permission(detail ledger.Detail) {
	switch d := detail.(type) {
	case *ledger.PermissionAsked:
		fact := requestedFact{About: d.About, By: p.by(), Entry: p.entry(), Payload: p.subject("request"), Time: p.Predicate.Time}
		if of := dependency(p.Statement, "dataset"); of != nil && of.Entry != nil {
			fact.Dataset = of.Entry.String()
		}
		p.add(inRequested, p.entry().String(), fact)
	case *ledger.PermissionDecided:
		p.add(inPermitted, d.Request.String(), permittedFact{p.by(), d.Decision, p.entry(), p.subject("reasons"), p.Predicate.Time})
	}
}

// Ask records a request.
// Errors: ErrInvalid when it does not say what it has to; ErrNotFound for a data
// set that the case does not have.
func (p Permissions) Ask(ctx context.Context, actor Actor, request AskPermission) (Proof, error) {
	if err := request.check(); err != nil {
		return Proof{}, err
	}
	actions := permissionActions[request.About]
	a, err := p.s.begin(ctx, actor, request.Case, actions.ask, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "permission"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	about := resource{permission: &askedPermission{About: request.About, For: request.For}}
	if request.Dataset != (ledger.EntryID{}) || request.For != "" { // asked first: what the case holds, and who is enrolled, is not for everybody
		if err := a.decide(ctx, about); err != nil {
			return Proof{}, err
		}
	}
	proofs, err := a.commit(ctx, "permission", about, func() ([]sheet, error) {
		s, err := p.sheet(ctx, a, request)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// permissionActions are what asks for and decides on each kind.
var permissionActions = map[policy.About]struct{ ask, decide policy.Action }{
	policy.AboutExcess:     {policy.ExcessRequest, policy.ExcessApprove},
	policy.AboutUnmasking:  {policy.UnmaskingRequest, policy.UnmaskingApprove},
	policy.AboutFurtherUse: {policy.FurtherUseRequest, policy.FurtherUseApprove},
	policy.AboutInspection: {policy.InspectionRequest, policy.InspectionGrant},
}

func (r AskPermission) check() error {
	if _, known := permissionActions[r.About]; !known {
		return fmt.Errorf("a permission is asked for about excess, unmasking, further-use or inspection, not %q: %w", r.About, ErrInvalid)
	}
	wants := map[policy.About][4]bool{ // data set, identifiers, use, whom
		policy.AboutExcess: {true, false, false, false}, policy.AboutUnmasking: {false, true, false, false},
		policy.AboutFurtherUse: {true, false, true, false}, policy.AboutInspection: {false, false, false, true},
	}[r.About]
	has := [4]bool{r.Dataset != (ledger.EntryID{}), len(r.Identifiers) > 0, r.Use != "", r.For != ""}
	for i, name := range []string{"the data set", "the tokens or numbers", "the further use", "whom it is for"} {
		switch {
		case wants[i] && !has[i]:
			return fmt.Errorf("a request about %s names %s: %w", r.About, name, ErrInvalid)
		case has[i] && !wants[i]:
			return fmt.Errorf("a request about %s does not name %s: %w", r.About, name, ErrInvalid)
		}
	}
	if r.Use != "" && !slices.Contains(policy.Purposes(), r.Use) {
		return fmt.Errorf("%q is no use; the uses are: %s: %w", r.Use, wordsOf(policy.Purposes()), ErrInvalid)
	}
	if r.Use == policy.Inspection {
		return fmt.Errorf("an inspection is opened to one overseer by name: ask about inspection, and for whom: %w", ErrInvalid)
	}
	const most = 1000
	if len(r.Identifiers) > most || slices.ContainsFunc(r.Identifiers, func(id string) bool { return id == "" || len(id) > 64 || ofPlace(id) }) {
		return fmt.Errorf("a request names at most %d tokens or numbers, each of at most 64 letters: %w", most, ErrInvalid)
	}
	return checkReason("reason for the request", r.Reason)
}

// tokenForm is a token as pages print it, without the prefix that events have.
var tokenForm = regexp.MustCompile(`^(?:[ts][a-z2-7]{16}|h[a-z2-7]{10})$`)

// tokenOf gives a token its prefix back.
func tokenOf(id string) string {
	if tokenForm.MatchString(id) {
		return "id:" + id
	}
	return id
}

func (p Permissions) sheet(ctx context.Context, a *act, request AskPermission) (sheet, error) {
	if request.For != "" {
		if err := a.oversees(ctx, request.For); err != nil {
			return sheet{}, err
		}
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	doc := wanted{About: string(request.About), For: request.For, Reason: request.Reason, Use: string(request.Use)}
	for _, id := range request.Identifiers {
		doc.Identifiers = append(doc.Identifiers, canonical(tokenOf(id))...)
	}
	slices.Sort(doc.Identifiers)
	doc.Identifiers = slices.Compact(doc.Identifiers)
	s := sheet{
		stage: "permission", chain: work, operation: "consultation", detail: &ledger.PermissionAsked{About: string(request.About)},
	}
	if request.Dataset != (ledger.EntryID{}) {
		fact, dataset, err := a.producer(ctx, request.Dataset)
		if err != nil {
			return s, err
		}
		if !dataset {
			return s, fmt.Errorf("entry %s is a run, not a data set: name the data set: %w", request.Dataset, ErrInvalid)
		}
		doc.Dataset = request.Dataset.String()
		name := "events"
		if request.About == policy.AboutExcess {
			name = portExcess
		}
		subject, known := fact.subject(name)
		if !known {
			return s, fmt.Errorf("data set %s has no %s: %w", request.Dataset, name, ErrInvalid)
		}
		s.authority = fact.Authority
		s.dependencies = []ledger.Dependency{{Name: "dataset", Digest: subject.Digest, Entry: &request.Dataset}}
	}
	blob, err := a.keepJSON(ctx, doc)
	if err != nil {
		return s, err
	}
	s.subjects = []ledger.Subject{{Name: "request", Digest: blob.Recorded()}}
	return s, nil
}

// Decide answers a request, or takes back what was asked or approved.
// Errors: ErrNotFound; ErrConflict when it has been answered.
func (p Permissions) Decide(ctx context.Context, actor Actor, request DecidePermission) (Proof, error) {
	if !slices.Contains([]policy.PermissionState{policy.PermissionApproved, policy.PermissionRefused, policy.PermissionWithdrawn}, request.Decision) {
		return Proof{}, fmt.Errorf("a request is approved, refused or withdrawn, not %q: %w", request.Decision, ErrInvalid)
	}
	if err := checkText("reason for the decision", request.Reason); err != nil {
		return Proof{}, err
	}
	fact, err := find[requestedFact](ctx, p.s.Store, request.Case, inRequested, request.Request.String(), 0)
	action := policy.CaseRead // who may not see the case learns nothing of what was asked in it
	if err == nil {
		actions := permissionActions[policy.About(fact.About)]
		if action = actions.decide; request.Decision == policy.PermissionWithdrawn && fact.By == actor.ID {
			action = actions.ask
		}
	} else if !errors.Is(err, ErrNotFound) {
		return Proof{}, err
	}
	a, begun := p.s.begin(ctx, actor, request.Case, action, request)
	if begun != nil {
		return Proof{}, begun
	}
	if err != nil {
		if denied := a.decide(ctx, resource{}); denied != nil {
			return Proof{}, denied
		}
		return Proof{}, fmt.Errorf("no permission was asked for by entry %s: %w", request.Request, ErrNotFound)
	}
	if stored, done, err := a.earlier(ctx, "decided"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	about := resource{permission: &askedPermission{About: policy.About(fact.About), Request: fact.Entry}}
	proofs, err := a.commit(ctx, "decided", about, func() ([]sheet, error) {
		s, err := p.answer(ctx, a, request, fact)
		return []sheet{s}, err
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

func (p Permissions) answer(ctx context.Context, a *act, request DecidePermission, fact requestedFact) (sheet, error) {
	state, _, err := a.permissionState(ctx, fact.Entry, 0)
	if err != nil {
		return sheet{}, err
	}
	if open := state == policy.PermissionAsked; !open && (state != policy.PermissionApproved || request.Decision != policy.PermissionWithdrawn) {
		return sheet{}, fmt.Errorf("this request has been %s already: ask anew if it is still needed: %w", state, ErrConflict)
	}
	work, err := a.chain(ctx, a.id, ledger.Work)
	if err != nil {
		return sheet{}, err
	}
	blob, err := a.keepJSON(ctx, reasons{request.Reason})
	if err != nil {
		return sheet{}, err
	}
	return sheet{
		stage: "decided", chain: work, operation: "consultation", changes: true,
		detail:       &ledger.PermissionDecided{Decision: string(request.Decision), Request: fact.Entry},
		subjects:     []ledger.Subject{{Name: "reasons", Digest: blob.Recorded()}},
		dependencies: []ledger.Dependency{{Name: "request", Digest: fact.Payload, Entry: &fact.Entry}},
	}, nil
}

// List returns every permission that was asked for in a case, in the order of
// their time.
func (p Permissions) List(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Permission, error) {
	a, err := p.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	facts, err := list[requestedFact](ctx, a.Store, id, inRequested, 0)
	if err != nil {
		return nil, err
	}
	all := make([]Permission, 0, len(facts))
	for _, fact := range facts {
		one, err := a.permission(ctx, fact)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b Permission) int { return a.AskedAt.Compare(b.AskedAt.Time) })
	return all, nil
}

// permission is a request with its answer, as they stand.
func (a *act) permission(ctx context.Context, fact requestedFact) (Permission, error) {
	doc, err := documentOf[wanted](ctx, a.Service, a.id, fact.Payload)
	if err != nil {
		return Permission{}, err
	}
	one := Permission{
		About: policy.About(fact.About), AskedBy: fact.By, AskedAt: fact.Time, For: doc.For, Identifiers: doc.Identifiers, Reason: doc.Reason,
		Request: fact.Entry, Use: policy.Purpose(doc.Use),
	}
	if fact.Dataset != "" {
		if one.Dataset, err = ledger.ParseEntryID(fact.Dataset); err != nil {
			return one, fmt.Errorf("%w: request %s: %w", ErrIntegrity, fact.Entry, err)
		}
	}
	var answer *permittedFact
	if one.State, answer, err = a.permissionState(ctx, fact.Entry, 0); err != nil || answer == nil {
		return one, err
	}
	why, err := documentOf[reasons](ctx, a.Service, a.id, answer.Payload)
	one.DecidedAt, one.DecidedBy, one.Why = answer.Time, answer.By, why.Reason
	return one, err
}
