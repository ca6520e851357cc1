package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// ErrUnknownLayout is returned when no built-in profile fits a file.
var ErrUnknownLayout = errors.New("unknown layout")

// ErrTie is returned when two profiles fit a file equally well.
var ErrTie = errors.New("two profiles fit equally well")

// Match is a built-in profile that fits a file, and what speaks for it.
// Shape: Score counts the evidence and only compares profiles for one file;
// Evidence are whole sentences.
type Match struct {
	Profile  string
	Title    string
	Score    int
	Evidence []string
}

const (
	sampleSize = 256 << 10
	sampleRows = 200
)

// Detect names the built-in profiles that fit a file best, at most two, the
// best first. It reads the first 256 KiB and decides nothing: the analyst does.
// Errors: ErrUnknownLayout when none fits, with what the file begins with;
// ErrTie, beside both, when two fit equally well.
// Trust: none.
func Detect(in analysis.Input) ([]Match, error) {
	texts := make([][]byte, 0, len(ProfileNames()))
	for _, name := range ProfileNames() {
		if text, ok := ReadProfile(name); ok {
			texts = append(texts, text)
		}
	}
	return DetectAmong(in, texts)
}

// DetectAmong is Detect for the profiles given, as YAML texts.
// Errors: ErrProfile; as Detect.
func DetectAmong(in analysis.Input, profiles [][]byte) ([]Match, error) {
	sample, whole, err := sampleOf(in)
	if err != nil {
		return nil, err
	}
	var found []Match
	for _, text := range profiles {
		m, ok, err := fit(sample, whole, text)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, m)
		}
	}
	slices.SortStableFunc(found, func(a, b Match) int {
		if a.Score != b.Score {
			return b.Score - a.Score
		}
		return strings.Compare(a.Profile, b.Profile)
	})
	found = found[:min(2, len(found))]
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%w: no profile fits; the file begins %q; write a profile (PROFILES.md) and give it by name", ErrUnknownLayout, show(firstLine(sample)))
	case len(found) == 2 && found[0].Score == found[1].Score:
		return found, fmt.Errorf("%w: %s and %s; say which it is, and record a decision %q", ErrTie, found[0].Profile, found[1].Profile, ChooseProfile)
	}
	return found, nil
}

// sampleOf returns the beginning of a file up to a line's end.
func sampleOf(in analysis.Input) (sample []byte, whole bool, err error) {
	size := min(in.Size(), sampleSize)
	sample = make([]byte, size)
	if n, err := in.ReadAt(sample, 0); int64(n) < size {
		return nil, false, fmt.Errorf("reading at byte %d: %w", n, orUnexpected(err))
	}
	if size == in.Size() {
		return sample, true, nil
	}
	// Two bytes a letter: the line ends with the second of them.
	if i := bytes.LastIndexByte(sample, '\n'); i > 0 {
		sample = sample[:min((i+2)/2*2, len(sample))]
	}
	return sample, false, nil
}

// markOf returns the encoding that a byte order mark of UTF-16 states, or utf8Text.
func markOf(sample []byte) encoding {
	switch {
	case bytes.HasPrefix(sample, []byte{0xff, 0xfe}):
		return utf16LE
	case bytes.HasPrefix(sample, []byte{0xfe, 0xff}):
		return utf16BE
	}
	return utf8Text
}

func firstLine(sample []byte) []byte {
	if mark := markOf(sample); mark != utf8Text {
		sample, _ = appendUTF16(nil, sample[2:min(len(sample), 4096)], mark == utf16BE, true)
	}
	line, _, _ := bytes.Cut(sample, []byte{'\n'})
	return bytes.TrimRight(line, "\r")
}

// fit reads a sample under one profile and tells what speaks for it. What a
// decision would have to say is taken as said.
func fit(sample []byte, whole bool, text []byte) (Match, bool, error) {
	p, err := ParseProfile(text)
	if err != nil {
		return Match{}, false, err
	}
	assumed, mark := p.assumed(), markOf(sample)
	if p.File.Encoding == mark.String() {
		mark = utf8Text
	}
	if mark != utf8Text {
		assumed = append(assumed, Decision{AssertEncoding, mark.String(), "detection", "the file's byte order mark"})
	}
	b, err := compile(p, assumed, embeddedClock)
	if err != nil {
		return Match{}, false, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	rd := b.newReading(bytes.NewReader(sample), nil)
	m := Match{Profile: p.Name, Title: p.Title}
	read, set, ok := rd.try()
	if !ok || whole && !rd.complete() || rd.headers == 0 && rd.noData == 0 && (read == 0 || read < set) {
		return m, false, nil
	}
	m.weigh(b, rd, read, set)
	if mark != utf8Text {
		m.Score--
		m.Evidence = append(m.Evidence, fmt.Sprintf("its byte order mark says %s, and the profile says %s: record a decision %s", mark, p.File.Encoding, AssertEncoding))
	}
	return m, true, nil
}

// try reads the first rows of a sample, and tells how many of them can be read
// and how many not; not ok when the sample has another layout altogether.
func (rd *reading) try() (read, set int, ok bool) {
	err := rd.open()
	var r *record
	var e event.Event
	for err == nil && read+set < sampleRows {
		if r, err = rd.next(); err != nil {
			break
		}
		if reason, _ := rd.table().row(r, &e); reason == "" || damage(reason) {
			read++
		} else {
			set++
		}
	}
	return read, set, err == nil || errors.Is(err, io.EOF)
}

// complete reports that everything stood in the file that must.
func (rd *reading) complete() bool { return rd.close() == nil }

// damage reports a reason that tells of damage to one value, not of another layout.
func damage(reason string) bool {
	return reason == event.RoundedNumber || reason == event.SciNotationLost || reason == reasonDoubled
}

// weigh counts the evidence and words it.
func (m *Match) weigh(b *book, rd *reading, read, set int) {
	say := func(score int, format string, args ...any) {
		m.Score += score
		m.Evidence = append(m.Evidence, fmt.Sprintf(format, args...))
	}
	if rd.headers > 0 {
		columns := 0
		for _, t := range b.tables {
			if t == rd.m || t.head.bind != nil {
				columns += len(t.head.names)
			}
		}
		say(100+10*columns, "%d header lines are those of the profile (%d columns that it names)", rd.headers, columns)
	} else {
		say(0, "there is no header, and the rows have %d columns as the profile wants", b.tables[0].head.width)
	}
	if read+set > 0 {
		say(100*read/(read+set), "%d of the first %d rows can be read", read, read+set)
	}
	lines := 0
	for i := range b.lines {
		if b.lines[i].seen > 0 {
			lines++
		}
	}
	if lines > 0 {
		say(5*lines, "%d of its rules for lines that are no records fit", lines)
	}
	if rd.noData > 0 {
		say(10, "row %d says that there are no records", rd.noData)
	}
}

// assumed returns decisions that stand for those that the profile would ask for.
func (p *Profile) assumed() []Decision {
	ds := []Decision{}
	add := func(kind, value string) { ds = append(ds, Decision{kind, value, "detection", "assumed"}) }
	mappings := []Mapping{p.Mapping}
	for _, t := range p.Tables {
		mappings = append(mappings, t.Mapping)
	}
	has := map[string]bool{}
	for _, m := range mappings {
		if m.Subject.Asserted && !has["s"] {
			has["s"] = true
			add(AssertSubject, "id:subject")
		}
		if m.Start.Zone == "asserted" && !has["z"] {
			has["z"] = true
			add(AssertZone, "UTC")
		}
		if m.Start.Order == "by-file" && !has["o"] {
			has["o"] = true
			add(AssertDayOrder, "day-first")
		}
	}
	if p.File.Encoding == "asserted" {
		add(AssertEncoding, "utf-8") // a byte order mark in the sample stands after it
	}
	return ds
}
