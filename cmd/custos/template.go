package main

import (
	"encoding/json"
	"io"

	"custos.example/policy"
)

// authorityTemplate writes an authority with made-up values: every key that the
// file must have, and none that is filled in when it is recorded.
func authorityTemplate(out, help io.Writer) error {
	text, err := json.Marshal(policy.Authority{
		Applicant: "si-1", CancelledOn: policy.NoDate, DataTypes: []policy.DataType{policy.Events}, Form: policy.Written,
		From: "2026-10-01T00:00:00.000Z", Until: "2026-10-31T23:59:59.999Z", GrantedOn: "2026-11-02", Granter: "OCDA",
		GranterRank: policy.CommissionerRank, Identifiers: []string{"+447700900142"}, Instrument: policy.Authorisation,
		NoticeGivenOn: "2026-11-03", OperatorHeldWithinTime: true, PublicAuthority: "territorial-police", Purpose: "b",
		Profession: policy.NoProfession, ScopeStated: true, SPoC: "sp-1", SPoCConsultedOn: "2026-11-02",
		Stated:    policy.ApplicationElements(),
		Reference: "AB-1", Regime: policy.IPA, Renewals: []policy.Date{}, Route: policy.Route60A,
		SeriousCrime: policy.Serious263, Use: policy.Operation,
	})
	if err != nil {
		return err
	}
	var keys map[string]any
	if err := json.Unmarshal(text, &keys); err != nil {
		return err
	}
	for _, own := range []string{"case", "id", "recordedBy"} {
		delete(keys, own)
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	if err := e.Encode(keys); err != nil {
		return err
	}
	say(help, "Put in what your authority says; a day that is not there is %q. Record it with: custos authority record --case CASE --file FILE", policy.NoDate)
	return nil
}
