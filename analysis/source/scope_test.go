package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

const scopedCase = "../registry/testdata/golden/source-csv@1/uk-17-scoped/"

func inCase(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(scopedCase + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// read imports a file under a scope; nil is none.
func read(file, profile []byte, s *Scope) (events, excess string, b analysis.Balance, err error) {
	var out [4]bytes.Buffer
	in := map[string]analysis.Input{
		"source": bytes.NewReader(file), "profile": bytes.NewReader(profile), "decisions": strings.NewReader("[]"),
	}
	to := map[string]io.Writer{"events": &out[0], "set-aside": &out[1], "report": &out[2]}
	if s != nil {
		text, err := MarshalScope(*s)
		if err != nil {
			return "", "", b, err
		}
		in["scope"], to["excess"] = bytes.NewReader(text), &out[3]
	}
	o, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 30)}.Run(context.Background(), CSV{}, in, nil, to)
	return out[0].String(), out[3].String(), o.Result.Balance, err
}

func scoped(from, until string, class Class, identifiers ...string) *Scope {
	slices.Sort(identifiers)
	return &Scope{Class: class, From: from, Until: until, Identifiers: identifiers}
}

// why works out in another way, from the text of an event, for which reasons it
// lies outside.
func why(s *Scope, fields []string) string {
	var reasons []string
	named := slices.Contains(s.Identifiers, fields[event.Subject]) || fields[event.IMSI] != "" && slices.Contains(s.Identifiers, fields[event.IMSI])
	for _, id := range s.Identifiers {
		named = named || len(id) >= 14 && !strings.HasPrefix(id, "+") && strings.HasPrefix(fields[event.IMEI], id[:14])
		named = named || id == "cell:"+fields[event.StartCell] || id == "cell:"+fields[event.EndCell]
	}
	if !named {
		reasons = append(reasons, "EXCESS_IDENTIFIER")
	}
	at, from, until := instant(fields[event.StartUTC]), instant(s.From), instant(s.Until)
	if at.Before(from) || at.After(until) {
		reasons = append(reasons, "EXCESS_DATES")
	}
	located := strings.Join(append(slices.Clone(fields[event.StartCell:event.Flags]), fields[event.IMEI], fields[event.IMSI], fields[event.Roaming]), "") != ""
	if s.Class == ClassNone || s.Class == ClassService && located {
		reasons = append(reasons, "EXCESS_DATA_TYPE")
	}
	return strings.Join(reasons, " ")
}

func instant(text string) time.Time {
	at, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil {
		panic(err)
	}
	return at
}

// TestEveryEventLiesOnOneSide draws scopes by chance and wants what is inside and
// what is outside to be, together, the events of a reading without a scope, each
// on the side on which another writing of the rule puts it. The control is that
// other writing with the first reason left out: it must be caught.
func TestEveryEventLiesOnOneSide(t *testing.T) {
	file, profile := inCase(t, "in.source.csv"), inCase(t, "in.profile.yaml")
	all, _, _, err := read(file, profile, nil)
	if err != nil {
		t.Fatal(err)
	}
	chance := rand.New(rand.NewPCG(5, 2026))
	pool := []string{"+447700900142", "+447700900318", "35209911204417", "352099112044173", "001010812834876", "cell:cgi:001-01-1017-10010", "cell:cgi:001-01-1020-10016", "+447700900104"}
	days := []string{"2026-03-29T00:00:00Z", "2026-10-24T17:10:00Z", "2026-10-24T17:27:08Z", "2026-10-24T18:44:10Z", "2026-10-25T00:30:00Z", "2026-12-31T00:00:00Z"}
	caught := 0
	for trial := range 400 {
		var ids []string
		for _, id := range pool {
			if chance.IntN(4) == 0 {
				ids = append(ids, id)
			}
		}
		a := chance.IntN(len(days))
		s := scoped(days[a], days[a+chance.IntN(len(days)-a)], []Class{ClassTraffic, ClassTraffic, ClassService, ClassNone}[chance.IntN(4)], ids...)
		events, excess, b, err := read(file, profile, s)
		if err != nil {
			t.Fatal(err)
		}
		inside, outside := strings.SplitAfter(events, "\n")[1:], strings.SplitAfter(excess, "\n")[1:]
		var together []string
		for _, line := range outside {
			if line != "" {
				at := strings.LastIndexByte(line, ',')
				together = append(together, line[:at]+"\n")
				fields := fieldsOf(t, line[:at]+"\n")
				reasons := strings.TrimSuffix(line[at+1:], "\n")
				if want := why(s, fields); want != reasons || reasons == "" {
					t.Fatalf("trial %d: row %s lies outside for %q, want %q: %+v", trial, fields[event.Record], reasons, want, s)
				}
				if spoilt := strings.TrimPrefix(why(s, fields), "EXCESS_IDENTIFIER"); spoilt != reasons {
					caught++
				}
			}
		}
		for _, line := range inside {
			if line != "" {
				if want := why(s, fieldsOf(t, line)); want != "" {
					t.Fatalf("trial %d: a row lies inside that has the reasons %q: %+v", trial, want, s)
				}
			}
		}
		together = append(together, inside...)
		want := strings.SplitAfter(all, "\n")[1:]
		slices.Sort(together)
		slices.Sort(want)
		if strings.Join(together, "") != strings.Join(want, "") {
			t.Fatalf("trial %d: inside and outside are not the whole: %+v", trial, s)
		}
		if int(b.Outside) != len(outside)-1 || b.Received != 25 {
			t.Fatalf("trial %d: %s, and %d lines outside", trial, b, len(outside)-1)
		}
	}
	if caught == 0 {
		t.Error("the control was never caught: no scope left out an identifier")
	}
}

func fieldsOf(t *testing.T, line string) []string {
	t.Helper()
	table, err := event.NewTable(strings.NewReader(string(event.AppendHeader(nil))+line), event.Columns())
	if err != nil {
		t.Fatal(err)
	}
	fields, err := table.Next()
	if err != nil {
		t.Fatal(err)
	}
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = string(f)
	}
	return list
}

// TestAreasAndLargeFiles puts events on the side on which their site lies, and
// keeps the mark of an event that passes through scratch.
func TestAreasAndLargeFiles(t *testing.T) {
	file, profile := inCase(t, "in.source.csv"), inCase(t, "in.profile.yaml")
	// 374912, 164703 on the National Grid is 51.38108, -2.36202
	for area, want := range map[string]int64{"area:51.3811,-2.3620,100": 16, "area:51.3811,-2.3720,100": 0, "area:51.3811,-2.3620,9000": 17} {
		_, _, b, err := read(file, profile, scoped("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", ClassTraffic, area))
		if err != nil || b.Shown+b.Repeats != want {
			t.Errorf("%s: %s, want %d inside: %v", area, b, want, err)
		}
	}
	env := analysis.NewMemoryEnv(1 << 30)
	s, err := newScope(Scope{Format: ScopeFormat, Class: ClassTraffic, From: "2026-10-24T17:10:00Z", Until: "2026-10-24T22:59:59Z", Identifiers: []string{"+447700900142"}})
	if err != nil {
		t.Fatal(err)
	}
	im, err := newImporter(env, map[string]analysis.Input{
		"source": bytes.NewReader(file), "profile": bytes.NewReader(profile), "decisions": strings.NewReader("[]"),
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	im.scope, im.sorter.limit = s, 400
	var events, excess, report bytes.Buffer
	if err := im.run(map[string]io.Writer{"events": &events, "excess": &excess, "report": &report}); err != nil {
		t.Fatal(err)
	}
	if len(im.sorter.runs) < 2 || events.String() != string(inCase(t, "out.events.csv")) || excess.String() != string(inCase(t, "out.excess.csv")) {
		t.Errorf("%d runs; the outputs are not those of a sort in memory:\n%s\n%s", len(im.sorter.runs), events.String(), excess.String())
	}
}

// TestContentIsRefused wants a file with the text of messages refused whole, and
// one with the same column empty, or under a scope that allows content, read.
func TestContentIsRefused(t *testing.T) {
	profile := []byte(`profile: custos/profile/v1
name: with-text
version: 1
title: A return with a column of text
file:
  encoding: utf-8
  separator: ","
  columns:
    - {name: Number, is: Number}
    - {name: Time, is: Time}
    - {name: Kind, is: Kind}
numbers: gb
start: {columns: [Time], layouts: ["YYYY-MM-DD hh:mm:ss"], zone: UTC, basis: made up for a test}
subject: {column: Number, read: number}
events:
  columns: [Kind]
  rows:
    - {when: [sent], type: sms, leg: originating, other: none}
`)
	file := func(header, text string) []byte {
		return fmt.Appendf(nil, "Number,Time,Kind,%s\n07700900142,2026-10-24 18:00:00,sent,\n07700900142,2026-10-24 18:01:00,sent,%s\n", header, text)
	}
	s := scoped("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", ClassTraffic, "+447700900142")
	for _, header := range []string{"Message", "SMS Text", "message_body", "Text", "CONTENT", "Voicemail Transcript", "Email body"} {
		_, _, _, err := read(file(header, "see you at nine"), profile, s)
		if !errors.Is(err, analysis.ErrContent) || !strings.Contains(err.Error(), header) || !strings.Contains(err.Error(), "row 3") || strings.Contains(err.Error(), "nine") {
			t.Errorf("%s: %v", header, err)
		}
		for _, nothing := range []string{"", " ", "-"} {
			if _, _, b, err := read(file(header, nothing), profile, s); err != nil || b.Shown != 2 {
				t.Errorf("%s with %q in it: %s %v", header, nothing, b, err)
			}
		}
		if _, _, _, err := read(file(header, "see you at nine"), profile, nil); err != nil {
			t.Errorf("control: %s without a scope: %v", header, err)
		}
		allowed := *s
		allowed.Content = true
		if _, _, _, err := read(file(header, "see you at nine"), profile, &allowed); err != nil {
			t.Errorf("control: %s where content is allowed: %v", header, err)
		}
	}
	for _, header := range []string{"Message Type", "Message ID", "Content Length", "Text Count", "Cell Text", "Call Type"} {
		if _, _, b, err := read(file(header, "9"), profile, s); err != nil || b.Shown != 2 {
			t.Errorf("%s is no content: %s %v", header, b, err)
		}
	}
}

// TestScopeForm wants every scope that is not in its form refused.
func TestScopeForm(t *testing.T) {
	good := scoped("2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", ClassTraffic, "+447700900142", "area:51.5,-0.1,500", "cell:cgi:001-01-1-1")
	text, err := MarshalScope(*good)
	if err != nil {
		t.Fatalf("control: %v", err)
	}
	if _, err := ParseScope(text); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, spoil := range map[string]func(*Scope){
		"no class":     func(s *Scope) { s.Class = "" },
		"other class":  func(s *Scope) { s.Class = "events" },
		"no period":    func(s *Scope) { s.From = "" },
		"turned round": func(s *Scope) { s.From, s.Until = s.Until, s.From },
		"blank":        func(s *Scope) { s.Identifiers = []string{""} },
		"twice":        func(s *Scope) { s.Identifiers = []string{"+1", "+1"} },
		"unsorted":     func(s *Scope) { s.Identifiers = []string{"+2", "+1"} },
		"half an area": func(s *Scope) { s.Identifiers = []string{"area:51.5,-0.1"} },
		"no radius":    func(s *Scope) { s.Identifiers = []string{"area:51.5,-0.1,0"} },
	} {
		bad := *good
		spoil(&bad)
		if _, err := MarshalScope(bad); !errors.Is(err, ErrScope) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "other format": strings.Replace(string(text), "scope/v1", "scope/v2", 1), "blanks": string(text) + " "} {
		if _, err := ParseScope([]byte(text)); !errors.Is(err, ErrScope) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
