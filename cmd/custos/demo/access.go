package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"custos.example/custody"
)

// auditor reads the decisions and works on no case.
const auditor = "u-06"

// refused shows a refusal as the one who was refused may have it explained.
func (s *Story) refused(ctx context.Context, what string, err error) error {
	var denial *custody.Denial
	if !errors.As(err, &denial) {
		return fmt.Errorf("this was not refused: %s: %w", what, err)
	}
	why, err := s.station.Service.Audit().Why(ctx, as("u-02"), denial.Entry.String(), custody.Ask{})
	if err != nil {
		return err
	}
	s.say("   REFUSED   %s, on purpose. The refusal is %s of the log; custos why explains it:", what, custody.DecisionReference(denial.Entry))
	for _, r := range why.Reasons {
		s.say("     %s  %s", r.Rule, r.Text)
		if r.Verified {
			s.say("           source: %s", r.Citation)
		}
		s.say("           cure: %s", r.Cure)
		for _, h := range r.Whom {
			s.say("           ask: %s (%s)", h.Name, strings.Join(h.Roles, ", "))
		}
	}
	return nil
}

// decideAgain takes every decision of the story again, from facts made anew out of
// the log.
func (s *Story) decideAgain(ctx context.Context) error {
	s.say(" 7 Take every decision again, from the facts as the log had them")
	report, err := s.station.Service.Audit().Replay(ctx, as(auditor), custody.Replay{})
	if err != nil {
		return err
	}
	if report.Agree != report.Decisions || report.Refused == 0 {
		return fmt.Errorf("of %d decisions %d agree when they are taken again", report.Decisions, report.Agree)
	}
	s.say("   %d decisions, %d allowed and %d refused: all %d follow from the log and from the rules of that day.\n",
		report.Decisions, report.Allowed, report.Refused, report.Agree)
	return nil
}
