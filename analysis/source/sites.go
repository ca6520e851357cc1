package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// maxSites bounds the memory that a site table takes.
const maxSites = 200_000

// siteBook is the profile's site table: rows of events refer to it by a key.
type siteBook struct {
	book           *book
	shape          SiteShape
	head           head
	inFile         bool
	key            []int
	azimuth, place int
	spot           spot
	known          map[string]siteRow
	conflicts      map[string]bool
	faults         []siteFault
	rows, bad      int64
	settled        bool // every row was taken in; they are only passed again
	cells          [][]byte
	keyB, wide     []byte
}

// siteRow is one site.
type siteRow struct {
	x, y           int64
	hasXY          bool
	azimuth, place string
}

// siteFault is a row of a site table that cannot be used.
type siteFault struct {
	Row    int64  `json:"row"`
	Reason string `json:"reason"`
}

const (
	maxSiteFaults = 100
	reasonSite    = "BAD_SITE_ROW"
)

func (b *book) compileSites() error {
	s := b.profile.Sites
	b.sites = &siteBook{book: b, shape: s, azimuth: absent, place: absent}
	looked := false
	for _, m := range b.tables {
		looked = looked || len(m.from.lookup)+len(m.to.lookup) > 0
	}
	if s.In == "" {
		if looked || len(s.Key) > 0 {
			return refuse("sites.in must be this-file or second-file when a cell has a lookup")
		}
		return nil
	}
	if err := oneOf("sites.in", s.In, "this-file", "second-file"); err != nil {
		return err
	}
	if len(s.Key) == 0 || len(s.Key) > 4 || !looked {
		return refuse("sites.key names 1 to 4 columns, and a cell's lookup as many")
	}
	si := b.sites
	si.inFile = s.In == "this-file"
	if si.inFile && (s.Encoding+s.Separator+s.Quotes != "" || s.Optional || len(b.profile.Tables) == 0 || s.HeaderRow+s.HeaderWithin > 0 || s.Headerless) {
		return refuse("sites in this-file stand after a header of their own in a profile with tables, and have no encoding, separator or header-row")
	}
	var err error
	if si.head, err = compileHead("sites", s.Head, false); err != nil {
		return err
	}
	if !si.inFile {
		if err := oneOf("sites.encoding", s.Encoding, "utf-8", "windows-1252"); err != nil {
			return err
		}
		if err := oneOf("sites.quotes", s.Quotes, "", `"`, "none"); err != nil {
			return err
		}
		if err := oneOf("sites.separator", s.Separator, ",", ";", "|", "tab"); err != nil {
			return err
		}
	}
	for _, name := range s.Key {
		at, err := si.column("sites.key", name)
		if err != nil || at == absent {
			return orRefuse(err, "sites.key has a blank name")
		}
		si.key = append(si.key, at)
	}
	if si.azimuth, err = si.column("sites.azimuth", s.Azimuth); err != nil {
		return err
	}
	if si.place, err = si.column("sites.place", s.Place); err != nil {
		return err
	}
	si.spot, err = b.compileSpot("sites", s.Spot, si.column)
	return err
}

func orRefuse(err error, text string) error {
	if err != nil {
		return err
	}
	return refuse("%s", text)
}

func (si *siteBook) column(key, name string) (int, error) {
	m := mapping{head: si.head}
	return m.column(key, name)
}

// load reads a site table that stands in a second file.
// Errors: ErrNotThisFormat; a failure to read.
func (si *siteBook) load(in analysis.Input) error {
	si.known, si.conflicts = map[string]siteRow{}, map[string]bool{}
	separator := byte('\t')
	if si.shape.Separator != "tab" {
		separator = si.shape.Separator[0]
	}
	s := newScanner(in, separator, false, nil)
	s.anyBytes, s.noQuotes = si.shape.Encoding == "windows-1252", si.shape.Quotes == "none"
	if _, err := s.skipBOM(); err != nil {
		return err
	}
	most := int64(max(si.head.HeaderRow, si.head.HeaderWithin, 1))
	found := si.head.Headerless
	for {
		r, err := s.next()
		if errors.Is(err, io.EOF) && found {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: the site table ends at row %d, before its header", analysis.ErrNotThisFormat, s.row)
		}
		if err != nil {
			return err
		}
		if !found {
			why, ok := si.head.match(r)
			if !ok && r.row >= most {
				return fmt.Errorf("site table: %w", notThis(r.row, why, si.book.profile.Name))
			}
			found = ok
			continue
		}
		if why := si.take(r); why != "" {
			si.fault(r.row, why)
		}
	}
}

func (si *siteBook) fault(row int64, why string) {
	if si.bad++; len(si.faults) < maxSiteFaults {
		si.faults = append(si.faults, siteFault{row, why})
	}
}

// take reads one row of the site table; the answer says why it cannot be used.
func (si *siteBook) take(r *record) string {
	if si.known == nil {
		si.known, si.conflicts = map[string]siteRow{}, map[string]bool{}
	}
	if r.fault != "" {
		return r.fault
	}
	if len(r.fields) != si.head.width {
		return reasonColumns
	}
	f := r.fields
	if si.head.bind != nil {
		m := mapping{head: si.head, cells: si.cells}
		f = m.bound(f)
		si.cells = m.cells
	}
	if r.odd && (si.shape.Encoding == "windows-1252" || si.inFile && si.book.encoding == windows1252Text) {
		si.wide = widen(si.wide, f)
	}
	key := si.keyOf(f, si.key)
	if key == nil {
		return reasonSite
	}
	for _, column := range si.key {
		if roundedName(bytes.TrimSpace(f[column])) {
			return event.SciNotationLost
		}
	}
	var at event.Site
	if found := si.book.spot(f, &si.spot, &at); !found.ok {
		return event.PositionShape
	}
	row := siteRow{x: at.X, y: at.Y, hasXY: at.HasXY}
	if si.azimuth != absent {
		if raw := bytes.TrimSpace(f[si.azimuth]); len(raw) > 0 {
			azimuth, ok := azimuth360(raw)
			if !ok {
				return event.AzimuthShape
			}
			row.azimuth = string(azimuth)
		}
	}
	if si.place != absent {
		row.place = string(bytes.TrimSpace(f[si.place]))
	}
	return si.keep(key, row)
}

func (si *siteBook) keep(key []byte, row siteRow) string {
	had, there := si.known[string(key)]
	if !si.settled {
		si.rows++
	}
	switch {
	case !there && (si.settled || len(si.known) >= maxSites):
		return "TOO_MANY_SITES"
	case !there:
		si.known[string(key)] = row
	case si.settled:
	case had.x != row.x || had.y != row.y || had.hasXY != row.hasXY || had.azimuth != row.azimuth:
		si.conflicts[string(key)] = true
	}
	return ""
}

// keyOf joins the columns of a key; nil when one of them is blank.
func (si *siteBook) keyOf(f [][]byte, columns []int) []byte {
	si.keyB = si.keyB[:0]
	for i, at := range columns {
		if i > 0 {
			si.keyB = append(si.keyB, 0x1f)
		}
		part := bytes.TrimSpace(f[at])
		if len(part) == 0 {
			return nil
		}
		si.keyB = append(si.keyB, part...)
	}
	return si.keyB
}

// lookUp fills in what the row itself does not say of its site.
func (m *mapping) lookUp(f [][]byte, s *site, out *event.Site, first event.Column) {
	const x, y, azimuth, place = 1, 2, 3, 4
	si := m.book.sites
	key := si.keyOf(f, s.lookup)
	if key == nil {
		return
	}
	row, ok := si.known[string(key)]
	switch {
	case !ok:
		m.flags.set(flagSiteNotFound)
		return
	case si.conflicts[string(key)]:
		m.flags.set(flagSiteConflict)
		return
	}
	at := s.lookup[0]
	if row.hasXY && !out.HasXY {
		out.X, out.Y, out.HasXY = row.x, row.y, true
		if m.trace != nil {
			m.note(first+x, at, f[at], "G-SITE-TABLE", appendInt(nil, row.x))
			m.note(first+y, at, f[at], "G-SITE-TABLE", appendInt(nil, row.y))
		}
	}
	if row.azimuth != "" && out.Azimuth == nil {
		out.Azimuth = []byte(row.azimuth)
		m.note(first+azimuth, at, f[at], "C-SITE-TABLE", out.Azimuth)
	}
	if row.place != "" && out.Place == nil {
		out.Place = []byte(row.place)
		m.note(first+place, at, f[at], "T-SITE-TABLE", out.Place)
	}
}
