package render

import (
	"custos.example/analysis"
	"custos.example/analysis/event"
)

// scheduleColumns returns the columns of the printed schedule; with nobody to
// attribute a number to, their room goes to cells and notes.
func (s *sheet) scheduleColumns() []column {
	col := func(title string, width float64) column {
		return column{title: title, width: width, face: plain}
	}
	c := []column{
		{"No.", 10, plain, true}, col("Date", 15), col("Time", 12), col("Zone", 11.9), col("Type", 11.5), col("From", 19),
	}
	if len(s.meta.Attributions) > 0 {
		return append(c, col("Attributed to", 19), col("To", 19), col("Attributed to", 19), col("Duration", 13.8), col("IMEI (14 digits)", 23),
			col("Start cell, place, direction", 42), col("End cell, if different", 19), col("Source, row", 17), col("Note (fact)", 18.8))
	}
	return append(c, col("To", 19), col("Duration", 13.8), col("IMEI (14 digits)", 23), col("Start cell, place, direction", 66),
		col("End cell, if different", 28), col("Source, row", 17), col("Note (fact)", 24.8))
}

// printed returns the cells of one row as they are printed.
func (s *sheet) printed(r scheduleRow) []string {
	from, to := r.field(event.ANumber), r.field(event.BNumber)
	attributed := len(s.meta.Attributions) > 0
	cells := []string{r.own(rowNo), ukDate(r.own(rowDate)), r.own(rowTime), r.own(rowZone), typeWord(r.field(event.Type)), orDash(party(from, ""))}
	if attributed {
		cells = append(cells, orDash(starred(s.meta.person(from))))
	}
	toText := party(to, r.field(event.APN))
	if c := r.field(event.CNumber); c != "" {
		toText += ", forwarded to " + party(c, "")
	}
	cells = append(cells, orDash(toText))
	if attributed {
		cells = append(cells, orDash(starred(s.meta.person(to))))
	}
	start := cellWords(r, event.StartCell, event.StartPlace, event.StartAzimuth)
	end := cellWords(r, event.EndCell, event.EndPlace, event.EndAzimuth)
	if end != "" && sameCell(r) {
		end = "same"
	}
	return append(cells, orDash(duration(r.field(event.DurationS))), orDash(handset(r.field(event.IMEI))),
		orDash(start), orDash(end), s.meta.reference(r.field(event.Source))+", "+r.field(event.Record), note(r))
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
	g := &grid{s: s, columns: s.scheduleColumns(), style: tableStyle}
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
