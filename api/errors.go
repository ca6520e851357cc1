package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

// errorRoutes are the register of errors in obtaining or disclosing data.
func (s *Server) errorRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/errors", s.knownErrors)
	v1.GET("/cases/:case/errors", s.knownErrors)
	v1.GET("/cases/:case/errors/:error", s.knownError)
	v1.GET("/cases/:case/errors/:error/collateral", s.collateral)
	v1.POST("/cases/:case/errors", decoded(s.recordError), document)
	v1.POST("/cases/:case/errors/:error/reports", decoded(s.reportError), document)
	v1.POST("/cases/:case/errors/:error/closures", decoded(s.closeError), document)
}

type errorDocument struct {
	askDocument
	ID           string                `json:"id"` // of one that is on record, to say what is now known
	Type         custody.ErrorType     `json:"type"`
	Cause        custody.ErrorCause    `json:"cause"`
	CausedBy     custody.CausedBy      `json:"causedBy"`
	DiscoveredAt time.Time             `json:"discoveredAt"`
	Entries      []ledger.EntryID      `json:"entries"`
	Handling     custody.ErrorHandling `json:"handling"`
	Intrusion    string                `json:"intrusion"`
	Region       workday.Region        `json:"region"`
	Regime       policy.Regime         `json:"regime"`
	Steps        string                `json:"steps"`
	What         string                `json:"what"`
}

type errorReportDocument struct {
	askDocument
	At        time.Time `json:"at"`
	Reference string    `json:"reference"`
}

type recordedErrorDocument struct {
	Error string             `json:"error"`
	State custody.ErrorState `json:"state"`
	Clock custody.ErrorClock `json:"clock"`
	Proof proofElement       `json:"proof"`
}

// knownErrors lists the errors of one case, or of every case.
func (s *Server) knownErrors(c echo.Context) error {
	known, err := s.service.ErrorRegister().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"errors": known}, err)
}

func (s *Server) knownError(c echo.Context) error {
	known, err := s.service.ErrorRegister().Show(c.Request().Context(), actorOf(c), caseOf(c), c.Param("error"), asked(c))
	return answered(c, known, err)
}

// collateral says what an error has come into.
func (s *Server) collateral(c echo.Context) error {
	found, err := s.service.ErrorRegister().Collateral(c.Request().Context(), actorOf(c), caseOf(c), c.Param("error"), asked(c))
	return answered(c, found, err)
}

func (s *Server) recordError(c echo.Context, d errorDocument) error {
	recorded, err := s.service.ErrorRegister().Record(c.Request().Context(), actorOf(c), custody.RecordError{
		Ask: d.ask(), Case: caseOf(c), ID: d.ID, Type: d.Type, Cause: d.Cause, CausedBy: d.CausedBy, DiscoveredAt: d.DiscoveredAt, Entries: d.Entries,
		Handling: d.Handling, Intrusion: d.Intrusion, Region: d.Region, Regime: d.Regime, Steps: d.Steps, What: d.What,
	})
	return created(c, recordedError(recorded), err)
}

func (s *Server) reportError(c echo.Context, d errorReportDocument) error {
	recorded, err := s.service.ErrorRegister().Report(c.Request().Context(), actorOf(c), custody.ReportError{
		Ask: d.ask(), Case: caseOf(c), ID: c.Param("error"), At: d.At, Reference: d.Reference,
	})
	return created(c, recordedError(recorded), err)
}

func (s *Server) closeError(c echo.Context, d reasonDocument) error {
	recorded, err := s.service.ErrorRegister().Close(c.Request().Context(), actorOf(c), custody.CloseError{
		Ask: d.ask(), Case: caseOf(c), ID: c.Param("error"), Reason: d.Reason,
	})
	return created(c, recordedError(recorded), err)
}

func recordedError(r custody.RecordedError) recordedErrorDocument {
	return recordedErrorDocument{r.ID, r.State, r.Clock, proof(r.Proof)}
}
