package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/api"
	"custos.example/api/signon"
	"custos.example/api/signon/signontest"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// movedClock stands until the test moves it on.
type movedClock struct {
	mu sync.Mutex
	at time.Time
}

// Now returns the time.
func (c *movedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *movedClock) on(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// door is a server at which people sign on by an identity provider.
type door struct {
	*desk
	provider *signontest.Provider
	clock    *movedClock
	keeper   *api.Tokens
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{provider: signontest.New(t), clock: &movedClock{at: noon{}.Now()}}
	options := wiring.Options{Dir: filepath.Join(t.TempDir(), "data"), Clock: d.clock}
	if err := wiring.Init(t.Context(), options, "door.example/log", custody.Person{ID: "u-01", Name: "Robin Vale", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	d.desk = &desk{T: t, st: st, dir: options.Dir, tokens: map[string]string{}}
	d.keeper = api.NewTokens(st.TokenFile(), d.clock)
	for id, role := range map[string]string{"u-02": "analyst", "u-05": "sio", "u-06": "sio"} {
		p := custody.Person{ID: id, Name: "Person " + id, Roles: []string{role}}
		if _, err := st.Service.Organisation().Enrol(t.Context(), custody.Actor{ID: "u-01"}, custody.Enrol{Person: p, Qualify: able()}); err != nil {
			t.Fatal(err)
		}
	}
	d.tokens["u-01"], err = d.keeper.Issue("u-01", api.Term{Life: 720 * time.Hour, Idle: 720 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	checker, err := signon.New(signon.Config{Issuer: d.provider.Issuer, Audience: signontest.Audience, Now: d.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.server = d.serve(checker)
	return d
}

func (d *door) serve(checker *signon.Provider) *httptest.Server {
	server := httptest.NewServer(api.New(api.Config{
		Service: d.st.Service, Tokens: d.keeper, SignOn: checker, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}).Handler())
	d.Cleanup(server.Close)
	return server
}

// right is a right token of a subject, issued now.
func (d *door) right(subject string) string {
	return d.provider.Token("ES256", "e", d.provider.Claims(subject, d.clock.Now()), nil)
}

// bind says to whom a subject belongs, in the name of u-01.
func (d *door) bind(subject, person, ended string) int {
	d.Helper()
	status, _ := d.call("POST", "u-01", "/v1/people/sign-ons", map[string]any{"issuer": d.provider.Issuer, "subject": subject, "person": person, "ended": ended})
	return status
}

// knock opens a case with a token and returns the status and the words of a refusal.
func (d *door) knock(token, reference string) (int, string) {
	d.Helper()
	status, answer, header := d.with(token, "", "/v1/cases", map[string]any{"reference": reference, "title": "t", "assigned": []string{"u-05"}})
	words, _ := answer["detail"].(string)
	if (status == http.StatusUnauthorized) != (header.Get("WWW-Authenticate") != "") {
		d.Errorf("%d with WWW-Authenticate %q", status, header.Get("WWW-Authenticate"))
	}
	return status, words
}

// with posts a document with a token, in a role.
func (d *door) with(token, role, path string, body any) (int, map[string]any, http.Header) {
	d.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		d.Fatal(err)
	}
	request, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.server.URL+path, strings.NewReader(string(text)))
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Custos-Role", role)
	response, err := d.server.Client().Do(request)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		d.Fatal(err)
	}
	return response.StatusCode, answer, response.Header
}

func (d *door) size() uint64 {
	d.Helper()
	size, err := d.st.Store.Size(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	return size
}

// TestSignOn gives the server every wrong token of an identity provider: each is 401
// and leaves nothing in the record. The control is a right token in each way that is
// taken: it is let in as the person of the record, whatever its claims say of roles.
func TestSignOn(t *testing.T) {
	d := newDoor(t)
	if status, words := d.knock(d.right("s-5"), "OP-0"); status != http.StatusUnauthorized || !strings.Contains(words, "custos actor sign-on") {
		t.Errorf("a subject that is nobody's: %d %s", status, words)
	}
	if got := d.bind("s-5", "u-05", ""); got != http.StatusCreated {
		t.Fatalf("the sign-on of u-05: %d", got)
	}
	wrong, before := d.provider.Wrong("s-5", d.clock.Now()), d.size()
	for _, w := range wrong {
		if status, words := d.knock(w.Token, "OP-9"); status != http.StatusUnauthorized || !strings.Contains(words, w.Words) {
			t.Errorf("%s: %d %s", w.Name, status, words)
		}
	}
	for _, subject := range []string{"s-6", "S-5", "s-5\n", " s-5", "u-05", "service", ""} {
		if status, words := d.knock(d.right(subject), "OP-9"); status != http.StatusUnauthorized {
			t.Errorf("subject %q: %d %s", subject, status, words)
		}
	}
	if after := d.size(); after != before {
		t.Errorf("%d entries of %d wrong tokens", after-before, len(wrong))
	}
	for name, token := range d.provider.Right("s-5", d.clock.Now()) {
		if status, words := d.knock(token, "OP "+name); status != http.StatusCreated {
			t.Errorf("control: %s: %d %s", name, status, words)
		}
	}
	if d.size() == before {
		t.Error("control: no entry of right tokens")
	}
	for _, role := range []string{"", "administrator", "sio"} {
		if status, _, _ := d.with(d.right("s-5"), role, "/v1/people/standings", map[string]any{"person": "u-02", "vetting": "dv"}); status != http.StatusForbidden {
			t.Errorf("a role from the claims, asked for as %q: %d", role, status)
		}
	}
	own := d.serve(nil)
	d.server, own = own, d.server
	if status, words := d.knock(d.right("s-5"), "OP-8"); status != http.StatusUnauthorized || !strings.Contains(words, "takes no tokens of an identity provider") {
		t.Errorf("a server without a provider: %d %s", status, words)
	}
	d.server = own
}

// TestSignOnIsReplayed uses a token again after each thing that ends it: its own end,
// the end of all that a person has, the end of the sign-on, the end of their key. The
// control each time is the same token just before, and a right one of somebody else.
func TestSignOnIsReplayed(t *testing.T) {
	d := newDoor(t)
	for subject, person := range map[string]string{"s-5": "u-05", "s-6": "u-06"} {
		if got := d.bind(subject, person, ""); got != http.StatusCreated {
			t.Fatalf("the sign-on of %s: %d", person, got)
		}
	}
	n := 0
	knock := func(what, token string, want int, words string) {
		t.Helper()
		n++
		if got, said := d.knock(token, "OP-"+string(rune('a'+n))); got != want || !strings.Contains(said, words) {
			t.Errorf("%s: %d %s; want %d %q", what, got, said, want, words)
		}
	}
	first := d.right("s-5")
	knock("the first", first, 201, "")
	d.clock.on(time.Hour - time.Second)
	knock("just before its end", first, 201, "")
	d.clock.on(time.Second)
	knock("after its end", first, 401, "it ended at")

	first = d.right("s-5")
	other := d.right("s-6")
	knock("anew", first, 201, "")
	if count, err := d.keeper.End("u-05"); count != 0 || err != nil {
		t.Fatalf("%d ended, %v", count, err)
	}
	knock("after all of theirs was ended", first, 401, "was ended")
	knock("one issued by a clock half a minute ahead", d.provider.Token("ES256", "e", d.provider.Claims("s-5", d.clock.Now().Add(30*time.Second)), nil), 401, "was ended")
	knock("control: somebody else", other, 201, "")
	d.clock.on(2 * time.Minute)
	knock("the same, later", first, 401, "was ended")
	first = d.right("s-5")
	knock("control: signed on anew", first, 201, "")

	if got := d.bind("s-5", "u-05", "account closed"); got != http.StatusCreated {
		t.Fatalf("the end of the sign-on: %d", got)
	}
	knock("after the end of the sign-on", first, 401, "Nobody enrolled here")
	knock("control: somebody else", other, 201, "")
	if got := d.bind("s-5", "u-05", ""); got != http.StatusCreated {
		t.Fatalf("the sign-on anew: %d", got)
	}
	knock("control: bound anew", first, 201, "")

	if _, err := d.st.Service.Organisation().Revoke(t.Context(), custody.Actor{ID: "u-01"}, custody.Revoke{Person: "u-05", Reason: "compromised"}); err != nil {
		t.Fatal(err)
	}
	knock("after the end of their key", first, 401, "Nobody enrolled here")
	knock("control: somebody else", other, 201, "")

	d.provider.Down(true)
	d.clock.on(30 * time.Minute)
	knock("control: the provider is down for a while", d.right("s-6"), 201, "")
	d.clock.on(time.Hour)
	knock("the provider is down for long", d.right("s-6"), 503, "identity provider cannot be reached")
}

// TestSignOnsAreRecorded asks for sign-ons that may not be, and shows that each refusal
// leaves the subject whose it was. The controls are the same requests, right.
func TestSignOnsAreRecorded(t *testing.T) {
	d := newDoor(t)
	var err error
	for _, id := range []string{"u-02", "u-05"} {
		if d.tokens[id], err = d.keeper.Issue(id, api.Term{}); err != nil {
			t.Fatal(err)
		}
	}
	const issuer = "https://login.example"
	for i, step := range []struct {
		who                              string
		issuer, subject, person, endedBy string
		want                             int
	}{
		{"u-05", issuer, "s-5", "u-05", "", 403}, // nobody's but an administrator's
		{"u-01", issuer, "s-1", "u-01", "", 403}, // nobody says it of themselves
		{"u-01", issuer, "s-5", "u-99", "", 404},
		{"u-01", issuer, "s-5", "service", "", 422},
		{"u-01", issuer, "", "u-05", "", 422},
		{"u-01", issuer, "s 5", "u-05", "", 422},
		{"u-01", issuer, strings.Repeat("s", 256), "u-05", "", 422},
		{"u-01", issuer, "s-5é", "u-05", "", 422},
		{"u-01", "login.example", "s-5", "u-05", "", 422},
		{"u-01", "ftp://login.example", "s-5", "u-05", "", 422},
		{"u-01", issuer + "?x", "s-5", "u-05", "", 422},
		{"u-01", issuer, "s-5", "u-05", "left", 404}, // it is not recorded yet
		{"u-01", issuer, "s-5", "u-05", "", 201},     // control
		{"u-01", issuer, "s-5", "u-05", "", 409},
		{"u-01", issuer, "s-5", "u-06", "", 409}, // it is somebody's
		{"u-01", issuer, "s-5", "u-06", "left", 404},
		{"u-01", issuer, strings.Repeat("s", 255), "u-05", "", 201}, // a second account
		{"u-01", issuer + "/", "s-5", "u-06", "", 201},              // another issuer's
		{"u-01", issuer, "s-5", "u-05", "left", 201},
		{"u-01", issuer, "s-5", "u-05", "left", 404},
		{"u-01", issuer, "s-5", "u-06", "", 201}, // given to somebody else, visibly
	} {
		body := map[string]any{"issuer": step.issuer, "subject": step.subject, "person": step.person, "ended": step.endedBy}
		if got, answer := d.call("POST", step.who, "/v1/people/sign-ons", body); got != step.want {
			t.Errorf("step %d: %d, want %d: %v", i+1, got, step.want, answer)
		}
	}
	for _, c := range []struct{ issuer, want string }{{issuer, "u-06"}, {issuer + "/", "u-06"}, {issuer + "//", ""}} {
		if got, _ := d.st.Service.SignOns().Holder(t.Context(), c.issuer, "s-5"); got != c.want {
			t.Errorf("%s: %q, want %q", c.issuer, got, c.want)
		}
	}
	if got, _ := d.call("GET", "u-02", "/v1/people/sign-ons", nil); got != http.StatusForbidden {
		t.Errorf("the list for somebody who may not see people: %d", got)
	}
	if _, answer := d.call("GET", "u-01", "/v1/people/sign-ons", nil); len(answer["signOns"].([]any)) != 3 {
		t.Errorf("the list: %v", answer)
	}
	if _, answer := d.call("GET", "u-01", "/v1/people", nil); len(answer["people"].([]any)) != 4 {
		t.Errorf("the people: %v", answer)
	}
}
