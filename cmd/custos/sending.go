package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// sending is a file on its way to a server, in as many goes as the line needs.
type sending struct {
	server *url.URL
	client *http.Client
	token  string
	into   string // id of the case there
	kind   custody.UploadKind
	tell   func(format string, args ...any)
}

// How long a sender waits after the line broke, at first and at most.
const (
	firstWait = 100 * time.Millisecond
	mostWait  = 30 * time.Second
)

// standing is where an upload stands.
type standing struct {
	Upload string `json:"upload"`
	Path   string `json:"path"`
	Offset int64  `json:"offset"`
}

// errBroke says that the line broke, or the server cannot take anything now: it is asked again.
var errBroke = fmt.Errorf("the line broke: %w", custody.ErrPushback)

// load is a file that is sent, as it was measured before.
type load struct {
	file   *os.File
	size   int64
	digest ledger.Digest
}

// mostIdle is how many goes may bring nothing, though the server takes each without a word.
const mostIdle = 3

// send sends a file until all of it is there, and returns the name of the upload. What
// another call left half sent goes on from where it stands.
// Errors: those of the server; ErrPushback when ctx ends first; ErrInvalid when the server
// takes what is sent and nothing of it is there.
func (s sending) send(ctx context.Context, what load) (string, error) {
	file, size := what.file, what.size
	last, idle, wait := int64(-1), 0, firstWait
	for {
		at, err := s.begin(ctx, size, what.digest)
		if err == nil && at.Offset == size {
			return at.Upload, nil
		}
		if err == nil {
			if at.Offset > last {
				idle = 0
			}
			if idle == mostIdle {
				return "", fmt.Errorf("%d times the server took what was sent without an error, and still %d of %d bytes are there: something between here and "+
					"it may keep the bodies of PATCH requests back; ask whoever runs the server: %w", idle, at.Offset, size, custody.ErrInvalid)
			}
			if at.Offset > last && last >= 0 {
				wait = firstWait
			}
			if at.Offset > 0 {
				s.tell("going on at byte %d of %d", at.Offset, size)
			}
			last = at.Offset
			if err = s.patch(ctx, at, file, size); err == nil {
				idle++
				continue
			}
		}
		if !errors.Is(err, errBroke) {
			return "", err
		}
		s.tell("%v; trying again", err)
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%d of %d bytes are there; give the same command again, and it goes on from there (%w): %w", max(last, 0), size, err, custody.ErrPushback)
		case <-time.After(wait):
			wait = min(2*wait, mostWait)
		}
	}
}

// measured returns a file with its length and its SHA-256.
func measured(file *os.File) (load, error) {
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err == nil && size == 0 {
		err = fmt.Errorf("the file is empty: %w", custody.ErrInvalid)
	}
	return load{file, size, ledger.Digest(sum.Sum(nil))}, err
}

// begin asks for the upload, new or as it stands.
func (s sending) begin(ctx context.Context, size int64, digest ledger.Digest) (standing, error) {
	text, err := json.Marshal(map[string]any{"for": s.kind, "size": size, "sha256": digest.String()})
	if err != nil {
		return standing{}, err
	}
	answer, err := s.ask(ctx, http.MethodPost, "/v1/cases/"+url.PathEscape(s.into)+"/uploads", "application/json", bytes.NewReader(text), nil)
	if err != nil {
		return standing{}, err
	}
	var at standing
	if err := json.Unmarshal(answer, &at); err != nil || at.Path == "" || at.Offset < 0 || at.Offset > size {
		return at, fmt.Errorf("the server did not say where the upload stands (%w): %w", errors.Join(err), custody.ErrInvalid)
	}
	return at, nil
}

// patch sends what is left. That another request is still being heard, or that it stands
// elsewhere now, shows when it is asked for again.
func (s sending) patch(ctx context.Context, at standing, file *os.File, size int64) error {
	rest := io.NewSectionReader(file, at.Offset, size-at.Offset)
	_, err := s.ask(ctx, http.MethodPatch, at.Path, "application/offset+octet-stream", rest, func(r *http.Request) {
		r.ContentLength = size - at.Offset
		r.Header.Set("Upload-Offset", strconv.FormatInt(at.Offset, 10))
	})
	if errors.Is(err, custody.ErrConflict) {
		return fmt.Errorf("%w (%w)", errBroke, err)
	}
	return err
}

// unaddressed is why a request failed, without its address, which names the case.
func unaddressed(err error) error {
	var asked *url.Error
	if errors.As(err, &asked) {
		return asked.Err
	}
	return err
}

// ask sends one request and returns the answer.
// Errors: errBroke when nobody answers, or the server cannot take it now.
func (s sending) ask(ctx context.Context, method, path, media string, body io.Reader, with func(*http.Request)) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, s.server.JoinPath(path).String(), body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", media)
	if with != nil {
		with(r)
	}
	w, err := s.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errBroke, unaddressed(err))
	}
	defer func() { _ = w.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(w.Body, mostAnswer))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errBroke, err)
	}
	if w.StatusCode < http.StatusMultipleChoices {
		return text, nil
	}
	told := &refusedError{status: w.StatusCode}
	_ = json.Unmarshal(text, told) // without a problem document its status alone is told
	word := errBroke
	for status, other := range map[int]error{
		http.StatusUnauthorized: custody.ErrDenied, http.StatusForbidden: custody.ErrDenied, http.StatusNotFound: custody.ErrNotFound,
		http.StatusConflict: custody.ErrConflict, http.StatusRequestEntityTooLarge: custody.ErrTooLarge, http.StatusUnprocessableEntity: custody.ErrInvalid,
	} {
		if w.StatusCode == status {
			word = other
		}
	}
	if word == errBroke && w.StatusCode < http.StatusInternalServerError { //nolint:errorlint // it was chosen above
		word = custody.ErrInvalid
	}
	told.word = word
	return nil, told
}
