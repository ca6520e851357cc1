package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func (s *settings) kioskPair() *cobra.Command {
	var trust, checkpoint, recipient string
	c := &cobra.Command{
		Use: "pair NAME", Short: "at a kiosk: make the force known to which it sends", Args: one("a name for the force"),
		Long: "Makes the force known: its trust file, its newest checkpoint (tiles/checkpoint in its data folder) and its recipient (custos kiosk\n" +
			"recipient), brought over on a way of their own. What is acquired from now on is later than that checkpoint, whatever the kiosk's clock says.",
		RunE: func(cmd *cobra.Command, args []string) error {
			head, err := readFile(checkpoint, maxDocument)
			if err != nil {
				return fmt.Errorf("the checkpoint of the force (--checkpoint): %w", err)
			}
			return s.admit(cmd, trust, custody.AdmitLog{
				Ask: s.ask(), Name: args[0], Role: custody.ForceLog, Recipient: strings.TrimSpace(recipient), Checkpoint: head,
			})
		},
	}
	f := c.Flags()
	f.StringVar(&trust, "trust", "", "trust file of the force")
	f.StringVar(&checkpoint, "checkpoint", "", "newest checkpoint of the force")
	f.StringVar(&recipient, "recipient", "", "key to which is sealed what goes there")
	return c
}

func (s *settings) kioskAdmit() *cobra.Command {
	var trust, place string
	c := &cobra.Command{
		Use: "admit NAME", Short: "at the force: make a kiosk known", Args: one("a name for the kiosk"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.admit(cmd, trust, custody.AdmitLog{Ask: s.ask(), Name: args[0], Role: custody.KioskLog, Place: place})
		},
	}
	c.Flags().StringVar(&trust, "trust", "", "trust file of the kiosk")
	c.Flags().StringVar(&place, "place", "", "where the kiosk stands")
	return c
}

func (s *settings) admit(cmd *cobra.Command, trust string, request custody.AdmitLog) error {
	var err error
	if request.Trust, err = readFile(trust, maxDocument); err != nil {
		return fmt.Errorf("the trust file (--trust): %w", err)
	}
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		proof, err := st.Service.Links().Admit(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"name": request.Name, "role": request.Role, "proof": proofOf(proof)}, func(w io.Writer) {
			say(w, "%s is known here as a %s: entry %d of the log", request.Name, request.Role, proof.Placed.Index)
		})
	})
}

func (s *settings) kioskState() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "state", Short: "at a kiosk: write the newest head of its log, sealed to the force", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				var text bytes.Buffer
				head, err := st.Service.Links().State(ctx, &text)
				if err != nil {
					return err
				}
				if err := kept(out, text.Bytes()); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"file": out, "size": head.Size, "root": head.Root}, func(w io.Writer) {
					say(w, "%s  %d entries, root %s", out, head.Size, head.Root)
				})
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write")
	return c
}

// kioskJoin joins the newest head of a kiosk, or joins it anew after its log broke.
func (s *settings) kioskJoin(word string) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: word + " FILE", Short: "at the force: join the newest head of a kiosk's log", Args: one("what the kiosk wrote with custos kiosk state"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if word == "rejoin" && reason == "" {
				return fmt.Errorf("%w: say why with --reason", errUsage)
			}
			state, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer func() { _ = state.Close() }() // it was only read
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				found, err := st.Service.Links().Join(ctx, s.who(), custody.JoinLog{Ask: s.ask(), Content: state, Reason: reason})
				if err != nil {
					return err
				}
				element := map[string]any{"name": found.Name, "verdict": found.Verdict, "words": found.Words, "size": found.Size, "proof": proofOf(found.Proof)}
				return s.answer(cmd, element, func(w io.Writer) {
					say(w, "%s", found.Words)
					if reason != "" {
						say(w, "It is joined anew, and both heads are kept: entry %d of the log.", found.Placed.Index)
					}
				})
			})
		},
	}
	if word == "rejoin" {
		c.Short = "at the force: go on from the new head of a kiosk whose log broke, with a reason"
		c.Flags().StringVar(&reason, "reason", "", "what happened to the kiosk")
	}
	return c
}

func (s *settings) kioskRevoke() *cobra.Command {
	var reason string
	var from uint64
	c := &cobra.Command{
		Use: "revoke NAME", Short: "at the force: believe nothing of a kiosk from a place of its log on", Args: one("the name of the kiosk"),
		Long: "Believes nothing of a kiosk from a place of its log on, as when it was stolen. Without --from that is the first entry which has not\n" +
			"been joined; what was joined before stays, since nobody can change it any more.",
		RunE: func(cmd *cobra.Command, args []string) error {
			request := custody.RevokeLog{Ask: s.ask(), Name: args[0], Reason: reason}
			if cmd.Flags().Changed("from") {
				request.From = &from
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Links().Revoke(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"name": args[0], "proof": proofOf(proof)}, func(w io.Writer) {
					say(w, "%s is revoked: entry %d of the log", args[0], proof.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for the record")
	c.Flags().Uint64Var(&from, "from", 0, "first entry of its log that is not believed")
	return c
}

func (s *settings) kioskLog() *cobra.Command {
	return &cobra.Command{
		Use: "log", Short: "show the logs that are joined to this one, and what they showed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				links, err := st.Service.Links().List(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, links, func(w io.Writer) { linksText(w, links) })
			})
		},
	}
}

func linksText(w io.Writer, links []custody.Link) {
	for _, l := range links {
		say(w, "%s  %s  %s  %s", l.Name, l.Role, l.Origin, visible(l.Place))
		say(w, "  held to  %d entries, root %s; %s brought in", l.Size, l.Root, plural(l.Imported, "entry", "entries"))
		if l.Revoked {
			say(w, "  REVOKED  from its entry %d on", l.From)
		}
		for _, h := range l.History {
			say(w, "  %s  %s %s  %s", h.Time.Format("2 January 2006 15:04 UTC"), h.Event, h.Verdict, visible(h.Reason))
			if h.Clock != nil && h.Clock.Wrong() {
				say(w, "    %s", h.Clock.Words())
			}
			if h.Event == custody.LinkShown || h.Event == custody.LinkRejoined {
				for _, head := range h.Heads {
					say(w, "    head: %s", strings.ReplaceAll(strings.TrimSpace(visibleText(head)), "\n", "\n          "))
				}
			}
		}
		for _, e := range l.Lost {
			say(w, "  Its entry %d, here entry %s, stands on a history that it has since given up. It was signed all the same.", e.Index, e.Entry)
		}
	}
	say(w, "%s", plural(len(links), "log", "logs"))
}
