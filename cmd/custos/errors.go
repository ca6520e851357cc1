package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/workday"
	"custos.example/ledger"
	"custos.example/policy"
)

func errorCommand(s *settings) *cobra.Command {
	return group("error", "errors in obtaining or disclosing data", s.errorRecord(), s.errorReport(), s.errorClose(), s.errorList(), s.errorShow(), s.errorCollateral())
}

// errorFlags are the flags of an error.
type errorFlags struct {
	reference, id, kind, cause, by, handling, intrusion, region, regime, steps, what string
	discovered                                                                       time.Time
	touches                                                                          []string
}

func (s *settings) errorRecord() *cobra.Command {
	var e errorFlags
	c := &cobra.Command{
		Use: "record", Short: "record an error, or what is now known of one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.recordError(cmd, &e) },
	}
	f := c.Flags()
	f.StringVar(&e.reference, "case", "", "the case's reference")
	f.StringVar(&e.id, "id", "", "name of an error that is on record (E-2), to say what is now known (default: a new one)")
	f.StringVar(&e.kind, "type", "", "reportable or recordable")
	f.StringVar(&e.cause, "cause", "", "what went wrong: "+strings.Join(causes(), ", "))
	f.StringVar(&e.by, "caused-by", string(custody.ByPublicAuthority), "whose error it is: public-authority or operator")
	instantFlag(f, &e.discovered, "discovered", "when it was discovered, such as 2026-10-12T09:00:00Z (default: now, or as recorded before)")
	f.StringVar(&e.what, "what", "", "what happened")
	f.StringVar(&e.intrusion, "intrusion", "", "into whose privacy it came that was not meant")
	f.StringVar(&e.steps, "steps", "", "what is done so that it does not happen again")
	f.StringVar(&e.handling, "handling", "", "what was obtained: excess-relevant, disclosed-in-error-unconnected or nothing-disclosed (default: nothing-disclosed, or as recorded before)")
	f.StringVar(&e.regime, "regime", "", "under which it happened (default: that of what it touches)")
	f.StringVar(&e.region, "region", "", "whose working days count: england-and-wales, northern-ireland or scotland (default: england-and-wales, or as recorded before)")
	f.StringSliceVar(&e.touches, "touches", nil, "items, authorities or entries that it touches")
	return c
}

func causes() []string {
	var list []string
	for _, c := range custody.ErrorCauses() {
		list = append(list, string(c))
	}
	return list
}

func (s *settings) recordError(cmd *cobra.Command, e *errorFlags) error {
	return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
		request := custody.RecordError{
			Ask: s.ask(), ID: e.id, Type: custody.ErrorType(e.kind), Cause: custody.ErrorCause(e.cause), CausedBy: custody.CausedBy(e.by),
			DiscoveredAt: e.discovered, Handling: custody.ErrorHandling(e.handling), Intrusion: e.intrusion, Region: workday.Region(e.region),
			Regime: policy.Regime(e.regime), Steps: e.steps, What: e.what,
		}
		var err error
		if request.Case, err = caseOf(ctx, st, e.reference); err != nil {
			return err
		}
		for _, name := range e.touches {
			entry, err := touched(ctx, st, request.Case, name)
			if err != nil {
				return err
			}
			request.Entries = append(request.Entries, entry)
		}
		recorded, err := st.Service.ErrorRegister().Record(ctx, s.who(), request)
		if err != nil {
			return err
		}
		return s.erred(cmd, recorded)
	})
}

// touched is the entry of a received file, of an authority, or any other by its id.
func touched(ctx context.Context, st *wiring.Station, id custody.CaseID, name string) (ledger.EntryID, error) {
	entry, err := st.Service.Cases().Named(ctx, id, custody.NamedEvidence, name)
	if err == nil {
		return entry, nil
	}
	if authority, authorityErr := st.Service.Cases().Named(ctx, id, custody.NamedAuthority, name); authorityErr == nil {
		return authority, nil
	}
	return entry, err
}

// erred says how an error now stands.
func (s *settings) erred(cmd *cobra.Command, recorded custody.RecordedError) error {
	answer := map[string]any{"error": recorded.ID, "state": recorded.State, "clock": recorded.Clock, "proof": proofOf(recorded.Proof)}
	return s.answer(cmd, answer, func(w io.Writer) {
		say(w, "%s is %s: entry %d of the log.", recorded.ID, recorded.State, recorded.Placed.Index)
		if recorded.State != custody.ErrorClosed {
			say(w, "%s", recorded.Clock.Words)
		}
	})
}

func (s *settings) errorReport() *cobra.Command {
	var reference, number string
	var at time.Time
	c := &cobra.Command{
		Use: "report ID", Short: "record that an error was reported to the Commissioner", Args: one("the name of the error, such as E-2"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				recorded, err := st.Service.ErrorRegister().Report(ctx, s.who(), custody.ReportError{
					Ask: s.ask(), Case: id, ID: args[0], At: at, Reference: number,
				})
				if err != nil {
					return err
				}
				return s.erred(cmd, recorded)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	instantFlag(f, &at, "at", "when it was reported (default: now)")
	f.StringVar(&number, "reference", "", "reference of the report")
	return c
}

func (s *settings) errorClose() *cobra.Command {
	var reference, reason string
	c := &cobra.Command{
		Use: "close ID", Short: "record that nothing more is to be done about an error", Args: one("the name of the error, such as E-2"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				recorded, err := st.Service.ErrorRegister().Close(ctx, s.who(), custody.CloseError{Ask: s.ask(), Case: id, ID: args[0], Reason: reason})
				if err != nil {
					return err
				}
				return s.erred(cmd, recorded)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&reason, "reason", "", "why")
	return c
}

func (s *settings) errorList() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "list the errors, and by when each is to be reported", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				known, err := st.Service.ErrorRegister().List(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"errors": known}, func(w io.Writer) {
					for _, k := range known {
						say(w, "%s  %-5s %-10s %-8s %s", visible(k.In), k.ID, k.Type, k.State, visible(k.What))
						if k.State == custody.ErrorOpen {
							say(w, "  %s", k.Clock.Words)
						}
					}
					say(w, "%s", plural(len(known), "error", "errors"))
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	return c
}

func (s *settings) errorShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show ID", Short: "show an error as it stands", Args: one("the name of the error, such as E-2"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				k, err := st.Service.ErrorRegister().Show(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, k, func(w io.Writer) { errorText(w, k) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func errorText(w io.Writer, k custody.KnownError) {
	say(w, "%s  %s, %s  %s", k.ID, k.Type, k.State, visible(k.In))
	if k.Gone {
		say(w, "  what the record said of it was erased")
		return
	}
	say(w, "  what       %s", visible(k.What))
	say(w, "  cause      %s, by the %s, under %s", k.Cause, k.CausedBy, k.Regime)
	say(w, "  discovered %s", k.DiscoveredAt.Format("2 January 2006 15:04 MST"))
	say(w, "  touches    %s", strings.Join(short(k.Entries), ", "))
	say(w, "  obtained   %s", k.Handling)
	say(w, "  intrusion  %s", visible(orDash(k.Intrusion)))
	say(w, "  steps      %s", visible(orDash(k.Steps)))
	if k.Reference != "" {
		say(w, "  reported   %s  %s", k.ReportedAt.Format("2 January 2006 15:04 MST"), visible(k.Reference))
	}
	if k.Closed != "" {
		say(w, "  closed     %s", visible(k.Closed))
	}
	say(w, "  clock      %s", k.Clock.Words)
	if k.Clock.Citation != "" {
		say(w, "             %s", k.Clock.Citation)
	}
	say(w, "  recorded   %s by %s", k.Time.Format("2 January 2006 15:04 MST"), k.By)
}

func (s *settings) errorCollateral() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "collateral ID", Short: "say what an error has come into: who read it, in which exhibits and copies it stands", Args: one("the name of the error, such as E-2"),
		Long: "Walks the record forward from what the error touches. Nothing of the list is typed by anybody; say why you ask with --purpose.",
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.ErrorRegister().Collateral(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) { collateralText(w, found) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func collateralText(w io.Writer, c custody.Collateral) {
	say(w, "%s touches %s, %s, %s, %s, %s and %s", c.Error, plural(len(c.Files), "received file", "received files"),
		plural(len(c.Datasets), "data set", "data sets"), plural(len(c.Runs), "run", "runs"), plural(len(c.Exhibits), "version of an exhibit", "versions of exhibits"),
		plural(c.Bundles, "bundle", "bundles"), plural(len(c.Copies), "copy", "copies"))
	for _, item := range c.Files {
		say(w, "  file     %s", visible(item))
	}
	for _, r := range c.Runs {
		say(w, "  run      %s  %s  by %s on %s  entry %s", r.Step, visible(r.Title), r.By, r.Time.Format("2 January 2006 15:04 MST"), r.Entry)
	}
	for _, x := range c.Exhibits {
		state := "not checked by a second person"
		if x.Checked {
			state = "signed off"
		}
		say(w, "  exhibit  %s version %d  %s, %s  entry %s", x.Reference, x.Version, state, plural(x.Bundles, "bundle", "bundles"), x.Entry)
	}
	for _, copied := range c.Copies {
		say(w, "  copy     %d  %s  %s  %s", copied.Number, visible(copied.Recipient), visible(copied.What), copied.State)
	}
	for _, r := range c.Readers {
		last := ""
		if r.Times > 1 {
			last = " to " + r.Last.Format("2 January 2006 15:04 MST")
		}
		say(w, "  %-22s %s %s  %s, %s%s", r.Action, r.Person, visible(r.Name), plural(r.Times, "time", "times"), r.First.Format("2 January 2006 15:04 MST"), last)
		for _, reason := range r.Reasons {
			say(w, "      %s", visible(reason))
		}
	}
	if c.Erased > 0 {
		say(w, "%s could not be read: what they say was erased", plural(c.Erased, "decision", "decisions"))
	}
}
