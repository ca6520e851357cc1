package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// timeless are flags whose words speak of a time, and which take none.
var timeless = map[string]string{
	"exhibit produce --cell-date": "words, as the exhibit says them",
	"actor enrol --competent":     "a list, in which a day may stand behind each",
	"actor enrol --vetting":       "a level, behind which a day may stand",
	"actor standing --competent":  "a list, in which a day may stand behind each",
	"actor standing --vetting":    "a level, behind which a day may stand",
	"kiosk receive --reason":      "words on a day",
	"kiosk upload --reason":       "words on a day",
	"error record --region":       "whose working days count",
}

// flagNames finds the flags in what a command says of them.
var flagNames = regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z0-9-]+)`)

// TestFlagsOfTimeRefuseOtherText asks every flag of every command whose words speak of a day or an
// instant to take a text that is neither: it is refused where flags are read, before anything is opened.
func TestFlagsOfTimeRefuseOtherText(t *testing.T) {
	speaks := regexp.MustCompile(`(?i)\bdays?\b|\binstant\b|^(since|until|by|from)? ?when\b(,| (it|they|somebody)\b|:|$)`)
	asked := 0
	var each func(c *cobra.Command)
	each = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			each(child)
		}
		for _, m := range flagNames.FindAllStringSubmatch(c.LocalNonPersistentFlags().FlagUsages(), -1) {
			f := c.LocalNonPersistentFlags().Lookup(m[1])
			if kind := f.Value.Type(); !speaks.MatchString(f.Usage) || kind == "duration" || kind == "bool" || timeless[wayOf(c)+" --"+f.Name] != "" {
				continue
			}
			asked++
			for _, text := range []string{"soon", "2026-02-30", "2/11/26"} {
				if f.Value.Set(text) == nil {
					t.Errorf("custos %s --%s %q is taken (%s)", wayOf(c), f.Name, text, f.Usage)
				}
			}
		}
	}
	each(newRoot())
	if asked < 50 {
		t.Errorf("only %d flags were asked", asked)
	}
}

// TestWrongDaysAreSaid gives commands days that are none: each names the flag, what was given and the
// form that is wanted, as wrong use, and nothing is opened.
func TestWrongDaysAreSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	const day, either, instant = "written as 2026-11-02", "nor an instant such as 2026-11-21T09:00:00Z", "UK civil time such as 2026-10-05 14:30"
	for line, want := range map[string]struct{ flag, given, form string }{
		"audit list --case OP-1 --from 2026-11-31":                      {"from", "2026-11-31", day},
		"audit export --to yesterday":                                   {"to", "yesterday", day},
		"audit replay --to 5":                                           {"to", "5", day},
		"role give an-1 analyst --until 2026-13-01":                     {"until", "2026-13-01", either},
		"assign add an-1 --case OP-1 --from soon":                       {"from", "soon", either},
		"sharing add XYZ --case OP-1 --until never":                     {"until", "never", either},
		"deliver prepare JAS/1 --case OP-1 --due friday":                {"due", "friday", instant},
		"authority cancel AB-1 --case OP-1 --by sp-1 --on 2/11/26":      {"on", "2/11/26", day},
		"copy recall --case OP-1 --by soon":                             {"by", "soon", day},
		"retention record --case OP-1 --outcome convicted --on 2019-03": {"on", "2019-03", day},
		"retention review --case OP-1 --decision retain --next later":   {"next", "later", day},
		"kiosk acquire F --case OP-1 --until 2026":                      {"until", "2026", either},
		"item take KO/1 --case OP-1 --at noon":                          {"at", "noon", instant},
		"error record --case OP-1 --discovered yesterday":               {"discovered", "yesterday", instant},
		"dataset select NET/1 --case OP-1 --until 2026-10-25":           {"until", "2026-10-25", instant},
		"source preview n.csv --case OP-1 --first 2026-10-12":           {"first", "2026-10-12", instant},
		"report make R --until 2026-10-25":                              {"until", "2026-10-25", instant},
		"sharing sign slip --by Ann --on 21":                            {"on", "21", instant},
	} {
		var out, said bytes.Buffer
		code := run(t.Context(), append(strings.Fields(line), "--dir", "d", "--as", "an-1"), strings.NewReader(""), &out, &said)
		text := said.String()
		if code != exitUsage || !strings.Contains(text, fmt.Sprintf("%q for \"--%s\" flag", want.given, want.flag)) || !strings.Contains(text, want.form) {
			t.Errorf("custos %s: exit %d: %s", line, code, text)
		}
	}
	if _, err := os.Stat("d"); err == nil {
		t.Error("something was opened")
	}
}

// TestInstantsByTheClock reads days and instants as the commands' page writes them: where either may
// stand, a clock of the United Kingdom counts too. Control: a time that it never showed is none.
func TestInstantsByTheClock(t *testing.T) {
	for text, want := range map[string]string{
		"2026-10-05":                "2026-10-04T23:00:00Z",
		"2026-10-05 09:00":          "2026-10-05T08:00:00Z",
		"2026-11-21 09:00":          "2026-11-21T09:00:00Z",
		"2026-10-05T09:00:00+02:00": "2026-10-05T07:00:00Z",
	} {
		if at, err := dayOrInstant(text, 0); err != nil || at.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s is %s, not %s: %v", text, at, want, err)
		}
	}
	for text, want := range map[string]string{
		"2026-10-05": "2026-10-05", "2026-10-05T09:00:00+02:00": "2026-10-05T09:00:00+02:00", "2026-10-05 09:00": "2026-10-05T08:00:00Z",
	} {
		if as, err := asDayOrInstant(text); err != nil || as != want {
			t.Errorf("%s is handed on as %s, not %s: %v", text, as, want, err)
		}
	}
	if at, err := endOf("2026-10-05"); err != nil || at.UTC().Format(time.RFC3339) != "2026-10-05T23:00:00Z" {
		t.Errorf("a day counts until %s: %v", at, err)
	}
	for _, text := range []string{"2026-03-29 01:30", "2026-10-25 01:30"} {
		if at, err := dayOrInstant(text, 0); err == nil || !strings.Contains(err.Error(), "the clocks went") {
			t.Errorf("control: %s is %s: %v", text, at, err)
		}
	}
}
