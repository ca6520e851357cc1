package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// fraud is one case in which something is not as it should be.
type fraud struct {
	file  string
	cheat func(*Story) // makes the keeper dishonest; nil leaves him as he is
	after func(*Story, context.Context) error
	set   func(*custody.Produce)
}

// frauds are the cases, an honest one first. What is wrong with the others is for
// the reader of the README to find.
func frauds() []fraud {
	return []fraud{
		{file: "honest"},
		{file: "1", cheat: func(s *Story) { s.doctor("event-schedule", "events", withoutThird) }},
		{file: "2", cheat: func(s *Story) { s.doctor("source-csv", "profile", inUTC) }},
		{file: "3", set: attribute},
		{file: "4", after: (*Story).forget},
		{file: "5", cheat: func(s *Story) { s.doctor("render-map-svg", "schedule", elsewhere) }},
	}
}

// Cheat makes a folder with an honest bundle and five that are not, each signed
// with every key that its log has, for somebody to find out what is wrong.
// Errors: whatever went wrong, in words; a folder that is there already is left
// alone.
func (s *Story) Cheat(ctx context.Context) (err error) {
	options := s.Log
	options.Dir = s.Dir
	if err := isNew(options); err != nil {
		return err
	}
	s.say("custos demo --fraud: six made-up cases of one keeper, who holds every key and is not honest in five.")
	if err := wiring.Init(ctx, options, origin, administrator); err != nil {
		return err
	}
	if s.station, err = wiring.Open(ctx, options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.station.Close()) }()
	if err := enrol(ctx, s.station); err != nil {
		return err
	}
	if err := s.station.WriteTrust(ctx); err != nil {
		return err
	}
	s.station.Service.Apart = nil // what reads files is the keeper's own, see doctor
	if m := s.station.Service.Module; m != nil {
		s.station.Service.Module = obedient{m}
	}
	honest := s.station.Service.Config
	for i, f := range frauds() {
		s.station.Service.Config = honest
		if err := s.commit(ctx, i, f); err != nil {
			return fmt.Errorf("case %s: %w", f.file, err)
		}
		s.say("  %s", s.bundle)
	}
	s.say("\nThe first is as it should be. Find what is wrong with the others:\n  %s %s --trust %s", s.Verify, s.bundle, filepath.Join(s.Dir, "trust.json"))
	return nil
}

// commit tells one case from the file to its bundle.
func (s *Story) commit(ctx context.Context, i int, f fraud) error {
	opened, err := s.station.Service.Cases().Open(ctx, as("u-05"), custody.OpenCase{
		Reference: fmt.Sprintf("HAL-2026-05%02d", i), Title: "Operation HALYARD (made up)", Assigned: []string{"u-02", "u-03", "u-04", "u-05"},
	})
	if err != nil {
		return err
	}
	s.id = opened.Case
	if f.cheat != nil {
		f.cheat(s)
	}
	if err := s.gather(ctx); err != nil {
		return err
	}
	made, err := s.exhibited(ctx, f.set)
	if err != nil {
		return err
	}
	if f.after != nil {
		if err := f.after(s, ctx); err != nil {
			return err
		}
	}
	s.bundle = filepath.Join(s.Dir, f.file+".custos.zip")
	out, err := os.OpenFile(s.bundle, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = s.station.Service.Exhibits().Bundle(ctx, as("u-02"), custody.Pack{Case: s.id, Exhibit: made.Entry}, out)
	return errors.Join(err, out.Sync(), out.Close())
}

// subscriberAnswer is what an operator says of whose a number is.
const subscriberAnswer = "Number,Subscriber,From\r\n07700900101,Casey Quill,01/02/2024\r\n"

// gather records the authority and takes in the two files.
func (s *Story) gather(ctx context.Context) error {
	a := Authority()
	a.Scope.DataTypes = []policy.DataType{policy.Entity, policy.Events}
	recorded, err := s.station.Service.Authorities().Record(ctx, as("u-04"), custody.RecordAuthority{Case: s.id, Document: a})
	if err != nil {
		return err
	}
	profile, ok := source.ReadProfile("uk-17")
	if !ok {
		return errors.New("the built-in profile uk-17 is missing")
	}
	data, _ := Return(seed, rows/2)
	got, err := s.station.Service.Imports().Receive(ctx, as("u-02"), custody.Receive{
		Case: s.id, Item: "PRM/1", FileName: "northmoor_AB-26-01873.csv", From: "Northmoor Mobile (made up)", Authority: recorded.Authority,
		Return: Declared(), Content: bytes.NewReader(data), Reading: custody.Reading{Profile: profile},
	})
	if err != nil {
		return err
	}
	s.dataset = got.Dataset.Entry
	answer := Declared()
	answer.DataTypes, answer.Identifiers = []policy.DataType{policy.Entity}, identifiers()[:1]
	_, err = s.station.Service.Imports().Keep(ctx, as("u-02"), custody.Receive{
		Case: s.id, Item: "SUB/1", FileName: "subscriber_answer.csv", From: "Northmoor Mobile (made up)", Authority: recorded.Authority,
		Return: answer, Content: strings.NewReader(subscriberAnswer), Reading: custody.Reading{Profile: profile},
	})
	return err
}

// exhibited runs two analyses, the first of which nobody speaks of, and renders
// the second as the exhibit.
func (s *Story) exhibited(ctx context.Context, set func(*custody.Produce)) (custody.Produced, error) {
	subject := identifiers()[0]
	inputs := map[string]custody.PayloadRef{"events": {Entry: s.dataset}, "set-aside": {Entry: s.dataset}}
	none := custody.Produced{}
	first, err := s.station.Service.Analyses().Run(ctx, as("u-02"), custody.Run{
		Case: s.id, Inputs: inputs, Step: "top-contacts@1", Title: "Whom did 07700 900101 have contact with most often?",
		Params: map[string]string{"subject": subject},
	})
	if err != nil {
		return none, err
	}
	s.near = first.Entry
	ran, err := s.station.Service.Analyses().Run(ctx, as("u-02"), custody.Run{
		Case: s.id, Inputs: inputs, Step: "event-schedule@1", Title: "Calls, texts and data of 07700 900101 on Thursday 22 October 2026",
		Params: map[string]string{"identifiers": subject, "from": "2026-10-21T23:00:00Z", "until": "2026-10-22T23:00:00Z"},
	})
	if err != nil {
		return none, err
	}
	produce := custody.Produce{
		Case: s.id, Reference: "JAS/1", Title: "Schedule and map of calls, texts and data", Run: ran.Entry,
		Renderers: []string{"render-schedule-csv@1", "render-map-svg@1"},
	}
	if set != nil {
		set(&produce)
	}
	return s.station.Service.Exhibits().Produce(ctx, as("u-02"), produce)
}

// doctor lets a step work on a changed input from now on.
func (s *Story) doctor(name, port string, change func(string) string) {
	honest, _ := s.station.Service.Steps.Find(name, 1)
	s.station.Service.Steps = cheating{s.station.Service.Steps, doctored{honest, port, change}}
}

// ofTheSubject is a row of the number and the day that the exhibit is about.
var ofTheSubject = regexp.MustCompile(`^2026-10-22T[^,]*,[^,]*,s,[^,]*,[^,]*,[0-9]*,[^,]*,[a-z]+,[a-z]+,\+447700900101,`)

// withoutThird drops a row that the exhibit should show.
func withoutThird(events string) string {
	found := 0
	var kept strings.Builder
	for line := range strings.Lines(events) {
		if ofTheSubject.MatchString(line) {
			if found++; found == 3 {
				continue
			}
		}
		kept.WriteString(line)
	}
	return kept.String()
}

// inUTC reads the operator's times as if they were not in summer time.
func inUTC(profile string) string {
	return strings.Replace(profile, "zone: Europe/London", "zone: UTC", 1)
}

// eastings are the positions of sites in the table of a map.
var eastings = regexp.MustCompile(`(,cgi:[0-9-]+,)([0-9]+)(,[0-9]+,)`)

// elsewhere moves every site some way to the west.
func elsewhere(schedule string) string {
	return eastings.ReplaceAllStringFunc(schedule, func(found string) string {
		parts := eastings.FindStringSubmatch(found)
		return fmt.Sprintf("%s%d%s", parts[1], number(parts[2])-2500, parts[3])
	})
}

func number(digits string) int {
	n := 0
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}

// attribute gives a number to somebody whom its basis does not name.
func attribute(p *custody.Produce) {
	p.Attributions = []analysis.Attribution{{
		Identifier: identifiers()[0], Person: "Robin Tarn", Kind: "subscriber", Basis: []string{"SUB/1"}, StatedBy: "Jo A. Saunders",
	}}
}

// forget hides the first of the two analyses from now on.
func (s *Story) forget(ctx context.Context) error {
	hidden, err := s.station.Service.Store.ByEntryID(ctx, s.near)
	if err != nil {
		return err
	}
	s.station.Service.Store = forgetful{s.station.Service.Store, hidden.Chain, hidden.N}
	return nil
}
