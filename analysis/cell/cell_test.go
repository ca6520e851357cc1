package cell

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestCanonicalTexts holds identities against texts worked out by hand.
func TestCanonicalTexts(t *testing.T) {
	for _, c := range []struct {
		text, pattern, raw string
		base, gnb          int
		given              Given
	}{
		{"cgi:001-01-139-2243", "mcc-mnc-lac-ci", "001-01-139-2243", 10, 0, Given{}},
		{"cgi:001-01-139-2243", "mcc-mnc-lac-ci", "001-01-0139-02243", 10, 0, Given{}},
		{"cgi:001-01-139-2243", "lac/ci", "139/2243", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"cgi:001-01-139-2243", "lac/ci", "008B/08C3", 16, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"cgi:001-01-139-2243", "ci", "2243", 10, 0, Given{PLMN: PLMN{1, 1, 2}, Area: 139, HasArea: true}},
		{"cgi:001-01-139-2243", "plmn:lac:ci", "00101:8b:8c3", 16, 0, Given{}},
		{"cgi:001-001-139-2243", "plmn lac ci", "001001 139 2243", 10, 0, Given{}},
		{"utran:001-01-170-15450", "lcid", "11156570", 10, 0, Given{PLMN: PLMN{1, 1, 2}}}, // 170*65536 + 15450
		{"utran:001-01-170-15450", "mcc.mnc.rnc.ci", "001.01.AA.3C5A", 16, 0, Given{}},
		{"ecgi:001-01-130619000", "plmn-eci", "00101-130619000", 10, 0, Given{}},
		{"ecgi:001-01-130619000", "enb-cell", "510230-120", 10, 0, Given{PLMN: PLMN{1, 1, 2}}}, // 510230*256 + 120
		{"ecgi:001-01-130619000", "mcc_mnc_tac_eci", "001_01_FFFFFF_7C91678", 16, 0, Given{}},
		{"ncgi:001-01-68719476735", "nci", "FFFFFFFFF", 16, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"ncgi:001-01-16388", "gnb-cell", "1-4", 10, 22, Given{PLMN: PLMN{1, 1, 2}}}, // 1<<14 | 4
		{"ncgi:001-01-20", "gnb-cell", "1-4", 10, 32, Given{PLMN: PLMN{1, 1, 2}}},    // 1<<4 | 4
		{"name:BATH-W 2", "name", "BATH-W 2", 10, 0, Given{}},
	} {
		p, err := NewPattern(c.pattern, c.base, c.gnb)
		if err != nil {
			t.Fatal(err)
		}
		id, err := p.Read(c.raw, c.given)
		if err != nil || id.String() != c.text {
			t.Errorf("%s as %s: %s, %v; want %s", c.raw, c.pattern, id, err, c.text)
		}
		if again, err := Parse(c.text); err != nil || again != id {
			t.Errorf("%s: %v, %v", c.text, again, err)
		}
	}
}

// TestSplits gives base stations and cells, worked out by hand.
func TestSplits(t *testing.T) {
	e, err := Parse("ecgi:001-01-130619000")
	if err != nil {
		t.Fatal(err)
	}
	if station, local, ok := e.ENB(); !ok || station != 510230 || local != 120 {
		t.Error(station, local, ok)
	}
	n, err := Parse("ncgi:001-01-16388")
	if err != nil {
		t.Fatal(err)
	}
	if station, local, ok := n.GNB(22); !ok || station != 1 || local != 4 {
		t.Error(station, local, ok)
	}
	if station, local, ok := n.GNB(32); !ok || station != 1024 || local != 4 {
		t.Error(station, local, ok)
	}
	u, err := Parse("utran:001-01-170-15450")
	if err != nil {
		t.Fatal(err)
	}
	if rnc, local, ok := u.RNC(); !ok || rnc != 170 || local != 15450 {
		t.Error(rnc, local, ok)
	}
	_, _, a := n.GNB(21)
	_, _, b := n.GNB(33)
	_, _, c := e.GNB(24)
	_, _, d := n.ENB()
	if _, _, f := e.RNC(); a || b || c || d || f {
		t.Error("a split was made that the identity does not have")
	}
}

// TestStrictErrors: every text that is nearly right.
func TestStrictErrors(t *testing.T) {
	for _, text := range []string{
		"", "cgi", "cgi:", "cgi:001-01-139", "cgi:001-01-139-2243-1", "cgi:1-01-139-2243", "cgi:001-1-139-2243", "cgi:001-0001-139-2243", "cgi:001-01-0139-2243",
		"cgi:001-01-65536-1", "cgi:001-01-1-65536", "cgi:001-01--1", "cgi:001-01-1-+1", "cgi:001-01-1- 1", "cgi:001-01-1-1 ", "CGI:001-01-1-1", "cgi:001-01-a-1", "cgi:000-01-1-1",
		"utran:001-01-4096-1", "utran:001-01-1-65536", "utran:001-01-1", "ecgi:001-01-268435456", "ecgi:001-01-1-2", "ncgi:001-01-68719476736", "ncgi:001-01-99999999999999999999",
		"name:", "name: x", "name:x ", "name:a\nb", "name:a\u202eb", "name:\xff", "name:" + strings.Repeat("x", 201), "mast:1", ":1", "cgi:٠٠١-01-1-1",
	} {
		if id, err := Parse(text); !errors.Is(err, ErrCell) {
			t.Errorf("%q was read as %s, %v", text, id, err)
		}
	}
	for _, c := range []struct {
		pattern, raw string
		base, gnb    int
		given        Given
	}{
		{"mcc-mnc-lac-ci", "001-01-FF-1", 10, 0, Given{}},
		{"mcc-mnc-lac-ci", "001-01-1", 10, 0, Given{}},
		{"mcc-mnc-lac-ci", "001-01-1-2-3", 10, 0, Given{}},
		{"mcc-mnc-lac-ci", "--1-2", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"mcc-mnc-lac-ci", "001-01-10000-2", 16, 0, Given{}},
		{"mcc-mnc-lac-ci", "001-01-1-2", 10, 0, Given{PLMN: PLMN{1, 1, 3}}},
		{"mcc-mnc-lac-ci", "001-01-1-2", 10, 0, Given{Area: 2, HasArea: true}},
		{"lac-ci", "1-2", 10, 0, Given{}},
		{"ci", "2", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"ci", "", 10, 0, Given{PLMN: PLMN{1, 1, 2}, HasArea: true}},
		{"plmn-eci", "0010-5", 10, 0, Given{}},
		{"enb-cell", "1048576-1", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"enb-cell", "1-256", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"gnb-cell", "4194304-1", 10, 22, Given{PLMN: PLMN{1, 1, 2}}},
		{"gnb-cell", "1-16", 10, 32, Given{PLMN: PLMN{1, 1, 2}}},
		{"eci", "1.30619E+08", 10, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"eci", "0x10", 16, 0, Given{PLMN: PLMN{1, 1, 2}}},
		{"mcc-mnc-tac-eci", "001-01-16777216-5", 10, 0, Given{}},
	} {
		p, err := NewPattern(c.pattern, c.base, c.gnb)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := p.Read(c.raw, c.given); !errors.Is(err, ErrCell) {
			t.Errorf("%q as %s was read as %s", c.raw, c.pattern, id)
		}
	}
	for _, c := range []struct {
		text      string
		base, gnb int
	}{
		{"", 10, 0},
		{"mcc-mnc", 10, 0},
		{"lac", 10, 0},
		{"ci-ci", 10, 0},
		{"ci-eci", 10, 0},
		{"mcc-ci", 10, 0},
		{"plmn-mcc-mnc-ci", 10, 0},
		{"lac-eci", 10, 0},
		{"tac-ci", 10, 0},
		{"mcc-mnc/lac-ci", 10, 0},
		{"LAC-CI", 10, 0},
		{"lac--ci", 10, 0},
		{"ci", 8, 0},
		{"gnb-cell", 10, 0},
		{"gnb-cell", 10, 21},
		{"gnb-cell", 10, 33},
		{"nci", 10, 24},
		{"enb", 10, 0},
		{"cell", 10, 0},
		{"enb-gnb-cell", 10, 24},
		{"name-ci", 10, 0},
		{"lac-name", 10, 0},
		{"rnc-lcid", 10, 0},
	} {
		if p, err := NewPattern(c.text, c.base, c.gnb); !errors.Is(err, ErrCell) {
			t.Errorf("pattern %q was accepted as %s", c.text, p.Scheme())
		}
	}
}

// TestEveryPatternReadsWhatItsWordsSay writes random numbers under random
// patterns by plain arithmetic and reads them back.
func TestEveryPatternReadsWhatItsWordsSay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	forms := []struct {
		words  []string
		widths []int
		scheme Scheme
		tail   int // width of the second number within the whole
	}{
		{[]string{"lac", "ci"}, []int{16, 16}, CGI, 0},
		{[]string{"rnc", "ci"}, []int{12, 16}, UTRAN, 16},
		{[]string{"lcid"}, []int{28}, UTRAN, 0},
		{[]string{"enb", "cell"}, []int{20, 8}, ECGI, 8},
		{[]string{"eci"}, []int{28}, ECGI, 0},
		{[]string{"nci"}, []int{36}, NCGI, 0},
		{[]string{"gnb", "cell"}, []int{25, 11}, NCGI, 11},
	}
	for range 20_000 {
		f := forms[r.IntN(len(forms))]
		base, format := 10, "%d"
		if r.IntN(2) == 1 {
			base, format = 16, "%X"
		}
		sep := string("-/:._ "[r.IntN(6)])
		gnb := 0
		if f.words[0] == "gnb" {
			gnb = 25
		}
		p, err := NewPattern("mcc"+sep+"mnc"+sep+strings.Join(f.words, sep), base, gnb)
		if err != nil {
			t.Fatal(err)
		}
		mcc, mnc := 1+r.IntN(999), r.IntN(1000)
		raw := fmt.Sprintf("%03d%s%03d", mcc, sep, mnc)
		var n [2]uint64
		for i, w := range f.widths {
			n[i] = r.Uint64N(1 << w)
			raw += sep + fmt.Sprintf(format, n[i])
		}
		want := fmt.Sprintf("%s:%03d-%03d-%d", f.scheme, mcc, mnc, n[0])
		switch {
		case f.scheme == CGI || f.words[0] == "rnc":
			want += fmt.Sprintf("-%d", n[1])
		case f.words[0] == "lcid":
			want = fmt.Sprintf("%s:%03d-%03d-%d-%d", f.scheme, mcc, mnc, n[0]/65536, n[0]%65536)
		case f.tail > 0:
			want = fmt.Sprintf("%s:%03d-%03d-%d", f.scheme, mcc, mnc, n[0]*(1<<f.tail)+n[1])
		}
		if id, err := p.Read(raw, Given{}); err != nil || id.String() != want {
			t.Fatalf("%s as %s: %s, %v; want %s", raw, p, id, err, want)
		}
		last := len(f.widths) - 1 // control: one more than fits
		over := raw[:strings.LastIndex(raw, sep)+1] + fmt.Sprintf(format, uint64(1)<<f.widths[last])
		if id, err := p.Read(over, Given{}); err == nil {
			t.Fatalf("%s as %s was read as %s", over, p, id)
		}
	}
}

func TestAzimuths(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "000": "0", "7": "7", "090": "90", "359": "359", "360": "omni", "OMNI": "omni", "Omni": "omni", "": ""} {
		a, err := ParseAzimuth(text)
		if err != nil || a.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, a, err, want)
		}
	}
	for _, text := range []string{"361", "-1", "0360", "1e2", "12.5", "N", "omni ", " 90", "90°", "999"} {
		if a, err := ParseAzimuth(text); !errors.Is(err, ErrAzimuth) || a != Unknown {
			t.Errorf("%q was read as %q", text, a)
		}
	}
	if Unknown == Omni {
		t.Error("an antenna without direction and one whose direction is not stated are the same")
	}
}

func TestRadios(t *testing.T) {
	for text, want := range map[string]Radio{"": "", "gsm": GSM, "2G": GSM, "UMTS": UMTS, "3g": UMTS, "LTE": LTE, "4G": LTE, "NR": NR, "5G": NR, "TETRA": TETRA} {
		if r, err := ParseRadio(text); err != nil || r != want {
			t.Errorf("%q: %q, %v", text, r, err)
		}
	}
	if r, err := ParseRadio("CDMA"); err == nil {
		t.Errorf("CDMA was read as %q", r)
	}
	if LTE.Fits(CGI) || GSM.Fits(ECGI) || NR.Fits(ECGI) || TETRA.Fits(CGI) || !UMTS.Fits(CGI) || !UMTS.Fits(UTRAN) || !NR.Fits(NCGI) || !TETRA.Fits(Name) || !Radio("").Fits(NCGI) {
		t.Error("a technology fits an identity that it does not have, or not its own")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"cgi:001-01-139-2243", "utran:001-01-170-15450", "ecgi:001-001-130619000", "ncgi:001-01-68719476735", "name:BATH"} {
		f.Add(s, "mcc-mnc-lac-ci", false)
		f.Add(s, "gnb.cell", true)
	}
	f.Fuzz(func(t *testing.T, text, pattern string, hex bool) {
		if id, err := Parse(text); err == nil && id.String() != text {
			t.Errorf("%q was read and written as %q", text, id)
		}
		_, _ = ParseAzimuth(text)
		base, gnb := 10, 0
		if hex {
			base = 16
		}
		if strings.Contains(pattern, "gnb") {
			gnb = 24
		}
		p, err := NewPattern(pattern, base, gnb)
		if err != nil {
			return
		}
		for _, given := range []Given{{}, {PLMN: PLMN{1, 1, 2}, Area: 7, HasArea: true}} {
			id, err := p.Read(text, given)
			if err != nil {
				continue
			}
			if again, err := Parse(id.String()); err != nil || again != id {
				t.Errorf("%q as %q is %q, which is read as %v, %v", text, pattern, id, again, err)
			}
		}
	})
}
