package bundle_test

import (
	"bytes"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// cut cuts a table into its lines, each with its end; the header is the first.
func cut(table []byte) [][]byte {
	return slices.DeleteFunc(bytes.SplitAfter(table, []byte("\n")), func(l []byte) bool { return len(l) == 0 })
}

// relined is a change of the lines of a table.
func relined(table []byte, change func([][]byte) [][]byte) []byte {
	return bytes.Join(change(cut(table)), nil)
}

// selectedVector is a case in which the keeper serves other rows than were
// committed to, and signs them.
func selectedVector(name string, exit int, change func(*bundletest.Served)) vector {
	return vector{name, "selected", exit, func() ([]byte, bundle.Options) {
		c := bundletest.NewCase(seed, bundletest.Hooks{})
		c.TellSelected(change)
		return c.ForgeSelected(), options(c)
	}}
}

// selectedVectors are caught by proving each row that is served.
func selectedVectors() []vector {
	differs := bundle.ExitDiffers
	replace := func(table *[]byte, old, with string) {
		if !bytes.Contains(*table, []byte(old)) {
			panic("the table does not hold what is to be changed")
		}
		*table = bytes.Replace(*table, []byte(old), []byte(with), 1)
	}
	swap := func(l [][]byte) [][]byte {
		l[2], l[3] = l[3], l[2]
		return l
	}
	return []vector{
		selectedVector("rows of a file served and the file withheld", bundle.ExitCannotTell, nil),
		selectedVector("a number altered in a row that is served", differs, func(s *bundletest.Served) {
			replace(&s.Events, "+447700900102", "+447700900199")
		}),
		selectedVector("a time altered in a row that is served", differs, func(s *bundletest.Served) {
			replace(&s.Events, "17:03:00Z", "17:03:01Z")
		}),
		selectedVector("two numbers of rows that are served swapped", differs, func(s *bundletest.Served) {
			replace(&s.Events, "+447700900101", "+44770090010X")
			replace(&s.Events, "+447700900102", "+447700900101")
			replace(&s.Events, "+44770090010X", "+447700900102")
		}),
		selectedVector("the proofs of two rows swapped", differs, func(s *bundletest.Served) { s.Salts = relined(s.Salts, swap) }),
		selectedVector("a row dropped and its proof with it", differs, func(s *bundletest.Served) {
			drop := func(l [][]byte) [][]byte { return slices.Delete(l, 3, 4) }
			s.Events, s.Salts = relined(s.Events, drop), relined(s.Salts, drop)
			s.Selection.Shown--
			s.Selection.Withheld[1].Rows++
		}),
		selectedVector("a row doubled and its proof with it", differs, func(s *bundletest.Served) {
			s.Salts = relined(s.Salts, func(l [][]byte) [][]byte { return slices.Insert(l, 3, l[3]) })
			s.Events = relined(s.Events, func(l [][]byte) [][]byte {
				return slices.Insert(l, 4, bytes.Replace(l[3], []byte(",5,0,"), []byte(",6,0,"), 1))
			})
			s.Selection.Shown++
			s.Selection.Withheld[1].Rows--
		}),
		selectedVector("a row made up in the place of another", differs, func(s *bundletest.Served) {
			s.Events = relined(s.Events, func(l [][]byte) [][]byte {
				l[1] = bytes.ReplaceAll(l[1], []byte("voice"), []byte("sms"))
				return l
			})
		}),
		selectedVector("a number written where it is withheld", differs, func(s *bundletest.Served) {
			replace(&s.Events, ",,,,,,,,,,,,,,", ",,,,352099112044179,,,,,,,,,,")
		}),
		selectedVector("fewer rows withheld than there are", differs, func(s *bundletest.Served) {
			s.Selection.Rows--
			s.Selection.Withheld[1].Rows--
		}),
		selectedVector("another root than the one that was committed to", differs, func(s *bundletest.Served) {
			other := strings.Repeat("7", 64)
			s.Events = bytes.ReplaceAll(s.Events, []byte(s.Selection.Root[:16]), []byte(other[:16]))
			s.Selection.Root = other
		}),
		selectedVector("a hash between the rows altered", differs, func(s *bundletest.Served) {
			s.Path = relined(s.Path, func(l [][]byte) [][]byte {
				l[1] = append(bytes.Repeat([]byte("0"), 64), '\n')
				return l
			})
		}),
		selectedVector("a part said to be withheld that is shown", differs, func(s *bundletest.Served) {
			s.Selection.Redacted = append(s.Selection.Redacted, analysis.Redaction{Part: "place", Reason: "sensitive"})
		}),
	}
}
