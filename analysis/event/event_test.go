package event_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"custos.example/analysis/event"
)

func TestInstants(t *testing.T) {
	for at := time.Date(event.FirstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at < time.Date(event.LastYear+1, 1, 1, 0, 0, 0, 0, time.UTC).Unix(); at += 86399*7 + 13 {
		want := time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05Z")
		got := event.AppendInstant(nil, at)
		if string(got) != want {
			t.Fatalf("%d: %s, want %s", at, got, want)
		}
		if back, ok := event.ParseInstant(got); !ok || back != at {
			t.Fatalf("%s is read as %d", got, back)
		}
	}
	for _, bad := range []string{
		"", "2026-10-24", "2026-10-24T17:04:12", "2026-10-24T17:04:12z", "2026-10-24 17:04:12Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-10-24T24:00:00Z", "2026-10-24T23:60:00Z", "2026-10-24T23:59:60Z", "1899-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "+026-10-24T17:04:12Z",
	} {
		if at, ok := event.ParseInstant([]byte(bad)); ok {
			t.Errorf("%q is read as %d", bad, at)
		}
	}
	if _, ok := event.ParseInstant([]byte("2028-02-29T00:00:00Z")); !ok {
		t.Error("control: 29 February 2028")
	}
}

func TestColumnsFitTheirConstants(t *testing.T) {
	c := event.Columns()
	if len(c) != int(event.NumColumns) {
		t.Fatalf("%d names for %d columns", len(c), event.NumColumns)
	}
	for at, name := range map[event.Column]string{
		event.StartUTC: "start_utc", event.Fold: "fold", event.Subject: "subject", event.BNumber: "b_number", event.DurationS: "duration_s",
		event.CRS: "crs", event.StartCell: "start_cell", event.StartPlace: "start_place", event.EndCell: "end_cell", event.EndPlace: "end_place",
		event.Flags: "flags", event.Source: "source", event.Record: "row", event.Offset: "offset", event.RepeatOf: "repeat_of",
	} {
		if c[at] != name {
			t.Errorf("column %d is %s, want %s", at, c[at], name)
		}
	}
}

// TestWholeEvent writes every column and reads it with the standard library.
func TestWholeEvent(t *testing.T) {
	site := func(n string) event.Site {
		return event.Site{Cell: []byte("cgi:" + n), X: 1, Y: -2, HasXY: true, Azimuth: []byte("3" + n), Place: []byte("place \"" + n + "\",\nline")}
	}
	e := event.Event{
		Start: 1792861452, End: 1792861499, HasEnd: true, Minute: true, Evidence: "within", Zone: "Europe/London", OffsetS: 3600, Fold: "1",
		Type: "voice", Leg: "forwarding", Subject: []byte("sub"), A: []byte("a"), B: []byte("b"), C: []byte("c"), Dialled: []byte("141"),
		Duration: 47, HasDuration: true, IMEI: []byte("imei"), IMSI: []byte("imsi"), Bearer: []byte("4G"), Roaming: []byte("20801"), APN: []byte("apn"),
		VolumeUp: []byte("11"), VolumeDown: []byte("12"), Volume: []byte("13"), CallRef: []byte("ref"), Outcome: "missed", CRS: "EPSG:27700",
		StartAt: site("1"), EndAt: site("2"), Flags: []byte("A B"),
	}
	text := event.AppendTrail(event.AppendContent(event.AppendHeader(nil), &e), "0123456789abcdef", 9, 1234, 5)
	all, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := "2026-10-24T17:04:12Z|2026-10-24T17:04:59Z|m|within|Europe/London|3600|1|voice|forwarding|sub|a|b|c|141|47|imei|imsi|4G|20801|apn|11|12|13|ref|" +
		"missed|EPSG:27700|cgi:1|1|-2|31|place \"1\",\nline|cgi:2|1|-2|32|place \"2\",\nline|A B|0123456789abcdef|9|1234|5"
	if got := strings.Join(all[1], "|"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r, err := event.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	for c := range event.NumColumns {
		if string(row.Field(c)) != all[1][c] {
			t.Errorf("column %s: %q, the standard library reads %q", event.Columns()[c], row.Field(c), all[1][c])
		}
	}
	if row.Start() != 1792861452 || row.SourceRow() != 9 || row.SourceOffset() != 1234 || !row.IsRepeat() {
		t.Errorf("%d %d %d", row.Start(), row.SourceRow(), row.SourceOffset())
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestTableRefuses(t *testing.T) {
	head := []string{"a", "b"}
	read := func(text string) error {
		tab, err := event.NewTable(iotestOneByte{strings.NewReader(text)}, head)
		for err == nil {
			_, err = tab.Next()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	for _, good := range []string{"a,b\n", "a,b\n1,2\n", "a,b\n\"1,\",2\n", "a,b\n1,\"x\n\"\"y\"\n,\n"} {
		if err := read(good); err != nil {
			t.Errorf("control %q: %v", good, err)
		}
	}
	for name, bad := range map[string]string{
		"empty": "", "other header": "a,c\n", "no LF": "a,b\n1,2", "CRLF": "a,b\r\n1,2\r\n", "short": "a,b\n1\n", "long": "a,b\n1,2,3\n",
		"needless quotes": "a,b\n\"1\",2\n", "mark in a field": "a,b\n1\"1\",2\n", "text after a mark": "a,b\n\"1,\"x,2\n", "open mark": "a,b\n\"1,2\n", "CR": "a,b\n1\r,2\n",
	} {
		if err := read(bad); !errors.Is(err, event.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
	}
	long := "a,b\n" + strings.Repeat("x", 5<<20) + ",2\n"
	if _, err := event.NewTable(strings.NewReader(long[4:]), head); !errors.Is(err, event.ErrNotCanonical) {
		t.Errorf("a line of 5 MiB: %v", err)
	}
}

// iotestOneByte gives one byte a call, so that every border is met.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

// FuzzTable wants every file that is taken to be written again as it was, and
// to be read alike by the standard library.
func FuzzTable(f *testing.F) {
	f.Add([]byte("a,b\n1,\"x\n\"\"y\"\n,\n"))
	f.Add([]byte("a,b\n\",\",\"\"\"\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		tab, err := event.NewTable(bytes.NewReader(text), []string{"a", "b"})
		if err != nil {
			return
		}
		again := []byte("a,b\n")
		for {
			fields, err := tab.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			again = append(event.AppendField(again, fields[0]), ',')
			again = append(event.AppendField(again, fields[1]), '\n')
		}
		if !bytes.Equal(again, text) {
			t.Fatalf("%q is written again as %q", text, again)
		}
	})
}
