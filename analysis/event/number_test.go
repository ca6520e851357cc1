package event_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		plan, raw, want, rule string
		kind                  event.Kind
	}{
		{"gb", "07700900123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "07700 900123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "07700.900.123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "60300.0", "text:60300.0", "N-TEXT", event.Text}, // the 0 is none of its digits
		{"gb", "447700900123.00", "text:447700900123.00", "N-TEXT", event.Text},
		{"pk", "923001234567.0", "text:923001234567.0", "N-TEXT", event.Text},
		{"gb", "+447700900123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "00447700900123", "+447700900123", "N-00", event.Number},
		{"gb", "447700900123", "+447700900123", "N-GB-44", event.Number},
		{"gb", "7700900123", "+447700900123", "N-GB-LOST-0", event.Number},
		{"gb", "+44 (0)7700 900123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "+44 0 7700 900123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "+44(0)7700900123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "0044 0 7700 900123", "+447700900123", "N-00", event.Number},
		{"gb", "0044 (0)7700 900123", "+447700900123", "N-00", event.Number},
		{"gb", "44 (0)7700 900123", "+447700900123", "N-GB-44", event.Number},
		{"gb", "141 0044 0 7700 900123", "+447700900123", "N-GB-141", event.Number},
		{"gb", "+44 00 7700 900123", "other:+44007700900123", "N-OTHER", event.Other},
		{"gb", "44 0 12345678", "other:44012345678", "N-OTHER", event.Other},
		{"gb", "+44 7700 9(0)0123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "+353 (0)85 000 0001", "+353850000001", "N-PLUS", event.Number},
		{"gb", "+39 06 1234 5678", "+390612345678", "N-PLUS", event.Number},
		{"gb", "+39 (0)6 1234 5678", "other:+390612345678", "N-OTHER", event.Other},
		{"gb", "0039 (0)6 1234 5678", "other:00390612345678", "N-OTHER", event.Other},
		{"us", "+1 (0)202 555 0123", "other:+102025550123", "N-OTHER", event.Other},
		{"in", "91 0 97424 22395", "+919742422395", "N-IN-91", event.Number},
		{"ch", "41 (0)79 000 00 01", "+41790000001", "N-CH-41", event.Number},
		{"de", "49 (0)30 0000001", "+49300000001", "N-DE-49", event.Number},
		{"au", "61 (0)491 570 006", "+61491570006", "N-AU-61", event.Number},
		{"pk", "92 0 300 1234567", "+923001234567", "N-BARE", event.Number},
		{"international", "44 0 7700 900123", "+447700900123", "N-BARE", event.Number},
		{"gb", "(020) 7946-0123", "+442079460123", "N-GB-0", event.Number},
		{"gb", "020 7946 0123", "+442079460123", "N-GB-0", event.Number},
		{"gb", "07700\u00a0900123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "07700\u202f900123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "07700\u2010900123", "+447700900123", "N-GB-0", event.Number},
		{"gb", "+44\u00a0(0)7700\u2011900\u2015123", "+447700900123", "N-PLUS", event.Number},
		{"gb", "07700\u2016900123", "text:07700\u2016900123", "N-TEXT", event.Text},
		{"gb", "\u201107700900123", "text:\u201107700900123", "N-TEXT", event.Text},
		{"gb", "00353850000001", "+353850000001", "N-00", event.Number},
		{"gb", "+353850000001", "+353850000001", "N-PLUS", event.Number},
		{"gb", "60300", "short:60300", "N-SHORT", event.Short},
		{"gb", "121", "short:121", "N-SHORT", event.Short},
		{"gb", "118118", "short:118118", "N-SHORT", event.Short},
		{"gb", "12", "other:12", "N-OTHER", event.Other},
		{"gb", "1234567", "other:1234567", "N-OTHER", event.Other},
		{"gb", "+0700900123", "other:+0700900123", "N-OTHER", event.Other},
		{"gb", "+4477009001234567", "other:+4477009001234567", "N-OTHER", event.Other},
		{"gb", "HMRC", "text:HMRC", "N-TEXT", event.Text},
		{"gb", "", "", "", event.Blank},
		{"gb", "  ", "", "", event.Blank},
		{"gb", "WITHHELD", "none:withheld", "N-WITHHELD", event.Absent},
		{"gb", "anonymous", "none:withheld", "N-WITHHELD", event.Absent},
		{"gb", "unavailable", "none:unavailable", "N-UNAVAILABLE", event.Absent},
		{"gb", "-", "none:unavailable", "N-UNAVAILABLE", event.Absent},
		{"gb", "4.4771E+11", "", event.SciNotationLost, event.Lost},
		{"gb", "4,4771e11", "", event.SciNotationLost, event.Lost},
		{"gb", "4E+11", "", event.SciNotationLost, event.Lost},
		{"gb", "353000000000", "", event.RoundedNumber, event.Lost},
		{"gb", "+353850000000", "+353850000000", "N-PLUS", event.Number}, // a spreadsheet's number has no plus
		{"gb", "=1", "", event.FormulaText, event.Formula},
		{"gb", "+cmd", "", event.FormulaText, event.Formula},
		{"gb", "-1+2", "", event.FormulaText, event.Formula},
		{"gb", "@x", "", event.FormulaText, event.Formula},
		{"gb", strings.Repeat("1", 65), "", "TOO_LONG", event.Damaged},
		{"gb", "ab\x00c", "", event.ControlText, event.Damaged},
		{"gb", "14107700900123", "+447700900123", "N-GB-141", event.Number},
		{"gb", "141 020 7946 0123", "+442079460123", "N-GB-141", event.Number},
		{"gb", "14100353850000001", "+353850000001", "N-GB-141", event.Number},
		{"gb", "147007700900123", "+447700900123", "N-GB-1470", event.Number},
		{"gb", "#31#07700900123", "+447700900123", "N-GB-CLIR", event.Number},
		{"gb", "*31#07700900123", "+447700900123", "N-GB-CLIP", event.Number},
		{"gb", "*100#", "text:*100#", "N-TEXT", event.Text},
		{"gb", "141", "short:141", "N-SHORT", event.Short},
		{"in", "(04344)322628", "+914344322628", "N-IN-0", event.Number},
		{"in", "97424 22395", "+919742422395", "N-IN-BARE", event.Number},
		{"in", "919742422395", "+919742422395", "N-IN-91", event.Number},
		{"ch", "079 000 00 00", "+41790000000", "N-CH-0", event.Number},
		{"de", "030 0000001", "+49300000001", "N-DE-0", event.Number},
		{"us", "(202) 555-0123", "+12025550123", "N-US-BARE", event.Number},
		{"us", "1-202-555-0123", "+12025550123", "N-US-1", event.Number},
		{"us", "011447700900123", "+447700900123", "N-US-011", event.Number},
		{"mx", "5550123456", "+525550123456", "N-MX-BARE", event.Number},
		{"mx", "5215550123456", "+525550123456", "N-MX-521", event.Number},
		{"au", "0491 570 006", "+61491570006", "N-AU-0", event.Number},
		{"au", "0011447700900123", "+447700900123", "N-AU-0011", event.Number},
		{"pk", "923310000000", "", event.RoundedNumber, event.Lost},
		{"pk", "92814300775", "+92814300775", "N-BARE", event.Number},
		{"pk", "5996", "short:5996", "N-SHORT", event.Short},
		{"pk", "925996", "short:925996", "N-SHORT", event.Short},
		{"pk", "03001234567", "+923001234567", "N-PK-0", event.Number},
		{"international", "447700900123", "+447700900123", "N-BARE", event.Number},
		{"international", "07700900123", "other:07700900123", "N-OTHER", event.Other},
	} {
		p, err := event.NewPlan(c.plan)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Read([]byte(c.raw))
		if got.Kind != c.kind || string(got.Value) != c.want || got.Rule != c.rule {
			t.Errorf("%s %q: %d %q %s, want %d %q %s", c.plan, c.raw, got.Kind, got.Value, got.Rule, c.kind, c.want, c.rule)
		}
	}
	if _, err := event.NewPlan("atlantis"); !errors.Is(err, event.ErrPlan) {
		t.Error(err)
	}
	if got := event.Plans(); strings.Join(got, " ") != "au ch de gb in international mx pk us" {
		t.Error(got)
	}
}

// TestAZeroBehindTheCountryCodeIsTold: taking it off is told, and only then.
func TestAZeroBehindTheCountryCodeIsTold(t *testing.T) {
	p, err := event.NewPlan("gb")
	if err != nil {
		t.Fatal(err)
	}
	for raw, want := range map[string]bool{
		"+44 0 7700 900123": true, "+44(0)7700900123": true, "0044 0 7700900123": true, "141 0044 0 7700 900123": true, "44(0)7700900123": true,
		"+447700900123": false, "07700 900123": false, "00447700900123": false, "(0)7700 900123": false, "+44 7700 9(0)0123": false,
		"+39 06 1234 5678": false, "+39 (0)6 1234 5678": false,
	} {
		if got := p.Read([]byte(raw)); got.TrunkZero != want {
			t.Errorf("%s: %q, told %v", raw, got.Value, got.TrunkZero)
		}
	}
}

// TestEveryDramaNumberIsRead: a number that is not in use is still a number.
func TestEveryDramaNumberIsRead(t *testing.T) {
	p, err := event.NewPlan("gb")
	if err != nil {
		t.Fatal(err)
	}
	for n := range 1000 {
		tail := string([]byte{byte('0' + n/100), byte('0' + n/10%10), byte('0' + n%10)})
		for _, form := range []string{"07700900", "+447700900", "+44 0 7700900", "+44(0)7700900", "0044 0 7700 900", "00447700900", "447700900", "07700 900", "7700900"} {
			if got := p.Read([]byte(form + tail)); string(got.Value) != "+447700900"+tail {
				t.Fatalf("%s%s: %q", form, tail, got.Value)
			}
		}
	}
}

func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"07700900123", "+44 (0)7700 900123", "4.4771E+11", "+44 00 7700 900123", "440(0)7700900123", "+39 (0)6 1234 5678", "(0)", "+(0)", "(0)+1", "=x", "HMRC"} {
		f.Add(s)
	}
	plans := map[string]*event.Plan{}
	for _, name := range event.Plans() {
		p, err := event.NewPlan(name)
		if err != nil {
			f.Fatal(err)
		}
		plans[name] = p
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for name, p := range plans {
			got := p.Read([]byte(raw))
			value := string(got.Value)
			if got.Kind == event.Number && (value[0] != '+' || strings.Trim(value[1:], "0123456789") != "" || len(value) < 8 || len(value) > 16) {
				t.Fatalf("%s %q: number %q", name, raw, value)
			}
			again := p.Read(got.Value)
			if got.Kind == event.Number && string(again.Value) != value {
				t.Fatalf("%s: %q is read as %q, and that as %q", name, raw, value, again.Value)
			}
			if got.Kind == event.Lost && value != "" {
				t.Fatalf("%s: %q is lost and has the value %q", name, raw, value)
			}
		}
	})
}

func TestDisplay(t *testing.T) {
	for id, want := range map[string]string{
		"+447700900142": "07700 900142", "+442079460123": "020 7946 0123", "+353850000001": "+353850000001", "short:84433": "84433 (short code)",
		"id:ego": "ego", "text:GOV.UK": "GOV.UK", "none:withheld": "withheld", "other:12": "12 (not read as a number)", "": "",
	} {
		if got := event.Display(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}
