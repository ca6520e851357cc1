package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/analysis/event"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// london is the civil time in which days are said and shown.
func london() *time.Location {
	zone, err := event.Location("Europe/London")
	if err != nil {
		return time.UTC
	}
	return zone
}

// lastDay says until when something counts, in words.
func lastDay(until time.Time) string {
	if until.IsZero() {
		return "no end"
	}
	local := until.In(london())
	if last := local.Add(-time.Nanosecond); local.Equal(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())) {
		return "to " + last.Format("2 January 2006")
	}
	return "until " + local.Format("2 January 2006 15:04 MST")
}

// standingFlags say what a person is competent and vetted for.
type standingFlags struct {
	competent, noLonger         []string
	vetting, organisation, rank string
}

func (f *standingFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.competent, "competent", nil, "activities that the person is competent in, each perhaps with its last day, such as cdr-import,cdr-analysis:2027-03-31")
	c.Flags().StringVar(&f.vetting, "vetting", "", "level of vetting, perhaps with its last day: rv, mv, sc or dv, or sc:2030-12-31")
	c.Flags().StringVar(&f.organisation, "of", "", "public authority or organisation of the person, such as territorial-police")
	c.Flags().StringVar(&f.rank, "rank", "", "rank, office or position")
}

// qualify reads the flags.
func (f *standingFlags) qualify() (custody.Qualify, error) {
	q := custody.Qualify{Organisation: f.organisation, Rank: f.rank}
	for _, text := range f.competent {
		activity, last, _ := strings.Cut(text, ":")
		until, err := endBehind("competent", last)
		if err != nil {
			return q, err
		}
		q.Competent = append(q.Competent, custody.Competent{Activity: policy.Activity(activity), Until: until})
	}
	for _, activity := range f.noLonger {
		q.NoLonger = append(q.NoLonger, policy.Activity(activity))
	}
	level, last, _ := strings.Cut(f.vetting, ":")
	var err error
	q.Vetting = policy.Vetting(level)
	q.VettedUntil, err = endBehind("vetting", last)
	return q, err
}

// endBehind reads the last day that may stand behind a word of a flag.
func endBehind(flag, last string) (time.Time, error) {
	if last == "" {
		return time.Time{}, nil
	}
	until, err := endOf(last)
	if err != nil {
		return until, fmt.Errorf("%w: --%s: %q is %w", errUsage, flag, last, err)
	}
	return until, nil
}

func actorStanding(s *settings) *cobra.Command {
	var flags standingFlags
	c := &cobra.Command{
		Use: "standing ID", Short: "record what a person is competent and vetted for, from now on", Args: one("the person's id"),
		Long: "Changes what is recorded of a person: what is not given stays as it is.",
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := flags.qualify()
			if err != nil {
				return err
			}
			if q.Empty() {
				return fmt.Errorf("%w: say what changes with --competent, --no-longer, --vetting, --of or --rank; custos actor show %s says what is recorded", errUsage, args[0])
			}
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Standings().Record(ctx, s.who(), custody.RecordStanding{Ask: s.ask(), Person: args[0], Qualify: q})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "The standing of %s is recorded: entry %d of the log.", args[0], proof.Placed.Index)
				})
			})
		},
	}
	flags.add(c)
	c.Flags().StringSliceVar(&flags.noLonger, "no-longer", nil, "activities that the person is no longer competent in")
	return c
}

func actorList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "who is enrolled, with the roles that each has now", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				people, err := st.Service.Organisation().People(ctx, s.who(), s.ask())
				if err != nil {
					return err
				}
				elements := make([]memberElement, len(people))
				for i, m := range people {
					elements[i] = memberOf(m)
				}
				return s.answer(cmd, map[string]any{"people": elements}, func(w io.Writer) {
					for _, m := range people {
						say(w, "%-12s %-24s %-32s %s", m.ID, m.Name, rolesNow(m), vettingText(m.Standing))
					}
				})
			})
		},
	}
}

func actorShow(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "a person's roles, competences and vetting, with their days", Args: one("the person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				m, err := st.Service.Organisation().Member(ctx, s.who(), s.ask(), args[0])
				if err != nil {
					return err
				}
				return s.answer(cmd, memberOf(m), func(w io.Writer) { showMember(w, m) })
			})
		},
	}
}

func showMember(w io.Writer, m custody.Member) {
	say(w, "%s  %s", m.ID, m.Name)
	say(w, "  enrolled     %s, key held by the %s", m.Enrolled.In(london()).Format("2 January 2006"), m.HeldBy)
	if m.Revoked {
		say(w, "  REVOKED      the key was revoked, and every role with it")
	}
	say(w, "  belongs to   %s, rank %s", m.Standing.Organisation, m.Standing.Rank)
	say(w, "  vetting      %s", vettingText(m.Standing))
	for _, r := range m.Roles {
		say(w, "  role         %s", roleText(r))
	}
	if len(m.Standing.Competencies) == 0 {
		say(w, "  competent    in nothing that is recorded")
	}
	for _, c := range m.Standing.Competencies {
		say(w, "  competent    %-18s %s", c.Activity, lastDay(instantOf(c.Until)))
	}
}

// rolesNow lists the roles in force.
func rolesNow(m custody.Member) string {
	var now []string
	for _, r := range m.Roles {
		if r.State == custody.StateInForce {
			now = append(now, r.Role)
		}
	}
	switch {
	case m.Revoked:
		return "key revoked"
	case len(now) == 0:
		return "no role"
	}
	return strings.Join(now, ",")
}

func roleText(r custody.HeldRole) string {
	text := fmt.Sprintf("%-18s %s, from %s, %s", r.Role, r.State, r.From.In(london()).Format("2 January 2006 15:04"), lastDay(r.Until))
	if r.Reason != "" {
		text += fmt.Sprintf(" (%s, by %s)", r.Reason, r.By)
	}
	return text
}

func vettingText(s custody.Standing) string {
	if s.Vetting == policy.NotVetted {
		return "not vetted"
	}
	return fmt.Sprintf("%s, %s", s.Vetting, lastDay(instantOf(s.VettedUntil)))
}

// instantOf is an instant as the facts have it; zero when it is no end.
func instantOf(t policy.Time) time.Time {
	at, err := time.Parse(time.RFC3339Nano, string(t))
	if err != nil || t == policy.NoEnd {
		return time.Time{}
	}
	return at
}

// memberElement is a person as the command line shows them to machines.
type memberElement struct {
	ID           string              `json:"id"`
	Name         string              `json:"name"`
	HeldBy       string              `json:"heldBy"`
	Revoked      bool                `json:"revoked"`
	Roles        []roleElement       `json:"roles"`
	Organisation string              `json:"organisation"`
	Rank         string              `json:"rank"`
	Vetting      policy.Vetting      `json:"vetting"`
	VettedUntil  policy.Time         `json:"vettedUntil"`
	Competencies []policy.Competence `json:"competencies"`
}

type roleElement struct {
	Person string             `json:"person"`
	Role   string             `json:"role"`
	From   policy.Time        `json:"from"`
	Until  policy.Time        `json:"until"`
	State  custody.State      `json:"state"`
	By     string             `json:"by,omitempty"`
	Reason custody.RoleReason `json:"reason,omitempty"`
	Entry  string             `json:"entry"`
}

func memberOf(m custody.Member) memberElement {
	return memberElement{
		m.ID, m.Name, m.HeldBy, m.Revoked, rolesOf(m.Roles), m.Standing.Organisation, m.Standing.Rank, m.Standing.Vetting, m.Standing.VettedUntil,
		slices.Clone(m.Standing.Competencies),
	}
}

func rolesOf(roles []custody.HeldRole) []roleElement {
	elements := []roleElement{}
	for _, r := range roles {
		elements = append(elements, roleElement{
			r.Person, r.Role, policy.Time(r.From.UTC().Format("2006-01-02T15:04:05.000Z")), policy.At(r.Until), r.State, r.By, r.Reason, r.Entry.String(),
		})
	}
	return elements
}
