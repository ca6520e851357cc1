package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
)

// problem is an RFC 9457 problem document.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// outcomes is the one table from the errors of a use case to HTTP.
var outcomes = []struct {
	err    error
	status int
	name   string
}{
	{custody.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large"}, // before what it is one of
	{custody.ErrInvalid, http.StatusUnprocessableEntity, "not-acceptable"},
	{custody.ErrDenied, http.StatusForbidden, "refused-by-policy"},
	{custody.ErrNotFound, http.StatusNotFound, "not-found"},
	{custody.ErrConflict, http.StatusConflict, "conflict"},
	{custody.ErrPushback, http.StatusServiceUnavailable, "try-again-later"},
	{custody.ErrIntegrity, http.StatusInternalServerError, "integrity"},
}

// asProblem returns what the client is told about err. An error that is none of
// the known outcomes is an internal fault: its text stays in the server's log.
func asProblem(err error) problem {
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return problem{"https://custos.example/problem/" + o.name, http.StatusText(o.status), o.status, err.Error()}
		}
	}
	var unknown signOnError
	if errors.As(err, &unknown) {
		return problem{"https://custos.example/problem/not-signed-on", http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized, string(unknown)}
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		return problem{"about:blank", http.StatusText(he.Code), he.Code, http.StatusText(he.Code)}
	}
	return problem{
		"https://custos.example/problem/internal", http.StatusText(http.StatusInternalServerError),
		http.StatusInternalServerError, "An internal fault. It has been logged under the request's id.",
	}
}

// fail writes err as problem+json and logs internal faults.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := asProblem(err)
	id := c.Response().Header().Get(echo.HeaderXRequestID)
	if p.Status >= http.StatusInternalServerError {
		s.log.ErrorContext(c.Request().Context(), "request failed", faultAttrs(id, err)...)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, "1")
	}
	if p.Status == http.StatusUnauthorized {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	c.Response().Header().Del(echo.HeaderContentDisposition)
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(p.Status)
		return
	}
	c.Response().WriteHeader(p.Status)
	_ = c.Echo().JSONSerializer.Serialize(c, p, "")
}
