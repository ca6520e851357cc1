package event_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"custos.example/analysis/event"
)

// TestTrunkZerosAgainstAPhoneLibrary: behind each country code of which the data
// says so, the library takes a 0 off numbers of every type. The control: behind
// Italy's it does not.
func TestTrunkZerosAgainstAPhoneLibrary(t *testing.T) {
	data, err := os.ReadFile("countrycodes.txt")
	if err != nil {
		t.Fatal(err)
	}
	p, err := event.NewPlan("gb")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, word := range strings.Fields(string(data)) {
		digits, trunk := strings.CutSuffix(word, "/0")
		code, err := strconv.Atoi(digits)
		if !trunk || err != nil {
			continue
		}
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			if got := phonenumbers.GetNddPrefixForRegion(region, true); got != "0" {
				t.Errorf("+%d: in %s a number is dialled behind %q", code, region, got)
			}
			for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
				example := phonenumbers.GetExampleNumberForType(region, kind)
				if example == nil {
					continue
				}
				number := phonenumbers.GetNationalSignificantNumber(example)
				want := "+" + digits + number
				read, err := phonenumbers.Parse("+"+digits+"0"+number, "")
				if err != nil || phonenumbers.Format(read, phonenumbers.E164) != want {
					t.Errorf("+%d, %s: the library reads +%d 0 %s otherwise: %v %v", code, region, code, number, read, err)
				}
				for _, spelt := range []string{"+" + digits + "0" + number, "+" + digits + " (0)" + number, "00" + digits + " 0 " + number} {
					if compared++; len(want) >= 9 {
						if got := p.Read([]byte(spelt)); string(got.Value) != want || !got.TrunkZero {
							t.Errorf("%s is read as %q by rule %s, told %v", spelt, got.Value, got.Rule, got.TrunkZero)
						}
					}
				}
			}
		}
	}
	if compared < 200 {
		t.Errorf("only %d spellings were compared", compared)
	}
	italy, err := phonenumbers.Parse("+390612345678", "")
	if err != nil || phonenumbers.Format(italy, phonenumbers.E164) != "+390612345678" {
		t.Errorf("the library takes Italy's 0 off: %v %v", italy, err)
	}
}

// TestPlansAgainstAPhoneLibrary holds the number plans, which are data, against
// a library of phone numbers: every spelling of a national number under a
// country's plan must come out as the library's E.164 form. The library itself
// is no part of the program: it takes 16 us a number, its answers change with
// its releases, and it reads short codes as numbers.
func TestPlansAgainstAPhoneLibrary(t *testing.T) {
	// Numbers of each country as they are dialled at home: fictional ranges where
	// the country has them.
	homes := map[string]struct {
		region string
		from   []string
	}{
		"gb": {"GB", []string{"0770090%04d", "02079460%03d", "01144960%03d", "01632960%03d"}},
		"us": {"US", []string{"202555%04d", "1212555%04d"}},
		"in": {"IN", []string{"078130%05d", "080331%05d"}},
		"ch": {"CH", []string{"07900%05d", "04400%05d"}},
		"de": {"DE", []string{"01511000%04d", "03023125%03d"}},
		"au": {"AU", []string{"049157%04d", "025550%04d"}},
		"mx": {"MX", []string{"55123%05d", "3311%06d"}},
		"pk": {"PK", []string{"0300123%04d", "0421123%04d"}},
	}
	compared := 0
	for plan, home := range homes {
		p, err := event.NewPlan(plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range home.from {
			for n := 7; n < 1000; n += 61 {
				national := fmt.Sprintf(form, n)
				number, err := phonenumbers.Parse(national, home.region)
				if err != nil {
					t.Fatalf("the library does not read %s in %s: %v", national, home.region, err)
				}
				e164 := phonenumbers.Format(number, phonenumbers.E164)
				spelt := []string{national, e164, "00" + e164[1:]}
				if plan == "us" {
					spelt[2] = "011" + e164[1:]
				}
				if plan == "au" {
					spelt[2] = "0011" + e164[1:]
				}
				spelt = append(spelt, national[:5]+" "+national[5:], "("+national[:4]+") "+national[4:])
				for _, s := range spelt {
					if strings.HasSuffix(s, "000000") {
						continue
					}
					compared++
					if got := p.Read([]byte(s)); string(got.Value) != e164 || got.Kind != event.Number {
						t.Errorf("%s: %q is read as %q by rule %s, the library says %s", plan, s, got.Value, got.Rule, e164)
					}
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d spellings were compared", compared)
	}
	// The control: what the library gets wrong for evidence. It takes a short
	// code for a number; the plan does not.
	short, err := phonenumbers.Parse("60300", "GB")
	if err != nil || phonenumbers.Format(short, phonenumbers.E164) != "+4460300" {
		t.Errorf("the library has changed its mind on short codes: %v %v", short, err)
	}
	gb, err := event.NewPlan("gb")
	if err != nil {
		t.Fatal(err)
	}
	if got := gb.Read([]byte("60300")); string(got.Value) != "short:60300" {
		t.Errorf("60300 is read as %q", got.Value)
	}
}
