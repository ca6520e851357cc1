package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func organisationCommand(s *settings) *cobra.Command {
	return group("organisation", "the organisations that the record knows, and to which of them a case belongs",
		s.organisationRecord(), s.organisationList(), s.organisationOwn())
}

func (s *settings) organisationRecord() *cobra.Command {
	var keys []string
	var request custody.RecordOrganisation
	c := &cobra.Command{
		Use: "record CODE", Short: "enter an organisation in the register, or change what it says", Args: one("the organisation's code"),
		Long: "Enters an organisation in the register, or changes what it says. --home makes it the one that keeps this record: to it belong all\n" +
			"cases, and all people, of whom nothing else is said. --also names it as the standings of people do.",
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Keys = nil
			for _, file := range keys {
				key, err := publicIn(file)
				if err != nil {
					return err
				}
				request.Keys = append(request.Keys, key)
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request.Ask, request.Code = s.ask(), args[0]
				proof, err := st.Service.Organisations().Record(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The organisation "+args[0]+" is in the register")
			})
		},
	}
	f := c.Flags()
	f.StringVar(&request.Name, "name", "", "its name")
	f.StringSliceVar(&request.Aliases, "also", nil, "other names, as standings have them")
	f.StringSliceVar(&keys, "public", nil, "files of the public keys with which it signs (FILE.pub), all that it has from now on")
	f.BoolVar(&request.Home, "home", false, "it keeps this record")
	f.StringVar(&request.Ended, "ended", "", "why nothing is shared with it any more")
	return c
}

func (s *settings) organisationList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "list the organisations that the record knows", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				all, err := st.Service.Organisations().List(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"organisations": all}, func(w io.Writer) {
					for _, o := range all {
						what := ""
						switch {
						case o.Home:
							what = "  keeps this record"
						case o.Ended != "":
							what = "  nothing is shared with it any more: " + visible(o.Ended)
						}
						say(w, "%s  %s%s", o.Code, visible(o.Name), what)
						for _, key := range o.KeyIDs {
							say(w, "  key %s", fingerprint(key))
						}
						if len(o.Members) > 0 {
							say(w, "  people %s", strings.Join(o.Members, ", "))
						}
					}
					say(w, "%s", plural(len(all), "organisation", "organisations"))
				})
			})
		},
	}
}

func (s *settings) organisationOwn() *cobra.Command {
	var reference string
	var request custody.OwnCase
	c := &cobra.Command{
		Use: "own CODE", Short: "say to which organisation a case belongs", Args: one("the organisation's code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				request.Ask, request.Organisation, request.Case = s.ask(), args[0], id
				proof, err := st.Service.Organisations().Own(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.placed(cmd, proof, "The case belongs to "+args[0])
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&request.Reason, "reason", "", "why")
	return c
}
