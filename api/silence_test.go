package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// dead is a connection on which nothing comes after the first bytes.
type dead struct {
	*httptest.ResponseRecorder
	first io.Reader
	until time.Time
}

func (d *dead) Close() error { return nil }

func (d *dead) SetReadDeadline(t time.Time) error { d.until = t; return nil }

// Read waits until the deadline, as a connection does; without one, for ever.
func (d *dead) Read(b []byte) (int, error) {
	if n, err := d.first.Read(b); err == nil {
		return n, nil
	}
	if d.until.IsZero() {
		return 0, io.ErrNoProgress // for ever
	}
	return 0, os.ErrDeadlineExceeded
}

// TestSilentSenderIsLeft wants a sender that falls silent to be left, counted from the
// last that came of it. Control: the bare connection waits for ever.
func TestSilentSenderIsLeft(t *testing.T) {
	line := &dead{ResponseRecorder: httptest.NewRecorder(), first: strings.NewReader("some")}
	from := time.Now()
	got, err := io.ReadAll(awake{line, http.NewResponseController(line), silence})
	if string(got) != "some" || !os.IsTimeout(err) {
		t.Errorf("%q, %v", got, err)
	}
	if wait := line.until.Sub(from); wait < silence || wait > silence+time.Hour {
		t.Errorf("it is waited for %s", wait)
	}
	bare := &dead{ResponseRecorder: httptest.NewRecorder(), first: strings.NewReader("some")}
	if _, err := io.ReadAll(bare); os.IsTimeout(err) || err == nil {
		t.Errorf("control: the bare connection ended with %v", err)
	}
}

// hanging sends the beginning of a request that nobody knows to a server, and returns
// the connection and what ends the server.
func hanging(t *testing.T, s *Server) (net.Conn, func() error) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, listener) }()
	line, err := new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	if _, err := io.WriteString(line, "POST /v1/cases HTTP/1.1\r\nHost: c\r\nContent-Length: 100\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	return line, func() error { cancel(); return <-done }
}

// TestStrangersAreLeft wants a connection on which somebody without a token has begun a
// request to be closed, and the service to end with one that is still open. Control: with
// a long silence the connection stays open.
func TestStrangersAreLeft(t *testing.T) {
	s, _ := server(t)
	s.silence, s.grace = 100*time.Millisecond, 100*time.Millisecond
	line, end := hanging(t, s)
	if err := line.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(line)
	if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 401 ") {
		t.Errorf("a stranger that fell silent: %q, %v", answer, err)
	}
	if err := end(); err != nil {
		t.Errorf("without requests: %v", err)
	}

	s, _ = server(t)
	s.grace = 100 * time.Millisecond
	line, end = hanging(t, s)
	if err := line.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(line); !os.IsTimeout(err) {
		t.Errorf("control: with a long silence the connection ended: %q, %v", answer, err)
	}
	if err := end(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with a request that hangs: %v", err)
	}
}

// TestShortSilenceEndsNoWork lets a handler work for longer than a sender may be silent,
// after it has read the whole request. Control: the same request, not whole, is ended.
func TestShortSilenceEndsNoWork(t *testing.T) {
	s, _ := server(t)
	s.silence = 50 * time.Millisecond
	ended := make(chan error, 2)
	s.echo.POST("/work", func(c echo.Context) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			ended <- err
			return err
		}
		select {
		case <-c.Request().Context().Done():
		case <-time.After(400 * time.Millisecond):
		}
		ended <- c.Request().Context().Err()
		return c.NoContent(http.StatusNoContent)
	})
	h := httptest.NewServer(s.Handler())
	defer h.Close()
	for _, whole := range []bool{true, false} {
		body, sender := io.Pipe()
		go func() {
			_, _ = io.WriteString(sender, "whole")
			if whole {
				_ = sender.Close()
			}
		}()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/work", body)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if answer, err := http.DefaultClient.Do(request); err == nil {
				_ = answer.Body.Close()
			}
		}()
		if err := <-ended; whole != (err == nil) {
			t.Errorf("whole %v: %v", whole, err)
		}
		_ = sender.Close()
	}
}

// much is a server whose answer is longer than what a line holds by itself. It tells how its
// handler ended.
func much(t *testing.T, silence time.Duration) (net.Conn, chan error) {
	t.Helper()
	s, _ := server(t)
	s.silence = silence
	ended := make(chan error, 1)
	s.echo.GET("/much", func(c echo.Context) error {
		_, err := c.Response().Write(make([]byte, longAnswer))
		ended <- err
		return err
	})
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	line, err := new(net.Dialer).DialContext(t.Context(), "tcp", h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	if _, err := io.WriteString(line, "GET /much HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	return line, ended
}

const longAnswer = 48 << 20

// TestAnswerThatNobodyTakesEnds lets a client ask and read nothing: the handler ends. Control:
// with a long silence it waits.
func TestAnswerThatNobodyTakesEnds(t *testing.T) {
	_, ended := much(t, 200*time.Millisecond)
	select {
	case err := <-ended:
		if !os.IsTimeout(err) {
			t.Errorf("a client that reads nothing: %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("a client that reads nothing holds its handler")
	}

	line, ended := much(t, time.Minute)
	select {
	case err := <-ended:
		t.Errorf("control: with a long silence the handler ended: %v", err)
	case <-time.After(time.Second):
	}
	_ = line.Close()
	if err := <-ended; err == nil {
		t.Error("control: an answer that nobody took was sent whole")
	}
}

// slow is a line on which a time holds for one piece only.
type slow struct {
	*httptest.ResponseRecorder
	given bool
}

func (s *slow) SetWriteDeadline(time.Time) error { s.given = true; return nil }

func (s *slow) Write(b []byte) (int, error) {
	if !s.given || len(b) > mostAtOnce {
		return 0, os.ErrDeadlineExceeded
	}
	s.given = false
	return s.ResponseRecorder.Write(b)
}

// TestSlowReaderHasTime writes a long answer to a client that needs the time anew for every
// piece: it gets everything. Control: the bare line takes nothing of it.
func TestSlowReaderHasTime(t *testing.T) {
	answer := make([]byte, 3*mostAtOnce+1)
	line := &slow{ResponseRecorder: httptest.NewRecorder()}
	if n, err := (taken{line, http.NewResponseController(line), silence}).Write(answer); n != len(answer) || err != nil || line.Body.Len() != n {
		t.Errorf("%d of %d bytes, %v", n, len(answer), err)
	}
	if n, err := (&slow{ResponseRecorder: httptest.NewRecorder(), given: true}).Write(answer); n != 0 || err == nil {
		t.Errorf("control: %d bytes, %v", n, err)
	}
}

// TestAnswerIsFlushedThrough flushes an answer through the writer that limits it.
func TestAnswerIsFlushedThrough(t *testing.T) {
	s, _ := server(t)
	s.echo.GET("/flushed", func(c echo.Context) error {
		if _, err := io.WriteString(c.Response(), "now"); err != nil {
			return err
		}
		c.Response().Flush()
		return nil
	})
	w := ask(s, http.MethodGet, "/flushed", "", "")
	if !w.Flushed || w.Body.String() != "now" {
		t.Errorf("flushed %v: %q", w.Flushed, w.Body)
	}
}
