package source

import (
	"maps"
	"slices"
	"strings"

	"custos.example/analysis/event"
)

// absent is the index of a column that the profile does not name.
const absent = -1

// mapping is one table's part of a profile, made ready to read rows: the column
// plan. Columns are counted as the profile names them; bind says where the file
// has them.
type mapping struct {
	book  *book
	table string
	shape Mapping
	head  head
	apart []rowRule

	content []int // columns that may hold content, looked for under a scope; nil = not yet

	start, end    *timeReader
	minute        bool
	clock         *event.Clock
	zoneFrom      string // what the zone stands on
	subject       party
	other         party
	calling       party
	called        party
	forwarded     party
	dialled       int
	codeColumns   []int
	codes         map[string]*code
	anyCodes      []*code // rows with a * in them, in the profile's order
	known         []map[string]bool
	duration      int
	imei, imsi    constant
	bearer        constant
	roaming       constant
	apn, callRef  constant
	outcome       constant
	volumes       [3]volume
	from, to      site
	statedSubject subjectOfLine

	record      *record // whose fields are read, where they stand in the profile's order
	key, wide   []byte  // scratch that is used again for each row
	cells       [][]byte
	partyB      [6][]byte
	numberB     [3][]byte
	cellB       [2][]byte
	sameSubject again
	sameHandset againHandset
	numbers     againNumber
	flags       flagSet
	flagB       []byte
	trace       *[]Derivation
}

type code struct {
	CodeRow
	mark                       uint64 // of its events, unless the subject says their leg
	clock                      *event.Clock
	hasDuration, needsDuration bool
}

// party says where an identifier stands and how it is read.
type party struct {
	at    int
	id    bool // read as a code, not as a number
	blank string
}

// constant is a column, or a value for every row, with codes for its words.
type constant struct {
	at    int
	value []byte
	codes map[string]string
}

type volume struct {
	at   int
	unit int64
}

type rowRule struct {
	at      int
	equals  string
	pattern *pattern
	blank   bool
	reason  string
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

// column returns the index of a column, or absent for a blank name.
func (m *mapping) column(key, name string) (int, error) {
	if name == "" {
		return absent, nil
	}
	for i, h := range m.head.names {
		if h == name {
			return i, nil
		}
	}
	return absent, refuse("%s%s names the column %q, which is not among the columns", m.where(), key, name)
}

// where begins a message about one of several tables.
func (m *mapping) where() string {
	if m.table == "" {
		return ""
	}
	return "table " + m.table + ": "
}

func (b *book) compileMapping(table string, h Head, shape Mapping) (*mapping, error) {
	m := &mapping{book: b, table: table, shape: shape}
	var err error
	if m.head, err = compileHead(m.where()+"file", h, b.separator == 0); err != nil {
		return nil, err
	}
	for _, part := range []func() error{m.compileApart, m.compileTime, m.compileParties, m.compileCodes, m.compileRest} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *mapping) compileApart() error {
	for _, rule := range m.shape.SetApart {
		at, err := m.column("set-apart", rule.Column)
		if err != nil {
			return err
		}
		r := rowRule{at: at, equals: rule.Equals, blank: rule.Blank, reason: rule.Reason}
		ways := 0
		for _, yes := range []bool{rule.Equals != "", rule.Like != "", rule.Blank} {
			if yes {
				ways++
			}
		}
		if at == absent || ways != 1 {
			return refuse("set-apart must name a column and one of equals, like or blank")
		}
		if rule.Like != "" {
			if r.pattern, err = compilePattern("set-apart", rule.Like); err != nil {
				return err
			}
		}
		if r.reason == "" {
			r.reason = reasonNotRecord
		} else if !isReason(r.reason) {
			return refuse("set-apart: the reason %q is not 3 to 40 capital letters, digits and _ that no built-in reason has", r.reason)
		}
		m.apart = append(m.apart, r)
	}
	return nil
}

// isReason reports a word that a profile may give as a reason.
func isReason(word string) bool {
	if len(word) < 3 || len(word) > 40 || word[0] < 'A' || word[0] > 'Z' || contains(builtinReasons(), word) {
		return false
	}
	return strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func (m *mapping) compileRest() error {
	p := &m.shape
	if err := m.columns(columnRef{&m.duration, "duration.column", p.Duration.Column}, columnRef{&m.dialled, "dialled.column", p.Dialled.Column}); err != nil {
		return err
	}
	if p.Dialled.Value != "" {
		return refuse("dialled has a column and no value")
	}
	if m.duration != absent {
		if err := oneOf("duration.layout", p.Duration.Layout, durationLayouts...); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		to    *constant
		key   string
		shape Column
	}{
		{&m.imei, "imei", p.IMEI},
		{&m.imsi, "imsi", p.IMSI},
		{&m.roaming, "roaming", p.Roaming},
		{&m.apn, "apn", p.APN},
		{&m.callRef, "call-ref", p.CallRef},
	} {
		if err := m.compileConstant(c.to, c.key, CodedColumn{Column: c.shape.Column, Value: c.shape.Value}, nil); err != nil {
			return err
		}
	}
	if err := m.compileConstant(&m.bearer, "bearer", p.Bearer, bearers); err != nil {
		return err
	}
	if err := m.compileConstant(&m.outcome, "outcome", p.Outcome, outcomes); err != nil {
		return err
	}
	for i, v := range []Volume{p.Volume, p.VolumeUp, p.VolumeDown} {
		if err := m.compileVolume(i, v); err != nil {
			return err
		}
	}
	m.sameHandset.watch(m.imei.at, m.imsi.at)
	var err error
	if m.from, err = m.compileSite("start-cell", p.StartCell); err != nil {
		return err
	}
	m.to, err = m.compileSite("end-cell", p.EndCell)
	return err
}

var (
	bearers  = []string{"2G", "3G", "4G", "5G", "VoLTE", "VoWiFi"}
	outcomes = []string{"answered", "missed", "declined", "failed"}
)

// compileConstant reads a column or a value; words are what its codes may stand for.
func (m *mapping) compileConstant(c *constant, key string, shape CodedColumn, words []string) error {
	var err error
	if c.at, err = m.column(key+".column", shape.Column); err != nil {
		return err
	}
	if shape.Column != "" && shape.Value != "" || len(shape.Codes) > 0 && shape.Column == "" {
		return refuse("%s has either a column or a value", key)
	}
	if len(shape.Value) > 200 || hasOdd([]byte(shape.Value)) {
		return refuse("%s: the value must be at most 200 printable ASCII characters", key)
	}
	if words == nil {
		c.value = []byte(shape.Value)
		return nil
	}
	if shape.Value != "" {
		if err := oneOf(key+".value", shape.Value, words...); err != nil {
			return err
		}
		c.value = []byte(shape.Value)
	}
	c.codes = make(map[string]string, len(words)+len(shape.Codes))
	for _, w := range words {
		c.codes[w] = w
	}
	for _, from := range slices.Sorted(maps.Keys(shape.Codes)) {
		to := shape.Codes[from]
		if !contains(words, to) {
			return refuse("%s.codes: %q stands for %q; it can stand for %s", key, from, to, join(words))
		}
		c.codes[from] = to
	}
	return nil
}

func (m *mapping) compileVolume(i int, v Volume) error {
	var err error
	if m.volumes[i].at, err = m.column("volume.column", v.Column); err != nil || m.volumes[i].at == absent {
		return err
	}
	if m.volumes[i].unit = volumeUnit(v.Unit); m.volumes[i].unit == 0 {
		return refuse("a volume's unit is %q; it can be bytes, kilobytes, kibibytes, megabytes or mebibytes", v.Unit)
	}
	return nil
}
