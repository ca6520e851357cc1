package event

import (
	"crypto/sha256"
	_ "embed" // the zone data file
	"encoding/hex"
	"errors"
	"fmt"
	"sort"
	"time"
)

// ErrZone is returned for a time zone that the embedded data does not hold.
var ErrZone = errors.New("unknown time zone")

// ZoneVersion is the release of the IANA time zone database that is embedded.
// Source: https://www.iana.org/time-zones, as compiled into Go 1.26.8's zoneinfo.zip.
const ZoneVersion = "2025c"

//go:embed zoneinfo.zip
var zoneFile string

// ZoneData returns the SHA-256 of the embedded zone data file in lower-case hex.
func ZoneData() string {
	sum := sha256.Sum256([]byte(zoneFile))
	return hex.EncodeToString(sum[:])
}

// Location returns the rules of an IANA time zone from the embedded data file.
// It never looks at the host's zone files, TZ or ZONEINFO.
// Errors: ErrZone.
func Location(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	data, ok := zoneEntry(name)
	if !ok {
		return nil, fmt.Errorf("%w: %q is not in tz database %s", ErrZone, name, ZoneVersion)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrZone, name, err)
	}
	return loc, nil
}

// zoneEntry returns the bytes of one file of the embedded zip.
//
// The file is ours and its digest is tested: its members are stored, without
// comments or extra fields, so that finding one needs no more than this.
// Source: PKWARE APPNOTE 4.3.12 (central directory), 4.3.16 (its end).
func zoneEntry(name string) ([]byte, bool) {
	const endSize, entrySize, localSize = 22, 46, 30
	u16 := func(at int) int { return int(zoneFile[at]) | int(zoneFile[at+1])<<8 }
	u32 := func(at int) int { return u16(at) | u16(at+2)<<16 }
	end := len(zoneFile) - endSize
	at := u32(end + 16)
	for range u16(end + 10) {
		size, nameSize, local := u32(at+20), u16(at+28), u32(at+42)
		if zoneFile[at+entrySize:at+entrySize+nameSize] == name && size > 0 {
			from := local + localSize + u16(local+26) + u16(local+28)
			return []byte(zoneFile[from : from+size]), true
		}
		at += entrySize + nameSize + u16(at+30) + u16(at+32)
	}
	return nil, false
}

// Clock turns clock times of one zone into instants and back, by integers only.
type Clock struct {
	name  string
	spans []span
	last  int // the span that was used last: records come nearly in order
}

// span is a stretch of instants [from, to) with one offset.
type span struct {
	from, to int64
	offset   int64
	abbr     string
}

// NewClock returns the clock of a zone for the years FirstYear to LastYear.
//
// It goes from bound to bound of time.Time.ZoneBounds. In years that only the
// rule at the end of the zone's data covers, that method gives 31 December of a
// leap year as a bound which it never passes; there the clock looks a day ahead.
func NewClock(loc *time.Location) *Clock {
	c := &Clock{name: loc.String()}
	t := time.Date(FirstYear-1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	end := time.Date(LastYear+2, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for t < end {
		now := time.Unix(t, 0).In(loc)
		_, bound := now.ZoneBounds()
		next := end
		if !bound.IsZero() && bound.Unix() < end {
			next = bound.Unix()
		}
		if next <= t {
			next = changeBefore(loc, t, t+86400)
		}
		abbr, offset := now.Zone()
		c.extend(span{from: t, to: next, offset: int64(offset), abbr: abbr})
		t = next
	}
	return c
}

// changeBefore returns the first instant after t at which a zone's offset or
// name is another, or end when there is none before it.
func changeBefore(loc *time.Location, t, end int64) int64 {
	abbr, offset := time.Unix(t, 0).In(loc).Zone()
	same := func(unix int64) bool {
		a, o := time.Unix(unix, 0).In(loc).Zone()
		return a == abbr && o == offset
	}
	if same(end) {
		return end
	}
	for end-t > 1 {
		if mid := t + (end-t)/2; same(mid) {
			t = mid
		} else {
			end = mid
		}
	}
	return end
}

// extend adds a span, or lengthens the last when nothing changed.
func (c *Clock) extend(s span) {
	if n := len(c.spans); n > 0 && c.spans[n-1].offset == s.offset && c.spans[n-1].abbr == s.abbr {
		c.spans[n-1].to = s.to
		return
	}
	c.spans = append(c.spans, s)
}

// Name returns the zone's IANA name.
func (c *Clock) Name() string { return c.name }

// Instants returns the instants at which this clock shows a local time: one as
// a rule, none in the spring gap, two (earlier first) in the autumn fold.
// Units: local in seconds from 1970-01-01 00:00 on this clock.
func (c *Clock) Instants(local int64) (first, second int64, n int) {
	if s := &c.spans[c.last]; s.quiet(local) {
		return local - s.offset, 0, 1
	}
	// Offsets are below 26 hours, so only spans within two days can matter.
	i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].to > local-2*86400 })
	for ; i < len(c.spans) && c.spans[i].from <= local+2*86400; i++ {
		s := &c.spans[i]
		if u := local - s.offset; u >= s.from && u < s.to {
			if n++; n == 1 {
				first, c.last = u, i
			} else {
				second = u
			}
		}
	}
	if n == 2 && second < first {
		first, second = second, first
	}
	return first, second, min(n, 2)
}

// quiet reports that a local time lies so far inside the span that no other
// span can show it too.
func (s *span) quiet(local int64) bool {
	return local-s.from > 3*86400 && s.to-local > 3*86400
}

// At returns the offset in seconds east of UTC and the abbreviation (GMT, BST)
// in force at an instant.
func (c *Clock) At(unix int64) (offset int, abbr string) {
	s := &c.spans[c.last]
	if unix < s.from || unix >= s.to {
		i := sort.Search(len(c.spans), func(i int) bool { return c.spans[i].to > unix })
		i = min(i, len(c.spans)-1)
		c.last, s = i, &c.spans[i]
	}
	return int(s.offset), s.abbr
}
