package custody_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/paper"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// office is a random life of an organisation with several cases, as far as the
// reports over them count it.
type office struct {
	*house
	*rand.Rand
	cases []*officeCase
}

// officeCase is what the office remembers of a case, so that it can go on there.
type officeCase struct {
	id                                     custody.CaseID
	authorities, datasets, runs, exhibits  []ledger.EntryID
	evidence, asked                        []ledger.EntryID
	items                                  []string
	errors, costs, submissions, references int
	copies                                 uint64
}

func newOffice(t *testing.T, seed uint64) *office {
	t.Helper()
	h := withApprover(t)
	h.clock.step = 20 * time.Millisecond
	o := &office{house: h, Rand: rand.New(rand.NewPCG(seed, 6))}
	o.cases = []*officeCase{{id: h.id, authorities: []ledger.EntryID{h.authority}}}
	return o
}

// anyOf returns one of a list, or the zero value of an empty one.
func anyOf[T any](o *office, list []T) (one T) {
	if len(list) == 0 {
		return one
	}
	return list[o.IntN(len(list))]
}

// open opens another case with an authority.
func (o *office) another() {
	o.Helper()
	opened, err := o.Service.Cases().Open(o.Context(), sio, custody.OpenCase{
		Reference: fmt.Sprintf("NX/2024/%04d", 500-len(o.cases)), Title: "Another", Assigned: []string{sio.ID, spoc.ID, officer.ID, analyst.ID},
	})
	if err != nil {
		o.Fatal(err)
	}
	o.cases = append(o.cases, &officeCase{id: opened.Case})
	o.authorise(o.cases[len(o.cases)-1])
}

func (o *office) authorise(c *officeCase) {
	o.Helper()
	o.id = c.id
	d := authority()
	d.Reference = fmt.Sprintf("NX/CD/2024/%d-%d", len(o.cases), len(c.authorities))
	c.authorities = append(c.authorities, o.record(d, ledger.EntryID{}))
}

// live takes n random steps. What a step asks for is refused now and then, and
// refusals are counted too.
func (o *office) live(n int) {
	o.Helper()
	for range n {
		o.wait(time.Duration(o.IntN(30*3600)) * time.Second)
		c := anyOf(o, o.cases)
		o.id = c.id
		steps := []func(*officeCase) error{
			o.receives, o.receives, o.analyses, o.analyses, o.analyses, o.exhibits, o.reads, o.reads, o.refused, o.errs, o.errs, o.corrects, o.corrects, o.spend, o.spend, o.spendAnew, o.submits, o.asksFor,
			o.decides, o.copies, o.disposes, o.authorisesAgain,
		}
		if err := anyOf(o, steps)(c); err != nil && !errors.Is(err, custody.ErrDenied) {
			o.Fatal(err)
		}
		if o.IntN(12) == 0 && len(o.cases) < 4 {
			o.another()
		}
	}
}

func (o *office) authorisesAgain(c *officeCase) error {
	if len(c.authorities) < 4 {
		o.authorise(c)
	}
	return nil
}

// receives takes in a return; some hold rows outside the scope.
func (o *office) receives(c *officeCase) error {
	content := string(file(1 + o.IntN(5)))
	if o.IntN(3) == 0 {
		content = strings.Replace(content, "/02/2024", "/03/2024", 1+o.IntN(2))
	}
	content = strings.ReplaceAll(content, "Made Up Street", fmt.Sprintf("Made Up Street %d", len(o.cases)*1000+len(c.items)))
	asks := o.asks([]byte(content))
	asks.Item, asks.Authority = fmt.Sprintf("NET/%d", len(c.items)+1), anyOf(o, c.authorities)
	asks.Return.ObtainedOn = policy.Date(fmt.Sprintf("2024-03-%02d", 1+o.IntN(9)))
	received, err := o.Service.Imports().Receive(o.Context(), officer, asks)
	if err != nil {
		return err
	}
	c.items, c.evidence, c.datasets = append(c.items, asks.Item), append(c.evidence, received.Evidence.Entry), append(c.datasets, received.Dataset.Entry)
	return nil
}

func (o *office) analyses(c *officeCase) error {
	if len(c.datasets) == 0 {
		return nil
	}
	dataset := anyOf(o, c.datasets)
	ran, err := o.Service.Analyses().Run(o.Context(), analyst, custody.Run{
		Case: c.id, Step: "event-schedule", Title: "Which calls?", Params: map[string]string{"from": fmt.Sprintf("2024-02-01T00:00:%02dZ", len(c.runs)%60)},
		Inputs: map[string]custody.PayloadRef{"events": {Entry: dataset}, "set-aside": {Entry: dataset}},
	})
	if err == nil {
		c.runs = append(c.runs, ran.Entry)
	}
	return err
}

func (o *office) exhibits(c *officeCase) error {
	if len(c.runs) == 0 {
		return nil
	}
	c.references++
	made, err := o.Service.Exhibits().Produce(o.Context(), analyst, custody.Produce{
		Case: c.id, Reference: fmt.Sprintf("JAS/%d", c.references), Title: "Schedule", Run: anyOf(o, c.runs), Renderers: []string{"schedule-csv"},
	})
	if err == nil {
		c.exhibits = append(c.exhibits, made.Entry)
	}
	return err
}

func (o *office) reads(c *officeCase) error {
	if len(c.datasets) == 0 {
		return nil
	}
	_, err := o.Service.Pages().Read(o.Context(), analyst, custody.ReadPage{
		Ask: custody.Ask{Purpose: "to see who was called"}, Case: c.id, Data: anyOf(o, c.datasets), First: 1, Last: 1,
	})
	return err
}

// refused asks for what the asker may not have.
func (o *office) refused(c *officeCase) error {
	if o.IntN(3) == 0 {
		_, err := o.Service.Cases().Open(o.Context(), analyst, custody.OpenCase{Reference: "NX/2024/9999", Title: "Mine", Assigned: []string{analyst.ID}})
		return err
	}
	_, err := o.Service.Cases().Files(o.Context(), stranger, c.id, custody.Ask{})
	return err
}

// errs records an error that was discovered some time before.
func (o *office) errs(c *officeCase) error {
	if len(c.evidence) == 0 {
		return nil
	}
	_, err := o.Service.ErrorRegister().Record(o.Context(), spoc, o.mistake(c))
	if err == nil {
		c.errors++
	}
	return err
}

func (o *office) mistake(c *officeCase) custody.RecordError {
	r := o.wrongDates(anyOf(o, c.evidence))
	r.Type, r.Cause = anyOf(o, []custody.ErrorType{custody.Reportable, custody.Recordable}), anyOf(o, custody.ErrorCauses())
	r.DiscoveredAt = o.clock.now.Add(-time.Duration(o.IntN(6*24)) * time.Hour).Truncate(time.Millisecond)
	return r
}

// corrects records what is now known of an error: perhaps another type, cause or day
// of discovery, by which it may move to another period; or reports it.
func (o *office) corrects(c *officeCase) error {
	if c.errors == 0 {
		return nil
	}
	name := fmt.Sprintf("E-%d", 1+o.IntN(c.errors))
	var err error
	if o.IntN(4) == 0 {
		_, err = o.Service.ErrorRegister().Report(o.Context(), approver, custody.ReportError{Case: c.id, ID: name, Reference: "IPCO/1"})
	} else {
		r := o.mistake(c)
		r.ID = name
		_, err = o.Service.ErrorRegister().Record(o.Context(), spoc, r)
	}
	if errors.Is(err, custody.ErrConflict) {
		return nil // reported already, or recordable
	}
	return err
}

func (o *office) cost(c *officeCase) custody.RecordCost {
	return custody.RecordCost{
		Case: c.id, About: anyOf(o, c.authorities), Kind: anyOf(o, custody.CostKinds()), Pence: int64(o.IntN(100_000)),
		On:       policy.Date(o.clock.now.Add(-time.Duration(24+o.IntN(5*24)) * time.Hour).Format(time.DateOnly)),
		Operator: anyOf(o, []string{"A Network Ltd", "B Network Ltd"}), Unit: anyOf(o, []string{"Digital unit", "Analysis unit"}),
	}
}

func (o *office) spend(c *officeCase) error {
	for range 1 + o.IntN(4) {
		if _, err := o.Service.Costs().Record(o.Context(), officer, o.cost(c)); err != nil {
			return err
		}
		c.costs++
	}
	return nil
}

// spendAnew records a sum anew, or withdraws it.
func (o *office) spendAnew(c *officeCase) error {
	if c.costs == 0 {
		return nil
	}
	id := fmt.Sprintf("C-%d", 1+o.IntN(c.costs))
	var err error
	if o.IntN(3) == 0 {
		_, err = o.Service.Costs().Withdraw(o.Context(), officer, custody.WithdrawCost{Case: c.id, ID: id, Reason: "of another case"})
	} else {
		r := o.cost(c)
		r.ID, r.Why = id, "it was wrong"
		r.About = c.authorities[0]
		_, err = o.Service.Costs().Record(o.Context(), officer, r)
	}
	if errors.Is(err, custody.ErrConflict) || errors.Is(err, custody.ErrInvalid) {
		return nil // withdrawn, or about another authority
	}
	return err
}

func (o *office) submits(c *officeCase) error {
	if len(c.items) == 0 {
		return nil
	}
	_, err := o.Service.Submissions().Request(o.Context(), sio, custody.RequestSubmission{
		Case: c.id, Provider: "Laboratory Ltd", Question: "What is on it?", Items: []string{anyOf(o, c.items)}, DueOn: policy.Date(o.clock.now.Add(50 * time.Hour).Format(time.DateOnly)),
	})
	if err == nil {
		c.submissions++
	}
	return err
}

func (o *office) asksFor(c *officeCase) error {
	if len(c.datasets) == 0 {
		return nil
	}
	asked, err := o.Service.Permissions().Ask(o.Context(), analyst, custody.AskPermission{
		Case: c.id, About: policy.AboutFurtherUse, Use: policy.SelfMonitoring, Dataset: anyOf(o, c.datasets), Reason: "for a course",
	})
	if err == nil {
		c.asked = append(c.asked, asked.Entry)
	}
	return err
}

func (o *office) decides(c *officeCase) error {
	if len(c.asked) == 0 {
		return nil
	}
	_, err := o.Service.Permissions().Decide(o.Context(), approver, custody.DecidePermission{
		Case: c.id, Request: anyOf(o, c.asked), Decision: anyOf(o, []policy.PermissionState{policy.PermissionApproved, policy.PermissionApproved, policy.PermissionRefused}), Reason: "weighed",
	})
	if errors.Is(err, custody.ErrConflict) {
		return nil
	}
	return err
}

func (o *office) copies(c *officeCase) error {
	if len(c.exhibits) == 0 {
		return nil
	}
	issued, err := o.Service.Copies().Issue(o.Context(), sio, custody.IssueCopy{
		Ask: custody.Ask{Purpose: "for counsel"}, Case: c.id, Of: anyOf(o, c.exhibits),
		CopyTerms: custody.CopyTerms{Recipient: "CPS London", Purpose: policy.Prosecution, ReviewOn: "2024-09-01", Agreement: "ISA/7"},
	})
	if err == nil {
		c.copies = issued.Number
	}
	return err
}

func (o *office) disposes(c *officeCase) error {
	if c.copies == 0 {
		return nil
	}
	_, err := o.Service.Copies().Dispose(o.Context(), sio, custody.DisposeCopy{
		Case: c.id, Number: 1 + o.Uint64N(c.copies), ConfirmedBy: "CPS London", How: "by letter",
	})
	if errors.Is(err, custody.ErrConflict) {
		return nil
	}
	return err
}

// TestReportsAgainstANaiveRecount makes the reports over random lives of an office, for
// random periods, and holds every figure and the entries behind it against a recount
// that was written apart, from the raw entries. Later, when the record has grown, each
// is made again and is the same byte for byte.
//
// Control: each figure put off by one, and each with an entry left out, is found.
// CUSTOS_LONG set: more lives.
func TestReportsAgainstANaiveRecount(t *testing.T) {
	lives, trials, failures, caught, controls, alive := 2, 0, 0, 0, 0, map[string]bool{}
	if os.Getenv("CUSTOS_LONG") == "1" {
		lives = 40
	}
	for seed := range lives {
		o := newOffice(t, uint64(seed)) //nolint:gosec // small
		began := o.clock.now
		var made []custody.MadeReport
		for _, step := range []func(*officeCase) error{
			o.receives, o.analyses, o.analyses, o.analyses, o.analyses, o.analyses, o.exhibits, o.reads, o.copies, o.asksFor, o.decides, o.errs, o.corrects, o.spend, o.spend, o.spend,
			o.spend, o.spend, o.spend,
		} {
			if err := step(o.cases[0]); err != nil && !errors.Is(err, custody.ErrDenied) {
				t.Fatal(err)
			}
		}
		for round := range 2 {
			o.live(45)
			request := custody.MakeReport{} // first over everything, then over a random period
			if round > 0 {
				request.From = began.Add(time.Duration(o.IntN(20*24)) * time.Hour)
				request.Until = request.From.Add(time.Duration(1+o.IntN(20*24)) * time.Hour)
			}
			for _, kind := range []string{"ipco", "oversight", "dpia", "health"} {
				request.Report = kind
				report, err := o.Service.Reports().Make(t.Context(), auditor, request)
				if err != nil {
					t.Fatalf("life %d: %s: %v", seed, kind, err)
				}
				made = append(made, report)
				want := o.recount(report.Document, request.From, request.Until)
				for _, wrong := range compare(report.Document, want) {
					failures++
					t.Errorf("life %d, %s from %s until %s: %s", seed, kind, request.From, request.Until, wrong)
				}
				for id, w := range want {
					if w.value > 0 && !w.hidden {
						alive[id] = true
					}
				}
				n, found := spoil(report.Document, want)
				trials, controls, caught = trials+countFigures(report.Document), controls+n, caught+found
			}
		}
		for _, report := range made {
			again, err := o.Service.Reports().Again(t.Context(), auditor, "", report.Entry, custody.Ask{})
			if trials++; err != nil || !again.Same {
				failures++
				t.Errorf("life %d: %s made again: %+v, %v", seed, report.Report, again, err)
			}
		}
		o.whole()
	}
	if caught != controls || controls == 0 {
		t.Errorf("control: %d of %d spoilt figures were found", caught, controls)
	}
	for _, id := range []string{
		"ipco.returns", "ipco.never-used", "ipco.excess.rows", "ipco.errors.reportable", "ipco.errors.corrected", "ipco.refusals", "ipco.permissions.approved", "ipco.use.1.reads",
		"oversight.runs", "oversight.cost.charged", "oversight.cost.unit.1", "dpia.copies.1", "dpia.people.dormant", "dpia.new", "health.waiting.1", "health.waiting.6",
	} {
		if !alive[id] {
			t.Errorf("in no life is %s more than nothing: the recount of it shows nothing", id)
		}
	}
	t.Logf("PROOF harness=reports trials=%d failures=%d control=\"caught %d of %d\"", trials, failures, caught, controls)
}

// countFigures counts the figures of a document.
func countFigures(d paper.Document) (n int) {
	for _, s := range d.Sections {
		n += len(s.Figures)
	}
	return n
}

// spoil puts each figure off by one, and leaves an entry out of each that has any; it
// returns how often, and how often that was found.
func spoil(d paper.Document, want map[string]recounted) (spoilt, found int) {
	for s := range d.Sections {
		for f := range d.Sections[s].Figures {
			figure := &d.Sections[s].Figures[f]
			whole := *figure
			try := func() {
				spoilt++
				if len(compare(d, want)) == 1 {
					found++
				}
				*figure = whole
			}
			if figure.Suppressed {
				figure.Suppressed, figure.Value = false, 1
				try()
				continue
			}
			figure.Value++
			try()
			if len(figure.Entries) > 0 {
				figure.Entries = slices.Clone(figure.Entries[1:])
				try()
			}
		}
	}
	return spoilt, found
}
