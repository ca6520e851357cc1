package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
)

func keyFolder(s *settings) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use: "folder passphrase|file", Short: "change what opens the key folder: to a new passphrase, or to a key file in it",
		Args: one("what opens it from now on: passphrase or file"),
		Long: "The key folder itself says what opens it. Everything sealed stays as it is, and a backup of the key folder from before still\n" +
			"opens with what opened it then. Stop custos serve first. SQLite only.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "passphrase" && args[0] != "file" {
				return fmt.Errorf("%w: a key folder opens with a passphrase or with a key file (file)", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				var next string
				var err error
				if args[0] == "passphrase" {
					next, err = phrase{
						of: "New passphrase of the key folder", file: file, flag: "next-passphrase-file", refused: errFolderPassphrase,
					}.text(cmd, true)
				}
				if err == nil {
					err = st.ChangeSecret(ctx, s.who(), s.ask(), next)
				}
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"opensWith": args[0]}, func(w io.Writer) {
					if next == "" {
						say(w, "The key folder opens with the key file in it from now on: whoever has the folder can read every case.")
						return
					}
					say(w, "The key folder opens with the new passphrase from now on, and with nothing else: without it every case is lost.")
					say(w, "Backups of the key folder from before still open with what opened them then: make a new one, and destroy those.")
				})
			})
		},
	}
	c.Flags().StringVar(&file, "next-passphrase-file", "", "file with the new passphrase (default: asked for twice at the terminal)")
	return c
}
