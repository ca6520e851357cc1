package source_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis"
)

// columnsOf is a small profile whose columns are found one by one.
func columnsOf(head string) []byte {
	return small("", "file: {encoding: utf-8, separator: \";\", "+head+"}")
}

func TestColumnsByNamePatternAndPlace(t *testing.T) {
	const named = "columns: [{name: at, is: When}, {name: whom, like: \"*Called*\"}, {name: who, any: [Subscriber, MSISDN]}]"
	want := "+447700900123 +447700900456 2026-10-24T17:04:10Z"
	for _, c := range []struct{ name, head, file, want string }{
		{"any order and others between", named, "x;MSISDN;Number Called (B);y;When\n1;07700900123;07700900456;2;" + at + "0\n", want},
		{"another of its names", named, "When;Called;Subscriber\n" + at + "0;07700900456;07700900123\n", want},
		{"blanks around the names", named, " When ;Called; Subscriber\n" + at + "0;07700900456;07700900123\n", want},
		{"a place beside names", "columns: [{name: who, is: A}, {name: whom, at: 3}, {name: at, is: T}]", "A;T;;\n07700900123;" + at + "0;07700900456;x\n", want},
		{"places only", "headerless: true, columns: [{name: who, at: 2}, {name: whom, at: 1}, {name: at, at: 4}]", "07700900456;07700900123;x;" + at + "0\n", want},
		{"within some lines", named + ", header-within: 3", "a\nb\nWhen;Called;MSISDN\n" + at + "0;07700900456;07700900123\n", want},
		{"on a line", named + ", header-row: 3", "When;Called;MSISDN\nb\nWhen;Called;MSISDN\n" + at + "0;07700900456;07700900123\n", want},
		{"two columns that fit", named, "When;Called;Called too;MSISDN\n" + at + "0;07700900456;;07700900123\n", `columns 2 and 3 are both "*Called*"`},
		{"a column that is missing", named, "When;MSISDN\n", `no column is "*Called*"`},
		{"none of its names", named, "When;Called;Number\n", "no column is Subscriber or MSISDN"},
		{"no header within its lines", named + ", header-within: 2", "a\nb\nWhen;Called;MSISDN\n", "row 2: none of the first 2 lines is the header"},
		{"on another line", named + ", header-row: 2", "When;Called;MSISDN\na;b;c\n", "row 2: "},
		{"too few columns for a place", "columns: [{name: who, is: A}, {name: whom, at: 9}, {name: at, is: T}]", "A;T\n", `column "whom" is expected at 9`},
		{"the file ends first", named + ", header-within: 9", "a\nb\n", "the file ends at row 2, before the header"},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			im, err := tryImport([]byte(c.file), columnsOf(c.head))
			if err != nil {
				if !errors.Is(err, analysis.ErrNotThisFormat) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v; want %q", err, c.want)
				}
				return
			}
			for _, r := range rows(t, im.events) {
				if got := r["subject"] + " " + r["b_number"] + " " + r["start_utc"]; got != c.want {
					t.Errorf("%q, want %q", got, c.want)
				}
			}
			if im.outcome.Result.Balance.Shown != 1 {
				t.Error(im.outcome.Result.Balance)
			}
			accounted(t, []byte(c.file), im)
		})
	}
}

// TestAFileWithoutItsTables: a profile with tables refuses a file that has none
// of them, and takes a return that says that it has no records.
func TestAFileWithoutItsTables(t *testing.T) {
	p := profile(t, "uk-alike-b")
	if _, err := tryImport([]byte("Return 2026/1\nnothing here\n"), p); !errors.Is(err, analysis.ErrNotThisFormat) || !strings.Contains(err.Error(), "no line is the header of a table") {
		t.Error(err)
	}
}

// TestTotalsThatDoNotAgree: of a table and of the file, with marks between the
// thousands; a number that is no count is no total.
func TestTotalsThatDoNotAgree(t *testing.T) {
	p := small("who, whom, at", "file: {encoding: utf-8, separator: \";\", header: [who, whom, at], lines: [{like: \"Total {count}\", kind: total}, {like: \"In all {count}\", kind: total, of: file}]}")
	im := mustImport(t, []byte(call("07700900456", "07700900456")+"Total 2\n07700900123;07700900456;"+at+"9\nTotal 1,002\nTotal 1.2.3\nIn all 3\n"), p)
	for _, want := range []string{
		`{"agrees":true,"counted":2,"declared":2,"of":"table","row":4,"text":"Total 2"}`,
		`{"agrees":false,"counted":1,"declared":1002,"of":"table","row":6,"text":"Total 1,002"}`,
		`{"agrees":false,"counted":4,"declared":3,"of":"file","row":8,"text":"In all 3"}`,
	} {
		if !strings.Contains(im.report, want) {
			t.Errorf("the report has no %s:\n%s", want, im.report)
		}
	}
	if im.aside != "row,offset,reason,column\n7,164,WRONG_COLUMN_COUNT,\n" {
		t.Error(im.aside)
	}
}

// TestNoNumberOfARealSubscriber looks through the texts of this room: every UK
// mobile number in them lies in the range that Ofcom keeps for drama, or ends in
// the zeros of a spreadsheet.
func TestNoNumberOfARealSubscriber(t *testing.T) {
	mobile := regexp.MustCompile(`(?:\b0|\b44|\b0044)7\d{9}\b`)
	drama := regexp.MustCompile(`7(?:700900\d{3}|700000000)$`)
	files, found := 0, 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(".go.yaml.csv.md.json.txt", filepath.Ext(path)) || filepath.Ext(path) == "" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, m := range mobile.FindAllString(string(text), -1) {
			found++
			if !drama.MatchString(m) {
				t.Errorf("%s holds %s, which may be somebody's number", path, m)
			}
		}
		return nil
	})
	if err != nil || files < 100 || found < 100 {
		t.Errorf("%d numbers in %d files, %v; the search itself is broken", found, files, err)
	}
}

// TestAHeaderThatHasChangedHidesNothing: rows under a header that the profile
// does not know are set aside one by one; with the header as it was they are
// read, which is the control.
func TestAHeaderThatHasChangedHidesNothing(t *testing.T) {
	p := profile(t, "uk-alike-b")
	const header = "MSISDN|Direction|Other Party|Date|Time|Seconds|IMEI|IMSI|Start Site|End Site|Result|Call Reference\n"
	const row = "07700900142|O|07700900318|24/10/26|18:04:12|47|352099112044173|001010812834876|||ANS|C1\n"
	const texts = "MSISDN|Direction|Other Party|Date|Time|Parts|IMEI|IMSI|Site\n07700900142|O|07700900119|24/10/26|18:11|1|352099112044173|001010812834876|\n"
	if b := mustImport(t, []byte("Return 1\n"+header+row+row+texts), p).outcome.Result.Balance; b.Received != 3 || b.SetAside != 0 {
		t.Errorf("control: %s", b)
	}
	file := []byte("Return 1\n" + strings.Replace(header, "Seconds", "Secs", 1) + row + row + texts)
	im := mustImport(t, file, p)
	if b := im.outcome.Result.Balance; b.Received != 4 || b.SetAside != 3 || strings.Count(im.aside, ",BEFORE_A_HEADER,") != 3 {
		t.Errorf("%s\n%s", b, im.aside)
	}
	accounted(t, file, im)
	// The header of the second table has changed: its rows would fit the first.
	second := strings.Replace(strings.Replace(header, "Seconds", "Length", 1), "Result", "Outcome", 1)
	file = []byte("Return 1\n" + header + row + second + row + texts)
	im = mustImport(t, file, p)
	if b := im.outcome.Result.Balance; b.Received != 4 || b.Shown != 2 || !strings.HasPrefix(im.aside, "row,offset,reason,column\n4,") || strings.Count(im.aside, ",BEFORE_A_HEADER,") != 2 {
		t.Errorf("%s\n%s", b, im.aside)
	}
	accounted(t, file, im)
	explainer := explainerOf(t, file, p, []byte("[]"))
	for _, r := range rows(t, im.aside) {
		var offset int64
		if _, err := fmt.Sscan(r["offset"], &offset); err != nil {
			t.Fatal(err)
		}
		if _, x, err := explainer.Row(offset); err != nil || x.Reason != r["reason"] {
			t.Errorf("row %s is explained as %q, %v", r["row"], x.Reason, err)
		}
	}
	none := []byte("Call data records for 07700 900142\nAll times are UK local time\nNo records were found\nbut here is one\n")
	im = mustImport(t, none, profile(t, "uk-alike-a"))
	if b := im.outcome.Result.Balance; b.Received != 1 || b.SetAside != 1 {
		t.Errorf("a row after the word that there are none: %s\n%s", b, im.aside)
	}
	accounted(t, none, im)
}

// TestLaterHeaderInAnotherOrder reads a file whose second block has its columns in
// another order, and one whose second block has a column that nobody knows: no row is
// read under the columns of another block.
func TestLaterHeaderInAnotherOrder(t *testing.T) {
	p := small("", "file: {encoding: utf-8, separator: \";\", columns: [{name: who, is: Who}, {name: whom, is: Whom}, {name: at, is: When}]}")
	runQuirks(t, []quirk{
		{
			"the columns in another order", p,
			"Who;Whom;When\n07700900123;07700900456;" + at + "0\nWhom;Who;When\n07700900456;07700900123;" + at + "1\n", "a_number b_number",
			"+447700900123|+447700900456 / +447700900123|+447700900456",
		},
		{
			"the first column is another", p,
			"Who;Whom;When\n07700900123;07700900456;" + at + "0\nSubscriber;Whom;When\n07700900124;07700900456;" + at + "1\n", "a_number b_number",
			"+447700900123|+447700900456 / !BEFORE_A_HEADER / !BEFORE_A_HEADER",
		},
		{
			"control: the same header again", p,
			"Who;Whom;When\n07700900123;07700900456;" + at + "0\nWho;Whom;When\n07700900124;07700900456;" + at + "1\n", "a_number b_number",
			"+447700900123|+447700900456 / +447700900124|+447700900456",
		},
	})
}
