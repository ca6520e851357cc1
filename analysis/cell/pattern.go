package cell

import (
	"fmt"
	"slices"
	"strings"
)

// Pattern is one way in which an operator writes a cell.
//
// Shape: words joined by one separator (- / : . _ or a blank), such as
// mcc-mnc-lac-ci, lac/ci, plmn-eci, enb-cell, nci. The words are
//
//	mcc mnc   the network's two codes; plmn both in one, five or six digits
//	lac tac   the area; a tac is checked and is no part of the identity
//	ci        the cell, 16 bits
//	rnc       the controller, 12 bits, beside ci; or both in one: lcid, 28 bits
//	enb       the base station, 20 bits, beside cell, 8 bits; both in one: eci
//	gnb       the base station beside cell; both in one: nci, 36 bits
//	name      any text, alone
//
// Numbers but those of the network are decimal, or all hexadecimal; nothing is
// guessed from their looks.
type Pattern struct {
	words     []string
	separator string
	base      int
	gnb       int
	scheme    Scheme
	text      string
}

// wordBits are the widths of the words in bits; 0 is no number.
var wordBits = map[string]int{
	"mcc": 0, "mnc": 0, "plmn": 0, "name": 0, "lac": bitsArea, "tac": 24, "ci": bitsCI, "rnc": bitsRNC, "lcid": bitsRNC + bitsCI,
	"enb": bitsECI - bitsLocal, "cell": bitsLocal, "eci": bitsECI, "gnb": maxGNB, "nci": bitsNCI,
}

// NewPattern compiles a pattern.
// Units: base is 10 or 16; gnb is the length of a gNB's number in bits, 22 to 32
// where the pattern has the word gnb and 0 where it has not.
// Errors: ErrCell, saying what is wrong with the pattern.
func NewPattern(text string, base, gnb int) (*Pattern, error) {
	fail := func(format string, args ...any) (*Pattern, error) {
		return nil, fmt.Errorf("%w: pattern %.60q: %s", ErrCell, text, fmt.Sprintf(format, args...))
	}
	p := &Pattern{text: text, base: base, gnb: gnb}
	for _, r := range text {
		if r >= 'a' && r <= 'z' {
			continue
		}
		if !strings.ContainsRune("-/:._ ", r) || p.separator != "" && p.separator != string(r) {
			return fail("words are joined by one separator, one of - / : . _ and a blank")
		}
		p.separator = string(r)
	}
	p.words = []string{text}
	if p.separator != "" {
		p.words = strings.Split(text, p.separator)
	}
	for i, w := range p.words {
		if _, known := wordBits[w]; !known {
			return fail("%q is not a word of a pattern", w)
		}
		if slices.Contains(p.words[:i], w) {
			return fail("%s stands twice", w)
		}
	}
	if base != 10 && base != 16 {
		return fail("numbers are decimal (10) or hexadecimal (16), not of base %d", base)
	}
	p.scheme = schemeOf(p.has)
	if p.scheme == "" {
		return fail("these words make up no identity")
	}
	if p.has("plmn") && (p.has("mcc") || p.has("mnc")) || p.has("mcc") != p.has("mnc") {
		return fail("a network is mcc and mnc, or plmn")
	}
	if p.has("gnb") != (gnb != 0) || gnb != 0 && (gnb < minGNB || gnb > maxGNB) {
		return fail("the length of a gNB's number is given, 22 to 32 bits, when the pattern has gnb, and only then")
	}
	return p, nil
}

func (p *Pattern) has(word string) bool { return slices.Contains(p.words, word) }

// schemeOf returns the scheme whose words are there and no other scheme's.
func schemeOf(has func(string) bool) Scheme {
	found := Scheme("")
	for _, c := range []struct {
		scheme Scheme
		words  []string
	}{
		{CGI, []string{"ci"}},
		{UTRAN, []string{"rnc", "ci"}},
		{UTRAN, []string{"lcid"}},
		{ECGI, []string{"enb", "cell"}},
		{ECGI, []string{"eci"}},
		{NCGI, []string{"gnb", "cell"}},
		{NCGI, []string{"nci"}},
		{Name, []string{"name"}},
	} {
		all := true
		for _, w := range []string{"ci", "rnc", "lcid", "enb", "cell", "eci", "gnb", "nci", "name"} {
			all = all && has(w) == slices.Contains(c.words, w)
		}
		if all {
			found = c.scheme
		}
	}
	if found == Name && (has("mcc") || has("plmn") || has("lac") || has("tac")) || (found == ECGI || found == NCGI) && has("lac") || found == CGI && has("tac") || found == UTRAN && has("tac") {
		return ""
	}
	return found
}

// Scheme returns the scheme of the identities that the pattern reads.
func (p *Pattern) Scheme() Scheme { return p.scheme }

// String returns the pattern's own text.
func (p *Pattern) String() string { return p.text }

// NeedsNetwork reports that the text does not state the network.
func (p *Pattern) NeedsNetwork() bool { return p.scheme != Name && !p.has("plmn") && !p.has("mcc") }

// NeedsArea reports that the identity has an area and the text does not state it.
func (p *Pattern) NeedsArea() bool { return p.scheme == CGI && !p.has("lac") }

// Given is what stands beside a text: the network of the whole file or of other
// columns, and the area.
type Given struct {
	PLMN    PLMN
	Area    uint64
	HasArea bool
}

// Read reads a cell written after the pattern.
// Errors: ErrCell: a part missing, no number, too large for its width, a network
// or an area that neither the text nor what is given states, or that differ.
func (p *Pattern) Read(text string, g Given) (Identity, error) {
	if p.scheme == Name {
		return Named(text)
	}
	parts := []string{text}
	if p.separator != "" {
		parts = strings.Split(text, p.separator)
	}
	if len(parts) != len(p.words) {
		return Identity{}, fmt.Errorf("%w: %.60q is not written as %s", ErrCell, text, p.text)
	}
	var v values
	for i, w := range p.words {
		if err := p.word(&v, w, parts[i]); err != nil {
			return Identity{}, err
		}
	}
	return p.compose(v, g)
}

// values are the numbers of one text; station is the RNC, eNB or gNB.
type values struct {
	mcc, mnc              string
	area, number, station uint64
}

func (p *Pattern) word(v *values, word, text string) error {
	switch word {
	case "mcc":
		v.mcc = text
		return nil
	case "mnc":
		v.mnc = text
		return nil
	case "plmn":
		if len(text) != 5 && len(text) != 6 {
			return fmt.Errorf("%w: network %.20q is not of five or six digits", ErrCell, text)
		}
		v.mcc, v.mnc = text[:3], text[3:]
		return nil
	}
	bits := wordBits[word]
	if p.gnb != 0 && word == "gnb" {
		bits = p.gnb
	}
	if p.gnb != 0 && word == "cell" {
		bits = bitsNCI - p.gnb
	}
	n, ok := whole(text, p.base, 1<<bits-1)
	if !ok {
		return fmt.Errorf("%w: %s %.40q is no number of base %d that fits %d bits", ErrCell, word, text, p.base, bits)
	}
	switch word {
	case "lac":
		v.area = n
	case "tac":
	case "rnc", "enb", "gnb":
		v.station = n
	default:
		v.number = n
	}
	return nil
}

func (p *Pattern) compose(v values, g Given) (Identity, error) {
	plmn := g.PLMN
	if p.has("mcc") || p.has("plmn") {
		n, err := network(v.mcc, v.mnc)
		if err != nil {
			return Identity{}, err
		}
		if g.PLMN != (PLMN{}) && g.PLMN != n {
			return Identity{}, fmt.Errorf("%w: the text says network %s and the row %s", ErrCell, n, g.PLMN)
		}
		plmn = n
	}
	area := v.area
	if p.scheme == CGI {
		if !p.has("lac") {
			area = g.Area
		}
		if !p.has("lac") && !g.HasArea {
			return Identity{}, fmt.Errorf("%w: the location area is not stated", ErrCell)
		}
		if p.has("lac") && g.HasArea && g.Area != area {
			return Identity{}, fmt.Errorf("%w: the text says area %d and the row %d", ErrCell, area, g.Area)
		}
	}
	number := v.number
	switch {
	case p.has("rnc"):
		number |= v.station << bitsCI
	case p.has("enb"):
		number |= v.station << bitsLocal
	case p.has("gnb"):
		number |= v.station << (bitsNCI - p.gnb)
	}
	return Make(p.scheme, plmn, area, number)
}
