package step_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// TestCoLocationIsBounded: a cell dump in which everybody met everybody is
// refused before it fills the memory, and passes when subjects are named.
func TestCoLocationIsBounded(t *testing.T) {
	dump := func(phones, each int) []byte {
		var all []event.Event
		for round := range each {
			for i := range phones {
				all = append(all, call(fmt.Sprintf("2026-10-24T17:%02d:%02dZ", round%60, i%60), "sms", "originating", fmt.Sprintf("+447700900%03d", i), third, 0, func(e *event.Event) {
					e.StartAt = event.Site{Cell: []byte("cgi:001-01-1017-10010")}
				}))
			}
			all = inTime(all)
		}
		return file(inTime(all)...)
	}
	run := func(events []byte, params analysis.Params) error {
		_, _, err := steptest.Run(step.CoLocation{}, map[string][]byte{"events": events, "set-aside": []byte(none)}, params)
		return err
	}
	if err := run(dump(500, 1), nil); !errors.Is(err, analysis.ErrParameter) || !strings.Contains(err.Error(), "500 subjects") || !strings.Contains(err.Error(), "name in subjects") {
		t.Errorf("500 phones on one cell: %v", err)
	}
	if err := run(dump(200, 60), nil); !errors.Is(err, analysis.ErrParameter) {
		t.Errorf("200 phones for an hour: %v", err)
	}
	if err := run(dump(400, 1), nil); err != nil {
		t.Errorf("control: %v", err)
	}
	if err := run(dump(500, 1), analysis.Params{"subjects": "+447700900001,+447700900499"}); err != nil {
		t.Errorf("control: two of 500: %v", err)
	}
}

// inTime returns events in the order of their start.
func inTime(all []event.Event) []event.Event {
	slices.SortStableFunc(all, func(a, b event.Event) int { return cmp.Compare(a.Start, b.Start) })
	return all
}
