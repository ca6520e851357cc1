package faults_test

import (
	"context"
	"fmt"
	"path/filepath"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/store"
	"custos.example/policy"
)

// record is what a harness breaks: a whole station with its policy and its use
// cases, or its core alone, which does more in the same time.
type record interface {
	// next makes the request that follows what a client was told last.
	next(ctx context.Context, last told) (told, error)
	entries() *store.Store
	// whole returns everything that a full check finds wrong.
	whole(ctx context.Context, c *clients) []string
	Close() error
}

// The kinds of record.
const (
	wholeStation = "station"
	coreAlone    = "core"
)

// foundRecord founds a record of a kind below a folder.
func foundRecord(ctx context.Context, kind, folder string) error {
	if kind == coreAlone {
		return createCore(ctx, folder)
	}
	return found(ctx, at(folder))
}

// openRecord opens it.
func openRecord(ctx context.Context, kind, folder string) (record, error) {
	if kind == coreAlone {
		return openCore(ctx, folder)
	}
	s, err := open(ctx, at(folder))
	if err != nil {
		return nil, err
	}
	return station{s}, nil
}

// guardFile is where both kinds keep their guard.
func guardFile(folder string) string { return filepath.Join(folder, "guard") }

// at returns the options of a station below a folder.
func at(folder string) wiring.Options {
	return wiring.Options{Dir: filepath.Join(folder, "record"), Keys: filepath.Join(folder, "keys"), Guard: guardFile(folder)}
}

// station is the whole of custos.
type station struct{ *wiring.Station }

func (s station) entries() *store.Store { return s.Store }

func (s station) whole(ctx context.Context, _ *clients) (found []string) {
	report, err := s.Fsck(ctx)
	if err != nil {
		return []string{fmt.Sprintf("fsck cannot go on: %v", err)}
	}
	for _, f := range report.Findings {
		found = append(found, f.Where+": "+f.What)
	}
	return found
}

func (s station) next(ctx context.Context, last told) (told, error) {
	w := writer{s.Service, last}
	return w.next(ctx)
}

// open opens a record as the program does, but lets its steps run in this
// process: a test binary is never one that is known to make the module's bytes.
func open(ctx context.Context, o wiring.Options) (*wiring.Station, error) {
	s, err := wiring.Open(ctx, o)
	if err == nil {
		s.Service.Module = nil
	}
	return s, err
}

// able is the standing of somebody who may do all that their role allows.
func able() custody.Qualify {
	q := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.DevelopedVetted}
	for _, activity := range policy.Activities() {
		q.Competent = append(q.Competent, custody.Competent{Activity: activity})
	}
	return q
}

// found makes a record and enrols the people.
func found(ctx context.Context, o wiring.Options) error {
	first := custody.Person{ID: admin.ID, Name: "A. Admin", Roles: []string{"administrator"}}
	if err := wiring.Init(ctx, o, origin, first); err != nil {
		return err
	}
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, p := range [][2]string{{sio.ID, "sio"}, {spoc.ID, "spoc"}, {officer.ID, "exhibits-officer"}, {analyst.ID, "analyst"}} {
		person := custody.Person{ID: p[0], Name: "Person " + p[0], Roles: []string{p[1]}}
		if _, err := s.Service.Organisation().Enrol(ctx, admin, custody.Enrol{Person: person, Qualify: able()}); err != nil {
			return fmt.Errorf("enrol %s: %w", p[0], err)
		}
	}
	return s.Close()
}
