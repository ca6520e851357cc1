package step

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/grid"
)

// neighbours finds the spots that each spot matches: those with its cell, and
// those within the distance.
func (r *coLocation) neighbours() {
	byCell := map[string][]int32{}
	for i := range r.spots {
		if c := r.spots[i].cell; c != "" {
			byCell[c] = append(byCell[c], int32(i)) //nolint:gosec // fewer than rows
		}
	}
	for i := range r.spots {
		s := &r.spots[i]
		for _, k := range byCell[s.cell] {
			o := &r.spots[k]
			n := neighbour{spot: k, metres: -1, byName: strings.HasPrefix(s.cell, "name:")}
			if s.known && o.known {
				n.metres = grid.Metres(s.point, o.point)
			}
			s.near = append(s.near, n)
		}
	}
	if r.distance > 0 {
		r.neighboursByDistance()
	}
}

// neighboursByDistance goes through the spots from south to north; no degree of
// latitude is shorter than 110 km.
func (r *coLocation) neighboursByDistance() {
	const degree = 110_000
	order := make([]int32, 0, len(r.spots))
	for i := range r.spots {
		if r.spots[i].known {
			order = append(order, int32(i)) //nolint:gosec // fewer than rows
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(r.spots[a].point.Lat, r.spots[b].point.Lat), cmp.Compare(a, b))
	})
	reach := min(r.distance, 20*degree*90)*grid.Degree/degree + 1
	for i, a := range order {
		for _, b := range order[i:] {
			s, o := &r.spots[a], &r.spots[b]
			if o.point.Lat-s.point.Lat > reach {
				break
			}
			if s.cell == o.cell && s.cell != "" || eastOf(s.point, o.point) > 4*reach {
				continue // they match as one cell, or are far apart
			}
			metres := grid.Metres(s.point, o.point)
			if metres > r.distance {
				continue
			}
			s.near = append(s.near, neighbour{spot: b, metres: metres})
			if a != b {
				o.near = append(o.near, neighbour{spot: a, metres: metres})
			}
		}
	}
}

// eastOf returns by how much the longitudes of two points differ, where that
// bounds their distance from below: within 75 degrees of the equator a degree of
// longitude is longer than a quarter of one of latitude.
func eastOf(a, b grid.Point) int64 {
	const most = 75 * grid.Degree
	if max(a.Lat, -a.Lat, b.Lat, -b.Lat) > most {
		return 0
	}
	return grid.Turn(a.Lon, b.Lon)
}

// cluster is pairs of events of two subjects that follow one another.
type cluster struct {
	subjects [2]int32
	from, to int64
	pairs    int64
	members  [2][]int32 // candidates; may hold one more than once until it is tidied
	tidied   [2]int
	metres   int64
	unknown  bool
	byName   bool
}

// match goes through the rows in order and pairs each with those before it.
// Errors: ErrParameter when there are too many clusters.
func (r *coLocation) match() error {
	for k := range r.rows {
		c := &r.rows[k]
		own := &r.spots[c.spot]
		for _, n := range own.near {
			s := &r.spots[n.spot]
			for len(s.last) > 0 && r.rows[s.last[0]].start < c.start-r.within {
				s.last = s.last[1:]
			}
			for _, j := range s.last {
				if r.rows[j].subject != c.subject {
					r.pair(j, int32(k), n) //nolint:gosec // fewer than rows
				}
			}
		}
		own.last = append(own.last, int32(k)) //nolint:gosec // fewer than rows
		if err := r.bounded(); err != nil {
			return err
		}
	}
	return nil
}

// pair puts a pair of rows on the clusters of its subjects; j is the earlier.
func (r *coLocation) pair(j, k int32, n neighbour) {
	a, b := &r.rows[j], &r.rows[k]
	a.matched, b.matched = true, true
	key := [2]int32{a.subject, b.subject}
	members := [2]int32{j, k}
	if r.of.names[key[1]] < r.of.names[key[0]] {
		key[0], key[1], members[0], members[1] = key[1], key[0], k, j
	}
	list := r.pairs[key]
	if len(list) == 0 || a.start-list[len(list)-1].to > r.within {
		list = append(list, &cluster{subjects: key, from: a.start, to: b.start})
		r.clusters++
	}
	now := list[len(list)-1]
	now.from, now.to = min(now.from, a.start), max(now.to, b.start)
	now.pairs++
	now.metres = max(now.metres, n.metres)
	now.unknown = now.unknown || n.metres < 0
	now.byName = now.byName || n.byName
	for i, m := range members {
		r.held += now.member(i, m)
	}
	// A pair reaches back by as much as within_s and can join two clusters.
	for len(list) > 1 && now.from-list[len(list)-2].to <= r.within {
		before := list[len(list)-2]
		r.held += before.join(now)
		r.clusters--
		list, now = list[:len(list)-1], before
	}
	r.pairs[key] = list
}

// member adds a candidate to one side of the cluster, and returns by how many
// the cluster holds more.
func (c *cluster) member(side int, m int32) int64 {
	list := c.members[side]
	before := len(list)
	if before > 0 && list[before-1] == m {
		return 0
	}
	list = append(list, m)
	if len(list) > 2*c.tidied[side]+64 {
		slices.Sort(list)
		list = slices.Compact(list)
		c.tidied[side] = len(list)
	}
	c.members[side] = list
	return int64(len(list) - before)
}

// join takes the pairs of another cluster in, and returns by how many candidates
// both hold more than before.
func (c *cluster) join(o *cluster) int64 {
	var more int64
	c.from, c.to = min(c.from, o.from), max(c.to, o.to)
	c.pairs += o.pairs
	c.metres = max(c.metres, o.metres)
	c.unknown, c.byName = c.unknown || o.unknown, c.byName || o.byName
	for side := range o.members {
		more -= int64(len(o.members[side]))
		for _, m := range o.members[side] {
			more += c.member(side, m)
		}
	}
	return more
}

// write writes the clusters and their rows.
func (r *coLocation) write() error {
	var all []*cluster
	for _, list := range r.pairs {
		all = append(all, list...)
	}
	name := func(c *cluster, side int) string { return r.of.names[c.subjects[side]] }
	slices.SortFunc(all, func(a, b *cluster) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), strings.Compare(name(a, 0), name(b, 0)), strings.Compare(name(a, 1), name(b, 1)))
	})
	text := event.AppendRecord(nil, analysis.Table{Fields: clusterFields()}.Header()...)
	rows := event.AppendRecord(nil, MemberColumns()...)
	for i, c := range all {
		no := strconv.Itoa(i + 1)
		cells := map[string]bool{}
		var members []int32
		for side := range c.members {
			slices.Sort(c.members[side])
			c.members[side] = slices.Compact(c.members[side])
			members = append(members, c.members[side]...)
		}
		slices.Sort(members)
		for _, m := range members {
			p := &r.rows[m]
			cell := r.spots[p.spot].cell
			collect(cells, []byte(cell))
			rows = event.AppendRecord(rows, no, r.of.names[p.subject], instant(p.start), cell, r.sources.names[p.source], strconv.FormatInt(p.row, 10))
		}
		metres, flags := strconv.FormatInt(c.metres, 10), ""
		if c.unknown {
			metres = ""
		}
		if c.byName {
			flags = "CELL_NAME"
		}
		text = event.AppendRecord(text, no, name(c, 0), name(c, 1), instant(c.from), instant(c.to), strconv.Itoa(len(c.members[0])), strconv.Itoa(len(c.members[1])),
			strconv.FormatInt(c.pairs, 10), sorted(cells), metres, flags)
		if err := r.flush("clusters", &text, flushAt); err != nil {
			return err
		}
		if err := r.flush("members", &rows, flushAt); err != nil {
			return err
		}
	}
	if err := r.flush("clusters", &text, 0); err != nil {
		return err
	}
	return r.flush("members", &rows, 0)
}
