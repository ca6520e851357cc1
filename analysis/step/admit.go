package step

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// AdmitExcess is the step admit-excess@1: events from outside the authority's
// scope brought in among the others, after their use was approved.
type AdmitExcess struct{}

// Info returns the step's name, ports and parameters.
func (AdmitExcess) Info() analysis.Info {
	return analysis.Info{
		Name: "admit-excess", Version: 1, Class: analysis.Analyse, Title: "Events with approved ones from outside the authority's scope",
		Inputs: append(eventInputs(), analysis.Port{Name: "excess", Media: "text/csv", Extension: "csv"}),
		Outputs: append([]analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"}, {Name: "set-aside", Media: "text/csv", Extension: "csv"},
		}, outputs()...),
		Params: []analysis.Param{
			{Name: "reasons", Doc: "reasons for which an event may lie outside the scope and still come in, with commas between them; blank = any"},
			zoneParam("IANA zone in which times are shown beside the table"),
		},
		Caveats: []string{analysis.CavOpinion},
	}
}

// admission is one run of admit-excess.
type admission struct {
	*question
	reasons        map[string]bool
	text           []byte
	inside, excess next
}

// next is the next row of a list of events.
type next struct {
	*event.Reader
	row *event.Row // nil at the end
}

func (n *next) read() error {
	row, err := n.Next()
	if errors.Is(err, io.EOF) {
		n.row = nil
		return nil
	}
	n.row = row
	return err
}

// Run merges both lists in the order of start and row. An event that came in
// bears the flag EXCESS_ADMITTED; one with a reason that is not among reasons
// stays out and is counted under its first.
// Shape: received = events + excess + set aside.
// Errors: event.ErrNotCanonical; ErrParameter.
func (s AdmitExcess) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	a := &admission{question: q, text: event.AppendHeader(nil)}
	given, err := list("reasons", params["reasons"])
	if err != nil {
		return analysis.Result{}, err
	}
	a.reasons = set(given)
	if _, err := io.Copy(out["set-aside"], reader(in["set-aside"])); err != nil {
		return analysis.Result{}, err
	}
	if a.inside.Reader, err = event.NewReader(reader(in["events"])); err != nil {
		return analysis.Result{}, err
	}
	if a.excess.Reader, err = event.NewExcessReader(reader(in["excess"])); err != nil {
		return analysis.Result{}, err
	}
	if err := a.rows(); err != nil {
		return analysis.Result{}, err
	}
	return q.finish(eventFields())
}

// rows takes from the two lists what comes first.
func (a *admission) rows() error {
	if err := errors.Join(a.inside.read(), a.excess.read()); err != nil {
		return err
	}
	for a.inside.row != nil || a.excess.row != nil {
		from := &a.inside
		if a.inside.row == nil || a.excess.row != nil && !earlier(a.inside.row, a.excess.row) {
			from = &a.excess
			if len(from.row.Outside()) == 0 {
				return fmt.Errorf("%w: row %d of the excess does not say why it lies outside", event.ErrNotCanonical, from.row.SourceRow())
			}
		}
		a.take(from.row)
		if err := from.read(); err != nil {
			return err
		}
		if err := a.flush("events", &a.text, flushAt); err != nil {
			return err
		}
	}
	return a.flush("events", &a.text, 0)
}

// earlier tells whether a row of one source comes before another of it.
func earlier(a, b *event.Row) bool {
	return a.Start() < b.Start() || a.Start() == b.Start() && a.SourceRow() < b.SourceRow()
}

// take writes an event, or counts one that stays out.
func (a *admission) take(row *event.Row) {
	a.received++
	if why := strings.Fields(string(row.Outside())); len(why) > 0 {
		if len(a.reasons) > 0 && slices.ContainsFunc(why, func(w string) bool { return !a.reasons[w] }) {
			a.outside.Add(why[0])
			return
		}
		row.AddFlag(event.ExcessAdmitted)
	}
	if row.IsRepeat() {
		a.repeats++
		a.tallies.repeat(row)
	} else {
		a.show(row)
	}
	a.text = row.Append(a.text)
}
