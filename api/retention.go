package api

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// retentionRoutes are how long cases are kept, holds, and disposal.
func (s *Server) retentionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/retention", s.retentionList)
	v1.GET("/retention/rules", s.retentionRules)
	v1.POST("/retention/rules", s.useRetentionRules, document)
	v1.GET("/cases/:case/retention", s.retention)
	v1.POST("/cases/:case/retention", s.recordOutcome, document)
	v1.POST("/cases/:case/retention/reviews", s.reviewRetention, document)
	v1.GET("/cases/:case/holds", s.holds)
	v1.POST("/cases/:case/holds", s.placeHold, document)
	v1.POST("/cases/:case/holds/:hold/endings", s.liftHold, document)
	v1.GET("/erasures", s.erasures)
	v1.GET("/cases/:case/erasures", s.erasures)
	v1.POST("/cases/:case/erasures", s.orderErasure, document)
	v1.POST("/erasures/:order/answers", s.answerErasure, document)
	v1.POST("/erasures/:order/carrying-out", s.carryOutErasure, document)
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

type holdDocument struct {
	askDocument
	Hold   string `json:"hold"` // empty: the next number
	Ground string `json:"ground"`
}

type reasonDocument struct {
	askDocument
	Reason string `json:"reason"`
}

type orderErasureDocument struct {
	askDocument
	Payloads []string            `json:"payloads"` // none: the whole case, with whole
	Whole    bool                `json:"whole"`
	Derived  bool                `json:"derived"`
	Basis    policy.ErasureBasis `json:"basis"` // empty: retention
	Ground   string              `json:"ground"`
	Order    string              `json:"order"`
}

type answerErasureDocument struct {
	askDocument
	Decision string `json:"decision"`
	Reason   string `json:"reason"`
}

func (s *Server) retentionList(c echo.Context) error {
	found, err := s.service.Retention().List(c.Request().Context(), actorOf(c), custody.ListRetention{Due: c.QueryParam("due") == "true"})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, found)
}

func (s *Server) retentionRules(c echo.Context) error {
	rules, named, err := s.service.Retention().Rules(c.Request().Context(), actorOf(c), "", custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"rules": rules, "inForce": named})
}

func (s *Server) useRetentionRules(c echo.Context) error {
	var d retentionRulesDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	text, err := ledger.MarshalCanonical(d.Rules)
	if err != nil {
		return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
	}
	used, err := s.service.Retention().Use(c.Request().Context(), actorOf(c), custody.UseRetentionRules{Ask: d.ask(), Rules: text, Reason: d.Reason})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"rules": used.Rules, "waiting": used.Waiting, "proof": proof(used.Proof)})
}

func (s *Server) retention(c echo.Context) error {
	kept, err := s.service.Retention().Show(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, kept)
}

func (s *Server) recordOutcome(c echo.Context) error {
	var d outcomeDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	p, err := s.service.Retention().Record(c.Request().Context(), actorOf(c), custody.RecordOutcome{Ask: d.ask(), Case: caseOf(c), Facts: d.Facts})
	return created(c, p, err)
}

func (s *Server) reviewRetention(c echo.Context) error {
	var d reviewDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	p, err := s.service.Retention().Review(c.Request().Context(), actorOf(c), custody.ReviewRetention{
		Ask: d.ask(), Case: caseOf(c), Decision: d.Decision, NextOn: d.NextOn, Reason: d.Reason,
	})
	return created(c, p, err)
}

func (s *Server) holds(c echo.Context) error {
	holds, err := s.service.Holds().List(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"holds": holds})
}

func (s *Server) placeHold(c echo.Context) error {
	var d holdDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	p, err := s.service.Holds().Place(c.Request().Context(), actorOf(c), custody.PlaceHold{Ask: d.ask(), Case: caseOf(c), Hold: d.Hold, Ground: d.Ground})
	return created(c, p, err)
}

func (s *Server) liftHold(c echo.Context) error {
	var d reasonDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	p, err := s.service.Holds().Lift(c.Request().Context(), actorOf(c), custody.LiftHold{Ask: d.ask(), Case: caseOf(c), Hold: c.Param("hold"), Reason: d.Reason})
	return created(c, p, err)
}

func (s *Server) erasures(c echo.Context) error {
	all, err := s.service.Erasures().List(c.Request().Context(), actorOf(c), caseOf(c), custody.Ask{})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]any{"erasures": all})
}

func (s *Server) orderErasure(c echo.Context) error {
	var d orderErasureDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	if d.Whole == (len(d.Payloads) > 0) {
		return fmt.Errorf("name the payloads that are to be erased, or say whole: %w", custody.ErrInvalid)
	}
	erasure, p, err := s.service.Erasures().Order(c.Request().Context(), actorOf(c), custody.OrderErasure{
		Ask: d.ask(), Case: caseOf(c), Payloads: d.Payloads, Derived: d.Derived, Basis: d.Basis, Ground: d.Ground, Order: d.Order,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"erasure": erasure, "proof": proof(p)})
}

func (s *Server) answerErasure(c echo.Context) error {
	order, err := orderOf(c)
	if err != nil {
		return err
	}
	var d answerErasureDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	erasure, p, err := s.service.Erasures().Answer(c.Request().Context(), actorOf(c), custody.AnswerErasure{
		Ask: d.ask(), Order: order, Decision: d.Decision, Reason: d.Reason,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"erasure": erasure, "proof": proof(p)})
}

func (s *Server) carryOutErasure(c echo.Context) error {
	order, err := orderOf(c)
	if err != nil {
		return err
	}
	var d askDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	erasure, done, err := s.service.Erasures().CarryOut(c.Request().Context(), actorOf(c), custody.CarryOutErasure{Ask: d.ask(), Order: order})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"erasure": erasure, "proofs": proofs(done)})
}

func orderOf(c echo.Context) (ledger.EntryID, error) {
	order, err := ledger.ParseEntryID(c.Param("order"))
	if err != nil {
		err = fmt.Errorf("%q is no entry: %w", c.Param("order"), custody.ErrNotFound)
	}
	return order, err
}
