package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// askWithin is how long a request for something to sign is held open.
const askWithin = 20 * time.Second

// nextSignature gives what waits for the signature of the person who asks, or
// nothing when nothing came in time. Nobody gets what is another's to sign.
func (s *Server) nextSignature(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), askWithin)
	defer cancel()
	if s.exchange == nil {
		return custody.ErrNotFound
	}
	asked, found := s.exchange.Next(ctx, actorOf(c).ID)
	if !found {
		return c.NoContent(http.StatusNoContent)
	}
	return c.JSON(http.StatusOK, toSignDocument{asked.ID, asked.Message})
}

// giveSignature brings a signature back. It is checked by whoever waits for it.
func (s *Server) giveSignature(c echo.Context, d signatureDocument) error {
	if s.exchange == nil {
		return custody.ErrNotFound
	}
	if err := s.exchange.Answer(actorOf(c).ID, c.Param("id"), d.Signature); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// replaceKey replaces the key of the person who asks by one that they keep, and has the
// list of trusted keys written anew. The key is replaced also when that could not be
// written: then the log of the program says so.
func (s *Server) replaceKey(c echo.Context, d replaceKeyDocument) error {
	proofs, err := s.service.Keys().Replace(c.Request().Context(), actorOf(c), custody.ReplaceKey{Ask: d.ask(), Next: &d.Next})
	if err != nil {
		return err
	}
	if err := s.writeTrust(context.WithoutCancel(c.Request().Context())); err != nil { // the key changed, whether its holder still waits or not
		s.log.ErrorContext(c.Request().Context(), "a key was replaced, and the trust file could not be written anew",
			slog.String("request_id", c.Response().Header().Get(echo.HeaderXRequestID)), slog.String("error", err.Error()))
	}
	return c.JSON(http.StatusCreated, replacedDocument{proof(proofs[0]), proof(proofs[1])})
}

// writeTrust writes the list of trusted keys, one after another, so that an older list
// never stands over a newer one.
func (s *Server) writeTrust(ctx context.Context) error {
	if s.trust == nil {
		return nil
	}
	s.trusting.Lock()
	defer s.trusting.Unlock()
	return s.trust(ctx)
}

type toSignDocument struct {
	ID      string `json:"id"`
	Message []byte `json:"message"`
}

type signatureDocument struct {
	Signature []byte `json:"signature"`
}

type replaceKeyDocument struct {
	askDocument
	Next ledger.PublicKey `json:"next"` // base64 of the DER
}

type replacedDocument struct {
	Enrolled proofElement `json:"enrolled"`
	Revoked  proofElement `json:"revoked"`
}
