package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// where lists the copies of the case.
func (h *house) where(search custody.CopySearch) custody.CopyList {
	h.Helper()
	search.Case = h.id
	found, err := h.Service.Copies().Where(h.Context(), sio, search)
	if err != nil {
		h.Fatal(err)
	}
	return found
}

// save has a file of an exhibit read by the analyst, and returns its number.
func (h *house) save(exhibit custody.Produced, terms custody.CopyTerms) custody.IssuedCopy {
	h.Helper()
	var content bytes.Buffer
	issued, err := h.Service.Exhibits().Read(h.Context(), analyst, custody.ReadExhibit{
		Ask: custody.Ask{Purpose: "for the file"}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name, Copy: terms,
	}, &content)
	if err != nil {
		h.Fatal(err)
	}
	if content.Len() == 0 {
		h.Fatal("nothing was read")
	}
	return issued
}

// TestCopiesAreNumbered hands out a file, a bundle, a comparison and a copy to
// somebody outside, and finds each under its number with whoever has it.
func TestCopiesAreNumbered(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(6))
	first := h.save(exhibit, custody.CopyTerms{})
	_, packed := h.pack(exhibit.Entry, nil)
	if first.Number != 1 || packed.Copy.Number != 2 || packed.Copy.Recipient != "Person si1" || packed.Copy.ReviewOn != "2025-03-04" {
		t.Errorf("copies %d and %d, to %s, review %s", first.Number, packed.Copy.Number, packed.Copy.Recipient, packed.Copy.ReviewOn)
	}
	ask := custody.IssueCopy{
		Ask: custody.Ask{Purpose: "for the conference with counsel", RequestID: "copy-request-0000001"}, Case: h.id, Of: packed.Entry,
		CopyTerms: custody.CopyTerms{Recipient: "CPS London", Purpose: policy.Prosecution, ReviewOn: "2024-09-01", Agreement: "ISA/7", Means: "by hand"},
	}
	given, err := h.Service.Copies().Issue(t.Context(), sio, ask)
	if err != nil || given.Number != 3 {
		t.Fatalf("%+v, %v", given, err)
	}
	again, err := h.Service.Copies().Issue(t.Context(), sio, ask)
	if err != nil || again.Number != 3 || again.Entry != given.Entry {
		t.Errorf("the same request a second time: %+v, %v", again, err)
	}
	found := h.where(custody.CopySearch{})
	if len(found.Copies) != 3 || len(found.Missing) != 0 {
		t.Fatalf("%+v", found)
	}
	want := []string{"exhibit JAS/1 version 1", "bundle of exhibit JAS/1 version 1", "bundle of exhibit JAS/1 version 1"}
	for i, c := range found.Copies {
		if c.Number != uint64(i)+1 || c.What != want[i] || c.State != policy.CopyIssued || c.Due || c.In != "NX/2024/0417" {
			t.Errorf("copy %d: %+v", i+1, c)
		}
	}
	if c := found.Copies[0]; c.Holder != analyst.ID || c.File != exhibit.Files[0].Name || c.SHA256 != exhibit.Files[0].SHA256.String() || c.Why != "for the file" {
		t.Errorf("the first: %+v", c)
	}
	if c := found.Copies[2]; c.Holder != "" || c.Recipient != "CPS London" || c.Agreement != "ISA/7" || c.Country != "GB" || c.Means != "by hand" {
		t.Errorf("the third: %+v", c)
	}
	h.clock.now = h.clock.now.AddDate(0, 7, 0)
	if due := h.where(custody.CopySearch{Due: true}); len(due.Copies) != 1 || due.Copies[0].Number != 3 {
		t.Errorf("due for review: %+v", due.Copies)
	}
	if held := h.where(custody.CopySearch{Held: analyst.ID}); len(held.Copies) != 1 {
		t.Errorf("held by the analyst: %+v", held.Copies)
	}
	all, err := h.Service.Copies().Where(t.Context(), auditor, custody.CopySearch{})
	if err != nil || len(all.Copies) != 3 || len(all.Unreadable) != 0 {
		t.Errorf("over every case: %+v, %v", all, err)
	}
	h.signed()
	h.whole()
}

// TestCopiesOfComparisons shows that rows which are compared leave under a number,
// and that mere counts do not.
func TestCopiesOfComparisons(t *testing.T) {
	h := withCase(t)
	received, _, first := h.produced(file(6))
	run := h.run("event-schedule", received.Dataset.Entry, nil)
	later, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of one number", Run: run.Entry, Changed: "The run was repeated.",
	})
	if err != nil {
		t.Fatal(err)
	}
	compare := custody.Compare{Ask: custody.Ask{Purpose: "to see what changed"}, Case: h.id, Before: first.Entry, After: later.Entry}
	found, err := h.Service.Exhibits().Compare(t.Context(), analyst, compare)
	if err != nil || found.Copy.Number != 0 || len(h.where(custody.CopySearch{}).Copies) != 0 {
		t.Errorf("counts alone: %+v, %v", found, err)
	}
	compare.Row = func(custody.ComparedRow) error { return nil }
	found, err = h.Service.Exhibits().Compare(t.Context(), analyst, compare)
	copies := h.where(custody.CopySearch{}).Copies
	if err != nil || found.Copy.Number != 1 || len(copies) != 1 || copies[0].What != "comparison of exhibit JAS/1, versions 1 and 2, row by row" {
		t.Errorf("row by row: %+v, %v, %+v", found, err, copies)
	}
}

// TestCopyNumbersAreDense issues copies from many hands at once: no number is used
// twice and none is left out. The control takes a copy out of the list.
func TestCopyNumbersAreDense(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(3))
	const each = 6
	actors := []custody.Actor{sio, analyst, second, officer}
	var wait sync.WaitGroup
	errs := make(chan error, each*len(actors))
	for _, actor := range actors {
		other := custody.New(h.Service.Config) // as another process over the same store
		wait.Go(func() {
			for range each {
				for {
					_, err := other.Copies().Issue(h.Context(), actor, custody.IssueCopy{
						Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Recipient: "Somebody", Agreement: "ISA/7"},
					})
					if errors.Is(err, custody.ErrConflict) {
						continue // the record moved under it more often than it tries by itself
					}
					if err != nil {
						errs <- err
					}
					break
				}
			}
		})
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		t.Fatal(err)
	}
	found := h.where(custody.CopySearch{})
	numbers := make([]uint64, len(found.Copies))
	for i, c := range found.Copies {
		numbers[i] = c.Number
	}
	dense := func(list []uint64) bool {
		for i, n := range list {
			if n != uint64(i)+1 {
				return false
			}
		}
		return len(list) == each*len(actors)
	}
	if !dense(numbers) || len(found.Missing) != 0 {
		t.Errorf("numbers %v, missing %v", numbers, found.Missing)
	}
	if dense(slices.Delete(slices.Clone(numbers), 3, 4)) {
		t.Error("control: a copy that is missing is not seen")
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=copies trials=%d failures=%d control=\"a number left out is seen\"", len(numbers), failures)
}

// TestCopyDisposal ends copies by the holder's hand and on somebody's word.
func TestCopyDisposal(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(3))
	own := h.save(exhibit, custody.CopyTerms{})
	given, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
		Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Recipient: "A. Defence & Co", Agreement: "ISA/7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	dispose := func(actor custody.Actor, d custody.DisposeCopy) error {
		d.Case = h.id
		_, err := h.Service.Copies().Dispose(t.Context(), actor, d)
		return err
	}
	if err := dispose(analyst, custody.DisposeCopy{Number: own.Number}); err != nil {
		t.Fatal(err)
	}
	if err := dispose(analyst, custody.DisposeCopy{Number: own.Number}); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("twice: %v", err)
	}
	if err := dispose(sio, custody.DisposeCopy{Number: given.Number}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("on nobody's word: %v", err)
	}
	if err := dispose(sio, custody.DisposeCopy{Number: given.Number, ConfirmedBy: "A. Defence", How: "letter of 4 March", On: "2031-01-01"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("on a day to come: %v", err)
	}
	if err := dispose(sio, custody.DisposeCopy{Number: 9}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a copy that is none: %v", err)
	}
	if err := dispose(stranger, custody.DisposeCopy{Number: given.Number, ConfirmedBy: "x", How: "y"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("by a stranger: %v", err)
	}
	if err := dispose(sio, custody.DisposeCopy{Number: given.Number, ConfirmedBy: "A. Defence", How: "letter of 4 March"}); err != nil {
		t.Fatal(err)
	}
	found := h.where(custody.CopySearch{})
	if e := found.Copies[0].End; e == nil || !e.Signed || e.By != analyst.ID || e.On != "2024-03-04" {
		t.Errorf("by the holder: %+v", e)
	}
	if e := found.Copies[1].End; e == nil || e.Signed || e.ConfirmedBy != "A. Defence" || e.How != "letter of 4 March" {
		t.Errorf("on a word: %+v", e)
	}
	if open := h.where(custody.CopySearch{Open: true}); len(open.Copies) != 0 {
		t.Errorf("still there: %+v", open.Copies)
	}
	if next := h.save(exhibit, custody.CopyTerms{}); next.Number != 3 {
		t.Errorf("a number is used again: %d", next.Number)
	}
	h.signed()
	h.whole()
}

// TestBadCopies shows what is refused, and that nothing is handed out then.
func TestBadCopies(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(3))
	for name, terms := range map[string]custody.CopyTerms{
		"holder": {Holder: "nobody"}, "country": {Country: "England"}, "purpose": {Purpose: "curiosity"}, "review today": {ReviewOn: "2024-03-04"},
		"review in thirty years": {ReviewOn: "2054-03-04"}, "review on no day": {ReviewOn: "2024-02-30"}, "long": {Recipient: strings.Repeat("x", 600)},
	} {
		var content bytes.Buffer
		_, err := h.Service.Exhibits().Read(t.Context(), analyst, custody.ReadExhibit{
			Ask: custody.Ask{Purpose: "to see"}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name, Copy: terms,
		}, &content)
		if !errors.Is(err, custody.ErrInvalid) && !errors.Is(err, custody.ErrNotFound) || content.Len() > 0 {
			t.Errorf("%s: %v, %d bytes", name, err, content.Len())
		}
	}
	if _, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{Case: h.id, Of: h.authority}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a copy of an authority: %v", err)
	}
	var content bytes.Buffer
	_, err := h.Service.Exhibits().Read(t.Context(), stranger, custody.ReadExhibit{
		Ask: custody.Ask{Purpose: "to see"}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name,
	}, &content)
	if !errors.Is(err, custody.ErrDenied) || content.Len() > 0 {
		t.Errorf("a stranger: %v, %d bytes", err, content.Len())
	}
	if found := h.where(custody.CopySearch{}); len(found.Copies) != 0 {
		t.Errorf("copies of nothing: %+v", found.Copies)
	}
	if h.save(exhibit, custody.CopyTerms{}).Number != 1 {
		t.Error("control: a copy that is in order is refused")
	}
}

// TestErasureNamesHolders erases a file and finds, among those out of reach,
// whoever has a numbered copy of what rests on it, but not who has none any more.
func TestErasureNamesHolders(t *testing.T) {
	h := withCase(t)
	_, _, exhibit := h.produced(file(3))
	for i, to := range []string{"A. Defence & Co", "CPS London"} {
		given, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
			Case: h.id, Of: exhibit.Entry, CopyTerms: custody.CopyTerms{Recipient: to, Agreement: "ISA/7"},
		})
		if err != nil || given.Number != uint64(i)+1 {
			t.Fatalf("%+v, %v", given, err)
		}
	}
	_, err := h.Service.Copies().Dispose(t.Context(), sio, custody.DisposeCopy{Case: h.id, Number: 2, ConfirmedBy: "CPS London", How: "by letter"})
	if err != nil {
		t.Fatal(err)
	}
	for _, payloads := range [][]string{{"NET/1"}, nil} {
		if reach := h.order(payloads...).Reach; !slices.Equal(reach.Recipients, []string{"A. Defence & Co (copy 1)"}) {
			t.Errorf("%v: %+v", payloads, reach)
		}
	}
	if fmt.Sprint(h.kinds(h.id, ledger.Work)[len(h.kinds(h.id, ledger.Work))-1]) != "copy-disposed" {
		t.Error("the disposal is not the last entry of the work")
	}
}

// TestServed shows that a defence expert reads only what was served on them, and
// that nobody serves themselves.
func TestServed(t *testing.T) {
	h := withCase(t)
	expert := custody.Actor{ID: "dx1"}
	person := custody.Person{ID: expert.ID, Name: "D. Expert", Roles: []string{"defence-expert"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		t.Fatal(err)
	}
	_, _, exhibit := h.produced(file(3))
	_, packed := h.pack(exhibit.Entry, nil)
	read := func() error {
		var content bytes.Buffer
		_, err := h.Service.Exhibits().Read(t.Context(), expert, custody.ReadExhibit{
			Ask: custody.Ask{Purpose: "to examine it", For: policy.CriminalProceedings}, Case: h.id, Exhibit: exhibit.Entry, File: exhibit.Files[0].Name,
		}, &content)
		if (err == nil) != (content.Len() > 0) {
			t.Errorf("%v, and %d bytes", err, content.Len())
		}
		return err
	}
	if err := read(); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("before it was served: %v", err)
	}
	serve := func(of ledger.EntryID) {
		if _, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
			Ask: custody.Ask{Purpose: "for the defence"}, Case: h.id, Of: of, CopyTerms: custody.CopyTerms{Holder: expert.ID},
		}); err != nil {
			t.Fatal(err)
		}
	}
	serve(exhibit.Entry) // a file of it does not hold the rows behind it
	if err := read(); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("after a file of it was served: %v", err)
	}
	serve(packed.Entry)
	if err := read(); err != nil {
		t.Errorf("after the bundle was served: %v", err)
	}
	report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Case: h.id})
	if err != nil || report.Differ != 0 || report.Agree != report.Decisions || report.Decisions < 10 {
		t.Errorf("taken again: %+v, %v", report, err)
	}
	t.Logf("%d decisions, %d refused, %d agree when taken again", report.Decisions, report.Refused, report.Agree)
}
