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
		"case": in.Case != nil, "dataset": in.Dataset != nil, "erasure": in.Erasure != nil, "exhibit": in.Exhibit != nil, "person": in.Person != nil,
		"request": in.Request != nil, "source": in.Source != nil, "authority": in.Authority != nil,
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

func (v *validator) sections(in Input) {
	if in.Case != nil {
		v.text("case.id", in.Case.ID)
		v.that("case.assigned", in.Case.Assigned != nil && len(in.Case.Assigned) <= maxList, "is missing or too long")
		for i, a := range in.Case.Assigned {
			at := fmt.Sprintf("case.assigned[%d]", i)
			v.text(at+".actor", a.Actor)
			v.time(at+".from", a.From)
			v.time(at+".until", a.Until)
		}
	}
	if in.Dataset != nil {
		v.text("dataset.id", in.Dataset.ID)
		one(v, "dataset.status", in.Dataset.Status, Clean, Excess, Quarantined)
	}
	if in.Erasure != nil {
		v.text("erasure.hold", in.Erasure.Hold)
		v.time("erasure.notBefore", in.Erasure.NotBefore)
		v.text("erasure.order", in.Erasure.Order)
		v.text("erasure.orderedBy", in.Erasure.OrderedBy)
		one(v, "erasure.state", in.Erasure.State, ErasureAsked, ErasureOrdered, ErasureApproved, ErasureCancelled, ErasureDone)
	}
	if in.Exhibit != nil {
		v.text("exhibit.id", in.Exhibit.ID)
		v.text("exhibit.producer", in.Exhibit.Producer)
		one(v, "exhibit.content", in.Exhibit.Content, Fact, Opinion)
	}
	if in.Person != nil {
		v.text("person.id", in.Person.ID)
		many(v, "person.roles", in.Person.Roles, roles...)
	}
	if in.Request != nil && in.Request.Purpose != "" {
		v.text("request.purpose", in.Request.Purpose)
	}
	if in.Source != nil {
		v.source(in.Source)
	}
	if in.Authority != nil {
		v.authority(in.Authority)
	}
}

func (v *validator) actor(a Actor) {
	v.text("actor.id", a.ID)
	if a.Role != "" { // somebody without any role asks in none
		one(v, "actor.role", a.Role, roles...)
	}
	many(v, "actor.roles", a.Roles, roles...)
	v.time("actor.until", a.Until)
}

func (v *validator) source(s *Source) {
	many(v, "source.dataTypes", s.DataTypes, Traffic, ServiceUse, Subscriber, Events, Entity)
	v.texts("source.identifiers", s.Identifiers)
	v.text("source.item", s.Item)
	v.time("source.from", s.From)
	v.time("source.until", s.Until)
	v.date("source.obtainedOn", s.ObtainedOn, false)
}

func (v *validator) authority(a *Authority) {
	for field, text := range map[string]string{
		"applicant": a.Applicant, "case": a.Case, "granter": a.Granter, "id": a.ID, "publicAuthority": a.PublicAuthority,
		"recordedBy": a.RecordedBy, "reference": a.Reference,
	} {
		v.text("authority."+field, text)
	}
	v.that("authority.purpose", len(a.Purpose) == 1 && a.Purpose >= "a" && a.Purpose <= "h", "is not a letter from a to h")
	v.texts("authority.identifiers", a.Identifiers)
	v.time("authority.from", a.From)
	v.time("authority.until", a.Until)
	v.date("authority.grantedOn", a.GrantedOn, false)
	v.date("authority.cancelledOn", a.CancelledOn, true)
	v.date("authority.noticeGivenOn", a.NoticeGivenOn, true)
	v.that("authority.renewals", a.Renewals != nil && slices.IsSorted(a.Renewals), "is missing or out of order")
	v.that("authority.renewals", len(a.Renewals) <= maxRenewals, "has more than six days: record a new authority")
	for i, day := range a.Renewals {
		v.date(fmt.Sprintf("authority.renewals[%d]", i), day, false)
	}
	many(v, "authority.dataTypes", a.DataTypes, Traffic, ServiceUse, Subscriber, Events, Entity)
	one(v, "authority.form", a.Form, Written, OralRecorded, NoForm)
	one(v, "authority.granterRank", a.GranterRank, InspectorRank, SuperintendentRank, CommissionerRank, OtherRank)
	one(v, "authority.instrument", a.Instrument, Authorisation, Notice)
	one(v, "authority.regime", a.Regime, RIPA, IPA)
	one(v, "authority.route", a.Route, Route22Authorisation, Route22Notice, Route60A, Route61, Route61A)
	one(v, "authority.seriousCrime", a.SeriousCrime, NotSerious, Serious263, Serious12Months, SeriousBody, SeriousSending, SeriousPrivacy)
	one(v, "authority.use", a.Use, Operation, UrgentOperation, Testing)
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
