package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
)

func whyCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "why DECISION", Short: "explain a decision: which rule, its words, its citation, which facts it looked at, and whom to ask",
		Args: one("the decision: D- and eight digits, as the refusal has it, or its entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				x, err := st.Service.Audit().Why(ctx, s.who(), args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, x, func(w io.Writer) { sayExplained(w, x) })
			})
		},
	}
}

func sayExplained(w io.Writer, x custody.Explained) {
	where := ""
	if x.Where != "" {
		where = " in " + visible(x.Where)
	}
	say(w, "%s  %s", custody.DecisionReference(x.Decision), x.Time.Format("2 January 2006 15:04:05 MST"))
	role := "in no role"
	if x.Role != "" {
		role = "as " + string(x.Role)
	}
	say(w, "%s asked to %s%s, %s, and was %s.", visible(x.Asker), x.Words, where, role, allowedWord(x.Allowed))
	if x.Allowed {
		say(w, "Every rule that bears on it was met: %s", strings.Join(x.Rules, " "))
	}
	for _, d := range x.Duties {
		say(w, "Duty under %s: %s", d.Rule, visible(d.Text))
	}
	if x.Alarm != "" {
		say(w, "It could not be decided as it should be: %s", visible(x.Alarm))
	}
	for _, r := range x.Reasons {
		sayReason(w, r)
	}
	if !x.Allowed {
		say(w, "\n%s", map[string]string{
			custody.NowAllowed: "Asked again now, it would be allowed.",
			custody.NowRefused: "Asked again now, it would be refused again.",
			custody.NowUnknown: "It cannot be told what would be answered now: what it was about is not there.",
		}[x.Now])
	}
	say(w, "policy release %s", x.Release)
}

func sayReason(w io.Writer, r custody.ExplainedReason) {
	say(w, "\n%s  %s", r.Rule, visible(r.Title))
	say(w, "  %s", visible(r.Text))
	switch {
	case r.Citation != "" && r.Verified:
		say(w, "  source: %s", visible(r.Citation))
	case r.Citation != "":
		say(w, "  source: %s (not yet checked against the text)", visible(r.Citation))
	}
	for _, f := range r.Looks {
		now := ""
		if f.Now != "" {
			now = "  (now " + visible(f.Now) + ")"
		}
		say(w, "  fact: %s was %s%s", f.Fact, visible(f.Then), now)
	}
	if r.Met {
		say(w, "  This rule would be met now.")
		return
	}
	say(w, "  cure: %s", visible(r.Cure))
	for _, h := range r.Whom {
		say(w, "  ask:  %s (%s), %s", visible(h.Name), visible(h.ID), strings.Join(h.Roles, ", "))
	}
}
