package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// The people of the operation, by role; none of them exists.
var (
	administrator = custody.Person{ID: "u-01", Name: "Robin Vale", Roles: []string{"administrator"}}
	staff         = []custody.Person{
		{ID: "u-02", Name: "Jo A. Saunders", Roles: []string{"analyst"}},
		{ID: "u-03", Name: "Kit Marlow", Roles: []string{"analyst"}},
		{ID: "u-04", Name: "Sam Ashdown", Roles: []string{"spoc"}},
		{ID: "u-05", Name: "Alex Rowe", Roles: []string{"sio"}},
		{ID: auditor, Name: "Chris Penn", Roles: []string{"auditor"}},
	}

	// competent says what the people of a role are trained for.
	competent = map[string][]policy.Activity{
		"analyst": {policy.DataImport, policy.DataAnalysis, policy.SiteMapping, policy.EvidenceReading},
		"spoc":    {policy.DataImport, policy.EvidenceReading},
		"sio":     {policy.EvidenceReading, policy.DisclosureWork},
		"auditor": {policy.EvidenceReading},
	}
)

// enrol enrols the people of the operation, with what each is competent and vetted for.
func enrol(ctx context.Context, st *wiring.Station) error {
	for _, p := range staff {
		q := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.ManagementVetted}
		for _, activity := range competent[p.Roles[0]] {
			q.Competent = append(q.Competent, custody.Competent{Activity: activity})
		}
		if _, err := st.Service.Organisation().Enrol(ctx, as(administrator.ID), custody.Enrol{Person: p, Qualify: q}); err != nil {
			return err
		}
	}
	return nil
}

const (
	origin    = "demo.custos.example/log"
	reference = "HAL-2026-0417"
	seed      = 20261012
	rows      = 1200
)

// Story is the main job on made-up data, told as it happens.
type Story struct {
	Out    io.Writer
	Dir    string // data folder; made new
	Verify string // path of the custos-verify program
	Log    wiring.Options

	station *wiring.Station
	id      custody.CaseID
	under   ledger.EntryID
	data    []byte
	counts  Counts
	dataset ledger.EntryID
	baseMap ledger.EntryID
	near    ledger.EntryID // the run of co-location
	ran     ledger.EntryID
	exhibit ledger.EntryID
	bundle  string
}

// isNew returns nil if neither the data folder nor its key folder is there.
// Errors: os.ErrExist.
func isNew(o wiring.Options) error {
	for _, folder := range []string{o.Dir, o.KeyFolder()} {
		if _, err := os.Stat(folder); err == nil {
			return fmt.Errorf("%s is there already: give another folder with --dir, or remove both %s and %s: %w", folder, o.Dir, o.KeyFolder(), os.ErrExist)
		}
	}
	return nil
}

// Tell runs the whole story. Errors: whatever went wrong, in words; a folder that
// is there already is left alone.
func (s *Story) Tell(ctx context.Context) (err error) {
	began := time.Now()
	options := s.Log
	options.Dir = s.Dir
	options.Guard = filepath.Join(filepath.Dir(s.Dir), filepath.Base(s.Dir)+".keys", "guard")
	if err := isNew(options); err != nil {
		return err
	}
	s.say("custos demo: a made-up operation, from an operator's file to a checked exhibit.")
	s.say("Every number is one that Ofcom keeps for drama. Nothing leaves this machine.\n")
	if err := wiring.Init(ctx, options, origin, administrator); err != nil {
		return err
	}
	if s.station, err = wiring.Open(ctx, options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.station.Close()) }()
	for _, chapter := range []func(context.Context) error{
		s.found, s.receive, s.ground, s.analyse, s.produce, s.decideAgain, s.pack, s.check, s.tamper,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	s.say("Done in %.1f s. Try next:", time.Since(began).Seconds())
	s.say("  %s %s --trust %s", s.Verify, s.bundle, filepath.Join(s.Dir, "trust.json"))
	s.say("  %s explain %s --row 18 --trust %s", s.Verify, s.bundle, filepath.Join(s.Dir, "trust.json"))
	s.say("  %s rerun %s --param until=2026-10-22T12:00:00Z --trust %s", s.Verify, s.bundle, filepath.Join(s.Dir, "trust.json"))
	return nil
}

func (s *Story) say(format string, args ...any) { _, _ = fmt.Fprintf(s.Out, format+"\n", args...) }

func as(id string) custody.Actor { return custody.Actor{ID: id} }

// found enrols the people, opens the case and records the authority.
func (s *Story) found(ctx context.Context) error {
	s.say("  folder   %s", s.Dir)
	s.say("  log      %s\n", origin)
	s.say(" 1 Open the case")
	if err := enrol(ctx, s.station); err != nil {
		return err
	}
	if err := s.station.WriteTrust(ctx); err != nil {
		return err
	}
	opened, err := s.station.Service.Cases().Open(ctx, as("u-05"), custody.OpenCase{
		Reference: reference, Title: "Operation HALYARD (made up)", Assigned: []string{"u-02", "u-03", "u-04", "u-05"},
	})
	if err != nil {
		return err
	}
	s.id = opened.Case
	s.say("   %s  opened by %s, entry %d of the log", reference, staff[3].Name, opened.Opened.Placed.Index)
	recorded, err := s.station.Service.Authorities().Record(ctx, as("u-04"), custody.RecordAuthority{Case: s.id, Document: Authority()})
	if err != nil {
		return err
	}
	s.under = recorded.Authority
	s.say("   AB-26-01873    authority recorded by %s, entry %d\n", staff[2].Name, recorded.Placed.Index)
	return nil
}

// receive tries the import without an authority, is refused, and imports under it.
func (s *Story) receive(ctx context.Context) error {
	s.data, s.counts = Return(seed, rows)
	profile, ok := source.ReadProfile("uk-17")
	if !ok {
		return errors.New("the built-in profile uk-17 is missing")
	}
	request := custody.Receive{
		Case: s.id, Item: "PRM/1", FileName: "northmoor_AB-26-01873.csv", From: "Northmoor Mobile (made up)",
		Return: Declared(), Content: bytes.NewReader(s.data), Reading: custody.Reading{Profile: profile},
	}
	s.say(" 2 Receive the operator's file")
	_, err := s.station.Service.Imports().Receive(ctx, as("u-02"), request)
	if err := s.refused(ctx, "import without an authority", err); err != nil {
		return err
	}
	request.Authority, request.Content = s.under, bytes.NewReader(s.data)
	got, err := s.station.Service.Imports().Receive(ctx, as("u-02"), request)
	if err != nil {
		return err
	}
	s.dataset = got.Dataset.Entry
	s.say("   allowed   PRM/1 northmoor_AB-26-01873.csv, under AB-26-01873")
	s.say("   SHA-256   %s", got.SHA256)
	s.say("   evidence  entry %d, on disk before a single row was read\n", got.Evidence.Placed.Index)
	s.say(" 3 Account for every row")
	s.balance(got.Balance)
	s.say("   %d numbers had been rounded by a spreadsheet: digits are lost, nothing is guessed.\n", s.counts.Damaged)
	return nil
}

func (s *Story) balance(b ledger.RowBalance) {
	s.say("   %s", custody.BalanceText(b))
}

// analyse runs the two analyses.
func (s *Story) analyse(ctx context.Context) error {
	s.say(" 5 Analyse")
	subject, other := identifiers()[0], identifiers()[1]
	for _, r := range []custody.Run{
		{Step: "top-contacts@1", Title: "Whom did 07700 900101 have contact with most often?", Params: map[string]string{"subject": subject}},
		{
			Step: "co-location@1", Title: "When was the same cell recorded for 07700 900101 and 07700 900108 within 15 minutes?",
			Params: map[string]string{"subjects": subject + "," + other},
		},
		{
			Step: "event-schedule@1", Title: "Calls, texts and data of 07700 900101 on Thursday 22 October 2026",
			Params: map[string]string{"identifiers": subject, "from": "2026-10-21T23:00:00Z", "until": "2026-10-22T23:00:00Z"},
		},
	} {
		r.Case = s.id
		r.Inputs = map[string]custody.PayloadRef{"events": {Entry: s.dataset}, "set-aside": {Entry: s.dataset}}
		ran, err := s.station.Service.Analyses().Run(ctx, as("u-02"), r)
		if err != nil {
			return err
		}
		s.near, s.ran = s.ran, ran.Entry
		s.say("   %-17s %s", r.Step, r.Title)
		s.balance(ran.Balance)
	}
	s.say("")
	return nil
}

// produce renders the schedule and has a second person sign it off.
func (s *Story) produce(ctx context.Context) error {
	s.say(" 6 Produce two exhibits, and have a second person make them again")
	made, err := s.station.Service.Exhibits().Produce(ctx, as("u-02"), custody.Produce{
		Case: s.id, Reference: "JAS/1", Title: "Schedule and map of calls, texts and data", Run: s.ran, BaseMap: s.baseMap,
		CellDate: "30 October 2026", Survey: "No radio survey was carried out.",
	})
	if err != nil {
		return err
	}
	s.exhibit = made.Entry
	second, err := s.station.Service.Exhibits().Produce(ctx, as("u-02"), custody.Produce{
		Case: s.id, Reference: "JAS/2", Title: "Records of two numbers on one cell", Run: s.near,
	})
	if err != nil {
		return err
	}
	for _, made := range []custody.Produced{made, second} {
		for _, f := range made.Files {
			s.say("   %s  %-14s %9d bytes  SHA-256 %s...", made.Reference, f.Name, f.Size, f.SHA256.String()[:16])
		}
	}
	_, err = s.station.Service.Exhibits().Check(ctx, as("u-02"), custody.Check{Case: s.id, Exhibit: s.exhibit})
	if err := s.refused(ctx, "sign-off by "+staff[0].Name+", who produced it", err); err != nil {
		return err
	}
	for _, exhibit := range []custody.Produced{made, second} {
		checked, err := s.station.Service.Exhibits().Check(ctx, as("u-03"), custody.Check{Case: s.id, Exhibit: exhibit.Entry})
		if err != nil {
			return err
		}
		s.say("   %s signed off by %s: %d steps made again in the module, byte for byte", exhibit.Reference, staff[1].Name, len(checked.Steps))
	}
	s.say("")
	return nil
}

// pack writes the bundle beside the data folder's contents.
func (s *Story) pack(ctx context.Context) error {
	s.bundle = filepath.Join(s.Dir, "JAS-1.custos.zip")
	f, err := os.OpenFile(s.bundle, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	packed, err := s.station.Service.Exhibits().Bundle(ctx, as("u-02"), custody.Pack{Case: s.id, Exhibit: s.exhibit}, f)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	s.say(" 8 Bundle it, and check it with nothing but the file and the list of keys")
	s.say("   %s  %.1f MB\n", s.bundle, float64(packed.Size)/1e6)
	return nil
}

// Authority is the made-up authority under which the return was obtained.
func Authority() custody.AuthorityDocument {
	d := custody.AuthorityDocument{
		Format: custody.AuthorityFormat, Reference: "AB-26-01873", Regime: policy.IPA, Route: policy.Route60A, Instrument: policy.Authorisation,
		PublicAuthority: "territorial-police", Purpose: "b", Use: policy.Operation,
		Application: custody.AppliedFor{Applicant: "u-05", Reference: "AB-26-01873/A", States: policy.ApplicationElements()},
		Granted:     custody.Granted{Form: policy.Written, On: "2026-10-27", Time: "10:20"},
		Granter:     custody.Granter{ID: "OCDA", Office: "authorising officer", Rank: policy.CommissionerRank, InLine: custody.No},
		Notice:      custody.GivenNotice{GivenOn: "2026-10-28"},
		Offence:     custody.Offence{Name: "Burglary (made up)", MaximumMonths: 168, Section263: custody.Yes},
		Scope: custody.Scope{
			ConnectionRecords: policy.NoRecords, DataTypes: []policy.DataType{policy.Events}, Identifiers: identifiers(),
			From: "2026-10-12", Until: "2026-10-25", IdentifiesSource: custody.No,
		},
		SPoC: custody.Consulted{ID: "u-04", ConsultedOn: "2026-10-26"},
	}
	for _, identifier := range d.Scope.Identifiers {
		d.Subjects = append(d.Subjects, custody.DataSubject{Category: custody.Suspect, Identifier: identifier, Profession: policy.NoProfession})
	}
	return d
}

// Declared is what the return is said to hold.
func Declared() custody.Return {
	return custody.Return{
		DataTypes: []policy.DataType{policy.Events}, Identifiers: identifiers(), ObtainedOn: "2026-10-30",
		From: firstDay.Add(-time.Hour), Until: firstDay.AddDate(0, 0, days).Add(-time.Second),
	}
}

func identifiers() []string {
	var out []string
	for i := range 5 {
		out = append(out, "+44"+strings.TrimPrefix(Subject(i), "0"))
	}
	return out
}
