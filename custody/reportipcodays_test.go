package custody

import (
	"testing"

	"custos.example/policy"
)

// TestObtainedInTime holds what the inspection report says of a return against the rules
// for a period of March 2024.
func TestObtainedInTime(t *testing.T) {
	for name, c := range map[string]struct {
		authority AuthorityDocument
		obtained  policy.Date
		want      string
	}{
		"in the period":           {AuthorityDocument{Route: policy.Route60A, Instrument: policy.Authorisation}, "2024-03-31", inTimeYes},
		"after it":                {AuthorityDocument{Route: policy.Route60A, Instrument: policy.Authorisation}, "2024-04-01", inTimeAfter},
		"before it":               {AuthorityDocument{Route: policy.Route60A, Instrument: policy.Authorisation}, "2024-02-29", inTimeBefore},
		"the day before it ended": {AuthorityDocument{Route: policy.Route60A, Instrument: policy.Authorisation, Cancelled: Change{On: "2024-03-10"}}, "2024-03-09", inTimeYes},
		"the day it ended":        {AuthorityDocument{Route: policy.Route60A, Instrument: policy.Authorisation, Cancelled: Change{On: "2024-03-10"}}, "2024-03-10", inTimeCancelled},
		"a notice given in it":    {AuthorityDocument{Route: policy.Route61, Instrument: policy.Notice, Notice: GivenNotice{GivenOn: "2024-03-31"}}, "2024-04-09", inTimeNotice},
		"a notice given later":    {AuthorityDocument{Route: policy.Route61, Instrument: policy.Notice, Notice: GivenNotice{GivenOn: "2024-04-01"}}, "2024-04-09", inTimeAfter},
		"a notice never given":    {AuthorityDocument{Route: policy.Route61, Instrument: policy.Notice}, "2024-04-09", inTimeAfter},
		"a cancelled notice":      {AuthorityDocument{Route: policy.Route61, Instrument: policy.Notice, Notice: GivenNotice{GivenOn: "2024-03-31"}, Cancelled: Change{On: "2024-04-05"}}, "2024-04-09", inTimeCancelled},
		"held in it":              {AuthorityDocument{Route: policy.Route22Notice, Instrument: policy.Notice, Notice: GivenNotice{HeldWithinTime: Yes}}, "2024-04-09", inTimeNotice},
		"not known to be held":    {AuthorityDocument{Route: policy.Route22Notice, Instrument: policy.Notice}, "2024-04-09", inTimeAfter},
	} {
		c.authority.Granted.On = "2024-03-01"
		u := authorityUse{document: c.authority, lastDay: "2024-03-31"}
		if got := u.obtained(returned{declared: true, said: policy.Source{ObtainedOn: c.obtained}}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
