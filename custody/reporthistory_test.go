package custody_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

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
		_, err = o.Service.ErrorRegister().Record(o.Context(), approver, r) // who alone says of a reportable error that it is none
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
