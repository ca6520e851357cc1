package custody

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"custos.example/analysis/cell"
	"custos.example/analysis/event"
	"custos.example/ledger"
)

// What the columns are called in which people stand.
var columnsOfPeople = []struct {
	column event.Column
	words  string
}{
	{event.Subject, "the subject of records"},
	{event.ANumber, "a calling party"},
	{event.BNumber, "a called party"},
	{event.CNumber, "a third party"},
	{event.IMSI, "the IMSI of a SIM"},
	{event.IMEI, "the IMEI of a handset"},
}

// soughtIn returns the parameter by which a step is told whose events to look for, and
// the columns in which it looks; "" for a step that has none. Among the columns the
// IMEI means its first 14 digits, since what follows differs between records.
func soughtIn(step string, params map[string]string) (param string, columns []event.Column) {
	switch step {
	case "event-schedule", "merged-timeline":
		return "identifiers", []event.Column{event.Subject, event.ANumber, event.BNumber, event.CNumber}
	case "top-contacts":
		return "subject", []event.Column{event.ANumber, event.BNumber}
	case "common-contacts":
		return "subjects", []event.Column{event.ANumber, event.BNumber}
	case "gaps", "night-cells", "pattern-of-life":
		return "subject", []event.Column{event.Subject}
	case "co-location":
		return "subjects", []event.Column{event.Subject}
	case "first-last-use":
		return "identifiers", []event.Column{event.Subject, event.IMSI, event.IMEI}
	case "handset-history":
		keys := map[string]event.Column{"imei": event.IMEI, "imsi": event.IMSI, "number": event.Subject}
		return "identifiers", []event.Column{keys[orDefault(params["key"], "imsi")]}
	}
	return "", nil
}

// handsetDigits are those of an IMEI that tell a handset.
const handsetDigits = 14

// found is where a word stands in the events.
type found map[event.Column]bool

// sought wants whom the parameters name to stand where the analysis looks, if they
// stand in the events at all: one that stands elsewhere would be found in no event, and
// the result would say that there is nothing.
// Errors: ErrInvalid with the parameter's name, never the identifier.
func (a *act) sought(ctx context.Context, dependencies []ledger.Dependency, request Run) error {
	param, columns := soughtIn(request.Step, request.Params)
	words := map[string]found{}
	for _, word := range inList(request.Params[param]) {
		words[word] = found{}
	}
	for _, d := range dependencies {
		if d.Name == portEvents {
			if err := a.seek(ctx, d.Digest, words, columns); err != nil {
				return err
			}
		}
	}
	for _, word := range slices.Sorted(maps.Keys(words)) {
		if f := words[word]; len(f) > 0 && !f.within(columns, word) {
			return fmt.Errorf("the parameter %q names what stands in the data as %s only; %s looks for %s, and its result would say that there is nothing: name one of those, or ask another analysis (custos step list): %w",
				param, f.words(), request.Step, lookedFor(columns), ErrInvalid)
		}
	}
	return nil
}

// within tells whether a word stands in one of the columns as it is looked for there.
func (f found) within(columns []event.Column, word string) bool {
	return slices.ContainsFunc(columns, func(c event.Column) bool { return f[c] && (c != event.IMEI || len(word) == handsetDigits) })
}

// words says where something stands.
func (f found) words() string {
	var list []string
	for _, c := range columnsOfPeople {
		if f[c.column] {
			list = append(list, c.words)
		}
	}
	return strings.Join(list, " and ")
}

// lookedFor says in what an analysis looks.
func lookedFor(columns []event.Column) string {
	var list []string
	for _, c := range columnsOfPeople {
		switch {
		case !slices.Contains(columns, c.column):
		case c.column == event.IMEI:
			list = append(list, "the first 14 digits of the IMEI of a handset")
		default:
			list = append(list, c.words)
		}
	}
	return strings.Join(list, " or ")
}

// seek notes in which columns of events words stand, until each was seen where it is
// looked for. An IMEI is known by its first 14 digits, and a longer word may be one.
func (a *act) seek(ctx context.Context, recorded ledger.DigestSet, words map[string]found, columns []event.Column) error {
	content, _, err := a.open(ctx, a.id, recorded)
	if err != nil {
		return err
	}
	defer letGo(content)
	rows, err := event.NewReader(io.NewSectionReader(content, 0, content.Size()))
	if err != nil {
		return fmt.Errorf("look for identifiers: %w", err)
	}
	missing, handsets := map[string]found{}, map[string][]string{}
	for word, f := range words {
		if f.within(columns, word) {
			continue
		}
		missing[word] = f
		if len(word) >= handsetDigits {
			handsets[word[:handsetDigits]] = append(handsets[word[:handsetDigits]], word)
		}
	}
	note := func(word string, c event.Column) {
		if f, named := missing[word]; named {
			if f[c] = true; f.within(columns, word) {
				delete(missing, word)
			}
		}
	}
	for len(missing) > 0 {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for identifiers: %w", err)
		}
		for _, c := range columnsOfPeople {
			switch field := row.Field(c.column); {
			case c.column != event.IMEI:
				note(string(field), c.column)
			case len(field) >= handsetDigits:
				for _, word := range handsets[string(field[:handsetDigits])] {
					note(word, c.column)
				}
			}
		}
	}
	return nil
}

// cellsNamed wants the cells of an area as events have them: what is no cell to them
// would be found in none.
// Errors: ErrInvalid.
func cellsNamed(request Run) error {
	if request.Step != "area-hits" {
		return nil
	}
	for _, text := range inList(request.Params["cells"]) {
		if _, err := cell.Parse(text); err != nil {
			return fmt.Errorf("the parameter \"cells\": %w; write cells as the events have them, such as cgi:234-15-101-2001: %w", err, ErrInvalid)
		}
	}
	return nil
}
