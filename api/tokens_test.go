package api

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// hand is a clock that stands until the test moves it.
type hand struct {
	mu sync.Mutex
	by time.Duration
}

// Now returns the time.
func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).Add(h.by)
}

func (h *hand) to(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.by = by
}

// until moves the clock forward, never back.
func (h *hand) until(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.by = max(h.by, by)
}

// TestTokenByHeaderOnly gives a good token in every other way in which a page, a link
// or another site could send one along: nobody is let in. The control gives it in its header.
func TestTokenByHeaderOnly(t *testing.T) {
	s, token := server(t)
	ways := map[string]func(r *http.Request){
		"another scheme":    func(r *http.Request) { r.Header.Set("Authorization", "Basic "+token) },
		"no scheme":         func(r *http.Request) { r.Header.Set("Authorization", token) },
		"a password":        func(r *http.Request) { r.SetBasicAuth("an1", token) },
		"a cookie":          func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "Authorization", Value: "Bearer " + token}) },
		"a query":           func(r *http.Request) { r.URL.RawQuery = "access_token=" + token + "&token=" + token },
		"a header of a kin": func(r *http.Request) { r.Header.Set("X-Authorization", "Bearer "+token) },
	}
	code := func(way func(r *http.Request)) int {
		r := httptest.NewRequest(http.MethodPost, "/v1/cases", strings.NewReader("{"))
		way(r)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	for name, way := range ways {
		if got := code(way); got != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, got)
		}
	}
	if got := code(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }); got == http.StatusUnauthorized {
		t.Error("control: the token in its header was refused")
	}
}

// TestTokensEnd ends every token of one person while the server runs. The control is
// the token of somebody else.
func TestTokensEnd(t *testing.T) {
	s, token := server(t)
	other, err := s.tokens.Issue("an2", Term{})
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.tokens.Issue("an1", Term{})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.tokens.End("an1"); n != 2 || err != nil {
		t.Fatalf("%d tokens ended, %v", n, err)
	}
	for token, in := range map[string]bool{token: false, second: false, other: true} {
		if w := ask(s, http.MethodPost, "/v1/cases", token, "{"); (w.Code != http.StatusUnauthorized) != in {
			t.Errorf("answered %d; to be let in: %v", w.Code, in)
		}
	}
	if n, err := s.tokens.End("an1"); n != 0 || err != nil {
		t.Errorf("a second time: %d, %v", n, err)
	}
}

// TestBodiesAreBounded announces an endless body to each route that takes one: none of
// them begins to read it. The control announces a short one.
func TestBodiesAreBounded(t *testing.T) {
	s, token := server(t)
	announce := func(method, path string, length int64) int {
		r := httptest.NewRequest(method, path, strings.NewReader("{"))
		r.Header.Set("Authorization", "Bearer "+token)
		r.ContentLength = length
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code
	}
	asked := 0
	for _, r := range s.echo.Routes() {
		if !strings.HasPrefix(r.Path, "/v1/") || r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
			continue
		}
		asked++
		if code := announce(r.Method, r.Path, 1<<50); code != http.StatusRequestEntityTooLarge {
			t.Errorf("%s %s takes a body without end: %d", r.Method, r.Path, code)
		}
	}
	if asked < 40 {
		t.Errorf("%d routes take a body", asked)
	}
	if code := announce(http.MethodPost, "/v1/cases", 1); code == http.StatusRequestEntityTooLarge {
		t.Error("control: a short body was refused")
	}
}

func TestTokensKeepOnlyDigests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	tokens := NewTokens(path, new(hand))
	one, err := tokens.Issue("an1", Term{})
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewTokens(path, new(hand)).Issue("an2", Term{})
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]string{one: "an1", two: "an2"} {
		if got, err := tokens.actor(token); err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), one) || strings.Contains(string(text), two) {
		t.Fatalf("a token stands in the file in clear: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tokens.Issue("an3", Term{}); err == nil {
		t.Fatal("a damaged file was written over")
	}
}

// TestTokensEndByThemselves moves the clock over the end of a token and over the time
// for which it may lie unused. Each is let in until then and refused from then on, in
// words that say why. The control is a token of a longer term, which is let in at
// every one of those instants.
func TestTokensEndByThemselves(t *testing.T) {
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		term  Term
		used  []time.Duration // uses that are let in
		after time.Duration   // the first instant at which it is refused
		words string
	}{
		"the usual end":          {Term{Idle: 12 * time.Hour}, []time.Duration{0, 11 * time.Hour}, 12 * time.Hour, "ended at 2026-11-22T21:00:00Z"},
		"never used":             {Term{}, nil, 2 * time.Hour, "last used at 2026-11-22T09:00:00Z"},
		"used, then left":        {Term{}, []time.Duration{time.Hour, 119 * time.Minute}, 119*time.Minute + 2*time.Hour, "last used at 2026-11-22T10:59:00Z"},
		"used without a pause":   {Term{Life: 3 * time.Hour}, []time.Duration{time.Hour, 2 * time.Hour, 3*time.Hour - 1}, 3 * time.Hour, "ended at 2026-11-22T12:00:00Z"},
		"the longest":            {Term{Life: 30 * day, Idle: 30 * day}, []time.Duration{day, 29 * day}, 30 * day, "ended at 2026-12-22T09:00:00Z"},
		"a minute":               {Term{Life: time.Minute}, []time.Duration{59 * time.Second}, time.Minute, "ended at 2026-11-22T09:01:00Z"},
		"the clock is put back":  {Term{}, []time.Duration{0}, -2 * time.Minute, "clock was set back"},
		"well after the end":     {Term{}, nil, 40 * day, "ended at"},
		"ended and put back":     {Term{Life: time.Hour}, []time.Duration{time.Minute}, time.Hour, "ended at"},
		"a use just before idle": {Term{Life: day, Idle: time.Minute}, []time.Duration{50 * time.Second, 100 * time.Second}, 3 * time.Minute, "may not lie unused for 1m0s"},
	} {
		clock := new(hand)
		tokens := NewTokens(filepath.Join(t.TempDir(), "tokens.json"), clock)
		token, err := tokens.Issue("an1", c.term)
		if err != nil {
			t.Fatal(err)
		}
		clock.to(-time.Minute)
		long, err := tokens.Issue("an2", Term{Life: longest, Idle: longest})
		if err != nil {
			t.Fatal(err)
		}
		clock.to(0)
		for _, at := range c.used {
			if clock.to(at); !lets(t, tokens, token, "an1", "") {
				t.Errorf("%s: refused after %v", name, at)
			}
		}
		clock.to(c.after)
		if lets(t, tokens, token, "an1", c.words) {
			t.Errorf("%s: let in after %v", name, c.after)
		}
		if c.after > 0 && c.after < 30*day && !lets(t, tokens, long, "an2", "") {
			t.Errorf("%s: control: a longer token was refused after %v", name, c.after)
		}
	}
}

// lets asks with a token and holds the words of a refusal against those expected.
func lets(t *testing.T, tokens *Tokens, token, who, words string) bool {
	t.Helper()
	got, err := tokens.actor(token)
	if err == nil {
		if got != who {
			t.Errorf("taken for %q", got)
		}
		return true
	}
	if p := asProblem(err); p.Status != http.StatusUnauthorized || !strings.Contains(p.Detail, words) {
		t.Errorf("%+v; want %q", p, words)
	}
	return false
}

// TestTokenTerms asks for terms that no token may have.
func TestTokenTerms(t *testing.T) {
	tokens := NewTokens(filepath.Join(t.TempDir(), "tokens.json"), new(hand))
	for term, want := range map[Term]bool{
		{}:                                     true,
		{Life: longest}:                        true,
		{Life: time.Hour, Idle: time.Hour}:     true,
		{Life: longest + 1}:                    false,
		{Life: -1}:                             false,
		{Life: time.Second}:                    false,
		{Life: time.Hour, Idle: time.Hour + 1}: false,
		{Idle: -1}:                             false,
		{Idle: time.Second}:                    false,
		{Life: 1<<63 - 1}:                      false,
		{Life: 30 * time.Minute, Idle: 31 * time.Minute}: false,
	} {
		if _, err := tokens.Issue("an1", term); (err == nil) != want {
			t.Errorf("%+v: %v", term, err)
		}
	}
}

// TestTokensWithoutEnd reads a file from before tokens had an end: none of them counts,
// each says so, and a new one beside them counts.
func TestTokensWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.json")
	if err := os.WriteFile(path, []byte(`{"`+digest("old")+`": "an1", "`+digest("older")+`": "an2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens := NewTokens(path, new(hand))
	old := func() {
		t.Helper()
		if lets(t, tokens, "old", "an1", "before tokens had an end") {
			t.Error("a token without an end is let in")
		}
	}
	old()
	fresh, err := tokens.Issue("an1", Term{})
	if err != nil {
		t.Fatal(err)
	}
	if old(); !lets(t, tokens, fresh, "an1", "") {
		t.Error("control: the new token was refused")
	}
	if n, err := tokens.End("an1"); n != 2 || err != nil {
		t.Errorf("%d ended, %v", n, err)
	}
	if lets(t, tokens, "old", "an1", "not known") || lets(t, tokens, "older", "an2", "before tokens had an end") {
		t.Error("let in")
	}
}

// TestTokensOfManyHands issues, uses and ends tokens by many hands at once, each like a
// process of its own: none that was issued is lost, and none that was ended comes back
// with a use that is written down late. The control is a hand that does not wait for
// the lock: what was issued meanwhile is lost, and that is seen.
func TestTokensOfManyHands(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "tokens.json"), new(hand)
	issue := func(who string) string {
		token, err := NewTokens(path, clock).Issue(who, Term{Life: longest, Idle: longest})
		if err != nil {
			t.Error(err)
		}
		return token
	}
	const each = 12
	var hands sync.WaitGroup
	var stay, gone [6][each]string
	for i := range stay {
		hands.Go(func() {
			for j := range stay[i] {
				gone[i][j], stay[i][j] = issue("leaver"), issue("stayer")
				clock.until(time.Duration(j) * time.Hour) // so that uses are written down
				lets(t, NewTokens(path, clock), gone[i][j], "leaver", "not known")
				if j%4 == 3 {
					if _, err := NewTokens(path, clock).End("leaver"); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	hands.Wait()
	clock.to(each * time.Hour)
	lost := func() (n int) {
		for i := range stay {
			for _, token := range stay[i] {
				if !lets(t, NewTokens(path, clock), token, "stayer", "not known") {
					n++
				}
			}
		}
		return n
	}
	if n := lost(); n > 0 {
		t.Errorf("%d tokens that were issued are lost", n)
	}
	for i := range gone {
		for _, token := range gone[i] {
			if lets(t, NewTokens(path, clock), token, "leaver", "not known") {
				t.Error("a token that was ended is let in")
			}
		}
	}
	early, err := readTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	stay[0][0] = issue("stayer")
	if err := early.keep(path); err != nil {
		t.Fatal(err)
	}
	if n := lost(); n != 1 {
		t.Errorf("control: %d tokens lost, although one was written over", n)
	}
}
