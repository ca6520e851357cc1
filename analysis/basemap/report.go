package basemap

import (
	"fmt"
	"slices"
	"strings"

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
	var said []string
	if r.window != nil {
		said = append(said, "cut at "+r.params["bounds"]+" (west south east north, degrees)")
	}
	if r.thinner.metres > 0 {
		said = append(said, fmt.Sprintf("thinned by at most %d m, %d of %d positions kept", r.thinner.metres, r.report.Kept, r.report.Distinct))
	}
	if n := r.outside[ruleFlat]; n > 0 {
		said = append(said, fmt.Sprintf("%d features without extent not drawn", n))
	}
	if r.params["crs"] == coordinatesMet {
		said = append(said, "taken from the National Grid to WGS 84 by Helmert's transformation, right within about 5 m")
	}
	if n := r.balance.SetAside; n > 0 {
		said = append(said, fmt.Sprintf("%d of %d features could not be read and are not drawn", n, r.balance.Received))
	}
	if len(said) > 0 {
		add(&h.Details, "Base map file "+r.id+": "+strings.Join(said, "; ")+".")
	}
	h.Bounds, h.Empty = r.bounds, !r.some
}
