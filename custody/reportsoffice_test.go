package custody_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/paper"
	"custos.example/custody"
)

// reportOf makes a report over all cases.
func (h *house) reportOf(by custody.Actor, request custody.MakeReport) custody.MadeReport {
	h.Helper()
	made, err := h.Service.Reports().Make(h.Context(), by, request)
	if err != nil {
		h.Fatal(err)
	}
	return made
}

// figure wants a figure of a report to have a value.
func (h *house) figure(made custody.MadeReport, id string, want int64) {
	h.Helper()
	f, known := made.Document.Figure(id)
	if !known || f.Value != want || f.Suppressed {
		h.Errorf("%s: %+v, wanted %d", id, f, want)
	}
}

// section returns the section under a heading that begins so.
func section(t *testing.T, d paper.Document, heading string) paper.Section {
	t.Helper()
	for _, s := range d.Sections {
		if strings.HasPrefix(s.Heading, heading) {
			return s
		}
	}
	t.Fatalf("there is no section %s", heading)
	return paper.Section{}
}

// TestReportOfAPeriodWithACorrectedError asks twice for the same period: before and
// after an error of it was corrected, by which it belongs to another period. The first
// stays what it was and is made again to the byte; the second counts the error where it
// belongs and names what was corrected.
func TestReportOfAPeriodWithACorrectedError(t *testing.T) {
	h := withReporter(t)
	received := h.receive(file(3))
	began := h.clock.now
	h.wait(72 * time.Hour)
	mistake := h.wrongDates(received.Evidence.Entry)
	mistake.DiscoveredAt = began.Add(time.Hour)
	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, mistake); err != nil {
		t.Fatal(err)
	}
	first := custody.MakeReport{Report: "ipco", From: began, Until: began.Add(24 * time.Hour)}
	before := h.reportOf(auditor, first)
	h.figure(before, "ipco.errors", 1)
	h.figure(before, "ipco.errors.corrected", 0)
	mistake.ID, mistake.DiscoveredAt, mistake.Type = "E-1", began.Add(48*time.Hour), custody.Recordable
	if _, err := h.Service.ErrorRegister().Record(t.Context(), reporter, mistake); err != nil {
		t.Fatal(err)
	}
	after := h.reportOf(auditor, first)
	h.figure(after, "ipco.errors", 0)
	h.figure(after, "ipco.errors.corrected", 1)
	moved := section(t, after.Document, "5b.").Table.Rows
	if len(moved) != 1 || !strings.HasPrefix(moved[0][3], "reportable") || !strings.HasPrefix(moved[0][4], "recordable") {
		t.Errorf("%v", moved)
	}
	next := h.reportOf(auditor, custody.MakeReport{Report: "ipco", From: first.Until, Until: first.Until.Add(48 * time.Hour)})
	h.figure(next, "ipco.errors", 1)
	h.figure(next, "ipco.errors.reportable", 0)
	for _, made := range []custody.MadeReport{before, after, next} {
		if again, err := h.Service.Reports().Again(t.Context(), auditor, "", made.Entry, custody.Ask{}); err != nil || !again.Same {
			t.Errorf("%+v, %v", again, err)
		}
	}
}

// TestOperatorsListIsHeldAgainstTheRecord both ways, a line that cannot be read set
// aside with its reason.
func TestOperatorsListIsHeldAgainstTheRecord(t *testing.T) {
	h := withCase(t)
	first := h.receive(file(3))
	h.receiveAnother()
	list := "Authority,Obtained,Operator,SHA256\r\n" +
		"elsewhere,2024-03-01,A Network Ltd," + first.SHA256.String() + "\r\n" + // by its digest, whatever else the line says
		"NX/CD/2024/777,04/03/2024,A Network Ltd,\r\n" + // not in the record
		"NX/CD/2024/118,31/02/2024,A Network Ltd,\r\n" + // no day
		"NX/CD/2024/118\r\n"
	made := h.reportOf(auditor, custody.MakeReport{Report: "ipco", Inputs: map[string][]byte{"operator-list": []byte(list)}})
	for id, want := range map[string]int64{
		"ipco.list": 4, "ipco.list.matched": 1, "ipco.list.only-here": 1, "ipco.list.only-there": 1, "ipco.list.unread": 2, "ipco.returns": 2,
	} {
		h.figure(made, id, want)
	}
	if rows := section(t, made.Document, "2c.").Table.Rows; len(rows) != 2 || rows[0][0] != "4" || !strings.Contains(rows[0][1], "31/02/2024") {
		t.Errorf("%v", rows)
	}
	whole := h.reportOf(auditor, custody.MakeReport{Report: "ipco", Inputs: map[string][]byte{
		"operator-list": []byte("\ufeffobtained,authority\n2024-03-03,nx/cd/2024/118\n03/03/2024,NX/CD/2024/118\n"),
	}})
	h.figure(whole, "ipco.list.matched", 2)
	h.figure(whole, "ipco.list.only-here", 0)
	for what, text := range map[string]string{
		"no head": "", "no column of the day": "authority,operator\nx,y\n", "two columns of one name": "authority,authority,obtained\n", "not UTF-8": "authority,obtained\n\xff,2024-03-01\n",
		"a quote that is not closed": "authority,obtained\n\"x,2024-03-01\n",
	} {
		if _, err := h.Service.Reports().Make(t.Context(), auditor, custody.MakeReport{Report: "ipco", Inputs: map[string][]byte{"operator-list": []byte(text)}}); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// TestWhatPeopleWroteIsCarriedAndMarked: what was written stands in the next assessment,
// and is marked when, and only when, the facts behind it have moved.
func TestWhatPeopleWroteIsCarriedAndMarked(t *testing.T) {
	h := withCase(t)
	first := h.receive(file(3))
	made := h.reportOf(auditor, custody.MakeReport{Report: "dpia", Inputs: map[string][]byte{
		"lawfulness": []byte("Obtained under one Act.\n\nFor one purpose."), "agreements": []byte("None is needed: nobody outside is given anything."),
	}})
	state := func(made custody.MadeReport, heading, want string) {
		t.Helper()
		if s := section(t, made.Document, heading); !strings.HasPrefix(s.Facts[0].Value, want) {
			t.Errorf("%s: %+v", heading, s.Facts)
		}
	}
	state(made, "12.", "current")
	state(made, "14.", "current")
	state(made, "20.", "MISSING")
	h.receiveAnother() // more of the same moves no fact
	carried := h.reportOf(auditor, custody.MakeReport{Report: "dpia"})
	state(carried, "12.", "current: carried")
	state(carried, "14.", "current: carried")
	if s := section(t, carried.Document, "12."); len(s.Paragraphs) != 2 || s.Paragraphs[1] != "For one purpose." {
		t.Errorf("%v", s.Paragraphs)
	}
	received := h.run("event-schedule", first.Dataset.Entry, nil)
	if _, err := h.Service.Copies().Issue(t.Context(), sio, custody.IssueCopy{
		Ask: custody.Ask{Purpose: "for counsel"}, Case: h.id, Of: received.Entry, CopyTerms: custody.CopyTerms{Recipient: "CPS London", Agreement: "ISA/7"},
	}); err != nil {
		t.Fatal(err)
	}
	moved := h.reportOf(auditor, custody.MakeReport{Report: "dpia"})
	state(moved, "12.", "current: carried")
	state(moved, "14.", "STALE: the facts about recipients")
	state(h.reportOf(auditor, custody.MakeReport{Report: "dpia", Inputs: map[string][]byte{"agreements": []byte("One agreement: ISA/7.")}}), "14.", "current")
	state(h.reportOf(auditor, custody.MakeReport{Report: "dpia"}), "14.", "current: carried")
}

// TestSmallCountsAreNotTold to those who see totals alone; five can be.
func TestSmallCountsAreNotTold(t *testing.T) {
	h := withCase(t)
	h.joins(manager.ID, "finance")
	received := h.receive(file(3))
	spend := func(unit string, times int) {
		for range times {
			h.spends(custody.RecordCost{About: received.Evidence.Entry, Kind: custody.OperatorCharge, Pence: 100, On: "2024-03-04", Operator: "A Network Ltd", Unit: unit})
		}
	}
	spend("Digital unit", 6)
	spend("Analysis unit", 5)
	told := h.reportOf(manager, custody.MakeReport{Report: "oversight"})
	h.figure(told, "oversight.cost.unit.1", 500)
	h.figure(told, "oversight.cost.unit.2", 600)
	spend("Traffic unit", 4)
	made := h.reportOf(manager, custody.MakeReport{Report: "oversight"})
	h.figure(made, "oversight.cost.charged", 1500)
	h.figure(made, "oversight.cost.unit.2", 600)
	for _, id := range []string{"oversight.returns", "oversight.records", "oversight.cost.unit.3", "oversight.cost.unit.1"} {
		if f, _ := made.Document.Figure(id); !f.Suppressed {
			t.Errorf("%s is told: %+v", id, f)
		}
	}
	for _, f := range made.Forms {
		if text := string(f.Content); strings.Contains(text, "NX/2024") || strings.Contains(text, subject[3:]) || strings.Contains(text, "07700 900123") {
			t.Errorf("the form %s names a case or a number", f.Name)
		}
	}
	if _, err := h.Service.Reports().Make(t.Context(), manager, custody.MakeReport{Report: "ipco"}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the manager asks for an inspection: %v", err)
	}
}

// TestViewOfAPerson holds what is theirs, and nothing of somebody else's.
func TestViewOfAPerson(t *testing.T) {
	h := withCase(t)
	h.receive(file(3))
	ask := func(identifier string) custody.MadeReport {
		return h.reportOf(sio, custody.MakeReport{Case: h.id, Report: "subject", Params: map[string]string{"identifier": identifier}})
	}
	for identifier, want := range map[string]int64{"07700 900123": 1, "+447700900123": 1, "07700900124": 0} {
		made := ask(identifier)
		h.figure(made, "subject.returns", want)
		h.figure(made, "subject.records", 3*want)
	}
	if _, err := h.Service.Reports().Make(t.Context(), sio, custody.MakeReport{Case: h.id, Report: "subject"}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("about nobody: %v", err)
	}
	entry, err := h.Store.ByEntryID(t.Context(), ask("07700900123").Entry)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(entry.Envelope), "900123") {
		t.Error("the number stands in the entry")
	}
}

// TestHealthTells what waits, and what nobody has co-signed.
func TestHealthTells(t *testing.T) {
	h := withReporter(t)
	received := h.receive(file(3))
	if _, err := h.Service.ErrorRegister().Record(t.Context(), spoc, h.wrongDates(received.Evidence.Entry)); err != nil {
		t.Fatal(err)
	}
	made := h.reportOf(auditor, custody.MakeReport{Report: "health"})
	h.figure(made, "health.signatures.bad", 0)
	h.figure(made, "health.waiting.1", 1)
	facts := section(t, made.Document, "1.").Facts
	size, err := h.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.ParseUint(facts[0].Value, 10, 64); err != nil || n == 0 || n >= size || !strings.Contains(facts[3].Value, "no co-signer") {
		t.Errorf("%+v of %d", facts, size)
	}
	if _, err := h.Service.ErrorRegister().Report(t.Context(), reporter, custody.ReportError{Case: h.id, ID: "E-1", Reference: "IPCO/1"}); err != nil {
		t.Fatal(err)
	}
	h.figure(h.reportOf(auditor, custody.MakeReport{Report: "health"}), "health.waiting.1", 0)
	again, err := h.Service.Reports().Again(t.Context(), auditor, "", made.Entry, custody.Ask{})
	if err != nil || !again.Same {
		t.Errorf("%+v, %v", again, err)
	}
}
