package basemap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/delimited"
	"custos.example/analysis/grid"
)

// maxCell bounds one record of a delimited file: a boundary may be one cell.
const maxCell = 16 << 20

// errNone is the fault of a feature that has no geometry.
var errNone = errors.New("there is no geometry")

// readGMT reads the plain text of the Generic Mapping Tools: a line that begins
// with > starts a segment, a line that begins with # is a remark, every other
// holds longitude and latitude.
func readGMT(in analysis.Input, o options, do each) error {
	r := bufio.NewReaderSize(io.NewSectionReader(in, 0, in.Size()), 64<<10)
	var f *feature
	row, line, offset := int64(0), int64(0), int64(0)
	var points []grid.Point
	finish := func() error {
		if f == nil {
			return nil
		}
		if f.fault == nil && len(points) == 1 {
			f.fault = errShape
		}
		if f.fault == nil && len(points) > 1 {
			f.pieces = []piece{{Line, points}}
		}
		return do(f)
	}
	for {
		raw, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("%w: line %d is longer than 65536 bytes", analysis.ErrNotThisFormat, line+1)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(raw) == 0 {
			return finish()
		}
		line++
		at := offset
		offset += int64(len(raw))
		raw = bytes.TrimSpace(raw)
		switch {
		case len(raw) == 0 || raw[0] == '#':
			continue
		case raw[0] == '>':
			if err := finish(); err != nil {
				return err
			}
			row++
			f, points = &feature{row: row, offset: at}, points[:0]
			if o.name == "header" {
				f.name = string(bytes.TrimSpace(raw[1:]))
			}
			continue
		case f == nil:
			row++
			f = &feature{row: row, offset: at}
		}
		p, err := gmtPosition(raw, o.system)
		switch {
		case err != nil && line == 1:
			return fmt.Errorf("%w: line 1 is no segment header, remark or position", analysis.ErrNotThisFormat)
		case err != nil && f.fault == nil:
			f.fault = err
		case len(points) >= maxShape:
			f.fault = errMany
		case err == nil:
			points = append(points, p)
		}
	}
}

func gmtPosition(line []byte, s system) (grid.Point, error) {
	fields := bytes.FieldsFunc(line, func(r rune) bool { return r == '\t' || r == ' ' || r == ',' })
	if len(fields) < 2 {
		return grid.Point{}, errNumber
	}
	return s.point(fields[0], fields[1])
}

// readCSV reads a delimited file with a header, of which one column holds the
// geometry in the way that read understands.
func readCSV(in analysis.Input, o options, read func(cell []byte, s system) ([]piece, error), do each) error {
	r := delimited.NewReader(io.NewSectionReader(in, 0, in.Size()), ',', maxCell)
	head, err := r.Next()
	if errors.Is(err, io.EOF) || err == nil && head.Fault != "" {
		return fmt.Errorf("%w: there is no header that can be read", analysis.ErrNotThisFormat)
	}
	if err != nil {
		return err
	}
	names := make([]string, 0, len(head.Fields))
	for _, f := range head.Fields {
		names = append(names, string(f))
	}
	geometry, name := slices.Index(names, o.geometry), slices.Index(names, o.name)
	if geometry < 0 || name < 0 && o.name != "" {
		return fmt.Errorf("%w: the header has no column %.40q; its columns are %.400q", analysis.ErrNotThisFormat, [2]string{o.geometry, o.name}, names)
	}
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		f := &feature{row: rec.Row, offset: rec.Offset}
		switch {
		case rec.Fault != "":
			f.fault = recordError(rec.Fault)
		case len(rec.Fields) != len(names):
			f.fault = errColumns
		case len(bytes.TrimSpace(rec.Fields[geometry])) == 0:
			f.fault = errNone
		default:
			f.pieces, f.fault = read(rec.Fields[geometry], o.system)
		}
		if f.fault == nil && name >= 0 {
			f.name = string(rec.Fields[name])
		}
		if err := do(f); err != nil {
			return err
		}
	}
}

var errColumns = errors.New("the row does not have the header's number of columns")

// recordError is the reason for which a record could not be cut.
type recordError string

func (f recordError) Error() string { return string(f) }

// cellGeoJSON reads a geometry in GeoJSON that stands in one cell.
func cellGeoJSON(cell []byte, s system) ([]piece, error) {
	t := newText(bytes.NewReader(cell))
	var f feature
	if err := t.geometry(s, &f); err != nil {
		return nil, errShape
	}
	if err := t.end(); err != nil {
		return nil, errShape
	}
	return f.pieces, f.fault
}

// cellLatLon reads a position written as "(51.38808, -2.33365)".
func cellLatLon(cell []byte, s system) ([]piece, error) {
	cell = bytes.TrimSpace(cell)
	if len(cell) < 2 || cell[0] != '(' || cell[len(cell)-1] != ')' {
		return nil, errShape
	}
	lat, lon, found := bytes.Cut(cell[1:len(cell)-1], []byte{','})
	if !found || s.metres {
		return nil, errShape
	}
	p, err := s.point(bytes.TrimSpace(lon), bytes.TrimSpace(lat))
	if err != nil {
		return nil, err
	}
	return []piece{{Dot, []grid.Point{p}}}, nil
}
