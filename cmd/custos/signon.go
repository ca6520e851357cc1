package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/api/signon"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

// signOnFlags name the identity provider whose tokens a server takes.
type signOnFlags struct{ issuer, audience, keys string }

func (f *signOnFlags) add(to *cobra.Command) {
	flags := to.Flags()
	flags.StringVar(&f.issuer, "sign-on-issuer", "", "issuer whose OpenID Connect tokens are taken beside our own, exactly as they say it, such as https://login.example (custos actor sign-on says whose they are)")
	flags.StringVar(&f.audience, "sign-on-audience", "", "audience for which, alone, such a token has to be issued")
	flags.StringVar(&f.keys, "sign-on-keys", "", "address of the issuer's keys (default: where the issuer says, on its own host)")
}

// provider returns the provider, or nil when none is named. One that cannot be reached
// yet is asked again when somebody signs on.
func (f *signOnFlags) provider(ctx context.Context, clock custody.Clock, stderr io.Writer) (*signon.Provider, error) {
	if *f == (signOnFlags{}) {
		return nil, nil
	}
	p, err := signon.New(signon.Config{Issuer: f.issuer, Audience: f.audience, Keys: f.keys, Now: clock.Now})
	if err != nil {
		return nil, fmt.Errorf("%w: --sign-on-issuer, --sign-on-audience, --sign-on-keys: %w", errUsage, err)
	}
	if err := p.Ready(ctx); err != nil {
		say(stderr, "custos: nobody can sign on by %s yet; it is asked again when somebody tries: %v", f.issuer, err)
	}
	return p, nil
}

func actorSignOn(s *settings) *cobra.Command {
	var is custody.SignOn
	var end bool
	var why string
	c := &cobra.Command{
		Use: "sign-on ID", Short: "record with which account of an identity provider a person signs on, or that it is so no more", Args: one("the person's id"),
		Long: "Says that a subject of an identity provider is this person. It gives no role and no permission. It counts at once; a server takes\n" +
			"such tokens when it is started with --sign-on-issuer. Nobody says it of themselves: another administrator does.",
		RunE: func(cmd *cobra.Command, args []string) error {
			is.Person = args[0]
			switch {
			case is.Issuer == "" || is.Subject == "":
				return fmt.Errorf("%w: say which account with --issuer and --subject: the claims iss and sub of its tokens", errUsage)
			case end && why == "":
				return fmt.Errorf("%w: say why it ends with --why", errUsage)
			case end:
				is.Ended = why
			case why != "":
				return fmt.Errorf("%w: --why is the reason of an end, with --end", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.SignOns().Record(ctx, s.who(), custody.RecordSignOn{Ask: s.ask(), SignOn: is})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					word := "signs on"
					if end {
						word = "signs on no more"
					}
					say(w, "%s %s with this account of %s: entry %d of the log.", is.Person, word, visible(is.Issuer), proof.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&is.Issuer, "issuer", "", "the issuer, exactly as its tokens say it (claim iss)")
	f.StringVar(&is.Subject, "subject", "", "the account, exactly as the issuer's tokens say it (claim sub): no name and no address, which others may be given later")
	f.BoolVar(&end, "end", false, "it is so no more, at once")
	f.StringVar(&why, "why", "", "why it ends")
	return c
}

func actorSignOns(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "sign-ons", Short: "with which accounts of an identity provider people sign on, or did", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				list, err := st.Service.SignOns().List(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"signOns": list}, func(w io.Writer) {
					for _, is := range list {
						ended := ""
						if is.Ended != "" {
							ended = "  ENDED: " + visible(is.Ended)
						}
						say(w, "%-12s %s  %s  by %s%s", is.Person, visible(is.Issuer), visible(is.Subject), is.By, ended)
					}
				})
			})
		},
	}
}
