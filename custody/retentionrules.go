package custody

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// RetentionRules say how long material of a case is kept. They are data that an
// organisation puts in force, never a statement of law.
// Shape: canonical JSON when it is recorded; Groups are sorted by Group.
type RetentionRules struct {
	Name      string           `json:"name"`
	Title     string           `json:"title"`
	Convicted RetentionPeriod  `json:"convicted"` // at least that long after a conviction; until release in any case
	Ended     RetentionPeriod  `json:"ended"`     // after proceedings that ended otherwise
	Appeal    RetentionPeriod  `json:"appeal"`    // after an appeal was decided
	Review    RetentionPeriod  `json:"review"`    // after the review of a conviction was decided
	Groups    []RetentionGroup `json:"groups"`
}

// RetentionPeriod is one period with where it comes from.
// Units: Months. Trust: Verified says that somebody read Citation in its own text.
type RetentionPeriod struct {
	Months   int    `json:"months"`
	Citation string `json:"citation"`
	Verified bool   `json:"verified"`
}

// RetentionGroup is a group of offences or records, with its own periods.
// Units: years. Shape: of KeepToAge, ClearYears and OwnPeriod exactly one is set:
// kept until the birthday of that age, for a clear period, or for a period that is
// stated for each case with its basis.
type RetentionGroup struct {
	Group       string `json:"group"`
	Title       string `json:"title"`
	KeepToAge   int    `json:"keepToAge"`
	ClearYears  int    `json:"clearYears"`
	ReviewYears int    `json:"reviewYears"` // between two reviews
	OwnPeriod   bool   `json:"ownPeriod"`
	Citation    string `json:"citation"`
	Verified    bool   `json:"verified"`
}

//go:embed retentionrules.json
var retentionRulesDelivered []byte

// The most that rules may say. Units: bytes, groups, months, years.
const (
	maxRetentionRules  = 64 << 10
	maxRetentionGroups = 32
	maxMonths          = 1200
	maxYears           = 150
)

// DeliveredRetentionRules returns the rules that are in force until an
// organisation puts its own in force.
func DeliveredRetentionRules() (RetentionRules, error) {
	rules, err := ParseRetentionRules(retentionRulesDelivered)
	if err != nil {
		err = fmt.Errorf("%w: the rules of retention in this program: %w", ErrIntegrity, err)
	}
	return rules, err
}

// ParseRetentionRules reads rules of retention as JSON.
// Errors: ErrInvalid for an unknown field, a second value, or rules that say too
// little to be applied.
func ParseRetentionRules(text []byte) (RetentionRules, error) {
	var rules RetentionRules
	if len(text) > maxRetentionRules {
		return rules, fmt.Errorf("rules of retention have at most %d bytes; these have %d: %w", maxRetentionRules, len(text), ErrInvalid)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&rules); err != nil {
		return rules, fmt.Errorf("rules of retention: %w: %w", ErrInvalid, err)
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // the decoder returns it bare
		return rules, fmt.Errorf("something stands after the rules of retention: %w", ErrInvalid)
	}
	return rules, rules.check()
}

func (r RetentionRules) check() error {
	if err := cmp.Or(checkText("name of the rules of retention", r.Name), checkText("title of the rules of retention", r.Title)); err != nil {
		return err
	}
	for _, period := range []struct {
		name string
		RetentionPeriod
	}{{"convicted", r.Convicted}, {"ended", r.Ended}, {"appeal", r.Appeal}, {"review", r.Review}} {
		if period.Months < 0 || period.Months > maxMonths || longer(period.Citation, maxText) {
			return fmt.Errorf("the period %q has 0 to %d months and a citation of at most %d characters: %w", period.name, maxMonths, maxText, ErrInvalid)
		}
	}
	if len(r.Groups) == 0 || len(r.Groups) > maxRetentionGroups {
		return fmt.Errorf("rules of retention have 1 to %d groups: %w", maxRetentionGroups, ErrInvalid)
	}
	for i, g := range r.Groups {
		if err := cmp.Or(checkText("name of a group", g.Group), checkText("title of group "+g.Group, g.Title)); err != nil {
			return err
		}
		if i > 0 && r.Groups[i-1].Group >= g.Group {
			return fmt.Errorf("the groups of the rules of retention are sorted and each stands once; %q stands after %q: %w", g.Group, r.Groups[i-1].Group, ErrInvalid)
		}
		if err := g.check(); err != nil {
			return err
		}
	}
	return nil
}

func (g RetentionGroup) check() error {
	ways := 0
	for _, set := range []bool{g.KeepToAge != 0, g.ClearYears != 0, g.OwnPeriod} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return fmt.Errorf("group %s is kept to an age, for a clear period, or for a period of its own: exactly one of keepToAge, clearYears and ownPeriod: %w", g.Group, ErrInvalid)
	}
	for _, years := range []int{g.KeepToAge, g.ClearYears, g.ReviewYears} {
		if years < 0 || years > maxYears {
			return fmt.Errorf("a period of group %s has 0 to %d years: %w", g.Group, maxYears, ErrInvalid)
		}
	}
	if g.ReviewYears == 0 {
		return fmt.Errorf("group %s does not say after how many years it is reviewed again: %w", g.Group, ErrInvalid)
	}
	return checkLength("citation of group "+g.Group, g.Citation)
}

// group returns the group of that name.
func (r RetentionRules) group(name string) (RetentionGroup, bool) {
	at := slices.IndexFunc(r.Groups, func(g RetentionGroup) bool { return g.Group == name })
	if at < 0 {
		return RetentionGroup{}, false
	}
	return r.Groups[at], true
}

// digest names the rules by what they say.
func (r RetentionRules) digest() (ledger.Digest, error) {
	text, err := ledger.MarshalCanonical(r)
	return digestOf(text), err
}

// Outcome is how a case stands or ended.
type Outcome string

// The outcomes.
const (
	OutcomeOpen            Outcome = "under-investigation"
	OutcomeCharged         Outcome = "charged"
	OutcomeNoFurtherAction Outcome = "no-further-action"
	OutcomeDiscontinued    Outcome = "discontinued"
	OutcomeAcquitted       Outcome = "acquitted"
	OutcomeConvicted       Outcome = "convicted"
)

// Outcomes returns all of them.
func Outcomes() []Outcome {
	return []Outcome{OutcomeOpen, OutcomeCharged, OutcomeNoFurtherAction, OutcomeDiscontinued, OutcomeAcquitted, OutcomeConvicted}
}

// over tells whether the proceedings have ended.
func (o Outcome) over() bool { return o != OutcomeOpen && o != OutcomeCharged }

// Pending says whether something that keeps a case is under way.
type Pending string

// How far an appeal or a review of a conviction has come.
const (
	PendingNone    Pending = "none"
	PendingOpen    Pending = "pending"
	PendingDecided Pending = "decided"
)

// RetentionFacts are what the rules of retention ask of a case.
// Shape: days are empty where there is none or nobody knows it.
type RetentionFacts struct {
	Outcome         Outcome     `json:"outcome"`
	OutcomeOn       policy.Date `json:"outcomeOn,omitempty"`
	Custodial       bool        `json:"custodial"`
	ReleasedOn      policy.Date `json:"releasedOn,omitempty"` // of a custodial sentence; empty = not known yet
	Appeal          Pending     `json:"appeal"`
	AppealDecidedOn policy.Date `json:"appealDecidedOn,omitempty"`
	Review          Pending     `json:"review"` // of the conviction, by the Criminal Cases Review Commission
	ReviewDecidedOn policy.Date `json:"reviewDecidedOn,omitempty"`
	Group           string      `json:"group"`               // of the rules in force
	ClearFrom       policy.Date `json:"clearFrom,omitempty"` // newest offence or contact; empty = the day of the outcome
	BornOn          policy.Date `json:"bornOn,omitempty"`    // of the subject, for a group that is kept to an age
	OwnUntil        policy.Date `json:"ownUntil,omitempty"`  // of a group with a period of its own
	OwnBasis        string      `json:"ownBasis,omitempty"`  // for that period
	Note            string      `json:"note,omitempty"`
}

// settle takes what nobody has said of an appeal or a review as that there is none.
func (f *RetentionFacts) settle() {
	f.Appeal, f.Review = cmp.Or(f.Appeal, PendingNone), cmp.Or(f.Review, PendingNone)
}

// Check returns nil if the rules can be applied to the facts, at today.
// Errors: ErrInvalid, in words.
func (f RetentionFacts) Check(rules RetentionRules, today policy.Date) error {
	if !slices.Contains(Outcomes(), f.Outcome) {
		return fmt.Errorf("%q is no outcome; the outcomes are: %s: %w", f.Outcome, wordsOf(Outcomes()), ErrInvalid)
	}
	for _, day := range []struct {
		name   string
		on     policy.Date
		toCome bool // it may be
	}{
		{"day of the outcome", f.OutcomeOn, false},
		{"day on which the appeal was decided", f.AppealDecidedOn, false},
		{"day on which the review of the conviction was decided", f.ReviewDecidedOn, false},
		{"day from which the clear period runs", f.ClearFrom, false},
		{"day of birth", f.BornOn, false},
		{"day of release", f.ReleasedOn, true},
		{"end of the period of its own", f.OwnUntil, true},
	} {
		if day.on == "" {
			continue
		}
		if err := checkDay(day.name, day.on); err != nil {
			return err
		}
		if day.on > today && !day.toCome {
			return fmt.Errorf("the %s, %s, is still to come: %w", day.name, day.on, ErrInvalid)
		}
	}
	if err := f.checkOutcome(); err != nil {
		return err
	}
	return f.checkGroup(rules)
}

func (f RetentionFacts) checkOutcome() error {
	for _, wrong := range []struct {
		when bool
		say  string
	}{
		{f.Outcome.over() && f.OutcomeOn == "", "a case that has ended has a day on which it ended"},
		{f.Custodial && f.Outcome != OutcomeConvicted, "only a conviction has a custodial sentence"},
		{f.ReleasedOn != "" && !f.Custodial, "only a custodial sentence has a day of release"},
		{f.ReleasedOn != "" && f.ReleasedOn < f.OutcomeOn, "the day of release is before the conviction"},
		{f.AppealDecidedOn != "" && f.AppealDecidedOn < f.OutcomeOn, "the appeal was decided before what it is against"},
		{f.ReviewDecidedOn != "" && f.ReviewDecidedOn < f.OutcomeOn, "the review was decided before the conviction"},
		{f.Review != PendingNone && f.Outcome != OutcomeConvicted, "only a conviction is reviewed by the Commission"},
		{f.Appeal != PendingNone && !f.Outcome.over(), "nothing has been decided that could be appealed against"},
		{(f.Appeal == PendingDecided) != (f.AppealDecidedOn != ""), "an appeal that is decided has a day on which it was, and no other has"},
		{(f.Review == PendingDecided) != (f.ReviewDecidedOn != ""), "a review that is decided has a day on which it was, and no other has"},
		{longer(f.Note, maxText) || longer(f.OwnBasis, maxText), fmt.Sprintf("a text is longer than %d characters", maxText)},
	} {
		if wrong.when {
			return fmt.Errorf("%s: %w", wrong.say, ErrInvalid)
		}
	}
	for _, p := range []Pending{f.Appeal, f.Review} {
		if !slices.Contains([]Pending{PendingNone, PendingOpen, PendingDecided}, p) {
			return fmt.Errorf("an appeal or a review is none, pending or decided, not %q: %w", p, ErrInvalid)
		}
	}
	return nil
}

func (f RetentionFacts) checkGroup(rules RetentionRules) error {
	if f.Group == "" && !f.Outcome.over() {
		return nil // it is put into a group when it has ended
	}
	g, known := rules.group(f.Group)
	switch {
	case !known:
		return fmt.Errorf("the rules of retention %s have no group %q; they have %s: %w", rules.Name, f.Group, rules.groups(), ErrInvalid)
	case f.Outcome.over() && g.KeepToAge > 0 && f.BornOn == "":
		return fmt.Errorf("group %s is kept until the subject's birthday: state the day of birth: %w", f.Group, ErrInvalid)
	case g.KeepToAge == 0 && f.BornOn != "":
		return fmt.Errorf("group %s does not ask for a day of birth, so none is recorded: %w", f.Group, ErrInvalid)
	case f.Outcome.over() && g.OwnPeriod && (f.OwnUntil == "" || f.OwnBasis == ""):
		return fmt.Errorf("group %s has no period in the rules: state until when it is kept, and on what basis: %w", f.Group, ErrInvalid)
	case !g.OwnPeriod && f.OwnUntil+policy.Date(f.OwnBasis) != "":
		return fmt.Errorf("group %s has its period in the rules, so none of its own is stated: %w", f.Group, ErrInvalid)
	}
	return nil
}

func (r RetentionRules) groups() string {
	var names []string
	for _, g := range r.Groups {
		names = append(names, g.Group)
	}
	return wordsOf(names)
}
