package celltable

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/cell"
	"custos.example/analysis/delimited"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// Why a row is set aside.
const (
	reasonColumns  = "WRONG_COLUMN_COUNT"
	reasonRadio    = "BAD_RADIO"
	reasonNetwork  = "BAD_NETWORK"
	reasonArea     = "BAD_AREA"
	reasonCell     = "BAD_CELL"
	reasonFit      = "CELL_DOES_NOT_FIT_RADIO"
	reasonNowhere  = "NO_POSITION"
	reasonPosition = "BAD_POSITION"
	reasonDates    = "BAD_DATES"
)

// fault is why a row is set aside, and the column that caused it.
type fault struct {
	reason string
	column int
}

// row reads one record.
func (m *mapping) row(rec *delimited.Record, from, until int64) (r cell.TableRow, f fault) {
	if rec.Fault != "" {
		return r, fault{rec.Fault, absent}
	}
	if len(rec.Fields) != len(m.profile.File.Header) {
		return r, fault{reasonColumns, absent}
	}
	text := func(column int) string {
		if column == absent {
			return ""
		}
		return strings.TrimSpace(string(rec.Fields[column]))
	}
	r = cell.TableRow{Row: rec.Row, Offset: rec.Offset, From: from, Until: until, Position: m.profile.Position.Is, Azimuth: cell.Unknown, Radio: m.radioIs}
	var err error
	if m.radio != absent {
		if r.Radio, err = cell.ParseRadio(text(m.radio)); err != nil {
			return r, fault{reasonRadio, m.radio}
		}
	}
	if reason, column := m.cell(&r, text); reason != "" {
		return r, fault{reason, column}
	}
	if reason, column := m.position(&r, text); reason != "" {
		return r, fault{reason, column}
	}
	if !m.dates(&r, text) {
		return r, fault{reasonDates, m.validFrom}
	}
	m.rest(&r, text)
	return r, fault{}
}

// cell reads the identity.
func (m *mapping) cell(r *cell.TableRow, text func(int) string) (string, int) {
	way := -1
	for i, c := range m.cells {
		if len(c.radios) == 0 || slices.Contains(c.radios, r.Radio) {
			way = i
		}
	}
	if way < 0 {
		return reasonRadio, m.radio // a technology whose cells the profile does not describe
	}
	c := m.cells[way]
	given := cell.Given{PLMN: m.network}
	if m.mcc != absent && c.pattern.Scheme() != cell.Name {
		mnc := text(m.mnc)
		for len(mnc) < m.profile.Network.Digits && mnc != "" {
			mnc = "0" + mnc
		}
		var err error
		if given.PLMN, err = cell.ParsePLMN(text(m.mcc) + "-" + mnc); err != nil {
			return reasonNetwork, m.mcc
		}
	}
	if area := text(m.area); area != "" {
		n, ok := number([]byte(strings.TrimLeft(area, "0") + zeroOnly(area)))
		if !ok || n < 0 || n >= 1<<24 {
			return reasonArea, m.area
		}
		given.Area, given.HasArea = uint64(n), true
		r.Area = fmt.Sprint(n)
	}
	if c.pattern.Scheme() != cell.CGI {
		given.HasArea = false
	}
	parts := make([]string, 0, len(c.columns))
	for _, at := range c.columns {
		part := text(at)
		if part == "" {
			return reasonCell, at
		}
		if c.pattern.Scheme() == cell.Name && strings.Contains(part, "+") && event.Scientific([]byte(part)) {
			return reasonCell, at // 1.2E+46, as a spreadsheet leaves 12E45 and many others
		}
		parts = append(parts, part)
	}
	id, err := c.pattern.Read(strings.Join(parts, c.join), given)
	if err != nil {
		return reasonCell, c.columns[0]
	}
	if !r.Radio.Fits(id.Scheme) {
		return reasonFit, m.radio
	}
	if rnc, _, ok := id.RNC(); ok && rnc == 0 {
		r.Flag(cell.RNCZero)
	}
	r.Cell = id.String()
	return "", absent
}

// zeroOnly returns the one zero that is left of a text of zeros.
func zeroOnly(text string) string {
	if strings.Trim(text, "0") == "" {
		return "0"
	}
	return ""
}

// position reads the coordinates.
func (m *mapping) position(r *cell.TableRow, text func(int) string) (string, int) {
	var err error
	if m.grid != absent {
		raw := text(m.grid)
		if raw == "" {
			return reasonNowhere, m.grid
		}
		square, err := grid.ParseReference(raw)
		if err != nil {
			return reasonPosition, m.grid
		}
		at := square.Corner
		if square.Side > grid.Metre {
			at = square.Centre()
			r.Flag(cell.PositionSquare)
		}
		if r.At, err = grid.FromGrid(at); err != nil {
			return reasonPosition, m.grid
		}
		return "", absent
	}
	x, y := text(m.x), text(m.y)
	if x == "" && y == "" {
		return reasonNowhere, m.x
	}
	switch {
	case m.profile.Position.CRS == "EPSG:27700":
		r.At, err = metres(x, y)
	case m.profile.Position.Form == "dms":
		r.At, err = dms(x, y)
	default:
		if r.At.Lon, _, err = grid.ParseDegrees(x); err == nil {
			r.At.Lat, _, err = grid.ParseDegrees(y)
		}
	}
	if err == nil {
		err = r.At.Verify()
	}
	if err == nil && r.At == (grid.Point{}) {
		err = grid.ErrOutside // 0, 0 is how a list says that it does not know
	}
	if err != nil {
		return reasonPosition, m.x
	}
	return "", absent
}

// metres reads easting and northing, in metres with at most three decimals.
func metres(x, y string) (grid.Point, error) {
	var v [2]int64
	for i, text := range [2]string{x, y} {
		whole, part, _ := strings.Cut(text, ".")
		n, ok := number([]byte(strings.TrimLeft(whole, "0") + zeroOnly(whole)))
		if !ok || n < 0 || n > 10_000_000 || strings.Trim(part, "0123456789") != "" || len(part) > 20 {
			return grid.Point{}, grid.ErrOutside
		}
		thousandths, _ := number([]byte("1" + (part + "000")[:3]))
		v[i] = n*grid.Metre + thousandths - 1000
	}
	if v[0] == 0 && v[1] == 0 {
		return grid.Point{}, grid.ErrOutside // how a list says that it does not know
	}
	return grid.FromGrid(grid.Grid{E: v[0], N: v[1]})
}

func dms(x, y string) (grid.Point, error) {
	lon, axisX, errX := grid.ParseDMS(x)
	lat, axisY, errY := grid.ParseDMS(y)
	if axisX == 'N' || axisY == 'E' {
		return grid.Point{}, grid.ErrOutside
	}
	return grid.Point{Lat: lat, Lon: lon}, errors.Join(errX, errY)
}

// dates reads the row's own dates; a blank one leaves the table's.
func (m *mapping) dates(r *cell.TableRow, text func(int) string) bool {
	for _, c := range []struct {
		column int
		into   *int64
		end    bool
	}{{m.validFrom, &r.From, false}, {m.validTo, &r.Until, true}} {
		raw := text(c.column)
		if raw == "" {
			continue
		}
		v, ok := instant(raw, m.profile.Valid.Form, c.end)
		if !ok {
			return false
		}
		*c.into = v
	}
	return r.From < r.Until
}

func instant(raw, form string, end bool) (int64, bool) {
	switch form {
	case "instant":
		return event.ParseInstant([]byte(raw))
	case "epoch-seconds":
		v, ok := number([]byte(raw))
		return v, ok && v > -1<<31 && v < 7_000_000_000
	}
	v, ok := event.ParseInstant([]byte(raw + "T00:00:00Z"))
	if end {
		v += 86400
	}
	return v, ok
}

// rest reads what may be missing.
func (m *mapping) rest(r *cell.TableRow, text func(int) string) {
	var err error
	if r.Azimuth, err = cell.ParseAzimuth(text(m.azimuth)); err != nil {
		r.Flag(cell.AzimuthShape)
	}
	var words []string
	for _, at := range m.label {
		if w := text(at); w != "" {
			words = append(words, w)
		}
	}
	if len(words) > 0 {
		id, err := cell.Named(strings.Join(words, " "))
		if err != nil {
			r.Flag(cell.NameShape)
		}
		r.Name = id.Text
	}
}

// number reads a canonical whole number.
func number(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == string(text)
}
