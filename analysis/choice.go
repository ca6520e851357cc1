package analysis

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
)

// ChoiceFormat is the value of the key `format` of a choice of rows.
const ChoiceFormat = "custos/choice/v1"

// ErrChoice is returned for a choice of rows that is not in its form, or that
// would tell what it withholds.
var ErrChoice = errors.New("choice of rows refused")

// Choice says which rows of a data set are served, why the others are not, and
// which parts are withheld of every row that is served. It names numbers, and is
// itself never served.
// Shape: canonical JSON; Nonce is 64 random hex digits, so that nobody can find
// the choice by its digest. A row is shown when it meets Show and no rule of
// Withhold; the first rule that it meets gives the reason, and Rest is the reason
// for a row that Show leaves out. Redact rises by part.
type Choice struct {
	Format   string        `json:"format"`
	Nonce    string        `json:"nonce"`
	Show     Criteria      `json:"show"`
	Withhold []Withholding `json:"withhold"`
	Rest     string        `json:"rest,omitempty"`
	Redact   []Redaction   `json:"redact"`
}

// Criteria is what a row must meet: each that is given. Empty criteria are met by
// every row.
// Shape: From and Until are instants, the second the first one after; Identifiers
// in canonical form, one of which stands in the row; Rows are numbers of the
// source file, as events have them, in ranges that rise.
type Criteria struct {
	From        string     `json:"from,omitempty"`
	Until       string     `json:"until,omitempty"`
	Identifiers []string   `json:"identifiers"`
	Rows        []RowRange `json:"rows"`
}

// RowRange is the rows of a source file from From to To, both included.
type RowRange struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Withholding is why some rows are not served.
type Withholding struct {
	Criteria
	Reason string `json:"reason"`
}

// Redaction is why a part of every row is not served.
type Redaction struct {
	Part   string `json:"part"`
	Reason string `json:"reason"`
}

// WithholdingReasons returns the closed list of reasons for not serving rows or
// parts of rows.
func WithholdingReasons() []string {
	return []string{"not-relevant", "another-person", "sensitive", "privileged"}
}

// maxChoice bounds a choice of rows.
const maxChoice = 16 << 20

// ReadChoice returns the choice in an input.
// Errors: ErrChoice, naming what is wrong and never an identifier.
func ReadChoice(in Input) (Choice, error) {
	var c Choice
	if in.Size() > maxChoice {
		return c, fmt.Errorf("%w: longer than %d bytes", ErrChoice, maxChoice)
	}
	text, err := io.ReadAll(io.NewSectionReader(in, 0, in.Size()))
	if err != nil {
		return c, fmt.Errorf("choice: %w", err)
	}
	if err := ParseCanonical(text, &c); err != nil {
		return c, fmt.Errorf("%w: %w", ErrChoice, err)
	}
	return c, c.Verify()
}

// Verify returns nil when the choice can be carried out.
// Errors: ErrChoice, naming what is wrong and never an identifier.
func (c Choice) Verify() error {
	if c.Format != ChoiceFormat || len(c.Nonce) != 64 || strings.Trim(c.Nonce, "0123456789abcdef") != "" {
		return fmt.Errorf("%w: it is not of the form %s with a nonce of 32 bytes", ErrChoice, ChoiceFormat)
	}
	if err := c.Show.verify(); err != nil {
		return fmt.Errorf("%w: what is shown: %w", ErrChoice, err)
	}
	if (c.Rest == "") != c.Show.empty() {
		return fmt.Errorf("%w: the rows that are not asked for need a reason (rest), and where every row is asked for there is none", ErrChoice)
	}
	if c.Rest != "" && !slices.Contains(WithholdingReasons(), c.Rest) {
		return fmt.Errorf("%w: the reason %q is none of %s", ErrChoice, c.Rest, strings.Join(WithholdingReasons(), ", "))
	}
	for i, w := range c.Withhold {
		if err := w.verify(); err != nil {
			return fmt.Errorf("%w: rule %d of what is withheld: %w", ErrChoice, i+1, err)
		}
		if w.empty() {
			return fmt.Errorf("%w: rule %d of what is withheld says of no row that it meets it", ErrChoice, i+1)
		}
		if !slices.Contains(WithholdingReasons(), w.Reason) {
			return fmt.Errorf("%w: the reason %q is none of %s", ErrChoice, w.Reason, strings.Join(WithholdingReasons(), ", "))
		}
	}
	return verifyRedactions(c.Redact)
}

// verifyRedactions wants parts that can be withheld, each once, and none of them
// in vain.
func verifyRedactions(list []Redaction) error {
	last := rowtree.Event
	withheld := map[rowtree.Part]bool{}
	for _, r := range list {
		part, known := rowtree.ParsePart(r.Part)
		switch {
		case !known || part == rowtree.Event || part == rowtree.Trail:
			return fmt.Errorf("%w: the part %q cannot be withheld by itself; these can: subject, calling, called, handset, network, place", ErrChoice, r.Part)
		case part <= last:
			return fmt.Errorf("%w: the parts withheld do not rise, or one stands there twice", ErrChoice)
		case !slices.Contains(WithholdingReasons(), r.Reason):
			return fmt.Errorf("%w: the reason %q is none of %s", ErrChoice, r.Reason, strings.Join(WithholdingReasons(), ", "))
		}
		last, withheld[part] = part, true
	}
	if withheld[rowtree.Subject] && (!withheld[rowtree.Calling] || !withheld[rowtree.Called]) {
		return fmt.Errorf("%w: the subject is one of the two parties, so withholding it is in vain unless calling and called are withheld too", ErrChoice)
	}
	return nil
}

func (c Criteria) empty() bool {
	return c.From == "" && c.Until == "" && len(c.Identifiers) == 0 && len(c.Rows) == 0
}

func (c Criteria) verify() error {
	var at [2]int64
	for i, text := range []string{c.From, c.Until} {
		instant, ok := event.ParseInstant([]byte(text))
		if text != "" && !ok {
			return fmt.Errorf("%q is no instant; write it as 2026-10-24T17:00:00Z", text)
		}
		at[i] = instant
	}
	if c.From != "" && c.Until != "" && at[1] <= at[0] {
		return errors.New("the period ends before it begins")
	}
	for i, r := range c.Rows {
		if r.From < 1 || r.To < r.From {
			return fmt.Errorf("%d to %d is no range of rows", r.From, r.To)
		}
		if i > 0 && r.From <= c.Rows[i-1].To {
			return fmt.Errorf("the ranges of rows do not rise: %d stands after %d", r.From, c.Rows[i-1].To)
		}
	}
	for _, id := range c.Identifiers {
		if strings.TrimSpace(id) == "" {
			return errors.New("a blank stands for nobody")
		}
	}
	return nil
}
