package source

import (
	"fmt"
	"strings"

	"custos.example/analysis/event"
)

// absent is the index of a column that the profile does not name.
const absent = -1

// mapping is a profile and its decisions, made ready to read rows.
type mapping struct {
	profile   *Profile
	separator byte
	clock     *event.Clock
	zoneFrom  string // what the zone stands on
	plan      *event.Plan
	asserted  []byte // subject that stands on a decision

	subject, other     int
	times              []int
	layouts            []*layout
	minute             bool
	codeColumns        []int
	codes              map[string]*code
	known              []map[string]bool
	duration           int
	imei, imsi         int
	apn, callRef       int
	start, end         site
	notRecords         []notRecord
	places             int // of a coordinate
	lonLimit, latLimit int64

	key, wide        []byte // scratch that is used again for each row
	subjectB, otherB []byte
	cellB            [2][]byte
	flags            flagSet
	flagB            []byte
	trace            *[]Derivation
}

type code struct {
	CodeRow
	hasDuration, needsDuration bool
}

type site struct {
	cell, x, y, azimuth, place int
	scheme                     string
}

type notRecord struct {
	column int
	equals string
}

// compile checks a profile against itself and makes it ready.
// Errors: ErrProfile, ErrDecision, event.ErrZone, event.ErrPlan.
func compile(p *Profile, decisions []Decision, zone func(string) (*event.Clock, error)) (*mapping, error) {
	m := &mapping{profile: p}
	if err := m.compileFile(); err != nil {
		return nil, err
	}
	if err := m.compileParties(decisions); err != nil {
		return nil, err
	}
	if err := m.compileTime(decisions, zone); err != nil {
		return nil, err
	}
	if err := m.compileCodes(); err != nil {
		return nil, err
	}
	if err := m.compileRest(); err != nil {
		return nil, err
	}
	return m, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrProfile}, args...)...)
}

func (m *mapping) compileFile() error {
	f := m.profile.File
	if m.profile.Name == "" || m.profile.Version < 1 || m.profile.Title == "" {
		return refuse("name, version and title must be given")
	}
	if f.Encoding != "utf-8" && f.Encoding != "windows-1252" {
		return refuse("file.encoding is %q; it can be utf-8 or windows-1252", f.Encoding)
	}
	switch f.Separator {
	case ",", ";", "|":
		m.separator = f.Separator[0]
	case "tab":
		m.separator = '\t'
	default:
		return refuse("file.separator is %q; it can be , ; | or tab", f.Separator)
	}
	if len(f.Header) < 2 || len(f.Header) > 500 {
		return refuse("file.header must name 2 to 500 columns")
	}
	if f.HeaderRow < 0 || f.HeaderRow > 1000 || f.Headerless && f.HeaderRow > 0 {
		return refuse("file.header-row must be 1 to 1000, and not be given for a file without one")
	}
	seen := map[string]bool{}
	for _, name := range f.Header {
		if name == "" || seen[name] {
			return refuse("file.header has a blank or repeated name %q", name)
		}
		seen[name] = true
	}
	for _, n := range f.NotRecords {
		at, err := m.column("file.not-records", n.Column)
		if err != nil {
			return err
		}
		if at == absent || n.Equals == "" {
			return refuse("file.not-records must name a column and what it equals")
		}
		m.notRecords = append(m.notRecords, notRecord{at, n.Equals})
	}
	return nil
}

// column returns the index of a column, or absent for a blank name.
func (m *mapping) column(key, name string) (int, error) {
	if name == "" {
		return absent, nil
	}
	for i, h := range m.profile.File.Header {
		if h == name {
			return i, nil
		}
	}
	return absent, refuse("%s names the column %q, which file.header does not have", key, name)
}

// columnRef is a place to put the index of a named column.
type columnRef struct {
	at        *int
	key, name string
}

func (m *mapping) columns(refs ...columnRef) error {
	for _, r := range refs {
		i, err := m.column(r.key, r.name)
		if err != nil {
			return err
		}
		*r.at = i
	}
	return nil
}

func (m *mapping) compileParties(decisions []Decision) error {
	p := m.profile
	var err error
	if m.plan, err = event.NewPlan(p.Numbers); err != nil {
		return fmt.Errorf("%w: numbers: %w", ErrProfile, err)
	}
	if m.subject, err = m.column("subject.column", p.Subject.Column); err != nil {
		return err
	}
	if m.other, err = m.column("other.column", p.Other.Column); err != nil {
		return err
	}
	if p.Subject.Asserted == (p.Subject.Column != "") {
		return refuse("subject must either name a column or be asserted")
	}
	if p.Subject.Column != "" && p.Subject.Read != "number" && p.Subject.Read != "id" {
		return refuse("subject.read is %q; it can be number or id", p.Subject.Read)
	}
	if m.other == absent || p.Other.Read != "number" && p.Other.Read != "id" {
		return refuse("other must name a column, and read it as number or id")
	}
	if !contains([]string{"refuse", "withheld", "none"}, p.Other.Blank) {
		return refuse("other.blank is %q; it can be refuse, withheld or none", p.Other.Blank)
	}
	for _, d := range decisions {
		if d.Kind != AssertSubject {
			continue
		}
		if err := checkIdentifier(d.Value); err != nil {
			return err
		}
		m.asserted = []byte(d.Value)
	}
	if p.Subject.Asserted && m.asserted == nil {
		return fmt.Errorf("%w: profile %s does not say whose records these are; record a decision %q", ErrDecision, p.Name, AssertSubject)
	}
	return nil
}

// checkIdentifier returns nil for a canonical identifier: + and 7 to 15 digits,
// or id: and a text of at most 64 printable characters.
func checkIdentifier(id string) error {
	if rest, ok := strings.CutPrefix(id, "+"); ok {
		if _, good := digits([]byte(rest), 15); good && len(rest) >= 7 && rest[0] != '0' {
			return nil
		}
	}
	if rest, ok := strings.CutPrefix(id, "id:"); ok && rest != "" && len(rest) <= 64 && !hasOdd([]byte(rest)) {
		return nil
	}
	return fmt.Errorf("%w: %q is not a canonical identifier, such as +447700900123 or id:name", ErrDecision, id)
}

func (m *mapping) compileTime(decisions []Decision, zone func(string) (*event.Clock, error)) error {
	t := m.profile.Start
	if len(t.Columns) == 0 || len(t.Columns) != len(t.Layouts) {
		return refuse("start.columns and start.layouts must be given, one layout a column")
	}
	var has [6]bool
	for i, name := range t.Columns {
		at, err := m.column("start.columns", name)
		if err != nil {
			return err
		}
		l, err := compileLayout(t.Layouts[i])
		if err != nil {
			return err
		}
		for unit, yes := range l.has {
			if yes && has[unit] {
				return refuse("start.layouts name a part of the time twice")
			}
			has[unit] = has[unit] || yes
		}
		m.times, m.layouts = append(m.times, at), append(m.layouts, l)
	}
	if !has[0] || !has[1] || !has[2] || !has[3] || !has[4] {
		return refuse("start.layouts must name year, month, day, hour and minute")
	}
	m.minute = !has[5]
	name, basis := t.Zone, t.Basis
	if name == "" || name != "asserted" && basis == "" {
		return refuse("start.zone must be an IANA zone with its basis, or asserted")
	}
	for _, d := range decisions {
		if d.Kind != AssertZone {
			continue
		}
		if name != "asserted" {
			return fmt.Errorf("%w: profile %s states the zone %s itself; %q is for profiles that do not", ErrDecision, m.profile.Name, name, AssertZone)
		}
		name, basis = d.Value, d.Why
	}
	if name == "asserted" {
		return fmt.Errorf("%w: profile %s does not say in which zone its times are; record a decision %q", ErrDecision, m.profile.Name, AssertZone)
	}
	var err error
	m.zoneFrom = basis
	m.clock, err = zone(name)
	return err
}

func (m *mapping) compileCodes() error {
	c := m.profile.Events
	if len(c.Columns) == 0 || len(c.Columns) > 3 || len(c.Rows) == 0 {
		return refuse("events must name 1 to 3 columns and at least one row")
	}
	for _, name := range c.Columns {
		at, err := m.column("events.columns", name)
		if err != nil {
			return err
		}
		m.codeColumns = append(m.codeColumns, at)
		m.known = append(m.known, map[string]bool{})
	}
	d := m.profile.Duration
	m.codes = make(map[string]*code, len(c.Rows))
	for _, row := range c.Rows {
		if len(row.When) != len(c.Columns) {
			return refuse("an events row must have one value a column: %q", row.When)
		}
		if row.Evidence == "" {
			row.Evidence = "at"
		}
		for _, check := range []struct {
			key, value string
			of         []string
		}{
			{"type", row.Type, []string{"voice", "sms", "mms", "data", "voicemail", "forward", "system", "other"}},
			{"leg", row.Leg, []string{"originating", "terminating", "forwarding", "voicemail", "data", "other"}},
			{"other", row.Other, []string{"required", "optional", "none", "apn"}},
			{"evidence", row.Evidence, []string{"at", "at-or-before-start", "at-or-before-end", "within"}},
		} {
			if !contains(check.of, check.value) {
				return refuse("events row %q: %s is %q; it can be %s", row.When, check.key, check.value, strings.Join(check.of, ", "))
			}
		}
		key := strings.Join(row.When, "\x1f")
		if m.codes[key] != nil {
			return refuse("events row %q stands there twice", row.When)
		}
		m.codes[key] = &code{CodeRow: row, hasDuration: contains(d.Types, row.Type), needsDuration: contains(d.Required, row.Type)}
		for i, value := range row.When {
			m.known[i][value] = true
		}
	}
	return nil
}

func (m *mapping) compileRest() error {
	p := m.profile
	if err := m.columns(
		columnRef{&m.duration, "duration.column", p.Duration.Column},
		columnRef{&m.imei, "imei.column", p.IMEI.Column},
		columnRef{&m.imsi, "imsi.column", p.IMSI.Column},
		columnRef{&m.apn, "apn.column", p.APN.Column},
		columnRef{&m.callRef, "call-ref.column", p.CallRef.Column},
	); err != nil {
		return err
	}
	if l := p.Duration.Layout; m.duration != absent && l != "seconds" && l != "hh:mm:ss" {
		return refuse("duration.layout is %q; it can be seconds or hh:mm:ss", l)
	}
	switch p.CRS {
	case "EPSG:27700":
		m.places, m.lonLimit, m.latLimit = 0, 700_000, 1_300_000
	case "EPSG:4326":
		m.places, m.lonLimit, m.latLimit = 7, 180_0000000, 90_0000000
	case "":
		if p.StartCell.X+p.StartCell.Y+p.EndCell.X+p.EndCell.Y != "" {
			return refuse("crs must be EPSG:27700 or EPSG:4326 when a cell has x and y")
		}
	default:
		return refuse("crs is %q; it can be EPSG:27700 or EPSG:4326", p.CRS)
	}
	var err error
	if m.start, err = m.compileSite("start-cell", p.StartCell); err != nil {
		return err
	}
	m.end, err = m.compileSite("end-cell", p.EndCell)
	return err
}

func (m *mapping) compileSite(key string, c CellShape) (site, error) {
	s := site{scheme: c.Scheme}
	if (c.X == "") != (c.Y == "") {
		return s, refuse("%s must name both x and y, or neither", key)
	}
	if c.Column != "" && c.Scheme != "cgi" && c.Scheme != "ecgi" && c.Scheme != "name" {
		return s, refuse("%s.scheme is %q; it can be cgi, ecgi or name", key, c.Scheme)
	}
	err := m.columns(
		columnRef{&s.cell, key + ".column", c.Column},
		columnRef{&s.x, key + ".x", c.X},
		columnRef{&s.y, key + ".y", c.Y},
		columnRef{&s.azimuth, key + ".azimuth", c.Azimuth},
		columnRef{&s.place, key + ".place", c.Place},
	)
	return s, err
}
