package custody

import (
	"context"
	"slices"

	"custos.example/analysis/paper"
	"custos.example/policy"
)

// reportKind is one report, schedule or statement that custos makes from the
// record.
//
// gather reads nothing but the record as it stood when the log had asOf entries,
// and the request: the same call later gives the same document.
type reportKind struct {
	name         string
	title        string // in words, as it stands on the paper
	organisation bool   // over all cases; else of one
	action       policy.Action
	params       []string // names of the parameters it understands
	inputs       []string // names of the files it may be given
	// observe is what is seen from outside the record when it is made, by the names of
	// files; nil = nothing.
	observe func(ctx context.Context, a *act) (map[string][]byte, error)
	gather  func(ctx context.Context, a *act, ask reportAsk) (paper.Document, error)
	// draw makes further forms from the same; nil = there are none.
	draw func(ctx context.Context, a *act, ask reportAsk) ([]Form, error)
}

// reportKinds is the one ordered list of them.
func reportKinds() []reportKind {
	return []reportKind{
		{name: "ipco", title: "Communications data: returns, authorities and the use made of them", organisation: true, action: policy.ReportOrganisation, inputs: []string{operatorList}, gather: ipcoReport},
		{name: "dpia", title: "Assessment of the impact on data protection", organisation: true, action: policy.ReportOrganisation, inputs: writtenNames(), gather: dpiaReport},
		{name: "oversight", title: "Volume, delay and cost", organisation: true, action: policy.TotalsRead, gather: oversightReport},
		{name: "health", title: "Health of the log", organisation: true, action: policy.ReportHealth, observe: observeHealth, gather: healthReport},
		{name: "subject", title: "What the case holds about a person", action: policy.ReportCase, params: []string{subjectIdentifier, subjectItem, subjectName}, gather: subjectReport},
		{name: "entries", title: "Entries of the case", action: policy.ReportCase, gather: entriesReport},
		{
			name: "continuity", title: "Continuity of an item", action: policy.ReportCase, params: []string{"item"}, gather: continuityReport, draw: continuityDrawing,
		},
		{name: "gaps", title: "Gaps in the custody of items", action: policy.ReportCase, gather: gapsReport},
		{name: "mg6c", title: "MG6C: schedule of unused material that is not sensitive", action: policy.ScheduleMake, gather: mg6cReport},
		{name: "mg6d", title: "MG6D: schedule of sensitive unused material", action: policy.ScheduleMake, gather: mg6dReport},
		{name: "mg6e", title: "MG6E: disclosure officer's report", action: policy.ScheduleMake, gather: mg6eReport},
		{name: "mg9", title: "MG9: list of witnesses", action: policy.ScheduleMake, gather: mg9Report},
		{name: "mg11", title: "MG11: draft paragraphs of a statement", action: policy.ReportCase, params: []string{"witness"}, gather: mg11Report},
		{name: "mg12", title: "MG12: list of exhibits", action: policy.ReportCase, gather: mg12Report},
		{name: "dmd", title: "Disclosure management document", action: policy.ScheduleMake, gather: dmdReport},
		{name: "sfr1", title: "SFR1: short factual report on an exhibit", action: policy.ReportCase, params: []string{"exhibit", "version"}, gather: sfr1Report},
		{name: "reliability", title: "Reliability statement of an exhibit", action: policy.ReportCase, params: []string{"exhibit", "version"}, gather: reliabilityReport},
		{name: "disposal", title: "Certificate of disposal", organisation: true, action: policy.ReportOrganisation, params: []string{reportOrder}, gather: disposalReport},
	}
}

// reportKindOf returns the kind of that name.
func reportKindOf(name string) (reportKind, bool) {
	kinds := reportKinds()
	i := slices.IndexFunc(kinds, func(k reportKind) bool { return k.name == name })
	if i < 0 {
		return reportKind{}, false
	}
	return kinds[i], true
}

// ReportKind says what a report is.
type ReportKind struct {
	Name         string        `json:"name"`
	Title        string        `json:"title"`
	Organisation bool          `json:"organisation"` // over all cases; else of one
	Action       policy.Action `json:"action"`
	Params       []string      `json:"params"`
	Inputs       []string      `json:"inputs"`
}

// ReportKinds lists the reports that can be made, in their order.
func ReportKinds() []ReportKind {
	kinds := []ReportKind{}
	for _, k := range reportKinds() {
		kinds = append(kinds, ReportKind{k.name, k.title, k.organisation, k.action, notNil(k.params), notNil(k.inputs)})
	}
	return kinds
}
