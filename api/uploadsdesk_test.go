package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

// moved is a clock that a test moves.
type moved struct {
	mu  sync.Mutex
	now time.Time
}

func (c *moved) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *moved) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk is a server with a case and people: of-1 and of-2 are exhibits officers of the
// case, an-9 an analyst who has nothing to do with it.
type desk struct {
	*testing.T
	st     *wiring.Station
	clock  *moved
	server *httptest.Server
	id     custody.CaseID
	tokens map[string]string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, clock: &moved{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, tokens: map[string]string{}}
	options := wiring.Options{Dir: filepath.Join(t.TempDir(), "record"), Clock: d.clock}
	admin := custody.Actor{ID: "ad-1"}
	if err := wiring.Init(t.Context(), options, "custos.example/uploads", custody.Person{ID: admin.ID, Name: "A", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.st, err = wiring.Open(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.st.Close(); err != nil {
			t.Error(err)
		}
	})
	able := custody.Qualify{Organisation: "territorial-police", Rank: "constable", Vetting: policy.DevelopedVetted}
	for _, activity := range policy.Activities() {
		able.Competent = append(able.Competent, custody.Competent{Activity: activity})
	}
	tokens := api.NewTokens(d.st.TokenFile(), &moved{now: d.clock.now}) // they do not end when the test moves on
	for id, role := range map[string]string{"si-1": "sio", "of-1": "exhibits-officer", "of-2": "exhibits-officer", "an-9": "analyst"} {
		person := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := d.st.Service.Organisation().Enrol(t.Context(), admin, custody.Enrol{Person: person, Qualify: able}); err != nil {
			t.Fatal(err)
		}
		if d.tokens[id], err = tokens.Issue(id, api.Term{}); err != nil {
			t.Fatal(err)
		}
	}
	opened, err := d.st.Service.Cases().Open(t.Context(), custody.Actor{ID: "si-1"}, custody.OpenCase{
		Reference: "OP-1", Title: "Operation one", Assigned: []string{"si-1", "of-1", "of-2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.id = opened.Case
	d.server = httptest.NewServer(api.New(api.Config{Service: d.st.Service, Tokens: tokens, Log: slog.New(slog.DiscardHandler)}).Handler())
	t.Cleanup(d.server.Close)
	return d
}

// send sends a request as somebody; offset below 0 leaves the header out.
func (d *desk) send(who, method, path string, offset int64, body io.Reader) (answer, string) {
	d.Helper()
	r, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, body)
	if err != nil {
		d.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.tokens[who])
	if offset >= 0 {
		r.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	}
	w, err := d.server.Client().Do(r)
	if err != nil {
		d.Fatal(err)
	}
	text, err := io.ReadAll(w.Body)
	if err := w.Body.Close(); err != nil {
		d.Fatal(err)
	}
	if err != nil {
		d.Fatal(err)
	}
	return answer{w.StatusCode, w.Header}, string(text)
}

// answer is what came back, beside its text.
type answer struct {
	StatusCode int
	Header     http.Header
}

func hexOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// begin asks for an upload and returns the status and its path.
func (d *desk) begin(who, kind string, size int64, digest string) (int, string) {
	d.Helper()
	document, err := json.Marshal(map[string]any{"for": kind, "size": size, "sha256": digest})
	if err != nil {
		d.Fatal(err)
	}
	w, text := d.send(who, http.MethodPost, "/v1/cases/"+string(d.id)+"/uploads", -1, bytes.NewReader(document))
	var made struct {
		Path string `json:"path"`
	}
	if w.StatusCode == http.StatusCreated {
		if err := json.Unmarshal([]byte(text), &made); err != nil || made.Path != w.Header.Get("Location") {
			d.Fatal(text, err)
		}
	}
	return w.StatusCode, made.Path
}

// began begins an upload of some content.
func (d *desk) began(who string, content []byte) string {
	d.Helper()
	code, path := d.begin(who, "return", int64(len(content)), hexOf(content))
	if code != http.StatusCreated {
		d.Fatalf("begin: %d", code)
	}
	return path
}

// at is where an upload stands.
func (d *desk) at(who, path string) (status int, offset string) {
	d.Helper()
	w, text := d.send(who, http.MethodHead, path, -1, nil)
	if text != "" {
		d.Errorf("a body for HEAD: %q", text)
	}
	return w.StatusCode, w.Header.Get("Upload-Offset")
}

const piece = 64 << 10

func bytesOf(seed byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i%251) + byte(i>>9)
	}
	return b
}

// TestRefusedFileIsNamed sends a base map that is none: it is kept before it is read, and the
// refusal names its entry, so that nobody sends it again. Control: a form without a file is
// refused, and nothing is named.
func TestRefusedFileIsNamed(t *testing.T) {
	d := newDesk(t)
	send := func(file string) (int, string) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		err := form.WriteField("request", `{"item":"MAP/1","fileName":"coast.geojson","from":"the survey","reference":"base-map"}`)
		if err == nil && file != "" {
			err = form.WriteField("file", file)
		}
		if err := errors.Join(err, form.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.server.URL+"/v1/cases/"+string(d.id)+"/imports", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+d.tokens["of-1"])
		r.Header.Set("Content-Type", form.FormDataContentType())
		w, err := d.server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(w.Body)
		if err := errors.Join(err, w.Body.Close()); err != nil {
			t.Fatal(err)
		}
		var told struct{ Evidence, Detail string }
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		t.Log(w.StatusCode, told.Detail)
		return w.StatusCode, told.Evidence
	}
	if code, named := send(""); code != http.StatusUnprocessableEntity || named != "" {
		t.Errorf("control: %d names %q", code, named)
	}
	code, named := send("no map at all")
	id, err := ledger.ParseEntryID(named)
	if err == nil {
		_, err = d.st.Store.ByEntryID(t.Context(), id)
	}
	if code != http.StatusUnprocessableEntity || err != nil {
		t.Errorf("%d names %q: %v", code, named, err)
	}
}
