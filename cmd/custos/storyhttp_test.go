package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
)

// request is one step over HTTP.
// Shape: without a body it is a GET; with a file it is a form of request and file.
type request struct {
	path string
	body map[string]any
	file string // path of a file that is sent beside
	out  string // where the answer is written instead of being read as JSON
}

func get(path string) request { return request{path: path} }

func post(path string, body map[string]any) request { return request{path: path, body: body} }

func (r request) with(file string) request { r.file = file; return r }

func (r request) into(out string) request { r.out = out; return r }

func body(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1] //nolint:errcheck,forcetypeassert // written by hand, by pairs
	}
	return m
}

// serve begins to answer over HTTP.
func (s *teller) serve() {
	s.Helper()
	settings := settings{dir: s.vars["data"], clock: s.clock}
	options, err := settings.options(io.Discard)
	if err != nil {
		s.Fatal(err)
	}
	if s.st, err = wiring.Open(s.Context(), options); err != nil {
		s.Fatal(err)
	}
	s.server = httptest.NewServer(api.New(api.Config{
		Service: s.st.Service, Tokens: api.NewTokens(s.st.TokenFile(), s.st.Service.Clock), Tiles: s.st.TilesFolder(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}).Handler())
}

// close stops answering.
func (s *teller) close() {
	s.Helper()
	if s.server == nil {
		return
	}
	s.server.Close()
	s.server = nil
	if err := s.st.Close(); err != nil {
		s.Fatal(err)
	}
}

// token returns the token of a person.
func (s *teller) token(who string) string {
	s.Helper()
	if s.tokens[who] == "" {
		token, err := api.NewTokens(s.st.TokenFile(), s.st.Service.Clock).Issue(who, api.Term{})
		if err != nil {
			s.Fatal(err)
		}
		s.tokens[who] = token
	}
	return s.tokens[who]
}

// send sends a request as a person.
func (s *teller) send(who string, r request) (int, []byte) {
	s.Helper()
	if s.server == nil {
		s.serve()
	}
	method, media, content := http.MethodGet, "", []byte(nil)
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			s.Fatal(err)
		}
		method, media, content = http.MethodPost, "application/json", []byte(s.filledJSON(string(text)))
	}
	if r.file != "" {
		media, content = s.form(content, s.filled(r.file))
	}
	req, err := http.NewRequestWithContext(s.Context(), method, s.server.URL+s.filled(r.path), bytes.NewReader(content))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Content-Type", media)
	req.Header.Set("Authorization", "Bearer "+s.token(who))
	return answerTo(s.T, s.server.Client(), req)
}

// filledJSON puts in what is remembered, inside texts of JSON.
func (s *teller) filledJSON(text string) string {
	s.Helper()
	return named.ReplaceAllStringFunc(text, func(name string) string {
		quoted, err := json.Marshal(s.filled(name))
		if err != nil {
			s.Fatal(err)
		}
		return string(quoted[1 : len(quoted)-1])
	})
}

// form is a multipart form of a request and a file.
func (s *teller) form(request []byte, file string) (media string, content []byte) {
	s.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, _ := w.CreateFormField("request")
	_, _ = part.Write(request)
	part, _ = w.CreateFormFile("file", filepath.Base(file))
	_, _ = part.Write(data)
	_ = w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// sent sends a request that must succeed.
func (s *teller) sent(who string, r request) any {
	s.Helper()
	status, answer := s.send(who, r)
	if status >= 300 {
		s.Errorf("%s: %s as %s: %d\n%s", s.clock.now.Format(time.DateTime), s.filled(r.path), who, status, answer)
		return nil
	}
	if r.out != "" {
		if err := os.WriteFile(s.filled(r.out), answer, 0o600); err != nil {
			s.Fatal(err)
		}
		return nil
	}
	return s.parsed(r.path, answer)
}
