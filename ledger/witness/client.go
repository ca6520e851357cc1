package witness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"custos.example/ledger"
)

// empty is the root of the tree without leaves.
var empty = ledger.Digest(sha256.Sum256(nil))

// maxAnswer is more than a co-signer's answer ever has.
const maxAnswer = 64 << 10

// ErrAnswer says that a co-signer's answer is not one.
var ErrAnswer = errors.New("the answer is not a co-signer's")

// Client asks one co-signer over HTTP.
type Client struct {
	key  ledger.NoteKey
	base string
	http *http.Client
}

// NewClient returns a client of the co-signer at a URL prefix, as a policy gives
// it. It fetches nothing yet, and never from any other address: a redirection is
// an error.
// Errors: a URL that is not http or https, or holds a password or a query.
func NewClient(key ledger.NoteKey, prefix string) (*Client, error) {
	u, err := url.Parse(prefix)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%q cannot be the address of the co-signer %s: give http:// or https://, a host and a path", prefix, key.Name)
	}
	return &Client{key: key, base: strings.TrimSuffix(prefix, "/"), http: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Key returns the co-signer's key.
func (c *Client) Key() ledger.NoteKey { return c.key }

// CoSign returns the signature lines that the co-signer gives.
// Trust: nothing about them has been checked but that they could be read.
// Errors: *Refusal; ErrAnswer; those of the network.
func (c *Client) CoSign(ctx context.Context, r Request) ([]byte, error) {
	status, head, body, err := c.do(ctx, http.MethodPost, c.base+"/add-checkpoint", r.Bytes())
	if err != nil {
		return nil, err
	}
	if status == http.StatusOK {
		return body, nil
	}
	no := &Refusal{Status: status, Words: fmt.Sprintf("refused with status %d: %s", status, printable(body))}
	media, _, _ := mime.ParseMediaType(head.Get("Content-Type"))
	if status == http.StatusConflict && media == sizeType {
		text := strings.TrimSuffix(string(body), "\n")
		size, err := strconv.ParseUint(text, 10, 63)
		if err != nil || strconv.FormatUint(size, 10) != text {
			return nil, fmt.Errorf("%w: status 409 without a size", ErrAnswer)
		}
		no.Size, no.Words = size, fmt.Sprintf("it has co-signed %d entries", size)
	}
	return nil, no
}

// Latest returns what the co-signer co-signed last of a log.
// Trust: the caller verifies the signatures.
func (c *Client) Latest(ctx context.Context, origin string) (ledger.SignedCheckpoint, error) {
	status, _, body, err := c.do(ctx, http.MethodGet, c.base+"/"+hashOf(origin)+"/checkpoint", nil)
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	if status != http.StatusOK {
		return ledger.SignedCheckpoint{}, &Refusal{Status: status, Words: fmt.Sprintf("refused with status %d", status)}
	}
	return ledger.ParseCheckpoint(body)
}

func (c *Client) do(ctx context.Context, method, to string, body []byte) (int, http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err == nil && len(content) > maxAnswer {
		err = fmt.Errorf("%w: more than %d bytes", ErrAnswer, maxAnswer)
	}
	return answer.StatusCode, answer.Header, content, err
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// printable returns the first words of an answer for a message.
func printable(body []byte) string {
	text := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e {
			return -1
		}
		return r
	}, string(body[:min(len(body), 200)]))
	return strings.TrimSpace(text)
}
