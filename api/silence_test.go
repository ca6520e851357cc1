package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// dead is a connection on which nothing comes after the first bytes.
type dead struct {
	*httptest.ResponseRecorder
	first io.Reader
	until time.Time
}

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
	got, err := io.ReadAll(awake{line, http.NewResponseController(line)})
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
