package basemap

import (
	"fmt"
	"slices"

	"custos.example/analysis"
)

// report is what an import says of itself.
// Shape: canonical JSON. Units: positions, but where the name says otherwise.
type report struct {
	Format     string           `json:"format"`
	Step       string           `json:"step"`
	Parameters analysis.Params  `json:"parameters"`
	Source     sourceReport     `json:"source"`
	Below      int64            `json:"featuresBelow"` // taken over from the base map below
	Balance    analysis.Balance `json:"balance"`       // of features
	Points     int64            `json:"points"`        // parts drawn, by kind
	Lines      int64            `json:"lines"`
	Areas      int64            `json:"areas"`
	Received   int64            `json:"positionsReceived"`
	Within     int64            `json:"positionsWithinBounds"` // with those made where an edge cut a line
	Distinct   int64            `json:"positionsDistinct"`     // without those that rounding to 1e-7 degree made equal to the one before
	Kept       int64            `json:"positionsKept"`         // after thinning
	Vanished   int64            `json:"partsVanished"`         // parts too small after rounding and thinning
	// NamesLeftOut counts names that cannot be printed.
	NamesLeftOut int64 `json:"namesLeftOut"`
}

type sourceReport struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

func (r *report) count(kind string) {
	switch kind {
	case Dot:
		r.Points++
	case Line:
		r.Lines++
	default:
		r.Areas++
	}
}

func (r *run) reportText() ([]byte, error) {
	r.report.Format, r.report.Step, r.report.Parameters, r.report.Balance = reportFormat, Map{}.Info().Identity(), r.params, r.balance
	return analysis.MarshalCanonical(r.report)
}

// finishHead puts the credit in front, and what a reader of the page must know.
func (r *run) finishHead() {
	h := &r.head
	add := func(list *[]string, text string) {
		if !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	add(&h.Credits, r.params["credit"])
	add(&h.Licences, r.params["licence"])
	file := "Base map file " + r.id
	if r.window != nil {
		add(&h.Details, fmt.Sprintf("%s was cut at %s (west south east north, degrees): %d of %d features lie wholly outside.",
			file, r.params["bounds"], r.outside[ruleWindow], r.balance.Received))
	}
	if r.thinner.metres > 0 {
		add(&h.Details, fmt.Sprintf("%s was thinned: every position left out lies within %d m of the line drawn; %d of %d positions are kept. Smaller than that and not drawn: parts %d, whole features %d.",
			file, r.thinner.metres, r.report.Kept, r.report.Distinct, r.report.Vanished, r.outside[ruleFlat]))
	}
	if r.params["crs"] == coordinatesMet {
		add(&h.Details, file+": its National Grid positions were taken to WGS 84 by Helmert's transformation, right within about 5 m.")
	}
	if n := r.balance.SetAside; n > 0 {
		add(&h.Details, fmt.Sprintf("%s: %d of %d features could not be read and are not drawn.", file, n, r.balance.Received))
	}
	h.Bounds, h.Empty = r.bounds, !r.some
}
