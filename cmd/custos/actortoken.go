package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
)

// tokenElement is a token as it is shown to machines, once.
type tokenElement struct {
	Token string    `json:"token"`
	Ends  time.Time `json:"ends"`
	Idle  string    `json:"idle"`
}

func actorToken(s *settings) *cobra.Command {
	var end bool
	var term api.Term
	c := &cobra.Command{
		Use: "token ID", Short: "issue a token with which the person asks over HTTP, or end all they have", Args: one("the person's id"),
		Long: "Issues a token that ends by itself, and sooner when it is not used. It is shown once, and kept as a digest only. The server may\n" +
			"run meanwhile: a new token counts, and one that was ended counts no more, from its next request on.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if end && term != (api.Term{}) {
				return fmt.Errorf("%w: --end ends tokens; --for and --idle are of a new one", errUsage)
			}
			return s.besideServer(cmd, func(ctx context.Context, st *wiring.Station) error {
				if _, err := st.Service.Organisation().Person(ctx, args[0]); err != nil {
					return err
				}
				tokens := api.NewTokens(st.TokenFile(), st.Service.Clock)
				if end {
					n, err := tokens.End(args[0])
					if err != nil {
						return err
					}
					return s.answer(cmd, map[string]int{"ended": n}, func(w io.Writer) { say(w, "%s of %s ended.", plural(n, "token", "tokens"), args[0]) })
				}
				term, err := term.Settled()
				if err != nil {
					return err
				}
				ends := st.Service.Clock.Now().Add(term.Life)
				secret, err := tokens.Issue(args[0], term)
				if err != nil {
					return err
				}
				say(cmd.ErrOrStderr(), "custos: the token counts until %s, and no longer than %v without being used; it is not shown again",
					ends.In(london()).Format("2 January 2006 15:04 MST"), term.Idle)
				return s.answer(cmd, tokenElement{secret, ends.UTC(), term.Idle.String()}, func(w io.Writer) { say(w, "%s", secret) })
			})
		},
	}
	f := c.Flags()
	f.BoolVar(&end, "end", false, "end every token of this person, at once, and what an identity provider issued for them until now: for one that was stolen, or somebody who left")
	f.DurationVar(&term.Life, "for", 0, "how long it counts, such as 8h; at most 720h, 30 days (default 12h)")
	f.DurationVar(&term.Idle, "idle", 0, "how long it may lie unused before it ends (default 2h)")
	return c
}

// besideServer opens the station only to look something up: the server may run
// meanwhile, and nothing is appended.
func (s *settings) besideServer(cmd *cobra.Command, work func(ctx context.Context, st *wiring.Station) error) (err error) {
	options, err := s.opening(cmd)
	if err != nil {
		return err
	}
	st, err := wiring.OpenToCheck(cmd.Context(), options, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return work(cmd.Context(), st)
}
