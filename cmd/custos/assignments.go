package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/policy"
)

// period is from when and until when something is to count.
type period struct{ from, until time.Time }

func (p *period) add(c *cobra.Command) {
	fromFlag(c.Flags(), &p.from, "from", "first day, or instant (default: now)")
	untilFlag(c.Flags(), &p.until, "until", "last day, or instant (default: no end)")
}

func roleCommand(s *settings) *cobra.Command {
	return group("role", "who has which role, and when", roleGive(s), roleEnd(s), roleList(s))
}

// reasons are the words that say why a role changes.
func reasons() string {
	var words []string
	for _, r := range custody.RoleReasons() {
		words = append(words, string(r))
	}
	return strings.Join(words, ", ")
}

func roleGive(s *settings) *cobra.Command {
	var when period
	var reason string
	c := &cobra.Command{
		Use: "give ID ROLE", Short: "give a person a role, or change until when they have it", Args: two("the person's id and the role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Roles().Give(ctx, s.who(), custody.GiveRole{
					Ask: s.ask(), Person: args[0], Role: args[1], From: when.from, Until: when.until, Reason: custody.RoleReason(reason),
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "%s has the role %s, %s: entry %d of the log.", args[0], args[1], lastDay(when.until), proof.Placed.Index)
				})
			})
		},
	}
	when.add(c)
	c.Flags().StringVar(&reason, "why", "appointed", "one of "+reasons()+"; every bundle shows it")
	return c
}

func roleEnd(s *settings) *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use: "end ID ROLE", Short: "end a role of a person at once", Args: two("the person's id and the role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				proof, err := st.Service.Roles().End(ctx, s.who(), custody.EndRole{
					Ask: s.ask(), Person: args[0], Role: args[1], Reason: custody.RoleReason(reason),
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "%s has the role %s no longer: entry %d of the log.", args[0], args[1], proof.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reason, "why", "moved", "one of "+reasons()+"; every bundle shows it")
	return c
}

func roleList(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "list [ID]", Short: "the roles that a person, or everybody, has, had and will have",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%w: give one person's id, or none for everybody", errUsage)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			person := strings.Join(args, "")
			return s.with(cmd, func(ctx context.Context, st *wiring.Station) error {
				roles, err := st.Service.Roles().List(ctx, s.who(), s.ask(), person)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"roles": rolesOf(roles)}, func(w io.Writer) {
					for _, r := range roles {
						say(w, "%-12s %s", r.Person, roleText(r))
					}
				})
			})
		},
	}
}

func assignCommand(s *settings) *cobra.Command {
	return group("assign", "who works on which case, and when", assignAdd(s), assignEnd(s), assignList(s))
}

func assignAdd(s *settings) *cobra.Command {
	var when period
	var reference, reason string
	c := &cobra.Command{
		Use: "add ID", Short: "assign a person to a case, or change until when they are", Args: one("the person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				proof, err := st.Service.Assignments().Add(ctx, s.who(), custody.Assign{
					Ask: s.ask(), Case: id, Person: args[0], From: when.from, Until: when.until, Reason: reason,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "%s is assigned to %s, %s: entry %d of the log.", args[0], reference, lastDay(when.until), proof.Placed.Index)
				})
			})
		},
	}
	when.add(c)
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&reason, "why", "", "why, in words")
	return c
}

func assignEnd(s *settings) *cobra.Command {
	var reference, reason string
	c := &cobra.Command{
		Use: "end ID", Short: "end a person's work on a case at once", Args: one("the person's id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				proof, err := st.Service.Assignments().End(ctx, s.who(), custody.Unassign{Ask: s.ask(), Case: id, Person: args[0], Reason: reason})
				if err != nil {
					return err
				}
				return s.answer(cmd, proofOf(proof), func(w io.Writer) {
					say(w, "%s is no longer assigned to %s: entry %d of the log.", args[0], reference, proof.Placed.Index)
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&reason, "why", "", "why, in words")
	return c
}

// assignedElement is one assignment as the command line shows it to machines.
type assignedElement struct {
	Person string        `json:"person"`
	Name   string        `json:"name"`
	Roles  []string      `json:"roles"`
	From   policy.Time   `json:"from"`
	Until  policy.Time   `json:"until"`
	State  custody.State `json:"state"`
	By     string        `json:"by"`
	Reason string        `json:"reason,omitempty"`
	Entry  string        `json:"entry"`
}

func assignList(s *settings) *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "list", Short: "who works and worked on a case", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				assigned, err := st.Service.Assignments().List(ctx, s.who(), s.ask(), id)
				if err != nil {
					return err
				}
				elements := make([]assignedElement, len(assigned))
				for i, x := range assigned {
					elements[i] = assignedElement{x.Person, x.Name, x.Roles, policy.At(x.From), policy.At(x.Until), x.State, x.By, x.Reason, x.Entry.String()}
				}
				return s.answer(cmd, map[string]any{"assigned": elements}, func(w io.Writer) {
					for _, x := range assigned {
						say(w, "%-12s %-24s %-24s %s, from %s, %s", x.Person, x.Name, strings.Join(x.Roles, ","), x.State,
							x.From.In(london()).Format("2 January 2006 15:04"), lastDay(x.Until))
					}
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

// two is cobra.ExactArgs(2) with words.
func two(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 2 {
			return fmt.Errorf("%w: give %s", errUsage, what)
		}
		return nil
	}
}
