package api

import (
	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// registerRoutes are what a case holds, and known defects.
func (s *Server) registerRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/cases/:case/files", s.files)
	v1.GET("/cases/:case/exhibits", s.exhibits)
	v1.GET("/defects", s.defects)
	v1.GET("/cases/:case/defects", s.defects)
	v1.POST("/defects", decoded(s.recordDefect), document)
	v1.POST("/cases/:case/defects", decoded(s.recordDefect), document)
}

type defectDocument struct {
	askDocument
	ID      string           `json:"id"`
	Title   string           `json:"title"`
	Effect  string           `json:"effect"`
	State   string           `json:"state"`
	Entries []ledger.EntryID `json:"entries"`
	Steps   []string         `json:"steps"` // name@version
}

func (s *Server) files(c echo.Context) error {
	files, err := s.service.Cases().Files(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"files": files}, err)
}

func (s *Server) exhibits(c echo.Context) error {
	exhibits, err := s.service.Exhibits().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"exhibits": exhibits}, err)
}

// defects lists the known defects that bear on one case, or all.
func (s *Server) defects(c echo.Context) error {
	defects, err := s.service.Defects().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"defects": defects}, err)
}

// recordDefect records a defect of entries of one case, or of a step for all.
func (s *Server) recordDefect(c echo.Context, d defectDocument) error {
	p, err := s.service.Defects().Record(c.Request().Context(), actorOf(c), custody.RecordDefect{
		Ask: d.ask(), Case: caseOf(c), ID: d.ID, Title: d.Title, Effect: d.Effect, State: d.State, Entries: d.Entries, Steps: d.Steps,
	})
	return placed(c, p, err)
}
