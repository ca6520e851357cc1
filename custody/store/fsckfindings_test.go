package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestFindingsOfOneCaseHideNoOthers takes the key of a case with more rows than a check lists, and changes
// a fact of a case after it: the fact is named, and of the first case it is said how many findings are not
// listed, and of what kind. So also where more rows of the log as a whole were changed than are listed, and
// where many cases have lost their keys. Control: the same before.
func TestFindingsOfOneCaseHideNoOthers(t *testing.T) {
	const rows, few, cases = 700, 30, 120
	w := newWorld(t, sqliteURL(t))
	fill := func(chain custody.Chain, n int) {
		for from := 0; from < n; from += 100 {
			var drafts []custody.Draft
			for i := from; i < min(from+100, n); i++ {
				drafts = append(drafts, itemReceived(chain, fmt.Sprintf("X/%d", i)).mustDraft(t))
			}
			w.mustAppend(t, drafts...)
		}
	}
	fill(w.work, rows)
	var others []custody.CaseID
	for i := range cases {
		id := custody.CaseID(fmt.Sprintf("%032x", i+1))
		chain := custody.Chain{Kind: ledger.Work, Nonce: ledger.Nonce{9, byte(i)}, Case: id}
		chain.ID = ledger.DeriveChain(testOrigin, chain.Kind, chain.Nonce)
		if err := w.OpenChain(t.Context(), chain); err != nil {
			t.Fatal(err)
		}
		fill(chain, few)
		others = append(others, id)
	}
	fill(w.other, 1)
	mustBeSound(t, w)

	w.sealer.destroy(caseA)
	edit(t, w, fmt.Sprintf(`UPDATE facts SET collection = 'elsewhere' WHERE case_id = '%s'`, caseB))
	of := foundOf(t, w)
	if len(of) != 2 || !told(of[caseB], "facts", "the row is missing") || !told(of[caseB], "facts", "a fact that its entry does not give") {
		t.Errorf("of the changed fact: %+v", of[caseB])
	}
	if total, last := totalOf(of[caseA]); total != 2*rows || len(of[caseA]) > 101 || !strings.Contains(last.What, "600 in entries, column sealed") {
		t.Errorf("%d findings of the case without a key, %d listed, and last: %+v", total, len(of[caseA]), last)
	}

	for _, id := range others {
		w.sealer.destroy(id)
	}
	of = foundOf(t, w)
	if !told(of[caseB], "facts", "the row is missing") {
		t.Errorf("of the changed fact, beside many: %+v", of[caseB])
	}
	listed := 0
	for _, id := range others {
		total, last := totalOf(of[id])
		if listed += len(of[id]); total != 2*few || last.Where != "case "+string(id) || len(of[id]) < 11 {
			t.Fatalf("%d findings of case %s, %d listed, and last: %+v", total, id, len(of[id]), last)
		}
	}
	if listed > 1000+11*cases {
		t.Errorf("%d findings are listed", listed)
	}

	edit(t, w, `DELETE FROM entries WHERE idx < 2400 AND idx % 2 = 0`)
	of = foundOf(t, w)
	if total, last := totalOf(of[""]); total < 1200 || len(of[""]) > 1001 || last.Where != "store" || !strings.Contains(last.What, "in entries, column idx") {
		t.Errorf("%d findings of no case, %d listed, and last: %+v", total, len(of[""]), last)
	}
	if !told(of[caseB], "facts", "the row is missing") {
		t.Errorf("of the changed fact, beside missing rows: %+v", of[caseB])
	}
}

// foundOf is what fsck finds, by the case that it concerns.
func foundOf(t *testing.T, w *world) map[custody.CaseID][]custody.Finding {
	t.Helper()
	report, err := w.Fsck(t.Context(), custody.FsckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	of := map[custody.CaseID][]custody.Finding{}
	for _, f := range report.Findings {
		of[f.Case] = append(of[f.Case], f)
	}
	return of
}

// totalOf counts findings with those that are not listed, and returns the last.
func totalOf(list []custody.Finding) (total int, last custody.Finding) {
	for _, last = range list {
		total += max(last.More, 1)
	}
	return total, last
}

func told(list []custody.Finding, where, what string) bool {
	return slices.ContainsFunc(list, func(f custody.Finding) bool {
		return strings.HasPrefix(f.Where, where) && strings.Contains(f.What, what)
	})
}
