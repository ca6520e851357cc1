package grid

import (
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		text       string
		e, n, side int64 // metres
	}{
		{"ST7688065500", 376_880, 165_500, 1},
		{"ST 749 646", 374_900, 164_600, 100},
		{"ST749 646", 374_900, 164_600, 100},
		{"ST 749646", 374_900, 164_600, 100},
		{"st749646", 374_900, 164_600, 100},
		{"TG 51409 13177", 651_409, 313_177, 1}, // Ordnance Survey's worked example
		{"TQ 30 80", 530_000, 180_000, 1000},
		{"SV", 0, 0, 100_000},
		{"HP 6 1", 460_000, 1_210_000, 10_000},
		{"NN 16675 71285", 216_675, 771_285, 1}, // Ben Nevis
	} {
		s, err := ParseReference(c.text)
		if want := (Square{Grid{c.e * Metre, c.n * Metre}, c.side * Metre}); err != nil || s != want {
			t.Errorf("%s: %v, %v; want %v", c.text, s, err, want)
		}
	}
	for _, text := range []string{
		"", "S", "ST7", "ST 74 6", "ST 749 64", "SI 123 456", "S 749 646", "12 749 646", "AA 10 10", "ZZ1010", "XA1010",
		"ST 7496461", "ST 749646749646", "ST 74x 646", "ST  749 646", " ST 749 646", "ST 749 646 ", "ST 749 646 1", "ST-749-646", "ST 749\t646", "ST 7A9 646", "J 123 456", "ST٧٤٩",
	} {
		if s, err := ParseReference(text); !errors.Is(err, ErrReference) {
			t.Errorf("%q was read as %v, %v", text, s, err)
		}
	}
}

// TestEverySquareBothWays reads what was written, for each square of the grid.
func TestEverySquareBothWays(t *testing.T) {
	seen := map[string]bool{}
	for e := int64(0); e < 7; e++ {
		for n := int64(0); n < 13; n++ {
			g := Grid{(e*100_000 + 12_345) * Metre, (n*100_000 + 67_890) * Metre}
			text, err := g.Reference()
			if err != nil || seen[text[:2]] {
				t.Fatalf("%v: %s %v", g, text, err)
			}
			seen[text[:2]] = true
			if s, err := ParseReference(text); err != nil || s.Corner != g {
				t.Errorf("%v was written as %s and read as %v, %v", g, text, s, err)
			}
		}
	}
	for _, g := range []Grid{{-1, 0}, {0, -1}, {gridEast, 0}, {0, gridNorth}} {
		if text, err := g.Reference(); !errors.Is(err, ErrOutside) {
			t.Errorf("%v is %s, %v", g, text, err)
		}
		if p, err := FromGrid(g); !errors.Is(err, ErrOutside) {
			t.Errorf("%v is %v, %v", g, p, err)
		}
	}
	for _, p := range []Point{{}, {51 * Degree, 10 * Degree}, {-51 * Degree, 0}, {91 * Degree, 0}, {51 * Degree, 181 * Degree}, {1 << 62, -1 << 62}, {52 * Degree, -11 * Degree}} {
		if g, err := ToGrid(p); !errors.Is(err, ErrOutside) {
			t.Errorf("%v is %v, %v", p, g, err)
		}
	}
}

// TestDegreesAgainstRationals reads random texts and compares with exact
// fractions.
func TestDegreesAgainstRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	ties := 0
	for range 20_000 {
		text := []byte{byte('0' + r.IntN(10)), byte('0' + r.IntN(10)), byte('0' + r.IntN(10)), '.'}
		for range 1 + r.IntN(12) {
			text = append(text, byte('0'+r.IntN(10)))
		}
		if r.IntN(4) == 0 { // half-way cases
			text = append([]byte{'1', '.', '0', '0', '0', '0', '0', '0'}, byte('0'+r.IntN(10)), '5')
			ties++
		}
		want, _ := new(big.Rat).SetString(string(text))
		want.Mul(want, big.NewRat(Degree, 1))
		if got, exact, err := ParseDegrees("-" + string(text)); err != nil || -got != halfEven(want) || exact != want.IsInt() {
			t.Fatalf("%s: %d %v %v, want %s", text, got, exact, err, want.FloatString(3))
		}
		d, m, s := r.IntN(90), r.IntN(60), r.IntN(60_000)
		dms := big.NewRat(int64(d*3_600_000+m*60_000+s), 3_600_000)
		dms.Mul(dms, big.NewRat(Degree, 1))
		for _, form := range []string{"51°23'17.040\"N", "N 51 23 17.040", "n51 23′ 17.040″", "51 23 17.040n"} {
			text := strings.NewReplacer("51", itoa(d), "23", itoa(m), "17.040", itoa(s/1000)+"."+itoa(1000 + s%1000)[1:]).Replace(form)
			if got, axis, err := ParseDMS(text); err != nil || got != halfEven(dms) || axis != 'N' {
				t.Fatalf("%s: %d %c %v, want %s", text, got, axis, err, dms.FloatString(3))
			}
		}
	}
	if ties < 1000 {
		t.Error("no half-way cases")
	}
}

func itoa(n int) string { return big.NewInt(int64(n)).String() }

func halfEven(r *big.Rat) int64 {
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch twice := new(big.Int).Lsh(m, 1).Cmp(r.Denom()); {
	case twice > 0, twice == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	return q.Int64()
}

func TestAngles(t *testing.T) {
	for text, want := range map[string]int64{
		"2 19 59.1W": -23_330_833, "W2°19.985'": -23_330_833, "-2 19.985": -23_330_833, "0°0'0\"S": 0, "180 0 0 E": 1_800_000_000, "90°0'N": 900_000_000,
	} {
		if got, _, err := ParseDMS(text); err != nil || got != want {
			t.Errorf("%s: %d %v", text, got, err)
		}
	}
	for _, text := range []string{"", "51", "51N", "51 60 0N", "51 0 60N", "51.5 3 1N", "91 0 0 N", "90 0 0.1N", "180 0 1E", "N 51 2 3 S", "1 2 3 4", "51 23 x", "5123N", "51 2..3N", "51 2.3.4N", ". 5", "181 0 0"} {
		if got, axis, err := ParseDMS(text); !errors.Is(err, ErrAngle) {
			t.Errorf("%q was read as %d %c", text, got, axis)
		}
	}
	for _, text := range []string{"", "-", ".5", "5.", "+5", "1e3", " 5", "5 ", "1234", "1,5", "1.2.3", "--1", "0x1", "1_0", "NaN", "1." + strings.Repeat("0", 31)} {
		if got, _, err := ParseDegrees(text); !errors.Is(err, ErrAngle) {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	for _, c := range [][3]int64{{0, 3_590_000_000, 10_000_000}, {1_800_000_000, 0, 1_800_000_000}, {-10_000_000, 10_000_000, 20_000_000}, {3_600_000_000, 0, 0}} {
		if got := Turn(c[0], c[1]); got != c[2] || Turn(c[1], c[0]) != c[2] {
			t.Errorf("from %d to %d: %d", c[0], c[1], got)
		}
	}
}

func FuzzReference(f *testing.F) {
	for _, s := range []string{"ST7688065500", "ST 749 646", "51°23'17.04\"N", "-2.394288988713205"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseReference(text); err == nil {
			if s.Corner.Verify() != nil || s.Side < Metre {
				t.Errorf("%q: %v", text, s)
			}
			if again, err := s.Corner.Reference(); err != nil || !strings.HasPrefix(again, strings.ToUpper(text[:2])) {
				t.Errorf("%q: %s %v", text, again, err)
			}
		}
		if v, _, err := ParseDMS(text); err == nil && size(v) > 180*Degree {
			t.Errorf("%q: %d", text, v)
		}
		_, _, _ = ParseDegrees(text)
	})
}
