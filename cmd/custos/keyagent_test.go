package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// counter is a server of which a user (si-1) keeps their key on their own machine.
type counter struct {
	*testing.T
	*wiring.Station
	url    *url.URL
	tokens *api.Tokens
	key    *sign.Key
	full   *atomic.Bool // whether the trust file cannot be written
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	options := wiring.Options{Dir: filepath.Join(t.TempDir(), "record")}
	if err := wiring.Init(t.Context(), options, "agent.example/log", custody.Person{ID: "ad-1", Name: "A", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ledger.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for id, public := range map[string]*ledger.PublicKey{"si-1": &public, "si-2": nil} {
		person := custody.Person{ID: id, Name: "P " + id, Roles: []string{"sio"}}
		if _, err := st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "ad-1"}, custody.Enrol{Person: person, Public: public, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	tokens := api.NewTokens(st.TokenFile(), st.Service.Clock)
	full := new(atomic.Bool)
	server := httptest.NewServer(api.New(api.Config{
		Service: st.Service, Tokens: tokens, Exchange: st.Exchange, Log: slog.New(slog.DiscardHandler),
		Trust: func(ctx context.Context) error {
			if full.Load() {
				return errors.New("no space left")
			}
			return st.WriteTrust(ctx)
		},
	}).Handler())
	t.Cleanup(func() {
		server.Close()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &counter{t, st, at, tokens, key, full}
}

func (d *counter) token(id string) string {
	d.Helper()
	token, err := d.tokens.Issue(id, api.Term{})
	if err != nil {
		d.Fatal(err)
	}
	return token
}

// openCase asks the server to open a case, and returns the status of its answer.
func (d *counter) openCase(token, reference string) int {
	d.Helper()
	return d.post(token, "/v1/cases", map[string]any{"reference": reference, "title": "t", "assigned": []string{"si-1"}})
}

// post sends a document to the server, and returns the status of its answer.
func (d *counter) post(token, path string, document any) int {
	d.Helper()
	body, err := json.Marshal(document)
	if err != nil {
		d.Fatal(err)
	}
	request, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.url.JoinPath(path).String(), bytes.NewReader(body))
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}

// start runs an agent until the test is over.
func (d *counter) start(holder, token string, journal io.Writer, keys ...*sign.Key) func() {
	d.Helper()
	a := &agent{server: d.url, token: token, keys: keys, holder: holder, client: &http.Client{}, journal: journal, out: io.Discard}
	ctx, cancel := context.WithCancel(d.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := a.run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			d.Error(err)
		}
	})
	for deadline := time.Now().Add(time.Minute); d.Exchange.Here(holder) != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			d.Fatalf("the agent of %s is not there after a minute", holder)
		}
	}
	return func() { cancel(); done.Wait() }
}

// TestAgent works over HTTP with a key that never reaches the server: without the
// agent nothing is done, with it the record says who signed, and the journal on
// the holder's machine has a line for every signature in the record.
func TestAgent(t *testing.T) {
	d := newCounter(t)
	token := d.token("si-1")
	if got := d.openCase(token, "OP-0"); got != http.StatusServiceUnavailable {
		t.Fatalf("without the agent: %d", got)
	}
	var journal bytes.Buffer
	stop := d.start("si-1", token, &journal, d.key)
	if got := d.openCase(token, "OP-1"); got != http.StatusCreated {
		t.Fatalf("with the agent: %d", got)
	}
	stop()
	signed := 0
	size, err := d.Store.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Service.Cases().Find(t.Context(), "OP-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []custody.CaseID{"", id} {
		chains, err := d.Store.Chains(t.Context(), of)
		if err != nil {
			t.Fatal(err)
		}
		for _, chain := range chains {
			entries, err := d.Store.Entries(t.Context(), chain.ID, 1, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				envelope, err := ledger.ParseEnvelope(e.Envelope)
				if err != nil {
					t.Fatal(err)
				}
				if envelope.Signatures[len(envelope.Signatures)-1].KeyID != d.key.KeyID() {
					continue
				}
				signed++
				if !strings.Contains(journal.String(), e.Entry.String()) {
					t.Errorf("the journal lacks entry %s (%s)", e.Entry, e.Kind)
				}
			}
		}
	}
	if lines := strings.Count(journal.String(), "\n"); signed < 3 || lines != signed {
		t.Errorf("%d entries bear the signature, %d lines in the journal", signed, lines)
	}
	keys, err := os.ReadDir(filepath.Join(filepath.Dir(d.TokenFile()), "sign"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range keys {
		if strings.Contains(file.Name(), "si-1") {
			t.Errorf("the server has a file %s", file.Name())
		}
	}
}

// TestAgentOfAnother shows that nobody is given, or can answer, what is another's
// to sign; and that an agent signs nothing but entries in its holder's name. The
// control is the holder's own agent, in the same run.
func TestAgentOfAnother(t *testing.T) {
	d := newCounter(t)
	thief, err := sign.Generate(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other := d.token("si-2")
	var stolen bytes.Buffer
	defer d.start("si-2", other, &stolen, thief, d.key)()
	token := d.token("si-1")
	var journal bytes.Buffer
	defer d.start("si-1", token, &journal, d.key)()
	if got := d.openCase(token, "OP-1"); got != http.StatusCreated {
		t.Fatalf("control: %d", got)
	}
	if stolen.Len() > 0 {
		t.Errorf("the other agent signed:\n%s", stolen.String())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	asking := make(chan error, 1)
	go func() {
		_, err := d.Exchange.Ask(ctx, "si-9", []byte("x"))
		asking <- err
	}()
	if err := <-asking; !errors.Is(err, custody.ErrPushback) {
		t.Errorf("asked somebody who is not there: %v", err)
	}
	if err := d.Exchange.Answer("si-2", "0123456789abcdef0123456789abcdef", []byte("s")); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("answered what nobody asked: %v", err)
	}

	a := &agent{server: d.url, token: token, keys: []*sign.Key{d.key}, holder: "si-1", client: &http.Client{}, journal: &journal, out: io.Discard}
	before := journal.Len()
	for name, message := range map[string][]byte{
		"no entry":           []byte("custos, sign this"),
		"an acknowledgement": ledger.PAE(ledger.AcknowledgementType, []byte(`{}`)),
		"in another's name":  otherName(t, d.key),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				t.Errorf("%s: it was signed", name)
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"id": "1", "message": message})
		}))
		var err error
		if a.server, err = url.Parse(server.URL); err != nil {
			t.Fatal(err)
		}
		if err := a.turn(t.Context()); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	if journal.Len() != before {
		t.Errorf("the journal grew:\n%s", journal.String()[before:])
	}
	for text, want := range map[string]bool{
		"https://custos.example": true, "http://127.0.0.1:8460": true, "http://localhost:1": true, "http://[::1]:1": true,
		"http://custos.example": false, "http://10.0.0.1": false, "ftp://localhost": false, "custos.example": false, "": false,
	} {
		if _, err := serverURL(text); (err == nil) != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// otherName is an entry under this key in the name of somebody else.
func otherName(t *testing.T, key *sign.Key) []byte {
	t.Helper()
	s, err := ledger.NewStatement(ledger.Predicate{
		Actor: ledger.Actor{ID: "si-2", Key: key.KeyID(), Role: "sio"}, Authority: []ledger.EntryID{}, Detail: &ledger.KeyRevoked{Key: key.KeyID(), Reason: "r"},
		ResolvedDependencies: []ledger.Dependency{}, Time: ledger.NewTime(time.Now()),
	})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return ledger.PAE(ledger.StatementType, payload)
}

// TestAgentTakesALaterToken ends an agent's token: it goes on with the one that was put
// in its file meanwhile. The control is a file that still holds the old one: the agent
// ends, in the server's words.
func TestAgentTakesALaterToken(t *testing.T) {
	d := newCounter(t)
	path := filepath.Join(t.TempDir(), "token")
	a := &agent{server: d.url, token: d.token("si-2"), tokenFile: path, holder: "si-2", client: &http.Client{}, journal: io.Discard, out: io.Discard}
	ask := func() error {
		_, err := a.ask(t.Context(), http.MethodGet, "/v1/people", nil, &map[string]any{})
		return err
	}
	put := func(token string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(a.token)
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.tokens.End("si-2"); err != nil {
		t.Fatal(err)
	}
	if err := ask(); !errors.Is(err, custody.ErrDenied) || !strings.Contains(err.Error(), "not known here, or was ended") {
		t.Errorf("control: %v", err)
	}
	put(d.token("si-2"))
	if err := ask(); err != nil {
		t.Error(err)
	}
}

// TestWhatIsSignedIsOneLine has a server put lines and terminal codes where the agent says
// what it signs: its journal has one line of it, in which they are to be read.
func TestWhatIsSignedIsOneLine(t *testing.T) {
	t.Parallel()
	hostile := "analyst)\n2026-11-23T09:00:00Z nothing was signed \x1b[2J\u202e"
	s := ledger.Statement{Predicate: ledger.Predicate{
		Actor: ledger.Actor{ID: "an1", Role: hostile}, Detail: &ledger.AccessDecided{Action: hostile, Allowed: true},
	}}
	line := statementLine(s)
	if strings.ContainsAny(line, "\n\x1b\u202e") || strings.Count(line, `\n2026-11-23`) != 2 || !strings.Contains(line, `\x1b[2J\u202e`) {
		t.Errorf("it says %q", line)
	}
}
