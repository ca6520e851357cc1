package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"custos.example/analysis/source"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// benchPeriod covers what the published generator of call data writes.
var (
	benchFrom  = time.Date(2025, time.August, 31, 23, 0, 0, 0, time.UTC)
	benchUntil = time.Date(2025, time.December, 1, 0, 0, 0, 0, time.UTC)
)

// benchIdentifiers are the numbers whose events that generator makes, up to two
// million rows: what lay outside the authority would not be committed to by row.
func benchIdentifiers() []string {
	list := make([]string, 1000)
	for i := range list {
		list[i] = fmt.Sprintf("+447700900%03d", i)
	}
	return list
}

// Prepare founds a log with one case and one authority for a timed import.
func Prepare(ctx context.Context, options wiring.Options) (err error) {
	if err := wiring.Init(ctx, options, origin, administrator); err != nil {
		return err
	}
	st, err := wiring.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	s := Story{Out: io.Discard, station: st}
	if err := enrol(ctx, st); err != nil {
		return err
	}
	opened, err := st.Service.Cases().Open(ctx, as("u-05"), custody.OpenCase{
		Reference: reference, Title: "Timed import", Assigned: []string{"u-02", "u-04", "u-05"},
	})
	if err != nil {
		return err
	}
	s.id = opened.Case
	a := Authority()
	a.Scope.Identifiers, a.Subjects = benchIdentifiers(), nil
	for _, identifier := range a.Scope.Identifiers {
		a.Subjects = append(a.Subjects, custody.DataSubject{Category: custody.Suspect, Identifier: identifier, Profession: policy.NoProfession})
	}
	a.Scope.From, a.Scope.Until = benchFrom.Format(time.RFC3339), benchUntil.Format(time.RFC3339)
	recorded, err := st.Service.Authorities().Record(ctx, as("u-04"), custody.RecordAuthority{Case: s.id, Document: a})
	if err != nil {
		return err
	}
	// What a record does once, such as to keep the archived program, is not of the import.
	small, _ := Return(1, 50)
	if _, err := receive(ctx, st, s.id, recorded.Authority.String(), "NET/9", "earlier.csv", bytes.NewReader(small)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(options.Dir, "bench"), []byte(recorded.Authority.String()), 0o600)
}

// receive takes a file in the 17-column layout in.
func receive(ctx context.Context, st *wiring.Station, id custody.CaseID, authority, item, name string, content io.Reader) (custody.Received, error) {
	profile, ok := source.ReadProfile("uk-17")
	if !ok {
		return custody.Received{}, errors.New("the built-in profile uk-17 is missing")
	}
	request := custody.Receive{
		Case: id, Item: item, FileName: name, From: "generator", Content: content, Reading: custody.Reading{Profile: profile},
		Return: custody.Return{
			DataTypes: []policy.DataType{policy.Events}, Identifiers: benchIdentifiers()[:1], ObtainedOn: "2026-10-30",
			From: benchFrom, Until: benchUntil,
		},
	}
	if err := request.Authority.UnmarshalText([]byte(authority)); err != nil {
		return custody.Received{}, err
	}
	return st.Service.Imports().Receive(ctx, as("u-02"), request)
}

// Import takes one file in under what Prepare recorded, as an analyst would, and
// says what became of its rows.
func Import(ctx context.Context, options wiring.Options, path string, out io.Writer) (err error) {
	text, err := os.ReadFile(filepath.Join(options.Dir, "bench"))
	if err != nil {
		return fmt.Errorf("run the preparation first: %w", err)
	}
	st, err := wiring.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	id, err := st.Service.Cases().Find(ctx, reference)
	if err != nil {
		return err
	}
	f, err := os.Open(path) //nolint:gosec // the user's own file
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	count := &counted{Blobs: st.Service.Blobs}
	st.Service.Blobs = count
	got, err := receive(ctx, st, id, string(text), "NET/1", filepath.Base(path), f)
	if err != nil {
		return err
	}
	s := Story{Out: out}
	s.balance(got.Balance)
	_, err = fmt.Fprintf(out, "   encryption sealed=%d opened=%d scratch-sealed=%d scratch-opened=%d\n",
		count.Sealed, count.Opened, count.ScratchSealed, count.ScratchOpened)
	return err
}
