package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

const maxDocument = 1 << 20

// proofElement is an entry's place as the command line shows it. What is worth
// keeping outside the data folder is the acknowledgement: it shows an entry that
// was lost, or put on another branch (custos-verify --known-head).
type proofElement struct {
	Entry           string `json:"entry"`
	N               uint64 `json:"n"`
	Index           uint64 `json:"index"`
	Commitment      string `json:"commitment"`
	Acknowledgement []byte `json:"acknowledgement,omitempty"`
	Waiting         string `json:"waiting,omitempty"`
}

func proofOf(p custody.Proof) proofElement {
	return proofElement{p.Entry.String(), p.Placed.N, uint64(p.Placed.Index), p.Placed.Commitment.String(), p.Ack, p.Waiting}
}

func caseCommand(s *settings) *cobra.Command {
	var title, marking string
	var assigned []string
	open := &cobra.Command{
		Use: "open REFERENCE", Short: "open a case", Args: one("the case's reference"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				opened, err := st.Service.Cases().Open(ctx, s.who(), custody.OpenCase{
					Ask: s.ask(), Reference: args[0], Title: title, Assigned: assigned, Marking: policy.Marking(marking),
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"case": opened.Case, "opened": proofOf(opened.Opened)}, func(w io.Writer) {
					say(w, "Case %s is open: entry %d of the log.", args[0], opened.Opened.Placed.Index)
				})
			})
		},
	}
	open.Flags().StringVar(&title, "title", "", "what it is about")
	open.Flags().StringVar(&marking, "marking", "", "protective marking: official, official-sensitive (default) or secret; people need vetting for it")
	open.Flags().StringSliceVar(&assigned, "assigned", nil, "ids of the people who work on it")
	return group("case", "cases", open)
}

func authorityCommand(s *settings) *cobra.Command {
	var reference, file, amends string
	var template bool
	record := &cobra.Command{
		Use: "record", Short: "record a legal authority from a JSON file", Args: cobra.NoArgs,
		Long: "Records a legal authority from a JSON file. A complete example of such a file, to be filled in:\n  custos authority record --template",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if template {
				return authorityTemplate(cmd.OutOrStdout(), cmd.ErrOrStderr())
			}
			if file == "" {
				return fmt.Errorf("%w: say which file with --file FILE; an example is printed by authority record --template", errUsage)
			}
			text, err := readFile(file, maxDocument)
			if err != nil {
				return err
			}
			var a policy.Authority
			d := json.NewDecoder(bytes.NewReader(text))
			d.DisallowUnknownFields()
			if err := d.Decode(&a); err != nil {
				return fmt.Errorf("%s is not an authority (%w): %w", file, err, custody.ErrInvalid)
			}
			first, err := entry(amends)
			if err != nil {
				return err
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := caseOf(ctx, st, reference)
				if err != nil {
					return err
				}
				recorded, err := st.Service.Authorities().Record(ctx, s.who(), custody.RecordAuthority{
					Ask: s.ask(), Case: id, Authority: a, Amends: first,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"authority": recorded.Authority, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
					say(w, "Authority %s is recorded as %s: entry %d of the log.", a.Reference, recorded.Authority, recorded.Placed.Index)
				})
			})
		},
	}
	record.Flags().StringVar(&reference, "case", "", "the case's reference")
	record.Flags().StringVar(&file, "file", "", "JSON file with the authority")
	record.Flags().BoolVar(&template, "template", false, "print an example of the JSON file, with made-up values, and record nothing")
	record.Flags().StringVar(&amends, "amends", "", "entry that first recorded it, for a renewal or cancellation")
	return group("authority", "legal authorities", record)
}
