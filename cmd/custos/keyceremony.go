package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"custos.example/cmd/custos/ceremony"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger/durable"
)

func keyCeremony(s *settings) *cobra.Command {
	var answers, folder, record string
	c := &cobra.Command{
		Use: "ceremony [SCRIPT]", Short: "hold a key ceremony by a script, with its transcript; then record that it was held",
		Long: "Follows SCRIPT with the officers in the room, on a machine without a network if you like, and writes the transcript beside\n" +
			"what was made. Afterwards, where the log is: custos key ceremony --record TRANSCRIPT. deploy/ceremony-root.txt is a script.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && record == "":
				return s.holdCeremony(cmd, args[0], answers, folder)
			case len(args) == 0 && record != "":
				return s.recordCeremony(cmd, record)
			}
			return fmt.Errorf("%w: give a script to follow, or --record TRANSCRIPT", errUsage)
		},
	}
	c.Flags().StringVar(&answers, "answers", "", "file with one answer a line instead of the keyboard: for a rehearsal, since secrets would stand in it")
	c.Flags().StringVar(&folder, "folder", ".", "where keys and transcript are written")
	c.Flags().StringVar(&record, "record", "", "transcript of a ceremony that was held, to be recorded in the log")
	return c
}

func (s *settings) holdCeremony(cmd *cobra.Command, path, answers, folder string) (err error) {
	text, err := readFile(path, maxDocument)
	if err != nil {
		return err
	}
	script, err := ceremony.Parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", path, custody.ErrInvalid, err)
	}
	in := cmd.InOrStdin()
	if answers != "" {
		file, err := os.Open(answers) //nolint:gosec // the operator names it
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		in = file
	}
	held, broken := ceremony.Run(script, room(cmd, in, folder, answers == ""))
	at := filepath.Join(folder, "transcript-"+time.Now().UTC().Format("20060102T150405Z")+".txt")
	if err := durable.Replace(at, held.Transcript, 0o600); err != nil {
		return errors.Join(broken, err)
	}
	if broken != nil {
		return fmt.Errorf("%w: %w; the transcript is %s", custody.ErrInvalid, broken, at)
	}
	return s.answer(cmd, map[string]any{"transcript": at, "officers": held.Officers, "purpose": held.Purpose}, func(w io.Writer) {
		say(w, "The ceremony is complete. Its transcript is %s, SHA-256", at)
		say(w, "  %x", sha256.Sum256(held.Transcript))
		say(w, "Each officer writes the digest down; then record it: custos key ceremony --record %s", at)
	})
}

// room is the terminal, or the file that stands in for it.
func room(cmd *cobra.Command, in io.Reader, folder string, keyboard bool) ceremony.Room {
	lines := bufio.NewReader(in)
	ask := func(question string) (string, error) {
		_, _ = fmt.Fprint(cmd.ErrOrStderr(), question)
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return "", errors.New("there is no answer")
		}
		if !keyboard {
			_, _ = fmt.Fprintln(cmd.ErrOrStderr())
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	secret := func(question string) ([]byte, error) {
		if terminal := int(os.Stdin.Fd()); keyboard && term.IsTerminal(terminal) { //nolint:gosec // a descriptor is small
			_, _ = fmt.Fprint(cmd.ErrOrStderr(), question)
			typed, err := term.ReadPassword(terminal)
			_, _ = fmt.Fprintln(cmd.ErrOrStderr())
			return typed, err
		}
		line, err := ask(question)
		return []byte(line), err
	}
	show := func(line string) { say(cmd.ErrOrStderr(), "  %s", line) }
	return ceremony.Room{Folder: folder, Show: show, Ask: ask, Secret: secret, Now: time.Now}
}

func (s *settings) recordCeremony(cmd *cobra.Command, path string) error {
	text, err := readFile(path, maxDocument)
	if err != nil {
		return err
	}
	held, err := ceremony.ParseTranscript(text)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", path, custody.ErrInvalid, err)
	}
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		proof, err := st.Service.Keys().Held(ctx, s.who(), custody.Ceremony{
			Ask: s.ask(), Officers: held.Officers, Purpose: held.Purpose, Transcript: held.Transcript,
		})
		if err != nil {
			return err
		}
		return s.answer(cmd, proofOf(proof), func(w io.Writer) {
			say(w, "The ceremony is recorded with its transcript: entry %d of the log.", proof.Placed.Index)
		})
	})
}
