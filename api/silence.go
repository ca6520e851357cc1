package api

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// silence is how long a client that sends may be silent before its request ends, so that
// what it holds (its lock on an upload, a connection) is free again.
const silence = time.Minute

// heard ends requests whose senders fall silent, also of clients whom nobody knows and
// whose body no handler reads.
func (s *Server) heard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Body == nil || r.Body == http.NoBody {
			return next(c)
		}
		body := awake{r.Body, http.NewResponseController(c.Response()), s.silence}
		if err := body.wait(); err != nil {
			return err
		}
		r.Body = body
		return next(c)
	}
}

// awake ends a body whose sender has fallen silent.
type awake struct {
	io.ReadCloser
	line *http.ResponseController
	long time.Duration
}

// Read waits for the next bytes, but not for ever. Behind the last one nothing ends:
// a handler may work for long.
func (a awake) Read(b []byte) (int, error) {
	if err := a.wait(); err != nil {
		return 0, err
	}
	n, err := a.ReadCloser.Read(b)
	if errors.Is(err, io.EOF) {
		if e := a.until(time.Time{}); e != nil {
			return n, e
		}
	}
	return n, err
}

// wait gives the sender the time anew.
func (a awake) wait() error {
	return a.until(time.Now().Add(a.long)) //nolint:forbidigo // of the connection, which knows no other clock
}

// until sets when the connection's sender has to have sent something.
func (a awake) until(at time.Time) error {
	if err := a.line.SetReadDeadline(at); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
