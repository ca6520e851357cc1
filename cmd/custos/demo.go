package main

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/demo"
	"custos.example/cmd/custos/wiring"
)

func demoCommand() *cobra.Command {
	var dir, verify string
	var fraud bool
	c := &cobra.Command{
		Use: "demo", Short: "the whole main job on made-up data, embedded", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if verify == "" {
				verify = verifier()
			}
			reader, err := wiring.Self()
			if err != nil {
				return err
			}
			story := demo.Story{
				Out: cmd.OutOrStdout(), Dir: dir, Verify: verify,
				Log: wiring.Options{Reader: reader, Log: slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn}))},
			}
			if fraud {
				if !cmd.Flags().Changed("dir") {
					story.Dir = "custos-frauds"
				}
				return story.Cheat(cmd.Context())
			}
			return story.Tell(cmd.Context())
		},
	}
	c.Flags().StringVar(&dir, "dir", "custos-demo", "folder to make")
	c.Flags().BoolVar(&fraud, "fraud", false, "instead: an honest bundle and five that are not, for you to find out (folder custos-frauds)")
	c.Flags().StringVar(&verify, "verify", "", "the custos-verify program (default: the one beside this)")
	return c
}

// verifier returns the custos-verify program beside this one, or the one on the PATH.
func verifier() string {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), "custos-verify")
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	if found, err := exec.LookPath("custos-verify"); err == nil {
		return found
	}
	return "custos-verify"
}
