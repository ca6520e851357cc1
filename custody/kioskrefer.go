package custody

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Level is who can do how much with a device.
type Level int

// The three levels.
const (
	LevelKiosk      Level = 1 // selective extraction at a kiosk
	LevelRegion     Level = 2 // regional team
	LevelLaboratory Level = 3 // specialist laboratory
)

// String names the level.
func (l Level) String() string {
	switch l {
	case LevelKiosk:
		return "kiosk"
	case LevelRegion:
		return "regional team"
	case LevelLaboratory:
		return "specialist laboratory"
	}
	return fmt.Sprintf("level %d", int(l))
}

// ReferralState says how far a referral has come.
type ReferralState string

// The states of a referral.
const (
	ReferralAsked    ReferralState = "referred"
	ReferralAccepted ReferralState = "accepted"
	ReferralDeclined ReferralState = "declined"
	ReferralReturned ReferralState = "returned"
)

// ReferItem refers an item to those who can do more with it.
// Shape: the item itself is handed over by an offer of its own.
type ReferItem struct {
	Ask
	Case   CaseID
	Item   string
	From   Level
	To     Level
	Unit   string // team or laboratory, in words
	Reason string // why it cannot be done where it is
	Wanted string // what is asked for
	Due    policy.Date
}

// AnswerReferral accepts, declines or returns a referral.
// Shape: Results are the references of what was extracted there, of one that is
// returned.
type AnswerReferral struct {
	Ask
	Case     CaseID
	Referral string
	State    ReferralState
	Reason   string
	Results  []string
}

// Referral is a referral as it stands.
type Referral struct {
	Referral string         `json:"referral"`
	Item     string         `json:"item"`
	From     Level          `json:"from"`
	To       Level          `json:"to"`
	Unit     string         `json:"unit"`
	Reason   string         `json:"reason"`
	Wanted   string         `json:"wanted"`
	Due      policy.Date    `json:"due,omitempty"`
	State    ReferralState  `json:"state"`
	Overdue  bool           `json:"overdue"`
	Answer   string         `json:"answer,omitempty"`
	Results  []string       `json:"results"`
	By       string         `json:"by"`
	Asked    ledger.Time    `json:"asked"`
	Time     ledger.Time    `json:"time"` // of its newest state
	Entry    ledger.EntryID `json:"entry"`
}

// referralDocument is a row about a referral, or its newest state.
// Shape: canonical JSON.
type referralDocument struct {
	Answer  string        `json:"answer,omitempty"`
	Asked   ledger.Time   `json:"asked"`
	AskedBy string        `json:"askedBy"`
	Due     policy.Date   `json:"due,omitempty"`
	Format  string        `json:"format"`
	From    int64         `json:"from"`
	Item    string        `json:"item"`
	Reason  string        `json:"reason"`
	Results []string      `json:"results"`
	State   ReferralState `json:"state"`
	To      int64         `json:"to"`
	Unit    string        `json:"unit"`
	Wanted  string        `json:"wanted"`
}

const referralFormat = "custos/referral/v1"

// referralPrefix begins the names of referrals; an exhibit reference cannot have it.
const referralPrefix = "R-"

func isReferral(name string) bool { return strings.HasPrefix(name, referralPrefix) }

// Refer records that an item is referred, and returns the name of the referral.
// Errors: ErrNotFound for an item that is not in custody; ErrConflict while it is
// referred; ErrInvalid.
func (k Kiosks) Refer(ctx context.Context, actor Actor, request ReferItem) (string, Proof, error) {
	if err := request.check(); err != nil {
		return "", Proof{}, err
	}
	a, err := k.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return "", Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "referred"); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		if err != nil {
			return "", proof, err
		}
		statement, err := stored.Statement()
		if d, is := statement.Predicate.Detail.(*ledger.RegisterRecorded); is {
			return d.Name, proof, err
		}
		return "", proof, err
	}
	var name string
	proofs, err := a.commit(ctx, "referred", resource{}, func() ([]sheet, error) {
		if known, err := has(ctx, a.Store, a.id, inItems, request.Item, 0); err != nil || !known {
			return nil, fmt.Errorf("%s is not in custody: %w", request.Item, missing(err))
		}
		all, err := a.referrals(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range all {
			if r.Item == request.Item && (r.State == ReferralAsked || r.State == ReferralAccepted) {
				return nil, fmt.Errorf("%s is referred already, by %s to %s: it is returned first: %w", r.Item, r.Referral, r.Unit, ErrConflict)
			}
		}
		name = fmt.Sprintf("%s%d", referralPrefix, len(all)+1)
		row, err := a.rowSheet(ctx, "referred", extractionRegister, name, ledger.EntryID{}, true, referralDocument{
			Asked: ledger.NewTime(a.now), AskedBy: a.actor.ID, Due: request.Due, Format: referralFormat, From: int64(request.From), Item: request.Item,
			Reason: request.Reason, Results: []string{}, State: ReferralAsked, To: int64(request.To), Unit: request.Unit, Wanted: request.Wanted,
		})
		return []sheet{row}, err
	})
	if err != nil {
		return "", Proof{}, err
	}
	return name, proofs[0], nil
}

// missing is the error, or ErrNotFound when there is none.
func missing(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

func (r ReferItem) check() error {
	if r.From < LevelKiosk || r.To > LevelLaboratory || r.To <= r.From {
		return fmt.Errorf("a referral goes up, from level 1 (kiosk) to 2 (regional team) or 3 (specialist laboratory), not from %d to %d; back again it is returned: %w",
			r.From, r.To, ErrInvalid)
	}
	if r.Due != "" {
		if err := checkDay("day by which it is wanted", r.Due); err != nil {
			return err
		}
	}
	return cmp.Or(checkText("unit", r.Unit), checkText("reason for the referral", r.Reason), checkText("description of what is wanted", r.Wanted))
}

// AnswerReferral records what became of a referral. Who referred does not answer.
// Errors: ErrDenied; ErrConflict when it cannot follow; ErrNotFound; ErrInvalid.
func (k Kiosks) AnswerReferral(ctx context.Context, actor Actor, request AnswerReferral) (Proof, error) {
	if err := checkText("reason", request.Reason); err != nil {
		return Proof{}, err
	}
	a, err := k.s.begin(ctx, actor, request.Case, policy.ItemHandOver, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "answered"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	proofs, err := a.commit(ctx, "answered", resource{}, func() ([]sheet, error) { return a.answerSheet(ctx, request) })
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

func (a *act) answerSheet(ctx context.Context, request AnswerReferral) ([]sheet, error) {
	row, err := registerRow(ctx, a.Store, a.id, extractionRegister, request.Referral, 0)
	if err != nil || !isReferral(request.Referral) {
		return nil, fmt.Errorf("there is no referral %s in this case: %w", request.Referral, missing(err))
	}
	doc, err := documentOf[referralDocument](ctx, a.Service, a.id, row.Payload)
	if err != nil {
		return nil, err
	}
	follows := map[ReferralState][]ReferralState{
		ReferralAsked: {ReferralAccepted, ReferralDeclined}, ReferralAccepted: {ReferralReturned},
	}[doc.State]
	switch {
	case !slices.Contains(follows, request.State):
		return nil, fmt.Errorf("%s is %s; it cannot be %s: %w", request.Referral, doc.State, request.State, ErrConflict)
	case doc.AskedBy == a.actor.ID:
		return nil, fmt.Errorf("you referred %s yourself; whoever received it answers: %w", request.Referral, ErrDenied)
	case request.State != ReferralReturned && len(request.Results) > 0:
		return nil, fmt.Errorf("results come with the return of a referral: %w", ErrInvalid)
	}
	for _, item := range request.Results {
		if known, err := has(ctx, a.Store, a.id, inItems, item, 0); err != nil || !known {
			return nil, fmt.Errorf("the result %s is not in custody: take it in first: %w", item, missing(err))
		}
	}
	doc.State, doc.Answer, doc.Results = request.State, request.Reason, notNil(slices.Sorted(slices.Values(request.Results)))
	sheet1, err := a.rowSheet(ctx, "answered", extractionRegister, request.Referral, row.Entry, true, doc)
	return []sheet{sheet1}, err
}

// Referrals lists the referrals of a case. That somebody asked is recorded.
func (k Kiosks) Referrals(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]Referral, error) {
	a, err := k.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	return a.referrals(ctx)
}

func (a *act) referrals(ctx context.Context) ([]Referral, error) {
	rows, err := registerNewest(ctx, a.Store, a.id, extractionRegister, 0)
	if err != nil {
		return nil, err
	}
	today, err := civilDay(a.now)
	if err != nil {
		return nil, err
	}
	list := []Referral{}
	for _, row := range rows {
		if !isReferral(row.Name) {
			continue
		}
		doc, err := documentOf[referralDocument](ctx, a.Service, a.id, row.Payload)
		if err != nil {
			return nil, fmt.Errorf("referral %s: %w", row.Name, err)
		}
		open := doc.State == ReferralAsked || doc.State == ReferralAccepted
		list = append(list, Referral{
			Referral: row.Name, Item: doc.Item, From: Level(doc.From), To: Level(doc.To), Unit: doc.Unit, Reason: doc.Reason, Wanted: doc.Wanted, Due: doc.Due,
			State: doc.State, Overdue: open && doc.Due != "" && doc.Due < today, Answer: doc.Answer, Results: doc.Results, By: doc.AskedBy, Asked: doc.Asked,
			Time: row.Time, Entry: row.Entry,
		})
	}
	slices.SortFunc(list, func(x, y Referral) int {
		return cmp.Or(x.Asked.Compare(y.Asked.Time), cmp.Compare(len(x.Referral), len(y.Referral)), cmp.Compare(x.Referral, y.Referral))
	})
	return list, nil
}
