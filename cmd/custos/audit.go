package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

func auditCommand(s *settings) *cobra.Command {
	return group("audit", "for those who check the work of others", s.auditList(), s.auditShow(), s.auditReplay(), s.auditExport())
}

// decisionFilter is what the commands on decisions have in common.
type decisionFilter struct {
	reference, by, action string
	from, to              time.Time // first moments of days; zero = none
	organisation, refused bool
}

func (d *decisionFilter) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.reference, "case", "", "only decisions of this case, by its reference")
	f.BoolVar(&d.organisation, "organisation", false, "only decisions that belong to no case")
	whenFlag(f, &d.from, "from", "first day, such as 2026-11-01 (UTC)", calendarDay)
	whenFlag(f, &d.to, "to", "last day (UTC)", calendarDay)
}

func (d *decisionFilter) lines(c *cobra.Command) {
	d.flags(c)
	c.Flags().StringVar(&d.by, "by", "", "only decisions about what this person asked")
	c.Flags().StringVar(&d.action, "action", "", "only decisions about this action, such as row.read")
	c.Flags().BoolVar(&d.refused, "refused", false, "only refusals")
}

// request is what the flags ask for.
func (d *decisionFilter) request(ctx context.Context, s *settings, st *wiring.Station) (custody.ListDecisions, error) {
	request := custody.ListDecisions{Ask: s.ask(), Organisation: d.organisation, By: d.by, Action: policy.Action(d.action), From: d.from, Refused: d.refused}
	if !d.to.IsZero() {
		request.Until = d.to.AddDate(0, 0, 1) // the last day whole
	}
	if d.reference != "" && d.organisation {
		return request, fmt.Errorf("%w: --case and --organisation exclude each other", errUsage)
	}
	var err error
	if d.reference != "" {
		request.Case, err = st.Service.Cases().Find(ctx, d.reference)
	}
	if d.action != "" && policy.Action(d.action).Words() == "" {
		return request, fmt.Errorf("%w: there is no action %q", errUsage, d.action)
	}
	return request, err
}

func (s *settings) auditList() *cobra.Command {
	var d decisionFilter
	c := &cobra.Command{
		Use: "list", Short: "list recorded decisions: who asked for what, and whether it was allowed", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request, err := d.request(ctx, s, st)
				if err != nil {
					return err
				}
				looks, err := st.Service.Audit().List(ctx, s.who(), request)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"decisions": looks}, func(w io.Writer) {
					for _, l := range looks {
						say(w, "%s  %s  %s  %-7s  %s", l.Entry, l.Time.Format("2006-01-02 15:04:05"), visible(l.By), allowedWord(l.Allowed), l.Action)
					}
					say(w, "%s", plural(len(looks), "decision", "decisions"))
				})
			})
		},
	}
	d.lines(c)
	return c
}

func allowedWord(allowed bool) string {
	if allowed {
		return "allowed"
	}
	return "refused"
}

func (s *settings) auditShow() *cobra.Command {
	return &cobra.Command{
		Use: "show DECISION", Short: "show one decision with all that it rests on", Args: one("the decision: its entry, or D- and eight digits"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				id, err := st.Service.Audit().FindDecision(ctx, s.who(), args[0], s.ask())
				if err != nil {
					return err
				}
				r, err := st.Service.Audit().Show(ctx, s.who(), id, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, json.RawMessage(r.Event), func(w io.Writer) {
					say(w, "Decision %s, entry %d of its chain, %s", r.ID, r.N, r.Time.Format("2 January 2006 15:04:05 MST"))
					say(w, "  %s %s: %s", visible(r.By), r.Action, allowedWord(r.Allowed))
					say(w, "  rules %s", strings.Join(r.Rules, " "))
					for _, reason := range r.Reasons {
						say(w, "  %s  %s", reason.Rule, visible(reason.Text))
					}
					say(w, "  policy release %s, facts as of entry %d", r.Release, r.AsOf)
					say(w, "All of it, in the field names of OPA's decision log: --json")
				})
			})
		},
	}
}

func (s *settings) auditExport() *cobra.Command {
	var d decisionFilter
	var opa bool
	c := &cobra.Command{
		Use: "export", Short: "write the decisions out as OPA's decision log has them, one a line", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				request, err := d.request(ctx, s, st)
				if err != nil {
					return err
				}
				w, n := cmd.OutOrStdout(), 0
				erased, err := st.Service.Audit().Export(ctx, s.who(), request, func(r custody.Recorded) error {
					before, after := "", "\n"
					if opa {
						before, after = ",\n", ""
						if n == 0 {
							before = "["
						}
					}
					n++
					_, err := fmt.Fprintf(w, "%s%s%s", before, r.Event, after)
					return err
				})
				if err != nil {
					return err
				}
				if opa && n == 0 {
					say(w, "[]")
				} else if opa {
					say(w, "]")
				}
				say(cmd.ErrOrStderr(), "%s written; %d left out, because what they rest on was lawfully erased", plural(n, "decision", "decisions"), erased)
				return nil
			})
		},
	}
	d.lines(c)
	c.Flags().BoolVar(&opa, "opa", false, "as one JSON array, the way OPA sends it to a service")
	return c
}

func (s *settings) auditReplay() *cobra.Command {
	var d decisionFilter
	var release string
	c := &cobra.Command{
		Use:   "replay [DECISION]",
		Short: "take decisions again, from facts made anew out of the log and by the rules of that day; with --policy also by other rules",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				filter, err := d.request(ctx, s, st)
				if err != nil {
					return err
				}
				request := custody.Replay{Ask: s.ask(), Case: filter.Case, Organisation: filter.Organisation, From: filter.From, Until: filter.Until}
				if len(args) > 0 {
					if request.Entry, err = st.Service.Audit().FindDecision(ctx, s.who(), args[0], s.ask()); err != nil {
						return err
					}
				}
				if release != "" {
					digest, err := ledger.ParseDigest(release)
					if err != nil {
						return fmt.Errorf("%w: --policy: %w", errUsage, err)
					}
					request.Release = &digest
				}
				return s.replay(ctx, cmd, st, request)
			})
		},
	}
	d.flags(c)
	c.Flags().StringVar(&release, "policy", "", "digest of a policy release: which decisions would it change?")
	return c
}

// replay replays, says each decision that is not as it was, and then the counts.
func (s *settings) replay(ctx context.Context, cmd *cobra.Command, st *wiring.Station, request custody.Replay) error {
	list := []custody.Difference{}
	w := cmd.OutOrStdout()
	last := time.Now()
	request.Progress = func(done int) {
		if time.Since(last) > time.Second {
			last = time.Now()
			say(cmd.ErrOrStderr(), "%d decisions taken again", done)
		}
	}
	request.Each = func(r custody.Replayed) error {
		if r.Agrees() && !r.Changes() {
			return nil
		}
		if !s.json {
			sayReplayed(w, r)
			return nil
		}
		list = append(list, r.Difference())
		return nil
	}
	report, err := st.Service.Audit().Replay(ctx, s.who(), request)
	if err != nil {
		return err
	}
	err = s.answer(cmd, map[string]any{"report": report, "decisions": list}, func(w io.Writer) {
		say(w, "%s (%d allowed, %d refused): %d agree, facts included; %d differ; %d rest on what was lawfully erased.",
			plural(report.Decisions, "decision", "decisions"), report.Allowed, report.Refused, report.Agree, report.Differ, report.Erased)
		if request.Release != nil {
			say(w, "By the policy release %s %d of them would be answered otherwise.", request.Release, report.Changed)
		}
	})
	if report.Differ > 0 {
		err = errors.Join(err, fmt.Errorf("%w: %d of %d decisions are not taken again as they were", errDifference, report.Differ, report.Decisions))
	}
	return err
}

// sayReplayed says what is otherwise with one decision.
func sayReplayed(w io.Writer, r custody.Replayed) {
	say(w, "%s  %s  %s  %s  was %s", r.ID, r.Time.Format("2006-01-02 15:04:05"), visible(r.By), r.Action, allowedWord(r.Allowed))
	for _, line := range []struct {
		what  string
		names []string
	}{
		{"its facts do not follow from the log as it stood then", r.Facts},
		{"the projections of today give other facts than the log", r.Projection},
		{"its entry says otherwise than its payload", r.Entry},
		{"the rules of that day do not answer so again", r.Answer},
	} {
		if len(line.names) > 0 {
			say(w, "  %s: %s", line.what, visible(strings.Join(line.names, ", ")))
		}
	}
	if r.Unreleased {
		say(w, "  another policy release was in force then")
	}
	if r.Erased != "" {
		say(w, "  it cannot be taken again: %s", visible(r.Erased))
	}
	if r.Trouble != "" {
		say(w, "  it could not be taken again: %s", visible(r.Trouble))
	}
	if r.Changes() {
		say(w, "  the rules asked about: %s", allowedWord(r.Other.Allowed))
		for _, reason := range r.Other.Reasons {
			say(w, "    %s  %s", reason.Rule, visible(reason.Text))
		}
		for _, reason := range r.Reasons {
			say(w, "    (then %s  %s)", reason.Rule, visible(reason.Text))
		}
	}
}
