package custody_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// makes has a report made and made again: it must come out the same.
func (h *house) makes(name string, params map[string]string) custody.MadeReport {
	h.Helper()
	made, err := h.Service.Reports().Make(h.Context(), discloser, custody.MakeReport{Case: h.id, Report: name, Params: params})
	if err != nil {
		h.Fatalf("%s: %v", name, err)
	}
	again, err := h.Service.Reports().Again(h.Context(), discloser, h.id, made.Entry, custody.Ask{})
	if err != nil || !again.Same {
		h.Errorf("%s made again: %+v, %v", name, again, err)
	}
	return made
}

// text is the text form of a report.
func text(made custody.MadeReport) string {
	for _, f := range made.Forms {
		if f.Name == "text" {
			return string(f.Content)
		}
	}
	return ""
}

func (h *house) noted(words string) ledger.EntryID {
	h.Helper()
	named, err := h.Service.Notes().Add(h.Context(), analyst, custody.AddNote{Case: h.id, Text: words})
	if err != nil {
		h.Fatal(err)
	}
	return named.Entry
}

// TestMaterialHasAStatus shows that everything begins as to-review, that what is
// served is used with all that it rests on, and that a run which found nothing is
// listed like any other.
func TestMaterialHasAStatus(t *testing.T) {
	h := withParties(t)
	received, ran, exhibit := h.signedOff(file(6))
	nobody := map[string]string{"subject": "+447700900999"}
	negative, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
		Case: h.id, Step: "top-contacts", Title: "Whom does the second handset call?", Params: nobody, Again: nobody,
		Inputs: map[string]custody.PayloadRef{"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry}},
	})
	if err != nil {
		t.Fatal(err)
	}
	note := h.noted("The second handset may be hers.")
	page := custody.ReadPage{
		Ask: custody.Ask{Purpose: "to look for the second handset"}, Case: h.id, Data: received.Dataset.Entry, First: 1, Last: 3,
		Find: custody.RowQuery{Identifier: "+447700900201"},
	}
	var looks []ledger.EntryID
	for range 2 {
		shown, err := h.Service.Pages().Read(t.Context(), analyst, page)
		if err != nil {
			t.Fatal(err)
		}
		looks = append(looks, shown.Decision)
	}
	all := h.listed(discloser, custody.ListMaterial{})
	want := map[ledger.EntryID]custody.Class{
		received.Evidence.Entry: custody.ImportMaterial, ran.Entry: custody.RunMaterial, negative.Entry: custody.RunMaterial, note: custody.NoteMaterial,
		exhibit.Entry: custody.ExhibitMaterial, looks[0]: custody.SearchMaterial,
	}
	for entry, class := range want {
		if m := all[entry]; m.Class != class || m.Status != custody.StatusToReview || m.Item != 0 || m.Description == "" {
			t.Errorf("%s: %+v", class, m)
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d pieces of material, want %d", len(all), len(want))
	}
	if m := all[looks[0]]; m.Parameters["identifier"] != "+447700900201" || m.Parameters["pages"] != "2" || strings.Contains(m.Description, "900201") {
		t.Errorf("the search: %+v", m)
	}
	unused := h.listed(discloser, custody.ListMaterial{Unused: true})
	if m := unused[negative.Entry]; len(unused) != 1 || !m.Negative() || !strings.Contains(m.Description, "found nothing") {
		t.Errorf("unused runs: %+v", unused)
	}
	_, packed := h.pack(exhibit.Entry, nil)
	if _, err := h.serves(discloser, packed.Entry, "R-1"); err != nil {
		t.Fatal(err)
	}
	all = h.listed(discloser, custody.ListMaterial{})
	for entry, status := range map[ledger.EntryID]custody.Status{
		received.Evidence.Entry: custody.StatusUsed, ran.Entry: custody.StatusUsed, exhibit.Entry: custody.StatusUsed,
		negative.Entry: custody.StatusToReview, note: custody.StatusToReview,
	} {
		if all[entry].Status != status {
			t.Errorf("after service: %s", all[entry].Status)
		}
	}
	_, err = h.Service.Disclosure().Assess(t.Context(), discloser, custody.Assess{Case: h.id, Entries: []ledger.EntryID{ran.Entry}, Status: custody.StatusMG6C})
	if !errors.Is(err, custody.ErrConflict) {
		t.Errorf("what was served, listed as unused: %v", err)
	}
	if reach := h.order("NET/1").Reach; !slices.Contains(reach.Recipients, "CPS London (R-1)") {
		t.Errorf("out of reach of an erasure: %v", reach.Recipients)
	}
	h.whole()
}

// TestNumbersOfSchedulesNeverChange gives and takes back statuses at random. Numbers
// are dense, in the order of first listing, and stay whatever happens. The control
// numbers what stands on the schedule at the time, as a list would.
func TestNumbersOfSchedulesNeverChange(t *testing.T) {
	h := withParties(t)
	var notes []ledger.EntryID
	for i := range 7 {
		notes = append(notes, h.noted(fmt.Sprintf("Note %d.", i+1)))
	}
	random := rand.New(rand.NewPCG(6, 11)) //nolint:gosec // the same story each time
	given := map[custody.Status]map[ledger.EntryID]int{custody.StatusMG6C: {}, custody.StatusMG6D: {}}
	moved, steps := 0, 40
	if os.Getenv("CUSTOS_LONG") == "1" {
		steps = 1000
	}
	control := map[ledger.EntryID]int{}
	for step := range steps {
		entry := notes[random.IntN(len(notes))]
		status := custody.Statuses()[1+random.IntN(4)]
		done := h.assess(status, "as it stands", entry)
		if numbers := given[status]; numbers != nil {
			if numbers[entry] == 0 {
				numbers[entry] = len(numbers) + 1
			}
			if done.Items[0] != numbers[entry] {
				t.Fatalf("step %d: item %d of %s, want %d", step, done.Items[0], status, numbers[entry])
			}
		} else if done.Items[0] != 0 {
			t.Fatalf("step %d: %s has number %d", step, status, done.Items[0])
		}
		place := 0
		for _, m := range h.standing(custody.StatusMG6C) {
			place++
			if before := control[m.Entry]; before != 0 && before != place {
				moved++
			}
			control[m.Entry] = place
			if m.Item != given[custody.StatusMG6C][m.Entry] {
				t.Fatalf("step %d: item %d became %d", step, given[custody.StatusMG6C][m.Entry], m.Item)
			}
		}
	}
	made := h.makes("mg6c", nil)
	rows := made.Document.Sections[1].Table.Rows
	if len(rows) != len(given[custody.StatusMG6C]) {
		t.Errorf("%d rows for %d numbers", len(rows), len(given[custody.StatusMG6C]))
	}
	for i, row := range rows {
		if row[0] != fmt.Sprint(i+1) {
			t.Errorf("row %d is item %s", i+1, row[0])
		}
	}
	if moved == 0 {
		t.Error("control: numbering what stands there at the time never moved a number, so this test shows nothing")
	}
	h.whole()
	t.Logf("PROOF harness=schedules trials=%d failures=%d control=\"caught %d of %d\"", steps, failed(t), moved, moved)
}

// standing is the material of one status, in the order of the record.
func (h *house) standing(status custody.Status) []custody.Material {
	h.Helper()
	found, err := h.Service.Disclosure().List(h.Context(), discloser, custody.ListMaterial{Case: h.id, Status: status})
	if err != nil {
		h.Fatal(err)
	}
	return found.Material
}

// TestSensitiveIsNotThere puts material on the sensitive schedule and looks for it
// wherever it must not be. The control looks where it must.
func TestSensitiveIsNotThere(t *testing.T) {
	h := withParties(t)
	received, _, exhibit := h.signedOff(file(6))
	open, secret := h.noted("The mast was moved in March."), h.noted("The tip came from XQZ-SOURCE.")
	run := h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject})
	h.assess(custody.StatusMG6C, "", open)
	describe := custody.Assess{
		Case: h.id, Entries: []ledger.EntryID{secret}, Status: custody.StatusMG6D, Reason: "it names XQZ-SOURCE", Description: "Note about XQZ-SOURCE",
		Test: custody.TestAssists, Why: "XQZ-SOURCE says otherwise",
	}
	if _, err := h.Service.Disclosure().Assess(t.Context(), discloser, describe); err != nil {
		t.Fatal(err)
	}
	h.assess(custody.StatusMG6D, "it shows whom XQZ-SOURCE calls", run.Entry)
	holds := func(name string, params map[string]string) bool {
		t.Helper()
		made := h.makes(name, params)
		document := text(made)
		for _, f := range made.Forms {
			document += string(f.Content)
		}
		return strings.Contains(document, "XQZ-SOURCE") || strings.Contains(document, secret.String()) || strings.Contains(document, run.Entry.String())
	}
	for name, params := range map[string]map[string]string{
		"mg6c": nil, "mg9": nil, "mg11": {"witness": analyst.ID}, "mg12": nil, "dmd": nil, "sfr1": {"exhibit": exhibit.Reference}, "reliability": {"exhibit": exhibit.Reference},
	} {
		if holds(name, params) {
			t.Errorf("%s tells of what is sensitive", name)
		}
	}
	caught := 0
	for _, name := range []string{"mg6d", "mg6e"} {
		if holds(name, nil) {
			caught++
		}
	}
	for _, who := range []custody.Actor{officer, second} {
		if all := h.listed(who, custody.ListMaterial{}); !all[secret].Time.IsZero() || !all[run.Entry].Time.IsZero() || all[open].Time.IsZero() {
			t.Errorf("%s sees what is sensitive, or not what is open", who.ID)
		}
		notes, err := h.Service.Notes().List(t.Context(), who, h.id, custody.Ask{})
		if err != nil || len(notes.Notes) != 1 || !notes.Apart {
			t.Errorf("notes of %s: %+v, %v", who.ID, notes, err)
		}
	}
	for _, who := range []custody.Actor{discloser, prosecutor, sio} {
		if all := h.listed(who, custody.ListMaterial{}); !all[secret].Time.IsZero() && !all[run.Entry].Time.IsZero() {
			caught++
		}
	}
	if caught != 5 {
		t.Errorf("control: those who see the sensitive schedule saw it %d times of 5", caught)
	}
	for _, who := range []custody.Actor{analyst, prosecutor, sio} {
		if _, err := h.Service.Reports().Make(t.Context(), who, custody.MakeReport{Case: h.id, Report: "mg6d"}); !errors.Is(err, custody.ErrDenied) {
			t.Errorf("the sensitive schedule by %s: %v", who.ID, err)
		}
	}
	h.moves(open, secret)
	t.Logf("PROOF harness=sensitive trials=11 failures=%d control=\"caught %d of 5\"", failed(t), caught)
}

// moves puts what stood on the open schedule on the sensitive one: the open one says
// no more than of anything that is withdrawn.
func (h *house) moves(entry, other ledger.EntryID) {
	h.Helper()
	row := func() []string { return h.makes("mg6c", nil).Document.Sections[1].Table.Rows[0] }
	h.assess(custody.StatusNotRelevant, "it is about another case", entry)
	plain := row()
	h.assess(custody.StatusMG6D, "it is sensitive after all", entry)
	if hidden := row(); !slices.Equal(plain, hidden) {
		h.Errorf("withdrawn as not relevant: %v; as sensitive: %v", plain, hidden)
	}
	given := func(by custody.Actor, to string, entries ...ledger.EntryID) error {
		give := h.Service.Disclosure().Reveal
		if by == prosecutor {
			give = h.Service.Disclosure().Disclose
		}
		_, err := give(h.Context(), by, custody.Give{Case: h.id, Entries: entries, To: to})
		return err
	}
	if err := given(discloser, "R-1", entry, other); err != nil {
		h.Error(err)
	}
	if err := given(prosecutor, "R-2", entry); !errors.Is(err, custody.ErrConflict) {
		h.Errorf("disclosed from the sensitive schedule: %v", err)
	}
	h.assess(custody.StatusMG6C, "", entry)
	if err := given(prosecutor, "R-2", entry); err != nil {
		h.Errorf("control: what is open and was revealed cannot be disclosed: %v", err)
	}
	if back := row(); back[0] != "1" || back[5] != "yes" {
		h.Errorf("back on the schedule: %v", back)
	}
}

// TestBadDisclosure shows what is refused.
func TestBadDisclosure(t *testing.T) {
	h := withParties(t)
	note := h.noted("A note.")
	d := h.Service.Disclosure()
	recipient := func(r custody.Recipient) error {
		_, err := d.RecordRecipient(t.Context(), discloser, custody.RecordRecipient{Case: h.id, Recipient: r})
		return err
	}
	for name, c := range map[string]struct {
		r    custody.Recipient
		want error
	}{
		"no name":                        {custody.Recipient{Role: policy.Prosecutor}, custody.ErrInvalid},
		"no such role":                   {custody.Recipient{Name: "X", Role: policy.Analyst}, custody.ErrInvalid},
		"defence of nobody":              {custody.Recipient{Name: "X", Role: policy.DefenceExpert}, custody.ErrInvalid},
		"prosecutor of a defendant":      {custody.Recipient{Name: "X", Role: policy.Prosecutor, Defendant: "DEF-1"}, custody.ErrInvalid},
		"defence of somebody unknown":    {custody.Recipient{Name: "X", Role: policy.DefenceExpert, Defendant: "DEF-9"}, custody.ErrNotFound},
		"an expert for both defendants":  {custody.Recipient{Name: "X", Role: policy.DefenceExpert, Defendant: "DEF-2", Person: expert.ID}, custody.ErrConflict},
		"one who changes sides":          {custody.Recipient{ID: "R-3", Name: "X", Role: policy.DefenceExpert, Defendant: "DEF-2", Person: expert.ID}, custody.ErrConflict},
		"somebody who is not enrolled":   {custody.Recipient{Name: "X", Role: policy.Prosecutor, Person: "nobody"}, custody.ErrNotFound},
		"an analyst as a prosecutor":     {custody.Recipient{Name: "X", Role: policy.Prosecutor, Person: analyst.ID}, custody.ErrInvalid},
		"a reference that is not there":  {custody.Recipient{ID: "R-9", Name: "X", Role: policy.Prosecutor}, custody.ErrNotFound},
		"the same person a second time":  {custody.Recipient{Name: "X", Role: policy.Prosecutor, Person: prosecutor.ID}, custody.ErrConflict},
		"control: another name is right": {custody.Recipient{ID: "R-1", Name: "CPS London South", Role: policy.Prosecutor, Person: prosecutor.ID}, nil},
	} {
		if err := recipient(c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		a    custody.Assess
		want error
	}{
		"nothing":                {custody.Assess{Status: custody.StatusMG6C}, custody.ErrInvalid},
		"no such status":         {custody.Assess{Entries: []ledger.EntryID{note}, Status: "secret"}, custody.ErrInvalid},
		"sensitive for nothing":  {custody.Assess{Entries: []ledger.EntryID{note}, Status: custody.StatusMG6D}, custody.ErrInvalid},
		"the test for nothing":   {custody.Assess{Entries: []ledger.EntryID{note}, Status: custody.StatusMG6C, Test: custody.TestBoth}, custody.ErrInvalid},
		"what is no material":    {custody.Assess{Entries: []ledger.EntryID{h.authority}, Status: custody.StatusMG6C}, custody.ErrNotFound},
		"one text for two":       {custody.Assess{Entries: []ledger.EntryID{note, h.authority}, Status: custody.StatusMG6C, Description: "x"}, custody.ErrInvalid},
		"control: a right one":   {custody.Assess{Entries: []ledger.EntryID{note}, Status: custody.StatusMG6C, Ask: custody.Ask{RequestID: "assess-request-0001"}}, nil},
		"control: the same once": {custody.Assess{Entries: []ledger.EntryID{note}, Status: custody.StatusMG6C, Ask: custody.Ask{RequestID: "assess-request-0001"}}, nil},
	} {
		c.a.Case = h.id
		done, err := d.Assess(t.Context(), discloser, c.a)
		if !errors.Is(err, c.want) || err == nil && !slices.Equal(done.Items, []int{1}) {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
	}
	give := custody.Give{Case: h.id, Entries: []ledger.EntryID{note}, To: "R-2"}
	if _, err := d.Disclose(t.Context(), prosecutor, give); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("disclosed before it was revealed: %v", err)
	}
	if _, err := d.Reveal(t.Context(), discloser, give); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("revealed to the defence: %v", err)
	}
	give.To = "R-1"
	if _, err := d.Reveal(t.Context(), analyst, give); !errors.Is(err, custody.ErrDenied) {
		t.Errorf("revealed by an analyst: %v", err)
	}
	give.Means = "pigeon"
	if _, err := d.Reveal(t.Context(), discloser, give); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("by means that are none: %v", err)
	}
	if _, err := h.Service.Notes().Add(t.Context(), analyst, custody.AddNote{Case: h.id, Text: "x", Corrects: "N-7"}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("a correction of no note: %v", err)
	}
	h.whole()
}
