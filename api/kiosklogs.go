package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

// recipient answers with the key to which others seal, which is public.
func (s *Server) recipient(c echo.Context) error {
	key, err := s.service.Links().Recipient(c.Request().Context())
	return answered(c, map[string]any{"recipient": key}, err)
}

func (s *Server) joinedLogs(c echo.Context) error {
	links, err := s.service.Links().List(c.Request().Context(), actorOf(c), asked(c))
	return answered(c, links, err)
}

type admitLogDocument struct {
	askDocument
	Name       string           `json:"name"`
	Role       custody.LinkRole `json:"role"`
	Trust      json.RawMessage  `json:"trust"`
	Place      string           `json:"place"`
	Recipient  string           `json:"recipient"`
	Checkpoint string           `json:"checkpoint"`
}

func (s *Server) admitLog(c echo.Context, d admitLogDocument) error {
	p, err := s.service.Links().Admit(c.Request().Context(), actorOf(c), custody.AdmitLog{
		Ask: d.ask(), Name: d.Name, Role: d.Role, Trust: d.Trust, Place: d.Place, Recipient: d.Recipient, Checkpoint: []byte(d.Checkpoint),
	})
	return created(c, map[string]any{"name": d.Name, "proof": proof(p)}, err)
}

type joinLogDocument struct {
	askDocument
	Reason string `json:"reason"` // of a joining anew
}

// joinLog takes the newest head of a kiosk: a multipart form with "request", then
// "file".
func (s *Server) joinLog(c echo.Context) error {
	form, err := c.Request().MultipartReader()
	if err != nil {
		return fmt.Errorf("a head is sent as a multipart form (%w): %w", err, custody.ErrInvalid)
	}
	part, err := next(form, "request")
	if err != nil {
		return err
	}
	var d joinLogDocument
	if err := decode(io.LimitReader(part, 1<<20), &d); err != nil {
		return err
	}
	file, err := next(form, "file")
	if err != nil {
		return err
	}
	found, err := s.service.Links().Join(c.Request().Context(), actorOf(c), custody.JoinLog{Ask: d.ask(), Content: file, Reason: d.Reason})
	return created(c, map[string]any{
		"name": found.Name, "verdict": found.Verdict, "words": found.Words, "size": found.Size, "proof": proof(found.Proof),
	}, err)
}

// logState answers with this log's newest head and leaves, which are public, sealed to
// the force.
func (s *Server) logState(c echo.Context) error {
	var text bytes.Buffer
	if _, err := s.service.Links().State(c.Request().Context(), &text); err != nil {
		return err
	}
	return c.Blob(http.StatusOK, echo.MIMEOctetStream, text.Bytes())
}

type revokeLogDocument struct {
	askDocument
	From   *uint64 `json:"from"`
	Reason string  `json:"reason"`
}

func (s *Server) revokeLog(c echo.Context, d revokeLogDocument) error {
	p, err := s.service.Links().Revoke(c.Request().Context(), actorOf(c), custody.RevokeLog{Ask: d.ask(), Name: c.Param("log"), From: d.From, Reason: d.Reason})
	return created(c, map[string]any{"name": c.Param("log"), "proof": proof(p)}, err)
}
