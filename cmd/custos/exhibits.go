package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func exhibitCommand(s *settings) *cobra.Command {
	return group("exhibit", "exhibits", s.produceCommand(), s.checkCommand(), s.bundleCommand())
}

func (s *settings) produceCommand() *cobra.Command {
	var reference, title, of string
	var renderers []string
	c := &cobra.Command{
		Use: "produce REFERENCE", Short: "render a run as an exhibit", Args: one("the exhibit's reference"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ran, err := entry(of)
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := caseOf(ctx, st, reference)
				if err != nil {
					return err
				}
				made, err := st.Service.Exhibits().Produce(ctx, s.who(), custody.Produce{
					Ask: s.ask(), Case: id, Reference: args[0], Title: title, Run: ran, Renderers: renderers,
				})
				if err != nil {
					return err
				}
				answer := map[string]any{"proof": proofOf(made.Proof), "version": made.Version, "balance": made.Balance, "files": made.Files}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "%s  version %d  %s", made.Reference, made.Version, title)
					say(w, "  %s", custody.BalanceText(made.Balance))
					for _, o := range made.Files {
						say(w, "  %-12s %s  %d bytes", o.Name, o.SHA256, o.Size)
					}
					say(w, "  exhibit  %s  entry %d of the log", made.Entry, made.Placed.Index)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&title, "title", "", "its title")
	f.StringVar(&of, "run", "", "entry of the run")
	f.StringSliceVar(&renderers, "renderers", nil, "renderers (default: every one that fits)")
	return c
}

func (s *settings) checkCommand() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "check ENTRY", Short: "a second person makes the exhibit again in the module and signs it off", Args: one("the exhibit's entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			exhibit, err := entry(args[0])
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := caseOf(ctx, st, reference)
				if err != nil {
					return err
				}
				checked, err := st.Service.Exhibits().Check(ctx, s.who(), custody.Check{Ask: s.ask(), Case: id, Exhibit: exhibit})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": proofOf(checked.Proof), "steps": checked.Steps}, func(w io.Writer) {
					say(w, "Signed off: %d steps were made again in the module and agree byte for byte.", len(checked.Steps))
					say(w, "  check    %s  entry %d of the log", checked.Entry, checked.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) bundleCommand() *cobra.Command {
	var reference, out string
	var withhold []string
	c := &cobra.Command{
		Use: "bundle ENTRY", Short: "pack the exhibit with all that is needed to check it", Args: one("the exhibit's entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			exhibit, err := entry(args[0])
			if err != nil {
				return err
			}
			hidden, err := withheld(withhold)
			if err != nil {
				return err
			}
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := caseOf(ctx, st, reference)
				if err != nil {
					return err
				}
				var packed custody.Packed
				err = whole(out, func(w io.Writer) error {
					packed, err = st.Service.Exhibits().Bundle(ctx, s.who(), custody.Pack{
						Ask: s.ask(), Case: id, Exhibit: exhibit, Withhold: hidden,
					}, w)
					return err
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"proof": proofOf(packed.Proof), "sha256": packed.SHA256, "size": packed.Size}, func(w io.Writer) {
					say(w, "%s  %d bytes", out, packed.Size)
					say(w, "  SHA-256  %s", packed.SHA256)
					say(w, "  Check it: custos-verify %s --trust TRUST", out)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&out, "out", "", "file to write")
	f.StringArrayVar(&withhold, "withhold", nil, "an entry that is not shown, N=REASON (not-relevant, another-person, sensitive, privileged)")
	return c
}

func withheld(list []string) (map[uint64]string, error) {
	named, err := pairs("--withhold", list)
	if err != nil {
		return nil, err
	}
	out := make(map[uint64]string, len(named))
	for text, reason := range named {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: --withhold takes the number of an entry, not %q", errUsage, text)
		}
		out[n] = reason
	}
	return out, nil
}

// whole writes a new file beside its place and renames it when it is complete
// and on disk, so that half a file is never found under its name.
func whole(path string, write func(io.Writer) error) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already and is not overwritten: %w", path, os.ErrExist)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+strings.ReplaceAll(filepath.Base(path), "*", "_")+".*")
	if err != nil {
		return err
	}
	err = write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
