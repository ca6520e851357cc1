package api

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"custos.example/custody"
)

// long is a store that only says how long the log is.
type long struct{ custody.Store }

// Size returns 4711.
func (long) Size(context.Context) (uint64, error) { return 4711, nil }

// TestQuiet asks without a token for what tells how long a log is that is published on a
// beat. The control is published at once, and tells it.
func TestQuiet(t *testing.T) {
	for _, quiet := range []bool{true, false} {
		s := New(Config{
			Service: custody.New(custody.Config{Store: long{}}), Tokens: NewTokens(filepath.Join(t.TempDir(), "tokens.json"), new(hand)),
			Quiet: quiet, Log: slog.New(slog.DiscardHandler),
		})
		health := ask(s, http.MethodGet, "/healthz", "", "")
		if told := strings.Contains(health.Body.String(), "4711"); health.Code != http.StatusOK || told == quiet {
			t.Errorf("quiet %v: %d %s", quiet, health.Code, health.Body)
		}
		if !quiet {
			continue
		}
		if state := ask(s, http.MethodGet, "/state", "", ""); state.Code != http.StatusUnauthorized {
			t.Errorf("the state of the log was given to somebody unknown: %d", state.Code)
		}
	}
}
