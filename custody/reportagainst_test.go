package custody_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"custos.example/analysis/paper"
	"custos.example/custody"
)

// TestReportsAgainstANaiveRecount makes the reports over random lives of an office, for
// random periods, and holds every figure and the entries behind it against a recount
// that was written apart, from the raw entries. Later, when the record has grown, each
// is made again and is the same byte for byte.
//
// Control: each figure put off by one, and each with an entry left out, is found.
// CUSTOS_LONG set: more lives.
func TestReportsAgainstANaiveRecount(t *testing.T) {
	lives, count := 2, heldCount{alive: map[string]bool{}}
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
				made = append(made, o.holds(seed, request, &count))
			}
		}
		for _, report := range made {
			again, err := o.Service.Reports().Again(t.Context(), auditor, "", report.Entry, custody.Ask{})
			if count.trials++; err != nil || !again.Same {
				count.failures++
				t.Errorf("life %d: %s made again: %+v, %v", seed, report.Report, again, err)
			}
		}
		o.whole()
	}
	count.tell(t)
}

// heldCount counts what was held against a recount.
type heldCount struct {
	trials, failures int
	caught, controls int
	alive            map[string]bool // figures that were more than nothing in some life
}

// holds makes a report and holds it against the recount.
func (o *office) holds(seed int, request custody.MakeReport, count *heldCount) custody.MadeReport {
	o.Helper()
	report, err := o.Service.Reports().Make(o.Context(), auditor, request)
	if err != nil {
		o.Fatalf("life %d: %s: %v", seed, request.Report, err)
	}
	want := o.recount(report.Document, request.From, request.Until)
	for _, wrong := range compare(report.Document, want) {
		count.failures++
		o.Errorf("life %d, %s from %s until %s: %s", seed, request.Report, request.From, request.Until, wrong)
	}
	for id, w := range want {
		if w.value > 0 && !w.hidden {
			count.alive[id] = true
		}
	}
	spoilt, found := spoil(report.Document, want)
	count.trials, count.controls, count.caught = count.trials+countFigures(report.Document), count.controls+spoilt, count.caught+found
	return report
}

// tell wants every control caught and every kind of figure tried, and prints the count.
func (c heldCount) tell(t *testing.T) {
	t.Helper()
	if c.caught != c.controls || c.controls == 0 {
		t.Errorf("control: %d of %d spoilt figures were found", c.caught, c.controls)
	}
	for _, id := range []string{
		"ipco.returns", "ipco.never-used", "ipco.excess.rows", "ipco.errors.reportable", "ipco.errors.corrected", "ipco.refusals", "ipco.permissions.approved", "ipco.use.1.reads",
		"oversight.runs", "oversight.cost.charged", "oversight.cost.unit.1", "dpia.copies.1", "dpia.people.dormant", "dpia.new", "health.waiting.1", "health.waiting.6",
	} {
		if !c.alive[id] {
			t.Errorf("in no life is %s more than nothing: the recount of it shows nothing", id)
		}
	}
	t.Logf("PROOF harness=reports trials=%d failures=%d control=\"caught %d of %d\"", c.trials, c.failures, c.caught, c.controls)
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
