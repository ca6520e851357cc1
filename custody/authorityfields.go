package custody

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/policy"
)

// The powers under which material is obtained, as sets.
const (
	ripaAuthorisation powers = 1 << iota
	ripaNotice
	ipa60A
	ipa61
	ipa61A
	paceSearch // warrants, seizure and retention
	paceOrder  // production orders
	extraction // by agreement, or of the dead
	plateReads
	overseasOrder

	underRIPA  = ripaAuthorisation | ripaNotice
	underIPA   = ipa60A | ipa61 | ipa61A
	underPart3 = underRIPA | underIPA // communications data
	underPACE  = paceSearch | paceOrder
	ordered    = paceOrder | overseasOrder
	everyPower = underPart3 | underPACE | extraction | plateReads | overseasOrder
)

// power is a route with what belongs to it.
type power struct {
	set         powers
	regime      policy.Regime
	instruments []policy.Instrument
	dataTypes   []policy.DataType // of the example
}

// powersByRoute returns every route that an authority can name.
func powersByRoute() map[policy.Route]power {
	both := []policy.Instrument{policy.Authorisation, policy.Notice}
	events, phone := []policy.DataType{policy.Events}, []policy.DataType{policy.Extraction}
	seized := []policy.Instrument{policy.Seizure}
	return map[policy.Route]power{
		policy.Route22Authorisation: {ripaAuthorisation, policy.RIPA, both[:1], []policy.DataType{policy.Traffic}},
		policy.Route22Notice:        {ripaNotice, policy.RIPA, both[1:], []policy.DataType{policy.Traffic}},
		policy.Route60A:             {ipa60A, policy.IPA, both, events},
		policy.Route61:              {ipa61, policy.IPA, both, events},
		policy.Route61A:             {ipa61A, policy.IPA, both, events},
		policy.RoutePACE8:           {paceSearch, policy.PACE, []policy.Instrument{policy.Warrant}, phone},
		policy.RoutePACE19:          {paceSearch, policy.PACE, seized, phone},
		policy.RoutePACE20:          {paceSearch, policy.PACE, seized, phone},
		policy.RoutePACE22:          {paceSearch, policy.PACE, seized, phone},
		policy.RouteCJPA50:          {paceSearch, policy.PACE, seized, phone},
		policy.RoutePACESch1:        {paceOrder, policy.PACE, []policy.Instrument{policy.ProductionOrder}, events},
		policy.RoutePCSC37:          {extraction, policy.PCSC, []policy.Instrument{policy.Agreement}, phone},
		policy.RoutePCSC41:          {extraction, policy.PCSC, []policy.Instrument{policy.Agreement}, phone},
		policy.RouteANPR:            {plateReads, policy.ANPR, []policy.Instrument{policy.AccessGrant}, []policy.DataType{policy.PlateReads}},
		policy.RouteOverseas:        {overseasOrder, policy.Overseas, []policy.Instrument{policy.ProductionOrder}, events},
	}
}

// Routes returns every route that an authority can name, sorted.
func Routes() []policy.Route {
	var routes []policy.Route
	for route := range powersByRoute() {
		routes = append(routes, route)
	}
	slices.Sort(routes)
	return routes
}

// The closed words of the documents.
var (
	answerWords     = asWords(Yes, No)
	categoryWords   = asWords(Suspect, Victim, Witness, Complainant, NextOfKin, Vulnerable, Convicted, OtherPerson, Unknown, NotAssessed)
	professionWords = asWords(policy.NoProfession, policy.Lawyer, policy.Journalist, policy.Doctor, policy.Parliamentarian,
		policy.Minister, policy.OtherProfession, policy.ProfessionUnstated)
	dataTypeWords = asWords(policy.Traffic, policy.ServiceUse, policy.Subscriber, policy.Events, policy.Entity, policy.Extraction, policy.PlateReads)
	elementWords  = asWords(policy.ApplicationElements()...)
	letterWords   = []string{"a", "b", "c", "d", "e", "f", "g", "h"}
)

func asWords[S ~string](list ...S) []string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return words
}

// authorityFields is every field of an authority, in the order in which it is
// filled in.
func authorityFields() []documentField {
	return slices.Concat(grantFields(), scopeFields(), laterFields())
}

// grantFields say what was given, by whom, and on what application.
func grantFields() []documentField {
	return []documentField{
		{"format", aWord, []string{AuthorityFormat}, "the form of this file", everyPower, 0, AuthorityFormat},
		{"reference", aText, nil, "the authority's own reference", everyPower, 0, "AB-1"},
		{"regime", aWord, asWords(policy.RIPA, policy.IPA, policy.PACE, policy.PCSC, policy.ANPR, policy.Overseas), "the Act or scheme", everyPower, 0, ""},
		{"route", aWord, asWords(Routes()...), "the power used", everyPower, 0, ""},
		{
			"instrument", aWord, asWords(policy.Authorisation, policy.Notice, policy.Warrant, policy.ProductionOrder, policy.Seizure, policy.Agreement, policy.AccessGrant),
			"what was given under the power", everyPower, 0, "",
		},
		{"publicAuthority", aText, nil, "who obtains the data, such as territorial-police", everyPower, 0, "territorial-police"},
		{"purpose", aWord, letterWords, "the letter of the paragraph that gives the purpose", underPart3 | extraction, 0, "b"},
		{"use", aWord, asWords(policy.Operation, policy.UrgentOperation, policy.Testing), "what it was granted for", underPart3, 0, "operation"},
		{"granted.on", aDay, nil, "the day on which it was given; of an oral grant, the day it was spoken", everyPower, 0, "2025-11-03"},
		{"granted.time", aTime, nil, "the time of that day", 0, everyPower, nil},
		{"granted.form", aWord, asWords(policy.Written, policy.OralRecorded, policy.NoForm), "how it was given", everyPower, 0, "written"},
		{
			"granted.urgentGround", aWord, asWords(policy.NoUrgency, policy.ThreatToLife, policy.OperationalNeed, policy.SecurityThreat),
			"why it was given orally or urgently", ipa61A, underPart3, "threat-to-life",
		},
		{"granted.confirmedOn", aDay, nil, "the day on which an oral grant was put in writing", 0, underPart3, nil},
		{"granter.id", aText, nil, "who gave it: an enrolled person's id, or a name; of an agreement, who agreed", everyPower, 0, "OCDA"},
		{"granter.office", aText, nil, "the granter's office or position", 0, everyPower, nil},
		{"granter.rank", aWord, asWords(policy.Ranks()...), "the granter's rank or office; a higher police rank is superintendent, none: it is not recorded", everyPower, 0, ""},
		{"granter.inLine", aWord, answerWords, "whether the granter is in the applicant's line of management", underPart3, 0, "no"},
		{
			"granter.exception", aWord, asWords(policy.NoIndependence, policy.IndependUrgent, policy.IndependSmallUnit, policy.IndependSecurity),
			"why a granter who was not independent decided", 0, underPart3, nil,
		},
		{"granter.exceptionReason", aProse, nil, "that reason in words", 0, underPart3, nil},
		{"granter.reported", aWord, answerWords, "whether that was reported to the Commissioner", 0, underPart3, nil},
		{"application.entry", aText, nil, "the application, where it is recorded in this case: its reference or its entry", 0, everyPower, nil},
		{"application.reference", aText, nil, "the application's reference, where it is kept elsewhere", 0, everyPower, "AB-1/A"},
		{"application.applicant", aText, nil, "who applied: an enrolled person's id, or a name", 0, everyPower, "si-1"},
		{"application.states", someWords, elementWords, "what the application holds, each word only if it does", 0, everyPower, elementWords},
		{"spoc.id", aText, nil, "the single point of contact who advised", 0, underPart3, "sp-1"},
		{"spoc.consultedOn", aDay, nil, "the day on which they were consulted", 0, underPart3, "2025-10-31"},
		{
			"spoc.exception", aWord, asWords(policy.NoConsultation, policy.ConsultThreat, policy.ConsultSecurity, policy.ConsultOther),
			"why nobody was consulted in time", 0, underPart3, nil,
		},
		{"spoc.exceptionReason", aProse, nil, "that reason in words", 0, underPart3, nil},
	}
}

// scopeFields say what may be obtained, about whom and for which offence.
func scopeFields() []documentField {
	return []documentField{
		{"scope.identifiers", someTexts, nil, "the numbers, handsets, cells, devices or plates that it covers", everyPower, 0, []string{"+447700900142"}},
		{"scope.categories", someTexts, nil, "the categories of what a device holds that may be taken, such as messages or photos", extraction, paceSearch, []string{"messages", "photos"}},
		{"scope.dataTypes", someWords, dataTypeWords, "the kinds of data that it covers", everyPower, 0, []string{}},
		{"scope.from", aMoment, nil, "the first day or instant of the data", underPart3 | ordered | plateReads, everyPower, "2025-10-01"},
		{"scope.until", aMoment, nil, "the last day or instant of the data", underPart3 | ordered | plateReads, everyPower, "2025-10-31"},
		{
			"scope.connectionRecords", aWord, asWords(policy.NoRecords, policy.ConditionA, policy.ConditionB, policy.ConditionC, policy.ConditionD1, policy.ConditionD2, policy.ConditionUnstated),
			"the condition on which internet connection records are obtained; none: there are none", underIPA, 0, "none",
		},
		{"scope.identifiesSource", aWord, answerWords, "whether it is to identify or confirm a journalistic source", underPart3, 0, "no"},
		{"offence.name", aText, nil, "the offence under investigation", 0, everyPower, "Burglary, Theft Act 1968 s.9"},
		{"offence.maximumMonths", aNumber, nil, "the longest sentence for an adult, in months", 0, everyPower, 168},
		{"offence.section263", aWord, answerWords, "whether it is serious crime in the meaning of IPA 2016 s.263(1)", 0, underPart3, "yes"},
		{"offence.bodyCorporate", aWord, answerWords, "whether a body that is no individual committed it", 0, underPart3, "no"},
		{"offence.sending", aWord, answerWords, "whether sending a communication is an integral part of it", 0, underPart3, "no"},
		{"offence.privacy", aWord, answerWords, "whether a breach of a person's privacy is an integral part of it", 0, underPart3, "no"},
		{"subjects[]", aList, nil, "those whom the data is about", underPart3, everyPower, nil},
		{"subjects[].identifier", aText, nil, "a number or name of the person, as in the scope", underPart3, everyPower, "+447700900142"},
		{"subjects[].category", aWord, categoryWords, "how the person stands to the investigation", underPart3, everyPower, "suspect"},
		{"subjects[].profession", aWord, professionWords, "the person's sensitive profession; unstated: nobody looked", underPart3, everyPower, "none"},
		{"considered", aProse, nil, "how a sensitive profession was considered", 0, underPart3, nil},
	}
}

// laterFields say what followed the grant.
func laterFields() []documentField {
	const part3, agreed = underPart3, underPart3 | extraction
	return []documentField{
		{"notice.givenOn", aDay, nil, "the day on which the notice was given to the operator, or to the person who is asked to agree", 0, agreed, nil},
		{"notice.manner", aProse, nil, "how the notice says the data is to be disclosed", 0, part3, nil},
		{"notice.discloseTo[].name", aText, nil, "to whom the notice lets the data be disclosed", part3, 0, nil},
		{"notice.discloseTo[].publicAuthority", aText, nil, "the public authority of that person", part3, 0, nil},
		{"notice.heldWithinTime", aWord, answerWords, "whether the operator had or obtained the data within the period", 0, ripaNotice, nil},
		{"collaboration", aWord, answerWords, "whether an agreement between authorities lets others receive the data", 0, part3, nil},
		{"approvals.justiceOn", aDay, nil, "the day of a justice's order", 0, underRIPA, nil},
		{"approvals.justiceReference", aText, nil, "its reference", 0, underRIPA, nil},
		{"approvals.commissionerOn", aDay, nil, "the day on which a Judicial Commissioner approved it", 0, underIPA, nil},
		{"approvals.commissionerReference", aText, nil, "the reference of that approval", 0, underIPA, nil},
		{"renewals[].on", aDay, nil, "the day on which it was renewed", part3, 0, nil},
		{"renewals[].by", aText, nil, "who renewed it", part3, 0, nil},
		{"renewals[].why", aProse, nil, "why", 0, part3, nil},
		{"cancelled.on", aDay, nil, "the day on which it was cancelled", 0, everyPower, nil},
		{"cancelled.by", aText, nil, "who cancelled it", 0, everyPower, nil},
		{"cancelled.why", aProse, nil, "why", 0, everyPower, nil},
		{"retainUntil", aDay, nil, "the day until which its records are kept", 0, everyPower, nil},
		{"changed", aProse, nil, "why this state replaces the one before", 0, everyPower, nil},
	}
}

// checkAuthorityTree returns nil when the document has the form of its power.
func checkAuthorityTree(tree map[string]any) error {
	route, _ := tree["route"].(string)
	p, known := powersByRoute()[policy.Route(route)]
	if !known {
		return fieldProblems{"route is missing or not one of " + strings.Join(asWords(Routes()...), ", ")}.err("the authority")
	}
	problems := checkFields(authorityFields(), tree, p.set, "route "+route)
	if regime, _ := tree["regime"].(string); regime != string(p.regime) && regime != "" {
		problems.add("regime", "is not that of route %s: it is %s", route, p.regime)
	}
	if given, _ := tree["instrument"].(string); given != "" && !slices.Contains(asWords(p.instruments...), given) {
		problems.add("instrument", "is not one that route %s has: it has %s", route, strings.Join(asWords(p.instruments...), ", "))
	}
	problems = append(append(problems, checkApplied(tree)...), checkScope(tree)...)
	return problems.err("the authority")
}

// checkApplied wants the application to be named in one of the two ways.
func checkApplied(tree map[string]any) fieldProblems {
	var problems fieldProblems
	applied, _ := tree["application"].(map[string]any)
	_, recorded := applied["entry"]
	for _, name := range []string{"applicant", "reference", "states"} {
		_, there := applied[name]
		switch {
		case recorded && there:
			problems.add("application."+name, "stands in the recorded application: leave it out")
		case !recorded && !there && name == "applicant":
			problems.add("application", "is missing: name the recorded application (entry), or say who applied (applicant) and what the application holds (states)")
		}
	}
	return problems
}

// checkScope wants the first moment of the data to stand before the last.
func checkScope(tree map[string]any) fieldProblems {
	var problems fieldProblems
	scope, _ := tree["scope"].(map[string]any)
	from, _ := scope["from"].(string)
	until, _ := scope["until"].(string)
	first, err := firstMoment(from)
	last, later := lastMoment(until)
	if err == nil && later == nil && last < first {
		problems.add("scope.until", "is before scope.from")
	}
	return problems
}

// FieldNote is one field of an authority or an application as people are told of it.
type FieldNote struct {
	Path  string   `json:"path"`
	Must  bool     `json:"must"`
	Words []string `json:"words,omitempty"`
	Says  string   `json:"says"`
}

// AuthorityGuide returns every field that an authority under a route has, in the
// order in which it is filled in.
// Errors: ErrInvalid when there is no such route.
func AuthorityGuide(route policy.Route) ([]FieldNote, error) {
	p, known := powersByRoute()[route]
	if !known {
		return nil, fmt.Errorf("there is no route %q; the routes are %s: %w", route, strings.Join(asWords(Routes()...), ", "), ErrInvalid)
	}
	return notesOn(authorityFields(), p.set), nil
}

func notesOn(table []documentField, p powers) []FieldNote {
	var notes []FieldNote
	for _, f := range table {
		if f.allowed(p) && f.kind != aList {
			notes = append(notes, FieldNote{f.path, f.wanted(p), f.words, f.says})
		}
	}
	return notes
}
