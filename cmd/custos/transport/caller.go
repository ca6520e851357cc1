package transport

import (
	"crypto/tls"
	"errors"
	"net/http"
	"time"
)

// Caller says what a server must show, and what it is shown.
// Shape: PEM files. With no Authority those count that this machine trusts; with one,
// no other does. Certificate and Key are both there or neither.
type Caller struct {
	Authority   string
	Certificate string
	Key         string
}

// Flags adds what a client can be told.
func (c *Caller) Flags(f Flags) {
	f.StringVar(&c.Authority, "server-authority", "", "file with the authorities (PEM) from which the server's certificate must come (default: those that this machine trusts)")
	f.StringVar(&c.Certificate, "client-certificate", "", "file with your certificate (PEM), for a server that asks for one")
	f.StringVar(&c.Key, "client-key", "", "file with the key of that certificate (PEM)")
}

// TLS returns how a server is spoken to: TLS 1.3, its certificate held against the
// name that is asked for.
// Errors: custody.ErrInvalid for a file that holds something else.
func (c Caller) TLS() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	if c.Authority != "" {
		pool, err := readAuthorities(c.Authority)
		if err != nil {
			return nil, err
		}
		config.RootCAs = pool
	}
	if c.Certificate != "" || c.Key != "" {
		pair, err := readPair(c.Certificate, c.Key, "--client-certificate and --client-key")
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// HTTP returns a client that asks as TLS says and follows nobody to another address:
// what it is given, a token too, goes where it was told and nowhere else. 0 is no
// limit of time.
// Errors: those of TLS.
func (c Caller) HTTP(timeout time.Duration) (*http.Client, error) {
	config, err := c.TLS()
	if err != nil {
		return nil, err
	}
	standard, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the transport of this program has been replaced")
	}
	copied := standard.Clone()
	copied.TLSClientConfig = config
	return &http.Client{
		Timeout: timeout, Transport: copied,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
