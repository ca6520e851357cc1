package source

import (
	"testing"

	"custos.example/analysis/event"
)

// TestTypesHaveRoom wants a place in the report for every type of event with every leg.
func TestTypesHaveRoom(t *testing.T) {
	var r report
	for _, kind := range eventTypes {
		for _, leg := range eventLegs {
			r.typeCounts[r.typeAt(&event.Event{Type: kind, Leg: leg})]++
		}
	}
	for i, n := range r.typeCounts[:len(eventTypes)*len(eventLegs)] {
		if n != 1 {
			t.Errorf("%d events of different types or legs are counted in place %d", n, i)
		}
	}
}
