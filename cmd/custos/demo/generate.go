// Package demo owns the made-up operation that `custos demo` works on: a
// seeded generator of an operator's return, and the story told on the way from
// that file to a checked exhibit and to a tampered one.
//
// The people, numbers and masts are invented; every number lies in the range
// that Ofcom keeps for drama (07700 900000 to 900999). It never writes outside
// the folder it is given.
package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"sort"
	"time"
)

const (
	days   = 14
	header = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI," +
		"First Cell CGI,First Cell Easting,First Cell Northing,First Cell Azimuth,First Cell Address," +
		"Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\r\n"
)

// Counts are what the generator put into a return.
type Counts struct {
	Rows, Repeats, Damaged, NoCell int
}

// firstDay is Monday 12 October 2026, so that the clocks go back on the last night.
var firstDay = time.Date(2026, time.October, 12, 0, 0, 0, 0, time.UTC)

// Subject returns the number of the i-th person of the cast as UK digits, 07700900101 for the first.
func Subject(i int) string { return fmt.Sprintf("07700900%03d", 101+7*i) }

// Return writes an operator's return of about rows rows for the whole cast.
// The same seed and rows give the same bytes on every machine.
// Shape: CSV, CRLF, 17 columns, times in UK local time, in order of subject and time.
func Return(seed uint64, rows int) ([]byte, Counts) {
	r := rand.New(rand.NewPCG(seed, 0xC0570D1A)) //nolint:gosec // made-up data must be repeatable, not secret
	t := build(r)
	cast := people(r, t)
	meetings := []meeting{{day: 10, fromHour: 20, toHour: 22, at: t.somewhere(r), who: [2]int{0, 1}}}

	var out bytes.Buffer
	var c Counts
	out.WriteString(header)
	for i := range cast {
		for _, minute := range minutes(r, rows/len(cast)) {
			line := callLine(r, t, cast, i, minute, meetings, &c)
			out.WriteString(line)
			c.Rows++
			if r.IntN(60) == 0 {
				out.WriteString(line)
				c.Rows++
				c.Repeats++
			}
		}
	}
	return out.Bytes(), c
}

// minutes returns n instants in seconds from the first midnight, most of them by day, in order.
func minutes(r *rand.Rand, n int) []int {
	at := make([]int, n)
	for i := range at {
		hour := 7 + r.IntN(16)
		if r.IntN(12) == 0 {
			hour = r.IntN(7)
		}
		at[i] = r.IntN(days)*86400 + hour*3600 + r.IntN(3600)
	}
	sort.Ints(at)
	return at
}

// callLine returns one row, with the dirt that real returns have.
func callLine(r *rand.Rand, t *town, cast []person, i, at int, meetings []meeting, c *Counts) string {
	p := cast[i]
	day, hour := at/86400, at%86400/3600
	kind, seconds := callKind(r)
	other := format(r, p.contacts[r.IntN(len(p.contacts))])
	switch {
	case kind == "GPRS":
		other = ""
	case r.IntN(40) == 0:
		other = "84433" // a short code
	case r.IntN(90) == 0:
		other = "4.47701E+11" // what a spreadsheet leaves of a number
		c.Damaged++
	}
	handset := p.handsets[0]
	if day >= p.swapDay {
		handset = p.handsets[1]
	}
	when := firstDay.Add(time.Duration(at) * time.Second)
	cells := ",,,,,,,,"
	if r.IntN(30) == 0 {
		c.NoCell++
	} else {
		s, azimuth := t.serving(where(cast, i, day, hour, meetings))
		cgi := fmt.Sprintf("001-01-%d-%d", 1000+(s.cell/100)%50, s.cell+azimuth/120)
		cells = fmt.Sprintf(`%s,%d,%d,%d,"%s",%s,%d,%d,%d`, cgi, s.e, s.n, azimuth, s.address, cgi, s.e, s.n, azimuth)
	}
	return fmt.Sprintf("%s,%s,%s,%s,%s,%02d:%02d:%02d,%s,%s,%s\r\n", format(r, p.number), other, kind,
		when.Format("02/01/2006"), when.Format("15:04:05"), seconds/3600, seconds/60%60, seconds%60, handset, p.imsi, cells)
}

// callKind draws a type of record and its length in seconds.
func callKind(r *rand.Rand) (string, int) {
	switch k := r.IntN(100); {
	case k < 32:
		return "MO Voice", r.IntN(420)
	case k < 54:
		return "MO SMS", 0
	case k < 76:
		return "MT Voice", r.IntN(420)
	case k < 92:
		return "MT SMS", 0
	default:
		return "GPRS", 60 + r.IntN(1800)
	}
}

// format writes a drama number in one of the five ways in which operators write numbers.
func format(r *rand.Rand, last int) string {
	n := 900000 + last
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("07700%d", n)
	case 1:
		return fmt.Sprintf("447700%d", n)
	case 2:
		return fmt.Sprintf("+447700%d", n)
	case 3:
		return fmt.Sprintf("00447700%d", n)
	default:
		return fmt.Sprintf("07700 %d", n)
	}
}
