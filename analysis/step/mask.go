package step

import (
	"errors"
	"io"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// MaskEvents is the step mask-events@1: events with tokens in the place of
// everybody who is no subject of the case.
type MaskEvents struct{}

// Info returns the step's name, ports and parameters.
func (MaskEvents) Info() analysis.Info {
	return analysis.Info{
		Name: "mask-events", Version: 1, Class: analysis.Analyse, Title: "Events with tokens for people who are no subject of the case",
		Inputs: append(eventInputs(), analysis.Port{Name: "known", Media: "application/json", Extension: "json"}),
		Outputs: append([]analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"}, {Name: "set-aside", Media: "text/csv", Extension: "csv"},
		}, outputs()...),
		Params:  []analysis.Param{zoneParam("IANA zone in which times are shown beside the table")},
		Caveats: []string{analysis.CavOpinion},
	}
}

// Run copies every event with the identifiers of people who are not known
// replaced (event.Mask).
// Shape: no row is added, left out or put elsewhere.
// received = events + repeats + set aside.
// Errors: event.ErrNotCanonical; analysis.ErrKnown.
func (s MaskEvents) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	mask, err := analysis.ReadKnown(in["known"])
	if err != nil {
		return analysis.Result{}, err
	}
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	if _, err := io.Copy(out["set-aside"], reader(in["set-aside"])); err != nil {
		return analysis.Result{}, err
	}
	events, err := event.NewReader(reader(in["events"]))
	if err != nil {
		return analysis.Result{}, err
	}
	text := event.AppendHeader(nil)
	for {
		row, err := events.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return analysis.Result{}, err
		}
		q.received++
		if row.IsRepeat() {
			q.repeats++
			q.tallies.repeat(row)
		} else {
			q.show(row)
		}
		mask.Row(row)
		text = row.Append(text)
		if err := q.flush("events", &text, flushAt); err != nil {
			return analysis.Result{}, err
		}
	}
	if err := q.flush("events", &text, 0); err != nil {
		return analysis.Result{}, err
	}
	return q.finish(eventFields())
}
