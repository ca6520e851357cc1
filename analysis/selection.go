package analysis

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SelectionFormat is the value of the key `format` of a selection.
const SelectionFormat = "custos/selection/v1"

// ErrSelection is returned for a selection that is not in its form, or whose
// counts do not add up.
var ErrSelection = errors.New("selection refused")

// Selection says what of a data set is served and what is not, by counts and
// reasons alone. It is served with the rows.
// Shape: canonical JSON; Item is the received file; Root the commitment to all its
// rows, 64 hex digits; Rows = Shown + Repeats + what Withheld adds up to; Withheld
// sorted by reason.
type Selection struct {
	Format   string      `json:"format"`
	Item     string      `json:"item"`
	Root     string      `json:"root"`
	Rows     int64       `json:"rows"`
	Shown    int64       `json:"shown"`
	Repeats  int64       `json:"repeats"` // among the rows served, reports of what another of them says
	Withheld []RuleCount `json:"withheld"`
	Redacted []Redaction `json:"redacted"`
}

// ParseSelection reads a selection.
// Errors: ErrSelection.
func ParseSelection(text []byte) (Selection, error) {
	var s Selection
	if err := ParseCanonical(text, &s); err != nil {
		return s, fmt.Errorf("%w: %w", ErrSelection, err)
	}
	return s, s.Verify()
}

// Verify returns nil when every row is accounted for, each that is withheld under
// a reason of the closed list.
// Errors: ErrSelection.
func (s Selection) Verify() error {
	if s.Format != SelectionFormat || len(s.Root) != 64 || strings.Trim(s.Root, "0123456789abcdef") != "" || s.Item == "" {
		return fmt.Errorf("%w: it is not of the form %s with an item and a root", ErrSelection, SelectionFormat)
	}
	if err := s.Balance().Verify(); err != nil {
		return fmt.Errorf("%w: %w", ErrSelection, err)
	}
	for _, w := range s.Withheld {
		if !slices.Contains(WithholdingReasons(), w.Rule) {
			return fmt.Errorf("%w: the reason %q is none of %s", ErrSelection, w.Rule, strings.Join(WithholdingReasons(), ", "))
		}
	}
	if err := verifyRedactions(s.Redacted); err != nil {
		return fmt.Errorf("%w: %w", ErrSelection, err)
	}
	return nil
}

// Served is the number of rows that are shown, repeats too.
func (s Selection) Served() int64 { return s.Shown + s.Repeats }

// Balance is the selection as the row balance of the step that made it.
func (s Selection) Balance() Balance {
	outside := int64(0)
	for _, w := range s.Withheld {
		outside += w.Rows
	}
	return Balance{
		Received: s.Rows, Shown: s.Shown, Outside: outside, Repeats: s.Repeats,
		OutsideBy: s.Withheld, SetAsideBy: []RuleCount{},
	}
}

// reasonWords are the reasons for withholding as people read them.
var reasonWords = map[string]string{
	"not-relevant": "not relevant", "another-person": "about another person", "sensitive": "sensitive", "privileged": "privileged",
}

// Sentence says what is served and what is not, for a page and a report.
func (s Selection) Sentence() string {
	text := fmt.Sprintf("%s of %s rows of %s are served", grouped(s.Served()), grouped(s.Rows), s.Item)
	if left := s.Rows - s.Served(); left > 0 {
		parts := make([]string, len(s.Withheld))
		for i, w := range s.Withheld {
			parts[i] = grouped(w.Rows) + " " + reasonWords[w.Rule]
		}
		text += fmt.Sprintf(", %s are withheld (%s)", grouped(left), strings.Join(parts, ", "))
	}
	if len(s.Redacted) > 0 {
		parts := make([]string, len(s.Redacted))
		for i, r := range s.Redacted {
			parts[i] = r.Part + " (" + reasonWords[r.Reason] + ")"
		}
		text += "; of every row is withheld: " + strings.Join(parts, ", ")
	}
	return text + "."
}

// grouped is a count with commas between its thousands.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
