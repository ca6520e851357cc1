package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

func authorityCommand(s *settings) *cobra.Command {
	return group("authority", "legal authorities", authorityTemplate(s), authorityRecord(s), authorityAmend(s), authorityGrant(s),
		authorityRenew(s), authorityCancel(s), authorityList(s), authorityShow(s), authorityCheck(s))
}

// onAuthority opens the station and finds an authority by its reference or entry.
func (s *settings) onAuthority(cmd *cobra.Command, reference, name string, work func(ctx context.Context, st *wiring.Station, id custody.CaseID, authority ledger.EntryID) error) error {
	return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		authority, err := st.Service.Cases().Named(ctx, id, custody.NamedAuthority, name)
		if err != nil {
			return err
		}
		return work(ctx, st, id, authority)
	})
}

// filled are the flags of a document that is filled in by a file, by single
// fields, or by both.
type filled struct {
	file string
	set  []string
}

func (f *filled) add(c *cobra.Command, what string) {
	c.Flags().StringVar(&f.file, "file", "", "JSON file with the "+what)
	c.Flags().StringArrayVar(&f.set, "set", nil, "one field of it, PATH=VALUE, such as notice.givenOn=2026-11-03; of a list, with commas; PATH= takes it out")
}

// authority is the document: that of the file, or the one given, with the fields set.
func (f *filled) authority(d custody.AuthorityDocument) (custody.AuthorityDocument, error) {
	if f.file != "" {
		text, err := readFile(f.file, maxDocument)
		if err != nil {
			return d, err
		}
		if d, err = custody.ParseAuthority(text); err != nil {
			return d, fmt.Errorf("%s: %w", f.file, err)
		}
	}
	fields, err := pairs("--set", f.set)
	if err != nil {
		return d, err
	}
	return d.With(fields)
}

func (s *settings) recorded(cmd *cobra.Command, reference, what string, recorded custody.RecordedAuthority) error {
	return s.answer(cmd, map[string]any{"authority": recorded.Authority, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
		say(w, "Authority %s is %s as %s: entry %d of the log.", reference, what, recorded.Authority, recorded.Placed.Index)
	})
}

func authorityTemplate(s *settings) *cobra.Command {
	var route string
	var fields bool
	c := &cobra.Command{
		Use: "template", Short: "print an authority to fill in, with made-up values, or what each of its fields means", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			guide, err := custody.AuthorityGuide(policy.Route(route))
			if err != nil {
				return err
			}
			if fields {
				return s.answer(cmd, map[string]any{"fields": guide}, func(w io.Writer) { guideText(w, guide) })
			}
			d, err := custody.AuthorityTemplate(policy.Route(route))
			if err != nil {
				return err
			}
			if err := writeDocument(cmd.OutOrStdout(), d.Unfilled()); err != nil {
				return err
			}
			say(cmd.ErrOrStderr(), "Put in what your authority says. What each field means: custos authority template --route %q --fields", route)
			say(cmd.ErrOrStderr(), "Record it with: custos authority record --case CASE --file FILE")
			return nil
		},
	}
	c.Flags().StringVar(&route, "route", string(policy.Route60A), "the power used, such as 22(4), 60A, 61A, PACE-8")
	c.Flags().BoolVar(&fields, "fields", false, "say what each field means, which must be there, and its words")
	return c
}

func authorityRecord(s *settings) *cobra.Command {
	var reference, amends string
	var from filled
	c := &cobra.Command{
		Use: "record", Short: "record a legal authority that was given elsewhere, from a JSON file", Args: cobra.NoArgs,
		Long: "Records a legal authority that was given elsewhere, from a JSON file. A complete example of such a file, to be filled in:\n" +
			"  custos authority template --route 60A",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from.file == "" {
				return fmt.Errorf("%w: say which file with --file FILE; an example is printed by custos authority template", errUsage)
			}
			d, err := from.authority(custody.AuthorityDocument{})
			if err != nil {
				return err
			}
			first, err := entry(amends)
			if err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				recorded, err := st.Service.Authorities().Record(ctx, s.who(), custody.RecordAuthority{Ask: s.ask(), Case: id, Document: d, Amends: first})
				if err != nil {
					return err
				}
				return s.recorded(cmd, d.Reference, "recorded", recorded)
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&amends, "amends", "", "entry that first recorded it (authority amend takes its reference)")
	from.add(c, "authority")
	return c
}

func authorityAmend(s *settings) *cobra.Command {
	var reference, why string
	var from filled
	c := &cobra.Command{
		Use: "amend AUTHORITY", Short: "record what has changed of an authority: an approval, a confirmation, a correction", Args: one("the authority's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if why == "" || from.file == "" && len(from.set) == 0 {
				return fmt.Errorf("%w: say what has changed (--set PATH=VALUE or --file FILE) and why (--why)", errUsage)
			}
			return s.onAuthority(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, authority ledger.EntryID) error {
				before, err := st.Service.Authorities().Read(ctx, s.who(), id, authority, s.ask())
				if err != nil {
					return err
				}
				d, err := from.authority(before.Document)
				if err != nil {
					return err
				}
				d.Changed = why
				recorded, err := st.Service.Authorities().Record(ctx, s.who(), custody.RecordAuthority{
					Ask: s.ask(), Case: id, Document: d, Amends: authority, State: before.State,
				})
				if err != nil {
					return err
				}
				return s.recorded(cmd, d.Reference, "amended", recorded)
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&why, "why", "", "why it is amended")
	from.add(c, "whole authority as it is now")
	return c
}

func authorityGrant(s *settings) *cobra.Command {
	var reference, own, route, rank, inLine string
	var from filled
	c := &cobra.Command{
		Use: "grant APPLICATION", Short: "grant what a recorded application asks for: in your name, dated today", Args: one("the application's reference or entry"),
		Long: "Grants what an application asks for that is recorded in the case. You are the granter and the day is today's; the scope, the offence and\n" +
			"those whom it is about are the application's unless --set makes them narrower. What was granted elsewhere is recorded instead:\n" +
			"  custos authority record",
		RunE: func(cmd *cobra.Command, args []string) error {
			d := custody.AuthorityDocument{
				Format: custody.AuthorityFormat, Reference: own, Route: policy.Route(route), Instrument: policy.Authorisation, Use: policy.Operation,
				Granter:     custody.Granter{Rank: policy.Rank(rank), InLine: custody.Answer(inLine)},
				Application: custody.AppliedFor{Entry: args[0]},
			}
			if d.Route == policy.Route61A {
				d.Use = policy.UrgentOperation
			}
			fields, err := pairs("--set", from.set)
			if err != nil {
				return err
			}
			if d, err = d.With(fields); err != nil {
				return err
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				recorded, err := st.Service.Authorities().Grant(ctx, s.who(), custody.GrantAuthority{Ask: s.ask(), Case: id, Document: d})
				if err != nil {
					return err
				}
				return s.recorded(cmd, d.Reference, "granted", recorded)
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&own, "reference", "", "the authority's own reference")
	c.Flags().StringVar(&route, "route", string(policy.Route61A), "the power used")
	c.Flags().StringVar(&rank, "rank", "", "your rank or office")
	c.Flags().StringVar(&inLine, "in-line", "", "whether you are in the applicant's line of management: yes or no")
	c.Flags().StringArrayVar(&from.set, "set", nil, "one field of the authority, PATH=VALUE, such as granted.urgentGround=threat-to-life; of a list, with commas")
	return c
}

func authorityRenew(s *settings) *cobra.Command {
	var rank, inLine string
	c := s.changing("renew", "record a renewal: your own, or one that another decided", "renewed",
		func(ctx context.Context, st *wiring.Station, change custody.ChangeAuthority) (custody.RecordedAuthority, error) {
			change.Rank, change.InLine = policy.Rank(rank), custody.Answer(inLine)
			return st.Service.Authorities().Renew(ctx, s.who(), change)
		})
	c.Flags().StringVar(&rank, "rank", "", "your rank or office, when you renew what another granted")
	c.Flags().StringVar(&inLine, "in-line", "", "whether you are in the applicant's line of management, when you renew what another granted: yes or no")
	return c
}

func authorityCancel(s *settings) *cobra.Command {
	return s.changing("cancel", "record a cancellation: your own, or one that another decided", "cancelled",
		func(ctx context.Context, st *wiring.Station, change custody.ChangeAuthority) (custody.RecordedAuthority, error) {
			return st.Service.Authorities().Cancel(ctx, s.who(), change)
		})
}

// changing is a command that renews or cancels an authority.
func (s *settings) changing(verb, short, done string, do func(context.Context, *wiring.Station, custody.ChangeAuthority) (custody.RecordedAuthority, error)) *cobra.Command {
	var reference, by, why string
	var on policy.Date
	c := &cobra.Command{
		Use: verb + " AUTHORITY", Short: short, Args: one("the authority's reference or entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onAuthority(cmd, reference, args[0], func(ctx context.Context, st *wiring.Station, id custody.CaseID, authority ledger.EntryID) error {
				recorded, err := do(ctx, st, custody.ChangeAuthority{
					Ask: s.ask(), Case: id, Authority: authority, By: by, On: on, Why: why,
				})
				if err != nil {
					return err
				}
				return s.recorded(cmd, args[0], done, recorded)
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&by, "by", "", "who decided it elsewhere (default: you decide it, today)")
	dayFlag(c.Flags(), &on, "on", "the day on which it was decided (2026-11-02); needed with --by")
	c.Flags().StringVar(&why, "why", "", "why")
	return c
}
