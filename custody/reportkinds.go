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
	gather       func(ctx context.Context, a *act, ask reportAsk) (paper.Document, error)
	// draw makes further forms from the same; nil = there are none.
	draw func(ctx context.Context, a *act, ask reportAsk) ([]Form, error)
}

// reportKinds is the one ordered list of them.
func reportKinds() []reportKind {
	return []reportKind{
		{name: "entries", title: "Entries of the case", action: policy.ReportCase, gather: entriesReport},
		{
			name: "continuity", title: "Continuity of an item", action: policy.ReportCase, params: []string{"item"}, gather: continuityReport, draw: continuityDrawing,
		},
		{name: "gaps", title: "Gaps in the custody of items", action: policy.ReportCase, gather: gapsReport},
		{name: "disposal", title: "Certificate of disposal", organisation: true, action: policy.ReportOrganisation, params: []string{"order"}, gather: disposalReport},
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
