package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"custos.example/custody"
	"custos.example/ledger/durable"
)

// refusedError is what a server said instead of doing what it was asked.
type refusedError struct {
	Detail   string `json:"detail"`
	Evidence string `json:"evidence"` // entry of a file that is on record all the same
	status   int
	word     error
}

// Error says what the server said.
func (r *refusedError) Error() string {
	did := "refused it"
	if r.status >= http.StatusInternalServerError {
		did = "could not do it"
	}
	return fmt.Sprintf("the server %s (status %d): %s: %v", did, r.status, visible(orDash(r.Detail)), r.word)
}

// Unwrap returns the word for it.
func (r *refusedError) Unwrap() error { return r.word }

// sentRequest is the document under which a file is taken in. Its request id is the same at
// every sending until an answer came, so that a file is taken in once.
type sentRequest struct {
	document map[string]json.RawMessage
	kept     string // file for the request id; empty = the document brings one
	text     string // of that file
	again    bool   // it was sent before, and no answer came
}

// sendingFormat is the first line of the file that keeps a request id.
const sendingFormat = "custos/sending/v1"

// asOnce gives a document the request id under which the same sending was asked for before, or a
// new one. The id is random: made from what is asked it could be guessed at in the record.
func (s sending) asOnce(path string, document map[string]json.RawMessage, what load) (sentRequest, error) {
	if _, given := document["requestId"]; given {
		return sentRequest{document: document}, nil // what became of it before is not known here
	}
	all, err := json.Marshal([]any{s.server.String(), s.into, s.kind, what.digest.String(), document})
	if err != nil {
		return sentRequest{}, err
	}
	sum := sha256.Sum256(all)
	kept, bound := path+".sending", hex.EncodeToString(sum[:])
	text, err := readFile(kept, maxDocument)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return sentRequest{}, err
	}
	lines := strings.Split(string(text), "\n")
	again := len(lines) == 4 && lines[0] == sendingFormat && lines[1] == bound
	if !again {
		lines = []string{sendingFormat, bound, rand.Text(), ""}
	}
	if document["requestId"], err = json.Marshal(lines[2]); err != nil {
		return sentRequest{}, err
	}
	return sentRequest{document, kept, strings.Join(lines, "\n"), again}, nil
}

// asking keeps the request id before it is used.
// Durability: it is on disk when it returns nil.
func (r sentRequest) asking() error {
	if r.kept == "" {
		return nil
	}
	if err := durable.Replace(r.kept, []byte(r.text), 0o600); err != nil {
		return fmt.Errorf("the id of the request is kept beside it, so that it is taken in once: %w", err)
	}
	return nil
}

// answered forgets the request id: what came is the answer.
func (r sentRequest) answered() error {
	if r.kept == "" {
		return nil
	}
	return os.Remove(r.kept)
}

// mostAsked is how often a server is asked to take a file in, before it is left to the user.
const mostAsked = 6

// deliver sends a file and has the server take it in. An answer that is lost is asked for
// again under the same request id, and the file sent again if the upload is no longer there.
func (s sending) deliver(ctx context.Context, what load, r sentRequest) ([]byte, error) {
	wait, asked := firstWait, 0
	for {
		upload, err := s.send(ctx, what)
		if err != nil {
			return nil, r.unsure(asked, err)
		}
		if err := r.asking(); err != nil {
			return nil, err
		}
		answer, err := s.finish(ctx, upload, r.document)
		asked++
		if err == nil {
			return answer, r.answered()
		}
		var told *refusedError
		if errors.As(err, &told) && told.Evidence != "" && s.kind != custody.UploadExtraction { // of that the receipt is wanted
			return nil, errors.Join(fmt.Errorf("the file stands in the record, as entry %s: do not send it again. What else was asked for was not done, and is "+
				"asked for from that entry: %w", told.Evidence, err), r.answered())
		}
		broke := errors.Is(err, errBroke)
		if !broke && asked == 1 && !r.again {
			return nil, errors.Join(fmt.Errorf("all of it is there, as upload %s, and the request to take it in was refused: %w", upload, err), r.answered())
		}
		if !broke || asked == mostAsked {
			return nil, r.unsure(asked, err)
		}
		s.tell("%v; it is not known whether the file was taken in; asking again", err)
		select {
		case <-ctx.Done():
			return nil, r.unsure(asked, err)
		case <-time.After(wait):
			wait = min(2*wait, mostWait)
		}
	}
}

// unsure says, when the server was asked to take the file in and gave no answer, what is known
// and what to do.
func (r sentRequest) unsure(asked int, err error) error {
	if asked == 0 && !r.again {
		return err
	}
	return fmt.Errorf("all of it was there, and no answer came when the server was asked to take it in: it may have been taken in or not. Give the same command "+
		"again: it is the same request, so that nothing is taken in twice, and you get the first answer. What came last: %w: %w", err, custody.ErrPushback)
}

// finish has the server take in an upload, under a request of the user's.
func (s sending) finish(ctx context.Context, upload string, request map[string]json.RawMessage) ([]byte, error) {
	name, err := json.Marshal(upload)
	if err != nil {
		return nil, err
	}
	request["upload"] = name
	text, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormField("request")
	if err == nil {
		_, err = part.Write(text)
	}
	if err := errors.Join(err, form.Close()); err != nil {
		return nil, err
	}
	where := map[custody.UploadKind]string{
		custody.UploadReturn: "imports", custody.UploadReference: "imports", custody.UploadItemFile: "items/files", custody.UploadExtraction: "extractions",
	}[s.kind]
	return s.ask(ctx, http.MethodPost, "/v1/cases/"+url.PathEscape(s.into)+"/"+where, form.FormDataContentType(), &body, nil)
}
