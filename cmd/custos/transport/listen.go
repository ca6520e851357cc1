package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"custos.example/custody"
)

// Flags are what a command can be told.
type Flags interface {
	StringVar(p *string, name, value, usage string)
	BoolVar(p *bool, name string, value bool, usage string)
}

// Listening says where a server listens, and how.
// Shape: Certificate and Key are PEM files, both or neither; Clients is a PEM file of
// the authorities from one of which each client's certificate must come, empty = none
// is asked for.
type Listening struct {
	Address     string
	Certificate string
	Key         string
	Clients     string
	Proxied     bool // a proxy on another machine speaks TLS, and the net to it is safe
}

// Flags adds what a server can be told.
func (l *Listening) Flags(f Flags, address string) {
	f.StringVar(&l.Address, "listen", address, "address; any other than loopback needs --tls-certificate")
	f.StringVar(&l.Certificate, "tls-certificate", "", "file with this server's certificate and those between it and its authority (PEM); taken up anew when it changes")
	f.StringVar(&l.Key, "tls-key", "", "file with the key of that certificate (PEM)")
	f.StringVar(&l.Clients, "tls-clients", "", "file with the authorities (PEM) from which every client's certificate must come (default: no client is asked for one)")
	f.BoolVar(&l.Proxied, "a-proxy-in-front-speaks-tls", false, "listen in plain for other machines: only a proxy reaches this address, over a net that nobody else is on")
}

// Open listens. With a certificate it speaks TLS 1.3 and nothing else. The caller
// closes it.
//
// Shape: the files are read again for the first client after one of them changed;
// what cannot be read then leaves the old ones in force and is logged.
// Errors: custody.ErrInvalid for an address of other machines without a certificate
// and without Proxied, for a certificate that has ended or whose key is another's.
func (l Listening) Open(ctx context.Context, log *slog.Logger) (net.Listener, error) {
	var config *tls.Config
	if l.Certificate != "" || l.Key != "" || l.Clients != "" {
		files := &certificates{Listening: l, log: log, now: time.Now}
		if err := files.load(); err != nil {
			return nil, err
		}
		config = &tls.Config{MinVersion: tls.VersionTLS13, GetConfigForClient: files.forClient}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", l.Address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w: %w", l.Address, custody.ErrInvalid, err)
	}
	if config != nil {
		return tls.NewListener(listener, config), nil
	}
	if !l.Proxied && !loopback(listener.Addr()) {
		return nil, errors.Join(fmt.Errorf("%w: %s is open to other machines, and everything, the tokens too, would pass in clear: give --tls-certificate and --tls-key, "+
			"or listen on 127.0.0.1. Only where a proxy in front speaks TLS and nobody else is on the net between: --a-proxy-in-front-speaks-tls",
			custody.ErrInvalid, listener.Addr()), listener.Close())
	}
	return listener, nil
}

// URL is how the listener is asked from this machine.
func (l Listening) URL(at net.Addr) string {
	if l.Certificate != "" {
		return "https://" + at.String()
	}
	return "http://" + at.String()
}

// loopback says whether only this machine reaches an address.
func loopback(at net.Addr) bool {
	tcp, ok := at.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
