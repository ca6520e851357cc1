package api

import (
	"github.com/labstack/echo/v4"

	"custos.example/analysis"
	"custos.example/custody"
)

// selectionRoutes are rows of data sets that are served. Which rows are chosen stands
// in the document: it names people.
func (s *Server) selectionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/cases/:case/selections", s.selections)
	v1.POST("/cases/:case/data/:data/selections", decoded(s.selectRows), document)
}

// criteriaElement is what a row must meet; what is left out asks nothing.
type criteriaElement struct {
	From        string              `json:"from"`
	Until       string              `json:"until"`
	Identifiers []string            `json:"identifiers"`
	Rows        []analysis.RowRange `json:"rows"`
}

type withholdElement struct {
	criteriaElement
	Reason string `json:"reason"`
}

type selectRowsDocument struct {
	askDocument
	Title    string               `json:"title"`
	Show     criteriaElement      `json:"show"`
	Withhold []withholdElement    `json:"withhold"`
	Rest     string               `json:"rest"`
	Redact   []analysis.Redaction `json:"redact"`
}

type selectedDocument struct {
	Selection analysis.Selection `json:"selection"`
	Proof     proofElement       `json:"proof"`
}

func (s *Server) selectRows(c echo.Context, d selectRowsDocument) error {
	data, err := entryOf(c, "data")
	if err != nil {
		return err
	}
	request := custody.SelectRows{
		Ask: d.ask(), Case: caseOf(c), Data: data, Title: d.Title, Show: analysis.Criteria(d.Show), Rest: d.Rest, Redact: d.Redact,
	}
	for _, w := range d.Withhold {
		request.Withhold = append(request.Withhold, analysis.Withholding{Criteria: analysis.Criteria(w.criteriaElement), Reason: w.Reason})
	}
	selected, err := s.service.Selections().Select(c.Request().Context(), actorOf(c), request)
	return created(c, selectedDocument{selected.Selection, proof(selected.Proof)}, err)
}

func (s *Server) selections(c echo.Context) error {
	found, err := s.service.Selections().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"selections": found}, err)
}
