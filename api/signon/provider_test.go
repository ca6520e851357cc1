package signon_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/api/signon"
	"custos.example/api/signon/signontest"
)

// hand is a clock that stands until the test moves it.
type hand struct {
	mu sync.Mutex
	at time.Time
}

// Now returns the time.
func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) on(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(by)
}

// setup returns a provider, somebody who checks its tokens, and the clock of both.
func setup(t *testing.T, change func(c *signon.Config)) (*signontest.Provider, *signon.Provider, *hand) {
	t.Helper()
	p, clock := signontest.New(t), &hand{at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	c := signon.Config{Issuer: p.Issuer, Audience: signontest.Audience, Now: clock.Now}
	if change != nil {
		change(&c)
	}
	checker, err := signon.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p, checker, clock
}

// TestWrongTokens holds every wrong token against one provider: each is refused, for
// its own reason. The control is a right token in each way that is taken, before and
// after.
func TestWrongTokens(t *testing.T) {
	p, checker, clock := setup(t, nil)
	wrong := p.Wrong("s-1", clock.Now())
	right := func(when string) {
		for name, token := range p.Right("s-1", clock.Now()) {
			who, err := checker.Verify(t.Context(), token)
			if err != nil || who.Subject != "s-1" || who.Issuer != p.Issuer || !who.Issued.Equal(clock.Now()) {
				t.Errorf("control, %s: %s: %+v, %v", when, name, who, err)
			}
		}
	}
	right("before")
	for _, w := range wrong {
		who, err := checker.Verify(t.Context(), w.Token)
		if !errors.Is(err, signon.ErrRefused) || who != (signon.Identity{}) {
			t.Errorf("%s: %+v, %v", w.Name, who, err)
		} else if !strings.Contains(err.Error(), w.Words) {
			t.Errorf("%s: refused for another reason: %v", w.Name, err)
		}
	}
	right("after")
	if len(wrong) < 40 {
		t.Errorf("%d wrong tokens", len(wrong))
	}
}

// TestEveryBitOfAToken changes each sign of a token in turn, also those whose last bits
// stand for nothing: none is let in. The control is the token as it is.
func TestEveryBitOfAToken(t *testing.T) {
	p, checker, clock := setup(t, nil)
	token := p.Token("EdDSA", "d", p.Claims("s-1", clock.Now()), nil)
	const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range token {
		at := strings.IndexByte(signs, token[i])
		sign := "A"
		if at >= 0 {
			sign = string(signs[at^1])
		}
		changed := token[:i] + sign + token[i+1:]
		if _, err := checker.Verify(t.Context(), changed); !errors.Is(err, signon.ErrRefused) {
			t.Errorf("sign %d may be changed: %v", i, err)
		}
	}
	if _, err := checker.Verify(t.Context(), token); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestKeysComeAndGo makes a provider change its keys. A new one counts when a token
// names it, one that is withdrawn counts no more after five minutes, nobody can make the
// provider be asked more than once in ten seconds, and while it is down the keys count
// for an hour and no longer.
func TestKeysComeAndGo(t *testing.T) {
	p, checker, clock := setup(t, nil)
	try := func(alg, key string) error {
		_, err := checker.Verify(t.Context(), p.Token(alg, key, p.Claims("s-1", clock.Now()), nil))
		return err
	}
	expect := func(what string, err, want error, asked int) {
		t.Helper()
		if !errors.Is(err, want) || p.Asked() != asked {
			t.Errorf("%s: %v, asked %d times; want %v and %d", what, err, p.Asked(), want, asked)
		}
	}
	expect("the first", try("RS256", "r"), nil, 1)
	expect("again", try("ES256", "e"), nil, 1)
	more := signontest.New(t)
	p.Hold("n", more.Private("e"))
	for range 50 {
		expect("unknown keys, at once", try("ES256", "n"), signon.ErrRefused, 1)
	}
	p.Give("n", more.Private("e"), nil)
	clock.on(11 * time.Second)
	expect("a new key", try("ES256", "n"), nil, 2)
	for range 50 {
		expect("false signatures", try("RS256", "e"), signon.ErrRefused, 2)
	}
	p.Withdraw("r")
	expect("withdrawn just now", try("RS256", "r"), nil, 2)
	clock.on(5 * time.Minute)
	expect("withdrawn", try("RS256", "r"), signon.ErrRefused, 3)
	expect("control: another key", try("ES256", "e"), nil, 3)
	p.Hold("gone", more.Private("e"))
	p.Down(true)
	clock.on(59 * time.Minute)
	expect("down for a while", try("ES256", "e"), nil, 3)
	clock.on(2 * time.Minute)
	expect("down for long", try("ES256", "e"), signon.ErrUnreachable, 3)
	expect("down for long, unknown", try("ES256", "gone"), signon.ErrUnreachable, 3)
	p.Down(false)
	clock.on(11 * time.Second)
	expect("up again", try("ES256", "e"), nil, 4)
	for _, key := range []string{"e", "d", "n"} {
		p.Withdraw(key)
	}
	clock.on(5 * time.Minute)
	expect("every key withdrawn", try("ES256", "e"), signon.ErrRefused, 5)
	if err := checker.Ready(t.Context()); !errors.Is(err, signon.ErrUnreachable) {
		t.Errorf("without a key it is ready: %v", err)
	}
}

// TestManyAtOnce lets many sign on at once by a provider that was not asked yet: it is
// asked once.
func TestManyAtOnce(t *testing.T) {
	p, checker, clock := setup(t, nil)
	token := p.Token("ES256", "e", p.Claims("s-1", clock.Now()), nil)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := checker.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	if all.Wait(); p.Asked() != 1 {
		t.Errorf("asked %d times", p.Asked())
	}
}

// TestProvidersThatMislead asks providers that say that they are another, whose keys
// are on another host or behind a redirect, and whose answer has no end. The control of
// each is the provider as it should be.
func TestProvidersThatMislead(t *testing.T) {
	elsewhere := signontest.New(t)
	for name, c := range map[string]struct {
		member string
		value  func(p *signontest.Provider) any
		words  string
	}{
		"another name":         {"issuer", func(*signontest.Provider) any { return "https://login.example" }, "calls itself"},
		"keys on another host": {"jwks_uri", func(*signontest.Provider) any { return elsewhere.Issuer + "/keys" }, "on another host"},
		"keys in the clear":    {"jwks_uri", func(*signontest.Provider) any { return "http://login.example/keys" }, "not https"},
		"keys in a file":       {"jwks_uri", func(*signontest.Provider) any { return "file:///etc/hosts" }, "no address"},
		"a redirect":           {"jwks_uri", func(p *signontest.Provider) any { return p.Issuer + "/moved" }, "302"},
		"no keys":              {"jwks_uri", func(*signontest.Provider) any { return nil }, "no address"},
		"an endless answer":    {"more", func(*signontest.Provider) any { return strings.Repeat("x", 2<<20) }, "too large"},
	} {
		p, checker, clock := setup(t, nil)
		p.Say(c.member, c.value(p))
		err := checker.Ready(t.Context())
		if !errors.Is(err, signon.ErrUnreachable) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
		for member, value := range map[string]any{"issuer": p.Issuer, "jwks_uri": p.Issuer + "/keys", "more": nil} {
			p.Say(member, value)
		}
		clock.on(time.Minute)
		if err := checker.Ready(t.Context()); err != nil {
			t.Errorf("%s: control: %v", name, err)
		}
	}
	p, checker, clock := setup(t, func(c *signon.Config) { c.Keys = elsewhere.Issuer + "/keys" })
	p.Down(true) // it need not be asked when the operator says where its keys are
	if _, err := checker.Verify(t.Context(), elsewhere.Token("ES256", "e", p.Claims("s-1", clock.Now()), nil)); err != nil {
		t.Errorf("keys where the operator says: %v", err)
	}
}

// TestSettings refuses what would let anybody in, or ask anybody's address.
func TestSettings(t *testing.T) {
	right := signon.Config{Issuer: "https://login.example/realm", Audience: "a", Now: time.Now}
	for name, c := range map[string]struct {
		change func(c *signon.Config)
		well   bool
	}{
		"right":                {func(*signon.Config) {}, true},
		"on this machine":      {func(c *signon.Config) { c.Issuer = "http://127.0.0.1:9" }, true},
		"keys elsewhere":       {func(c *signon.Config) { c.Keys = "https://keys.example/k" }, true},
		"no issuer":            {func(c *signon.Config) { c.Issuer = "" }, false},
		"no audience":          {func(c *signon.Config) { c.Audience = " " }, false},
		"in the clear":         {func(c *signon.Config) { c.Issuer = "http://login.example" }, false},
		"with a password":      {func(c *signon.Config) { c.Issuer = "https://u:p@login.example" }, false},
		"with a query":         {func(c *signon.Config) { c.Issuer += "?x=1" }, false},
		"with a fragment":      {func(c *signon.Config) { c.Issuer += "#x" }, false},
		"no scheme":            {func(c *signon.Config) { c.Issuer = "login.example" }, false},
		"keys in the clear":    {func(c *signon.Config) { c.Keys = "http://login.example/keys" }, false},
		"keys in a file":       {func(c *signon.Config) { c.Keys = "file:///keys" }, false},
		"a name like loopback": {func(c *signon.Config) { c.Issuer = "http://127.0.0.1.login.example" }, false},
	} {
		config := right
		c.change(&config)
		if _, err := signon.New(config); (err == nil) != c.well || err != nil && !errors.Is(err, signon.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
