package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
)

// writeDocument writes a document as JSON that people can fill in.
func writeDocument(w io.Writer, document any) error {
	text, err := ledger.MarshalCanonical(document)
	if err != nil {
		return err
	}
	var shown bytes.Buffer
	if err := json.Indent(&shown, text, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, shown.String())
	return err
}

// guideText says what each field means.
func guideText(w io.Writer, guide []custody.FieldNote) {
	for _, f := range guide {
		need := "may"
		if f.Must {
			need = "must"
		}
		say(w, "%-4s  %-34s %s", need, f.Path, f.Says)
		if len(f.Words) > 0 {
			say(w, "%42s%s", "", strings.Join(f.Words, ", "))
		}
	}
}

func authorityList(s *settings) *cobra.Command {
	return s.listing("list the authorities of a case, with how far each reaches", func(ctx context.Context, cmd *cobra.Command, st *wiring.Station, id custody.CaseID) error {
		listed, err := st.Service.Authorities().List(ctx, s.who(), id, s.ask())
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"authorities": listed}, func(w io.Writer) {
			for _, a := range listed {
				say(w, "%s  %s of %s, route %s  %s", a.Document.Reference, a.Document.Instrument, a.Document.Granted.On, a.Document.Route, a.Extent.Word)
				say(w, "  authority %s", a.Authority)
				say(w, "  %s", visible(a.Extent.Text))
			}
			say(w, "%s", plural(len(listed), "authority", "authorities"))
		})
	})
}

func authorityShow(s *settings) *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show AUTHORITY", Short: "show an authority: how far it reaches, what it says, and everything that was recorded of it", Args: one("the authority's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onAuthority(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, authority ledger.EntryID) error {
				a, err := st.Service.Authorities().Read(ctx, s.who(), id, authority, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, a, func(w io.Writer) { authorityText(w, a) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func authorityText(w io.Writer, a custody.RegisteredAuthority) {
	d := a.Document
	say(w, "%s  %s under route %s (%s), granted on %s by %s (%s)", d.Reference, d.Instrument, d.Route, d.Regime, d.Granted.On, visible(d.Granter.ID), d.Granter.Rank)
	say(w, "%s\n", visible(a.Extent.Text))
	if err := writeDocument(w, d); err != nil {
		say(w, "It cannot be shown: %v", err)
	}
	say(w, "\nRecorded, in this order:")
	for _, state := range a.States {
		say(w, "  %s  %s as %s  %s", state.Time.Format("2 January 2006 15:04 MST"), state.By, state.Role, orDash(visible(state.Why)))
		say(w, "    entry %s", state.Entry)
	}
}

func authorityCheck(s *settings) *cobra.Command {
	var reference, importer string
	var said sourceFlags
	c := &cobra.Command{
		Use: "check AUTHORITY", Short: "ask the rules about a return that is only described: nothing is imported", Args: one("the authority's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onAuthority(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, authority ledger.EntryID) error {
				checked, err := st.Service.Authorities().Check(ctx, s.who(), custody.CheckAuthority{
					Ask: s.ask(), Case: id, Authority: authority, Return: said.declared(), Importer: custody.Actor{ID: importer},
				})
				if err != nil {
					return missingFlags(err)
				}
				return s.answer(cmd, checked, func(w io.Writer) { checkText(w, checked) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&importer, "importer", "", "id of the person who would import it (default: you)")
	c.Flags().StringSliceVar(&said.dataTypes, "data-types", nil, "what the return would hold")
	c.Flags().StringSliceVar(&said.identifiers, "identifiers", nil, "whose records they would be")
	instantFlag(c.Flags(), &said.first, "first", "first instant asked for (2026-10-12T00:00:00Z)")
	instantFlag(c.Flags(), &said.last, "last", "last instant asked for")
	dayFlag(c.Flags(), &said.obtained, "obtained", "day on which the operator would give it (2026-11-02)")
	return c
}

func checkText(w io.Writer, c custody.AuthorityChecked) {
	if c.Allowed {
		say(w, "The rules would let this be imported today. Nothing has been imported.")
	} else {
		say(w, "The rules would refuse this. Nothing has been imported.")
	}
	for _, r := range c.Reasons {
		say(w, "  %s  %s", r.Rule, visible(r.Text))
		if r.Citation != "" && r.Verified {
			say(w, "        %s", r.Citation)
		}
		if r.Cure != "" {
			say(w, "        %s", r.Cure)
		}
	}
	for _, d := range c.Duties {
		say(w, "  to see to  %s  %s", d.Rule, visible(d.Text))
	}
}
