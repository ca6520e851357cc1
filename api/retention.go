package api

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// retentionRoutes are how long cases are kept, and reviews.
func (s *Server) retentionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/retention", s.retentionList)
	v1.GET("/retention/rules", s.retentionRules)
	v1.POST("/retention/rules", decoded(s.useRetentionRules), document)
	v1.GET("/cases/:case/retention", s.retention)
	v1.POST("/cases/:case/retention", decoded(s.recordOutcome), document)
	v1.POST("/cases/:case/retention/reviews", decoded(s.reviewRetention), document)
}

type outcomeDocument struct {
	askDocument
	Facts custody.RetentionFacts `json:"facts"`
}

type reviewDocument struct {
	askDocument
	Decision string      `json:"decision"`
	NextOn   policy.Date `json:"nextOn"`
	Reason   string      `json:"reason"`
}

type retentionRulesDocument struct {
	askDocument
	Rules  custody.RetentionRules `json:"rules"`
	Reason string                 `json:"reason"`
}

func (s *Server) retentionList(c echo.Context) error {
	found, err := s.service.Retention().List(c.Request().Context(), actorOf(c), custody.ListRetention{Ask: asked(c), Due: c.QueryParam("due") == "true"})
	return answered(c, found, err)
}

func (s *Server) retentionRules(c echo.Context) error {
	rules, named, err := s.service.Retention().Rules(c.Request().Context(), actorOf(c), "", asked(c))
	return answered(c, map[string]any{"rules": rules, "inForce": named}, err)
}

func (s *Server) useRetentionRules(c echo.Context, d retentionRulesDocument) error {
	text, err := ledger.MarshalCanonical(d.Rules)
	if err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	used, err := s.service.Retention().Use(c.Request().Context(), actorOf(c), custody.UseRetentionRules{Ask: d.ask(), Rules: text, Reason: d.Reason})
	return created(c, map[string]any{"rules": used.Rules, "waiting": used.Waiting, "proof": proof(used.Proof)}, err)
}

func (s *Server) retention(c echo.Context) error {
	kept, err := s.service.Retention().Show(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, kept, err)
}

func (s *Server) recordOutcome(c echo.Context, d outcomeDocument) error {
	p, err := s.service.Retention().Record(c.Request().Context(), actorOf(c), custody.RecordOutcome{Ask: d.ask(), Case: caseOf(c), Facts: d.Facts})
	return placed(c, p, err)
}

func (s *Server) reviewRetention(c echo.Context, d reviewDocument) error {
	p, err := s.service.Retention().Review(c.Request().Context(), actorOf(c), custody.ReviewRetention{
		Ask: d.ask(), Case: caseOf(c), Decision: d.Decision, NextOn: d.NextOn, Reason: d.Reason,
	})
	return placed(c, p, err)
}
