package source

import (
	"fmt"
	"strings"

	"custos.example/analysis/event"
)

// book is a whole profile and its decisions, made ready to read a file.
type book struct {
	profile   *Profile
	encoding  encoding
	encodedBy string // profile, or the decision that says the encoding
	separator byte   // 0 for fixed width
	point     byte   // decimal mark
	unwrap    unwrapping
	lines     []lineRule
	first     [256]bool // bytes with which a line that is no record can begin
	plan      *event.Plan
	clocks    map[string]*event.Clock
	loadZone  func(string) (*event.Clock, error)
	tables    []*mapping
	sites     *siteBook

	asserted []byte // subject that stands on a decision
	zone     *Decision
	order    dayOrder
	marks    uint64 // of codes and sites, counted over all tables
}

// dayOrder tells which of two numbers of a date is the day, and how we know.
type dayOrder struct {
	decided *Decision
	byFile  bool // a layout of this profile leaves it to the file
	month   bool // month first
	basis   string
	rows    int64 // that prove it
}

// unwrapping says which wrappings are taken off identifiers.
type unwrapping struct{ apostrophe, equals, uri bool }

// compile checks a profile against itself and its decisions, and makes it ready.
// Errors: ErrProfile, ErrDecision, event.ErrZone, event.ErrPlan.
func compile(p *Profile, decisions []Decision, zone func(string) (*event.Clock, error)) (*book, error) {
	b := &book{profile: p, clocks: map[string]*event.Clock{}, loadZone: zone}
	if err := b.compileFile(decisions); err != nil {
		return nil, err
	}
	if err := b.compileDecisions(decisions); err != nil {
		return nil, err
	}
	if err := b.compileTables(); err != nil {
		return nil, err
	}
	if err := b.compileSites(); err != nil {
		return nil, err
	}
	if b.order.decided != nil && !b.order.byFile {
		return nil, fmt.Errorf("%w: profile %s states the order of day and month itself; %q is for profiles with start.order by-file",
			ErrDecision, p.Name, AssertDayOrder)
	}
	return b, nil
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrProfile}, args...)...)
}

// oneOf returns nil when value is on the list.
func oneOf(key, value string, list ...string) error {
	if contains(list, value) {
		return nil
	}
	return refuse("%s is %q; it can be %s", key, value, join(list))
}

func join(list []string) string {
	text := ""
	for i, s := range list {
		switch {
		case i > 0 && i == len(list)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += s
	}
	return text
}

func (b *book) compileFile(decisions []Decision) error {
	p := b.profile
	f := p.File
	if p.Name == "" || p.Version < 1 || p.Title == "" {
		return refuse("name, version and title must be given")
	}
	if err := b.compileEncoding(decisions); err != nil {
		return err
	}
	switch f.Separator {
	case ",", ";", "|":
		b.separator = f.Separator[0]
	case "tab":
		b.separator = '\t'
	case "fixed":
		if f.Multiline || f.Quotes != "" {
			return refuse("file.separator fixed has neither multiline nor quotes")
		}
	default:
		return refuse("file.separator is %q; it can be , ; | tab or fixed", f.Separator)
	}
	if err := oneOf("file.quotes", f.Quotes, "", `"`, "none"); err != nil {
		return err
	}
	if err := oneOf("file.decimal", f.Decimal, "", ".", ","); err != nil {
		return err
	}
	if b.point = '.'; f.Decimal == "," {
		b.point = ','
	}
	for _, u := range f.Unwrap {
		switch u {
		case "apostrophe":
			b.unwrap.apostrophe = true
		case "equals":
			b.unwrap.equals = true
		case "uri":
			b.unwrap.uri = true
		default:
			return refuse("file.unwrap has %q; it can be apostrophe, equals or uri", u)
		}
	}
	for _, rule := range f.Lines {
		if err := b.compileLine(rule); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) compileEncoding(decisions []Decision) error {
	name := b.profile.File.Encoding
	if err := oneOf("file.encoding", name, append(encodingNames(), "asserted")...); err != nil {
		return err
	}
	b.encodedBy = "profile"
	for _, d := range decisions {
		if d.Kind != AssertEncoding {
			continue
		}
		if !contains(encodingNames(), d.Value) {
			return fmt.Errorf("%w: %s is %q; it can be %s", ErrDecision, AssertEncoding, d.Value, join(encodingNames()))
		}
		name, b.encodedBy = d.Value, "decision"
	}
	if name == "asserted" {
		return fmt.Errorf("%w: profile %s does not say how the text is encoded; record a decision %q (%s)",
			ErrDecision, b.profile.Name, AssertEncoding, join(encodingNames()))
	}
	b.encoding = encodingOf(name)
	return nil
}

// compileDecisions takes in what a person decided about the file as a whole.
func (b *book) compileDecisions(decisions []Decision) error {
	for _, d := range decisions {
		switch d.Kind {
		case AssertSubject:
			if err := checkIdentifier(d.Value); err != nil {
				return err
			}
			b.asserted = []byte(d.Value)
		case AssertZone:
			b.zone = &d
		case AssertDayOrder:
			if d.Value != "day-first" && d.Value != "month-first" {
				return fmt.Errorf("%w: %s is %q; it can be day-first or month-first", ErrDecision, AssertDayOrder, d.Value)
			}
			b.order.decided = &d
		case ChooseProfile:
			if d.Value != b.profile.Name {
				return fmt.Errorf("%w: the profile chosen is %q, and the one given is %q", ErrDecision, d.Value, b.profile.Name)
			}
		}
	}
	return nil
}

// checkIdentifier returns nil for a canonical identifier: + and 7 to 15 digits,
// or id: and a text of at most 64 printable characters.
func checkIdentifier(id string) error {
	if len(id) > 0 && id[0] == '+' {
		if _, good := digits([]byte(id[1:]), 15); good && len(id) >= 8 && id[1] != '0' {
			return nil
		}
	}
	if len(id) > 3 && id[:3] == "id:" && len(id) <= 67 && !hasOdd([]byte(id[3:])) {
		return nil
	}
	return fmt.Errorf("%w: %q is not a canonical identifier, such as +447700900123 or id:name", ErrDecision, id)
}

func (b *book) compileTables() error {
	p := b.profile
	var err error
	if b.plan, err = event.NewPlan(p.Numbers); err != nil {
		return fmt.Errorf("%w: numbers: %w", ErrProfile, err)
	}
	if len(p.Tables) == 0 {
		m, err := b.compileMapping("", p.File.Head, p.Mapping)
		b.tables = []*mapping{m}
		return err
	}
	if len(p.File.Header)+len(p.File.Columns) > 0 || p.File.Headerless || len(p.Start.Columns)+len(p.Events.Rows) > 0 {
		return refuse("a profile with tables must not describe another table outside of them")
	}
	if len(p.Tables) > 20 {
		return refuse("there are more than 20 tables")
	}
	seen := map[string]bool{}
	for _, t := range p.Tables {
		if t.Table == "" || seen[t.Table] {
			return refuse("each of the tables must have a name of its own in the key table; %q has not", t.Table)
		}
		seen[t.Table] = true
		if t.Headerless || t.HeaderRow != 0 || t.HeaderWithin != 0 {
			return refuse("table %s: one of several tables begins where its header stands, and has no header-row, header-within or headerless", t.Table)
		}
		m, err := b.compileMapping(t.Table, t.Head, t.Mapping)
		if err != nil {
			return err
		}
		b.tables = append(b.tables, m)
	}
	return nil
}

// clock returns the clock of a zone, made once.
func (b *book) clock(name string) (*event.Clock, error) {
	if c, ok := b.clocks[name]; ok {
		return c, nil
	}
	c, err := b.loadZone(name)
	if err == nil {
		b.clocks[name] = c
	}
	return c, err
}

// expect lets lines that begin with a text be looked at for what they are.
func (b *book) expect(text string) {
	if strings.HasPrefix(text, "*") {
		for i := range b.first {
			b.first[i] = true
		}
	}
	for i := range len(text) {
		if text[i] != ' ' && text[i] != '\t' {
			b.first[text[i]] = true
			return
		}
	}
}
