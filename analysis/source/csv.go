package source

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
		},
		Outputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
			{Name: "report", Media: "application/json", Extension: "json"},
		},
	}
}

// importer is one run of source-csv.
type importer struct {
	m        *mapping
	s        *scanner
	known    string    // digest of the source, when the host knows it
	sum      hash.Hash // of the source, when it does not
	sorter   *sorter
	aside    *bufio.Writer
	balance  analysis.Balance
	reasons  analysis.Tally
	report   report
	asideRow []byte
}

// Run reads the source once, and writes the events in order, the rows that did
// not become one, and a report.
//
// Shape: received = events + repeats + set aside; repeats stand among the
// events with the row of the first in repeat_of.
// Errors: ErrNotThisFormat when the file does not have the profile's layout.
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
	m, err := load(profile, decisions, func(name string) (*event.Clock, error) {
		loc, err := env.Zone(name)
		if err != nil {
			return nil, err
		}
		return event.NewClock(loc), nil
	})
	if err != nil {
		return nil, err
	}
	im := &importer{m: m, sorter: newSorter(env), aside: bufio.NewWriterSize(aside, 64<<10), reasons: analysis.Tally{}}
	var sink io.Writer
	if im.known = analysis.KnownDigest(in["source"]); im.known == "" {
		im.sum = sha256.New()
		sink = im.sum
	}
	im.s = newScanner(in["source"], m.separator, m.profile.File.Multiline, sink)
	im.s.anyBytes = m.profile.File.Encoding != "utf-8"
	im.report = newReport(m, decisions, env)
	return im, nil
}

// readAll reads a small input in full.
func readAll(in analysis.Input) ([]byte, error) {
	if in.Size() > maxProfile {
		return nil, fmt.Errorf("longer than %d bytes", maxProfile)
	}
	return io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
}

func (im *importer) run(out map[string]io.Writer) error {
	if err := im.header(); err != nil {
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
	if err := im.events(out["events"]); err != nil {
		return err
	}
	b := &im.balance
	b.OutsideBy, b.SetAsideBy = []analysis.RuleCount{}, im.reasons.List()
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
		r, err := im.s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		im.balance.Received++
		reason, column := im.m.row(r, &e)
		if reason != "" {
			if err := im.setAside(r, reason, column); err != nil {
				return err
			}
			continue
		}
		im.report.count(&e, im.m.flags)
		from := len(im.sorter.arena)
		im.sorter.arena = event.AppendContent(im.sorter.arena, &e)
		if err := im.sorter.add(e.Start, r.row, r.offset, from); err != nil {
			return err
		}
	}
}

func (im *importer) setAside(r *record, reason string, column int) error {
	im.balance.SetAside++
	im.reasons.Add(reason)
	b := strconv.AppendInt(im.asideRow[:0], r.row, 10)
	b = strconv.AppendInt(append(b, ','), r.offset, 10)
	b = append(append(append(b, ','), reason...), ',')
	b = event.AppendField(b, []byte(im.m.columnName(column)))
	im.asideRow = append(b, '\n')
	_, err := im.aside.Write(im.asideRow)
	return err
}

// events writes the events file in order, with repeats labelled.
func (im *importer) events(w io.Writer) error {
	id := im.known
	if id == "" {
		id = hex.EncodeToString(im.sum.Sum(nil))
	}
	im.report.Source.SHA256 = id
	buf := make([]byte, 0, 256<<10)
	buf = event.AppendHeader(buf)
	var find repeats
	err := im.sorter.each(func(it *item) error {
		first, err := find.find(it)
		if err != nil {
			return err
		}
		if first != 0 {
			im.balance.Repeats++
		} else {
			im.balance.Shown++
		}
		buf = append(buf, it.content...)
		buf = event.AppendTrail(buf, id[:16], it.row, it.offset, first)
		if len(buf) > 192<<10 {
			_, err = w.Write(buf)
			buf = buf[:0]
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.Write(buf)
	return err
}

// header finds the header and compares it with the profile's.
// Errors: ErrNotThisFormat, saying what was expected and what was found.
func (im *importer) header() error {
	f := im.m.profile.File
	if im.s.size == 0 {
		return fmt.Errorf("%w: the file is empty (0 bytes)", analysis.ErrNotThisFormat)
	}
	bom, err := im.s.skipBOM()
	if err != nil {
		return err
	}
	im.report.Source.BOM = bom
	if f.Headerless {
		return nil
	}
	for {
		r, err := im.s.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the file ends at row %d, before the header of profile %s", analysis.ErrNotThisFormat, im.s.row, im.m.profile.Name)
		}
		if err != nil {
			return err
		}
		if r.row >= int64(max(f.HeaderRow, 1)) {
			return im.compareHeader(r)
		}
		im.report.Preamble++
	}
}

func (im *importer) compareHeader(r *record) error {
	want := im.m.profile.File.Header
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: row %d: %s, as profile %s wants", analysis.ErrNotThisFormat, r.row, fmt.Sprintf(format, args...), im.m.profile.Name)
	}
	switch {
	case r.fault == reasonNUL:
		return fail("there are NUL bytes, as in UTF-16 or a binary file; expected a header of %d columns", len(want))
	case r.fault != "":
		return fail("the line cannot be read (%s); expected a header of %d columns", r.fault, len(want))
	}
	for i := range min(len(want), len(r.fields)) {
		if got := r.fields[i]; string(got) != want[i] {
			return fail("column %d is %q; expected %q", i+1, show(got), want[i])
		}
	}
	if len(r.fields) != len(want) {
		return fail("there are %d columns; expected %d", len(r.fields), len(want))
	}
	return nil
}

// show shortens a text from the file for a message.
func show(p []byte) []byte {
	if len(p) > 40 {
		return append(bytes.Clone(p[:40]), "..."...)
	}
	return p
}
