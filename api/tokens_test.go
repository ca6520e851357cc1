package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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
	other, err := s.tokens.Issue("an2")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.tokens.Issue("an1")
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
// them begins to read it, but for the one that keeps a file of any size as it comes.
// The control announces a short one.
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
		if r.Path == "/v1/cases/:case/items/files" {
			continue
		}
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
