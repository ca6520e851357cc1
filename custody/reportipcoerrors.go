package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"custos.example/analysis/paper"
	"custos.example/ledger"
)

// errorSections are the register of errors, and what was corrected in it since.
func (r *ipco) errorSections(ctx context.Context) ([]paper.Section, error) {
	t := paper.Table{Columns: []string{"Case", "Error", "Type", "State", "Cause", "Caused by", "Discovered", "To be reported by", "Clock", "Entry"}, Rows: [][]string{}}
	moved := paper.Table{Columns: []string{"Case", "Error", "State recorded on", "Said then", "Stands now", "Entry"}, Rows: [][]string{}}
	var all, reportable, late, corrected []ledger.EntryID
	for _, c := range r.cases {
		for _, e := range c.errors {
			within := !e.Gone && r.ask.within(e.DiscoveredAt.Time) || e.Gone && r.ask.within(e.Time.Time)
			before, err := c.errorStates(ctx, e.Entry)
			if err != nil {
				return nil, err
			}
			if within {
				all = append(all, e.Entry)
				t.Rows = append(t.Rows, errorRow(c, e))
				if e.Type == Reportable {
					reportable = append(reportable, e.Entry)
				}
				if slices.Contains([]ClockState{ClockOverdue, ClockLate, ClockUnknown}, e.Clock.State) {
					late = append(late, e.Entry)
				}
			}
			for _, old := range before {
				was := r.ask.within(old.discovered)
				if !was && !within || old.words == saysNow(e) {
					continue
				}
				corrected = append(corrected, old.entry)
				moved.Rows = append(moved.Rows, []string{c.name(), e.ID, inUTC(old.at.Time), old.words, saysNow(e), shortID(old.entry)})
			}
		}
	}
	return []paper.Section{
		{
			Heading: "5. Errors, with the clock of each",
			Paragraphs: []string{
				"Errors that were discovered in the period, as they stand now. What is not known to this program, such as the number of days under a regime, is never called in time.",
			},
			Figures: []paper.Figure{
				countFigure("ipco.errors", "Errors", all), countFigure("ipco.errors.reportable", "of these, reportable", reportable),
				countFigure("ipco.errors.late", "of these, late, overdue or with a clock that is not known", late),
			},
			Table: &t,
		},
		{
			Heading: "5b. Errors that were corrected",
			Paragraphs: []string{
				"What an earlier entry said of an error of the period and a later one corrected: its type, its cause, whose it is, or the day of its discovery, by which it may belong to another period. " +
					"Each error is counted once above, as it stands now.",
			},
			Figures: []paper.Figure{countFigure("ipco.errors.corrected", "States that were corrected", corrected)}, Table: &moved,
		},
	}, nil
}

func errorRow(c *caseRecord, e KnownError) []string {
	if e.Gone {
		return []string{c.name(), e.ID, string(e.Type), string(e.State), "erased", "", "", "", "", shortID(e.Entry)}
	}
	return []string{
		c.name(), e.ID, string(e.Type), string(e.State), string(e.Cause), string(e.CausedBy), inUTC(e.DiscoveredAt.Time), orDefault(dayText(e.Clock.Due), "not known"),
		string(e.Clock.State), shortID(e.Entry),
	}
}

// errorSaid is what an earlier entry said of an error.
type errorSaid struct {
	entry      ledger.EntryID
	at         ledger.Time
	discovered time.Time
	words      string
}

// saysNow is what the newest entry says of an error, as corrections are compared.
func saysNow(e KnownError) string {
	if e.Gone {
		return "erased"
	}
	return errorWords(e.Type, e.Cause, e.CausedBy, e.DiscoveredAt.Time)
}

func errorWords(kind ErrorType, cause ErrorCause, by CausedBy, discovered time.Time) string {
	return fmt.Sprintf("%s, %s by the %s, discovered %s", kind, cause, strings.ReplaceAll(string(by), "-", " "), inUTC(discovered))
}

// errorStates are the states of an error before its newest, the newest of them first.
// What was erased is left out.
func (c *caseRecord) errorStates(ctx context.Context, newest ledger.EntryID) ([]errorSaid, error) {
	var states []errorSaid
	for entry := newest; ; {
		stored, err := c.Store.ByEntryID(ctx, entry)
		if err != nil {
			return nil, fmt.Errorf("state %s of an error: %w", entry, err)
		}
		if stored.Erased {
			return states, nil
		}
		statement, err := stored.Statement()
		if err != nil {
			return nil, err
		}
		if entry != newest {
			doc, err := documentOf[errorDocument](ctx, c.Service, c.id, statement.Subject[0].Digest)
			if err != nil {
				return states, unlessErased(err)
			}
			states = append(states, errorSaid{
				entry, statement.Predicate.Time, doc.DiscoveredAt.Time, errorWords(doc.Type, doc.Cause, doc.CausedBy, doc.DiscoveredAt.Time),
			})
		}
		before := dependency(statement, portAmends)
		if before == nil || before.Entry == nil {
			return states, nil
		}
		entry = *before.Entry
	}
}
