package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func sample() Input {
	return Input{
		Action: SourceImport,
		Actor: Actor{
			Competencies: []Competence{{DataImport, "2026-01-01T00:00:00.000Z", NoEnd}}, ID: "a.analyst", PublicAuthority: "territorial-police",
			Role: Analyst, Roles: []Role{Analyst}, Until: NoEnd, VettedUntil: NoEnd, Vetting: SecurityCleared,
		},
		AsOf: 17,
		Now:  "2026-11-21T21:04:05.123Z",
		Case: &Case{ID: "c1", Marking: OfficialSensitive, Organisation: Unstated, Shares: []Share{}, Assigned: []Assignment{
			{Actor: "a.analyst", From: "2026-01-01T00:00:00.000Z", Until: "2027-01-01T00:00:00.000Z"},
		}},
		Source: &Source{
			DataTypes: []DataType{Events}, From: "2024-06-01T00:00:00.000Z", Until: "2024-06-30T23:59:59.999Z",
			Identifiers: []string{"+447700900123"}, Item: "NET/3", Kind: OperatorReturn, ObtainedOn: "2024-07-02",
		},
		Authority: &Authority{
			Applicant: "d.applicant", Application: NoEntry, ApprovedByCommissionerOn: NoDate, ApprovedByJusticeOn: NoDate, CancelledOn: NoDate,
			ConnectionRecords: NoRecords, ConsultationException: NoConsultation, DiscloseTo: []Recipient{}, IndependenceException: NoIndependence,
			Profession: NoProfession, RetainUntil: NoDate, ScopeStated: true, SPoC: "s.spoc", SPoCConsultedOn: NoDate,
			Stated: ApplicationElements(), UrgentConfirmedOn: NoDate, UrgentGround: NoUrgency, Case: "c1", DataTypes: []DataType{Entity, Events}, Form: Written,
			From: "2024-06-01T00:00:00.000Z", GrantedOn: "2024-07-01", Granter: "ocda-17", GranterRank: CommissionerRank, ID: "e1",
			Identifiers: []string{"+447700900123"}, Instrument: Authorisation, NoticeGivenOn: NoDate, PublicAuthority: "territorial-police",
			Purpose: "b", RecordedBy: "s.spoc", Reference: "URN 2024/118 <a & b>", Regime: IPA, Renewals: []Date{}, Route: Route60A,
			SeriousCrime: Serious12Months, Until: "2024-06-30T23:59:59.999Z", Use: Operation,
		},
	}
}

func TestCanonicalComesBack(t *testing.T) {
	in := sample()
	text, err := in.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseInput(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Canonical()
	if err != nil || !bytes.Equal(text, again) {
		t.Fatalf("%s\n%s\n%v", text, again, err)
	}
	inOrder(t, text)
	if !bytes.Contains(text, []byte("<a & b>")) {
		t.Error("characters were escaped that RFC 8785 leaves as they are")
	}
}

// inOrder fails unless the keys of every object are sorted.
func inOrder(t *testing.T, text []byte) {
	t.Helper()
	type level struct {
		object bool
		key    bool // the next string is a key
		last   string
	}
	var stack []level
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return
		}
		if delimiter, ok := token.(json.Delim); ok {
			switch delimiter {
			case '{', '[':
				stack = append(stack, level{object: delimiter == '{', key: true})
				continue
			default:
				stack = stack[:len(stack)-1]
			}
		} else if top := &stack[len(stack)-1]; top.object && top.key {
			key := token.(string)
			if key <= top.last {
				t.Errorf("%q stands after %q", key, top.last)
			}
			top.last, top.key = key, false
			continue
		}
		if len(stack) > 0 {
			stack[len(stack)-1].key = true
		}
	}
}

func TestParseAcceptsOneFormOnly(t *testing.T) {
	good, err := sample().Canonical()
	if err != nil {
		t.Fatal(err)
	}
	text := string(good)
	if _, err := ParseInput(good); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, bad := range map[string]string{
		"space":           strings.Replace(text, ":17", ": 17", 1),
		"trailing":        text + "\n",
		"second value":    text + text,
		"unknown key":     strings.Replace(text, `"asOf"`, `"also":1,"asOf"`, 1),
		"doubled key":     strings.Replace(text, `"asOf":17`, `"asOf":17,"asOf":17`, 1),
		"key in capitals": strings.Replace(text, `"asOf"`, `"ASOF"`, 1),
		"missing key":     strings.Replace(text, `"form":"written",`, ``, 1),
		"null":            strings.Replace(text, `"form":"written"`, `"form":null`, 1),
		"null section":    strings.Replace(text, `"now"`, `"dataset":null,"now"`, 1),
		"escape":          strings.Replace(text, `"written"`, `"\u0077ritten"`, 1),
		"fraction":        strings.Replace(text, `:17`, `:17.0`, 1),
		"exponent":        strings.Replace(text, `:17`, `:1.7e1`, 1),
		"order":           strings.Replace(text, `"asOf":17,`, ``, 1)[:len(text)-11] + `,"asOf":17}`,
		"not JSON":        "no",
		"empty":           "",
		"list":            "[" + text + "]",
	} {
		if bad == text {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := ParseInput([]byte(bad)); !errors.Is(err, ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValidateNamesTheField(t *testing.T) {
	if err := sample().Validate(); err != nil {
		t.Fatalf("control: %v", err)
	}
	for field, spoil := range map[string]func(*Input){
		"action":                     func(in *Input) { in.Action = "source.imports" },
		"now":                        func(in *Input) { in.Now = "2026-11-21T21:04:05Z" },
		"asOf":                       func(in *Input) { in.AsOf = 1 << 60 },
		"case is missing":            func(in *Input) { in.Case = nil },
		"source is missing":          func(in *Input) { in.Source = nil },
		"dataset does not belong":    func(in *Input) { in.Dataset = &Dataset{} },
		"actor.id":                   func(in *Input) { in.Actor.ID = "" },
		"actor.role":                 func(in *Input) { in.Actor.Role = "boss" },
		"actor.roles":                func(in *Input) { in.Actor.Roles = nil },
		"actor.roles[0]":             func(in *Input) { in.Actor.Roles = []Role{"boss"} },
		"actor.until":                func(in *Input) { in.Actor.Until = "" },
		"case.assigned":              func(in *Input) { in.Case.Assigned = nil },
		"case.assigned[0].until":     func(in *Input) { in.Case.Assigned[0].Until = "never" },
		"source.dataTypes":           func(in *Input) { in.Source.DataTypes = []DataType{Events, Entity} },
		"source.dataTypes[0]":        func(in *Input) { in.Source.DataTypes = []DataType{"content"} },
		"source.identifiers":         func(in *Input) { in.Source.Identifiers = []string{"b", "a"} },
		"source.obtainedOn":          func(in *Input) { in.Source.ObtainedOn = NoDate },
		"source.item":                func(in *Input) { in.Source.Item = "NET/3\u202e" },
		"authority.purpose":          func(in *Input) { in.Authority.Purpose = "z" },
		"authority.grantedOn":        func(in *Input) { in.Authority.GrantedOn = "2024-02-30" },
		"authority.renewals":         func(in *Input) { in.Authority.Renewals = []Date{"2024-08-02", "2024-08-01"} },
		"authority.renewals[0]":      func(in *Input) { in.Authority.Renewals = []Date{NoDate} },
		"authority.granter":          func(in *Input) { in.Authority.Granter = strings.Repeat("x", 501) },
		"authority.reference":        func(in *Input) { in.Authority.Reference = "a\x00b" },
		"authority.form":             func(in *Input) { in.Authority.Form = "" },
		"authority.route":            func(in *Input) { in.Authority.Route = "60B" },
		"authority.publicAuthority":  func(in *Input) { in.Authority.PublicAuthority = "\xff" },
		"authority.identifiers[0]":   func(in *Input) { in.Authority.Identifiers = []string{""} },
		"six days":                   func(in *Input) { in.Authority.Renewals = []Date{"1", "2", "3", "4", "5", "6", "7"} },
		"authority does not belong":  func(in *Input) { in.Action, in.Source = CaseRead, nil },
		"person is missing":          func(in *Input) { in.Action = ActorEnrol },
		"request is missing":         func(in *Input) { in.Action = RowRead },
		"exhibit is missing":         func(in *Input) { in.Action = BundleMake },
		"source does not belong to ": func(in *Input) { in.Action = AnalysisRun },
	} {
		in := sample()
		spoil(&in)
		err := in.Validate()
		if !errors.Is(err, ErrInput) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	without := sample()
	without.Authority = nil
	if err := without.Validate(); err != nil {
		t.Errorf("an import without authority is for the rules to refuse: %v", err)
	}
}

func TestDecisionComesBack(t *testing.T) {
	for _, d := range []Decision{
		{Allowed: true, Rules: []string{"R-01"}, Release: "ab", AsOf: 3, Until: time.Date(2027, 1, 1, 0, 0, 0, 5e6, time.UTC)},
		{Alarm: "undefined", Reasons: []Reason{{"R-01", "Text.", "Act s.1", true, "Cure.", []string{"actor.role"}, []Role{SPoC}, "Title."}}, Release: "ab"},
	} {
		text, err := d.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		inOrder(t, text)
		back, err := ParseDecision(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Canonical()
		if err != nil || !bytes.Equal(text, again) || !back.Until.Equal(d.Until) {
			t.Errorf("%s\n%s\n%v", text, again, err)
		}
		if _, err := ParseDecision(append(text, ' ')); !errors.Is(err, ErrInput) {
			t.Errorf("%v", err)
		}
	}
}

func TestSentence(t *testing.T) {
	d := Decision{Reasons: []Reason{
		{"R-15", "Rule R-15 needs an authority that covers events; the one named (URN 2024/118) covers entity only.", "IPA 2016 s.261", false, "A SPoC can record one.", nil, nil, ""},
		{"R-19", "Rule R-19 needs a rank.", "IPA 2016 Sch 4 Pt 1", true, "", nil, nil, ""},
	}}
	want := "You cannot import this file in Op KESTREL. Rule R-15 needs an authority that covers events; the one named (URN 2024/118) " +
		"covers entity only. A SPoC can record one. Rule R-19 needs a rank. (IPA 2016 Sch 4 Pt 1) Reference D-90213."
	if got := d.Sentence(SourceImport, "Op KESTREL", "D-90213"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := (Decision{Allowed: true}).Sentence(SourceImport, "", ""); got != "" {
		t.Error(got)
	}
}

func TestUntil(t *testing.T) {
	in := sample()
	if got := in.Until(); !got.Equal(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("end of the assignment: %v", got)
	}
	in.Actor.Until = "2026-12-01T00:00:00.000Z"
	if got := in.Until(); !got.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("end of the key: %v", got)
	}
	in.Actor.Until = NoEnd
	in.Case.Assigned = append(in.Case.Assigned, Assignment{"a.analyst", "2026-06-01T00:00:00.000Z", NoEnd})
	if got := in.Until(); !got.IsZero() {
		t.Errorf("a second assignment without end: %v", got)
	}
	in.Case.Assigned[1].From = "2026-12-01T00:00:00.000Z"
	if got := in.Until(); got.IsZero() {
		t.Error("an assignment that has not begun does not count")
	}
}

func FuzzParseInput(f *testing.F) {
	good, err := sample().Canonical()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"action":"log.init","actor":{"id":"s","role":"service","roles":["service"],"until":"9999-12-31T23:59:59.999Z"},"asOf":0,"now":"2026-11-21T21:04:05.123Z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := ParseInput(text)
		if err != nil {
			return
		}
		again, err := in.Canonical()
		if err != nil || !bytes.Equal(text, again) {
			t.Errorf("%q came back as %q, %v", text, again, err)
		}
	})
}
