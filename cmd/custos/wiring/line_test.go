package wiring_test

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"custos.example/cmd/custos/transport/transporttest"
	"custos.example/cmd/custos/wiring"
	"custos.example/cmd/custos/wiring/wiringtest"
	"custos.example/custody"
	"custos.example/custody/store"
)

// elsewhere is an address of this machine that is not loopback: to a program it could be
// any other machine's.
func elsewhere(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			return n.IP.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

// front stands before the database of a test at another address, with TLS of its own or
// in plain. It returns its port and how many came.
func front(t *testing.T, host, database string, config *tls.Config) (port string, came *atomic.Int64) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	came = new(atomic.Int64)
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			came.Add(1)
			go func() { _ = through(c, database, config) }()
		}
	}()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, came
}

// sslRequest is what a client of PostgreSQL sends that asks for TLS.
const sslRequest = 80877103

// through answers the request for TLS, and then passes on what comes.
func through(c net.Conn, database string, config *tls.Config) error {
	defer func() { _ = c.Close() }()
	if config != nil {
		var asked [8]byte
		if _, err := io.ReadFull(c, asked[:]); err != nil || binary.BigEndian.Uint32(asked[4:]) != sslRequest {
			return errors.Join(err, errors.New("nobody asked for TLS"))
		}
		if _, err := c.Write([]byte("S")); err != nil {
			return err
		}
		c = tls.Server(c, config)
	}
	behind, err := net.Dial("tcp", database) //nolint:noctx // it ends with its connection
	if err != nil {
		return err
	}
	defer func() { _ = behind.Close() }()
	go func() {
		_, _ = io.Copy(behind, c)
		_ = behind.Close()
	}()
	_, err = io.Copy(c, behind)
	return err
}

// TestLineToTheDatabase names a real database by an address that is not loopback. In plain,
// or with a certificate that nobody checks, it is refused before anything is sent to it,
// whatever is to be done; with a false certificate it is refused as well. The controls are
// the same database with the right certificate, and with the word that something else
// protects the line.
func TestLineToTheDatabase(t *testing.T) {
	database, err := url.Parse(wiringtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	host := elsewhere(t)
	ours, other := transporttest.NewAuthority(t, "ours"), transporttest.NewAuthority(t, "ours")
	named := func(port, query string) string {
		u := *database
		u.Host, u.RawQuery = net.JoinHostPort(host, port), query
		return u.String()
	}
	plain, came := front(t, host, database.Host, nil)
	for _, query := range []string{"", "sslmode=disable", "sslmode=allow", "sslmode=prefer", "sslmode=require", "sslmode=verify-ca&sslrootcert=" + ours.File} {
		address := named(plain, query)
		o, tree := place(t), place(t)
		o.SQL, tree.SQL, tree.Tree = address, wiringtest.Database(t), address
		_, show := wiring.DatabasePowers(t.Context(), address, store.CheckedLine)
		for what, err := range map[string]error{
			"found": wiring.Init(t.Context(), o, origin, first), "found with a tree of its own": wiring.Init(t.Context(), tree, origin, first), "show": show,
			"prepare": wiring.PrepareDatabase(t.Context(), address, store.CheckedLine, "custos_service", "custos_reader"),
		} {
			if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "sslmode=verify-full") {
				t.Errorf("%s with %q: %v", what, query, err)
			}
		}
	}
	if n := came.Load(); n != 0 {
		t.Errorf("%d connections were made before the address was refused", n)
	}

	shown := func(p transporttest.Pair) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{p.Load(t)}, MinVersion: tls.VersionTLS12}
	}
	full := "sslmode=verify-full&sslrootcert=" + ours.File
	for name, p := range map[string]transporttest.Pair{
		"another authority": other.Issue("false", nil, host), "another name": ours.Issue("elsewhere", nil, "db.example", "127.0.0.1"),
		"ended": ours.Issue("ended", transporttest.Ended, host),
	} {
		port, came := front(t, host, database.Host, shown(p))
		o := place(t)
		o.SQL = named(port, full)
		if err := wiring.Init(t.Context(), o, origin, first); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v", name, err)
		}
		if came.Load() == 0 {
			t.Errorf("%s: nobody came", name)
		}
	}

	port, _ := front(t, host, database.Host, shown(ours.Issue("right", nil, host)))
	o := place(t)
	o.SQL = named(port, full)
	s := founded(t, o)
	closed(t, s)
	o.SQL, o.Line = named(plain, "sslmode=disable"), store.AnyLine
	if s := opened(t, o); came.Load() == 0 {
		t.Errorf("control: the database was not reached in plain: %v", s)
	}
}
