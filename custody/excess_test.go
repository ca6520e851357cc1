package custody_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// approver is a senior responsible officer, who decides on excess data.
var approver = custody.Actor{ID: "sr1"}

// withApprover enrols who decides on permissions.
func withApprover(t *testing.T) *house {
	t.Helper()
	h := withCase(t)
	person := custody.Person{ID: approver.ID, Name: "S. Responsible", Roles: []string{"sro"}}
	if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
		t.Fatal(err)
	}
	return h
}

// strayFile is a return of nine calls of the subject, two of a number that nobody
// asked for, and one of the subject after the dates of the authority.
func strayFile() []byte {
	text := string(file(9))
	other := strings.ReplaceAll(call(10, "MO Voice")+call(11, "MO Voice"), "07700900123", "07700900999")
	late := strings.Replace(call(12, "MO Voice"), "/02/2024", "/03/2024", 1)
	return []byte(text + other + late)
}

// TestExcessStaysOut imports a return that holds more than the authority covers:
// the rest is counted, kept apart, and in no run before somebody else approved it.
// The control is the run that brings it in afterwards.
func TestExcessStaysOut(t *testing.T) {
	h := withApprover(t)
	received := h.receive(strayFile())
	if b := received.Balance; b.Received != 12 || b.Shown != 9 || b.Outside != 3 {
		t.Fatalf("balance %+v, want 9 inside and 3 outside the scope", b)
	}
	dataset := received.Dataset.Entry
	run := custody.Run{
		Case: h.id, Step: "event-schedule", Title: "Events", Data: []ledger.EntryID{dataset}, Excess: true,
	}
	var denial *custody.Denial
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); !errors.As(err, &denial) {
		t.Fatalf("a run over excess data before any permission: %v", err)
	} else if denial.Decision.Reasons[0].Rule != "U-16" || !strings.Contains(err.Error(), "excess") {
		t.Errorf("the refusal says: %v", err)
	}
	direct := custody.Run{Case: h.id, Step: "admit-excess", Title: "Past the question", Inputs: map[string]custody.PayloadRef{
		"events": {Entry: dataset}, "set-aside": {Entry: dataset}, "excess": {Entry: dataset},
	}}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, direct); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("the same past the data sets: %v", err)
	}
	page := custody.ReadPage{Ask: custody.Ask{Purpose: "to see whose they are"}, Case: h.id, Data: dataset, First: 1, Last: 3, Excess: true}
	asked, err := h.Service.Permissions().Ask(t.Context(), analyst, custody.AskPermission{
		Case: h.id, About: policy.AboutExcess, Dataset: dataset, Reason: "the other number is the subject's second phone",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a run while the request waits: %v", err)
	}
	if _, err := h.Service.Permissions().Decide(t.Context(), analyst, custody.DecidePermission{
		Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "I need it",
	}); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("who asked approves: %v", err)
	}
	decide := custody.DecidePermission{Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "necessary and proportionate: addendum NX/CD/2024/118/A"}
	if _, err := h.Service.Permissions().Decide(t.Context(), approver, decide); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Service.Permissions().Decide(t.Context(), approver, decide); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("approved twice: %v", err)
	}
	ran, err := h.Service.Analyses().Run(t.Context(), analyst, run)
	if err != nil {
		t.Fatalf("control: the run after the approval: %v", err)
	}
	if ran.Balance.Received != 12 || ran.Balance.Shown != 12 {
		t.Errorf("control: %+v, want all twelve shown", ran.Balance)
	}
	if shown, err := h.Service.Pages().Read(t.Context(), analyst, page); err != nil || len(shown.Rows) != 3 || shown.Rows[2][len(shown.Header)-1] != "EXCESS_DATES" {
		t.Errorf("control: the rows outside after the approval: %v %v", shown.Rows, err)
	}
	without := run
	without.Excess, without.Title = false, "Events without them"
	if ran, err = h.Service.Analyses().Run(t.Context(), analyst, without); err != nil || ran.Balance.Received != 9 {
		t.Errorf("a run that does not ask for the excess: %+v %v", ran.Balance, err)
	}
	h.withdraw(asked.Entry)
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, run); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("a run after the approval was taken back: %v", err)
	}
}

// withdraw takes an approval back.
func (h *house) withdraw(request ledger.EntryID) {
	h.Helper()
	if _, err := h.Service.Permissions().Decide(h.Context(), approver, custody.DecidePermission{
		Case: h.id, Request: request, Decision: policy.PermissionWithdrawn, Reason: "it is no longer needed",
	}); err != nil {
		h.Fatal(err)
	}
}

// TestScopeIsOnRecord finds the scope of an import among what it rests on, as an
// answer to the question "scope", and the same bytes under a wider authority are
// another data set.
func TestScopeIsOnRecord(t *testing.T) {
	h := withCase(t)
	received := h.receive(strayFile())
	if len(received.Decided) != 1 {
		t.Fatalf("%d decisions about the file are on record, want the scope alone", len(received.Decided))
	}
	stored, err := h.Store.ByEntryID(t.Context(), received.Dataset.Entry)
	if err != nil {
		t.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(statement.Predicate.ResolvedDependencies, func(d ledger.Dependency) bool { return d.Name == "scope" })
	if at < 0 || *statement.Predicate.ResolvedDependencies[at].Entry != received.Decided[0].Entry {
		t.Fatalf("the data set does not rest on its scope: %+v", statement.Predicate.ResolvedDependencies)
	}
	wider := authority(subject, "+447700900999")
	wider.Reference, wider.Scope.Until = "NX/CD/2024/119", "2024-04-01T00:00:00Z"
	again, err := h.Service.Imports().Normalise(t.Context(), officer, custody.Normalise{
		Case: h.id, Evidence: received.Evidence.Entry, Authority: h.record(wider, ledger.EntryID{}),
		Reading: custody.Reading{Profile: profile(t, "uk-17")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if b := again.Balance; b.Shown != 12 || b.Outside != 0 {
		t.Errorf("under the wider authority: %+v", b)
	}
}

// TestContentInReturn wants a return with the text of messages kept apart: its
// bytes stand in the record, and nothing is made of them. The control is the same
// return with the column empty.
func TestContentInReturn(t *testing.T) {
	h := withCase(t)
	text := profile(t, "uk-17")
	// the profile names its columns, and one more is added for the text
	loose := strings.Replace(string(text), "Last Cell Azimuth]", "Last Cell Azimuth, Message Text]", 1)
	if loose == string(text) {
		loose = strings.Replace(string(text), "Last Cell Azimuth\n", "Last Cell Azimuth\n    - Message Text\n", 1)
	}
	if loose == string(text) {
		t.Skip("the profile lists its columns in another way")
	}
	body := func(said string) []byte {
		lines := strings.Split(strings.TrimSuffix(string(file(3)), "\n"), "\n")
		lines[0] += ",Message Text"
		for i := 1; i < len(lines); i++ {
			lines[i] += ","
		}
		lines[2] += said
		return []byte(strings.Join(lines, "\n") + "\n")
	}
	request := h.asks(body("meet me at nine"))
	request.Profile = []byte(loose)
	received, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "Message Text") || strings.Contains(err.Error(), "nine") {
		t.Fatalf("a return with content: %v", err)
	}
	if received.Dataset.Entry != (ledger.EntryID{}) || received.Evidence.Entry == (ledger.EntryID{}) {
		t.Errorf("the bytes are not kept apart: %+v", received)
	}
	if errorsOf := h.collection("errors"); len(errorsOf) != 1 || !strings.Contains(errorsOf[0], `"state":"open"`) || !strings.Contains(errorsOf[0], `"type":"reportable"`) {
		t.Errorf("errors on record: %v", errorsOf)
	}
	if text, err := json.Marshal(h.collection("looks")); err != nil || strings.Contains(string(text), "nine") {
		t.Errorf("the text stands in the record: %v", err)
	}
	control := h.asks(body(""))
	control.Profile, control.Item = []byte(loose), "NET/2"
	if _, err := h.Service.Imports().Receive(t.Context(), officer, control); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestPages reads rows page by page and wants one consultation for each, in the
// record with the rows it is about, before they are shown; and none shown when
// the record cannot be written.
func TestPages(t *testing.T) {
	h := withCase(t)
	dataset := h.receive(file(30)).Dataset.Entry
	ask := custody.ReadPage{Ask: custody.Ask{Purpose: "to see who was called"}, Case: h.id, Data: dataset, First: 1, Last: 10}
	before := h.consulted()
	seen := map[string]bool{}
	for first := uint64(1); first <= 30; first += 10 {
		ask.First, ask.Last = first, first+9
		page, err := h.Service.Pages().Read(t.Context(), analyst, ask)
		if err != nil || len(page.Rows) != 10 || page.Total != 30 {
			t.Fatalf("rows from %d: %d rows of %d, %v", first, len(page.Rows), page.Total, err)
		}
		for _, row := range page.Rows {
			seen[row[0]] = true
		}
		if page.Decision == (ledger.EntryID{}) {
			t.Error("the page names no consultation")
		}
	}
	if len(seen) != 30 || h.consulted()-before != 3 {
		t.Errorf("%d different rows in %d consultations", len(seen), h.consulted()-before)
	}
	found := ask
	found.First, found.Last, found.Find = 1, 30, custody.RowQuery{Identifier: "07700 900200"}
	page, err := h.Service.Pages().Read(t.Context(), analyst, found)
	if err != nil || len(page.Rows) != 5 {
		t.Errorf("rows with one number: %d, %v", len(page.Rows), err)
	}
	for name, spoil := range map[string]func(*custody.ReadPage){
		"no reason":     func(r *custody.ReadPage) { r.Purpose = "" },
		"too many":      func(r *custody.ReadPage) { r.First, r.Last = 1, 5000 },
		"turned round":  func(r *custody.ReadPage) { r.First, r.Last = 9, 3 },
		"from nothing":  func(r *custody.ReadPage) { r.First = 0 },
		"another view":  func(r *custody.ReadPage) { r.View = "all" },
		"no such data":  func(r *custody.ReadPage) { r.Data = ledger.EntryID{9} },
		"no excess had": func(r *custody.ReadPage) { r.Data, r.Excess = ledger.EntryID{9}, true },
	} {
		bad := ask
		spoil(&bad)
		if name == "too many" { // the end is cut to what there is, and that is little
			continue
		}
		if page, err := h.Service.Pages().Read(t.Context(), analyst, bad); err == nil || len(page.Rows) > 0 {
			t.Errorf("%s: %d rows were shown", name, len(page.Rows))
		}
	}
	if page, err := h.Service.Pages().Read(t.Context(), stranger, ask); !errors.Is(err, custody.ErrDenied) || len(page.Rows) > 0 {
		t.Errorf("somebody who is not assigned: %d rows, %v", len(page.Rows), err)
	}
	ask.View = policy.Totals
	if page, err = h.Service.Pages().Read(t.Context(), analyst, ask); err != nil || len(page.Rows) > 0 || page.Types["voice"]+page.Types["sms"] != 10 {
		t.Errorf("totals: %v %v", page.Types, err)
	}
}

// collection returns the projected facts of the case.
func (h *house) collection(name string) []string {
	h.Helper()
	records, err := h.Store.List(h.Context(), h.id, name, 0)
	if err != nil {
		h.Fatal(err)
	}
	values := make([]string, len(records))
	for i, r := range records {
		values[i] = string(r.Value)
	}
	return values
}

// consulted counts the consultations of the case.
func (h *house) consulted() int {
	h.Helper()
	return len(h.collection("looks"))
}

// dump is an authority for two cells at a time, not for a person.
func dump() custody.AuthorityDocument {
	a := authority("cell:cgi:234-15-101-2001")
	a.Reference = "NX/CD/2024/120"
	return a
}

// TestThirdPartiesAreTokens imports what was asked for by a cell: whoever is no
// subject of the case is a token in pages and runs, the same one everywhere, until
// one person asks and another agrees that they are shown.
func TestThirdPartiesAreTokens(t *testing.T) {
	h := withCase(t)
	request := h.asks(file(21))
	request.Authority, request.Return = h.record(dump(), ledger.EntryID{}), returned("cell:cgi:234-15-101-2001")
	received, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil || received.Balance.Shown != 21 {
		t.Fatalf("%+v %v", received.Balance, err)
	}
	dataset := received.Dataset.Entry
	ask := custody.ReadPage{Ask: custody.Ask{Purpose: "to see who was there"}, Case: h.id, Data: dataset, First: 1, Last: 21}
	page, err := h.Service.Pages().Read(t.Context(), analyst, ask)
	if err != nil || page.View != policy.Masked {
		t.Fatalf("the view is %s, %v", page.View, err)
	}
	token := ""
	for _, row := range page.Rows {
		line := strings.Join(row, ",")
		if strings.Contains(line, "+4477009002") || !strings.Contains(line, subject) {
			t.Fatalf("a third party is named, or the subject is not: %s", line)
		}
		for _, field := range row {
			if strings.HasPrefix(field, "id:t") {
				token = field
			}
		}
	}
	ask.View = policy.Rows
	if page, err := h.Service.Pages().Read(t.Context(), analyst, ask); !errors.Is(err, custody.ErrDenied) || len(page.Rows) > 0 {
		t.Errorf("the rows as they stand: %d rows, %v", len(page.Rows), err)
	}
	ask.View = ""
	run := custody.Run{Case: h.id, Step: "top-contacts", Title: "Contacts", Data: []ledger.EntryID{dataset}, Params: map[string]string{"subject": subject}}
	if text := h.output(run, "contacts"); strings.Contains(text, "+447700900200") || !strings.Contains(text, token) {
		t.Errorf("the run does not show the token %s, or shows a number:\n%s", token, text)
	}
	bare := run
	bare.Data, bare.Inputs = nil, map[string]custody.PayloadRef{"events": {Entry: dataset}, "set-aside": {Entry: dataset}}
	if _, err := h.Service.Analyses().Run(t.Context(), analyst, bare); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("a run over the people themselves: %v", err)
	}
	asked, err := h.Service.Permissions().Ask(t.Context(), analyst, custody.AskPermission{
		Case: h.id, About: policy.AboutUnmasking, Identifiers: []string{token}, Reason: "seen at both places within ten minutes",
	})
	if err != nil {
		t.Fatal(err)
	}
	if text := h.output(run, "contacts"); !strings.Contains(text, token) {
		t.Error("the token went when somebody asked, before anybody agreed")
	}
	for _, who := range []custody.Actor{analyst, second} {
		if _, err := h.Service.Permissions().Decide(t.Context(), who, custody.DecidePermission{
			Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "fine by me",
		}); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("%s approves: %v", who.ID, err)
		}
	}
	if _, err := h.Service.Permissions().Decide(t.Context(), sio, custody.DecidePermission{
		Case: h.id, Request: asked.Entry, Decision: policy.PermissionApproved, Reason: "necessary: the only common number",
	}); err != nil {
		t.Fatal(err)
	}
	text := h.output(run, "contacts")
	if strings.Contains(text, token) || strings.Count(text, "+4477009002") != 1 {
		t.Errorf("control: after the approval the run shows:\n%s", text)
	}
	page, err = h.Service.Pages().Read(t.Context(), analyst, ask)
	numbers := 0
	for _, row := range page.Rows {
		if strings.Contains(strings.Join(row, ","), "+4477009002") {
			numbers++
		}
	}
	if err != nil || numbers != 3 {
		t.Errorf("control: %d rows show a number that was revealed, want 3: %v", numbers, err)
	}
}

// output runs an analysis and returns what it made.
func (h *house) output(run custody.Run, name string) string {
	h.Helper()
	ran, err := h.Service.Analyses().Run(h.Context(), analyst, run)
	if err != nil {
		h.Fatal(err)
	}
	for _, o := range ran.Outputs {
		if o.Name != name {
			continue
		}
		return h.payload(o.Digest)
	}
	h.Fatalf("the run made no %s", name)
	return ""
}
