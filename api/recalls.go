package api

import (
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

func (s *Server) recallCopies(c echo.Context, d recallDocument) error {
	recalled, p, err := s.service.Copies().Recall(c.Request().Context(), actorOf(c), custody.RecallCopies{
		Ask: d.ask(), Case: caseOf(c), Numbers: d.Copies, Of: orZero(d.Of), By: d.By, Reason: d.Reason, Means: d.Means,
	})
	return created(c, map[string]any{"copies": recalled, "proof": proof(p)}, err)
}

func (s *Server) answerRecall(c echo.Context, d recallAnswerDocument) error {
	number, err := copyOf(c)
	if err != nil {
		return err
	}
	p, err := s.service.Copies().AnswerRecall(c.Request().Context(), actorOf(c), custody.AnswerRecall{
		Ask: d.ask(), Case: caseOf(c), Number: number, State: d.State, Said: d.Said,
	})
	return placed(c, p, err)
}
