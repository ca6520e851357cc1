package api

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// mostDifferences is how many decisions one answer of a replay lists; the counts
// are of all.
const mostDifferences = 10_000

func (s *Server) decisionRoutes(v1 *echo.Group, document echo.MiddlewareFunc) {
	v1.GET("/decisions", s.decisions)
	v1.GET("/cases/:case/decisions", s.decisions)
	v1.GET("/decisions/:decision", s.decision)
	v1.GET("/decisions/:decision/explanation", s.explanation)
	v1.POST("/decisions/replays", decoded(s.replay), document)
}

// purposeHeader says why something is asked for, of a request without a document.
const purposeHeader = "Custos-Purpose"

// asked returns what a request without a document says of itself.
func asked(c echo.Context) custody.Ask {
	return custody.Ask{Purpose: c.Request().Header.Get(purposeHeader), For: policy.Purpose(c.QueryParam("for"))}
}

// reserved refuses a purpose in the address: it is free text, and addresses stand in the
// logs of whatever lies between.
func reserved(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.QueryParams().Has("purpose") {
			return fmt.Errorf("a purpose does not stand in the address, which others log: send it in the header %s: %w", purposeHeader, custody.ErrInvalid)
		}
		if !utf8.ValidString(c.Request().Header.Get(purposeHeader)) {
			return fmt.Errorf("the header %s is not in UTF-8: %w", purposeHeader, custody.ErrInvalid)
		}
		return next(c)
	}
}

// decisions lists decisions: of one case, or of all and of the organisation.
func (s *Server) decisions(c echo.Context) error {
	request := custody.ListDecisions{
		Ask: asked(c), Case: caseOf(c), By: c.QueryParam("by"), Action: policy.Action(c.QueryParam("action")), Refused: c.QueryParam("refused") == "true",
		Organisation: c.QueryParam("organisation") == "true",
	}
	var err error
	if request.From, request.Until, err = bounds(c.QueryParam("from"), c.QueryParam("until")); err != nil {
		return err
	}
	looks, err := s.service.Audit().List(c.Request().Context(), actorOf(c), request)
	return answered(c, map[string]any{"decisions": looks}, err)
}

// bounds reads two instants; an empty text bounds nothing.
func bounds(from, until string) (first, end time.Time, err error) {
	for text, to := range map[*string]*time.Time{&from: &first, &until: &end} {
		if *text == "" {
			continue
		}
		if *to, err = time.Parse(time.RFC3339, *text); err != nil {
			return first, end, fmt.Errorf("from and until are times such as 2026-11-21T00:00:00Z: %w", custody.ErrInvalid)
		}
	}
	return first, end, nil
}

// decision answers with one decision, in the field names of OPA's decision log.
func (s *Server) decision(c echo.Context) error {
	id, err := s.service.Audit().FindDecision(c.Request().Context(), actorOf(c), c.Param("decision"), asked(c))
	if err != nil {
		return err
	}
	recorded, err := s.service.Audit().Show(c.Request().Context(), actorOf(c), id, asked(c))
	return answered(c, json.RawMessage(recorded.Event), err)
}

func (s *Server) explanation(c echo.Context) error {
	explained, err := s.service.Audit().Why(c.Request().Context(), actorOf(c), c.Param("decision"), asked(c))
	return answered(c, explained, err)
}

type replayDocument struct {
	askDocument
	Case         custody.CaseID `json:"case"`         // empty: all of them, and the organisation
	Organisation bool           `json:"organisation"` // only the organisation
	Decision     string         `json:"decision"`     // this one only
	From         string         `json:"from"`
	Until        string         `json:"until"`
	Release      *ledger.Digest `json:"release"` // also by these rules
}

// replay takes decisions again and answers with the counts and with those that are
// not as they were, or that other rules would change.
func (s *Server) replay(c echo.Context, d replayDocument) error {
	from, until, err := bounds(d.From, d.Until)
	if err != nil {
		return err
	}
	differences, more := []custody.Difference{}, 0
	request := custody.Replay{
		Ask: d.ask(), Case: d.Case, Organisation: d.Organisation, From: from, Until: until, Release: d.Release,
		Each: func(r custody.Replayed) error {
			switch {
			case r.Agrees() && !r.Changes():
			case len(differences) == mostDifferences:
				more++
			default:
				differences = append(differences, r.Difference())
			}
			return nil
		},
	}
	if d.Decision != "" {
		if request.Entry, err = s.service.Audit().FindDecision(c.Request().Context(), actorOf(c), d.Decision, d.ask()); err != nil {
			return err
		}
	}
	report, err := s.service.Audit().Replay(c.Request().Context(), actorOf(c), request)
	return answered(c, map[string]any{"report": report, "decisions": differences, "more": more}, err)
}
