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
