package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/transport"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// upload says where a kiosk sends.
type upload struct {
	address, tokenFile, into, authority, readOn, reason string
	pack                                                string // file of the sealed pack; empty = it is sealed as it is sent
	request                                             string // id under which the force is asked, at every sending of this extraction
	timeout                                             time.Duration
	caller                                              transport.Caller
}

func (s *settings) kioskUpload() *cobra.Command {
	var reference string
	var to upload
	c := &cobra.Command{
		Use: "upload ITEM", Short: "send an extraction to the force over the line, and record its receipt", Args: one("the exhibit reference of the extraction"),
		Long: "Seals an extraction, sends it to the force's server, and records the receipt that comes back. When the line is not there it stays in\n" +
			"the queue (custos kiosk queue): give the same command again. The force takes it in once, however often it is sent.",
		RunE: func(cmd *cobra.Command, args []string) error {
			token, err := readFile(to.tokenFile, 4096)
			if err != nil {
				return fmt.Errorf("the token for the force's server (--token-file): %w", err)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				seal := func(w io.Writer) error {
					ask := s.ask()
					if ask.RequestID != "" {
						ask.RequestID += " seal"
					}
					_, err := st.Service.Kiosks().Seal(ctx, s.who(), custody.SealExtraction{Ask: ask, Case: id, Item: args[0]}, w)
					return err
				}
				if to.request = s.request; to.request == "" {
					to.request = to.once(id, args[0])
				}
				var receipt []byte
				if to.pack == "" {
					receipt, err = to.send(ctx, strings.TrimSpace(string(token)), seal)
				} else {
					receipt, err = to.sendPack(ctx, cmd.ErrOrStderr(), seal)
				}
				if err != nil {
					return err
				}
				if err := s.confirmed(ctx, cmd, st, custody.ConfirmExtraction{Ask: s.ask(), Case: id, Item: args[0], Receipt: receipt}); err != nil || to.pack == "" {
					return err
				}
				return os.Remove(to.pack)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference here")
	f.StringVar(&to.address, "to", "", "address of the force's server, such as https://force.example")
	f.StringVar(&to.tokenFile, "token-file", "", "file with your token for that server")
	f.StringVar(&to.into, "into", "", "id of the case at the force")
	f.StringVar(&to.authority, "authority", "", "entry of the authority at the force")
	dayFlag(f, &to.readOn, "obtained", "true day on which the device was read, when this kiosk's clock was wrong")
	f.StringVar(&to.reason, "reason", "", "how that day is known")
	f.StringVar(&to.pack, "pack", "", "file for the sealed pack: it is sealed once, sent in as many goes as the line needs, and removed when the force has it")
	to.caller.Flags(f)
	f.DurationVar(&to.timeout, "timeout", time.Hour, "how long it may take")
	return c
}

// noAnswer says what is known when an answer of the force was lost.
const noAnswer = "no answer of the force came, so that it is not known whether it took it in, and it stays in the queue. Give the same command again: " +
	"it is the same request, taken in once, and you get the receipt"

// once is the request id of an extraction: the same at every sending into that case under that
// authority, whose ids nobody can guess.
func (u upload) once(here custody.CaseID, item string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{"custos/kiosk-sending/v1", string(here), item, u.into, u.authority}, "\n")))
	return hex.EncodeToString(sum[:])
}

// mostAnswer is the longest answer of a server. Units: bytes.
const mostAnswer = 8 << 20

// send sends a pack and returns the receipt. An upload whose answer was lost is asked
// for again: the server says that it has it, and gives the receipt.
func (u upload) send(ctx context.Context, token string, pack func(io.Writer) error) ([]byte, error) {
	server, err := serverURL(u.address)
	if err != nil {
		return nil, err
	}
	if u.into == "" {
		return nil, fmt.Errorf("%w: say into which case of the force with --into ID", errUsage)
	}
	client, err := u.caller.HTTP(0) // ctx ends it
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, u.timeout)
	defer cancel()
	read, write := io.Pipe()
	line := &onLine{Writer: write}
	form := multipart.NewWriter(line)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.JoinPath("v1", "cases", u.into, "extractions").String(), read)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", form.FormDataContentType())
	refused := make(chan error, 1)
	go func() {
		defer close(refused)
		err := u.form(form, pack)
		if err != nil && !line.broke {
			refused <- err
		}
		_ = write.CloseWithError(err) // it always succeeds
	}()
	answer, err := client.Do(request)
	if err != nil {
		_ = read.Close() // it always succeeds, and ends the packing
		if here := <-refused; here != nil {
			return nil, here // nothing whole was sent
		}
		return nil, fmt.Errorf("%s (%w): %w", noAnswer, unaddressed(err), custody.ErrPushback)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s (%w): %w", noAnswer, err, custody.ErrPushback)
	}
	return receiptIn(answer.StatusCode, text)
}

// onLine notes that the line took no more: what a pack says from then on is of the line.
type onLine struct {
	io.Writer
	broke bool
}

// Write writes to the line.
func (l *onLine) Write(b []byte) (int, error) {
	n, err := l.Writer.Write(b)
	l.broke = l.broke || err != nil
	return n, err
}

// sendPack seals to a file, unless that was done before, and sends the file in as many
// goes as the line needs.
func (u upload) sendPack(ctx context.Context, w io.Writer, seal func(io.Writer) error) ([]byte, error) {
	if _, err := os.Stat(u.pack); errors.Is(err, fs.ErrNotExist) {
		if err := whole(u.pack, seal); err != nil {
			return nil, err
		}
	}
	file, err := os.Open(u.pack)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	way, err := destination{
		address: u.address, tokenFile: u.tokenFile, into: u.into, kind: string(custody.UploadExtraction), caller: u.caller,
	}.open(w)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, u.timeout)
	defer cancel()
	what, err := measured(file)
	if err != nil {
		return nil, err
	}
	document := map[string]json.RawMessage{}
	for member, text := range u.document() {
		if document[member], err = json.Marshal(text); err != nil {
			return nil, err
		}
	}
	asOnce, err := way.asOnce(u.pack, document, what)
	if err != nil {
		return nil, err
	}
	answer, err := way.deliver(ctx, what, asOnce)
	if err != nil {
		return nil, err
	}
	return receiptIn(http.StatusCreated, answer)
}

// document is the request under which the force takes the pack in.
func (u upload) document() map[string]any {
	document := map[string]any{"authority": u.authority, "requestId": u.request}
	if u.readOn != "" {
		document["readOn"], document["reason"] = u.readOn, u.reason
	}
	return document
}

// receiptIn reads the receipt in an answer.
func receiptIn(status int, text []byte) ([]byte, error) {
	if status != http.StatusCreated {
		var problem struct {
			Detail string `json:"detail"`
		}
		_ = json.Unmarshal(text, &problem) // without one its status alone is told
		if status >= http.StatusInternalServerError {
			return nil, fmt.Errorf("the force answered with a fault (status %d: %s); %s: %w", status, visible(orDash(problem.Detail)), noAnswer, custody.ErrPushback)
		}
		return nil, fmt.Errorf("the force refused it (status %d): %s: %w", status, visible(orDash(problem.Detail)), custody.ErrConflict)
	}
	var document struct {
		Receipt json.RawMessage `json:"receipt"`
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(&document); err != nil || len(document.Receipt) == 0 {
		return nil, fmt.Errorf("the answer of the force holds no receipt: %w", errors.Join(err, custody.ErrInvalid))
	}
	return document.Receipt, nil
}

// form writes the request and the pack.
func (u upload) form(form *multipart.Writer, pack func(io.Writer) error) error {
	part, err := form.CreateFormField("request")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(part).Encode(u.document()); err != nil {
		return err
	}
	file, err := form.CreateFormFile("file", "pack")
	if err != nil {
		return err
	}
	if err := pack(file); err != nil {
		return err
	}
	return form.Close()
}
