package render

import (
	"errors"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// scheduleColumns returns the columns of the printed schedule; with nobody to
// attribute a number to, their room goes to the others.
func (s *sheet) scheduleColumns() []column {
	titles := []string{"No.", "Date", "Time", "Zone", "Type", "From", "To", "Duration", "Records of", "IMEI (14 digits)", "Start cell, place, direction", "End cell, if different", "Source, row", "Note (fact)"}
	if len(s.meta.Attributions) > 0 {
		titles = slices.Insert(titles, 7, "Attributed to")
		titles = slices.Insert(titles, 6, "Attributed to")
	}
	columns := make([]column, len(titles))
	for n, title := range titles {
		columns[n] = column{title: title, face: plain, right: n == 0}
	}
	return columns
}

// measured is how many rows of a schedule choose the widths of its columns.
const measured = 1_000

// fitSchedule chooses the widths of the columns from the first rows and the
// number of the last.
func (s *sheet) fitSchedule(columns []column, port string, total int64, in analysis.Input) error {
	return s.fitColumns(columns, tableStyle, longSide-2*margin, func(use func([]string) error) error {
		last := make([]string, len(columns))
		last[0] = decimal(total)
		if err := use(last); err != nil {
			return err
		}
		rows := 0
		err := eachRow(port, in, func(r scheduleRow) error {
			if rows++; rows > measured {
				return errEnough
			}
			return use(s.printed(r))
		})
		if errors.Is(err, errEnough) {
			return nil
		}
		return err
	})
}

// errEnough ends a reading early.
var errEnough = errors.New("enough was read")

// printed returns the cells of one row as they are printed.
func (s *sheet) printed(r scheduleRow) []string {
	from, to := r.field(event.ANumber), r.field(event.BNumber)
	attributed := len(s.meta.Attributions) > 0
	cells := []string{r.own(rowNo), ukDate(r.own(rowDate)), r.own(rowTime), r.own(rowZone), typeWord(r.field(event.Type)), orDash(party(from, ""))}
	if attributed {
		cells = append(cells, orDash(starred(s.meta.person(from, r.own(rowDate)))))
	}
	toText := party(to, r.field(event.APN))
	if c := r.field(event.CNumber); c != "" {
		toText += ", forwarded to " + party(c, "")
	}
	cells = append(cells, orDash(toText))
	if attributed {
		cells = append(cells, orDash(starred(s.meta.person(to, r.own(rowDate)))))
	}
	start := cellWords(r, event.StartCell, event.StartPlace, event.StartAzimuth)
	end := cellWords(r, event.EndCell, event.EndPlace, event.EndAzimuth)
	if end != "" && sameCell(r) {
		end = "same"
	}
	return append(cells, orDash(duration(r.field(event.DurationS))), orDash(party(r.field(event.Subject), "")), orDash(handset(r.field(event.IMEI))),
		orDash(start), orDash(end), s.meta.reference(r.field(event.Source))+", "+r.field(event.Record), orDash(note(r)))
}

func starred(person string) string {
	if person == "" {
		return ""
	}
	return person + "*"
}

func cellWords(r scheduleRow, cell, place, direction event.Column) string {
	text := cellName(r.field(cell))
	for _, part := range []string{r.field(place), azimuth(r.field(direction))} {
		if part == "" {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += part
	}
	return text
}

// sameCell reports that an event ended on the cell on which it began.
func sameCell(r scheduleRow) bool {
	return r.field(event.StartCell) != "" && r.field(event.StartCell) == r.field(event.EndCell) &&
		r.field(event.StartAzimuth) == r.field(event.EndAzimuth)
}

// schedule draws every row, with the head repeated on each page.
func (s *sheet) schedule(port, title string, total int64, in analysis.Input, n *tableCount) error {
	g := &ruled{s: s, columns: s.scheduleColumns(), style: tableStyle}
	if err := s.fitSchedule(g.columns, port, total, in); err != nil {
		return err
	}
	g.again = func() {
		s.page(true, title, "rows in all: "+number(total)+s.starNote())
		g.head()
	}
	g.again()
	err := eachRow(port, in, func(r scheduleRow) error {
		n.add(port)
		g.row(s.printed(r))
		return s.f.Error()
	})
	if err == nil && g.rows == 0 {
		s.noRow()
	}
	return err
}

// noRow says in the place of rows that there is none.
func (s *sheet) noRow() {
	s.y += 6
	s.put(plain, 9, margin, s.y, noRowText)
}

const noRowText = "No row. This shows nothing about a telephone or a person; see the limits on page 1."

func (s *sheet) starNote() string {
	if len(s.meta.Attributions) == 0 {
		return ""
	}
	return "    * as stated on page 1, with its basis"
}
