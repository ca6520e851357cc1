package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody"
)

func server(t *testing.T) (*Server, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"checkpoint": "log\n0\n", "tile/0/000": "x", "tile/.hidden": "y"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tokens := NewTokens(filepath.Join(t.TempDir(), "tokens.json"), new(hand))
	token, err := tokens.Issue("an1", Term{})
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{
		Service: custody.New(custody.Config{}), Tokens: tokens, Tiles: dir, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}), token
}

func ask(s *Server, method, path, token, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, req)
	return w
}

// TestEveryRouteAsksWho sends each route of the register no token, a wrong one
// and one that was cut short. A new route under /v1 is in the register by itself.
func TestEveryRouteAsksWho(t *testing.T) {
	s, token := server(t)
	asked := 0
	for _, r := range s.echo.Routes() {
		if !strings.HasPrefix(r.Path, "/v1/") || r.Method == "echo_route_not_found" {
			continue
		}
		asked++
		for _, wrong := range []string{"", "x" + token, token[:len(token)-1]} {
			if w := ask(s, r.Method, r.Path, wrong, "{}"); w.Code != http.StatusUnauthorized {
				t.Errorf("%s %s with token %q answered %d", r.Method, r.Path, wrong, w.Code)
			}
		}
	}
	if asked < 7 {
		t.Fatalf("only %d routes were asked", asked)
	}
	if w := ask(s, http.MethodPost, "/v1/cases", token, "{"); w.Code == http.StatusUnauthorized {
		t.Fatal("control: the right token was refused")
	}
}

// TestRoutesAreListed holds the list of routes against the server's register.
func TestRoutesAreListed(t *testing.T) {
	s, _ := server(t)
	listed := map[string]bool{}
	for _, r := range Routes() {
		if listed[r.Method+" "+r.Path] {
			t.Errorf("%s %s is listed twice", r.Method, r.Path)
		}
		listed[r.Method+" "+r.Path] = true
		if strings.HasPrefix(r.Path, "/v1/") == (len(r.Asks) == 0 && !r.Own) {
			t.Errorf("%s %s asks %v", r.Method, r.Path, r.Asks)
		}
	}
	there := 0
	for _, r := range s.echo.Routes() {
		if r.Method == "echo_route_not_found" {
			continue
		}
		if there++; !listed[r.Method+" "+r.Path] {
			t.Errorf("%s %s is not in the list of routes", r.Method, r.Path)
		}
	}
	if there != len(listed) {
		t.Errorf("%d routes, %d in the list", there, len(listed))
	}
}

func TestBadDocumentsAreProblems(t *testing.T) {
	s, token := server(t)
	for _, body := range []string{"", "{", "[]", `{"reference":"x","unknown":1}`, `{"reference":"x"} {}`, `{"reference":3}`} {
		w := ask(s, http.MethodPost, "/v1/cases", token, body)
		var p problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusUnprocessableEntity || p.Status != w.Code || p.Detail == "" {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("%q: content type %s", body, got)
		}
	}
	w := ask(s, http.MethodPost, "/v1/cases", token, strings.Repeat(" ", 2<<20))
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "/problem/too-large") || !strings.Contains(w.Body.String(), "longer than is taken") {
		t.Errorf("2 MiB of nothing: %d %s", w.Code, w.Body)
	}
}

func TestOnlyPublicFilesAreServed(t *testing.T) {
	s, _ := server(t)
	for path, want := range map[string]int{
		"/checkpoint": 200, "/tile/0/000": 200, "/tile/": 404, "/tile/0/": 404, "/tile/.hidden": 404,
		"/tile/../custos.db": 404, "/tile/%2e%2e/custos.db": 404, "/": 404, "/custos.db": 404,
	} {
		w := ask(s, http.MethodGet, path, "", "")
		if w.Code != want && (want != 404 || w.Code < 300 || w.Code == 500) {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

// TestOutcomes holds the one table from errors to HTTP against every error that
// leaves a use case, and says that others tell the client nothing.
func TestOutcomes(t *testing.T) {
	for err, want := range map[error]int{
		custody.ErrInvalid: 422, custody.ErrDenied: 403, custody.ErrNotFound: 404, custody.ErrConflict: 409,
		custody.ErrPushback: 503, custody.ErrIntegrity: 500,
	} {
		if p := asProblem(fmt.Errorf("words: %w", err)); p.Status != want || !strings.Contains(p.Detail, "words") {
			t.Errorf("%v: %+v", err, p)
		}
	}
	if p := asProblem(io.ErrUnexpectedEOF); p.Status != 500 || strings.Contains(p.Detail, "EOF") {
		t.Errorf("an unknown fault was told: %+v", p)
	}
}
