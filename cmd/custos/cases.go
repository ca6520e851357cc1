package main

import (
	"context"
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

func proofsOf(list []custody.Proof) []proofElement {
	elements := make([]proofElement, len(list))
	for i, p := range list {
		elements[i] = proofOf(p)
	}
	return elements
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
