package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/transport"
	"custos.example/custody"
)

// destination is a server to which files are sent, and a case there.
type destination struct {
	address, tokenFile, into, kind string
	timeout                        time.Duration
	caller                         transport.Caller
}

// sendCommand sends a received file to a server.
func sendCommand(s *settings) *cobra.Command {
	var to destination
	var request string
	c := &cobra.Command{
		Use: "send FILE", Short: "send a received file to a server, in as many goes as the line needs", Args: one("the file"),
		Long: "Sends a file to a server of custos. What breaks off goes on where it was, within this command and when it is given again. Nothing of the\n" +
			"file is evidence before all of it is there, has the SHA-256 that it had here, and the server has taken it in: with --request the\n" +
			"server is asked to, by the document that an import, a file of an item or an extraction is asked for with. Its requestId, or a new one, is kept\n" +
			"beside it (FILE.sending) until an answer came: given again, it is the same request, taken in once and answered as it was, and nothing is sent twice.",
		RunE: func(cmd *cobra.Command, args []string) error {
			document, err := requestIn(request)
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = file.Close() }() // it was only read
			way, err := to.open(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), to.timeout)
			defer cancel()
			what, err := measured(file)
			if err != nil {
				return err
			}
			if document == nil {
				upload, err := way.send(ctx, what)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"upload": upload}, func(w io.Writer) {
					say(w, "%s", upload)
					say(cmd.ErrOrStderr(), "All of it is there. It is evidence when it is taken in: name it as \"upload\" in that request.")
				})
			}
			asOnce, err := way.asOnce(request, document, what)
			if err != nil {
				return err
			}
			answer, err := way.deliver(ctx, what, asOnce)
			if err != nil {
				return err
			}
			return s.answer(cmd, json.RawMessage(answer), func(w io.Writer) { say(w, "%s", strings.TrimSpace(string(answer))) })
		},
	}
	f := c.Flags()
	f.StringVar(&to.address, "to", "", "address of the server, such as https://force.example")
	f.StringVar(&to.tokenFile, "token-file", "", "file with your token for that server")
	f.StringVar(&to.into, "into", "", "id of the case there")
	f.StringVar(&to.kind, "for", string(custody.UploadReturn), "what the file is: "+words(custody.UploadKinds()))
	f.StringVar(&request, "request", "", "file with the request (JSON) under which the server is to take it in")
	f.DurationVar(&to.timeout, "timeout", 24*time.Hour, "how long it may take")
	to.caller.Flags(f)
	return c
}

// requestIn reads a request, or nil when there is none.
func requestIn(path string) (map[string]json.RawMessage, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // none was named
	}
	text, err := readFile(path, 1<<20)
	if err != nil {
		return nil, err
	}
	document := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s is no JSON document (%w): %w", path, err, custody.ErrInvalid)
	}
	return document, nil
}

// open returns the way to the server.
func (d destination) open(w io.Writer) (sending, error) {
	token, err := readFile(d.tokenFile, 4096)
	if err != nil {
		return sending{}, fmt.Errorf("the token for the server (--token-file): %w", err)
	}
	server, err := serverURL(d.address)
	if err != nil {
		return sending{}, err
	}
	if d.into == "" {
		return sending{}, fmt.Errorf("%w: say into which case there with --into ID", errUsage)
	}
	kind := custody.UploadKind(d.kind)
	if !slices.Contains(custody.UploadKinds(), kind) {
		return sending{}, fmt.Errorf("%w: --for is one of %s", errUsage, words(custody.UploadKinds()))
	}
	client, err := d.caller.HTTP(0) // the context ends it
	if err != nil {
		return sending{}, err
	}
	return sending{
		server: server, client: client, token: strings.TrimSpace(string(token)), into: d.into, kind: kind,
		tell: func(format string, args ...any) { say(w, "custos: "+format, args...) },
	}, nil
}
