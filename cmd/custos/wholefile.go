package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// sourceWhole keeps a recording or another file of an item.
func (s *settings) sourceWhole() *cobra.Command {
	var reference, name string
	var request custody.KeepWhole
	c := &cobra.Command{
		Use: "whole FILE", Short: "keep a recording or another file of an item whole, of any length, and read nothing of it", Args: one("the file, or - for the standard input"),
		Long: "Keeps a recording, an image or another file of an item that is in custody (item take). With --stated-sha256, the digest that the\n" +
			"recorder gives for it, a file that is another is not kept.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) (err error) {
				request.Ask, request.Case = s.ask(), id
				request.FileName, request.Content = orGiven(name, filepath.Base(args[0])), cmd.InOrStdin()
				if args[0] != "-" {
					file, err := os.Open(args[0])
					if err != nil {
						return err
					}
					defer func() { err = errors.Join(err, file.Close()) }()
					request.Content = file
				} else if name == "" {
					return fmt.Errorf("%w: say what the file is called with --name", errUsage)
				}
				kept, err := st.Service.Imports().KeepWhole(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{
					"evidence": proofOf(kept.Evidence), "linked": proofOf(kept.Linked), "sha256": kept.SHA256.String(), "size": kept.Size, "compared": kept.Compared,
				}, func(w io.Writer) {
					say(w, "%s  %s  %d bytes", request.Item, visible(request.FileName), kept.Size)
					compared := "no digest was stated for it"
					if kept.Compared {
						compared = "as was stated for it"
					}
					say(w, "  SHA-256  %s, %s", kept.SHA256, compared)
					say(w, "  evidence %s  entry %d of the log", kept.Evidence.Entry, kept.Evidence.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&request.Item, "item", "", "the item whose file it is")
	f.StringVar(&request.From, "from", "", "who handed it over")
	f.StringVar(&request.Stated, "stated-sha256", "", "the SHA-256 that the recorder gives for it")
	f.StringVar(&name, "name", "", "what the file is called (default: its own name)")
	return c
}

func orGiven(given, otherwise string) string {
	if given != "" {
		return given
	}
	return otherwise
}
