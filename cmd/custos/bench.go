package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/demo"
	"custos.example/custody/blob"
)

// benchCommand is what `make bench` times as a whole process.
func benchCommand(s *settings) *cobra.Command {
	prepare := &cobra.Command{
		Use: "prepare", Short: "found a log with one case for a timed import", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := s.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return demo.Prepare(cmd.Context(), options)
		},
	}
	var file string
	imports := &cobra.Command{
		Use: "import", Short: "one import of a file in the 17-column layout", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file == "" {
				return fmt.Errorf("%w: say which file with --file", errUsage)
			}
			options, err := s.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return demo.Import(cmd.Context(), options, file, cmd.OutOrStdout())
		},
	}
	imports.Flags().StringVar(&file, "file", "", "the file")
	var work blob.Work
	encryption := &cobra.Command{
		Use: "encryption", Short: "only the encryption of an import, whose figures the import printed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return blob.Rehearse(cmd.Context(), work) },
	}
	for name, to := range map[string]*int64{
		"sealed": &work.Sealed, "opened": &work.Opened, "scratch-sealed": &work.ScratchSealed, "scratch-opened": &work.ScratchOpened,
	} {
		encryption.Flags().Int64Var(to, name, 0, "bytes")
	}
	c := group("bench", "timed parts of the main job", prepare, imports, encryption)
	c.Hidden = true
	return c
}
