package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/labstack/echo/v4"

	"custos.example/api/signon"
	"custos.example/custody"
)

// signOnError says why a request is of nobody known, in words for whoever made it.
type signOnError string

// Error returns the words.
func (e signOnError) Error() string { return string(e) }

// known returns the person who makes a request: by a token of our own, or by one of the
// identity provider, whose subject the record says is theirs.
//
// Trust: no role, name or group of a provider's token is read. Who may do what is
// decided by the policy, for the person.
// Errors: signOnError; custody.ErrPushback while the provider cannot be reached.
func (s *Server) known(ctx context.Context, header string) (string, error) {
	token, err := bearer(header)
	if err != nil {
		return "", err
	}
	if !signon.Looks(token) {
		return s.tokens.actor(token)
	}
	if s.signOn == nil {
		return "", signOnError("This server takes no tokens of an identity provider. Ask an administrator for one of its own: custos actor token ID.")
	}
	who, err := s.signOn.Verify(ctx, token)
	if errors.Is(err, signon.ErrUnreachable) {
		s.log.ErrorContext(ctx, "the identity provider could not be reached", slog.String("error", err.Error()))
		return "", fmt.Errorf("whether this token is good cannot be said now, since the identity provider cannot be reached; try again later: %w", custody.ErrPushback)
	}
	if err != nil {
		return "", signOnError("This token of the identity provider is not taken: " + err.Error() + ".")
	}
	person, err := s.service.SignOns().Holder(ctx, who.Issuer, who.Subject)
	if errors.Is(err, custody.ErrNotFound) {
		return "", signOnError("Nobody enrolled here signs on with this account. An administrator can say whose it is: custos actor sign-on ID.")
	}
	if err != nil {
		return "", err
	}
	ended, err := s.tokens.endedSince(person, who.Issued)
	if err == nil && ended {
		err = signOnError("All that had been issued for this person was ended. Sign on anew in a minute.")
	}
	return person, err
}

// signOnDocument says to whom a subject of an identity provider belongs.
type signOnDocument struct {
	askDocument
	custody.SignOn
}

func (s *Server) signOns(c echo.Context) error {
	list, err := s.service.SignOns().List(c.Request().Context(), actorOf(c), asked(c))
	return answered(c, map[string]any{"signOns": list}, err)
}

func (s *Server) recordSignOn(c echo.Context, d signOnDocument) error {
	done, err := s.service.SignOns().Record(c.Request().Context(), actorOf(c), custody.RecordSignOn{Ask: d.ask(), SignOn: d.SignOn})
	return placed(c, done, err)
}
