package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	maxText     = 500
	maxList     = 10_000
	maxRenewals = 6
	maxAsOf     = 1<<53 - 1
)

// Validate returns nil when every fact that the action needs is there, in its
// form, and no other.
// Errors: ErrInput, naming every field that is wrong.
func (in Input) Validate() error {
	v := &validator{}
	action, known := actions[in.Action]
	if !known {
		v.wrong("action", "is not one that can be asked for")
	}
	v.time("now", in.Now)
	v.that("asOf", in.AsOf <= maxAsOf, "is too large")
	v.actor(in.Actor)
	for name, present := range map[string]bool{
		"case": in.Case != nil, "copy": in.Copy != nil, "dataset": in.Dataset != nil, "erasure": in.Erasure != nil, "exhibit": in.Exhibit != nil,
		"permission": in.Permission != nil, "person": in.Person != nil, "release": in.Release != nil, "request": in.Request != nil,
		"source": in.Source != nil, "authority": in.Authority != nil,
	} {
		needed := slices.Contains(action.sections, name)
		// A missing authority is for the rules to refuse, in words.
		if known && present != needed && (present || name != "authority") {
			v.wrong(name, map[bool]string{true: "is missing", false: "does not belong to this action"}[needed])
		}
	}
	v.sections(in)
	return v.err()
}

type validator struct{ problems []string }

func (v *validator) err() error {
	if len(v.problems) == 0 {
		return nil
	}
	slices.Sort(v.problems)
	return fmt.Errorf("%s: %w", strings.Join(v.problems, "; "), ErrInput)
}

func (v *validator) wrong(field, what string) { v.problems = append(v.problems, field+" "+what) }

func (v *validator) that(field string, ok bool, what string) {
	if !ok {
		v.wrong(field, what)
	}
}

// text accepts printable text, so that its JSON has one form only.
func (v *validator) text(field, s string) {
	switch {
	case s == "":
		v.wrong(field, "is missing")
	case len(s) > maxText:
		v.wrong(field, fmt.Sprintf("is longer than %d bytes", maxText))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		v.wrong(field, "has characters that cannot be printed")
	}
}

func (v *validator) texts(field string, list []string) {
	v.that(field, list != nil && len(list) <= maxList, "is missing or too long")
	v.that(field, strictlySorted(list), "is not sorted, or names one thing twice")
	for i, s := range list {
		v.text(fmt.Sprintf("%s[%d]", field, i), s)
	}
}

func (v *validator) time(field string, t Time) {
	parsed, err := time.Parse(timeLayout, string(t))
	v.that(field, err == nil && parsed.Format(timeLayout) == string(t), "is not a time such as 2026-11-21T21:04:05.123Z")
}

func (v *validator) date(field string, d Date, mayBeNone bool) {
	if mayBeNone && d == NoDate {
		return
	}
	parsed, err := time.Parse(time.DateOnly, string(d))
	v.that(field, err == nil && parsed.Format(time.DateOnly) == string(d), "is not a date such as 2026-11-21")
}

func one[T ~string](v *validator, field string, value T, allowed ...T) {
	v.that(field, slices.Contains(allowed, value), "is missing or not one of the known words")
}

func many[T ~string](v *validator, field string, values []T, allowed ...T) {
	v.that(field, values != nil && strictlySorted(values), "is missing, not sorted, or names one thing twice")
	for i, value := range values {
		one(v, fmt.Sprintf("%s[%d]", field, i), value, allowed...)
	}
}

func strictlySorted[T cmp.Ordered](list []T) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}
