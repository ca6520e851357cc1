package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/analysis"
	"custos.example/custody"
	"custos.example/ledger"
)

// selectionRoutes are rows of data sets that are served. Which rows are chosen stands
// in the document: it names people.
func (s *Server) selectionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/cases/:case/selections", s.selections)
	v1.POST("/cases/:case/data/:data/selections", s.selectRows, document)
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

func (s *Server) selectRows(c echo.Context) error {
	data, err := ledger.ParseEntryID(c.Param("data"))
	if err != nil {
		return custody.ErrNotFound
	}
	var d selectRowsDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	request := custody.SelectRows{
		Ask: d.ask(), Case: caseOf(c), Data: data, Title: d.Title, Show: analysis.Criteria(d.Show), Rest: d.Rest, Redact: d.Redact,
	}
	for _, w := range d.Withhold {
		request.Withhold = append(request.Withhold, analysis.Withholding{Criteria: analysis.Criteria(w.criteriaElement), Reason: w.Reason})
	}
	selected, err := s.service.Selections().Select(c.Request().Context(), actorOf(c), request)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, selectedDocument{selected.Selection, proof(selected.Proof)})
}

func (s *Server) selections(c echo.Context) error {
	found, err := s.service.Selections().List(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"selections": found})
}
