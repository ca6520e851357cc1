package api

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestPanicSaysWhereItWas has a handler panic with a number in its words: the log says in
// which file and function, and neither it nor the client is told the number.
func TestPanicSaysWhereItWas(t *testing.T) {
	s, token := server(t)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	s.echo.GET("/panics/:number", func(c echo.Context) error { panic("no such subscriber as " + c.Param("number")) })
	const number = "07700900123"
	w := ask(s, http.MethodGet, "/panics/"+number, token, "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), number) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	for _, want := range []string{"TestPanicSaysWhereItWas", "problem_test.go:", "panic=string", w.Header().Get("X-Request-Id")} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not say %q: %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), number) || strings.Contains(log.String(), "subscriber") {
		t.Errorf("the log says what the panic said: %s", log.String())
	}
}

// TestPurposeNotInTheAddress asks with a purpose in the address, and gets told where it
// belongs. Control: in the header it is taken.
func TestPurposeNotInTheAddress(t *testing.T) {
	s, token := server(t)
	w := ask(s, http.MethodGet, "/v1/decisions?purpose=complaint", token, "")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), purposeHeader) {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	said := ""
	s.echo.GET("/asked", func(c echo.Context) error { said = asked(c).Purpose; return nil }, reserved)
	r := httptest.NewRequest(http.MethodGet, "/asked?for=investigation", http.NoBody)
	r.Header.Set(purposeHeader, "a complaint – R. Tarn")
	s.Handler().ServeHTTP(httptest.NewRecorder(), r)
	if said != "a complaint – R. Tarn" {
		t.Errorf("the purpose in the header came as %q", said)
	}
}
