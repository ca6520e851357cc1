package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Canonical returns the facts as the one JSON text that they have: keys in
// order, no space, no escape that could be left out.
// Errors: ErrInput.
// Source: RFC 8785, within which valid facts stay.
func (in Input) Canonical() ([]byte, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	return encode(in)
}

// ParseInput accepts exactly what Canonical returns.
// Errors: ErrInput.
func ParseInput(text []byte) (Input, error) {
	var in Input
	if err := decode(text, &in); err != nil {
		return Input{}, err
	}
	again, err := in.Canonical()
	if err != nil {
		return Input{}, err
	}
	if !bytes.Equal(again, text) {
		return Input{}, fmt.Errorf("facts are not in canonical form: %w", ErrInput)
	}
	return in, nil
}

// decision is Decision with keys in order and time as text.
type decision struct {
	Alarm   string   `json:"alarm"`
	Allowed bool     `json:"allowed"`
	AsOf    uint64   `json:"asOf"`
	Duties  []Duty   `json:"duties"`
	Reasons []reason `json:"reasons"`
	Release string   `json:"release"`
	Rules   []string `json:"rules"`
	Until   Time     `json:"until"`
}

type reason struct {
	Ask      []Role   `json:"ask"`
	Citation string   `json:"citation"`
	Cure     string   `json:"cure"`
	Facts    []string `json:"facts"`
	Rule     string   `json:"rule"`
	Text     string   `json:"text"`
	Title    string   `json:"title"`
	Verified bool     `json:"verified"`
}

// Canonical returns the decision as the one JSON text that it has.
func (d Decision) Canonical() ([]byte, error) {
	out := decision{
		Alarm: d.Alarm, Allowed: d.Allowed, AsOf: d.AsOf, Release: d.Release, Until: At(d.Until),
		Duties: append([]Duty{}, d.Duties...), Reasons: []reason{}, Rules: append([]string{}, d.Rules...),
	}
	for _, r := range d.Reasons {
		out.Reasons = append(out.Reasons, reason{append([]Role{}, r.Ask...), r.Citation, r.Cure, append([]string{}, r.Facts...), r.Rule, r.Text, r.Title, r.Verified})
	}
	return encode(out)
}

// ParseDecision accepts exactly what Canonical returns.
// Errors: ErrInput.
func ParseDecision(text []byte) (Decision, error) {
	var in decision
	if err := decode(text, &in); err != nil {
		return Decision{}, err
	}
	d := Decision{Allowed: in.Allowed, Alarm: in.Alarm, Rules: in.Rules, Release: in.Release, AsOf: in.AsOf, Duties: in.Duties}
	if in.Until != NoEnd {
		until, err := time.Parse(timeLayout, string(in.Until))
		if err != nil {
			return Decision{}, fmt.Errorf("decision: %w: %w", ErrInput, err)
		}
		d.Until = until
	}
	for _, r := range in.Reasons {
		d.Reasons = append(d.Reasons, Reason{r.Rule, r.Text, r.Citation, r.Verified, r.Cure, r.Facts, r.Ask, r.Title})
	}
	again, err := d.Canonical()
	if err != nil {
		return Decision{}, err
	}
	if !bytes.Equal(again, text) {
		return Decision{}, fmt.Errorf("decision is not in canonical form: %w", ErrInput)
	}
	return d, nil
}

// encode relies on fields being declared in the order of their keys.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, fmt.Errorf("write facts: %w", err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("read facts: %w: %w", ErrInput, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("read facts: something follows them: %w", ErrInput)
	}
	return nil
}
