package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

func disclosureCommand(s *settings) *cobra.Command {
	return group("disclosure", "what the case has made, with its status, and to whom it may go",
		s.disclosureDefendant(), s.disclosureRecipient(), s.disclosureParties(), s.disclosureAssess(),
		s.disclosureList("list", false), s.disclosureList("unused", true), s.disclosureGiven())
}

func (s *settings) disclosureDefendant() *cobra.Command {
	var reference, id string
	c := &cobra.Command{
		Use: "defendant NAME", Short: "record a defendant", Args: one("the defendant's name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				named, err := st.Service.Disclosure().RecordDefendant(ctx, s.who(), custody.RecordDefendant{Ask: s.ask(), Case: in, ID: id, Name: args[0]})
				if err != nil {
					return err
				}
				return s.namedAnswer(cmd, named, "Defendant")
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&id, "id", "", "reference of a defendant on record (DEF-1), to correct the name (default: a new one)")
	return c
}

func (s *settings) disclosureRecipient() *cobra.Command {
	var reference, role string
	var r custody.Recipient
	c := &cobra.Command{
		Use: "recipient NAME", Short: "record somebody to whom exhibits and material are given", Args: one("the recipient's name"),
		Long: "Records a prosecutor, a defence solicitor or a defence expert. Who acts for the defence is bound to one defendant, for good.",
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Name, r.Role = args[0], policy.Role(role)
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				named, err := st.Service.Disclosure().RecordRecipient(ctx, s.who(), custody.RecordRecipient{Ask: s.ask(), Case: in, Recipient: r})
				if err != nil {
					return err
				}
				return s.namedAnswer(cmd, named, "Recipient")
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&r.ID, "id", "", "reference of a recipient on record (R-1), to correct name, key or agreement (default: a new one)")
	f.StringVar(&role, "in", "", "prosecutor, defence-solicitor or defence-expert")
	f.StringVar(&r.Person, "person", "", "id under which they are enrolled, if they are")
	f.StringVar(&r.Defendant, "for", "", "reference of the defendant for whom they act (DEF-1)")
	f.StringVar(&r.Key, "fingerprint", "", "fingerprint of a key of theirs, if they are not enrolled")
	f.StringVar(&r.Agreement, "agreement", "", "agreement under which copies leave, if they are not enrolled")
	return c
}

// namedAnswer says under which reference something was recorded.
func (s *settings) namedAnswer(cmd *cobra.Command, named custody.Named, what string) error {
	return s.answer(cmd, map[string]any{"id": named.ID, "proof": proofOf(named.Proof)}, func(w io.Writer) {
		say(w, "%s %s: entry %d of the log.", what, named.ID, named.Placed.Index)
	})
}

func (s *settings) disclosureParties() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "parties", Short: "list the defendants and the recipients", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				parties, err := st.Service.Disclosure().Parties(ctx, s.who(), in, s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, parties, func(w io.Writer) {
					for _, d := range parties.Defendants {
						say(w, "%-6s defendant          %s", d.ID, visible(d.Name))
					}
					for _, r := range parties.Recipients {
						say(w, "%-6s %-18s %s  for %s  enrolled as %s", r.ID, r.Role, visible(r.Name), orDash(r.Defendant), orDash(r.Person))
					}
				})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func (s *settings) disclosureAssess() *cobra.Command {
	var reference, status, test string
	var request custody.Assess
	c := &cobra.Command{
		Use: "assess MATERIAL...", Short: "give material its status", Args: cobra.MinimumNArgs(1),
		Long: "Gives material a status: used, MG6C, MG6D, not-relevant or to-review. MATERIAL is an item (NET/1), an exhibit (its newest\n" +
			"version), a note (N-1) or an entry. On first listing it gets its number on the schedule, which stays its own.",
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Ask, request.Status, request.Test = s.ask(), custody.Status(status), custody.Test(test)
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				var err error
				request.Case = in
				if request.Entries, err = materials(ctx, st, in, args); err != nil {
					return err
				}
				done, err := st.Service.Disclosure().Assess(ctx, s.who(), request)
				if err != nil {
					return err
				}
				answer := map[string]any{"entries": done.Entries, "items": done.Items, "status": request.Status}
				return s.answer(cmd, answer, func(w io.Writer) {
					for i, entry := range done.Entries {
						if done.Items[i] > 0 {
							say(w, "%s  %s item %d", entry, request.Status, done.Items[i])
						} else {
							say(w, "%s  %s", entry, request.Status)
						}
					}
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&status, "status", "", "used, MG6C, MG6D, not-relevant or to-review")
	f.StringVar(&request.Reason, "reason", "", "why; needed for MG6D and not-relevant")
	f.StringVar(&request.Description, "description", "", "how the schedule describes it (default: what the record says)")
	f.StringVar(&request.Location, "location", "", "where it is (default: its place in the record)")
	f.StringVar(&test, "test", "", "whether it might undermine the prosecution or assist the defence: neither, undermines, assists or both")
	f.StringVar(&request.Why, "why", "", "why it meets the test")
	return c
}

// materials finds the entries of what is named.
func materials(ctx context.Context, st *wiring.Station, id custody.CaseID, names []string) ([]ledger.EntryID, error) {
	var entries []ledger.EntryID
	for _, name := range names {
		found, err := material(ctx, st, id, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found)
	}
	return entries, nil
}

func material(ctx context.Context, st *wiring.Station, id custody.CaseID, name string) (found ledger.EntryID, err error) {
	for _, kind := range []custody.Names{custody.NamedNote, custody.NamedExhibit, custody.NamedEvidence, custody.NamedItem} {
		if found, err = st.Service.Cases().Named(ctx, id, kind, name); err == nil || !errors.Is(err, custody.ErrNotFound) {
			return found, err
		}
	}
	return found, fmt.Errorf("the case has no note, exhibit, received file or item called %s: name it by its entry (disclosure list): %w", name, custody.ErrNotFound)
}

func (s *settings) disclosureList(word string, unused bool) *cobra.Command {
	var reference, status, class string
	short := "list everything that the case has made, with its status"
	if unused {
		short = "list the runs that no exhibit rests on, those that found nothing among them"
	}
	c := &cobra.Command{
		Use: word, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			// A word that is none of them would leave an empty list, which says that there is nothing.
			if status != "" && !slices.Contains(custody.Statuses(), custody.Status(status)) {
				return fmt.Errorf("%w: --status is one of %s, not %q", errUsage, words(custody.Statuses()), status)
			}
			if class != "" && !slices.Contains(custody.Classes(), custody.Class(class)) {
				return fmt.Errorf("%w: --class is one of %s, not %q", errUsage, words(custody.Classes()), class)
			}
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, in custody.CaseID) error {
				found, err := st.Service.Disclosure().List(ctx, s.who(), custody.ListMaterial{
					Ask: s.ask(), Case: in, Status: custody.Status(status), Class: custody.Class(class), Unused: unused,
				})
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) { materialText(w, found) })
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&status, "status", "", "only this status")
	if !unused {
		f.StringVar(&class, "class", "", "only one class: "+words(custody.Classes()))
	}
	return c
}

func materialText(w io.Writer, found custody.MaterialList) {
	for _, m := range found.Material {
		number := ""
		if m.Item > 0 {
			number = fmt.Sprintf(" item %d", m.Item)
		}
		say(w, "%s  %-8s %s%s", m.Entry, m.Class, m.Status, number)
		say(w, "  %s", visible(m.Description))
		if m.Negative() {
			say(w, "  it found nothing, which is a result")
		}
		if len(m.Relied) > 0 {
			say(w, "  relied on by %s", strings.Join(m.Relied, ", "))
		}
		if m.Reason != "" {
			say(w, "  reason   %s", visible(m.Reason))
		}
		say(w, "  by %s on %s", m.By, m.Time.Format("2 January 2006 15:04 MST"))
	}
	for _, status := range slices.Sorted(maps.Keys(found.Counts)) {
		say(w, "%s: %d", status, found.Counts[status])
	}
	if found.Apart {
		say(w, "This list leaves out what is shown to few; it says so whether there is any or not.")
	}
}
