package celltable

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/cell"
	"custos.example/analysis/delimited"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

const (
	maxProfile = 64 << 10
	maxRecord  = 1 << 20
	maxAlike   = 2000 // rows of one cell
)

// Table is the step cell-table@1: a list of cells to a canonical cell table.
type Table struct{}

// Info returns the step's name, ports and parameters.
func (Table) Info() analysis.Info {
	table := func(name string) analysis.Port { return analysis.Port{Name: name, Media: "text/csv", Extension: "csv"} }
	return analysis.Info{
		Name: "cell-table", Version: 1, Class: analysis.Source, Title: "Read a list of cells under a profile",
		Inputs: []analysis.Port{table("source"), {Name: "profile", Media: "application/yaml", Extension: "yaml"}},
		Outputs: []analysis.Port{
			table("cells"), table("set-aside"), table("conflicts"), {Name: "report", Media: "application/json", Extension: "json"},
		},
		Params: []analysis.Param{
			{Name: "valid-from", Required: true, Doc: "first instant at which the list was right, such as 2026-01-01T00:00:00Z; a row's own date stands above it"},
			{Name: "valid-until", Required: true, Doc: "instant at which it no longer was, not itself included"},
			{Name: "valid-basis", Required: true, Doc: "on what these dates stand, such as the operator's letter of a date"},
			{Name: "azimuth-north", Default: "not stated", Doc: "from which north the list counts its azimuths: true, grid or not stated"},
		},
	}
}

// report is what an import says of itself.
// Shape: canonical JSON.
type report struct {
	Format     string           `json:"format"`
	Step       string           `json:"step"`
	Parameters analysis.Params  `json:"parameters"`
	Source     sourceReport     `json:"source"`
	Profile    profileReport    `json:"profile"`
	Balance    analysis.Balance `json:"balance"`
	Cells      int64            `json:"cells"`     // different identities
	Conflicts  int64            `json:"conflicts"` // of them, those with two positions at one time
	Flags      []analysis.Count `json:"flags"`
	Notes      []string         `json:"notes"` // whole sentences that a page must print beside what is made of the table
}

type sourceReport struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

type profileReport struct {
	SHA256   string `json:"sha256"`
	Name     string `json:"name"`
	Version  int    `json:"version"`
	CRS      string `json:"crs"`
	Position string `json:"position"`
}

// reading is one run of cell-table.
type reading struct {
	m           *mapping
	from, until int64
	rows        []cell.TableRow
	aside       []byte
	balance     analysis.Balance
	reasons     analysis.Tally
	flags       analysis.Tally
	cells       int64
	conflicts   int64
}

// Run reads every record, puts the table in order, labels what says the same,
// and flags the cells that have two positions or directions at one time.
//
// Shape: received = rows + repeats + set aside; repeats stand among the rows.
// Errors: ErrNotThisFormat when the header is another; ErrParameter;
// source.ErrProfile; more than a million rows, or two thousand of one cell.
func (s Table) Run(_ analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	r, err := newReading(in["profile"], params)
	if err != nil {
		return analysis.Result{}, err
	}
	sum := sha256.New()
	if err := r.read(io.TeeReader(io.NewSectionReader(in["source"], 0, in["source"].Size()), sum)); err != nil {
		return analysis.Result{}, fmt.Errorf("source: %w", err)
	}
	id := hex.EncodeToString(sum.Sum(nil))
	listing, err := r.arrange(id[:16])
	if err != nil {
		return analysis.Result{}, err
	}
	if err := r.write(out["cells"]); err != nil {
		return analysis.Result{}, err
	}
	if _, err := out["set-aside"].Write(r.aside); err != nil {
		return analysis.Result{}, err
	}
	if _, err := out["conflicts"].Write(listing); err != nil {
		return analysis.Result{}, err
	}
	text, err := analysis.MarshalCanonical(r.report(s.Info().Identity(), id, in["source"].Size(), params))
	if err != nil {
		return analysis.Result{}, err
	}
	if _, err := out["report"].Write(text); err != nil {
		return analysis.Result{}, err
	}
	return analysis.Result{Balance: r.balance, Caveats: []string{}}, nil
}

func newReading(profile analysis.Input, params analysis.Params) (*reading, error) {
	if profile.Size() > maxProfile {
		return nil, fmt.Errorf("profile: longer than %d bytes", maxProfile)
	}
	text, err := io.ReadAll(io.NewSectionReader(profile, 0, profile.Size()))
	if err != nil {
		return nil, err
	}
	r := &reading{reasons: analysis.Tally{}, flags: analysis.Tally{}}
	if r.m, err = compile(text); err != nil {
		return nil, err
	}
	var ok [2]bool
	r.from, ok[0] = event.ParseInstant([]byte(params["valid-from"]))
	r.until, ok[1] = event.ParseInstant([]byte(params["valid-until"]))
	if !ok[0] || !ok[1] || r.from >= r.until {
		return nil, fmt.Errorf("%w: valid-from and valid-until are two instants such as 2026-01-01T00:00:00Z, the first before the second", analysis.ErrParameter)
	}
	if !slices.Contains([]string{"true", "grid", "not stated"}, params["azimuth-north"]) {
		return nil, fmt.Errorf("%w: azimuth-north is true, grid or not stated", analysis.ErrParameter)
	}
	if b := params["valid-basis"]; strings.TrimSpace(b) != b || len(b) > 500 || strings.ContainsFunc(b, func(c rune) bool { return c < 0x20 }) {
		return nil, fmt.Errorf("%w: valid-basis is one line of at most 500 bytes", analysis.ErrParameter)
	}
	r.aside = event.AppendRecord(nil, event.SetAsideColumns()...)
	return r, nil
}

// read reads the header and every record.
func (r *reading) read(in io.Reader) error {
	d := delimited.NewReader(in, r.m.separator, maxRecord)
	want := r.m.profile.File.Header
	head, err := d.Next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: the file is empty", analysis.ErrNotThisFormat)
	}
	if err != nil {
		return err
	}
	for i, name := range want {
		if i >= len(head.Fields) || string(head.Fields[i]) != name {
			found := "nothing"
			if i < len(head.Fields) {
				found = strconv.Quote(string(head.Fields[i][:min(len(head.Fields[i]), 60)]))
			}
			return fmt.Errorf("%w: row %d: column %d of the header is %s; profile %s expects %q", analysis.ErrNotThisFormat, head.Row, i+1, found, r.m.profile.Name, name)
		}
	}
	if len(head.Fields) != len(want) {
		return fmt.Errorf("%w: row %d: the header has %d columns; profile %s expects %d", analysis.ErrNotThisFormat, head.Row, len(head.Fields), r.m.profile.Name, len(want))
	}
	for {
		rec, err := d.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		r.balance.Received++
		row, f := r.m.row(rec, r.from, r.until)
		if f.reason != "" {
			r.setAside(rec, f)
			continue
		}
		if r.rows = append(r.rows, row); len(r.rows) > cell.MaxRows {
			return fmt.Errorf("there are more than %d rows: take the part of the list that the case needs", cell.MaxRows)
		}
	}
}

func (r *reading) setAside(rec *delimited.Record, f fault) {
	r.reasons.Add(f.reason)
	column := ""
	if f.column != absent {
		column = r.m.profile.File.Header[f.column]
	}
	r.aside = event.AppendRecord(r.aside, strconv.FormatInt(rec.Row, 10), strconv.FormatInt(rec.Offset, 10), f.reason, column)
}

// arrange sorts the rows, labels repeats, flags what contradicts itself and
// returns the listing of cells with two positions.
func (r *reading) arrange(id string) ([]byte, error) {
	slices.SortFunc(r.rows, func(a, b cell.TableRow) int { return cell.Order(&a, &b) })
	listing := event.AppendRecord(nil, ConflictColumns()...)
	for from := 0; from < len(r.rows); {
		to := from
		for to < len(r.rows) && r.rows[to].Cell == r.rows[from].Cell {
			r.rows[to].Source = id
			to++
		}
		alike := r.rows[from:to]
		if len(alike) > maxAlike {
			return nil, fmt.Errorf("cell %s stands on %d rows; at most %d can be compared", alike[0].Cell, len(alike), maxAlike)
		}
		r.cells++
		if compareAlike(alike) {
			r.conflicts++
			listing = appendConflict(listing, alike)
		}
		from = to
	}
	for i := range r.rows {
		if r.rows[i].RepeatOf > 0 {
			r.balance.Repeats++
		} else {
			r.balance.Shown++
		}
		for _, f := range r.rows[i].Flags {
			r.flags.Add(f)
		}
	}
	r.balance.OutsideBy, r.balance.SetAsideBy, r.balance.SetAside = []analysis.RuleCount{}, r.reasons.List(), r.reasons.Total()
	return listing, nil
}

// compareAlike labels the repeats among the rows of one cell, which are in
// order, flags those that contradict each other, and reports two positions.
func compareAlike(rows []cell.TableRow) (conflict bool) {
	first := 0
	for i := range rows {
		if cell.Sameness(&rows[first], &rows[i]) != 0 {
			first = i
		} else if i > first {
			rows[i].RepeatOf = rows[first].Row
		}
		for k := range rows[:i] {
			a, b := &rows[k], &rows[i]
			if a.From >= b.Until || b.From >= a.Until {
				continue
			}
			if a.At != b.At {
				a.Flag(cell.TwoPositions)
				b.Flag(cell.TwoPositions)
				conflict = true
			} else if a.Azimuth != b.Azimuth && a.Azimuth != cell.Unknown && b.Azimuth != cell.Unknown {
				a.Flag(cell.TwoAzimuths)
				b.Flag(cell.TwoAzimuths)
			}
		}
	}
	return conflict
}

// ConflictColumns returns the header of the listing of cells that have two
// positions at one time: each different position once, with the rows that give
// it and how far it lies from the first.
func ConflictColumns() []string {
	return []string{"cell", "x", "y", "rows", "metres_from_first"}
}

func appendConflict(dst []byte, rows []cell.TableRow) []byte {
	var first *grid.Point
	seen := map[grid.Point]bool{}
	for i := range rows {
		at := rows[i].At
		if seen[at] || !slices.Contains(rows[i].Flags, cell.TwoPositions) {
			continue
		}
		seen[at] = true
		if first == nil {
			first = &at
		}
		var list []int64
		for k := range rows {
			if rows[k].At == at {
				list = append(list, rows[k].Row)
			}
		}
		slices.Sort(list)
		words := make([]string, 0, len(list))
		for _, n := range list {
			words = append(words, strconv.FormatInt(n, 10))
		}
		dst = event.AppendRecord(dst, rows[i].Cell, strconv.FormatInt(at.Lon, 10), strconv.FormatInt(at.Lat, 10),
			strings.Join(words, " "), strconv.FormatInt(grid.Metres(*first, at), 10))
	}
	return dst
}

func (r *reading) write(w io.Writer) error {
	buf := event.AppendRecord(nil, cell.TableColumns()...)
	for i := range r.rows {
		buf = cell.AppendTableRow(buf, &r.rows[i])
		if len(buf) > 192<<10 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

func (r *reading) report(step, id string, size int64, params analysis.Params) report {
	p := r.m.profile
	out := report{
		Format: "custos/cell-table-report/v1", Step: step, Parameters: params, Source: sourceReport{id, size},
		Profile: profileReport{r.m.digest, p.Name, p.Version, p.Position.CRS, p.Position.Is},
		Balance: r.balance, Cells: r.cells, Conflicts: r.conflicts, Flags: []analysis.Count{}, Notes: []string{},
	}
	for _, c := range r.flags.List() {
		out.Flags = append(out.Flags, analysis.Count{Name: c.Rule, Rows: c.Rows})
	}
	if p.Position.CRS == "EPSG:27700" {
		out.Notes = append(out.Notes, grid.Datum)
	}
	if p.Position.Is == cell.Estimate {
		out.Notes = append(out.Notes, "Positions in this table were worked out from measurements of others; they are not the masts' own.")
	}
	if r.conflicts > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d of %d cells have two positions at one time; none was taken for them.", r.conflicts, r.cells),
			"Distances between two positions of a cell: "+grid.Method)
	}
	return out
}
