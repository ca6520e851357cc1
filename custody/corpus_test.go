package custody_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"custos.example/analysis/steptest"
	"custos.example/custody"
	"custos.example/ledger"
)

// corpus returns a file of the data sets that stand beside the repository.
func corpus(t *testing.T, path ...string) []byte {
	t.Helper()
	return steptest.CorpusFile(t, path...)
}

// wide is an authority and a return that hold any of the corpus files.
func (h *house) wide(identifier string) (ledger.EntryID, custody.Return) {
	a := authority(identifier)
	a.Reference, a.Scope.From, a.Scope.Until = "NX/CD/2024/900", "2013-01-01T00:00:00Z", "2023-12-31T00:00:00Z"
	r := returned(identifier)
	r.From, r.Until = r.From.AddDate(-11, 0, 0), r.From.AddDate(-1, 0, 0)
	return h.record(a, ledger.EntryID{}), r
}

// columns reads an output of a run.
func (h *house) columns(o custody.Output) [][]string {
	h.Helper()
	blob, err := h.Service.Blobs.Find(h.Context(), h.id, o.Digest)
	if err != nil {
		h.Fatal(err)
	}
	content, err := h.Service.Blobs.Open(h.Context(), h.id, blob.Address)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = content.Close() }()
	rows, err := csv.NewReader(io.NewSectionReader(content, 0, content.Size())).ReadAll()
	if err != nil {
		h.Fatal(err)
	}
	return rows
}

func named(outputs []custody.Output, name string) custody.Output {
	at := slices.IndexFunc(outputs, func(o custody.Output) bool { return o.Name == name })
	return outputs[at]
}

// rounded is what a spreadsheet leaves of a long number.
var rounded = regexp.MustCompile(`[0-9]{3,}000000$`)

// TestRoundedNumbers takes the return that a spreadsheet has rounded through
// the line: as received no row can be used; once an analyst has recorded whose
// records they are, 3,035 rows stay set aside because the other number was
// rounded too, 585 are left, and no rounded number is in any table of contacts.
// The same bytes are received once.
func TestRoundedNumbers(t *testing.T) {
	content := corpus(t, "08-pk-excel-mangled", "CDR.csv")
	h := withCase(t)
	const person = "id:subject-1"
	authority, holds := h.wide(person)
	request := custody.Receive{
		Case: h.id, Item: "PK/8", FileName: "CDR.csv", From: "A Network (Pvt) Ltd", Return: holds, Authority: authority,
		Reading: custody.Reading{Profile: profile(t, "pk-08")}, Content: bytes.NewReader(content),
	}
	first, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if b := first.Balance; b.Received != 3620 || b.SetAside != 3620 || first.RowCount != 0 {
		t.Errorf("as received: %+v, %d rows; want all 3,620 set aside", b, first.RowCount)
	}
	if got := first.SHA256.String(); got != "87af1ef7fb0a862e14d2bd173968e9d48018e31823534c1ada88f08240d88c71" {
		t.Errorf("SHA-256 %s", got)
	}
	request.Content = bytes.NewReader(content)
	if _, err := h.Service.Imports().Receive(t.Context(), officer, request); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("the same file again: %v", err)
	}
	request.Content = bytes.NewReader(content)
	request.Decisions = []custody.Decision{{Kind: "assert-subject", Value: person, Again: person, Why: "the operator's letter of 3 March names the subscriber"}}
	got, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Balance; b.SetAside != 3035 || b.Shown+b.Repeats != 585 || b.Outside != 0 || got.Evidence.Entry != first.Evidence.Entry {
		t.Errorf("with the subject asserted: %+v of evidence %s; want 3,035 set aside and 585 left of %s", b, got.Evidence.Entry, first.Evidence.Entry)
	}
	ran := h.run("top-contacts", got.Dataset.Entry, map[string]string{"subject": person})
	contacts := h.columns(named(ran.Outputs, "contacts"))
	for _, row := range contacts[1:] {
		for _, field := range row {
			if rounded.MatchString(field) {
				t.Errorf("a rounded number in the contacts: %s", row)
			}
		}
	}
	if len(contacts) < 2 || ran.Balance.Received != 3620 {
		t.Errorf("%d contacts, balance %+v", len(contacts)-1, ran.Balance)
	}
	control := false
	for _, line := range bytes.Split(content, []byte("\r\n")) {
		fields := bytes.Split(line, []byte(","))
		control = control || len(fields) > 1 && rounded.Match(fields[1])
	}
	if !control {
		t.Error("control: the pattern finds no rounded number in the file itself")
	}
	h.whole()
}

// TestResearchLayout takes a file that names neither its subject nor its zone
// through the line, both asserted by recorded decisions, and compares the
// contacts with the known figures.
func TestResearchLayout(t *testing.T) {
	content := corpus(t, "06-bandicoot", "demo", "data", "ego.csv")
	h := withCase(t)
	authority, holds := h.wide("id:ego")
	request := custody.Receive{
		Case: h.id, Item: "BC/6", FileName: "ego.csv", From: "research data", Return: holds, Authority: authority,
		Reading: custody.Reading{Profile: profile(t, "bandicoot")}, Content: bytes.NewReader(content),
	}
	if _, err := h.Service.Imports().Receive(t.Context(), officer, request); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("without the decisions that the profile asks for: %v", err)
	}
	request.Content = bytes.NewReader(content)
	request.Decisions = []custody.Decision{
		{Kind: "assert-subject", Value: "id:ego", Again: "id:ego", Why: "named so by those who gave the data"},
		{Kind: "assert-zone", Value: "UTC", Why: "the data state no zone; none is added"},
	}
	got, err := h.Service.Imports().Receive(t.Context(), officer, request)
	if err != nil {
		t.Fatal(err)
	}
	if b := got.Balance; b.Received != 314 || b.Shown != 314 || got.RowCount != 314 || len(got.Decided) != 3 {
		t.Errorf("%+v, %d rows, %d decisions; want 314 rows, 2 decisions and the scope", b, got.RowCount, len(got.Decided))
	}
	ran := h.run("top-contacts", got.Dataset.Entry, map[string]string{"subject": "id:ego"})
	contacts := h.columns(named(ran.Outputs, "contacts"))
	want := map[string]int{"E": 70, "B": 66, "C": 50, "G": 45, "D": 39, "F": 26, "A": 18}
	if len(contacts)-1 != len(want) {
		t.Errorf("%d contacts, want %d: %v", len(contacts)-1, len(want), contacts)
	}
	for name, count := range want {
		at := slices.IndexFunc(contacts, func(row []string) bool { return slices.Contains(row, "id:"+name) })
		if at < 0 || !slices.Contains(contacts[at], strconv.Itoa(count)) {
			t.Errorf("contact %s is not there with %d events", name, count)
		}
	}
	h.whole()
}
