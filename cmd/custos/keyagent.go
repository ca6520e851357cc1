package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/transport"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/sign"
)

// agent signs, on its holder's machine, what the holder does at the server: the
// private key never leaves this process.
type agent struct {
	server *url.URL
	token  string
	// tokenFile is where a later token is looked for; empty = nowhere
	tokenFile string
	keys      []*sign.Key
	holder    string
	client    *http.Client
	journal   io.Writer
	out       io.Writer
}

func keyAgent(s *settings) *cobra.Command {
	var server, tokenFile, journal string
	var caller transport.Caller
	c := &cobra.Command{
		Use: "agent", Short: "sign on your own machine, with your own key, what you do at the server; until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			at, err := serverURL(server)
			if err != nil {
				return err
			}
			if tokenFile == "" || s.actor == "" {
				return fmt.Errorf("%w: agent needs --as (your id) and --token-file (your token for the server)", errUsage)
			}
			keys, err := s.ownKeyFiles(cmd)
			if err != nil {
				return err
			}
			token, err := readFile(tokenFile, maxDocument)
			if err != nil {
				return err
			}
			client, err := caller.HTTP(time.Minute)
			if err != nil {
				return err
			}
			a := &agent{
				server: at, token: string(bytes.TrimSpace(token)), tokenFile: tokenFile, keys: keys, holder: s.actor, out: cmd.OutOrStdout(), journal: io.Discard, client: client,
			}
			if journal != "" {
				f, err := os.OpenFile(journal, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600) //nolint:gosec // the holder names it
				if err != nil {
					return err
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				a.journal = f
			}
			say(cmd.ErrOrStderr(), "custos: signing as %s for %s; interrupt to stop", a.holder, at)
			return a.run(cmd.Context())
		},
	}
	c.Flags().StringVar(&server, "server", "", "address of the server: https://..., or http:// on this machine")
	c.Flags().StringVar(&tokenFile, "token-file", "", "file with your token for the server")
	caller.Flags(c.Flags())
	c.Flags().StringVar(&journal, "journal", "", "file to which a line is added for everything that is signed")
	return c
}

// serverURL accepts an address over which a token may travel.
func serverURL(text string) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || at.Host == "" {
		return nil, fmt.Errorf("%w: say where the server is with --server, such as https://custos.northshire.police.example", errUsage)
	}
	ip := net.ParseIP(at.Hostname())
	if at.Scheme != "https" && (at.Scheme != "http" || at.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return nil, fmt.Errorf("%w: %s is not https: a token would travel in clear", errUsage, text)
	}
	return at, nil
}

// again is how long the agent waits after the server could not be asked.
const again = time.Second

// run signs until ctx ends. What cannot be reached is asked again.
func (a *agent) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := a.turn(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		if errors.Is(err, custody.ErrDenied) {
			return err
		}
		say(a.out, "not signed: %v", err)
		select {
		case <-time.After(again):
		case <-ctx.Done():
		}
	}
	return nil
}

// turn waits for one message and signs it, if it is an entry in the holder's name.
func (a *agent) turn(ctx context.Context) error {
	var asked struct {
		ID      string `json:"id"`
		Message []byte `json:"message"`
	}
	found, err := a.ask(ctx, http.MethodGet, "/v1/signatures/next", nil, &asked)
	if !found || err != nil {
		return err
	}
	statement, err := custody.ToSign{Message: asked.Message}.Statement()
	if err != nil {
		return err
	}
	if id := statement.Predicate.Actor.ID; id != a.holder {
		return fmt.Errorf("the server wants an entry signed in the name of %q: %w", id, custody.ErrInvalid)
	}
	key, err := keyFor(a.keys, statement)
	if err != nil {
		return err
	}
	// written before it is signed: the journal never lacks what was signed
	if err := a.note(key, statement); err != nil {
		return err
	}
	signature, err := key.Sign(ctx, asked.Message)
	if err != nil {
		return err
	}
	_, err = a.ask(ctx, http.MethodPost, "/v1/signatures/"+url.PathEscape(asked.ID), map[string][]byte{"signature": signature}, nil)
	return err
}

func (a *agent) note(key *sign.Key, statement ledger.Statement) error {
	line := fmt.Sprintf("%s %s %s\n", time.Now().UTC().Format(time.RFC3339), fingerprint(key.KeyID()), statementLine(statement))
	if _, err := io.WriteString(a.journal, line); err != nil {
		return fmt.Errorf("the journal cannot be written, so nothing is signed: %w", err)
	}
	_, err := io.WriteString(a.out, line)
	return err
}

// fresh reads the holder's token anew: one that ends may have been replaced meanwhile.
func (a *agent) fresh() (string, error) {
	if a.tokenFile == "" {
		return "", nil
	}
	text, err := readFile(a.tokenFile, maxDocument)
	return string(bytes.TrimSpace(text)), err
}

// ask makes one request. It returns false when the server has nothing.
// Errors: custody.ErrDenied when the token is refused.
func (a *agent) ask(ctx context.Context, method, path string, body, answer any) (bool, error) {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return false, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.server.JoinPath(path).String(), &text)
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return false, err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	switch response.StatusCode {
	case http.StatusNoContent:
		return false, nil
	case http.StatusOK:
		return true, json.NewDecoder(io.LimitReader(response.Body, maxToSign)).Decode(answer)
	case http.StatusUnauthorized, http.StatusForbidden:
		if token, err := a.fresh(); err == nil && token != "" && token != a.token {
			a.token = token
			return a.ask(ctx, method, path, body, answer)
		}
		var problem struct {
			Detail string `json:"detail"`
		}
		_ = json.NewDecoder(io.LimitReader(response.Body, maxToSign)).Decode(&problem) // without one its status alone is told
		return false, fmt.Errorf("the server refuses this token (status %d: %s); put a new one in the file of --token-file, and start again: %w",
			response.StatusCode, visible(orDash(problem.Detail)), custody.ErrDenied)
	}
	return false, fmt.Errorf("the server answers %s", visible(response.Status))
}
