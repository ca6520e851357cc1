package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"custos.example/custody"
	"custos.example/ledger"
)

// problem is an RFC 9457 problem document.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Evidence is the entry of a file that is kept and on record although the rest of the
	// request failed.
	Evidence string `json:"evidence,omitempty"`
}

// keptError is an error of a request whose file stands in the record all the same.
type keptError struct {
	error
	evidence ledger.EntryID
}

// Unwrap returns what went wrong.
func (e keptError) Unwrap() error { return e.error }

// kept says beside an error where the file stands in the record, if it does.
func kept(evidence custody.Proof, err error) error {
	if err == nil || evidence.Entry == (ledger.EntryID{}) {
		return err
	}
	return keptError{err, evidence.Entry}
}

// tooLarge is what a client is told whose request is longer than a route takes.
const tooLarge = "The request is longer than is taken here, and nothing of it was kept. A file is sent in several goes as an upload; photographs and papers with several requests."

// problems is what the types of problems begin with.
const problems = "https://custos.example/problem/"

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
	p := outcome(err)
	var on keptError
	if errors.As(err, &on) {
		p.Evidence = on.evidence.String()
	}
	return p
}

func outcome(err error) problem {
	var he *echo.HTTPError
	if errors.As(err, &he) && he.Code == http.StatusRequestEntityTooLarge {
		return problem{Type: problems + "too-large", Title: http.StatusText(he.Code), Status: he.Code, Detail: tooLarge}
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return problem{Type: problems + o.name, Title: http.StatusText(o.status), Status: o.status, Detail: err.Error()}
		}
	}
	var unknown signOnError
	if errors.As(err, &unknown) {
		return problem{
			Type: problems + "not-signed-on", Title: http.StatusText(http.StatusUnauthorized), Status: http.StatusUnauthorized, Detail: string(unknown),
		}
	}
	if he != nil {
		return problem{Type: "about:blank", Title: http.StatusText(he.Code), Status: he.Code, Detail: http.StatusText(he.Code)}
	}
	return problem{
		Type: problems + "internal", Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError,
		Detail: "An internal fault. It has been logged under the request's id.",
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
