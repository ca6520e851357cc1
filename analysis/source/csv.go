package source

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// CSV is the step source-csv@1: a text table to canonical events, by a mapping
// profile and recorded decisions.
type CSV struct{}

// Info returns the step's name, ports and parameters.
func (CSV) Info() analysis.Info {
	return analysis.Info{
		Name: "source-csv", Version: 1, Class: analysis.Source,
		Title: "Read an operator's table under a mapping profile",
		Inputs: []analysis.Port{
			{Name: "source", Media: "text/csv", Extension: "csv"},
			{Name: "profile", Media: "application/yaml", Extension: "yaml"},
			{Name: "decisions", Media: "application/json", Extension: "json"},
			{Name: "sites", Media: "text/csv", Extension: "csv", Optional: true},
			{Name: portScope, Media: "application/json", Extension: "json", Optional: true},
		},
		Outputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
			{Name: "report", Media: "application/json", Extension: "json"},
			{Name: "excess", Media: "text/csv", Extension: "csv", With: portScope},
		},
	}
}

// portScope is the input that says what the authority behind the file covers.
const portScope = "scope"

// importer is one run of source-csv.
type importer struct {
	b        *book
	rd       *reading
	known    string    // digest of the source, when the host knows it
	sum      hash.Hash // of the source, when it does not
	sorter   *sorter
	aside    *bufio.Writer
	balance  analysis.Balance
	scope    *scope // nil: everything is inside
	outside  analysis.Tally
	reasons  analysis.Tally
	report   report
	asideRow []byte
}

// Run reads the source once, and writes the events in order, the rows that did
// not become one, and a report.
//
// Shape: received = events + repeats + set aside + outside; repeats stand among the
// events with the row of the first in repeat_of. With a scope, what lies outside
// it stands in the port `excess` and not among the events.
// Errors: ErrNotThisFormat when the file does not have the profile's layout;
// ErrContent.
// Trust: none; memory does not grow with the file.
func (CSV) Run(env analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	im, err := newImporter(env, in, out["set-aside"])
	if err != nil {
		return analysis.Result{}, err
	}
	err = im.run(out)
	if closeErr := im.sorter.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return analysis.Result{}, err
	}
	return analysis.Result{Balance: im.balance, Caveats: []string{}}, nil
}

func newImporter(env analysis.Env, in map[string]analysis.Input, aside io.Writer) (*importer, error) {
	profile, err := readAll(in["profile"])
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	decisions, err := readAll(in["decisions"])
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	b, err := load(profile, decisions, func(name string) (*event.Clock, error) {
		loc, err := env.Zone(name)
		if err != nil {
			return nil, err
		}
		return event.NewClock(loc), nil
	})
	if err != nil {
		return nil, err
	}
	if err := b.begin(in); err != nil {
		return nil, err
	}
	im := &importer{b: b, sorter: newSorter(env, in["source"].Size()), aside: bufio.NewWriterSize(aside, 64<<10), reasons: analysis.Tally{}, outside: analysis.Tally{}}
	if given := in[portScope]; given != nil {
		if im.scope, err = loadScope(given); err != nil {
			return nil, err
		}
	}
	var sink io.Writer
	if im.known = analysis.KnownDigest(in["source"]); im.known == "" {
		im.sum = sha256.New()
		sink = im.sum
	}
	im.rd = b.newReading(in["source"], sink)
	if f, ok := env.(analysis.Finder); ok {
		im.rd.s.find = f.Find()
	}
	im.report = newReport(b, decisions, env)
	return im, nil
}

// begin takes in the site table and surveys the file, where the profile asks.
func (b *book) begin(in map[string]analysis.Input) error {
	sites := in["sites"]
	switch wants := b.profile.Sites.In == "second-file"; {
	case sites != nil && !wants:
		return refuse("%s has no site table in a second file, and one was given", b.profile.Name)
	case wants && sites == nil && !b.profile.Sites.Optional:
		return refuse("%s wants a site table in a second file, and none was given", b.profile.Name)
	case sites != nil:
		if err := b.sites.load(sites); err != nil {
			return fmt.Errorf("sites: %w", err)
		}
	}
	if err := b.survey(in["source"]); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	return nil
}

// readAll reads a small input in full.
func readAll(in analysis.Input) ([]byte, error) {
	if in.Size() > maxProfile {
		return nil, fmt.Errorf("longer than %d bytes", maxProfile)
	}
	return io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
}

func (im *importer) run(out map[string]io.Writer) error {
	if err := im.rd.open(); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	im.asideRow = event.AppendRecord(im.asideRow[:0], event.SetAsideColumns()...)
	if _, err := im.aside.Write(im.asideRow); err != nil {
		return err
	}
	if err := im.rows(); err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if err := im.aside.Flush(); err != nil {
		return err
	}
	if err := im.events(out["events"], out["excess"]); err != nil {
		return err
	}
	b := &im.balance
	b.OutsideBy, b.SetAsideBy = im.outside.List(), im.reasons.List()
	text, err := im.report.finish(im)
	if err != nil {
		return err
	}
	_, err = out["report"].Write(text)
	return err
}

// rows reads every record to the end of the file.
func (im *importer) rows() error {
	var e event.Event
	for {
		r, err := im.rd.next()
		if errors.Is(err, io.EOF) {
			return im.rd.close()
		}
		if err != nil {
			return err
		}
		im.balance.Received++
		m := im.rd.table()
		if im.scope != nil {
			if name := im.scope.contentIn(m, r); name != "" {
				return fmt.Errorf("row %d: the column %q holds text: %w", r.row, name, analysis.ErrContent)
			}
		}
		reason, column := m.row(r, &e)
		if reason != "" {
			if err := im.setAside(r, reason, m.faultColumn(r, column)); err != nil {
				return err
			}
			continue
		}
		im.report.count(&e, m.flags)
		row := r.row
		if im.scope != nil {
			row = row<<outsideBits | int64(im.scope.judge(&e))
		}
		if err := im.sorter.put(&e, row, r.offset); err != nil {
			return err
		}
	}
}

func (im *importer) setAside(r *record, reason, column string) error {
	im.balance.SetAside++
	im.reasons.Add(reason)
	b := strconv.AppendInt(im.asideRow[:0], r.row, 10)
	b = strconv.AppendInt(append(b, ','), r.offset, 10)
	b = append(append(append(b, ','), reason...), ',')
	b = event.AppendField(b, []byte(column))
	im.asideRow = append(b, '\n')
	_, err := im.aside.Write(im.asideRow)
	return err
}
