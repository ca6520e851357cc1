package custody_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/policy"
)

// TestTotalsNameNobody tries numbers against rows that the asker may see with tokens
// only: a row that is counted when a number is looked for has that number, so counts
// row by row would turn every token back. The controls are the totals without a
// number, and the same search by somebody who may read the rows as they stand.
func TestTotalsNameNobody(t *testing.T) {
	h, received := overseen(t)
	ask := custody.ReadPage{
		Ask: custody.Ask{Purpose: "whether looks are lawful", For: policy.Lawfulness}, Case: h.id, Data: received.Dataset.Entry, View: policy.Masked,
		First: 1, Last: 30,
	}
	masked, err := h.Service.Pages().Read(t.Context(), auditor, ask)
	if err != nil || len(masked.Rows) == 0 || strings.Contains(strings.Join(masked.Rows[0], ","), "+447700900200") {
		t.Fatalf("control: the masked view: %d rows, %v", len(masked.Rows), err)
	}
	ask.View = policy.Totals
	if page, err := h.Service.Pages().Read(t.Context(), auditor, ask); err != nil || len(page.Types) == 0 {
		t.Errorf("control: totals of all rows: %v, %v", page.Types, err)
	}
	ask.Find = custody.RowQuery{Identifier: "07700 900200"}
	learnt := []string{}
	for _, row := range masked.Rows {
		if ask.First, err = strconv.ParseUint(row[0], 10, 64); err != nil {
			t.Fatal(err)
		}
		ask.Last = ask.First
		page, err := h.Service.Pages().Read(t.Context(), auditor, ask)
		if len(page.Types) > 0 {
			learnt = append(learnt, row[0])
		} else if !errors.Is(err, custody.ErrDenied) {
			t.Fatalf("row %s: %v", row[0], err)
		}
	}
	if len(learnt) > 0 {
		t.Errorf("an auditor found that a third party's number stands in rows %v", learnt)
	}
	ask.First, ask.Last, ask.For = 1, 30, policy.Investigation
	page, err := h.Service.Pages().Read(t.Context(), analyst, ask)
	if err != nil || page.View != policy.Totals || len(page.Rows) > 0 || page.Types["voice"]+page.Types["sms"] != 5 {
		t.Errorf("control: the same by an analyst of the case: %v, %v", page.Types, err)
	}
}
