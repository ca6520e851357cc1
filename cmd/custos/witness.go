package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/transport"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/ledger/witness"
)

func witnessCommand(s *settings) *cobra.Command {
	return group("witness", "co-sign other people's logs, and follow them",
		witnessInit(s), witnessShow(s), witnessAdmit(s), witnessServe(s), witnessSign(s), witnessFollow(s))
}

// coSigner opens the co-signer's folder for one command.
func (s *settings) coSigner(work func(*wiring.CoSigner) error) (err error) {
	if s.dir == "" {
		return fmt.Errorf("%w: say which is the co-signer's folder with --dir", errUsage)
	}
	c, err := wiring.OpenCoSigner(s.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	return work(c)
}

func witnessInit(s *settings) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: "init", Short: "make a co-signer: its folder and its key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if s.dir == "" || name == "" {
				return fmt.Errorf("%w: init needs --dir (the co-signer's folder) and --name, such as oversight.example/2026: "+
					"what stands before the / is the organisation, which counts once", errUsage)
			}
			if err := wiring.CreateCoSigner(s.dir, name); err != nil {
				return err
			}
			return s.coSigner(func(c *wiring.CoSigner) error {
				return s.answer(cmd, map[string]string{"key": c.Key().String()}, func(w io.Writer) {
					say(w, "The co-signer %s has been made in %s. Its public key is", name, s.dir)
					say(w, "%s", c.Key())
					say(w, "Give it to whoever writes the log's policy. Admit a log with custos witness admit VKEY.")
					say(w, "Never put %s back to an earlier state, not even from a backup: a co-signer that forgets", s.dir)
					say(w, "what it signed can sign two histories. If it is lost, begin with a new name and key.")
				})
			})
		},
	}
	c.Flags().StringVar(&name, "name", "", "the co-signer's name: its organisation, a slash, and which of its keys")
	return c
}

// shownElement is a log that is co-signed.
type shownElement struct {
	Log  string `json:"log"`
	Size uint64 `json:"size"`
}

func witnessShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "say this co-signer's public key, and what it has co-signed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.coSigner(func(c *wiring.CoSigner) error {
				logs := []shownElement{}
				for _, k := range c.Logs() {
					last, err := c.Latest(k.Name)
					if err != nil && !errors.Is(err, os.ErrNotExist) {
						return fmt.Errorf("%w: %w", custody.ErrIntegrity, err)
					}
					logs = append(logs, shownElement{k.String(), last.Size})
				}
				return s.answer(cmd, map[string]any{"key": c.Key().String(), "logs": logs}, func(w io.Writer) {
					say(w, "%s", c.Key())
					for _, l := range logs {
						say(w, "  co-signed %d entries of %s", l.Size, l.Log)
					}
				})
			})
		},
	}
}

func witnessAdmit(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "admit VKEY", Short: "co-sign a log from now on, by its public key", Args: one("the key of the log, name+hash+key"),
		RunE: func(cmd *cobra.Command, args []string) error {
			key, err := ledger.ParseNoteKey(args[0])
			if err != nil {
				return fmt.Errorf("%w: %w", custody.ErrInvalid, err)
			}
			return s.coSigner(func(c *wiring.CoSigner) error {
				if err := c.Admit(key); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"logs": c.Logs()}, func(w io.Writer) {
					say(w, "%s is admitted: from now on this co-signer co-signs what extends what it co-signed before.", key.Name)
					say(w, "A custos witness serve that runs already knows of it once it is started again.")
				})
			})
		},
	}
}

func witnessServe(s *settings) *cobra.Command {
	var at transport.Listening
	c := &cobra.Command{
		Use: "serve", Short: "co-sign over HTTP until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.coSigner(func(c *wiring.CoSigner) error {
				log := slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))
				listener, err := at.Open(cmd.Context(), log)
				if err != nil {
					return err
				}
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "custos: %s co-signs on %s; interrupt to stop\n", c.Key().Name, at.URL(listener.Addr()))
				return serveHTTP(cmd.Context(), listener, c.Handler(log), log)
			})
		},
	}
	at.Flags(c.Flags(), "127.0.0.1:8461")
	return c
}

// serveHTTP answers until ctx ends, then lets those under way finish.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	return server.Shutdown(last)
}

func witnessSign(s *settings) *cobra.Command {
	var request, out string
	c := &cobra.Command{
		Use: "sign", Short: "co-sign a checkpoint that came in a file, over an air gap", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if request == "" || out == "" {
				return fmt.Errorf("%w: give --request, the file that came, and --out, the file to send back", errUsage)
			}
			text, err := readFile(request, maxPolicy)
			if err == nil {
				err = free(out) // before anything is co-signed that could not be sent back
			}
			if err != nil {
				return err
			}
			return s.coSigner(func(c *wiring.CoSigner) error {
				lines, err := c.Add(cmd.Context(), text)
				if no := new(witness.Refusal); errors.As(err, &no) {
					return fmt.Errorf("nothing was co-signed: %w: %w", custody.ErrConflict, no)
				}
				if err != nil {
					return err
				}
				if err := kept(out, lines); err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"coSigned": out}, func(w io.Writer) {
					say(w, "Co-signed by %s. Send %s back; the log takes it with custos co-signers add.", c.Key().Name, out)
				})
			})
		},
	}
	c.Flags().StringVar(&request, "request", "", "file that the log's operator made with custos co-signers ask")
	c.Flags().StringVar(&out, "out", "", "file for the co-signature")
	return c
}
