package main

import (
	"context"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"custos.example/analysis/module"
	"custos.example/cmd/custos/wiring"
)

func rebuildCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "make every projected fact again from the entries", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				if err := st.Store.Rebuild(ctx); err != nil {
					return err
				}
				return s.answer(cmd, map[string]string{"rebuilt": "all"}, func(w io.Writer) {
					say(w, "Every projected fact has been made again from the entries.")
				})
			})
		},
	}
}

func versionCommand(s *settings) *cobra.Command {
	var sbom bool
	var of string
	c := &cobra.Command{
		Use: "version", Short: "say which build this is, or list what it was built from", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sbom || of != "" {
				return writeBill(cmd.OutOrStdout(), of)
			}
			v := map[string]string{"toolchain": runtime.Version(), "version": "devel", "module": "not built into this program"}
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				v["version"] = info.Main.Version
			}
			if _, info, err := module.Built(); err == nil {
				v["module"] = info.Module
			}
			return s.answer(cmd, v, func(w io.Writer) {
				say(w, "custos %s  %s\nmodule of steps %s", v["version"], v["toolchain"], v["module"])
			})
		},
	}
	c.Flags().BoolVar(&sbom, "sbom", false, "list every module in this program (CycloneDX JSON)")
	c.Flags().StringVar(&of, "of", "", "list those of another program of Go, such as custos-verify")
	return c
}
