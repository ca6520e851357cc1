package transport

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"custos.example/custody"
)

// maxPEM is more than a file of certificates or a key ever has. Units: bytes.
const maxPEM = 1 << 20

// certificates are the files of a listener, as they were read last.
type certificates struct {
	Listening
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	tried stamps      // of the files when they were read last, with or without success
	inUse *tls.Config // from the last that could be taken
}

// stamps tell whether one of the files was changed.
type stamps [3]stamp

type stamp struct {
	at   time.Time
	size int64
}

// stamps returns how the files are now. One that cannot be seen has the zero stamp.
func (c *certificates) stamps() (s stamps) {
	for i, path := range []string{c.Certificate, c.Key, c.Clients} {
		if info, err := os.Stat(path); err == nil {
			s[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// forClient returns what holds for one connection, after it has looked whether the
// files changed. What is in them and cannot be taken changes nothing.
func (c *certificates) forClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stamps() != c.tried {
		if err := c.read(); err != nil {
			c.log.Error("the new certificate is not taken, and the old one stays in use", slog.String("error", err.Error()))
		} else {
			c.log.Info("the new certificate is in use")
		}
	}
	return c.inUse, nil
}

// load reads the files for the first time.
func (c *certificates) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read()
}

func (c *certificates) read() error {
	c.tried = c.stamps() // before they are read: a change meanwhile is seen the next time
	pair, err := readPair(c.Certificate, c.Key, "--tls-certificate and --tls-key")
	if err != nil {
		return err
	}
	if now := c.now(); now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore) {
		return fmt.Errorf("%w: the certificate in %s holds from %s to %s, and not now: get a new one, or set the clock right", custody.ErrInvalid,
			c.Certificate, pair.Leaf.NotBefore.UTC().Format(time.DateTime), pair.Leaf.NotAfter.UTC().Format(time.DateTime))
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"},
		SessionTicketsDisabled: true, // each connection shows its certificate anew, to the authorities of that moment
	}
	if c.Clients != "" {
		if config.ClientCAs, err = readAuthorities(c.Clients); err != nil {
			return err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.inUse = config
	return nil
}

// readPair reads a certificate and its key, which nobody else on this machine may read.
// Errors: custody.ErrInvalid, naming the flags.
func readPair(certificate, key, flags string) (tls.Certificate, error) {
	if certificate == "" || key == "" {
		return tls.Certificate{}, fmt.Errorf("%w: a certificate and its key go together: %s", custody.ErrInvalid, flags)
	}
	chain, err := readPEM(certificate)
	if err != nil {
		return tls.Certificate{}, err
	}
	info, err := os.Stat(key)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%w: %s, a private key, has mode %o: others on this machine can read it: chmod 600 it, and replace it if somebody has", custody.ErrInvalid, key, info.Mode().Perm())
	}
	if err != nil {
		return tls.Certificate{}, err
	}
	private, err := readPEM(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return pair, fmt.Errorf("%w: %s and %s are not a certificate and its key: %w", custody.ErrInvalid, certificate, key, err)
	}
	return pair, nil
}

// readAuthorities reads certificates of authorities.
// Errors: custody.ErrInvalid for a file with anything else in it, or with nothing.
func readAuthorities(path string) (*x509.CertPool, error) {
	text, err := readPEM(path)
	if err != nil {
		return nil, err
	}
	pool, count := x509.NewCertPool(), 0
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		found, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("%w: %s holds something that is no certificate (%s): only those of authorities belong there", custody.ErrInvalid, path, block.Type)
		}
		if !found.IsCA {
			return nil, fmt.Errorf("%w: the certificate of %q in %s is not that of an authority", custody.ErrInvalid, found.Subject.CommonName, path)
		}
		pool.AddCert(found)
		count++
	}
	if count == 0 {
		return nil, fmt.Errorf("%w: %s holds no certificate (PEM)", custody.ErrInvalid, path)
	}
	return pool, nil
}

// readPEM reads a small file that the operator named.
func readPEM(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxPEM+1))
	if err == nil && len(text) > maxPEM {
		err = fmt.Errorf("%w: %s is longer than %d bytes", custody.ErrInvalid, path, maxPEM)
	}
	return text, err
}
