package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/analysis/paper"
	"custos.example/custody"
	"custos.example/ledger"
)

// reportRoutes are schedules, statements and reports that are made from the record.
func (s *Server) reportRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/reports", s.reports)
	v1.POST("/reports", decoded(s.makeReport), document)
	v1.GET("/reports/:report", s.report)
	v1.GET("/reports/:report/forms/:form", s.reportForm)
	v1.GET("/reports/:report/figures/:figure", s.explainFigure)
	v1.POST("/reports/:report/repetitions", decoded(s.reportAgain), document)
	v1.GET("/cases/:case/reports", s.reports)
	v1.POST("/cases/:case/reports", decoded(s.makeReport), document)
	v1.GET("/cases/:case/reports/:report", s.report)
	v1.GET("/cases/:case/reports/:report/forms/:form", s.reportForm)
	v1.GET("/cases/:case/reports/:report/figures/:figure", s.explainFigure)
	v1.POST("/cases/:case/reports/:report/repetitions", decoded(s.reportAgain), document)
}

type reportDocument struct {
	askDocument
	Report string            `json:"report"`
	From   time.Time         `json:"from"`
	Until  time.Time         `json:"until"`
	Params map[string]string `json:"params"`
	Inputs map[string][]byte `json:"inputs"` // base64
}

type madeReportDocument struct {
	Report   string                   `json:"report"`
	Document paper.Document           `json:"document"`
	Forms    map[string]ledger.Digest `json:"forms"` // SHA-256 of each form
	Proof    proofElement             `json:"proof"`
}

func madeReport(made custody.MadeReport) madeReportDocument {
	d := madeReportDocument{Report: made.Report, Document: made.Document, Forms: map[string]ledger.Digest{}, Proof: proof(made.Proof)}
	for _, f := range made.Forms {
		d.Forms[f.Name] = f.SHA256
	}
	return d
}

// reports lists the reports of one case, or those over all cases, and what can be
// made.
func (s *Server) reports(c echo.Context) error {
	known, err := s.service.Reports().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"reports": known, "kinds": custody.ReportKinds()}, err)
}

func (s *Server) makeReport(c echo.Context, d reportDocument) error {
	made, err := s.service.Reports().Make(c.Request().Context(), actorOf(c), custody.MakeReport{
		Ask: d.ask(), Case: caseOf(c), Report: d.Report, From: d.From, Until: d.Until, Params: d.Params, Inputs: d.Inputs,
	})
	return created(c, madeReport(made), err)
}

// readReport reads the report that the path names.
func (s *Server) readReport(c echo.Context) (custody.MadeReport, error) {
	entry, err := entryOf(c, "report")
	if err != nil {
		return custody.MadeReport{}, err
	}
	return s.service.Reports().Read(c.Request().Context(), actorOf(c), caseOf(c), entry, asked(c))
}

func (s *Server) report(c echo.Context) error {
	made, err := s.readReport(c)
	return answered(c, madeReport(made), err)
}

// reportForm answers with one form of a report, byte for byte.
func (s *Server) reportForm(c echo.Context) error {
	made, err := s.readReport(c)
	if err != nil {
		return err
	}
	for _, f := range made.Forms {
		if f.Name == c.Param("form") {
			return c.Blob(http.StatusOK, echo.MIMEOctetStream, f.Content)
		}
	}
	return custody.ErrNotFound
}

func (s *Server) explainFigure(c echo.Context) error {
	entry, err := entryOf(c, "report")
	if err != nil {
		return err
	}
	figure, err := s.service.Reports().Explain(c.Request().Context(), actorOf(c), caseOf(c), entry, c.Param("figure"), asked(c))
	return answered(c, figure, err)
}

// reportAgain makes a report on record again and says whether it is the same.
func (s *Server) reportAgain(c echo.Context, d askDocument) error {
	entry, err := entryOf(c, "report")
	if err != nil {
		return err
	}
	again, err := s.service.Reports().Again(c.Request().Context(), actorOf(c), caseOf(c), entry, d.ask())
	return answered(c, again, err)
}
