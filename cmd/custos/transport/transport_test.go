package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/cmd/custos/transport"
	"custos.example/cmd/custos/transport/transporttest"
	"custos.example/custody"
)

var quiet = slog.New(slog.DiscardHandler)

// answering opens a listener and answers "here" on it. It returns the port.
func answering(t *testing.T, l transport.Listening) string {
	t.Helper()
	l.Address = "127.0.0.1:0"
	listener, err := l.Open(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }),
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(quiet.Handler(), slog.LevelError),
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// get asks a server once, on a connection of its own.
func get(t *testing.T, client *http.Client, address string) error {
	t.Helper()
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || string(text) != "here" {
		t.Fatalf("%s answers %s %q, %v", address, answer.Status, text, err)
	}
	return nil
}

func calling(t *testing.T, c transport.Caller) *http.Client {
	t.Helper()
	client, err := c.HTTP(20 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestServersAreChecked wants a caller to refuse a server that is not the one it was told
// of, before it has sent anything. The control is the same server with the right certificate.
func TestServersAreChecked(t *testing.T) {
	ours, other := transporttest.NewAuthority(t, "ours"), transporttest.NewAuthority(t, "ours") // the same name
	file := func(p transporttest.Pair) transport.Listening {
		return transport.Listening{Certificate: p.Certificate, Key: p.Key}
	}
	caller := transport.Caller{Authority: ours.File}
	right := ours.Issue("right", nil, "127.0.0.1")
	if err := get(t, calling(t, caller), "https://127.0.0.1:"+answering(t, file(right))); err != nil {
		t.Fatalf("control: %v", err)
	}
	// one that has ended would not be listened with, so it is shown by a server of another make
	ended := shown(t, ours.Issue("ended", transporttest.Ended, "127.0.0.1").Load(t), tls.VersionTLS13)
	old := shown(t, right.Load(t), tls.VersionTLS12)
	for name, c := range map[string]struct {
		port, want string
		caller     transport.Caller
	}{
		"another authority":                 {answering(t, file(other.Issue("false", nil, "127.0.0.1"))), "unknown authority", caller},
		"another name":                      {answering(t, file(ours.Issue("elsewhere", nil, "192.0.2.7", "custos.example"))), "127.0.0.1", caller},
		"one that has ended":                {ended, "expired", caller},
		"a server before TLS 1.3":           {old, "protocol version", caller},
		"an authority of this machine only": {answering(t, file(right)), "unknown authority", transport.Caller{}},
	} {
		if err := get(t, calling(t, c.caller), "https://127.0.0.1:"+c.port); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shown is a server that shows a certificate whatever it is worth, and speaks at most
// that version.
func shown(t *testing.T, certificate tls.Certificate, most uint16) (port string) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, MaxVersion: most})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			if tc, ok := c.(*tls.Conn); ok {
				_ = tc.HandshakeContext(context.WithoutCancel(t.Context()))
			}
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// TestClientsAreChecked wants a server to refuse whoever speaks an older version, and,
// where it asks for certificates, whoever has none of its authority. The controls are let in.
func TestClientsAreChecked(t *testing.T) {
	servers, kiosks, other := transporttest.NewAuthority(t, "servers"), transporttest.NewAuthority(t, "kiosks"), transporttest.NewAuthority(t, "kiosks")
	own := servers.Issue("server", nil, "127.0.0.1")
	open := "https://127.0.0.1:" + answering(t, transport.Listening{Certificate: own.Certificate, Key: own.Key})
	closed := "https://127.0.0.1:" + answering(t, transport.Listening{Certificate: own.Certificate, Key: own.Key, Clients: kiosks.File})
	client := func(change func(*tls.Config), shown ...transporttest.Pair) *http.Client {
		config := &tls.Config{RootCAs: servers.Pool(), MinVersion: tls.VersionTLS12}
		for _, p := range shown {
			pair := p.Load(t)
			// shown whatever authorities the server names
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		if change != nil {
			change(config)
		}
		return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}
	}
	kiosk := kiosks.Issue("kiosk-7", nil)
	for name, err := range map[string]error{
		"no certificate where none is asked for": get(t, client(nil), open),
		"the right certificate":                  get(t, client(nil, kiosk), closed),
		"the right certificate, as we call": get(t, calling(t, transport.Caller{
			Authority: servers.File, Certificate: kiosk.Certificate, Key: kiosk.Key,
		}), closed),
	} {
		if err != nil {
			t.Errorf("control: %s: %v", name, err)
		}
	}
	before := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }
	for name, err := range map[string]error{
		"TLS 1.2":                      get(t, client(before), open),
		"TLS 1.2 with the certificate": get(t, client(before, kiosk), closed),
		"no certificate":               get(t, client(nil), closed),
		"one of another authority":     get(t, client(nil, other.Issue("kiosk-7", nil)), closed),
		"one of the server's":          get(t, client(nil, own), closed),
		"one that has ended":           get(t, client(nil, kiosks.Issue("ended", transporttest.Ended)), closed),
		"one for servers only": get(t, client(nil, kiosks.Issue("server", func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})), closed),
	} {
		if err == nil || !strings.Contains(err.Error(), "remote error: tls") {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer, err := client(nil).Get(strings.Replace(open, "https", "http", 1)) //nolint:noctx // one request in plain
	if err != nil || answer.StatusCode != http.StatusBadRequest {
		t.Fatalf("in plain: %v, %v", answer, err)
	}
	_ = answer.Body.Close()
}

// TestNewCertificates puts new files under a server that runs: the right ones are in use
// for the next client, and wrong ones change nothing.
func TestNewCertificates(t *testing.T) {
	first, second, kiosks := transporttest.NewAuthority(t, "first"), transporttest.NewAuthority(t, "second"), transporttest.NewAuthority(t, "kiosks")
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	later := time.Now()
	put := func(from, name string) {
		t.Helper()
		text, err := os.ReadFile(from)
		if err == nil {
			err = os.WriteFile(at(name), text, 0o600)
		}
		later = later.Add(time.Second) // whatever the file system's smallest step of time is
		if err := errors.Join(err, os.Chtimes(at(name), later, later)); err != nil {
			t.Fatal(err)
		}
	}
	old, next := first.Issue("old", nil, "127.0.0.1"), second.Issue("next", nil, "127.0.0.1")
	put(old.Certificate, "server.pem")
	put(old.Key, "server.key")
	put(kiosks.File, "clients.pem")
	address := "https://127.0.0.1:" + answering(t, transport.Listening{Certificate: at("server.pem"), Key: at("server.key"), Clients: at("clients.pem")})
	kiosk := kiosks.Issue("kiosk-7", nil)
	in := func(authority *transporttest.Authority) error {
		return get(t, calling(t, transport.Caller{Authority: authority.File, Certificate: kiosk.Certificate, Key: kiosk.Key}), address)
	}
	if in(first) != nil || in(second) == nil {
		t.Fatal("control: the first certificate is not in use")
	}
	put(next.Certificate, "server.pem") // and not its key yet
	if err := in(first); err != nil {
		t.Errorf("half a change was taken: %v", err)
	}
	put(next.Key, "server.key")
	if err := in(second); err != nil || in(first) == nil {
		t.Errorf("the new certificate is not in use: %v", err)
	}
	gone := first.Issue("gone", transporttest.Ended, "127.0.0.1")
	put(gone.Certificate, "server.pem")
	put(gone.Key, "server.key")
	if err := in(second); err != nil {
		t.Errorf("a certificate that has ended was taken: %v", err)
	}
	put(next.Certificate, "server.pem")
	put(next.Key, "server.key")
	put(first.File, "clients.pem") // the authority of the kiosks is put out
	if in(second) == nil {
		t.Error("a client of an authority that is no longer named was let in")
	}
}

// TestListeningRefuses wants everything refused at the start that would be unsafe or could
// never work; the controls are taken.
func TestListeningRefuses(t *testing.T) {
	a := transporttest.NewAuthority(t, "ours")
	p, q := a.Issue("one", nil, "127.0.0.1"), a.Issue("two", nil, "127.0.0.1")
	loose := a.Issue("loose", nil, "127.0.0.1")
	if err := os.Chmod(loose.Key, 0o640); err != nil { //nolint:gosec // this is what is tested
		t.Fatal(err)
	}
	ended := a.Issue("ended", transporttest.Ended, "127.0.0.1")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]transport.Listening{
		"plain":                {Address: "127.0.0.1:0"},
		"plain, the other way": {Address: "localhost:0"},
		"plain behind a proxy": {Address: "0.0.0.0:0", Proxied: true},
		"TLS":                  {Address: "0.0.0.0:0", Certificate: p.Certificate, Key: p.Key},
		"TLS with clients":     {Address: ":0", Certificate: p.Certificate, Key: p.Key, Clients: a.File},
	} {
		listener, err := l.Open(t.Context(), quiet)
		if err != nil {
			t.Errorf("control: %s: %v", name, err)
			continue
		}
		_ = listener.Close()
	}
	for name, l := range map[string]transport.Listening{
		"plain to others":              {Address: "0.0.0.0:0"},
		"plain to all":                 {Address: ":0"},
		"plain to all, the other way":  {Address: "[::]:0"},
		"a certificate without a key":  {Address: "127.0.0.1:0", Certificate: p.Certificate},
		"a key without a certificate":  {Address: "127.0.0.1:0", Key: p.Key},
		"clients without either":       {Address: "127.0.0.1:0", Clients: a.File},
		"the key of another":           {Address: "127.0.0.1:0", Certificate: p.Certificate, Key: q.Key},
		"a key that others can read":   {Address: "127.0.0.1:0", Certificate: loose.Certificate, Key: loose.Key},
		"one that has ended":           {Address: "127.0.0.1:0", Certificate: ended.Certificate, Key: ended.Key},
		"clients of no authority":      {Address: "127.0.0.1:0", Certificate: p.Certificate, Key: p.Key, Clients: q.Certificate},
		"clients of an empty file":     {Address: "127.0.0.1:0", Certificate: p.Certificate, Key: p.Key, Clients: empty},
		"clients, with a key in there": {Address: "127.0.0.1:0", Certificate: p.Certificate, Key: p.Key, Clients: p.Key},
	} {
		if listener, err := l.Open(t.Context(), quiet); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = listener.Close()
			}
		}
	}
}
