package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy"
)

func submissionCommand(s *settings) *cobra.Command {
	return group("submission", "what is submitted to external providers, and what comes back",
		s.submissionRequest(), s.submissionAgree(), s.submissionSend(), s.submissionReturn(), s.submissionEnd(), s.submissionList(), s.submissionShow())
}

// accreditationFlags say what a provider is accredited for.
type accreditationFlags struct{ standard, number, covers, until string }

func (a *accreditationFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.standard, "standard", "", "standard to which the provider is accredited, such as ISO/IEC 17025")
	f.StringVar(&a.number, "accreditation", "", "number of the accreditation")
	f.StringVar(&a.covers, "covers", "", "what the accreditation covers")
	dayFlag(f, &a.until, "accredited-until", "day until which it lasts")
}

func (a *accreditationFlags) seen() custody.Accreditation {
	return custody.Accreditation{Standard: a.standard, Number: a.number, Covers: a.covers, Until: policy.Date(a.until)}
}

// onSubmission runs one use case of a submission of a case and says what became of it.
func (s *settings) onSubmission(cmd *cobra.Command, reference string, work func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error)) error {
	return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
		recorded, err := work(ctx, st.Service.Submissions(), id)
		if err != nil {
			return err
		}
		return s.answer(cmd, map[string]any{"name": recorded.Name, "state": recorded.State, "proof": proofOf(recorded.Proof)}, func(w io.Writer) {
			say(w, "%s is %s: entry %d of the log.", recorded.Name, recorded.State, recorded.Placed.Index)
		})
	})
}

func (s *settings) submissionRequest() *cobra.Command {
	var reference, due, estimate string
	var seen accreditationFlags
	var r custody.RequestSubmission
	c := &cobra.Command{
		Use: "request", Short: "record what is asked of a provider", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if r.Estimate, err = pence("--estimate", estimate); err != nil {
				return err
			}
			return s.onSubmission(cmd, reference, func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error) {
				r.Ask, r.Case, r.DueOn, r.Accreditation = s.ask(), id, policy.Date(due), seen.seen()
				return u.Request(ctx, s.who(), r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	f.StringVar(&r.Provider, "provider", "", "the provider, in words")
	f.StringVar(&r.Holder, "holder", "", "id of the provider's enrolled person")
	f.StringVar(&r.Question, "question", "", "what is asked")
	f.StringSliceVar(&r.Items, "items", nil, "items, received files or exhibits that it is about")
	dayFlag(f, &due, "due", "day on which the work is due")
	f.StringVar(&r.Unit, "unit", "", "unit of the organisation that asks")
	f.StringVar(&estimate, "estimate", "", "what it is expected to cost, in pounds")
	seen.add(c)
	return c
}

func (s *settings) submissionAgree() *cobra.Command {
	var reference, on, due, price string
	var seen accreditationFlags
	var r custody.AgreeSubmission
	c := &cobra.Command{
		Use: "agree NAME", Short: "record the provider's answer", Args: one("the name of a submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if r.Price, err = pence("--price", price); err != nil {
				return err
			}
			return s.onSubmission(cmd, reference, func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error) {
				r.Ask, r.Case, r.Name, r.On, r.DueOn, r.Accreditation = s.ask(), id, args[0], policy.Date(on), policy.Date(due), seen.seen()
				return u.Agree(ctx, s.who(), r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	dayFlag(f, &on, "on", "day of the answer (default: today)")
	f.StringVar(&r.By, "by", "", "who answers for the provider, in words (default: you, if it is yours)")
	f.StringVar(&r.Reference, "reference", "", "reference of the agreement")
	dayFlag(f, &due, "due", "day on which the work is due (default: as asked)")
	f.StringVar(&price, "price", "", "agreed price, in pounds")
	f.StringVar(&r.Refused, "refused", "", "why it is refused, when it is")
	seen.add(c)
	return c
}

func (s *settings) submissionSend() *cobra.Command {
	var reference, on string
	var r custody.SendSubmission
	c := &cobra.Command{
		Use: "send NAME", Short: "record that items went to the provider", Args: one("the name of a submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onSubmission(cmd, reference, func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error) {
				r.Ask, r.Case, r.Name, r.On = s.ask(), id, args[0], policy.Date(on)
				return u.Send(ctx, s.who(), r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	dayFlag(f, &on, "on", "day of the sending (default: today)")
	f.StringSliceVar(&r.Items, "items", nil, "items that were sent (default: all that were not yet)")
	f.StringVar(&r.Means, "means", "", "how they were sent")
	f.StringVar(&r.Unaccredited, "unaccredited", "", "why they are sent although no accreditation that lasts until then is on record")
	return c
}

func (s *settings) submissionReturn() *cobra.Command {
	var reference, on string
	var results []string
	var r custody.ReturnSubmission
	c := &cobra.Command{
		Use: "return NAME", Short: "record that something came back", Args: one("the name of a submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Results = []ledger.EntryID{}
			for _, text := range results {
				result, err := entry(text)
				if err != nil {
					return err
				}
				r.Results = append(r.Results, result)
			}
			return s.onSubmission(cmd, reference, func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error) {
				r.Ask, r.Case, r.Name, r.On = s.ask(), id, args[0], policy.Date(on)
				return u.Return(ctx, s.who(), r)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference")
	dayFlag(f, &on, "on", "day of the return (default: today)")
	f.StringSliceVar(&r.Items, "items", nil, "items that came back")
	f.StringSliceVar(&results, "results", nil, "entries that record what was made of them")
	f.StringVar(&r.Words, "words", "", "what came back, in words")
	f.BoolVar(&r.Complete, "complete", false, "nothing more is to come")
	return c
}

func (s *settings) submissionEnd() *cobra.Command {
	var reference, reason string
	c := &cobra.Command{
		Use: "end NAME", Short: "close a submission that has come back, or withdraw one that was not sent", Args: one("the name of a submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.onSubmission(cmd, reference, func(ctx context.Context, u custody.Submissions, id custody.CaseID) (custody.RecordedSubmission, error) {
				return u.End(ctx, s.who(), custody.EndSubmission{Ask: s.ask(), Case: id, Name: args[0], Reason: reason})
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

func (s *settings) submissionList() *cobra.Command {
	var reference string
	var search custody.SubmissionSearch
	c := &cobra.Command{
		Use: "list", Short: "list the submissions", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.inCaseOrAll(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				search.Ask, search.Case = s.ask(), id
				found, err := st.Service.Submissions().List(ctx, s.who(), search)
				if err != nil {
					return err
				}
				return s.answer(cmd, map[string]any{"submissions": found}, func(w io.Writer) {
					for _, one := range found {
						submissionText(w, one)
					}
					say(w, "%s", plural(len(found), "submission", "submissions"))
				})
			})
		},
	}
	f := c.Flags()
	f.StringVar(&reference, "case", "", "the case's reference (default: every case, for those who oversee them)")
	f.BoolVar(&search.Open, "open", false, "leave out those that are closed, refused or withdrawn")
	f.BoolVar(&search.Overdue, "overdue", false, "only those that are late")
	return c
}

func (s *settings) submissionShow() *cobra.Command {
	var reference string
	c := &cobra.Command{
		Use: "show NAME", Short: "show one submission", Args: one("the name of a submission"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.inCase(cmd, reference, func(ctx context.Context, st *wiring.Station, id custody.CaseID) error {
				found, err := st.Service.Submissions().Show(ctx, s.who(), id, args[0], s.ask())
				if err != nil {
					return err
				}
				return s.answer(cmd, found, func(w io.Writer) { submissionText(w, found) })
			})
		},
	}
	c.Flags().StringVar(&reference, "case", "", "the case's reference")
	return c
}

func submissionText(w io.Writer, one custody.Submission) {
	if one.Gone {
		say(w, "%s  %s  what the record said of it was erased", visible(one.In), one.Name)
		return
	}
	late := ""
	if one.Overdue {
		late = ", OVERDUE"
	}
	say(w, "%s  %s  %s, due %s%s  %s", visible(one.In), one.Name, one.State, one.DueOn, late, visible(one.Provider))
	say(w, "  asked    %s by %s: %s", one.RequestedOn, one.RequestedBy, visible(one.Question))
	say(w, "  items    %s", strings.Join(one.Items, ", "))
	if one.AgreedOn != "" {
		say(w, "  answer   %s by %s, %s, %s", one.AgreedOn, visible(one.AgreedBy), visible(orDash(one.Agreement)), pounds(one.Price))
	}
	a := one.Accreditation
	say(w, "  accredited  %s %s until %s", visible(orDash(a.Standard)), visible(orDash(a.Number)), orDash(string(a.Until)))
	for _, why := range one.Unaccredited {
		say(w, "  sent without an accreditation: %s", visible(why))
	}
	if one.SentOn != "" {
		say(w, "  sent     %s, %d days so far or in all; out: %s", one.SentOn, one.Turnaround, orDash(strings.Join(one.Out, ", ")))
	}
	for _, back := range one.Returned {
		say(w, "  back     %s  %s  %s", back.On, orDash(strings.Join(back.Items, ", ")), visible(back.Words))
	}
	if one.Ended != "" {
		say(w, "  ended    %s: %s", one.EndedOn, visible(one.Ended))
	}
}

// pence reads a sum that is written in pounds, such as 12.50.
func pence(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	sum, err := custody.ParsePounds(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s: %w", errUsage, flag, err)
	}
	return sum, nil
}

// pounds writes a sum of pence.
func pounds(sum int64) string {
	sign := ""
	if sum < 0 {
		sign, sum = "-", -sum
	}
	return fmt.Sprintf("%s£%d.%02d", sign, sum/100, sum%100)
}
