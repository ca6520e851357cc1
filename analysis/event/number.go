package event

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the number plans
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrPlan is returned for a number plan that the embedded data does not hold.
var ErrPlan = errors.New("unknown number plan")

//go:embed numberplans.csv
var planFile string

//go:embed countrycodes.txt
var countryFile string

// PlanData returns the SHA-256 over the embedded number plan files, in
// lower-case hex.
func PlanData() string {
	sum := sha256.Sum256([]byte(planFile + "\x00" + countryFile))
	return hex.EncodeToString(sum[:])
}

// Kind tells what a raw value turned out to be.
type Kind uint8

// The kinds of identifier. Lost values cannot stand for anybody.
const (
	Blank   Kind = iota // nothing is written
	Number              // +digits, E.164
	Short               // short:digits
	Text                // text:letters, such as the sender of a text message
	Other               // other:digits, which no rule of the plan reads
	Absent              // none:withheld, none:unavailable
	Lost                // the spreadsheet that saved the file destroyed digits
	Formula             // text that a spreadsheet would run
	Damaged             // control characters, or longer than any identifier
)

// Reasons for which an identifier is lost, as they stand in the set-aside list.
const (
	SciNotationLost = "SCI_NOTATION_LOST"
	RoundedNumber   = "ROUNDED_NUMBER"
)

// Reading is what became of one raw identifier.
// Shape: Value is the canonical form; Rule the id of the rule that made it, or
// the reason for which it is lost; Flag is a flag for the event, or blank;
// TrunkZero that a 0 behind the country code was taken off.
// Value is valid until the next call of Read.
type Reading struct {
	Kind      Kind
	Value     []byte
	Rule      string
	Flag      string
	TrunkZero bool
}

// Plan reads numbers under one number plan.
type Plan struct {
	name  string
	rules []rule
	codes [1000]country
	clean []byte
	zero  int // where in clean the 0 of the first "(0)" stands, or -1
	out   []byte
}

// country is what the data says of a country code.
type country uint8

const (
	unassigned country = iota
	assigned
	trunkZero // assigned; at home a 0 is dialled before its numbers, none of which begins with one
)

type rule struct {
	id, starts    string
	min, max, cut int
	write, flag   string
}

// NewPlan returns the embedded plan of that name.
// Errors: ErrPlan.
func NewPlan(name string) (*Plan, error) {
	p := &Plan{name: name}
	for _, line := range strings.Split(planFile, "\n")[1:] {
		f := strings.Split(line, ",")
		if len(f) != 8 || f[0] != name {
			continue
		}
		r := rule{id: f[1], starts: f[2], write: f[6], flag: f[7]}
		var errs [3]error
		r.min, errs[0] = strconv.Atoi(f[3])
		r.max, errs[1] = strconv.Atoi(f[4])
		r.cut, errs[2] = strconv.Atoi(f[5])
		if err := errors.Join(errs[:]...); err != nil {
			return nil, fmt.Errorf("number plan %s, rule %s: %w", name, r.id, err)
		}
		p.rules = append(p.rules, r)
	}
	if len(p.rules) == 0 {
		return nil, fmt.Errorf("%w: %q; there are %s", ErrPlan, name, strings.Join(Plans(), ", "))
	}
	for _, line := range strings.Split(countryFile, "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, code := range strings.Fields(line) {
			digits, trunk := strings.CutSuffix(code, "/0")
			n, err := strconv.Atoi(digits)
			if err != nil || n <= 0 || n > 999 {
				return nil, fmt.Errorf("country code %q is not one", code)
			}
			if p.codes[n] = assigned; trunk {
				p.codes[n] = trunkZero
			}
		}
	}
	return p, nil
}

// Plans returns the names of the embedded number plans, sorted.
func Plans() []string {
	var names []string
	for _, line := range strings.Split(planFile, "\n")[1:] {
		if f := strings.Split(line, ","); len(f) == 8 && !slices.Contains(names, f[0]) {
			names = append(names, f[0])
		}
	}
	slices.Sort(names)
	return names
}

// Name returns the plan's name.
func (p *Plan) Name() string { return p.name }

// maxIdentifier is the longest raw identifier that is read.
const maxIdentifier = 64

// Read returns what a raw identifier says under this plan. It guesses nothing:
// digits that no rule reads stay as they are, and a value that a spreadsheet
// rounded is Lost.
func (p *Plan) Read(raw []byte) Reading {
	t := bytes.TrimSpace(raw)
	if len(t) == 0 {
		return Reading{Kind: Blank}
	}
	if len(t) > maxIdentifier {
		return Reading{Kind: Damaged, Rule: "TOO_LONG"}
	}
	digits, plus, ok := p.strip(t)
	if !ok || isDecimal(t) {
		return p.readText(t)
	}
	if !plus && isRounded(digits) {
		return Reading{Kind: Lost, Rule: RoundedNumber}
	}
	value := p.clean
	for i := range p.rules {
		r := &p.rules[i]
		if len(value) < r.min || len(value) > r.max || !bytes.HasPrefix(value, []byte(r.starts)) {
			continue
		}
		if r.starts == "" && plus {
			continue
		}
		p.out = append(append(p.out[:0], r.write...), value[r.cut:]...)
		if r.write[0] != '+' {
			return Reading{Kind: Short, Value: p.out, Rule: r.id, Flag: r.flag}
		}
		if trunk, ok := p.international(r); ok {
			return Reading{Kind: Number, Value: p.out, Rule: r.id, Flag: r.flag, TrunkZero: trunk}
		}
	}
	if bytes.ContainsAny(value, "#*") {
		return p.readText(t)
	}
	p.out = append(append(p.out[:0], "other:"...), value...)
	return Reading{Kind: Other, Value: p.out, Rule: "N-OTHER", Flag: Unrecognised}
}

// strip leaves the value's digits, with a leading plus, in p.clean. It reports
// false when there is anything but digits and the usual separators.
func (p *Plan) strip(t []byte) (digits []byte, plus, ok bool) {
	p.clean, p.zero = p.clean[:0], -1
	for i, size := 0, 0; i < len(t); i += size {
		c := t[i]
		size = 1
		switch {
		case c >= '0' && c <= '9':
			if c == '0' && p.zero < 0 && bytes.HasSuffix(t[:i], []byte{'('}) && bytes.HasPrefix(t[i+1:], []byte{')'}) {
				p.zero = len(p.clean)
			}
			p.clean = append(p.clean, c)
		case c == '+' && i == 0:
			plus = true
			p.clean = append(p.clean, c)
		case (c == '#' || c == '*') && len(p.clean) < 4 && !plus:
			p.clean = append(p.clean, c)
		case c == '(' || (c == ' ' || c == '-' || c == '.' || c == ')' || c == '/') && i > 0:
		default:
			if size = typeset(t[i:]); size == 0 || i == 0 {
				return nil, false, false
			}
		}
	}
	digits = p.clean
	if plus {
		digits = digits[1:]
	}
	return digits, plus, len(digits) > 0
}

// isDecimal reports digits with .0 or .00 behind them, as a program leaves what it took
// for a number: that 0 is none of its digits.
func isDecimal(t []byte) bool {
	whole, part, found := bytes.Cut(t, []byte{'.'})
	return found && len(whole) > 0 && len(part) > 0 && len(part) < 3 &&
		len(bytes.Trim(part, "0")) == 0 && len(bytes.Trim(whole, "0123456789")) == 0
}

// typeset returns the length of a blank or hyphen at the beginning of t that a
// word processor or a web page puts for the plain one: one that a line does not
// break at, or a dash. It is 0 where there is none.
func typeset(t []byte) int {
	c, size := utf8.DecodeRune(t)
	if c == '\u00a0' || c == '\u202f' || c >= '\u2010' && c <= '\u2015' {
		return size
	}
	return 0
}

// isRounded reports digits as a spreadsheet leaves them when it keeps six
// significant digits: eleven or more, no leading zero, six zeros at the end.
func isRounded(digits []byte) bool {
	return len(digits) >= 11 && digits[0] != '0' && bytes.HasSuffix(digits, []byte("000000"))
}

// Rounded reports whether raw digits look as a spreadsheet leaves them when it
// keeps few significant digits, or are in scientific notation.
func Rounded(raw []byte) bool {
	t := bytes.TrimSpace(raw)
	if isScientific(t) {
		return true
	}
	for _, c := range t {
		if c < '0' || c > '9' {
			return false
		}
	}
	return isRounded(t)
}

// Scientific reports raw text in the notation in which a spreadsheet shows what
// it took for a long number: 4.4771E+11, 4E11.
func Scientific(raw []byte) bool { return isScientific(bytes.TrimSpace(raw)) }

// isScientific reports 4.4771E+11, 4,4771E+11 or 4E11.
func isScientific(t []byte) bool {
	i := 0
	for i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] == '.' || t[i] == ',') {
		i++
	}
	if i == 0 || t[0] < '0' || t[0] > '9' || i >= len(t) || t[i] != 'E' && t[i] != 'e' {
		return false
	}
	i++
	if i < len(t) && t[i] == '+' {
		i++
	}
	if i >= len(t) {
		return false
	}
	for ; i < len(t); i++ {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return true
}

// international reports that what the rule wrote is an E.164 number: 7 to 15
// digits that begin with an assigned country code. A 0 behind that code is taken
// off where the data says that it is none of the number; "(0)" behind another
// code may or may not be one of its digits, and makes no number.
func (p *Plan) international(r *rule) (trunk, ok bool) {
	at, of := p.country()
	if of == unassigned {
		return false, false
	}
	spelt := r.write == "+" // the code stood in the text; the rule did not add it
	switch {
	case of == assigned:
		if spelt && p.zero >= 0 && p.zero-r.cut+1 == at {
			return false, false
		}
	case p.out[at] == '0':
		if !spelt || len(p.clean)-1 < r.min || p.out[at+1] == '0' {
			return false, false
		}
		p.out, trunk = append(p.out[:at], p.out[at+1:]...), true
	}
	return trunk, len(p.out) >= 1+7 && len(p.out) <= 1+15
}

// country returns where in the written number its country code ends, and what
// the data says of the code.
func (p *Plan) country() (at int, of country) {
	digits := p.out[1:]
	if len(digits) < 7 || digits[0] == '0' {
		return 0, unassigned
	}
	n := 0
	for i, c := range digits[:3] {
		n = n*10 + int(c-'0')
		if p.codes[n] != unassigned {
			return i + 2, p.codes[n]
		}
	}
	return 0, unassigned
}

// readText reads what is no number.
func (p *Plan) readText(t []byte) Reading {
	if isScientific(t) {
		return Reading{Kind: Lost, Rule: SciNotationLost}
	}
	switch strings.ToLower(string(t)) {
	case "withheld", "anonymous", "private", "restricted", "number withheld", "caller withheld":
		p.out = append(p.out[:0], "none:withheld"...)
		return Reading{Kind: Absent, Value: p.out, Rule: "N-WITHHELD"}
	case "unavailable", "unknown", "not available", "n/a", "-", "null":
		p.out = append(p.out[:0], "none:unavailable"...)
		return Reading{Kind: Absent, Value: p.out, Rule: "N-UNAVAILABLE"}
	}
	if t[0] == '=' || t[0] == '+' || t[0] == '-' || t[0] == '@' {
		return Reading{Kind: Formula, Rule: FormulaText}
	}
	for _, c := range t {
		if c < 0x20 || c == 0x7f {
			return Reading{Kind: Damaged, Rule: ControlText}
		}
	}
	p.out = append(append(p.out[:0], "text:"...), t...)
	return Reading{Kind: Text, Value: p.out, Rule: "N-TEXT"}
}

// Display returns an identifier as people write it: 07700 900142 for a UK
// mobile number, 84433 (short code), withheld.
func Display(id string) string {
	kind, rest, found := strings.Cut(id, ":")
	switch {
	case strings.HasPrefix(id, "+447") && len(id) == 13:
		return "0" + id[3:7] + " " + id[7:]
	case strings.HasPrefix(id, "+442") && len(id) == 13:
		return "0" + id[3:5] + " " + id[5:9] + " " + id[9:]
	case strings.HasPrefix(id, "+44") && (len(id) == 13 || len(id) == 12):
		return "0" + id[3:7] + " " + id[7:]
	case !found:
		return id
	case kind == "short":
		return rest + " (short code)"
	case kind == "other":
		return rest + " (not read as a number)"
	case kind == "none":
		return rest
	}
	return rest
}
