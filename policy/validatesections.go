package policy

import (
	"fmt"
	"slices"
	"strings"
)

func (v *validator) sections(in Input) {
	for _, section := range []func(Input){v.caseSection, v.material, v.people, v.request} {
		section(in)
	}
	if in.Source != nil {
		v.source(in.Source)
	}
	if in.Authority != nil {
		v.authority(in.Authority)
	}
	if in.Copy != nil {
		v.copied(in.Copy)
	}
}

func (v *validator) actor(a Actor) {
	v.that("actor.competencies", a.Competencies != nil && len(a.Competencies) <= maxList, "is missing or too long")
	v.that("actor.competencies", slices.IsSortedFunc(a.Competencies, func(x, y Competence) int {
		return strings.Compare(string(x.Activity), string(y.Activity))
	}), "is not sorted")
	for i, c := range a.Competencies {
		at := fmt.Sprintf("actor.competencies[%d]", i)
		one(v, at+".activity", c.Activity, activities...)
		v.time(at+".from", c.From)
		v.time(at+".until", c.Until)
	}
	v.text("actor.id", a.ID)
	v.text("actor.publicAuthority", a.PublicAuthority)
	if a.Role != "" { // somebody without any role asks in none
		one(v, "actor.role", a.Role, roles...)
	}
	many(v, "actor.roles", a.Roles, roles...)
	v.time("actor.until", a.Until)
	v.time("actor.vettedUntil", a.VettedUntil)
	one(v, "actor.vetting", a.Vetting, vettings...)
}

func (v *validator) caseSection(in Input) {
	if in.Case == nil {
		return
	}
	v.text("case.id", in.Case.ID)
	one(v, "case.marking", in.Case.Marking, markings...)
	v.that("case.assigned", in.Case.Assigned != nil && len(in.Case.Assigned) <= maxList, "is missing or too long")
	for i, a := range in.Case.Assigned {
		at := fmt.Sprintf("case.assigned[%d]", i)
		v.text(at+".actor", a.Actor)
		v.time(at+".from", a.From)
		v.time(at+".until", a.Until)
	}
	v.text("case.organisation", in.Case.Organisation)
	v.that("case.shares", in.Case.Shares != nil && len(in.Case.Shares) <= maxList, "is missing or too long")
	v.that("case.shares", slices.IsSortedFunc(in.Case.Shares, Share.Compare), "is not sorted")
	for i, s := range in.Case.Shares {
		at := fmt.Sprintf("case.shares[%d]", i)
		v.time(at+".from", s.From)
		v.text(at+".of", s.Of)
		v.time(at+".until", s.Until)
		one(v, at+".use", s.Use, shareUses...)
	}
}

func (v *validator) material(in Input) {
	if d := in.Dataset; d != nil {
		many(v, "dataset.allowedUses", d.AllowedUses, purposes...)
		many(v, "dataset.flags", d.Flags, Collateral, Journalistic, Privileged)
		v.text("dataset.id", d.ID)
		one(v, "dataset.marking", d.Marking, markings...)
		v.texts("dataset.named", d.Named)
		v.text("dataset.purpose", d.Purpose)
		v.texts("dataset.servedTo", d.ServedTo)
		one(v, "dataset.status", d.Status, Clean, Excess, Quarantined)
	}
	if e := in.Erasure; e != nil {
		v.text("erasure.approvedBy", e.ApprovedBy)
		one(v, "erasure.basis", e.Basis, append(ErasureBases(), ItemEnds, TakenOver)...)
		v.text("erasure.hold", e.Hold)
		v.date("erasure.keptUntil", e.KeptUntil, true)
		v.time("erasure.notBefore", e.NotBefore)
		v.text("erasure.order", e.Order)
		v.text("erasure.orderedBy", e.OrderedBy)
		v.text("erasure.outcomeBy", e.OutcomeBy)
		v.date("erasure.retainUntil", e.RetainUntil, true)
		one(v, "erasure.review", e.Review, ReviewNone, ReviewStands, ReviewOvertaken, ReviewRetains)
		one(v, "erasure.state", e.State, ErasureAsked, ErasureOrdered, ErasureApproved, ErasureCancelled, ErasureDone)
	}
	if e := in.Exhibit; e != nil {
		v.texts("exhibit.authors", e.Authors)
		v.that("exhibit.authors", len(e.Authors) > 0, "is missing: somebody made it")
		v.text("exhibit.checker", e.Checker)
		one(v, "exhibit.content", e.Content, Fact, Opinion)
		v.text("exhibit.defendant", e.Defendant)
		one(v, "exhibit.form", e.Form, ScheduleForm, MapForm, ChartForm, TableForm)
		v.text("exhibit.id", e.ID)
		v.text("exhibit.producer", e.Producer)
		v.texts("exhibit.released", e.Released)
		v.texts("exhibit.servedTo", e.ServedTo)
	}
}

func (v *validator) people(in Input) {
	if in.Person != nil {
		v.text("person.id", in.Person.ID)
		many(v, "person.roles", in.Person.Roles, roles...)
	}
	if p := in.Permission; p != nil {
		one(v, "permission.about", p.About, AboutExcess, AboutUnmasking, AboutFurtherUse, AboutInspection)
		v.text("permission.askedBy", p.AskedBy)
		v.text("permission.decidedBy", p.DecidedBy)
		v.text("permission.id", p.ID)
		one(v, "permission.state", p.State, PermissionAsked, PermissionApproved, PermissionRefused, PermissionWithdrawn)
		v.text("permission.whom", p.Whom)
	}
	if r := in.Release; r != nil {
		v.that("release.approvedBy", r.ApprovedBy != nil && len(r.ApprovedBy) <= maxList, "is missing or too long")
		v.that("release.approvedBy", slices.IsSortedFunc(r.ApprovedBy, func(a, b Approval) int { return strings.Compare(a.Actor, b.Actor) }), "is not sorted")
		for i, a := range r.ApprovedBy {
			at := fmt.Sprintf("release.approvedBy[%d]", i)
			v.text(at+".actor", a.Actor)
			one(v, at+".role", a.Role, roles...)
		}
		v.text("release.author", r.Author)
		v.text("release.release", r.Release)
	}
}

func (v *validator) request(in Input) {
	r := in.Request
	if r == nil {
		return
	}
	v.that("request.first", r.First <= r.Last && r.Last <= maxAsOf, "is after request.last, or too large")
	one(v, "request.purpose", r.Purpose, purposes...)
	v.text("request.query", r.Query)
	if r.Reason != "" { // for the rules to refuse, in words
		v.text("request.reason", r.Reason)
	}
	one(v, "request.view", r.View, Rows, Masked, Totals)
}

func (v *validator) copied(c *Copy) {
	v.text("copy.country", c.Country)
	many(v, "copy.flags", c.Flags, Journalistic, Privileged)
	v.text("copy.holder", c.Holder)
	v.texts("copy.named", c.Named)
	v.that("copy.number", c.Number <= maxAsOf, "is too large")
	v.text("copy.of", c.Of)
	v.text("copy.recipient", c.Recipient)
	v.date("copy.reviewOn", c.ReviewOn, false)
	v.text("copy.sensitive", c.Sensitive)
	one(v, "copy.state", c.State, CopyAsked, CopyIssued, CopyDisposed)
}

func (v *validator) source(s *Source) {
	many(v, "source.dataTypes", s.DataTypes, dataTypes...)
	v.texts("source.identifiers", s.Identifiers)
	v.text("source.item", s.Item)
	one(v, "source.kind", s.Kind, OperatorReturn, ExtractionFile, PlateReadFile)
	v.time("source.from", s.From)
	v.time("source.until", s.Until)
	v.date("source.obtainedOn", s.ObtainedOn, false)
}
