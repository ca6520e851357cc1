package ledger_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/ledger"
)

// sample fills every field of a detail with a value that its schema allows.
func sample(tb testing.TB, detail ledger.Detail) {
	tb.Helper()
	fillValue(reflect.ValueOf(detail).Elem(), "")
	switch d := detail.(type) {
	case *ledger.KeyEnrolled:
		d.Public = newKey("analyst").public
		d.Key = d.Public.KeyID()
	case *ledger.PayloadErased:
		d.Digest = ledger.DigestSet{ledger.Salted: {1}}
	case *ledger.ExhibitProduced:
		d.Renders[0].Subject = "table"
	case *ledger.BundleMade:
		d.Heads.Work.N, d.Withheld[0].N = 9, 4
	case *ledger.AccessDecided:
		d.Until = ledger.NewTime(time.Unix(1, 0))
	}
}

func fillValue(v reflect.Value, one string) {
	switch v.Kind() { //nolint:exhaustive // details have no other
	case reflect.String:
		v.SetString("text")
		if one != "" {
			v.SetString(strings.Split(one, "|")[0])
		}
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Array:
		v.Index(0).SetUint(0xab)
	case reflect.Map:
		v.Set(reflect.ValueOf(ledger.DigestSet{ledger.SHA256: {1}}))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(v.Index(0), "")
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Tag.Get("json") != "" {
				fillValue(v.Field(i), v.Type().Field(i).Tag.Get("one"))
			}
		}
	}
}

// sampleStatement returns a statement of a kind in which everything that may be there is.
func sampleStatement(tb testing.TB, info ledger.KindInfo) ledger.Statement {
	tb.Helper()
	d := info.New()
	sample(tb, d)
	var subjects []ledger.Subject
	for _, name := range info.Subjects {
		digest := ledger.DigestSet{ledger.SHA256: {2}}
		switch name {
		case "record":
			continue
		case "*":
			name = "table"
		case "rows":
			digest = ledger.DigestSet{ledger.Rows: {3}}
		}
		subjects = append(subjects, ledger.Subject{Name: name, Digest: digest})
	}
	id := ledger.EntryID{9}
	step := testStep()
	p := ledger.Predicate{
		Actor: ledger.Actor{ID: "analyst", Key: newKey("analyst").KeyID(), Role: "analyst"}, Authority: []ledger.EntryID{{8}},
		Decision: &ledger.Decision{AsOf: 3, Entry: id, Release: ledger.Digest{4}, Until: ledger.NewTime(time.Unix(2, 0))}, Detail: d,
		OnBehalfOf: "a force", Operation: "consultation", Parameters: map[string]string{"top": "5", "empty": ""},
		Place:                ledger.Place{Chain: ledger.ChainID{5}, Entry: id},
		ResolvedDependencies: []ledger.Dependency{{Name: "events", Digest: ledger.DigestSet{ledger.Salted: {6}}, Entry: &id}},
		RowBalance:           &ledger.RowBalance{Received: 10, Shown: 4, Outside: 3, Repeats: 2, SetAside: 1}, Time: ledger.NewTime(time.Unix(3, 4e6)),
	}
	if info.Step {
		p.Step = &step
	}
	s, err := ledger.NewStatement(p, subjects...)
	if err != nil {
		tb.Fatalf("%s: %v", info.Kind, err)
	}
	return s
}

// detail returns the struct type of a kind's detail.
func detail(info ledger.KindInfo) any { return reflect.ValueOf(info.New()).Elem().Interface() }

// TestEveryKindComesBack writes and reads a statement of each kind, and refuses it
// with one key more, one less, or another kind's detail.
func TestEveryKindComesBack(t *testing.T) {
	w := newWorld(t)
	infos := ledger.Kinds()
	if len(infos) != 49 {
		t.Errorf("%d kinds; FORMAT.md has 49", len(infos))
	}
	for i, info := range infos {
		s := sampleStatement(t, info)
		text, err := s.Bytes()
		if err != nil {
			t.Fatalf("%s: %v", info.Kind, err)
		}
		back, err := ledger.ParseStatement(text)
		if err != nil || !reflect.DeepEqual(back, s) || back.Kind() != info.Kind {
			t.Errorf("%s: came back as %+v, %v", info.Kind, back, err)
		}
		other := infos[(i+1)%len(infos)]
		alike := reflect.TypeOf(detail(info)).ConvertibleTo(reflect.TypeOf(detail(other)))
		swapped := strings.Replace(string(text), "/"+string(info.Kind)+"/v1", "/"+string(other.Kind)+"/v1", 1)
		if _, err := ledger.ParseStatement([]byte(swapped)); err == nil && !alike {
			t.Errorf("%s was read as %s", info.Kind, other.Kind)
		}
		changed := func(change func(detail object)) string {
			o := w.parse(text)
			change(as[object](as[object](o["predicate"])["detail"]))
			return string(w.json(o))
		}
		refused := map[string]string{"a key more": changed(func(d object) { d["zz"] = "x" })}
		for key := range as[object](as[object](w.parse(text)["predicate"])["detail"]) {
			optional := slices.Contains([]string{"seal", "credit", "confirmed", "changed", "expert"}, key) || key == "reference" && info.Kind == "evidence-received" ||
				key == "transfer" || key == "about" && info.Kind == "register-recorded"
			if !optional {
				refused["without "+key] = changed(func(d object) { delete(d, key) })
			}
			refused[key+" as null-like"] = changed(func(d object) { d[key] = object{} })
		}
		for name, text := range refused {
			if _, err := ledger.ParseStatement([]byte(text)); err == nil {
				t.Errorf("%s: accepted %s", info.Kind, name)
			}
		}
	}
}

// TestStatementRefuses what its shape allows and its meaning does not.
func TestStatementRefuses(t *testing.T) {
	run, err := ledger.InfoOf("analysis-run")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ledger.InfoOf("rows-committed")
	if err != nil {
		t.Fatal(err)
	}
	exhibit, err := ledger.InfoOf("exhibit-produced")
	if err != nil {
		t.Fatal(err)
	}
	checked, err := ledger.InfoOf("exhibit-checked")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		info  ledger.KindInfo
		spoil func(s *ledger.Statement)
	}{
		"no render":                {exhibit, func(s *ledger.Statement) { as[*ledger.ExhibitProduced](s.Predicate.Detail).Renders = nil }},
		"render of another":        {exhibit, func(s *ledger.Statement) { as[*ledger.ExhibitProduced](s.Predicate.Detail).Renders[0].Subject = "map" }},
		"digest of another detail": {checked, func(s *ledger.Statement) { as[*ledger.ExhibitChecked](s.Predicate.Detail).Exhibit[0]++ }},
		"salted record": {checked, func(s *ledger.Statement) {
			s.Subject[0].Digest = ledger.DigestSet{ledger.Salted: s.Subject[0].Digest[ledger.SHA256]}
		}},
		"another _type":            {run, func(s *ledger.Statement) { s.Type = "https://in-toto.io/Statement/v0.1" }},
		"version 2":                {run, func(s *ledger.Statement) { s.PredicateType = strings.Replace(s.PredicateType, "/v1", "/v2", 1) }},
		"no version":               {run, func(s *ledger.Statement) { s.PredicateType = strings.TrimSuffix(s.PredicateType, "/v1") }},
		"another authority's kind": {run, func(s *ledger.Statement) { s.PredicateType = "https://example.org/predicate/analysis-run/v1" }},
		"no subject":               {run, func(s *ledger.Statement) { s.Subject = nil }},
		"subject twice":            {run, func(s *ledger.Statement) { s.Subject = append(s.Subject, s.Subject[0]) }},
		"subject named record":     {run, func(s *ledger.Statement) { s.Subject[0].Name = "record" }},
		"subject with a path":      {run, func(s *ledger.Statement) { s.Subject[0].Name = "../x" }},
		"subject ends in a dot":    {run, func(s *ledger.Statement) { s.Subject[0].Name = "x." }},
		"subject of rows":          {run, func(s *ledger.Statement) { s.Subject[0].Digest = ledger.DigestSet{ledger.Rows: {1}} }},
		"rows of a plain digest":   {rows, func(s *ledger.Statement) { s.Subject[0].Digest = ledger.DigestSet{ledger.SHA256: {1}} }},
		"rows under another name":  {rows, func(s *ledger.Statement) { s.Subject[0].Name = "row" }},
		"two algorithms":           {run, func(s *ledger.Statement) { s.Subject[0].Digest[ledger.Salted] = ledger.Digest{} }},
		"unknown algorithm":        {run, func(s *ledger.Statement) { s.Subject[0].Digest = ledger.DigestSet{"md5": {1}} }},
		"no algorithm":             {run, func(s *ledger.Statement) { s.Subject[0].Digest = ledger.DigestSet{} }},
		"input twice": {run, func(s *ledger.Statement) {
			s.Predicate.ResolvedDependencies = append(s.Predicate.ResolvedDependencies, s.Predicate.ResolvedDependencies[0])
		}},
		"input without digest": {run, func(s *ledger.Statement) { s.Predicate.ResolvedDependencies[0].Digest = nil }},
		"input without name":   {run, func(s *ledger.Statement) { s.Predicate.ResolvedDependencies[0].Name = "" }},
		"no step":              {run, func(s *ledger.Statement) { s.Predicate.Step = nil }},
		"a step that is none":  {rows, func(s *ledger.Statement) { step := testStep(); s.Predicate.Step = &step }},
		"step without name":    {run, func(s *ledger.Statement) { s.Predicate.Step.Name = "" }},
		"no balance":           {run, func(s *ledger.Statement) { s.Predicate.RowBalance = nil }},
		"balance does not add": {run, func(s *ledger.Statement) { s.Predicate.RowBalance.Received++ }},
		"balance overflows": {run, func(s *ledger.Statement) {
			*s.Predicate.RowBalance = ledger.RowBalance{Shown: 1 << 63, Outside: 1 << 63}
		}},
		"unknown operation":     {run, func(s *ledger.Statement) { s.Predicate.Operation = "viewing" }},
		"nobody":                {run, func(s *ledger.Statement) { s.Predicate.Actor.ID = "" }},
		"no role":               {run, func(s *ledger.Statement) { s.Predicate.Actor.Role = "" }},
		"no detail":             {run, func(s *ledger.Statement) { s.Predicate.Detail = nil }},
		"another kind's detail": {run, func(s *ledger.Statement) { s.Predicate.Detail = &ledger.RowsCommitted{} }},
		"empty title":           {run, func(s *ledger.Statement) { s.Predicate.Detail = &ledger.AnalysisRun{} }},
		"after of nothing":      {run, func(s *ledger.Statement) { s.Predicate.Place.After.Commitment[0] = 1 }},
	} {
		s := sampleStatement(t, c.info)
		if _, err := s.Bytes(); err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		c.spoil(&s)
		if _, err := s.Bytes(); ledger.CodeOf(err) != ledger.FaultStatement {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDetailRefuses parts of one detail that do not fit each other.
func TestDetailRefuses(t *testing.T) {
	for name, d := range map[string]ledger.Detail{
		"unknown holding":    &ledger.KeyEnrolled{HeldBy: "nobody", Holder: "h", Key: newKey("analyst").KeyID(), Name: "n", Public: newKey("analyst").public, Roles: []string{"r"}},
		"another key id":     &ledger.KeyEnrolled{HeldBy: "holder", Holder: "h", Name: "n", Public: newKey("analyst").public, Roles: []string{"r"}},
		"no role":            &ledger.KeyEnrolled{HeldBy: "holder", Holder: "h", Key: newKey("analyst").KeyID(), Name: "n", Public: newKey("analyst").public},
		"empty role":         &ledger.KeyEnrolled{HeldBy: "holder", Holder: "h", Key: newKey("analyst").KeyID(), Name: "n", Public: newKey("analyst").public, Roles: []string{""}},
		"disagrees":          &ledger.ExhibitChecked{Result: "disagrees"},
		"withheld twice":     &ledger.BundleMade{Heads: ledger.Heads{Work: ledger.Head{N: 9}}, Withheld: []ledger.Withheld{{N: 2, Reason: "sensitive"}, {N: 2, Reason: "sensitive"}}},
		"withheld backwards": &ledger.BundleMade{Heads: ledger.Heads{Work: ledger.Head{N: 9}}, Withheld: []ledger.Withheld{{N: 3, Reason: "sensitive"}, {N: 2, Reason: "sensitive"}}},
		"withheld beyond":    &ledger.BundleMade{Heads: ledger.Heads{Work: ledger.Head{N: 9}}, Withheld: []ledger.Withheld{{N: 10, Reason: "sensitive"}}},
		"withheld for fun":   &ledger.BundleMade{Heads: ledger.Heads{Work: ledger.Head{N: 9}}, Withheld: []ledger.Withheld{{N: 3, Reason: "fun"}}},
		"nothing erased":     &ledger.PayloadErased{Order: "o"},
		"no detail":          nil,
	} {
		_, err := ledger.NewStatement(ledger.Predicate{Actor: ledger.Actor{ID: "a", Role: "r"}, Detail: d})
		if ledger.CodeOf(err) != ledger.FaultStatement {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTime(t *testing.T) {
	var at ledger.Time
	for _, text := range []string{"2026-11-21T21:04:05.123Z", "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000Z"} {
		if err := at.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if back, err := at.MarshalText(); err != nil || string(back) != text {
			t.Errorf("%s came back as %s, %v", text, back, err)
		}
	}
	for _, text := range []string{
		"2026-11-21T21:04:05Z", "2026-11-21T21:04:05.12Z", "2026-11-21T21:04:05.1234Z", "2026-11-21T21:04:05,123Z", "2026-11-21t21:04:05.123z", "2026-11-21 21:04:05.123Z",
		"2026-11-21T21:04:05.123+00:00", "2026-11-21T24:00:00.000Z", "2026-11-21T23:59:60.000Z", "2026-02-30T21:04:05.123Z", "26-11-21T21:04:05.123Z", "10000-01-01T00:00:00.000Z", "",
	} {
		if err := at.UnmarshalText([]byte(text)); ledger.CodeOf(err) != ledger.FaultValue {
			t.Errorf("%q: %v", text, err)
		}
	}
	london := time.FixedZone("BST", 3600)
	if got := ledger.NewTime(time.Date(2026, 6, 1, 0, 30, 0, 999999, london)); got.Nanosecond() != 0 || got.Hour() != 23 {
		t.Errorf("cut to %v", got)
	}
	if _, err := (ledger.Time{Time: time.Unix(0, 1)}).MarshalText(); ledger.CodeOf(err) != ledger.FaultValue {
		t.Errorf("a nanosecond was written: %v", err)
	}
}

// TestTimeInJSON: a time that is no text must be refused, and not panic.
func TestTimeInJSON(t *testing.T) {
	for _, text := range []string{"1", "true", "{}", "[]", `""`, `"2026-11-21T21:04:05Z"`} {
		var at ledger.Time
		if err := ledger.UnmarshalCanonical([]byte(text), &at); err == nil {
			t.Errorf("%s was read as %v", text, at)
		}
	}
	var at ledger.Time
	if err := ledger.UnmarshalCanonical([]byte(`"2026-11-21T21:04:05.123Z"`), &at); err != nil || at.UnixMilli() != 1795295045123 {
		t.Errorf("read %v (%d), %v", at, at.UnixMilli(), err)
	}
}

func TestIDs(t *testing.T) {
	good := strings.Repeat("0f", 32)
	d, err := ledger.ParseDigest(good)
	if err != nil || d.String() != good {
		t.Fatal(err)
	}
	for _, bad := range []string{"", good[1:], good + "0", strings.ToUpper(good), " " + good[1:], strings.Repeat("0g", 32), "0x" + good[2:]} {
		if _, err := ledger.ParseDigest(bad); ledger.CodeOf(err) != ledger.FaultValue {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ledger.ParseEntryID(good); ledger.CodeOf(err) != ledger.FaultValue {
		t.Errorf("an entry id of 32 bytes: %v", err)
	}
}
