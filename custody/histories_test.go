package custody_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
	"custos.example/policy/rego"
)

// history is a random line of work in one case: people with and without the right
// ask for things with and without a lawful authority.
type history struct {
	*house
	*rand.Rand
	authorities, datasets, runs []ledger.EntryID
	allowed, refused            int
	recorder                    map[ledger.EntryID]custody.Actor // of each authority
	steps                       map[string]int                   // that were carried out, by name
}

// numbers are the identifiers that authorities and returns name.
var numbers = []string{subject, "+447700900555", "+447700900777"}

// secondSPoC records authorities too, and imports.
var secondSPoC = custody.Actor{ID: "sp2"}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := withCase(t)
	h.clock.step = 20 * time.Millisecond
	person := custody.Person{ID: secondSPoC.ID, Name: "Person sp2", Roles: []string{"analyst", "spoc"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Assignments().Add(t.Context(), sio, custody.Assign{Case: h.id, Person: secondSPoC.ID, Reason: "A second one is needed."}); err != nil {
		t.Fatal(err)
	}
	x := &history{house: h, Rand: rand.New(rand.NewPCG(seed, 1)), steps: map[string]int{}}
	x.authorities, x.recorder = []ledger.EntryID{h.authority}, map[ledger.EntryID]custody.Actor{h.authority: spoc}
	return x
}

// some returns one of a list.
func some[T any](x *history, list []T) T { return list[x.IntN(len(list))] }

// run makes n steps.
func (x *history) makeSteps(n int) {
	x.Helper()
	steps := []struct {
		name string
		do   func() error
	}{
		{"authority", x.recordAuthority},
		{"cancel", x.cancelAuthority},
		{"import", x.importFile},
		{"import", x.importFile},
		{"import", x.importFile},
		{"run", x.runStep},
		{"run", x.runStep},
		{"rows", x.readRows},
		{"rows", x.readRows},
		{"exhibit", x.produce},
		{"assign", x.assign},
		{"wait", x.wait},
	}
	for range n {
		step := some(x, steps)
		err := step.do()
		switch {
		case err == nil:
			x.allowed++
			x.steps[step.name]++
		case errors.Is(err, custody.ErrDenied):
			x.refused++
		case errors.Is(err, custody.ErrInvalid), errors.Is(err, custody.ErrConflict), errors.Is(err, custody.ErrNotFound):
		default:
			x.Fatalf("%s: %v", step.name, err)
		}
	}
}

// anyone is somebody, more often one who may than not.
func (x *history) anyone(likely ...custody.Actor) custody.Actor {
	if x.IntN(4) > 0 {
		return some(x, likely)
	}
	return some(x, []custody.Actor{sio, spoc, secondSPoC, officer, analyst, second, stranger, auditor, admin})
}

func (x *history) recordAuthority() error {
	d := authority(numbers[:1+x.IntN(2)]...)
	d.Reference = fmt.Sprintf("NX/CD/2024/%d", 200+x.IntN(9000))
	by := some(x, []custody.Actor{spoc, secondSPoC})
	d.SPoC.ID = by.ID
	d.Granted.On = some(x, []policy.Date{"2024-02-20", "2024-03-01", "2024-03-02"})
	d.SPoC.ConsultedOn = "2024-02-19"
	if x.IntN(4) == 0 {
		d.Scope.Until = "2024-02-15T00:00:00Z"
	}
	if x.IntN(4) == 0 {
		d.Scope.DataTypes = []policy.DataType{policy.Entity}
	}
	recorded, err := x.Service.Authorities().Record(x.Context(), by, custody.RecordAuthority{Case: x.id, Document: d})
	if err == nil {
		x.authorities = append(x.authorities, recorded.Authority)
		x.recorder[recorded.Authority] = by
	}
	return err
}

func (x *history) cancelAuthority() error {
	if x.IntN(5) > 0 {
		return custody.ErrInvalid // rarely, or nothing could be imported
	}
	_, err := x.Service.Authorities().Cancel(x.Context(), some(x, []custody.Actor{spoc, secondSPoC}), custody.ChangeAuthority{
		Case: x.id, Authority: some(x, x.authorities), By: "ocda-1", On: some(x, []policy.Date{"2024-03-02", "2024-03-04"}), Why: "No longer necessary.",
	})
	return err
}

func (x *history) importFile() error {
	said := returned(numbers[:1+x.IntN(2)]...)
	if x.IntN(3) > 0 {
		said = returned(subject)
	}
	said.ObtainedOn = some(x, []policy.Date{"2024-03-03", "2024-03-03", "2024-03-03", "2024-03-03", "2024-03-20", "2024-04-05"})
	if x.IntN(4) == 0 {
		said.Until = said.Until.AddDate(0, 0, 5)
	}
	if x.IntN(6) == 0 {
		said.DataTypes = []policy.DataType{policy.Entity}
	}
	content := file(3 + x.IntN(40))
	if x.IntN(4) == 0 {
		content = []byte(strings.ReplaceAll(string(content), "07700900123", "07700900555"))
	}
	request := x.asks(content)
	request.Item, request.Return, request.Authority = fmt.Sprintf("NET/%d", 2+x.IntN(900)), said, some(x, x.authorities)
	if x.IntN(12) == 0 {
		request.Authority = ledger.EntryID{}
	}
	by := x.anyone(officer, officer, secondSPoC, spoc)
	if x.IntN(3) == 0 && request.Authority != (ledger.EntryID{}) {
		by = x.recorder[request.Authority] // who may not, being the same person
	}
	received, err := x.Service.Imports().Receive(x.Context(), by, request)
	if err == nil {
		x.datasets = append(x.datasets, received.Dataset.Entry)
	}
	return err
}

func (x *history) runStep() error {
	if len(x.datasets) == 0 {
		return custody.ErrInvalid
	}
	dataset := some(x, x.datasets)
	ran, err := x.Service.Analyses().Run(x.Context(), x.anyone(analyst, second), custody.Run{
		Case: x.id, Step: "event-schedule", Title: "Which calls?",
		Inputs: map[string]custody.PayloadRef{"events": {Entry: dataset}, "set-aside": {Entry: dataset}},
	})
	if err == nil {
		x.runs = append(x.runs, ran.Entry)
	}
	return err
}

func (x *history) readRows() error {
	if len(x.datasets) == 0 {
		return custody.ErrInvalid
	}
	_, err := x.Service.Pages().Read(x.Context(), x.anyone(analyst, second, sio), custody.ReadPage{
		Ask: custody.Ask{Purpose: "to see who called"}, Case: x.id, Data: some(x, x.datasets), First: 1, Last: 2,
	})
	return err
}

func (x *history) produce() error {
	if len(x.runs) == 0 || x.IntN(3) > 0 {
		return custody.ErrInvalid // it takes long
	}
	_, err := x.Service.Exhibits().Produce(x.Context(), x.anyone(analyst), custody.Produce{
		Case: x.id, Reference: fmt.Sprintf("JAS/%d", 1+x.IntN(900)), Title: "Schedule", Run: some(x, x.runs), Renderers: []string{"table-csv"},
	})
	return err
}

func (x *history) assign() error {
	person := some(x, []custody.Actor{officer, analyst, second, secondSPoC, secondSPoC, stranger}).ID
	if x.IntN(3) == 0 {
		_, err := x.Service.Assignments().End(x.Context(), sio, custody.Unassign{Case: x.id, Person: person, Reason: "Moved to another case."})
		return err
	}
	_, err := x.Service.Assignments().Add(x.Context(), sio, custody.Assign{Case: x.id, Person: person, Reason: "Needed on it."})
	return err
}

func (x *history) wait() error {
	x.clock.mu.Lock()
	defer x.clock.mu.Unlock()
	x.clock.now = x.clock.now.Add(time.Duration(x.IntN(36)) * time.Hour)
	return nil
}

// without is the release in force with one rule taken out of what the actions
// require; it says that it is the release in force.
type without struct {
	custody.Authoriser
	looser *rego.Engine
}

func (w without) Decide(ctx context.Context, in policy.Input) (policy.Decision, error) {
	d, err := w.looser.Decide(ctx, in)
	d.Release = w.Release()
	return d, err
}

// withoutRule takes a rule out.
func withoutRule(t *testing.T, real custody.Authoriser, rule string) without {
	t.Helper()
	built, err := rego.Built()
	if err != nil {
		t.Fatal(err)
	}
	files, err := rego.Files(built)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i, f := range files {
		if strings.Contains(f.Text, "\nrequired := ") {
			files[i].Text = strings.Replace(f.Text, "requirements[input.action] - ", fmt.Sprintf("requirements[input.action] - {%q} - ", rule), 1)
			changed += strings.Count(files[i].Text, fmt.Sprintf("- {%q} - ", rule))
		}
	}
	text, err := rego.Text(files)
	if err != nil || changed != 1 {
		t.Fatalf("%d places to take %s out: %v", changed, rule, err)
	}
	looser, err := rego.NewEngines().Open(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(text, built) || looser.Release() == fmt.Sprintf("%x", sha256.Sum256(built)) {
		t.Fatal("nothing was taken out")
	}
	return without{real, looser}
}

// TestEveryAllowedActionHasItsAuthority makes random histories and reads the log
// alone: for every action that was allowed there must be a valid authority, earlier
// in the log, recorded by another signer than whoever imported under it, whose
// scope contains the use; and who acted must have been assigned. The controls make
// the same histories with one rule taken out each, and must be caught.
func TestEveryAllowedActionHasItsAuthority(t *testing.T) {
	histories, steps := 2, 90
	if os.Getenv("CUSTOS_LONG") != "" {
		histories, steps = 60, 150
	}
	trials, failures := 0, 0
	made := map[string]int{}
	for seed := range histories {
		x := newHistory(t, uint64(seed)+1)
		x.makeSteps(steps)
		checked, found := x.judge()
		trials += checked
		failures += len(found)
		for _, f := range found {
			t.Errorf("history %d: %s", seed+1, f)
		}
		if x.refused == 0 || checked == 0 {
			t.Errorf("history %d: %d steps allowed, %d refused, %d decisions checked", seed+1, x.allowed, x.refused, checked)
		}
		for name, n := range x.steps {
			made[name] += n
		}
		if report, _ := x.replay(custody.Replay{}); report.Agree != report.Decisions {
			t.Errorf("history %d: %+v", seed+1, report)
		}
	}
	for _, name := range []string{"authority", "import", "run", "rows", "assign"} {
		if made[name] == 0 {
			t.Errorf("no history has a %s in it", name)
		}
	}
	caught := []string{}
	rules := map[string]string{
		"A-24": "outside the scope", "S-13": "who recorded", "A-08": "obtained", "U-02": "not assigned",
	}
	for rule, words := range rules {
		for seed := uint64(1); seed <= 5 && !slices.Contains(caught, rule); seed++ {
			x := newHistory(t, seed)
			x.Service.Authoriser = withoutRule(t, x.Service.Authoriser, rule)
			x.makeSteps(steps)
			_, found := x.judge()
			if slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, words) }) {
				caught = append(caught, rule)
			}
		}
	}
	if len(caught) != len(rules) {
		t.Errorf("control: without a rule only %v were caught", caught)
	}
	t.Logf("PROOF harness=authority-behind-every-act trials=%d failures=%d control=\"caught %d of %d\"", trials, failures, len(caught), len(rules))
	t.Logf("steps carried out: %v", made)
}
