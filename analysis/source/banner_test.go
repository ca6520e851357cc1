package source_test

import (
	"strings"
	"testing"
)

// TestBannerOfTheNextTarget: where files of two targets were put together, what
// stands before the second banner gives nobody the records of another.
func TestBannerOfTheNextTarget(t *testing.T) {
	p := small("whom, at", "file: {encoding: utf-8, separator: \";\", header-within: 3, columns: [{name: whom, is: whom}, {name: at, is: at}], "+
		"lines: [{like: \"Records for {subject}\", kind: subject}]}", "subject: {from: line, read: number}")
	part := func(who string) string {
		return "Records for " + who + "\nwhom;at\n07700900456;24/10/2026 18:04:1" + who[len(who)-1:] + "\n"
	}
	want := "+447700900123|+447700900123 / +447700900124|+447700900124"
	var list []quirk
	for _, mark := range []string{"", " \t", "\ufeff", "\u00a0", "\ufeff \u00a0"} {
		list = append(list, quirk{strings.ToUpper("mark " + mark), p, part("07700 900123") + mark + part("07700 900124"), "subject a_number", want})
	}
	first := part("07700 900123")
	list = append(list,
		quirk{
			"another letter", p, first + strings.Replace(part("07700 900124"), "R", "r", 1), "subject a_number",
			"+447700900123|+447700900123 / !WRONG_COLUMN_COUNT / !MISSING_SUBJECT",
		},
		quirk{
			"another letter with the commas of a spreadsheet", p, first + "records for 07700 900124;\n" + strings.SplitAfterN(first, "\n", 2)[1], "subject a_number",
			"+447700900123|+447700900123 / !BAD_TIME / !MISSING_SUBJECT",
		},
		quirk{
			"how the banner's number was read", p, part("7700900123") + part("1234567") + part("07700 900124"), "subject flags",
			"+447700900123|REPAIRED_LEADING_ZERO / +447700900124| / other:1234567|NUMBER_UNRECOGNISED",
		},
		quirk{
			"the header of the next page", p, first + strings.SplitAfterN(first, "\n", 2)[1], "subject a_number",
			"+447700900123|+447700900123 / +447700900123|+447700900123",
		})
	runQuirks(t, list)
}
