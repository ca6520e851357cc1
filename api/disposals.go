package api

import (
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/policy"
)

// disposalRoutes are holds and lawful disposal.
func (s *Server) disposalRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/holds", s.holds)
	v1.GET("/cases/:case/holds", s.holds)
	v1.POST("/cases/:case/holds", decoded(s.placeHold), document)
	v1.POST("/cases/:case/holds/endings", decoded(s.liftHold), document)
	v1.GET("/erasures", s.erasures)
	v1.GET("/cases/:case/erasures", s.erasures)
	v1.POST("/cases/:case/erasures", decoded(s.orderErasure), document)
	v1.POST("/erasures/:order/approvals", decoded(s.approveErasure), document)
	v1.POST("/erasures/:order/cancellations", decoded(s.cancelErasure), document)
	v1.POST("/erasures/:order/executions", decoded(s.carryOutErasure), document)
}

type holdDocument struct {
	askDocument
	Hold   string `json:"hold"`
	Ground string `json:"ground"`
}

type liftedHoldDocument struct {
	askDocument
	Hold   string `json:"hold"`
	Reason string `json:"reason"`
}

type erasureDocument struct {
	askDocument
	Payloads  []string            `json:"payloads"` // none with wholeCase
	WholeCase bool                `json:"wholeCase"`
	Derived   bool                `json:"derived"`
	Basis     policy.ErasureBasis `json:"basis"`
	Ground    string              `json:"ground"`
	Order     string              `json:"order"`
	Hours     int                 `json:"hours"` // how long it can be cancelled; 0: as short as may be
}

// reasonDocument says no more than why.
type reasonDocument struct {
	askDocument
	Reason string `json:"reason"`
}

// holds lists the holds of one case, or of every case.
func (s *Server) holds(c echo.Context) error {
	holds, err := s.service.Holds().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"holds": holds}, err)
}

func (s *Server) placeHold(c echo.Context, d holdDocument) error {
	p, err := s.service.Holds().Place(c.Request().Context(), actorOf(c), custody.PlaceHold{
		Ask: d.ask(), Case: caseOf(c), Hold: d.Hold, Ground: d.Ground,
	})
	return placed(c, p, err)
}

func (s *Server) liftHold(c echo.Context, d liftedHoldDocument) error {
	p, err := s.service.Holds().Lift(c.Request().Context(), actorOf(c), custody.LiftHold{
		Ask: d.ask(), Case: caseOf(c), Hold: d.Hold, Reason: d.Reason,
	})
	return placed(c, p, err)
}

// erasures lists the orders of erasure of one case, or of every case.
func (s *Server) erasures(c echo.Context) error {
	orders, err := s.service.Erasures().List(c.Request().Context(), actorOf(c), caseOf(c), asked(c))
	return answered(c, map[string]any{"erasures": orders}, err)
}

// orderErasure orders what is named, or the whole case when that is said.
func (s *Server) orderErasure(c echo.Context, d erasureDocument) error {
	if d.WholeCase == (len(d.Payloads) > 0) {
		return fmt.Errorf("name what is to be erased, or say that it is the whole case: %w", custody.ErrInvalid)
	}
	erasure, p, err := s.service.Erasures().Order(c.Request().Context(), actorOf(c), custody.OrderErasure{
		Ask: d.ask(), Case: caseOf(c), Payloads: d.Payloads, Derived: d.Derived, Basis: d.Basis, Ground: d.Ground, Order: d.Order,
		Delay: time.Duration(d.Hours) * time.Hour,
	})
	return created(c, map[string]any{"erasure": erasure, "proof": proof(p)}, err)
}

func (s *Server) approveErasure(c echo.Context, d reasonDocument) error {
	return s.answerErasure(c, d, custody.ErasureApproved)
}

func (s *Server) cancelErasure(c echo.Context, d reasonDocument) error {
	return s.answerErasure(c, d, custody.ErasureCancelled)
}

func (s *Server) answerErasure(c echo.Context, d reasonDocument, decision string) error {
	order, err := entryOf(c, "order")
	if err != nil {
		return err
	}
	erasure, p, err := s.service.Erasures().Answer(c.Request().Context(), actorOf(c), custody.AnswerErasure{
		Ask: d.ask(), Order: order, Decision: decision, Reason: d.Reason,
	})
	return created(c, map[string]any{"erasure": erasure, "proof": proof(p)}, err)
}

func (s *Server) carryOutErasure(c echo.Context, d askDocument) error {
	order, err := entryOf(c, "order")
	if err != nil {
		return err
	}
	erasure, done, err := s.service.Erasures().CarryOut(c.Request().Context(), actorOf(c), custody.CarryOutErasure{Ask: d.ask(), Order: order})
	return created(c, map[string]any{"erasure": erasure, "proofs": proofs(done)}, err)
}
