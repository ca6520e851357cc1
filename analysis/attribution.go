package analysis

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/analysis/event"
)

// ErrAttribution is returned for an attribution that does not say on what it
// stands.
var ErrAttribution = errors.New("attribution refused")

// Attribution is the statement of a person that an identifier was used by
// somebody, with what it stands on. It is never computed and has no score.
// Shape: Kind is one of AttributionKinds; Basis names exhibits or statements;
// From and Until are days such as 2026-10-01, blank when not limited.
type Attribution struct {
	Identifier string   `json:"identifier"`
	Person     string   `json:"person"`
	Kind       string   `json:"kind"`
	Basis      []string `json:"basis"`
	From       string   `json:"from,omitempty"`
	Until      string   `json:"until,omitempty"`
	StatedBy   string   `json:"statedBy"`
}

// AttributionKinds returns what an attribution can stand on.
func AttributionKinds() []string {
	return []string{"subscriber", "handset recovered", "contact name", "co-use", "admission", "self"}
}

// Verify returns nil when the attribution is complete.
// Errors: ErrAttribution, naming what is missing.
func (a Attribution) Verify() error {
	for _, f := range []struct{ name, value string }{
		{"an identifier", a.Identifier}, {"a person", a.Person}, {"who states it", a.StatedBy},
	} {
		if strings.TrimSpace(f.value) == "" {
			return fmt.Errorf("%w: the attribution of %q to %q does not give %s", ErrAttribution, a.Identifier, a.Person, f.name)
		}
	}
	if !slices.Contains(AttributionKinds(), a.Kind) {
		return fmt.Errorf("%w: the attribution of %s is of the kind %q; it is one of: %s", ErrAttribution, a.Identifier, a.Kind, strings.Join(AttributionKinds(), ", "))
	}
	if len(a.Basis) == 0 || slices.ContainsFunc(a.Basis, func(b string) bool { return strings.TrimSpace(b) == "" }) {
		return fmt.Errorf("%w: the attribution of %s to %s has no basis; name the exhibits or statements it stands on", ErrAttribution, a.Identifier, a.Person)
	}
	for _, day := range []string{a.From, a.Until} {
		if day != "" && !isDay(day) {
			return fmt.Errorf("%w: the attribution of %s has the day %q; write it as 2026-10-24", ErrAttribution, a.Identifier, day)
		}
	}
	if a.From != "" && a.Until != "" && a.Until < a.From {
		return fmt.Errorf("%w: the attribution of %s ends before it begins", ErrAttribution, a.Identifier)
	}
	return nil
}

func isDay(text string) bool {
	_, ok := event.ParseInstant([]byte(text + "T00:00:00Z"))
	return ok
}
