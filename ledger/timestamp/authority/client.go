package authority

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"custos.example/ledger/timestamp"
)

// ErrUnreachable says that an authority gave no answer that can be used. It can
// be asked again.
var ErrUnreachable = errors.New("the time-stamp authority could not be reached")

// ErrAddress says that an address is none at which an authority can be asked.
var ErrAddress = errors.New("not the address of a time-stamp authority")

const (
	answerTime  = 20 * time.Second
	answerBytes = 64 << 10
	queryType   = "application/timestamp-query"
	replyType   = "application/timestamp-reply"
)

// Client asks one authority.
type Client struct {
	url    string
	random io.Reader
	http   *http.Client
}

// NewClient returns a client of the authority at an address.
//
// Trust: a plain http address is allowed, as many authorities have no other: the
// answer is signed and bears the request's nonce. No proxy of the environment is
// used, no cookie kept, no redirect followed, so that nobody but the operator
// says which host is asked.
// Errors: ErrAddress.
func NewClient(address string, random io.Reader) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%w: %q", ErrAddress, address)
	}
	dialer := &net.Dialer{Timeout: answerTime, Control: allowed}
	transport := &http.Transport{
		DialContext: dialer.DialContext, Proxy: nil, DisableCompression: true, ResponseHeaderTimeout: answerTime, TLSHandshakeTimeout: answerTime,
		MaxResponseHeaderBytes: answerBytes, DisableKeepAlives: true,
	}
	return &Client{address, random, &http.Client{
		Transport: transport, Timeout: answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// allowed refuses, after names were looked up, the addresses at which machines
// answer questions about themselves. An authority on the same machine or in the
// same house is one that an operator may name.
func allowed(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Unmap().IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast() {
		return fmt.Errorf("%w: it leads to %s", ErrAddress, host)
	}
	return nil
}

// Stamp returns a checked token over an imprint, and what it shows.
// Errors: ErrUnreachable; timestamp.ErrRefused and the others of Accept.
func (c *Client) Stamp(ctx context.Context, imprint timestamp.Imprint, roots timestamp.Roots) ([]byte, timestamp.Stamp, error) {
	request, err := timestamp.NewRequest(imprint, c.random)
	if err != nil {
		return nil, timestamp.Stamp{}, err
	}
	answer, err := c.post(ctx, request.Bytes())
	if err != nil {
		return nil, timestamp.Stamp{}, err
	}
	token, stamp, err := request.Accept(answer, roots)
	if err != nil {
		return nil, timestamp.Stamp{}, fmt.Errorf("answer of %s: %w", c.url, err)
	}
	return token, stamp, nil
}

// post sends a request and returns the answer.
func (c *Client) post(ctx context.Context, query []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(query))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	request.Header.Set("Content-Type", queryType)
	request.Header.Set("User-Agent", "custos")
	reply, err := c.http.Do(request)
	if errors.Is(err, ErrAddress) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusOK || reply.Header.Get("Content-Type") != replyType {
		return nil, fmt.Errorf("%w: %s answered %q with content of type %q, not with a time stamp; a redirect is not followed",
			ErrUnreachable, c.url, reply.Status, reply.Header.Get("Content-Type"))
	}
	answer, err := io.ReadAll(io.LimitReader(reply.Body, answerBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	if len(answer) > answerBytes {
		return nil, fmt.Errorf("%w: %s answered with more than %d bytes", ErrUnreachable, c.url, answerBytes)
	}
	return answer, nil
}
