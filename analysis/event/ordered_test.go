package event_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

// instants writes rows of one start a source, and a last row later.
func instants(rows map[string]int, sources ...string) []byte {
	const start = 1792873200
	text, no := event.AppendHeader(nil), int64(2)
	add := func(at int64, source string) {
		e := event.Event{Start: at, Zone: "Europe/London", OffsetS: 3600, Evidence: "at", Type: "sms", Leg: "originating", Subject: []byte("+447700900001"), Dialled: fmt.Append(nil, no%7)}
		text = event.AppendTrail(event.AppendContent(text, &e), source, no, no*100, 0)
		no++
	}
	for _, s := range sources {
		for range rows[s] {
			add(start, s)
		}
	}
	add(start+1, sources[0])
	return text
}

func takeAll(text []byte) (taken []string, err error) {
	file, err := event.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	in := event.NewOrdered(file)
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return taken, nil
		}
		if err != nil {
			return taken, err
		}
		taken = append(taken, string(row.Field(event.Dialled))+string(row.Field(event.Source)[:1])+string(row.Field(event.Record)))
	}
}

// TestOrdered: of one source the rows stay as they are, however many start at
// once; of several the text decides, and too many to be held are refused.
func TestOrdered(t *testing.T) {
	const a, b = "a1a1a1a1a1a1a1a1", "b2b2b2b2b2b2b2b2"
	taken, err := takeAll(instants(map[string]int{a: 3, b: 4}, a, b))
	if want := "0b7 1b8 2a2 3a3 4a4 5b5 6b6 2a9"; err != nil || strings.Join(taken, " ") != want {
		t.Errorf("%v %v, want %s", taken, err, want)
	}
	const many = 1<<16 + 1000
	taken, err = takeAll(instants(map[string]int{a: many}, a))
	if err != nil || len(taken) != many+1 {
		t.Fatalf("%d rows: %v", len(taken), err)
	}
	for i, row := range taken {
		if !strings.HasSuffix(row, fmt.Sprint("a", i+2)) {
			t.Fatalf("row %d is %s", i+2, row)
		}
	}
	if _, err := takeAll(instants(map[string]int{a: many, b: 1}, a, b)); !errors.Is(err, event.ErrNotCanonical) {
		t.Errorf("%d rows of two sources at once: %v", many, err)
	}
	if _, err := takeAll(instants(map[string]int{a: 5, b: many}, a, b)); !errors.Is(err, event.ErrNotCanonical) {
		t.Errorf("%d rows of two sources at once: %v", many, err)
	}
}

// TestRepeatsFollowWhatTheyRepeat reads rows of one start that say the same and were read
// with other flags: whatever the flags, a row that repeats one of its own source comes
// after it.
func TestRepeatsFollowWhatTheyRepeat(t *testing.T) {
	const a, b = "a1a1a1a1a1a1a1a1", "b2b2b2b2b2b2b2b2"
	text := event.AppendHeader(nil)
	for _, r := range []struct {
		source, flags string
		row, of       int64
	}{{a, event.RepairedZero, 2, 0}, {a, "", 3, 2}, {b, "", 2, 0}} {
		e := event.Event{
			Start: 1792873200, Zone: "Europe/London", OffsetS: 3600, Evidence: "at", Type: "sms", Leg: "originating", Subject: []byte("+447700900001"), Flags: []byte(r.flags),
		}
		text = event.AppendTrail(event.AppendContent(text, &e), r.source, r.row, r.row*100, r.of)
	}
	taken, err := takeAll(text)
	if want := "b2 a2 a3"; err != nil || strings.Join(taken, " ") != want {
		t.Errorf("%v %v, want %s", taken, err, want)
	}
}
