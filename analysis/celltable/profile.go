package celltable

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis/cell"
	"custos.example/analysis/source"
)

// ProfileVersion is the value of the key `profile`.
const ProfileVersion = "custos/cell-table/v1"

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile says how a list of cells is written. PROFILES.md in this folder
// explains each key.
type Profile struct {
	Profile  string        `yaml:"profile"`
	Name     string        `yaml:"name"`
	Version  int           `yaml:"version"`
	Title    string        `yaml:"title"`
	Notes    string        `yaml:"notes"`
	File     FileShape     `yaml:"file"`
	Network  NetworkShape  `yaml:"network"`
	Radio    WordShape     `yaml:"radio"`
	Area     string        `yaml:"area"`
	Cells    []CellShape   `yaml:"cells"`
	Position PositionShape `yaml:"position"`
	Azimuth  string        `yaml:"azimuth"`
	Label    []string      `yaml:"label"`
	Valid    ValidShape    `yaml:"valid"`
}

// FileShape is the layout of the file.
type FileShape struct {
	Separator string   `yaml:"separator"`
	Header    []string `yaml:"header"`
}

// NetworkShape says where the network of a cell stands.
type NetworkShape struct {
	MCC    string `yaml:"mcc"`
	MNC    string `yaml:"mnc"`
	Digits int    `yaml:"mnc-digits"`
	Is     string `yaml:"is"`
}

// WordShape is a column, or one word for the whole file.
type WordShape struct {
	Column string `yaml:"column"`
	Is     string `yaml:"is"`
}

// CellShape says how the cells of some technologies are written.
type CellShape struct {
	Radio   []string `yaml:"radio"`
	Columns []string `yaml:"columns"`
	Join    string   `yaml:"join"`
	Pattern string   `yaml:"pattern"`
	Numbers string   `yaml:"numbers"`
	GNBBits int      `yaml:"gnb-bits"`
}

// PositionShape says where the position stands and of what it is.
type PositionShape struct {
	CRS  string `yaml:"crs"`
	X    string `yaml:"x"`
	Y    string `yaml:"y"`
	Form string `yaml:"form"`
	Grid string `yaml:"grid"`
	Is   string `yaml:"is"`
}

// ValidShape names the columns of a row's own dates.
type ValidShape struct {
	From  string `yaml:"from"`
	Until string `yaml:"until"`
	Form  string `yaml:"form"`
}

// ReadProfile returns the text of a profile that custos carries.
func ReadProfile(name string) ([]byte, bool) {
	b, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	return b, err == nil
}

// ProfileNames returns the names of the profiles that custos carries, sorted.
func ProfileNames() []string {
	entries, err := profileFiles.ReadDir("profiles")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	slices.Sort(names)
	return names
}

const absent = -1

// mapping is a profile made ready.
type mapping struct {
	profile            Profile
	digest             string
	separator          byte
	mcc, mnc           int
	network            cell.PLMN
	radio              int
	radioIs            cell.Radio
	area               int
	cells              []cellMapping
	x, y, grid         int
	azimuth            int
	label              []int
	validFrom, validTo int
}

// cellMapping is one way in which the file's cells are written.
type cellMapping struct {
	radios  []cell.Radio
	columns []int
	join    string
	pattern *cell.Pattern
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", source.ErrProfile, fmt.Sprintf(format, args...))
}

// compile checks a profile and finds its columns.
// Errors: source.ErrProfile, naming the key.
func compile(text []byte) (*mapping, error) {
	m := &mapping{}
	p := &m.profile
	if err := source.DecodeStrict(text, p); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	m.digest = hex.EncodeToString(sum[:])
	switch {
	case p.Profile != ProfileVersion:
		return nil, refuse("the key profile is %q, expected %q", p.Profile, ProfileVersion)
	case p.Name == "" || p.Title == "" || p.Version < 1:
		return nil, refuse("name, title and version must be given")
	case len(p.File.Header) == 0 || len(p.File.Header) > 500:
		return nil, refuse("file.header must list the header's columns")
	}
	switch p.File.Separator {
	case ",", ";", "|":
		m.separator = p.File.Separator[0]
	case "tab":
		m.separator = '\t'
	default:
		return nil, refuse("file.separator is one of , ; | tab")
	}
	for _, part := range []func() error{m.compileNetwork, m.compileRadio, m.compileCells, m.compilePosition, m.compileRest} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// column finds a column of the header; a blank name is absent.
func (m *mapping) column(key, name string) (int, error) {
	if name == "" {
		return absent, nil
	}
	at := slices.Index(m.profile.File.Header, name)
	if at < 0 {
		return absent, refuse("%s: there is no column %q in file.header", key, name)
	}
	return at, nil
}

func (m *mapping) compileNetwork() (err error) {
	n := m.profile.Network
	if m.mcc, err = m.column("network.mcc", n.MCC); err != nil {
		return err
	}
	if m.mnc, err = m.column("network.mnc", n.MNC); err != nil {
		return err
	}
	if (m.mcc == absent) != (m.mnc == absent) || m.mcc != absent && n.Is != "" {
		return refuse("network has mcc and mnc, or is, or neither")
	}
	if (m.mcc != absent) != (n.Digits == 2 || n.Digits == 3) {
		return refuse("network.mnc-digits is 2 or 3: to how many digits a shorter mnc is filled up, because a spreadsheet drops its zeros")
	}
	if n.Is != "" {
		if m.network, err = cell.ParsePLMN(n.Is); err != nil {
			return refuse("network.is: %v", err)
		}
	}
	return nil
}

func (m *mapping) compileRadio() (err error) {
	r := m.profile.Radio
	if m.radio, err = m.column("radio.column", r.Column); err != nil {
		return err
	}
	if r.Column != "" && r.Is != "" {
		return refuse("radio has column or is")
	}
	if m.radioIs, err = cell.ParseRadio(r.Is); err != nil {
		return refuse("radio.is: %v", err)
	}
	m.area, err = m.column("area", m.profile.Area)
	return err
}

func (m *mapping) compileCells() error {
	if len(m.profile.Cells) == 0 {
		return refuse("cells must say how a cell is written")
	}
	seen := map[cell.Radio]bool{}
	for i, c := range m.profile.Cells {
		key := fmt.Sprintf("cells %d", i+1)
		base := 10
		switch c.Numbers {
		case "", "decimal":
		case "hex":
			base = 16
		default:
			return refuse("%s.numbers is decimal or hex", key)
		}
		pattern, err := cell.NewPattern(c.Pattern, base, c.GNBBits)
		if err != nil {
			return refuse("%s.pattern: %v", key, err)
		}
		out := cellMapping{join: c.Join, pattern: pattern}
		for _, name := range c.Columns {
			at, err := m.column(key+".columns", name)
			if err != nil || at == absent {
				return orRefuse(err, key+".columns has a blank name")
			}
			out.columns = append(out.columns, at)
		}
		if len(out.columns) == 0 || len(out.columns) > 1 && c.Join == "" || len(out.columns) == 1 && c.Join != "" {
			return refuse("%s.columns names one column, or several and the text that joins them", key)
		}
		if pattern.NeedsNetwork() && m.mcc == absent && m.profile.Network.Is == "" {
			return refuse("%s: %s does not state the network, and the key network does not either", key, pattern)
		}
		if pattern.NeedsArea() && m.area == absent {
			return refuse("%s: %s does not state the area, and the key area does not either", key, pattern)
		}
		if len(c.Radio) == 0 {
			if len(m.profile.Cells) > 1 {
				return refuse("%s.radio must say for which technologies", key)
			}
		} else if m.radio == absent {
			return refuse("%s.radio wants the column radio", key)
		}
		for _, text := range c.Radio {
			r, err := cell.ParseRadio(text)
			if err != nil || r == "" || seen[r] || !r.Fits(pattern.Scheme()) {
				return refuse("%s.radio: %q is not known, stands twice, or does not have cells of %s", key, text, pattern.Scheme())
			}
			seen[r] = true
			out.radios = append(out.radios, r)
		}
		m.cells = append(m.cells, out)
	}
	return nil
}

func orRefuse(err error, text string) error {
	if err != nil {
		return err
	}
	return refuse("%s", text)
}

func (m *mapping) compilePosition() (err error) {
	p := m.profile.Position
	for _, c := range []struct {
		at        *int
		key, name string
	}{{&m.x, "position.x", p.X}, {&m.y, "position.y", p.Y}, {&m.grid, "position.grid", p.Grid}} {
		if *c.at, err = m.column(c.key, c.name); err != nil {
			return err
		}
	}
	xy := m.x != absent && m.y != absent
	degrees := p.CRS == "EPSG:4326"
	switch {
	case p.CRS != "EPSG:4326" && p.CRS != "EPSG:27700":
		return refuse("position.crs is EPSG:4326 (degrees) or EPSG:27700 (National Grid)")
	case xy == (m.grid != absent) || (m.x == absent) != (m.y == absent):
		return refuse("position has x and y, or grid")
	case m.grid != absent && degrees:
		return refuse("position.grid is for EPSG:27700")
	case xy && degrees && p.Form != "decimal" && p.Form != "dms":
		return refuse("position.form is decimal or dms")
	case (!xy || !degrees) && p.Form != "":
		return refuse("position.form is for degrees")
	case !slices.Contains([]string{cell.Site, cell.Estimate, cell.Unstated}, p.Is):
		return refuse("position.is says of what it is the position: site, estimate or unstated")
	}
	return nil
}

func (m *mapping) compileRest() (err error) {
	p := m.profile
	if m.azimuth, err = m.column("azimuth", p.Azimuth); err != nil {
		return err
	}
	for _, name := range p.Label {
		at, err := m.column("label", name)
		if err != nil || at == absent {
			return orRefuse(err, "label has a blank name")
		}
		m.label = append(m.label, at)
	}
	if m.validFrom, err = m.column("valid.from", p.Valid.From); err != nil {
		return err
	}
	if m.validTo, err = m.column("valid.until", p.Valid.Until); err != nil {
		return err
	}
	some := m.validFrom != absent || m.validTo != absent
	if some != slices.Contains([]string{"instant", "day", "epoch-seconds"}, p.Valid.Form) || !some && p.Valid.Form != "" {
		return refuse("valid names columns, and a form: instant (2026-10-24T17:00:00Z), day (2026-10-24, from midnight UTC until the end of that day) or epoch-seconds")
	}
	if strings.Contains(p.Name, " ") {
		return refuse("name is one word")
	}
	return nil
}
