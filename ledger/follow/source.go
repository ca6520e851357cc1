package follow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxFile is more than any public file of a log has.
const maxFile = 1 << 20

// Source reads the public files of a log by their names, such as "checkpoint".
type Source interface {
	// Read returns a file. Errors: fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
}

// At returns the source at an address: a folder, or a URL prefix of http or https.
// Trust: of an https address the certificate is checked as trust says; nil = as this
// machine does. What is read is signed in any case.
// Errors: an address that cannot be one.
func At(address string, trust *tls.Config) (Source, error) {
	if !strings.Contains(address, "://") {
		return folder(address), nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, fmt.Errorf("%q is neither a folder nor an http or https address", address)
	}
	return &site{strings.TrimSuffix(address, "/"), &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: trust, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

type folder string

// Read returns a file below the folder.
func (f folder) Read(_ context.Context, name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	return bounded(file, name)
}

type site struct {
	base string
	http *http.Client
}

// Read fetches a file, from this address and no other.
func (s *site) Read(ctx context.Context, name string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/"+name, nil)
	if err != nil {
		return nil, err
	}
	answer, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	switch answer.StatusCode {
	case http.StatusOK:
		return bounded(answer.Body, name)
	case http.StatusNotFound, http.StatusGone:
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return nil, fmt.Errorf("%s: status %d", name, answer.StatusCode)
}

func bounded(r io.Reader, name string) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = errors.New(name + " is longer than any public file of a log")
	}
	return content, err
}
