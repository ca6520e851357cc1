package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// ReturnFile is one made-up operator's return among many.
type ReturnFile struct {
	Name    string
	Content []byte
	Rows    int // that say what was called, texted or connected
	// Doubtful holds pieces of the rows that cannot be read as they stand, each
	// as it stands in the file.
	Doubtful []string
	Damage   string // what happened to the file; empty when nothing did
	Question string // the decision that it waits for; empty when it waits for none
}

// Number of files, operators and subjects of Returns.
const (
	returnCount = 40
	operators   = 4
)

// The files that something happened to.
const (
	roundedFile   = 8  // an A: a spreadsheet rounded its numbers
	cutFile       = 17 // a B: cut short on the way
	mangledFile   = 35 // a D: a mail program broke lines of it
	ambiguousFile = 22 // a C: no day of it is above 12, so that it does not say which number is the day
)

// Returns makes forty returns for five subjects in the layouts of four
// operators, three of them damaged and one that waits for a decision. The same
// seed and rows give the same bytes on every machine.
func Returns(seed uint64, rows int) []ReturnFile {
	r := rand.New(rand.NewPCG(seed, 0x40F11E5)) //nolint:gosec // made-up data must be repeatable, not secret
	t := build(r)
	cast := people(r, t)
	meetings := []meeting{{day: 10, fromHour: 20, toHour: 22, at: t.somewhere(r), who: [2]int{0, 1}}}
	var files []ReturnFile
	for i := range returnCount {
		subject, half := i/operators%len(cast), i/(operators*len(cast))
		calls := callsOf(r, t, cast, subject, half, rows, meetings)
		if i == ambiguousFile {
			for j := range calls {
				calls[j].at = calls[j].at % 86400 // the first day alone
				calls[j].when = time.Date(2026, time.October, 12, 0, 0, 0, 0, time.UTC).Add(time.Duration(calls[j].at) * time.Second)
			}
		}
		f := []func([]call) ReturnFile{returnA, returnB, returnC, returnD}[i%operators](calls)
		f.Name = fmt.Sprintf("%s_%s_%d%s", f.Name, Subject(subject), half+1, []string{".csv", ".txt", ".csv", ".prn"}[i%operators])
		files = append(files, damage(f, i))
	}
	return files
}

// damage does to a file what happens to files.
func damage(f ReturnFile, i int) ReturnFile {
	text := string(f.Content)
	switch i {
	case roundedFile:
		f.Damage = "a spreadsheet rounded numbers of the other party"
		lines := strings.Split(text, "\r\n")
		for n := 8; n < len(lines)-3; n += 9 {
			cells := strings.Split(lines[n], ",")
			if len(cells) < 4 || cells[1] != "SMS" && cells[1] != "Voice" {
				continue
			}
			column := 3
			if cells[2] != "'"+lines[0][len("Call data records for "):] {
				column = 2
			}
			cells[column] = "4.47701E+11"
			lines[n] = strings.Join(cells, ",")
			f.Doubtful = append(f.Doubtful, lines[n])
		}
		f.Content = []byte(strings.Join(lines, "\r\n"))
	case cutFile:
		f.Damage = "cut short on the way"
		end := strings.Index(text, "MSISDN|APN")
		cut := strings.LastIndex(text[:end-200], "|") - 20
		last := strings.LastIndex(text[:cut], "\r\n") + 2
		f.Doubtful = append(f.Doubtful, text[last:cut])
		f.Content = []byte(text[:cut])
		f.Rows = -1 // what came after is not there
	case mangledFile:
		f.Damage = "a mail program broke lines of it"
		lines := strings.Split(text, "\r\n")
		for n := 9; n < len(lines)-4; n += 11 {
			line := lines[n]
			lines[n] = line[:30] + "\r\n" + line[30:]
			f.Doubtful = append(f.Doubtful, line[:30], line[30:])
		}
		f.Content = []byte(strings.Join(lines, "\r\n"))
	case ambiguousFile:
		f.Question = "assert-day-order"
	}
	return f
}

// call is one thing that a subject's phone did.
type call struct {
	at       int // seconds from the first midnight, on the clock of the place
	when     time.Time
	kind     string // voice, sms or data
	out      bool
	number   string
	other    string
	seconds  int
	site     site
	azimuth  int
	handset  string
	imsi     string
	siteName string
}

// callsOf returns what a subject's phone did in the first or the second week.
func callsOf(r *rand.Rand, t *town, cast []person, subject, half, rows int, meetings []meeting) []call {
	p := cast[subject]
	var calls []call
	for _, at := range minutes(r, 2*rows) {
		day := at / 86400
		if day/7 != half {
			continue
		}
		kind, seconds := callKind(r)
		c := call{
			at: at, when: firstDay.Add(time.Duration(at) * time.Second), seconds: seconds, number: Subject(subject), imsi: p.imsi,
			other: fmt.Sprintf("07700%d", 900000+p.contacts[r.IntN(len(p.contacts))]), handset: p.handsets[0],
		}
		switch kind {
		case "MO Voice", "MT Voice":
			c.kind, c.out, c.seconds = "voice", kind == "MO Voice", 1+seconds
		case "MO SMS", "MT SMS":
			c.kind, c.out = "sms", kind == "MO SMS"
		default:
			c.kind = "data"
		}
		if day >= p.swapDay {
			c.handset = p.handsets[1]
		}
		c.site, c.azimuth = t.serving(where(cast, subject, day, at%86400/3600, meetings))
		c.siteName = fmt.Sprintf("NM%05d", c.site.cell+c.azimuth/120)
		calls = append(calls, c)
	}
	return calls
}
