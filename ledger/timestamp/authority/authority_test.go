package authority_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"custos.example/ledger/timestamp"
	"custos.example/ledger/timestamp/authority"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// newKey returns a key of a kind.
func newKey(t *testing.T, kind string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		_, key, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newAuthority returns an authority that is in force for a year around noon.
func newAuthority(t *testing.T, kind string) (*authority.Authority, timestamp.Roots) {
	t.Helper()
	a, err := authority.New("Test authority", newKey(t, kind), newKey(t, kind), noon.AddDate(0, -6, 0), noon.AddDate(0, 6, 0), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	roots, err := timestamp.NewRoots([][]byte{a.Root.Raw})
	if err != nil {
		t.Fatal(err)
	}
	return a, roots
}

func TestClientAndServerAgree(t *testing.T) {
	for _, kind := range []string{"rsa", "ecdsa", "ed25519"} {
		t.Run(kind, func(t *testing.T) {
			a, roots := newAuthority(t, kind)
			server := httptest.NewServer(authority.NewServer(a, func() time.Time { return noon }))
			defer server.Close()
			c, err := authority.NewClient(server.URL, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			imprint := timestamp.ImprintOf([]byte("the log at noon"))
			raw, stamp, err := c.Stamp(t.Context(), imprint, roots)
			if err != nil {
				t.Fatal(err)
			}
			if !stamp.Time.Equal(noon) || stamp.Accuracy != time.Second || stamp.Authority != "Test authority" || stamp.Organisation != "Test authority root" {
				t.Errorf("%+v", stamp)
			}
			token, err := timestamp.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := token.Verify(imprint, roots); err != nil {
				t.Error(err)
			}
			other, _ := newAuthority(t, kind)
			strangers, _ := timestamp.NewRoots([][]byte{other.Root.Raw})
			if _, err := token.Verify(imprint, strangers); err == nil {
				t.Error("a stranger of the same name was believed")
			}
		})
	}
}

// TestClientRefuses what a hostile network can answer.
func TestClientRefuses(t *testing.T) {
	a, roots := newAuthority(t, "ed25519")
	honest := authority.NewServer(a, func() time.Time { return noon })
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached = true; honest.ServeHTTP(w, r) }))
	defer elsewhere.Close()
	replayed, _, err := stampAt(t, elsewhere.URL, roots)
	if err != nil || !reached {
		t.Fatalf("the control: %v, reached %v", err, reached)
	}
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, authority.ErrUnreachable},
		"a page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, authority.ErrUnreachable},
		"too much": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write(make([]byte, 100<<10))
		}, authority.ErrUnreachable},
		"rubbish": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write([]byte("rubbish"))
		}, timestamp.ErrForm},
		"an old answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write(append([]byte{0x30, 0x82, byte((len(replayed) + 5) >> 8), byte(len(replayed) + 5), 0x30, 3, 2, 1, 0}, replayed...))
		}, timestamp.ErrNonce},
		"a refusal": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write([]byte{0x30, 5, 0x30, 3, 2, 1, 2})
		}, timestamp.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			reached = false
			server := httptest.NewServer(tc.handler)
			defer server.Close()
			if _, _, err := stampAt(t, server.URL, roots); !errors.Is(err, tc.want) {
				t.Errorf("%v, not %v", err, tc.want)
			}
			if reached {
				t.Error("another host was asked than the one configured")
			}
		})
	}
	for _, address := range []string{"", "ftp://x", "http://", "file:///etc/passwd", "http://user:word@host/", "://"} {
		if _, err := authority.NewClient(address, rand.Reader); !errors.Is(err, authority.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// TestClientAsksNoMachineAboutItself: link-local and unspecified addresses are
// refused when the connection is made, whatever the name said.
func TestClientAsksNoMachineAboutItself(t *testing.T) {
	_, roots := newAuthority(t, "ed25519")
	for _, address := range []string{"http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:80/", "http://224.0.0.1/"} {
		began := time.Now()
		if _, _, err := stampAt(t, address, roots); !errors.Is(err, authority.ErrAddress) || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v", address, err, time.Since(began))
		}
	}
}

func stampAt(t *testing.T, url string, roots timestamp.Roots) ([]byte, timestamp.Stamp, error) {
	t.Helper()
	c, err := authority.NewClient(url, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return c.Stamp(t.Context(), timestamp.ImprintOf([]byte("one and the same")), roots)
}

func TestServerRefusesWhatIsNoRequest(t *testing.T) {
	a, _ := newAuthority(t, "ed25519")
	server := httptest.NewServer(authority.NewServer(a, time.Now))
	defer server.Close()
	for body, want := range map[string]int{"rubbish": http.StatusOK, strings.Repeat("x", 5<<10): http.StatusRequestEntityTooLarge} {
		reply, err := http.Post(server.URL, "application/timestamp-query", strings.NewReader(body)) //nolint:noctx // a test server
		if err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 1000)
		n, _ := reply.Body.Read(answer)
		_ = reply.Body.Close()
		if reply.StatusCode != want {
			t.Errorf("status %d, not %d", reply.StatusCode, want)
		}
		if _, err := timestamp.ParseResponse(answer[:n]); want == http.StatusOK && !errors.Is(err, timestamp.ErrRefused) {
			t.Errorf("%v", err)
		}
	}
}

// openssl runs the independent implementation.
func openssl(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed: .ci/need openssl")
		}
		t.Skip("openssl is not installed")
	}
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "OPENSSL_CONF="+filepath.Join(dir, "openssl.cnf"))
	out, err := c.CombinedOutput()
	return string(out), err
}

const opensslConfig = `
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1, millisecs:500
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = %s
[req]
distinguished_name = dn
[dn]
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[issuing]
basicConstraints = critical,CA:TRUE
`

// TestOpenSSLAgrees lets the other implementation check our tokens, and us its own.
func TestOpenSSLAgrees(t *testing.T) {
	for _, kind := range []string{"rsa", "ecdsa"} {
		a, err := authority.New("Test authority", newKey(t, kind), newKey(t, kind), time.Now().Add(-time.Hour), time.Now().Add(time.Hour), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, dir, "openssl.cnf", fmt.Sprintf(opensslConfig, "sha256"))
		data := []byte("log.example/custos\n3\nroot\n")
		write(t, dir, "data", string(data))
		token, err := a.Issue(authority.Statement{Imprint: timestamp.ImprintOf(data), Time: time.Now(), Serial: big.NewInt(77)})
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "ours.tsr", string(token))
		write(t, dir, "root.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw})))
		if out, err := openssl(t, dir, "ts", "-verify", "-in", "ours.tsr", "-token_in", "-data", "data", "-CAfile", "root.pem"); err != nil {
			t.Errorf("%s: our token is refused: %v\n%s", kind, err, out)
		}
		write(t, dir, "data", "something else")
		if out, err := openssl(t, dir, "ts", "-verify", "-in", "ours.tsr", "-token_in", "-data", "data", "-CAfile", "root.pem"); err == nil {
			t.Errorf("%s: the control passes: %s", kind, out)
		}
	}
	theirs(t, "sha256", nil)
	theirs(t, "sha1", timestamp.ErrForm)
}

// theirs makes a token with the other implementation, through an issuer between
// root and authority, and reads it.
func theirs(t *testing.T, essAlgorithm string, want error) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "openssl.cnf", fmt.Sprintf(opensslConfig, essAlgorithm))
	write(t, dir, "serial", "01")
	for _, args := range [][]string{
		{"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-subj", "/CN=Root", "-extensions", "issuing"},
		{"req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "mid.key", "-out", "mid.csr", "-subj", "/CN=Between"},
		{"x509", "-req", "-in", "mid.csr", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "7", "-days", "30", "-out", "mid.pem", "-extfile", "openssl.cnf", "-extensions", "issuing"},
		{"req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Theirs"},
		{"x509", "-req", "-in", "tsa.csr", "-CA", "mid.pem", "-CAkey", "mid.key", "-set_serial", "9", "-days", "30", "-out", "tsa.pem", "-extfile", "openssl.cnf", "-extensions", "stamps"},
	} {
		if out, err := openssl(t, dir, args...); err != nil {
			t.Fatalf("openssl %s: %v\n%s", args[0], err, out)
		}
	}
	request, err := timestamp.NewRequest(timestamp.ImprintOf([]byte("theirs")), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "request.tsq", string(request.Bytes()))
	both := read(t, dir, "mid.pem") + read(t, dir, "root.pem")
	write(t, dir, "both.pem", both)
	if out, err := openssl(t, dir, "ts", "-reply", "-queryfile", "request.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "both.pem", "-out", "answer.tsr"); err != nil {
		t.Fatalf("openssl ts: %v\n%s", err, out)
	}
	der, err := timestamp.ParsePEM([]byte(read(t, dir, "root.pem")))
	if err != nil {
		t.Fatal(err)
	}
	roots, err := timestamp.NewRoots(der)
	if err != nil {
		t.Fatal(err)
	}
	token, stamp, err := request.Accept([]byte(read(t, dir, "answer.tsr")), roots)
	if !errors.Is(err, want) {
		t.Fatalf("with %s: %v, not %v", essAlgorithm, err, want)
	}
	if want != nil {
		return
	}
	if stamp.Authority != "Theirs" || stamp.Policy != "1.2.3.4.1" || stamp.Accuracy != 1500*time.Millisecond || time.Since(stamp.Time).Abs() > time.Minute {
		t.Errorf("%+v", stamp)
	}
	write(t, dir, "trimmed.tsr", string(token))
	if out, err := openssl(t, dir, "ts", "-verify", "-in", "trimmed.tsr", "-token_in", "-queryfile", "request.tsq", "-CAfile", "root.pem"); err != nil {
		t.Errorf("what we keep of their token is refused: %v\n%s", err, out)
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name)) //nolint:gosec // a test's own folder
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
