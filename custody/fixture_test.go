package custody_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// testClock is a clock that moves each time it is read.
type testClock struct {
	mu   sync.Mutex
	now  time.Time
	step time.Duration
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(c.step)
	return c.now
}

// The people of the tests.
var (
	admin    = custody.Actor{ID: "ad1"}
	sio      = custody.Actor{ID: "si1"}
	spoc     = custody.Actor{ID: "sp1"}
	officer  = custody.Actor{ID: "eo1"} // imports what the SPoC obtained
	analyst  = custody.Actor{ID: "an1"}
	second   = custody.Actor{ID: "an2"}
	stranger = custody.Actor{ID: "an9"}
	auditor  = custody.Actor{ID: "au1"}
)

// house is a station with a case and an authority.
type house struct {
	*testing.T
	*wiring.Station
	options   wiring.Options
	clock     *testClock
	id        custody.CaseID
	authority ledger.EntryID
	archived  bool // steps run in the module
}

// found founds a log in a fresh folder and enrols the people.
func found(t *testing.T) *house {
	t.Helper()
	return foundIn(t, filepath.Join(t.TempDir(), "record"))
}

// foundIn founds it in a folder of the caller's choice.
func foundIn(t *testing.T, dir string) *house {
	t.Helper()
	clock := &testClock{now: time.Date(2024, 3, 4, 9, 0, 0, 0, time.UTC), step: 100 * time.Millisecond}
	options := wiring.Options{Dir: dir, Clock: clock}
	first := custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}
	if err := wiring.Init(t.Context(), options, "custos.example/test", first); err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, options: options, clock: clock}
	h.open()
	for id, role := range map[string]string{
		sio.ID: "sio", spoc.ID: "spoc", officer.ID: "exhibits-officer", analyst.ID: "analyst", second.ID: "analyst", stranger.ID: "analyst", auditor.ID: "auditor",
	} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := h.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// able is the standing of somebody who may do all that their role allows.
func able() custody.Qualify {
	q := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.DevelopedVetted}
	for _, activity := range policy.Activities() {
		q.Competent = append(q.Competent, custody.Competent{Activity: activity})
	}
	return q
}

// open opens the folder again, as after a restart.
func (h *house) open() {
	h.Helper()
	station, err := wiring.Open(h.Context(), h.options)
	if err != nil {
		h.Fatal(err)
	}
	h.Station = station
	if !h.archived {
		// A test binary is never known to make the module's bytes, and would run
		// every step in it.
		station.Service.Module = nil
	}
	h.Cleanup(func() {
		if err := station.Close(); err != nil {
			h.Error(err)
		}
	})
}

// withCase opens a case and records an authority in it.
func withCase(t *testing.T) *house {
	t.Helper()
	h := found(t)
	h.openCase()
	return h
}

// openCase opens the case and records its authority.
func (h *house) openCase() {
	h.Helper()
	opened, err := h.Service.Cases().Open(h.Context(), sio, custody.OpenCase{
		Reference: "NX/2024/0417", Title: "Operation KESTREL", Assigned: []string{sio.ID, spoc.ID, officer.ID, analyst.ID, second.ID},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.id = opened.Case
	h.authority = h.record(authority(), ledger.EntryID{})
}

// record records an authority as another process over the same store would, so
// that it can be done in the middle of anything.
func (h *house) record(d custody.AuthorityDocument, amends ledger.EntryID) ledger.EntryID {
	h.Helper()
	config := h.Service.Config
	config.Store = h.Store
	if amends != (ledger.EntryID{}) {
		d.Changed = "It is so now."
	}
	recorded, err := custody.New(config).Authorities().Record(h.Context(), spoc, custody.RecordAuthority{Case: h.id, Document: d, Amends: amends})
	if err != nil {
		h.Fatal(err)
	}
	return recorded.Authority
}

// subject is the number whose records the made-up file holds.
const subject = "+447700900123"

// authority is a lawful authorisation for calls of February 2024.
func authority(identifiers ...string) custody.AuthorityDocument {
	if len(identifiers) == 0 {
		identifiers = []string{subject}
	}
	d, err := custody.AuthorityTemplate(policy.Route60A)
	if err != nil {
		panic(err)
	}
	d.Reference, d.Application.Reference, d.Application.Applicant = "NX/CD/2024/118", "NX/A/2024/118", "ap1"
	d.Granted.On, d.Granter.ID = "2024-03-01", "ocda-1"
	d.SPoC.ID, d.SPoC.ConsultedOn = spoc.ID, "2024-02-29"
	d.Scope.Identifiers, d.Scope.From, d.Scope.Until = identifiers, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"
	d.Subjects = d.Subjects[:0]
	for _, identifier := range identifiers {
		d.Subjects = append(d.Subjects, custody.DataSubject{Category: custody.Suspect, Identifier: identifier, Profession: policy.NoProfession})
	}
	return d
}

// returned says what the made-up file is said to hold.
func returned(identifiers ...string) custody.Return {
	if len(identifiers) == 0 {
		identifiers = []string{subject}
	}
	return custody.Return{
		DataTypes: []policy.DataType{policy.Events}, Identifiers: identifiers, ObtainedOn: "2024-03-03",
		From: time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC),
	}
}

const header = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI,First Cell Easting," +
	"First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\n"

// call is one line of the made-up return.
func call(i int, kind string) string {
	return fmt.Sprintf("07700900123,07700900%03d,%s,%02d/02/2024,%02d:15:%02d,00:01:%02d,,234150000000001,"+
		"234-15-101-2001,375000,165000,120,\"1 Made Up Street, Bath\",234-15-101-2002,375100,165100,240\n",
		200+i%7, kind, 1+i%28, i%24, i%60, i%60)
}

// file is a made-up return of n calls and texts.
func file(n int) []byte {
	var b strings.Builder
	b.WriteString(header)
	for i := range n {
		b.WriteString(call(i, []string{"MO Voice", "MT Voice", "MO SMS"}[i%3]))
	}
	return []byte(b.String())
}

func profile(t *testing.T, name string) []byte {
	t.Helper()
	text, ok := source.ReadProfile(name)
	if !ok {
		t.Fatalf("no profile %s", name)
	}
	return text
}

// asks is a lawful import of a file.
func (h *house) asks(content []byte) custody.Receive {
	return custody.Receive{
		Case: h.id, Item: "NET/1", FileName: "return.csv", From: "A Network Ltd", Return: returned(), Authority: h.authority,
		Reading: custody.Reading{Profile: profile(h.T, "uk-17")}, Content: bytes.NewReader(content),
	}
}

func (h *house) receive(content []byte) custody.Received {
	h.Helper()
	received, err := h.Service.Imports().Receive(h.Context(), officer, h.asks(content))
	if err != nil {
		h.Fatal(err)
	}
	return received
}

// produced is the line from a file to an exhibit.
func (h *house) produced(content []byte) (custody.Received, custody.Ran, custody.Produced) {
	h.Helper()
	received := h.receive(content)
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	exhibit, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Case: h.id, Reference: "JAS/1", Title: "Schedule of calls of one number", Run: ran.Entry,
	})
	if err != nil {
		h.Fatal(err)
	}
	return received, ran, exhibit
}

func (h *house) run(step string, dataset ledger.EntryID, params map[string]string) custody.Ran {
	h.Helper()
	ran, err := h.Service.Analyses().Run(h.Context(), analyst, custody.Run{
		Case: h.id, Step: step, Title: "Which calls does the return show?", Params: params,
		Inputs: map[string]custody.PayloadRef{"events": {Entry: dataset}, "set-aside": {Entry: dataset}},
	})
	if err != nil {
		h.Fatal(err)
	}
	return ran
}

// kinds lists the kinds of a chain's entries, in order.
func (h *house) kinds(id custody.CaseID, kind ledger.ChainKind) []string {
	h.Helper()
	var kinds []string
	for _, e := range h.entries(id, kind) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (h *house) entries(id custody.CaseID, kind ledger.ChainKind) []custody.Stored {
	h.Helper()
	chains, err := h.Store.Chains(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	for _, chain := range chains {
		if chain.Kind != kind {
			continue
		}
		n, _, err := h.Store.Head(h.Context(), chain.ID)
		if err != nil {
			h.Fatal(err)
		}
		if n == 0 {
			return nil
		}
		entries, err := h.Store.Entries(h.Context(), chain.ID, 1, n)
		if err != nil {
			h.Fatal(err)
		}
		return entries
	}
	h.Fatalf("no %s chain", kind)
	return nil
}

// whole checks everything that is stored.
func (h *house) whole() {
	h.Helper()
	report, err := h.Fsck(context.WithoutCancel(h.Context()))
	if err != nil {
		h.Fatal(err)
	}
	for _, f := range report.Findings {
		h.Errorf("fsck: %s: %s", f.Where, f.What)
	}
}

// statement is what an entry says.
func (h *house) statement(entry ledger.EntryID) ledger.Statement {
	h.Helper()
	stored, err := h.Store.ByEntryID(h.Context(), entry)
	if err != nil {
		h.Fatal(err)
	}
	statement, err := stored.Statement()
	if err != nil {
		h.Fatal(err)
	}
	return statement
}
