package step

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// KnownFormat is the value of the key `format` of the port `known`.
const KnownFormat = "custos/known/v1"

// Known says who is shown by name: the subjects of the case, and whom somebody
// else agreed to reveal.
// Shape: canonical JSON; Key is 64 hex digits, secret, one for each case;
// Identifiers are sorted.
type Known struct {
	Format      string   `json:"format"`
	Identifiers []string `json:"identifiers"`
	Key         string   `json:"key"`
}

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
// Errors: event.ErrNotCanonical; a list of the known that is not in its form.
func (s MaskEvents) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	mask, err := readKnown(in["known"])
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

// readKnown reads the port `known`.
func readKnown(in analysis.Input) (*event.Mask, error) {
	const most = 16 << 20
	if in.Size() > most {
		return nil, fmt.Errorf("known: longer than %d bytes", most)
	}
	text, err := io.ReadAll(reader(in))
	if err != nil {
		return nil, fmt.Errorf("known: %w", err)
	}
	var k Known
	if err := analysis.ParseCanonical(text, &k); err != nil {
		return nil, fmt.Errorf("known: %w", err)
	}
	key, err := hex.DecodeString(k.Key)
	if err != nil || len(key) != 32 || k.Format != KnownFormat || !slices.IsSorted(k.Identifiers) {
		return nil, fmt.Errorf("known: not a list of %s with a key of 32 bytes, sorted", KnownFormat)
	}
	return event.NewMask(key, k.Identifiers), nil
}
