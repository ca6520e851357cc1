package basemap

import (
	"fmt"
	"strconv"

	"custos.example/analysis"
	"custos.example/analysis/grid"
)

// Limits of a topology, and so of memory and of what a small file can grow to.
const (
	maxArcPositions = 2_000_000
	maxExpanded     = 10_000_000
	maxReferences   = 1_000_000 // arcs in one feature
)

// topology is a TopoJSON file being read.
// Source: M. Bostock and C. Metcalf, "The TopoJSON Format Specification".
type topology struct {
	t                *text
	o                options
	quantised        bool
	scale, translate [2]int64
	points           []grid.Point
	ends             []int
	expanded         int
	row              int64
	do               each
}

func readTopoJSON(in analysis.Input, o options, do each) error {
	y := &topology{o: o, do: do}
	for _, pass := range []func(string) error{y.describe, y.readArcs, y.objects} {
		y.t = again(in)
		if err := y.t.object(pass); err != nil {
			return err
		}
	}
	if y.row == 0 {
		return fmt.Errorf("%w: the topology has no object %q", analysis.ErrNotThisFormat, o.object)
	}
	return y.t.end()
}

// describe reads what stands beside the arcs and objects.
func (y *topology) describe(key string) error {
	switch key {
	case "type":
		kind, err := y.t.plain()
		if err == nil && kind != "Topology" {
			err = fmt.Errorf("%w: a JSON object of type %.40q; expected a Topology", analysis.ErrNotThisFormat, kind)
		}
		return err
	case "crs":
		return y.t.checkCRS(y.o.system)
	case "transform":
		y.quantised = true
		return y.t.object(func(key string) error {
			switch key {
			case "scale":
				return y.pair(&y.scale)
			case "translate":
				return y.pair(&y.translate)
			}
			return y.t.skip()
		})
	}
	return y.t.skip()
}

// pair reads two numbers in the units of system.stretch.
func (y *topology) pair(into *[2]int64) error {
	places, i := 16, 0
	if y.o.system.metres {
		places = 10
	}
	return y.t.array(func() error {
		w, err := y.t.number()
		if err != nil {
			return err
		}
		if i < 2 {
			if into[i], err = decimal(w, places); err != nil {
				return y.t.fail(err.Error())
			}
		}
		i++
		return nil
	})
}

// readArcs reads the arcs, which the objects are made of.
func (y *topology) readArcs(key string) error {
	if key != "arcs" {
		return y.t.skip()
	}
	return y.t.array(func() error {
		var at [2]int64
		err := y.t.array(func() error {
			p, err := y.position(&at)
			if err != nil {
				return err
			}
			if y.points = append(y.points, p); len(y.points) > maxArcPositions {
				return y.t.fail(fmt.Sprintf("the arcs have more than %d positions", maxArcPositions))
			}
			return nil
		})
		y.ends = append(y.ends, len(y.points))
		if len(y.ends) > maxArcPositions {
			return y.t.fail(fmt.Sprintf("there are more than %d arcs", maxArcPositions))
		}
		return err
	})
}

// position reads one position of an arc; a quantised one counts from the one
// before it.
func (y *topology) position(at *[2]int64) (grid.Point, error) {
	var v [2]int64
	i := 0
	err := y.t.array(func() error {
		w, err := y.t.number()
		if err != nil || i > 1 {
			i++
			return err
		}
		places := y.o.system.places()
		if y.quantised {
			places = 0
		}
		if v[i], err = decimal(w, places); err != nil {
			return y.t.fail(err.Error())
		}
		i++
		return nil
	})
	if err != nil {
		return grid.Point{}, err
	}
	if i < 2 {
		return grid.Point{}, y.t.fail("a position has no two coordinates")
	}
	if y.quantised {
		for k := range v {
			if at[k] += v[k]; size(at[k]) > 1<<40 {
				return grid.Point{}, y.t.fail(errOutside.Error())
			}
			if v[k], err = y.o.system.stretch(at[k], y.scale[k], y.translate[k]); err != nil {
				return grid.Point{}, y.t.fail(err.Error())
			}
		}
	}
	p, err := y.o.system.at(v[0], v[1])
	if err != nil {
		return p, y.t.fail(err.Error())
	}
	return p, nil
}

// objects reads the objects asked for.
func (y *topology) objects(key string) error {
	if key != "objects" {
		return y.t.skip()
	}
	return y.t.object(func(key string) error {
		if y.o.object != "" && key != y.o.object {
			return y.t.skip()
		}
		f := &feature{offset: y.t.at}
		var alone geometryRefs
		err := y.t.object(func(key string) error {
			if key != "geometries" {
				return y.member(key, f, &alone)
			}
			return y.t.array(y.one)
		})
		if err != nil || alone.kind == "GeometryCollection" {
			return err
		}
		return y.emit(f, &alone)
	})
}

// geometryRefs is a geometry as it refers to arcs.
type geometryRefs struct {
	kind   string
	nest   nest // of points, which have coordinates of their own
	refs   []int
	ends   []int
	depth  int
	uneven bool
	seen   bool
	inner  []piece
}

func (y *topology) one() error {
	f := &feature{}
	if _, err := y.t.peek(); err != nil {
		return err
	}
	f.offset = y.t.at
	var g geometryRefs
	if err := y.t.object(func(key string) error { return y.member(key, f, &g) }); err != nil {
		return err
	}
	return y.emit(f, &g)
}

// member reads one member of a geometry.
func (y *topology) member(key string, f *feature, g *geometryRefs) error {
	switch key {
	case "type":
		var err error
		g.kind, err = y.t.plain()
		return err
	case "properties":
		return y.t.properties(y.o, f)
	case "arcs":
		g.seen = true
		return y.references(g, 1)
	case "coordinates":
		g.seen = true
		return y.coordinates(f, g)
	case "geometries":
		return y.t.array(func() error {
			var inner geometryRefs
			if err := y.t.object(func(key string) error { return y.member(key, f, &inner) }); err != nil {
				return err
			}
			pieces, err := y.pieces(&inner)
			if err != nil {
				f.fault = err
			}
			g.inner, g.seen = append(g.inner, pieces...), true
			return nil
		})
	}
	return y.t.skip()
}

// coordinates reads the position or positions of a point geometry.
func (y *topology) coordinates(f *feature, g *geometryRefs) error {
	var walk func(depth int) error
	walk = func(depth int) error {
		var v [2]int64
		numbers := 0
		err := y.t.array(func() error {
			if c, err := y.t.peek(); err != nil || c == '[' {
				if err != nil {
					return err
				}
				return walk(depth + 1)
			}
			w, err := y.t.number()
			if err != nil {
				return err
			}
			places := y.o.system.places()
			if y.quantised {
				places = 0
			}
			if numbers < 2 {
				if v[numbers], err = decimal(w, places); err != nil {
					f.fault = err
				}
				if y.quantised && f.fault == nil {
					v[numbers], f.fault = y.o.system.stretch(v[numbers], y.scale[numbers], y.translate[numbers])
				}
			}
			numbers++
			return nil
		})
		if err == nil && numbers >= 2 && f.fault == nil {
			g.nest.add(y.o.system, v, depth, &f.fault)
		}
		return err
	}
	return walk(1)
}

// references reads nested numbers of arcs.
func (y *topology) references(g *geometryRefs, depth int) error {
	some := false
	err := y.t.array(func() error {
		c, err := y.t.peek()
		if err != nil {
			return err
		}
		if c == '[' {
			return y.references(g, depth+1)
		}
		w, err := y.t.number()
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(w))
		if err != nil || n >= len(y.ends) || ^n >= len(y.ends) {
			return y.t.fail(fmt.Sprintf("there is no arc %.20q", w))
		}
		if g.depth != 0 && g.depth != depth {
			g.uneven = true
		}
		g.depth, some = depth, true
		if g.refs = append(g.refs, n); len(g.refs) > maxReferences {
			return y.t.fail(fmt.Sprintf("a feature refers to more than %d arcs", maxReferences))
		}
		return nil
	})
	if some {
		g.ends = append(g.ends, len(g.refs))
	}
	return err
}

func (y *topology) emit(f *feature, g *geometryRefs) error {
	y.row++
	f.row = y.row
	if !g.seen {
		f.fault = errNone
	}
	if f.fault == nil {
		f.pieces, f.fault = y.pieces(g)
	}
	if y.expanded += f.positions(); y.expanded > maxExpanded {
		return y.t.fail(fmt.Sprintf("the features have more than %d positions together", maxExpanded))
	}
	return y.do(f)
}

// pieces puts a geometry's arcs together.
func (y *topology) pieces(g *geometryRefs) ([]piece, error) {
	if g.kind == "GeometryCollection" {
		return g.inner, nil
	}
	depth, kind := geometryDepth(g.kind)
	if kind == Dot {
		return g.nest.pieces(g.kind)
	}
	if depth == 0 || g.uneven || len(g.refs) > 0 && g.depth != depth-1 {
		return nil, errShape
	}
	n := nest{depth: depth}
	from := 0
	for _, to := range g.ends {
		for _, ref := range g.refs[from:to] {
			if err := y.join(&n, ref); err != nil {
				return nil, err
			}
		}
		n.ends = append(n.ends, len(n.points))
		from = to
	}
	return n.pieces(g.kind)
}

// join adds an arc to the list of positions that was begun last; a negative
// number is the arc backwards.
func (y *topology) join(n *nest, ref int) error {
	i := ref
	if ref < 0 {
		i = ^ref
	}
	from := 0
	if i > 0 {
		from = y.ends[i-1]
	}
	arc := y.points[from:y.ends[i]]
	if len(n.points)+len(arc) > maxShape {
		return errMany
	}
	first := len(n.points) == n.done()
	for k := range arc {
		p := arc[k]
		if ref < 0 {
			p = arc[len(arc)-1-k]
		}
		if k == 0 && !first {
			if n.points[len(n.points)-1] != p {
				return errShape // the arcs do not meet
			}
			continue
		}
		n.points = append(n.points, p)
	}
	return nil
}
