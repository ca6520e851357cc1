package api

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody"
)

// long is a store that only says how long the log is, and that a policy release came into
// force at its end.
type long struct{ custody.Store }

// Size returns 4711.
func (long) Size(context.Context) (uint64, error) { return 4711, nil }

// List returns the release and its coming into force, and nothing else.
func (long) List(_ context.Context, _ custody.CaseID, collection string, _ uint64) ([]custody.Record, error) {
	fact := map[string]string{"proposals": `"payload":{},`, "forces": `"index":4711,`}
	entry, release := strings.Repeat("0", 32), strings.Repeat("ab", 32)
	if fact[collection] == "" {
		return nil, nil
	}
	before, after := fact[collection], ""
	if collection == "proposals" {
		before, after = "", fact[collection]
	}
	return []custody.Record{{Value: []byte(`{"by":"ad2","entry":"` + entry + `",` + before + `"name":"first",` + after + `"release":"` + release +
		`","time":"2026-11-22T09:00:00.000Z"}`)}}, nil
}

// Find finds nothing.
func (long) Find(context.Context, custody.CaseID, string, string, uint64) (custody.Record, error) {
	return custody.Record{}, custody.ErrNotFound
}

// built is the policy that the program was built with.
type built struct{ custody.Rules }

// Built returns any text.
func (built) Built() ([]byte, error) { return []byte("built"), nil }

// TestQuiet asks without a token, over the ways that ask nobody and know it, for how long
// a log is that is published on a beat. The control is published at once, and tells it.
func TestQuiet(t *testing.T) {
	for _, quiet := range []bool{true, false} {
		s := New(Config{
			Service: custody.New(custody.Config{Store: long{}, Rules: built{}}), Tokens: NewTokens(filepath.Join(t.TempDir(), "tokens.json"), new(hand)),
			Quiet: quiet, Log: slog.New(slog.DiscardHandler),
		})
		for _, path := range []string{"/healthz", "/policy/releases"} {
			answer := ask(s, http.MethodGet, path, "", "")
			if told := strings.Contains(answer.Body.String(), "4711"); answer.Code != http.StatusOK || told == quiet {
				t.Errorf("quiet %v: %s: %d %s", quiet, path, answer.Code, answer.Body)
			}
		}
		if !quiet {
			continue
		}
		if state := ask(s, http.MethodGet, "/state", "", ""); state.Code != http.StatusUnauthorized {
			t.Errorf("the state of the log was given to somebody unknown: %d", state.Code)
		}
	}
}

// TestRequestsAreNumberedHere sends a request with an id of the client's that names
// somebody: neither the answer nor the log of what failed has it.
func TestRequestsAreNumberedHere(t *testing.T) {
	var log bytes.Buffer
	s := New(Config{
		Service: custody.New(custody.Config{}), Tokens: NewTokens(filepath.Join(t.TempDir(), "tokens.json"), new(hand)),
		Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	r := httptest.NewRequest(http.MethodGet, "/healthz", nil) // it fails: there is no store
	r.Header.Set("X-Request-ID", "of Joan Bloggs, 07700 900123")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	id := w.Header().Get("X-Request-ID")
	if w.Code != http.StatusInternalServerError || id == "" || !strings.Contains(log.String(), id) {
		t.Fatalf("control: %d, %q: %s", w.Code, id, &log)
	}
	if strings.Contains(id+log.String(), "07700") {
		t.Errorf("%q: %s", id, &log)
	}
}
