package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

type recallDocument struct {
	askDocument
	Copies []uint64        `json:"copies"` // none, without of: every copy that is still there
	Of     *ledger.EntryID `json:"of"`
	By     policy.Date     `json:"by"`
	Reason string          `json:"reason"`
	Means  string          `json:"means"`
}

type recallAnswerDocument struct {
	askDocument
	State custody.RecallState `json:"state"` // refused or lost
	Said  string              `json:"said"`
}

func (s *Server) recallCopies(c echo.Context) error {
	var d recallDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	recalled, p, err := s.service.Copies().Recall(c.Request().Context(), actorOf(c), custody.RecallCopies{
		Ask: d.ask(), Case: caseOf(c), Numbers: d.Copies, Of: orZero(d.Of), By: d.By, Reason: d.Reason, Means: d.Means,
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, map[string]any{"copies": recalled, "proof": proof(p)})
}

func (s *Server) answerRecall(c echo.Context) error {
	number, err := strconv.ParseUint(c.Param("copy"), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not the number of a copy: %w", c.Param("copy"), custody.ErrNotFound)
	}
	var d recallAnswerDocument
	if err := decode(c.Request().Body, &d); err != nil {
		return err
	}
	p, err := s.service.Copies().AnswerRecall(c.Request().Context(), actorOf(c), custody.AnswerRecall{
		Ask: d.ask(), Case: caseOf(c), Number: number, State: d.State, Said: d.Said,
	})
	return created(c, p, err)
}
