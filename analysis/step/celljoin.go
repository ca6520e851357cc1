package step

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/cell"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// CellJoin is the step cell-join@1: positions filled into events from a cell
// table that was valid at the time.
type CellJoin struct{}

// Info returns the step's name, ports and parameters.
func (CellJoin) Info() analysis.Info {
	return analysis.Info{
		Name: "cell-join", Version: 1, Class: analysis.Analyse, Title: "Positions of cells filled in from a cell table",
		Inputs:  append(eventInputs(), analysis.Port{Name: "cells", Media: "text/csv", Extension: "csv"}),
		Outputs: outputs("joins", "events", "set-aside"),
		Params: []analysis.Param{
			{Name: "utran-by-area", Default: "no", Doc: "yes: a cell recorded as MCC-MNC-LAC-CI is also looked up among UTRAN cells by area and CI; no: by its own identity only"},
			zoneParam("IANA zone in which times are shown beside the table"),
		},
		Caveats: []string{analysis.CavOpinion, analysis.CavCellArea, analysis.CavCellChose, analysis.CavCellDate},
	}
}

// What became of an end of an event whose cell is recorded and whose position
// is not.
const (
	filled   = "filled"
	unknown  = "not in the table"
	outdated = "not valid then"
	conflict = "two positions"
	offGrid  = "outside the events' reference system"
)

// joinFields describes the listing, one row for each end that was looked up.
func joinFields() []analysis.Field {
	return []analysis.Field{
		derived("start_utc", "Start (UTC)", analysis.KindInstant, "the time in the source, read in the zone that the source is asserted to be in"),
		derived("end", "End of the event", analysis.KindText, "start or end cell"),
		fact("cell", "Cell recorded", analysis.KindCell),
		derived("outcome", "Outcome", analysis.KindText, "the cell table's rows for that cell at that time"),
		derived("found_as", "Found as", analysis.KindCell, "its identity, or the area and cell of a UTRAN cell where the parameter says so"),
		fact("position", "Position is that of", analysis.KindText),
		fact("table", "Cell table", analysis.KindText),
		fact("table_row", "Row in it", analysis.KindRow),
		fact("source", "Source", analysis.KindText),
		fact("row", "Row", analysis.KindRow),
	}
}

// Columns of the listing's header.
func joinHeader() []string { return analysis.Table{Fields: joinFields()}.Header() }

// joiner is one run of cell-join.
type joiner struct {
	x                        *cellIndex
	out                      map[string]io.Writer
	buf                      []byte
	joins                    []byte
	received, shown, repeats int64
	outcomes                 analysis.Tally
	tallies                  *tallies
	fields                   [event.NumColumns][]byte
}

// Run copies every event, and where an end has a cell and no position, fills in
// that of the cell table.
//
// Shape: no row is added, left out or put elsewhere, and a position that stands
// in the source stays. received = events + repeats + set aside.
// Errors: event.ErrNotCanonical; ErrParameter.
func (s CellJoin) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	byArea := params["utran-by-area"]
	if byArea != "yes" && byArea != "no" {
		return analysis.Result{}, fmt.Errorf("%w: utran-by-area is yes or no", analysis.ErrParameter)
	}
	rows, err := cell.ReadTable(reader(in["cells"]))
	if err != nil {
		return analysis.Result{}, err
	}
	j := &joiner{out: out, outcomes: analysis.Tally{}, tallies: newTallies()}
	if j.x, err = newCellIndex(rows, byArea == "yes"); err != nil {
		return analysis.Result{}, err
	}
	aside, asideRows, err := setAside(in["set-aside"])
	if err != nil {
		return analysis.Result{}, err
	}
	if err := j.copySetAside(in["set-aside"]); err != nil {
		return analysis.Result{}, err
	}
	j.joins = event.AppendRecord(nil, joinHeader()...)
	if err := j.events(in["events"]); err != nil {
		return analysis.Result{}, err
	}
	b := balance(j.received+asideRows, j.shown, j.repeats, analysis.Tally{}, aside)
	sum, err := j.summary(env, s.Info(), params, b, rows)
	if err != nil {
		return analysis.Result{}, err
	}
	return conclude(sum, out["summary"])
}

// copySetAside copies the list of rows set aside as it stands.
func (j *joiner) copySetAside(in analysis.Input) error {
	_, err := io.Copy(j.out["set-aside"], reader(in))
	return err
}

func (j *joiner) flush(port string, least int) error {
	if len(j.buf) <= least {
		return nil
	}
	_, err := j.out[port].Write(j.buf)
	j.buf = j.buf[:0]
	return err
}

func (j *joiner) events(in analysis.Input) error {
	r, err := event.NewReader(reader(in))
	if err != nil {
		return err
	}
	j.buf = event.AppendHeader(j.buf[:0])
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			if err := j.flush("events", 0); err != nil {
				return err
			}
			_, err = j.out["joins"].Write(j.joins)
			return err
		}
		if err != nil {
			return err
		}
		j.received++
		if row.IsRepeat() {
			j.repeats++
		} else {
			j.shown++
			j.tallies.add(row)
		}
		if err := j.event(row); err != nil {
			return err
		}
		if err := j.flush("events", 192<<10); err != nil {
			return err
		}
		if len(j.joins) > 64<<10 {
			if _, err := j.out["joins"].Write(j.joins); err != nil {
				return err
			}
			j.joins = j.joins[:0]
		}
	}
}

// event copies one row, with what could be filled in.
func (j *joiner) event(row *event.Row) error {
	for c := range event.NumColumns {
		j.fields[c] = row.Field(c)
	}
	start := row.Start()
	end := start
	if text := row.Field(event.EndUTC); len(text) > 0 {
		var ok bool
		if end, ok = event.ParseInstant(text); !ok {
			return fmt.Errorf("%w: row %d has the end %q", event.ErrNotCanonical, row.SourceRow(), text)
		}
	}
	j.fill(row, "start", event.StartCell, start)
	j.fill(row, "end", event.EndCell, end)
	if !j.lacks(event.StartCell) && !j.lacks(event.EndCell) { // what an earlier table did not have, this one has
		words := slices.DeleteFunc(strings.Fields(string(j.fields[event.Flags])), func(w string) bool { return w == event.SiteNotFound || w == event.SiteNotValid })
		j.fields[event.Flags] = []byte(strings.Join(words, " "))
	}
	for c := range event.NumColumns {
		if c > 0 {
			j.buf = append(j.buf, ',')
		}
		j.buf = event.AppendField(j.buf, j.fields[c])
	}
	j.buf = append(j.buf, '\n')
	return nil
}

// lacks reports that an end has a cell and no position.
func (j *joiner) lacks(first event.Column) bool {
	return len(j.fields[first]) > 0 && len(j.fields[first+1]) == 0
}

// fill looks one end up; first is the column of its cell, the others follow it.
func (j *joiner) fill(row *event.Row, which string, first event.Column, instant int64) {
	const x, y, azimuth, place = 1, 2, 3, 4
	id := string(j.fields[first])
	if !j.lacks(first) {
		return
	}
	from, turn, name, outcome, key := j.x.find(id, instant)
	var at [2]int64
	crs := string(j.fields[event.CRS])
	if outcome == filled {
		var ok bool
		if at, crs, ok = inSystem(from.At, crs); !ok {
			outcome = offGrid
		}
	}
	if outcome == filled {
		j.fields[event.CRS] = []byte(crs)
		j.fields[first+x] = strconv.AppendInt(nil, at[0], 10)
		j.fields[first+y] = strconv.AppendInt(nil, at[1], 10)
		if len(j.fields[first+azimuth]) == 0 {
			j.fields[first+azimuth] = []byte(turn.String())
		}
		if len(j.fields[first+place]) == 0 {
			j.fields[first+place] = []byte(name)
		}
	}
	j.flag(flagOf(outcome))
	if outcome == filled && from.Position == cell.Estimate {
		j.flag(event.SiteEstimate)
	}
	if outcome == filled && slices.Contains(from.Flags, cell.PositionSquare) {
		j.flag(event.PositionSquare)
	}
	if !row.IsRepeat() {
		j.outcomes.Add(outcome)
	}
	position, table, tableRow := "", "", ""
	if outcome == filled {
		position, table, tableRow = from.Position, from.Source, strconv.FormatInt(from.Row, 10)
	} else {
		key = ""
	}
	j.joins = event.AppendRecord(j.joins, string(row.Field(event.StartUTC)), which, id, outcome, key, position, table, tableRow,
		string(row.Field(event.Source)), string(row.Field(event.Record)))
}

// inSystem returns a position in the reference system that the event has, or in
// WGS 84 when it has none.
func inSystem(at grid.Point, crs string) ([2]int64, string, bool) {
	if crs != "EPSG:27700" {
		return [2]int64{at.Lon, at.Lat}, "EPSG:4326", true
	}
	g, err := grid.ToGrid(at)
	e, n := g.Metres()
	return [2]int64{e, n}, crs, err == nil
}

func flagOf(outcome string) string {
	switch outcome {
	case filled:
		return event.SiteFromTable
	case outdated:
		return event.SiteNotValid
	case conflict:
		return event.SiteConflict
	case offGrid:
		return event.SiteOffGrid
	}
	return event.SiteNotFound
}

// flag puts a word among the event's flags, which stay sorted.
func (j *joiner) flag(word string) {
	words := strings.Fields(string(j.fields[event.Flags]))
	if at, found := slices.BinarySearch(words, word); !found {
		words = slices.Insert(words, at, word)
	}
	j.fields[event.Flags] = []byte(strings.Join(words, " "))
}

// summary says what was filled in, and until when the table was right.
func (j *joiner) summary(env analysis.Env, info analysis.Info, params analysis.Params, b analysis.Balance, rows []cell.TableRow) (analysis.Summary, error) {
	sum, err := j.tallies.summary(env, info, params, b, joinFields(), analysis.CavCellArea, analysis.CavCellChose)
	if err != nil {
		return sum, err
	}
	dates := "the dates that the cell table gives for each cell"
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(r cell.TableRow) bool { return r.From != rows[0].From || r.Until != rows[0].Until }) {
		dates = "the dates from " + string(event.AppendInstant(nil, rows[0].From)) + " until before " + string(event.AppendInstant(nil, rows[0].Until))
	}
	c, err := analysis.CaveatText(analysis.CavCellDate, "date", dates)
	if err != nil {
		return sum, err
	}
	sum.Caveats = append(sum.Caveats, c)
	slices.SortStableFunc(sum.Caveats, func(a, b analysis.Caveat) int { return analysis.CaveatOrder(a.ID) - analysis.CaveatOrder(b.ID) })
	sum.Caveats = slices.Compact(sum.Caveats)
	for _, o := range []struct{ name, outcome, title string }{
		{"filled", filled, "Cells given a position from the table"},
		{"unknown", unknown, "Cells that are not in the table"},
		{"outdated", outdated, "Cells whose rows in the table are of another time"},
		{"conflict", conflict, "Cells with two positions in the table"},
		{"off_grid", offGrid, "Cells whose position is off the National Grid"},
	} {
		sum.Figures = append(sum.Figures, analysis.Figure{
			Field: derived(o.name, o.title, analysis.KindCount, "ends of events, repeats left out"), Value: strconv.FormatInt(j.outcomes[o.outcome], 10),
		})
	}
	return sum, nil
}
