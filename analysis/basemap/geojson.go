package basemap

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"custos.example/analysis"
)

// options say how a file is to be read.
type options struct {
	system   system
	name     string // property, column or "header" from which names are taken
	object   string // of a TopoJSON file; blank takes all
	geometry string // column that holds the geometry
}

// each is given every feature of a file in turn; the feature's positions are
// valid until the next.
type each func(*feature) error

// again returns a reader from the start of an input.
func again(in analysis.Input) *text {
	return newText(bufio.NewReaderSize(io.NewSectionReader(in, 0, in.Size()), 64<<10))
}

// readGeoJSON reads a feature collection, one feature or one geometry.
// Source: RFC 7946; the member crs of the format's 2008 edition is held against
// the reference system asked for.
func readGeoJSON(in analysis.Input, o options, do each) error {
	kind, err := geoJSONKind(again(in), o.system)
	if err != nil {
		return err
	}
	t := again(in)
	row := int64(0)
	one := func() error {
		row++
		f, err := t.feature(o)
		if err != nil {
			return err
		}
		f.row = row
		return do(f)
	}
	if depth, _ := geometryDepth(kind); depth > 0 || kind == "GeometryCollection" {
		err = geometryAlone(t, o, do)
	} else if kind == "Feature" {
		err = one()
	} else {
		err = t.object(func(key string) error {
			if key != "features" {
				return t.skip()
			}
			return t.array(one)
		})
	}
	if err != nil {
		return err
	}
	return t.end()
}

func geometryAlone(t *text, o options, do each) error {
	f := &feature{row: 1}
	if err := t.geometry(o.system, f); err != nil {
		return err
	}
	return do(f)
}

// geoJSONKind returns the type of a whole file.
func geoJSONKind(t *text, s system) (string, error) {
	kind, collections := "", 0
	err := t.object(func(key string) error {
		var err error
		switch key {
		case "type":
			kind, err = t.plain()
		case "crs":
			err = t.checkCRS(s)
		case "features":
			collections++
			err = t.skip()
		default:
			err = t.skip()
		}
		return err
	})
	if err != nil {
		return "", err
	}
	depth, _ := geometryDepth(kind)
	if kind == "FeatureCollection" && collections != 1 || kind != "FeatureCollection" && kind != "Feature" && kind != "GeometryCollection" && depth == 0 {
		return "", fmt.Errorf("%w: a JSON object of type %.40q; expected a FeatureCollection with its features, a Feature or a geometry", analysis.ErrNotThisFormat, kind)
	}
	return kind, nil
}

// checkCRS reads the member crs and wants it to name the system asked for.
func (t *text) checkCRS(s system) error {
	if c, err := t.peek(); err != nil || c != '{' {
		if err != nil {
			return err
		}
		return t.skip() // null: not stated
	}
	named := ""
	err := t.object(func(key string) error {
		if key != "properties" {
			return t.skip()
		}
		return t.object(func(key string) error {
			if key != "name" {
				return t.skip()
			}
			var err error
			named, err = t.plain()
			return err
		})
	})
	if err != nil {
		return err
	}
	known := strings.HasSuffix(named, "CRS84") || strings.HasSuffix(named, ":4326")
	if s.metres {
		known = strings.HasSuffix(named, ":27700")
	}
	if !known {
		return fmt.Errorf("%w: the file says its reference system is %.80q, which is not the parameter crs", analysis.ErrNotThisFormat, named)
	}
	return nil
}

// feature reads one feature; what is wrong with it alone is its fault.
func (t *text) feature(o options) (*feature, error) {
	if _, err := t.peek(); err != nil {
		return nil, err
	}
	f := &feature{offset: t.at, fault: errNone}
	err := t.object(func(key string) error {
		switch key {
		case "properties":
			return t.properties(o, f)
		case "geometry":
			c, err := t.peek()
			if err != nil {
				return err
			}
			if c != '{' {
				return t.skip()
			}
			f.fault = nil
			return t.geometry(o.system, f)
		}
		return t.skip()
	})
	return f, err
}

// properties takes the name from a feature's properties.
func (t *text) properties(o options, f *feature) error {
	if c, err := t.peek(); err != nil || c != '{' {
		if err != nil {
			return err
		}
		return t.skip()
	}
	return t.object(func(key string) error {
		if o.name == "" || key != o.name {
			return t.skip()
		}
		var err error
		f.name, err = t.plain()
		return err
	})
}

// geometry reads a geometry and adds its pieces to a feature.
func (t *text) geometry(s system, f *feature) error {
	var n nest
	kind := ""
	collection := false
	err := t.object(func(key string) error {
		switch key {
		case "type":
			var err error
			kind, err = t.plain()
			return err
		case "coordinates":
			n = nest{}
			fault, err := t.coordinates(s, &n)
			if f.fault == nil {
				f.fault = fault
			}
			return err
		case "geometries":
			collection = true
			return t.array(func() error { return t.geometry(s, f) })
		}
		return t.skip()
	})
	if err != nil || f.fault != nil {
		return err
	}
	if kind == "GeometryCollection" && collection {
		return nil
	}
	pieces, fault := n.pieces(kind)
	f.pieces, f.fault = append(f.pieces, pieces...), fault
	if f.positions() > maxShape {
		f.pieces, f.fault = nil, errMany
	}
	return nil
}
