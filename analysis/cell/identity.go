// Package cell owns what a cell of a mobile network is called: its identity in
// one canonical text, the ways in which operators write it, the direction in
// which an antenna faces, and the canonical text of a table of cells.
//
// It never repairs what is written: a text that does not have the shape it is
// said to have is refused with the reason. It never says what a cell covers.
package cell

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrCell is returned for a text that is no identity of a cell.
var ErrCell = errors.New("not a cell identity")

// Scheme says how a cell is identified.
type Scheme string

// The schemes. Name is an operator's own name of a cell or site.
const (
	CGI   Scheme = "cgi"   // MCC-MNC-LAC-CI: location area 16 bits, cell 16 bits
	UTRAN Scheme = "utran" // MCC-MNC-RNC-CI: controller 12 bits, cell 16 bits
	ECGI  Scheme = "ecgi"  // MCC-MNC-ECI: 28 bits, of which the first 20 are the eNB
	NCGI  Scheme = "ncgi"  // MCC-MNC-NCI: 36 bits, of which the first 22 to 32 are the gNB
	Name  Scheme = "name"  // any text
)

// The widths of the numbers in an identity, in bits.
// Source: 3GPP TS 23.003 clauses 4.3, 19.6 and 19.6A; TS 25.331 clause 10.3.2.
const (
	bitsArea  = 16
	bitsCI    = 16
	bitsRNC   = 12
	bitsECI   = 28
	bitsLocal = 8 // of an ECI: the cell within its eNB
	bitsNCI   = 36
	minGNB    = 22
	maxGNB    = 32
	maxName   = 200 // bytes
)

// PLMN is a network: its country's code and its own.
// Shape: MCC is three digits; MNC two or three, of which Digits says the number,
// because 15 and 015 are two networks.
type PLMN struct{ MCC, MNC, Digits uint16 }

// Append appends a network as it stands in an identity, such as 234-15.
func (p PLMN) Append(dst []byte) []byte {
	dst = appendDigits(dst, uint64(p.MCC), 3)
	return appendDigits(append(dst, '-'), uint64(p.MNC), int(p.Digits))
}

// String returns a network as it stands in an identity, such as 234-15.
func (p PLMN) String() string { return string(p.Append(nil)) }

func appendDigits(dst []byte, v uint64, width int) []byte {
	text := strconv.FormatUint(v, 10)
	for range width - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// ParsePLMN reads a network written as 234-15.
// Errors: ErrCell.
func ParsePLMN(text string) (PLMN, error) {
	mcc, mnc, found := strings.Cut(text, "-")
	if !found {
		return PLMN{}, fmt.Errorf("%w: network %.40q is not written as 234-15", ErrCell, text)
	}
	return network(mcc, mnc)
}

// network reads the two codes of a network.
func network(mcc, mnc string) (PLMN, error) {
	c, okC := whole(mcc, 10, 999)
	n, okN := whole(mnc, 10, 999)
	if !okC || !okN || len(mcc) != 3 || len(mnc) < 2 || len(mnc) > 3 {
		return PLMN{}, fmt.Errorf("%w: network %.10q-%.10q is not three digits and two or three", ErrCell, mcc, mnc)
	}
	return PLMN{MCC: uint16(c), MNC: uint16(n), Digits: uint16(len(mnc))}, nil
}

// Identity is the identity of a cell. Two cells are the same when the values are
// equal.
// Shape: Area only under CGI; Number is the CI, RNC*65536+CI, ECI or NCI; Text
// only under Name. Identities are made by Parse and Pattern.Read.
type Identity struct {
	Scheme Scheme
	PLMN   PLMN
	Area   uint32
	Number uint64
	Text   string
}

// Append appends the canonical text of an identity: scheme:parts, decimal,
// without leading zeros but for the network's.
func (i Identity) Append(dst []byte) []byte {
	dst = append(append(dst, i.Scheme...), ':')
	if i.Scheme == Name {
		return append(dst, i.Text...)
	}
	dst = append(i.PLMN.Append(dst), '-')
	switch i.Scheme {
	case CGI:
		dst = append(strconv.AppendUint(dst, uint64(i.Area), 10), '-')
		return strconv.AppendUint(dst, i.Number, 10)
	case UTRAN:
		dst = append(strconv.AppendUint(dst, i.Number>>bitsCI, 10), '-')
		return strconv.AppendUint(dst, i.Number&(1<<bitsCI-1), 10)
	case ECGI, NCGI, Name:
	}
	return strconv.AppendUint(dst, i.Number, 10)
}

// String returns the canonical text of an identity.
func (i Identity) String() string { return string(i.Append(nil)) }

// RNC returns controller and cell of an identity under UTRAN.
func (i Identity) RNC() (controller, local uint64, ok bool) {
	return i.Number >> bitsCI, i.Number & (1<<bitsCI - 1), i.Scheme == UTRAN
}

// ENB returns base station and cell of an identity under ECGI.
func (i Identity) ENB() (station, local uint64, ok bool) {
	return i.Number >> bitsLocal, i.Number & (1<<bitsLocal - 1), i.Scheme == ECGI
}

// GNB returns base station and cell of an identity under NCGI. The identity does
// not say where the one ends and the other begins: the operator's length of the
// station's number must be given.
// Units: bits, 22 to 32.
func (i Identity) GNB(bits int) (station, local uint64, ok bool) {
	if i.Scheme != NCGI || bits < minGNB || bits > maxGNB {
		return 0, 0, false
	}
	rest := bitsNCI - bits
	return i.Number >> rest, i.Number & (1<<rest - 1), true
}

// Parse reads the canonical text of an identity, and no other.
// Errors: ErrCell, saying what is wrong.
func Parse(text string) (Identity, error) {
	scheme, rest, found := strings.Cut(text, ":")
	if !found {
		return Identity{}, fmt.Errorf("%w: %.60q has no scheme in front", ErrCell, text)
	}
	id := Identity{Scheme: Scheme(scheme)}
	var err error
	if id.Scheme == Name {
		id, err = Named(rest)
	} else {
		id, err = parseNumbers(id.Scheme, strings.Split(rest, "-"))
	}
	if err != nil {
		return Identity{}, err
	}
	if id.String() != text {
		return Identity{}, fmt.Errorf("%w: %.60q is not the canonical spelling of %s", ErrCell, text, id)
	}
	return id, nil
}

func parseNumbers(scheme Scheme, parts []string) (Identity, error) {
	want := map[Scheme]int{CGI: 4, UTRAN: 4, ECGI: 3, NCGI: 3}[scheme]
	if want == 0 {
		return Identity{}, fmt.Errorf("%w: there is no scheme %.20q", ErrCell, scheme)
	}
	if len(parts) != want {
		return Identity{}, fmt.Errorf("%w: %s has %d parts, not %d", ErrCell, scheme, want, len(parts))
	}
	p, err := network(parts[0], parts[1])
	if err != nil {
		return Identity{}, err
	}
	var n [2]uint64
	for i, part := range parts[2:] {
		var ok bool
		if n[i], ok = whole(part, 10, 1<<bitsNCI-1); !ok {
			return Identity{}, fmt.Errorf("%w: %.40q is no number", ErrCell, part)
		}
	}
	switch scheme {
	case CGI:
		return Make(CGI, p, n[0], n[1])
	case UTRAN:
		if n[0] >= 1<<bitsRNC || n[1] >= 1<<bitsCI {
			return Identity{}, fmt.Errorf("%w: controller %d or cell %d is too large for 12 and 16 bits", ErrCell, n[0], n[1])
		}
		return Make(UTRAN, p, 0, n[0]<<bitsCI|n[1])
	case ECGI, NCGI, Name:
	}
	return Make(scheme, p, 0, n[0])
}

// Make returns the identity of these numbers.
// Errors: ErrCell when one does not fit its width.
func Make(scheme Scheme, p PLMN, area, number uint64) (Identity, error) {
	limit := map[Scheme]uint64{CGI: bitsCI, UTRAN: bitsRNC + bitsCI, ECGI: bitsECI, NCGI: bitsNCI}[scheme]
	switch {
	case limit == 0:
		return Identity{}, fmt.Errorf("%w: scheme %.20q has no numbers", ErrCell, scheme)
	case number >= 1<<limit:
		return Identity{}, fmt.Errorf("%w: %d is too large for the %d bits of %s", ErrCell, number, limit, scheme)
	case scheme == CGI && area >= 1<<bitsArea:
		return Identity{}, fmt.Errorf("%w: location area %d is too large for %d bits", ErrCell, area, bitsArea)
	case p.MCC == 0:
		return Identity{}, fmt.Errorf("%w: the network is not stated", ErrCell)
	}
	id := Identity{Scheme: scheme, PLMN: p, Number: number}
	if scheme == CGI {
		id.Area = uint32(area)
	}
	return id, nil
}

// Named returns the identity of a cell or site that has only a name.
// Errors: ErrCell when it is blank, longer than 200 bytes, has blanks at an end,
// control characters or invalid UTF-8.
func Named(text string) (Identity, error) {
	if text == "" || len(text) > maxName || !utf8.ValidString(text) || strings.TrimSpace(text) != text || strings.ContainsFunc(text, unprintable) {
		return Identity{}, fmt.Errorf("%w: %.60q cannot be a name", ErrCell, text)
	}
	return Identity{Scheme: Name, Text: text}, nil
}

// unprintable reports control characters and those that turn the direction of
// writing.
func unprintable(r rune) bool {
	return r < 0x20 || r >= 0x7f && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029
}

// whole reads digits of a base, at most most.
func whole(text string, base int, most uint64) (uint64, bool) {
	if text == "" || len(text) > 20 {
		return 0, false
	}
	var v uint64
	for i := range len(text) {
		d := digit(text[i])
		if d >= base {
			return 0, false
		}
		if v = v*uint64(base) + uint64(d); v > most {
			return 0, false
		}
	}
	return v, true
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}
