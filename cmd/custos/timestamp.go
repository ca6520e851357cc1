package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger/timestamp"
)

// offsetTold is from which difference on a clock is said to be wrong.
const offsetTold = time.Minute

func timestampCommand(s *settings) *cobra.Command {
	return group("timestamp", "outside authorities of time (RFC 3161)",
		timestampAdd(s), timestampList(s), timestampRemove(s), timestampNow(s), timestampAuthority())
}

func timestampAdd(s *settings) *cobra.Command {
	var url, root string
	c := &cobra.Command{
		Use: "add NAME", Short: "name an authority that stamps the log, after asking it once", Args: one("a name for the authority"),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := s.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if url == "" || root == "" {
				return fmt.Errorf("%w: give --url (where it answers) and --root (its root certificate, PEM or DER)", errUsage)
			}
			data, err := readFile(root, 1<<20)
			if err != nil {
				return err
			}
			roots, err := timestamp.ParsePEM(data)
			if err != nil {
				return fmt.Errorf("%s: %w: %w", root, custody.ErrInvalid, err)
			}
			stamp, offset, err := wiring.AddTimeAuthority(cmd.Context(), options, wiring.TimeAuthority{Name: args[0], Roots: roots, URL: url})
			if err != nil {
				return err
			}
			err = s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				if err := st.WriteTrust(ctx); err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"name": args[0], "authority": stamp.Authority, "time": stamp.Time, "behindSeconds": int(offset.Seconds())}, func(w io.Writer) {
					say(w, "%s answers: %s, %s.", args[0], stamp.Authority, stamp.Info)
					offsetText(w, args[0], offset)
					say(w, "It is asked for every bundle, and once a day. The trust file has been written anew with its root:")
					say(w, "give it to those who check exhibits, and let them compare the root with its publisher's.")
				})
			})
			if err != nil {
				return fmt.Errorf("%s is named, but the trust file may lack its root: give the same command again, with the service stopped: %w", args[0], err)
			}
			return nil
		},
	}
	c.Flags().StringVar(&url, "url", "", "where the authority answers, such as http://tsa.example/tsr")
	c.Flags().StringVar(&root, "root", "", "file with its root certificate, PEM or DER")
	return c
}

// offsetText says by how much two clocks differ, when it matters.
func offsetText(w io.Writer, name string, offset time.Duration) {
	if offset.Abs() < offsetTold {
		return
	}
	word := "behind"
	if offset < 0 {
		word, offset = "ahead of", -offset
	}
	say(w, "This machine's clock is %v %s that of %s. One of them is wrong: set yours right before anything is recorded.", offset, word, name)
}

func timestampList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "say which authorities are asked", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := s.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			list, err := wiring.TimeAuthorities(options)
			if err != nil {
				return err
			}
			return s.answer(cmd, list, func(w io.Writer) {
				for _, a := range list {
					where := a.URL
					if where == "" {
						where = "no longer asked; its root stays for older stamps"
					}
					say(w, "%s  %s", a.Name, where)
				}
				if len(list) == 0 {
					say(w, "No authority of time is named: dates rest on this machine's clock alone. See custos timestamp add.")
				}
			})
		},
	}
}

func timestampRemove(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "no longer ask an authority", Args: one("the authority's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := s.options(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if err := wiring.RemoveTimeAuthority(options, args[0]); err != nil {
				return err
			}
			return s.answer(cmd, map[string]string{"removed": args[0]}, func(w io.Writer) {
				say(w, "%s is no longer asked. Its root stays in the trust file, since older stamps rest on it.", args[0])
				say(w, "A server that runs goes on asking it until it is started again.")
			})
		},
	}
}

// stampLine is one stamp as JSON has it.
type stampLine struct {
	Name      string    `json:"name"`
	Authority string    `json:"authority,omitempty"`
	Size      uint64    `json:"size"`
	Time      time.Time `json:"time,omitzero"`
	Behind    int       `json:"behindSeconds"`
	Entry     string    `json:"entry,omitempty"`
	Failed    string    `json:"failed,omitempty"`
}

func timestampNow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "now", Short: "have the newest summary of the log stamped by every authority, and record it", Args: cobra.NoArgs,
		Long: "now has the newest summary of the log stamped by every authority that is named, and records each token.\n" +
			"Give --as to do it as a person; without, the service does it by itself, as custos serve does once a day.",
		PreRunE: byItself,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				stamped, err := st.Service.Stamps().Now(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				lines := make([]stampLine, len(stamped))
				failed, apart := 0, time.Duration(0)
				for i, one := range stamped {
					lines[i] = stampLine{
						Name: one.Name, Authority: one.Authority, Size: one.Size, Time: one.Time, Behind: int(one.Offset.Seconds()), Failed: one.Failed,
					}
					if one.Failed != "" {
						failed++
						continue
					}
					lines[i].Entry = one.Proof.Entry.String()
					apart = max(apart, one.Offset.Abs())
				}
				if err := s.answer(cmd, lines, func(w io.Writer) { stampText(w, stamped) }); err != nil {
					return err
				}
				if failed > 0 {
					return fmt.Errorf("%d of %d authorities gave no stamp: %w", failed, len(stamped), custody.ErrPushback)
				}
				if apart >= offsetTold {
					return fmt.Errorf("%w: this machine's clock and that of an authority of time are %v apart; the stamps are recorded, but set the clock right", errDifference, apart)
				}
				return nil
			})
		},
	}
}

func stampText(w io.Writer, stamped []custody.Stamped) {
	for _, one := range stamped {
		if one.Failed != "" {
			say(w, "%s gave no stamp: %s", one.Name, one.Failed)
			continue
		}
		say(w, "The log of %d entries existed by %s: %s. Recorded as entry %d of the log.",
			one.Size, one.Time.UTC().Format("2 January 2006, 15:04:05 UTC"), one.Authority, one.Proof.Placed.Index)
		offsetText(w, one.Name, one.Offset)
	}
}

func clockCommand(s *settings) *cobra.Command {
	confirm := &cobra.Command{
		Use: "confirm", Short: "say that this machine's clock is right although the record has later times", Args: cobra.NoArgs,
		Long: "When the clock stands more than a minute behind the record, nothing more is recorded: entries could be dated back.\n" +
			"If the clock is right, and the record was written by one that ran ahead, an administrator says so here. It is\n" +
			"signed, stands in the log for good, and is told with every exhibit of that time.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Clocks().Confirm(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "It is on record that the clock is right as it stands: entry %d of the log.", proof.Placed.Index)
				})
			})
		},
	}
	return group("clock", "this machine's clock", confirm)
}
