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

// mostAtOnce is the piece of an answer for which its client has two silences: two, since the
// server waits for a client that still sends before it answers. What the line holds by itself
// comes on top, so the limit is for clients that take next to nothing. Units: bytes.
const mostAtOnce = 64 << 10

// heard ends requests whose senders fall silent, also of clients whom nobody knows and
// whose body no handler reads, and answers that nobody takes.
func (s *Server) heard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		answer := taken{c.Response().Writer, http.NewResponseController(c.Response().Writer), 2 * s.silence}
		c.Response().Writer = answer
		// The server sends the rest after the handler's end, and takes the limit off for the next request.
		defer func() { _ = answer.wait() }() // of a connection that is gone nothing is waited for
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

// taken ends an answer that its client does not take. A slow client has the time anew for
// every piece.
type taken struct {
	http.ResponseWriter
	line *http.ResponseController
	long time.Duration
}

// Write sends b, piece by piece.
func (t taken) Write(b []byte) (int, error) {
	for sent := 0; ; {
		if err := t.wait(); err != nil {
			return sent, err
		}
		n, err := t.ResponseWriter.Write(b[sent:min(len(b), sent+mostAtOnce)])
		if sent += n; err != nil || sent == len(b) {
			return sent, err
		}
	}
}

// FlushError sends what was written so far.
func (t taken) FlushError() error {
	if err := t.wait(); err != nil {
		return err
	}
	return t.line.Flush()
}

// Unwrap returns the writer behind it, for an http.ResponseController.
func (t taken) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// wait gives the client the time anew.
func (t taken) wait() error {
	err := t.line.SetWriteDeadline(time.Now().Add(t.long)) //nolint:forbidigo // of the connection, which knows no other clock
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
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
