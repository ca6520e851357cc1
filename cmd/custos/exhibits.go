package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

func exhibitCommand(s *settings) *cobra.Command {
	return group("exhibit", "exhibits", s.produceCommand(), s.checkCommand("check"), s.checkCommand("sign-off"), s.compareCommand(), s.saveCommand(), s.bundleCommand(), s.exhibitList(),
		s.exhibitServe(), s.exhibitRelease(), s.exhibitCollect())
}

// produceFlags are the flags of an exhibit's making.
type produceFlags struct {
	reference, title, of, changed     string
	baseMap, cellDate, survey, expert string
	attributions, places              string
	renderers                         []string
}

func (s *settings) produceCommand() *cobra.Command {
	var p produceFlags
	c := &cobra.Command{
		Use: "produce REFERENCE", Short: "render a run as an exhibit", Args: one("the exhibit's reference"),
		RunE: func(cmd *cobra.Command, args []string) error { return s.produce(cmd, &p, args[0]) },
	}
	c.Example = produceExample
	f := c.Flags()
	f.StringVar(&p.reference, "case", "", "the case's reference")
	f.StringVar(&p.title, "title", "", "its title")
	f.StringVar(&p.of, "run", "", "entry of the run")
	f.StringVar(&p.changed, "changed", "", "what has changed since the last version, and why; needed from the second version on")
	f.StringSliceVar(&p.renderers, "renderers", nil, "renderers, such as table-pdf or render-table-pdf@1 (default: every one that fits)")
	f.StringVar(&p.baseMap, "base-map", "", "item of the base map behind the sites")
	f.StringVar(&p.cellDate, "cell-date", "", "day for which the cell details are right")
	f.StringVar(&p.survey, "survey", "", "whether a radio survey was made, as a sentence")
	f.StringVar(&p.expert, "expert", "", "who gives the opinion in it, as a sentence; without it the exhibit is one of fact, and words of opinion are refused")
	f.StringVar(&p.attributions, "attributions", "", "JSON file with attributions, each with its basis; an example stands above")
	f.StringVar(&p.places, "places", "", "JSON file with places of interest, each with the source of its position; an example stands above")
	return c
}

// produceExample shows what the files of places and of attributions look like.
const produceExample = `  a file for --places (x and y in metres of the National Grid):
    [{"letter":"A","name":"Premises in Green Street","crs":"EPSG:27700","x":374980,"y":165020,"source":"statement HLM/4"}]

  a file for --attributions (kind: subscriber, handset recovered, contact name, co-use, admission or self):
    [{"identifier":"+447700900142","person":"Mr Kyle Denton","kind":"handset recovered","basis":["TWE/6"],
      "from":"2026-09-01","until":"2026-11-02","statedBy":"DI H. Marsh"}]`

func (s *settings) produce(cmd *cobra.Command, p *produceFlags, reference string) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		request, err := p.read(ctx, st)
		if err != nil {
			return err
		}
		request.Ask, request.Reference = s.ask(), reference
		made, err := st.Service.Exhibits().Produce(ctx, s.who(), request)
		if err != nil {
			return err
		}
		answer := map[string]any{"proof": proofOf(made.Proof), "version": made.Version, "balance": made.Balance, "files": made.Files}
		return s.answer(cmd, answer, func(w io.Writer) {
			say(w, "%s  version %d  %s", made.Reference, made.Version, p.title)
			say(w, "  %s", custody.BalanceText(made.Balance))
			for _, o := range made.Files {
				say(w, "  %-12s %s  %d bytes", o.Name, o.SHA256, o.Size)
			}
			say(w, "  exhibit  %s  entry %d of the log", made.Entry, made.Placed.Index)
		})
	})
}

// read turns the flags into what the service asks for.
func (p *produceFlags) read(ctx context.Context, st *wiring.Station) (r custody.Produce, err error) {
	r = custody.Produce{Title: p.title, Renderers: p.renderers, Changed: p.changed, CellDate: p.cellDate, Survey: p.survey, Expert: p.expert}
	if r.Case, err = caseOf(ctx, st, p.reference); err != nil {
		return r, err
	}
	if p.of == "" {
		return r, fmt.Errorf("%w: say which run it is made of with --run ENTRY, as analysis run printed it", errUsage)
	}
	if r.Run, err = entry(p.of); err != nil {
		return r, err
	}
	if p.baseMap != "" {
		if r.BaseMap, err = st.Service.Cases().Named(ctx, r.Case, custody.NamedDataset, p.baseMap); err != nil {
			return r, err
		}
	}
	if err := document(p.attributions, &r.Attributions); err != nil {
		return r, err
	}
	err = document(p.places, &r.Places)
	return r, err
}

// document reads a strict JSON file, if one is named: no member that is not known, and
// nothing behind its end.
// Errors: custody.ErrInvalid, and those of reading.
func document(path string, into any) error {
	if path == "" {
		return nil
	}
	text, err := readFile(path, maxDocument)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s is not what belongs here (%w): %w", path, err, custody.ErrInvalid)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s is not what belongs here (something stands behind its end): %w", path, custody.ErrInvalid)
	}
	return nil
}

// exhibitOf returns the exhibit that is named by its reference or its entry.
func exhibitOf(ctx context.Context, st *wiring.Station, reference, name string) (custody.CaseID, ledger.EntryID, error) {
	id, err := caseOf(ctx, st, reference)
	if err != nil {
		return id, ledger.EntryID{}, err
	}
	exhibit, err := st.Service.Cases().Named(ctx, id, custody.NamedExhibit, name)
	return id, exhibit, err
}

// checkCommand is the second person's check, which is the sign-off: the two
// words are one act.
func (s *settings) checkCommand(word string) *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: word + " EXHIBIT", Short: "a second person makes the exhibit again in the module and signs it off", Args: one("the exhibit's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, exhibit, err := exhibitOf(ctx, st, reference, args[0])
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
	var flags copyFlags
	c := &cobra.Command{
		Use: "bundle EXHIBIT", Short: "pack the exhibit with all that is needed to check it", Args: one("the exhibit's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			hidden, err := withheld(withhold)
			if err != nil {
				return err
			}
			if out == "" {
				return fmt.Errorf("%w: say where to with --out FILE", errUsage)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, exhibit, err := exhibitOf(ctx, st, reference, args[0])
				if err != nil {
					return err
				}
				var packed custody.Packed
				err = whole(out, func(w io.Writer) error {
					packed, err = st.Service.Exhibits().Bundle(ctx, s.who(), custody.Pack{
						Ask: s.ask(), Case: id, Exhibit: exhibit, Withhold: hidden, Copy: flags.terms(),
					}, w)
					return err
				})
				if err != nil {
					return err
				}
				if !packed.Checked {
					say(cmd.ErrOrStderr(), "Warning: no second person has checked %s; the bundle shows that. Let one do so with exhibit sign-off, and bundle it anew.", args[0])
				}
				for _, why := range packed.Unstamped {
					say(cmd.ErrOrStderr(), "Warning: the bundle lacks an outside time stamp: %s. Bundle it anew when the authority answers, if its date may matter.", why)
				}
				answer := map[string]any{
					"proof": proofOf(packed.Proof), "sha256": packed.SHA256, "size": packed.Size, "checked": packed.Checked,
					"copy": packed.Copy.Number, "recipient": packed.Copy.Recipient, "reviewOn": packed.Copy.ReviewOn, "unstamped": append([]string{}, packed.Unstamped...),
				}
				return s.answer(cmd, answer, func(w io.Writer) {
					say(w, "%s  %d bytes", out, packed.Size)
					say(w, "  SHA-256  %s", packed.SHA256)
					say(w, "  Check it: custos-verify %s --trust TRUST", out)
					say(w, "  It is copy %d of this case, with %s, to be looked at again on %s", packed.Copy.Number, visible(packed.Copy.Recipient), packed.Copy.ReviewOn)
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&out, "out", "", "file to write")
	f.StringArrayVar(&withhold, "withhold", nil, "an entry that is not shown, N=REASON (not-relevant, another-person, sensitive, privileged)")
	flags.add(c)
	return c
}

func withheld(list []string) (map[uint64]string, error) {
	named, err := pairs("--withhold", list)
	if err != nil {
		return nil, err
	}
	out := make(map[uint64]string, len(named))
	for _, text := range slices.Sorted(maps.Keys(named)) {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: --withhold takes the number of an entry, not %q", errUsage, text)
		}
		out[n] = named[text]
	}
	return out, nil
}

// free returns nil if a new file can have that name.
// Errors: os.ErrExist; os.ErrNotExist, of its folder.
func free(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("%s is there already and is not overwritten: %w", path, os.ErrExist)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s to write %s to: make it first: %w", filepath.Dir(path), filepath.Base(path), os.ErrNotExist)
	}
	return nil
}

// whole writes a new file beside its place and renames it when it is complete
// and on disk, so that half a file is never found under its name.
func whole(path string, write func(io.Writer) error) error {
	if err := free(path); err != nil {
		return err
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
