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
	document  map[string]json.RawMessage
	kept      string // file for the request id and the upload
	bound, id string // digest of what is asked, and the request id
	upload    string // in which all of the file was sent; empty = it is still to be sent
	again     bool   // the server was asked before, and no answer came
}

// sendingFormat is the first line of the file that keeps a request id.
const sendingFormat = "custos/sending/v1"

// asOnce gives a document the request id under which the same sending was asked for before, or a
// new one. The id is random but for its time: made from what is asked it could be guessed at in
// the record.
func (s sending) asOnce(path string, document map[string]json.RawMessage, what load) (sentRequest, error) {
	all, err := json.Marshal([]any{s.server.String(), s.into, s.kind, what.digest.String(), document})
	if err != nil {
		return sentRequest{}, err
	}
	sum := sha256.Sum256(all)
	id, err := custody.NewRequestID(time.Now(), rand.Reader)
	if err != nil {
		return sentRequest{}, err
	}
	r := sentRequest{document: document, kept: path + ".sending", bound: hex.EncodeToString(sum[:]), id: id}
	text, err := readFile(r.kept, maxDocument)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return sentRequest{}, err
	}
	lines := strings.Split(string(text), "\n")
	if r.again = len(lines) >= 4 && lines[0] == sendingFormat && lines[1] == r.bound; r.again {
		r.id, r.upload = lines[2], lines[3]
	}
	if _, given := document["requestId"]; given {
		return r, nil
	}
	document["requestId"], err = json.Marshal(r.id)
	return r, err
}

// asking keeps the request id and the upload before they are used.
// Durability: they are on disk when it returns nil.
func (r sentRequest) asking() error {
	text := strings.Join([]string{sendingFormat, r.bound, r.id, r.upload, ""}, "\n")
	if err := durable.Replace(r.kept, []byte(text), 0o600); err != nil {
		return fmt.Errorf("the id of the request is kept beside it, so that it is taken in once: %w", err)
	}
	return nil
}

// answered forgets the request id: what came is the answer.
func (r sentRequest) answered() error { return os.Remove(r.kept) }

// mostAsked is how often a server is asked to take a file in, before it is left to the user.
const mostAsked = 6

// deliver sends a file and has the server take it in. An answer that is lost is asked for again
// under the same request id; the file is sent again only when the server has neither its upload nor
// taken it in under that id.
func (s sending) deliver(ctx context.Context, what load, r sentRequest) ([]byte, error) {
	wait, asked := firstWait, 0
	for {
		first := r.upload != "" // asked before anything is sent again
		if !first {
			var err error
			if r.upload, err = s.send(ctx, what); err != nil {
				return nil, r.unsure(asked, err)
			}
			if err := r.asking(); err != nil {
				return nil, err
			}
		}
		answer, err := s.finish(ctx, r.upload, r.document)
		if first && errors.Is(err, custody.ErrNotFound) {
			r.upload = ""
			continue
		}
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
			return nil, errors.Join(fmt.Errorf("all of it is there, as upload %s, and the request to take it in was refused: %w", r.upload, err), r.answered())
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
