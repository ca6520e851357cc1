package signon

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of what a provider is waited for, and of what it may say.
const (
	answerTime  = 10 * time.Second
	answerBytes = 1 << 20
)

// address reads an address that may be asked.
// Errors: ErrSettings.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || strings.Contains(text, "#") {
		return nil, fmt.Errorf("%q is no address such as https://login.example: %w", text, ErrSettings)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, fmt.Errorf("%q is not https: who stands between could put their own keys in: %w", text, ErrSettings)
	}
	return u, nil
}

// sameHost refuses keys that an issuer keeps elsewhere, unless the operator said so.
func sameHost(issuer, keys string) error {
	there, err := address(keys)
	if err != nil {
		return fmt.Errorf("the issuer's keys: %w", err)
	}
	here, err := address(issuer)
	if err != nil {
		return err
	}
	if here.Scheme != there.Scheme || !strings.EqualFold(here.Host, there.Host) {
		return fmt.Errorf("the issuer %s says that its keys are at %s, on another host: if that is right, name that address yourself: %w", issuer, keys, ErrSettings)
	}
	return nil
}

// client asks a provider, and nobody else.
func client() *http.Client {
	transport := &http.Transport{
		DialContext: (&net.Dialer{Timeout: answerTime}).DialContext, Proxy: nil, ResponseHeaderTimeout: answerTime, TLSHandshakeTimeout: answerTime,
		MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
	}
	return &http.Client{
		Transport: bounded{transport}, Timeout: answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers off that have no end.
type bounded struct{ next *http.Transport }

// RoundTrip makes one request.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, answerBytes)
	}
	return answer, err
}

// CloseIdleConnections lets go of what was opened.
func (b bounded) CloseIdleConnections() { b.next.CloseIdleConnections() }

// get fetches a document.
func get(ctx context.Context, c *http.Client, at string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", at, answer.Status)
	}
	return io.ReadAll(answer.Body)
}
