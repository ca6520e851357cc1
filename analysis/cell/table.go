package cell

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// MaxRows bounds a table, and so the memory of the steps that hold one.
const MaxRows = 1_000_000

// What a position is the position of.
const (
	Site     = "site"     // of the mast, as its operator or licence states it
	Estimate = "estimate" // worked out from measurements of others; not the mast's
	Unstated = "unstated" // the source does not say
)

// Flags of a row. A flag states a fact; it changes no value.
const (
	AzimuthShape   = "AZIMUTH_SHAPE"   // left blank: not 0 to 360 or OMNI
	NameShape      = "NAME_SHAPE"      // left blank: it cannot be printed
	PositionSquare = "POSITION_SQUARE" // the middle of a square larger than a metre
	RNCZero        = "RNC_ZERO"        // a controller 0: the source may have left the controller out
	TwoAzimuths    = "TWO_AZIMUTHS"    // at the same time and place the table gives this cell another direction
	TwoPositions   = "TWO_POSITIONS"   // at the same time the table gives this cell another position
)

// TableColumns returns the header of a canonical cell table.
//
// Shape: cell is an identity (package cell); radio its technology, blank when
// not stated; area the LAC or TAC beside it; x and y longitude and latitude;
// position is site, estimate or unstated; azimuth as package cell has it;
// valid_from and valid_until instants, of which the second is no longer within;
// source the first 16 hex digits of the file's SHA-256; row and offset the
// record in it; repeat_of the row of the first record that says the same.
// Rows stand in the order of cell, valid_from, valid_until, x, y, radio,
// azimuth, name, area, row. Units: 1e-7 degree, WGS 84; whole degrees from north.
func TableColumns() []string {
	return []string{
		"cell", "radio", "area", "x", "y", "position", "azimuth", "name", "valid_from", "valid_until",
		"flags", "source", "row", "offset", "repeat_of",
	}
}

// TableRow is one row of a cell table.
type TableRow struct {
	Cell        string
	Radio       Radio
	Area        string
	At          grid.Point
	Position    string
	Azimuth     Azimuth
	Name        string
	From, Until int64 // Unix seconds; Until is no longer within
	Flags       []string
	Source      string
	Row, Offset int64
	RepeatOf    int64 // 0 on the first
}

// Holds reports that the row was valid at an instant.
func (r *TableRow) Holds(instant int64) bool { return instant >= r.From && instant < r.Until }

// Order compares rows by all but their source row, and then by that.
func Order(a, b *TableRow) int {
	return cmp.Or(Sameness(a, b), cmp.Compare(a.Row, b.Row))
}

// Sameness is 0 for two rows that say the same.
func Sameness(a, b *TableRow) int {
	return cmp.Or(strings.Compare(a.Cell, b.Cell), cmp.Compare(a.From, b.From), cmp.Compare(a.Until, b.Until),
		cmp.Compare(a.At.Lon, b.At.Lon), cmp.Compare(a.At.Lat, b.At.Lat), strings.Compare(string(a.Radio), string(b.Radio)),
		cmp.Compare(a.Azimuth, b.Azimuth), strings.Compare(a.Name, b.Name), strings.Compare(a.Area, b.Area))
}

// AppendTableRow appends a row in canonical text.
func AppendTableRow(dst []byte, r *TableRow) []byte {
	repeat := ""
	if r.RepeatOf > 0 {
		repeat = strconv.FormatInt(r.RepeatOf, 10)
	}
	return event.AppendRecord(dst, r.Cell, string(r.Radio), r.Area, strconv.FormatInt(r.At.Lon, 10), strconv.FormatInt(r.At.Lat, 10), r.Position,
		r.Azimuth.String(), r.Name, instantText(r.From), instantText(r.Until), strings.Join(r.Flags, " "), r.Source,
		strconv.FormatInt(r.Row, 10), strconv.FormatInt(r.Offset, 10), repeat)
}

func instantText(unix int64) string { return string(event.AppendInstant(nil, unix)) }

// ReadTable reads a canonical cell table.
// Errors: event.ErrNotCanonical for any other form or order, or more than a
// million rows.
// Trust: none.
func ReadTable(in io.Reader) ([]TableRow, error) {
	table, err := event.NewTable(in, TableColumns())
	if err != nil {
		return nil, fmt.Errorf("cells: %w", err)
	}
	var rows []TableRow
	for {
		f, err := table.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cells: %w", err)
		}
		r, err := parseRow(f)
		if err == nil && len(rows) > 0 && Order(&rows[len(rows)-1], &r) >= 0 {
			err = errors.New("it is out of order")
		}
		if err == nil && len(rows) == MaxRows {
			err = fmt.Errorf("there are more than %d rows", MaxRows)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: cells line %d: %w", event.ErrNotCanonical, table.Line(), err)
		}
		rows = append(rows, r)
	}
}

func parseRow(f [][]byte) (TableRow, error) {
	r := TableRow{
		Cell: string(f[0]), Radio: Radio(f[1]), Area: string(f[2]), Position: string(f[5]), Name: string(f[7]), Source: string(f[11]),
	}
	if _, err := Parse(r.Cell); err != nil {
		return r, err
	}
	if !slices.Contains([]Radio{"", GSM, UMTS, LTE, NR, TETRA}, r.Radio) || !slices.Contains([]string{Site, Estimate, Unstated}, r.Position) {
		return r, errors.New("radio or position is none of the words that can stand there")
	}
	var ok [8]bool
	r.At.Lon, ok[0] = number(f[3])
	r.At.Lat, ok[1] = number(f[4])
	r.From, ok[2] = event.ParseInstant(f[8])
	r.Until, ok[3] = event.ParseInstant(f[9])
	r.Row, ok[4] = number(f[12])
	r.Offset, ok[5] = number(f[13])
	ok[6], ok[7] = r.Row > 0 && r.Offset >= 0, r.From < r.Until
	if len(f[14]) > 0 {
		var good bool
		if r.RepeatOf, good = number(f[14]); !good || r.RepeatOf <= 0 || r.RepeatOf >= r.Row {
			return r, errors.New("repeat_of is no earlier row")
		}
	}
	if slices.Contains(ok[:], false) || r.At.Verify() != nil || len(r.Source) != 16 {
		return r, errors.New("a number, instant or source is malformed, or the dates hold nothing")
	}
	a, err := ParseAzimuth(string(f[6]))
	if err != nil || a.String() != string(f[6]) {
		return r, errors.New("azimuth is not 0 to 359 or omni")
	}
	r.Azimuth = a
	if len(f[10]) > 0 {
		r.Flags = strings.Split(string(f[10]), " ")
	}
	return r, nil
}

// number reads a canonical whole number.
func number(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == string(text)
}

// Flag puts a word among the row's flags, which stay sorted.
func (r *TableRow) Flag(word string) {
	if at, found := slices.BinarySearch(r.Flags, word); !found {
		r.Flags = slices.Insert(r.Flags, at, word)
	}
}
