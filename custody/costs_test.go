package custody_test

import (
	"errors"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

var manager = custody.Actor{ID: "fi1"}

// spends records a sum.
func (h *house) spends(r custody.RecordCost) string {
	h.Helper()
	r.Case = h.id
	recorded, err := h.Service.Costs().Record(h.Context(), officer, r)
	if err != nil {
		h.Fatal(err)
	}
	return recorded.ID
}

// TestCosts adds up what was charged by unit, operator, kind and case: an estimate is
// apart, a credit is taken off, a sum that was recorded anew counts once, one that was
// withdrawn not at all.
func TestCosts(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(6))
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	h.joins(manager.ID, "finance")
	h.spends(custody.RecordCost{About: received.Evidence.Entry, Kind: custody.OperatorCharge, Pence: 10_000, Operator: "A Network Ltd", Unit: "Digital unit", Reference: "INV/1"})
	h.spends(custody.RecordCost{About: ran.Entry, Kind: custody.InternalCost, Pence: 2_500, Unit: "Analysis unit"})
	h.spends(custody.RecordCost{About: h.authority, Kind: custody.SPoCAdvice, Pence: 9_000, Operator: "A Network Ltd", Unit: "Digital unit"})
	h.spends(custody.RecordCost{About: received.Evidence.Entry, Kind: custody.CostCredit, Pence: 1_000, Operator: "A Network Ltd", Unit: "Digital unit"})
	wrong := h.spends(custody.RecordCost{About: received.Evidence.Entry, Kind: custody.Contribution, Pence: 70_000, Operator: "B Network Ltd", Unit: "Digital unit"})
	h.spends(custody.RecordCost{ID: wrong, Why: "a nought too many", About: received.Evidence.Entry, Kind: custody.Contribution, Pence: 7_000, Operator: "B Network Ltd", Unit: "Digital unit"})
	gone := h.spends(custody.RecordCost{About: received.Evidence.Entry, Kind: custody.OperatorCharge, Pence: 99_999, Operator: "B Network Ltd", Unit: "Digital unit"})
	if _, err := h.Service.Costs().Withdraw(t.Context(), officer, custody.WithdrawCost{Case: h.id, ID: gone, Reason: "of another case"}); err != nil {
		t.Fatal(err)
	}
	totals, err := h.Service.Costs().Totals(t.Context(), sio, custody.CostSearch{Case: h.id})
	if err != nil || totals.Charged != 18_500 || totals.Expected != 9_000 || totals.Sums != 5 {
		t.Fatalf("%+v, %v", totals.CostLine, err)
	}
	want := map[string][2]int64{"Analysis unit": {2_500, 0}, "Digital unit": {16_000, 9_000}, "A Network Ltd": {9_000, 9_000}, "B Network Ltd": {7_000, 0}, "NX/2024/0417": {18_500, 9_000}}
	for _, lines := range [][]custody.CostLine{totals.Units, totals.Operators, totals.Cases} {
		for _, line := range lines {
			if w, known := want[line.Name]; !known || w != [2]int64{line.Charged, line.Expected} || len(line.Entries) != line.Sums {
				t.Errorf("%+v, wanted %v", line, w)
			}
			delete(want, line.Name)
		}
	}
	if len(want) > 0 {
		t.Errorf("no line of %v", want)
	}
	over, err := h.Service.Costs().Totals(t.Context(), manager, custody.CostSearch{})
	if err != nil || over.Charged != 18_500 || len(over.Cases) != 0 {
		t.Errorf("the manager sees %+v, %v", over.CostLine, err)
	}
	if before, err := h.Service.Costs().Totals(t.Context(), manager, custody.CostSearch{Until: "2024-03-03"}); err != nil || before.Charged != 0 || before.Sums != 0 {
		t.Errorf("before: %+v, %v", before.CostLine, err)
	}
	for what, err := range map[string]error{
		"the manager asks by case": func() error {
			_, err := h.Service.Costs().Totals(t.Context(), manager, custody.CostSearch{ByCase: true})
			return err
		}(),
		"the manager asks for one case": func() error {
			_, err := h.Service.Costs().List(t.Context(), manager, h.id, custody.Ask{})
			return err
		}(),
	} {
		if !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s: %v", what, err)
		}
	}
	h.signed()
	h.whole()
}

// TestCostsRefuse sums that cannot be.
func TestCostsRefuse(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(6))
	good := custody.RecordCost{Case: h.id, About: received.Evidence.Entry, Kind: custody.OperatorCharge, Pence: 1, Operator: "A Network Ltd", Unit: "Digital unit"}
	for what, c := range map[string]struct {
		spoil func(*custody.RecordCost)
		want  error
	}{
		"less than nothing":        {func(r *custody.RecordCost) { r.Pence = -1 }, custody.ErrInvalid},
		"more than can be":         {func(r *custody.RecordCost) { r.Pence = 1_000_000_001 }, custody.ErrInvalid},
		"a kind that is not":       {func(r *custody.RecordCost) { r.Kind = "bribe" }, custody.ErrInvalid},
		"no unit":                  {func(r *custody.RecordCost) { r.Unit = "" }, custody.ErrInvalid},
		"nobody charges it":        {func(r *custody.RecordCost) { r.Operator = "" }, custody.ErrInvalid},
		"to come":                  {func(r *custody.RecordCost) { r.On = "2024-03-05" }, custody.ErrInvalid},
		"about nothing":            {func(r *custody.RecordCost) { r.About = ledger.EntryID{} }, custody.ErrInvalid},
		"about two things":         {func(r *custody.RecordCost) { r.Submission = "S-1" }, custody.ErrInvalid},
		"an entry that is not":     {func(r *custody.RecordCost) { r.About = ledger.EntryID{9} }, custody.ErrNotFound},
		"a submission that is not": {func(r *custody.RecordCost) { r.About, r.Submission = ledger.EntryID{}, "S-1" }, custody.ErrNotFound},
		"a sum that is not":        {func(r *custody.RecordCost) { r.ID, r.Why = "C-9", "anew" }, custody.ErrNotFound},
		"anew without a reason":    {func(r *custody.RecordCost) { r.ID = "C-1" }, custody.ErrInvalid},
	} {
		r := good
		c.spoil(&r)
		if _, err := h.Service.Costs().Record(t.Context(), officer, r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := h.Service.Costs().Record(t.Context(), stranger, good); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by a stranger: %v", err)
	}
	recorded, err := h.Service.Costs().Record(t.Context(), officer, good)
	if err != nil || recorded.ID != "C-1" {
		t.Errorf("control: %+v, %v", recorded, err)
	}
	for _, text := range []string{"", "-1", "1.5", "1,000", "12.345", "100000000"} {
		if sum, err := custody.ParsePounds(text); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%q is %d pence, %v", text, sum, err)
		}
	}
	if sum, err := custody.ParsePounds("12.50"); err != nil || sum != 1250 {
		t.Errorf("control: %d, %v", sum, err)
	}
}
