package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/cmd/custos/transport"
	"custos.example/cmd/custos/transport/transporttest"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// serving runs a server's command until the test ends, and returns the address that it
// says it answers on.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		code := run(ctx, args, strings.NewReader(""), io.Discard, writer)
		_ = writer.Close()
		ended <- code
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitDone {
			t.Errorf("%s ended with %d", args, code)
		}
	})
	lines, said := bufio.NewScanner(reader), ""
	for lines.Scan() {
		said += lines.Text() + "\n"
		if found := regexp.MustCompile(`on (https?://\S+); interrupt`).FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return found[1]
		}
	}
	t.Fatalf("%s: %s", args, said)
	return ""
}

// TestServeOverTLS runs the server under its own certificate and follows its log: as
// somebody who knows its authority, as somebody who does not, and without the certificate
// that the server asks for. In plain it answers nobody else than this machine.
func TestServeOverTLS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "record")
	if err := wiring.Init(t.Context(), wiring.Options{Dir: dir}, "custos.example/tls", custody.Person{ID: "ad-1", Name: "Ada", Roles: []string{"administrator"}}); err != nil {
		t.Fatal(err)
	}
	st, err := wiring.Open(t.Context(), wiring.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	trust, err := st.Service.Organisation().Trust(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	ours, other := transporttest.NewAuthority(t, "ours"), transporttest.NewAuthority(t, "ours")
	server, follower := ours.Issue("server", nil, "127.0.0.1"), ours.Issue("follower", nil)
	for name, args := range map[string][]string{
		"in plain, to others":     {"--listen", "0.0.0.0:0"},
		"without its key":         {"--listen", "127.0.0.1:0", "--tls-certificate", server.Certificate},
		"with another's key":      {"--listen", "127.0.0.1:0", "--tls-certificate", server.Certificate, "--tls-key", follower.Key},
		"with a beat of a second": {"--listen", "127.0.0.1:0", "--beat", "1s"},
	} {
		if code, _, said := command(t, append([]string{"serve", "--dir", dir}, args...)...); code == exitDone || code == exitFault {
			t.Errorf("served %s: %d, %s", name, code, said)
		}
	}
	at := serving(t, "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--beat", "10m",
		"--tls-certificate", server.Certificate, "--tls-key", server.Key, "--tls-clients", ours.File)
	if !strings.HasPrefix(at, "https://127.0.0.1:") {
		t.Fatal(at)
	}
	follow := func(args ...string) (int, string) {
		code, out, said := command(t, append([]string{"witness", "follow", "--dir", t.TempDir(), "--from", at, "--log", trust.Log[0].String(), "--max-age", "0"}, args...)...)
		return code, out + said
	}
	own := []string{"--client-certificate", follower.Certificate, "--client-key", follower.Key}
	if code, said := follow(append(own, "--server-authority", ours.File)...); code != exitDone {
		t.Errorf("control: %d, %s", code, said)
	}
	for name, args := range map[string][]string{
		"another authority":  append(own, "--server-authority", other.File),
		"no authority named": own,
		"no certificate":     {"--server-authority", ours.File},
	} {
		if code, said := follow(args...); code != exitCantTell {
			t.Errorf("%s: %d, %s", name, code, said)
		}
	}
}

// TestTokensGoToTheServerOnly wants a token sent to the server that was named, once it has
// shown its certificate, and to nobody else. The control gets it.
func TestTokensGoToTheServerOnly(t *testing.T) {
	ours, other := transporttest.NewAuthority(t, "ours"), transporttest.NewAuthority(t, "ours")
	var tokens atomic.Int64
	listening := func(p transporttest.Pair, handler http.HandlerFunc) string {
		l := transport.Listening{Address: "127.0.0.1:0", Certificate: p.Certificate, Key: p.Key}
		listener, err := l.Open(t.Context(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		done := make(chan struct{})
		go func() { defer close(done); _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close(); <-done })
		return l.URL(listener.Addr())
	}
	takes := func(out http.ResponseWriter, in *http.Request) {
		if in.Header.Get("Authorization") == "Bearer secret" {
			tokens.Add(1)
		}
		_, _ = io.Copy(io.Discard, in.Body)
		if in.Method == http.MethodGet {
			out.WriteHeader(http.StatusNoContent)
			return
		}
		out.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(out, `{"receipt":{"it":"is here"}}`)
	}
	own := ours.Issue("server", nil, "127.0.0.1")
	right := listening(own, takes)
	elsewhere := func(out http.ResponseWriter, in *http.Request) {
		http.Redirect(out, in, right+in.URL.Path, http.StatusTemporaryRedirect)
	}
	caller := transport.Caller{Authority: ours.File}
	ask := func(address string, c transport.Caller) map[string]error {
		_, sent := upload{address: address, into: "case", timeout: 20 * time.Second, caller: c}.send(t.Context(), "secret", func(w io.Writer) error {
			_, err := io.WriteString(w, "a pack")
			return err
		})
		client, err := c.HTTP(20 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		server, err := serverURL(address)
		if err != nil {
			return map[string]error{"upload": sent, "agent": err}
		}
		_, asked := (&agent{server: server, token: "secret", client: client}).ask(t.Context(), http.MethodGet, "/v1/signatures/next", nil, nil)
		return map[string]error{"upload": sent, "agent": asked}
	}
	for what, err := range ask(right, caller) {
		if err != nil {
			t.Errorf("control: %s: %v", what, err)
		}
	}
	if n := tokens.Swap(0); n != 2 {
		t.Fatalf("control: the server was given %d tokens", n)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(right, "https://"))
	for name, c := range map[string]struct {
		address string
		caller  transport.Caller
	}{
		"a false certificate": {listening(other.Issue("false", nil, "127.0.0.1"), takes), caller},
		"another name":        {"https://localhost:" + port, caller},
		"no authority named":  {right, transport.Caller{}},
		"sent elsewhere":      {listening(own, elsewhere), caller},
		"in plain":            {"http://custos.example", caller},
	} {
		for what, err := range ask(c.address, c.caller) {
			if err == nil {
				t.Errorf("%s: %s: done", name, what)
			}
		}
	}
	if n := tokens.Load(); n != 0 {
		t.Errorf("%d tokens went to a server that was not the one named", n)
	}
}
