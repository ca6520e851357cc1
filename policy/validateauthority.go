package policy

import (
	"fmt"
	"slices"
	"strings"
)

var dataTypes = []DataType{Traffic, ServiceUse, Subscriber, Events, Entity, Extraction, PlateReads}

var regimes = []Regime{RIPA, IPA, PACE, PCSC, ANPR, Overseas}

var routes = []Route{
	Route22Authorisation, Route22Notice, Route60A, Route61, Route61A, RoutePACE8, RoutePACE19, RoutePACE20, RoutePACE22, RoutePACESch1,
	RouteCJPA50, RoutePCSC37, RoutePCSC41, RouteANPR, RouteOverseas,
}

func (v *validator) authority(a *Authority) {
	for field, text := range map[string]string{
		"applicant": a.Applicant, "application": a.Application, "case": a.Case, "granter": a.Granter, "id": a.ID,
		"publicAuthority": a.PublicAuthority, "recordedBy": a.RecordedBy, "reference": a.Reference, "spoc": a.SPoC,
	} {
		v.text("authority."+field, text)
	}
	v.that("authority.purpose", a.Purpose == NoLetter || len(a.Purpose) == 1 && a.Purpose >= "a" && a.Purpose <= "h",
		"is not a letter from a to h, or none")
	v.texts("authority.identifiers", a.Identifiers)
	v.time("authority.from", a.From)
	v.time("authority.until", a.Until)
	v.date("authority.grantedOn", a.GrantedOn, false)
	for field, day := range map[string]Date{
		"approvedByCommissionerOn": a.ApprovedByCommissionerOn, "approvedByJusticeOn": a.ApprovedByJusticeOn, "cancelledOn": a.CancelledOn,
		"noticeGivenOn": a.NoticeGivenOn, "retainUntil": a.RetainUntil, "spocConsultedOn": a.SPoCConsultedOn, "urgentConfirmedOn": a.UrgentConfirmedOn,
	} {
		v.date("authority."+field, day, true)
	}
	v.that("authority.renewals", a.Renewals != nil && slices.IsSorted(a.Renewals), "is missing or out of order")
	v.that("authority.renewals", len(a.Renewals) <= maxRenewals, "has more than six days: record a new authority")
	for i, day := range a.Renewals {
		v.date(fmt.Sprintf("authority.renewals[%d]", i), day, false)
	}
	v.that("authority.discloseTo", a.DiscloseTo != nil && slices.IsSortedFunc(a.DiscloseTo, func(x, y Recipient) int {
		return strings.Compare(x.Name, y.Name)
	}), "is missing or not sorted")
	for i, r := range a.DiscloseTo {
		v.text(fmt.Sprintf("authority.discloseTo[%d].name", i), r.Name)
		v.text(fmt.Sprintf("authority.discloseTo[%d].publicAuthority", i), r.PublicAuthority)
	}
	v.authorityWords(a)
}

func (v *validator) authorityWords(a *Authority) {
	many(v, "authority.dataTypes", a.DataTypes, dataTypes...)
	many(v, "authority.stated", a.Stated, elements...)
	one(v, "authority.connectionRecords", a.ConnectionRecords, NoRecords, ConditionUnstated, ConditionA, ConditionB, ConditionC, ConditionD1, ConditionD2)
	one(v, "authority.consultationException", a.ConsultationException, NoConsultation, ConsultThreat, ConsultSecurity, ConsultOther)
	one(v, "authority.form", a.Form, Written, OralRecorded, NoForm)
	one(v, "authority.granterRank", a.GranterRank, ranks...)
	one(v, "authority.independenceException", a.IndependenceException, NoIndependence, IndependUrgent, IndependSmallUnit, IndependSecurity)
	one(v, "authority.instrument", a.Instrument, Authorisation, Notice, Warrant, ProductionOrder, Seizure, Agreement, AccessGrant)
	one(v, "authority.profession", a.Profession, NoProfession, ProfessionUnstated, Lawyer, Journalist, Doctor, Parliamentarian, Minister, OtherProfession)
	one(v, "authority.regime", a.Regime, regimes...)
	one(v, "authority.route", a.Route, routes...)
	one(v, "authority.seriousCrime", a.SeriousCrime, NotSerious, Serious263, Serious12Months, SeriousBody, SeriousSending, SeriousPrivacy)
	one(v, "authority.urgentGround", a.UrgentGround, NoUrgency, ThreatToLife, OperationalNeed, SecurityThreat)
	one(v, "authority.use", a.Use, Operation, UrgentOperation, Testing)
}
