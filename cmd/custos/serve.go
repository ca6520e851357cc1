package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"custos.example/api"
	"custos.example/cmd/custos/transport"
	"custos.example/cmd/custos/wiring"
)

func serveCommand(s *settings) *cobra.Command {
	var at transport.Listening
	var signOn signOnFlags
	c := &cobra.Command{
		Use: "serve", Short: "answer over HTTP until interrupted", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.unattended = true
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				log := slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), nil))
				listener, err := at.Open(ctx, log)
				if err != nil {
					return err
				}
				provider, err := signOn.provider(ctx, st.Service.Clock, cmd.ErrOrStderr())
				if err != nil {
					return errors.Join(err, listener.Close())
				}
				server := api.New(api.Config{
					SignOn:  provider,
					Service: st.Service, Tokens: api.NewTokens(st.TokenFile(), st.Service.Clock), Exchange: st.Exchange, Tiles: st.TilesFolder(), Trust: st.WriteTrust, Quiet: st.Beat() > 0, Log: log,
				})
				if err := st.WriteTrust(ctx); err != nil { // also one that could not be written while it ran before
					log.ErrorContext(ctx, "the trust file could not be written anew", slog.String("error", err.Error()))
				}
				ctx, stop := context.WithCancel(ctx)
				var upkeep sync.WaitGroup
				upkeep.Go(func() { st.KeepStamped(ctx) })
				upkeep.Go(func() { st.Summarise(ctx) })
				upkeep.Go(func() { st.KeepRead(ctx) })
				upkeep.Go(func() { st.KeepReady(ctx) })
				upkeep.Go(func() { st.KeepSwept(ctx) })
				defer upkeep.Wait()
				defer stop()
				if !st.Quorum().Asked() {
					say(cmd.ErrOrStderr(), "custos: NO CO-SIGNER CONFIRMS THIS LOG: to others, only you vouch for it (custos co-signers use FILE)")
				}
				if st.Beat() > 0 {
					say(cmd.ErrOrStderr(), "custos: what is public of the log is published every %s, and never between", st.Beat())
				}
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "custos: answering on %s; interrupt to stop\n", at.URL(listener.Addr()))
				return server.Serve(ctx, listener)
			})
		},
	}
	at.Flags(c.Flags(), "127.0.0.1:8460")
	c.Flags().StringVar(&s.beat, "beat", "", "publish summaries and tiles every so long, such as 10m, and never between, also when nothing happened; kept for later starts; none ends it")
	signOn.add(c)
	return c
}
