package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
)

// madeUpCommand opens the record and asks nothing.
func madeUpCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "peek", Short: "a command that nobody may add", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				size, err := st.Service.Store.Size(ctx)
				if err != nil {
					return err
				}
				return s.answer(cmd, size, func(w io.Writer) { say(w, "%d", size) })
			})
		},
	}
}

// madeUpReader reads a case and says that it asks nothing.
func madeUpReader(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "leaf", Short: "a command that asks more than it says", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				_, err := st.Service.Cases().Files(ctx, s.who(), "", s.ask())
				return err
			})
		},
	}
}
