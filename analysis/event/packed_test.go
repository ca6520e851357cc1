package event_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

// someEvent draws an event of few possibilities, so that equal ones come up.
func someEvent(r *rand.Rand, wide int) event.Event {
	text := func(what string) []byte {
		switch r.IntN(4) {
		case 0:
			return nil
		case 1:
			return []byte(what + `, "quoted"`)
		}
		return fmt.Appendf(nil, "%s%d", what, r.IntN(wide))
	}
	one := func(of ...string) string { return of[r.IntN(len(of))] }
	e := event.Event{
		Start: 1792861452 + int64(r.IntN(3))*40_000, Minute: r.IntN(2) == 0, Evidence: one("at", "within"), Zone: one("Europe/London", "UTC"),
		OffsetS: r.IntN(2) * 3600, Fold: one("", "0", "unknown"), Type: one("voice", "sms"), Leg: one("originating", "terminating"),
		Subject: []byte("+44"), IMEI: text("1"), CRS: one("", "EPSG:27700"), Flags: text("F"),
	}
	if e.A, e.B = e.Subject, text("+3"); r.IntN(2) == 0 {
		e.A, e.B = e.B, e.A
	}
	if wide == 1 && r.IntN(2) == 0 {
		return e
	}
	if r.IntN(5) == 0 {
		e.Subject, e.IMSI, e.Outcome = text("+44"), text("2"), one("", "missed")
		e.A, e.B, e.C, e.Dialled = bytes.Repeat([]byte("x"), r.IntN(300)), bytes.Repeat([]byte("y"), r.IntN(130)), text("c"), text("141")
		e.Bearer, e.Roaming, e.APN, e.CallRef = text("4G"), text("20801"), text("apn"), text("ref")
		e.VolumeUp, e.Volume = []byte("12"), []byte("0")
	}
	if e.HasDuration = r.IntN(2) == 0; e.HasDuration {
		e.Duration = int64(r.IntN(3)) * 1_000_000
	}
	if e.HasEnd = r.IntN(3) > 0; e.HasEnd {
		e.End = e.Start + e.Duration + int64(r.IntN(3)-1)*86400
	}
	for _, s := range []*event.Site{&e.StartAt, &e.EndAt} {
		*s = event.Site{Cell: text("cgi:"), Azimuth: text("1"), Place: text("place")}
		if s.HasXY = r.IntN(2) == 0; s.HasXY {
			s.X, s.Y = int64(r.IntN(wide))-5, -7
		}
	}
	return e
}

// TestPackedEvents holds the packed form against the canonical text: the same
// text comes back, and two are equal in the one exactly when in the other. The
// wide one has more texts than a packing remembers.
func TestPackedEvents(t *testing.T) {
	for _, c := range []struct{ wide, n int }{{1, 40_000}, {1_000_000_000, 60_000}} {
		r := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // repeatable cases
		p := event.NewPacking()
		type both struct {
			start        int64
			packed, text []byte
		}
		var all []both
		byText := map[string]string{}
		repeats := 0
		marks := map[string]uint64{}
		mark := func(s *event.Site, yes bool) {
			key := fmt.Sprint(*s)
			if yes && marks[key] == 0 {
				marks[key] = uint64(len(marks) + 1)
			}
			if yes {
				s.Mark = marks[key]
			}
		}
		kinds := map[string]uint64{}
		markEvent := func(e *event.Event) {
			key := fmt.Sprint(e.Minute, e.Evidence, e.Zone, e.Type, e.Leg)
			if kinds[key] == 0 {
				kinds[key] = uint64(len(kinds)+1) * 8 // many meet in a place where marks are remembered
			}
			e.Mark = kinds[key]
		}
		for i := range c.n {
			e := someEvent(r, c.wide)
			if i%1000 == 999 { // one from before, when the packing may be full
				r := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // the first again
				e = someEvent(r, c.wide)
			}
			mark(&e.StartAt, i%3 == 0)
			mark(&e.EndAt, i%2 == 0)
			if i%5 != 0 {
				markEvent(&e)
			}
			b := both{e.Start, p.Append(nil, &e), event.AppendContent(nil, &e)}
			all = append(all, b)
			if was, ok := byText[string(b.text)]; ok {
				if repeats++; was != string(b.packed) {
					t.Fatalf("%s\nis packed as %q\nand then as   %q", b.text, was, b.packed)
				}
			}
			byText[string(b.text)] = string(b.packed)
		}
		packings := map[string]bool{}
		for text, packed := range byText {
			packings[text[:20]+packed] = true
		}
		if len(packings) != len(byText) || repeats < 50 {
			t.Errorf("%d texts, %d packed forms with their start, %d repeats", len(byText), len(packings), repeats)
		}
		for i := len(all) - 1; i >= 0; i-- {
			b := all[i]
			if got := p.AppendContent([]byte("before "), b.packed, b.start); strings.TrimPrefix(string(got), "before ") != string(b.text) {
				t.Fatalf("got  %s\nwant %s", got, b.text)
			}
		}
	}
}

// TestMarksOfEvents is the control of the marks in TestPackedEvents: they are gone by, so
// that a mark which two unlike events share makes one of them.
func TestMarksOfEvents(t *testing.T) {
	for _, c := range []struct {
		first, second uint64
		alike         bool
	}{{0, 0, false}, {1, 2, false}, {1, 65, false}, {1, 1, true}} {
		p := event.NewPacking()
		out := event.Event{Type: "voice", Leg: "originating", Mark: c.first}
		in := event.Event{Type: "voice", Leg: "terminating", Mark: c.second}
		if alike := bytes.Equal(p.Append(nil, &out), p.Append(nil, &in)); alike != c.alike {
			t.Errorf("events with the marks %d and %d are packed alike: %v", c.first, c.second, alike)
		}
	}
}

func BenchmarkPacking(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable cases
	events := make([]event.Event, 1000)
	for i := range events {
		events[i] = someEvent(r, 100)
	}
	b.Run("pack", func(b *testing.B) {
		p, dst, i := event.NewPacking(), []byte(nil), 0
		for b.Loop() {
			dst = p.Append(dst[:0], &events[i%1000])
			i++
		}
	})
	b.Run("unpack", func(b *testing.B) {
		p, dst, i := event.NewPacking(), []byte(nil), 0
		packed := make([][]byte, 1000)
		for i := range events {
			packed[i] = p.Append(nil, &events[i])
		}
		for b.Loop() {
			dst = p.AppendContent(dst[:0], packed[i%1000], events[i%1000].Start)
			i++
		}
	})
	b.Run("text", func(b *testing.B) {
		dst, i := []byte(nil), 0
		for b.Loop() {
			dst = event.AppendContent(dst[:0], &events[i%1000])
			i++
		}
	})
}

// TestDecimals writes numbers of every length in the trail as strconv does, the least and
// the greatest of each length among them. The control is the number before.
func TestDecimals(t *testing.T) {
	var numbers []int64
	for n := int64(1); n < math.MaxInt64/11; n = n*11/10 + 1 {
		numbers = append(numbers, n)
	}
	for n := int64(10); n < math.MaxInt64/10; n *= 10 {
		numbers = append(numbers, n-1, n, n+1)
	}
	for _, n := range numbers {
		want := fmt.Sprintf(",source,%d,%d,%d\n", n, n-1, -n)
		if got := string(event.AppendTrail(nil, "source", n, n-1, -n)); got != want {
			t.Errorf("%s, not %s", got, want)
		}
		if string(event.AppendTrail(nil, "source", n-1, n-1, -n)) == want {
			t.Error("control: the number before is written alike")
		}
	}
}
