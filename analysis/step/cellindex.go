package step

import (
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis/cell"
)

// cellIndex finds the rows of a cell.
type cellIndex struct {
	rows   []cell.TableRow
	byCell map[string][]int
	byArea map[string][]int
}

func newCellIndex(rows []cell.TableRow, byArea bool) (*cellIndex, error) {
	x := &cellIndex{rows: rows, byCell: map[string][]int{}, byArea: map[string][]int{}}
	for i := range rows {
		r := &rows[i]
		if r.RepeatOf > 0 {
			continue
		}
		x.byCell[r.Cell] = append(x.byCell[r.Cell], i)
		if !byArea || r.Area == "" || !strings.HasPrefix(r.Cell, string(cell.UTRAN)+":") {
			continue
		}
		id, err := cell.Parse(r.Cell)
		if err != nil {
			return nil, err
		}
		area, areaErr := strconv.ParseUint(r.Area, 10, 16)
		_, ci, _ := id.RNC()
		if key, err := cell.Make(cell.CGI, id.PLMN, area, ci); err == nil && areaErr == nil {
			x.byArea[key.String()] = append(x.byArea[key.String()], i)
		}
	}
	return x, nil
}

// find returns the row from which a position is taken, or why none is. All rows
// of the cell that were valid then must agree on the position.
func (x *cellIndex) find(id string, instant int64) (row *cell.TableRow, azimuth cell.Azimuth, name, outcome, key string) {
	list, known := x.byCell[id]
	key = id
	if extra := x.byArea[id]; len(extra) > 0 {
		if !known {
			key = x.rows[extra[0]].Cell
		}
		list, known = append(slices.Clone(list), extra...), true
	}
	if !known {
		return nil, cell.Unknown, "", unknown, key
	}
	azimuth = cell.Unknown
	turned := false
	for _, i := range list {
		r := &x.rows[i]
		if !r.Holds(instant) {
			continue
		}
		switch {
		case row == nil:
			row, azimuth, name, key = r, r.Azimuth, r.Name, r.Cell
		case row.At != r.At:
			return nil, cell.Unknown, "", conflict, key
		default:
			turned = turned || azimuth != r.Azimuth
			if name != r.Name {
				name = ""
			}
		}
	}
	if row == nil {
		return nil, cell.Unknown, "", outdated, key
	}
	if turned {
		azimuth = cell.Unknown
	}
	return row, azimuth, name, filled, key
}
