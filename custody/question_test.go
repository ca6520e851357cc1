package custody

import (
	"reflect"
	"testing"

	"custos.example/ledger"
	"custos.example/policy"
)

// TestQuestionCarriesEverything shows that whatever an asker can say is written down
// with the decision, and comes back as it was. A field that is added to what can be
// said, and not here, fails it.
func TestQuestionCarriesEverything(t *testing.T) {
	about := resource{
		authority: ledger.EntryID{1}, datasets: []portion{{ledger.EntryID{2}, true}}, exhibit: ledger.EntryID{3}, bundle: ledger.EntryID{9}, to: "R-2", whom: "an1", within: "c",
		source:     &policy.Source{DataTypes: []policy.DataType{policy.Events}, Identifiers: []string{"+447700900123"}, Item: "NET/1", Kind: policy.OperatorReturn},
		person:     &policy.Person{ID: "an1", Roles: []policy.Role{policy.Analyst}},
		opening:    &policy.Case{ID: "c", Assigned: []policy.Assignment{{Actor: "an1", From: "f", Until: policy.NoEnd}}, Marking: policy.OfficialSensitive, Organisation: policy.Unstated, Shares: []policy.Share{}},
		erasure:    &erasing{basis: policy.CourtOrder, order: ledger.EntryID{4}, id: "c", notBefore: policy.NoEnd, digests: []ledger.DigestSet{{ledger.SHA256: {8}}}, whole: true},
		release:    &ledger.Digest{5},
		proposed:   &policy.Authority{DataTypes: []policy.DataType{policy.Events}, DiscloseTo: []policy.Recipient{}, Identifiers: []string{}, Reference: "AB-1", Renewals: []policy.Date{}, Stated: []policy.ApplicationElement{}},
		request:    &policy.Request{First: 1, Last: 2, Purpose: policy.Disclosure, Query: policy.NoEntry, Reason: "to see who called", View: policy.Masked},
		permission: &askedPermission{policy.AboutExcess, "in1", ledger.EntryID{7}},
		copy:       &copying{number: 3, of: ledger.EntryID{6}, terms: copyTerms{true, "GB", "de1", "D. Expert", "2027-03-04"}},
	}
	ask := Ask{Purpose: "to see who called", For: policy.Disclosure}
	for _, value := range []reflect.Value{reflect.ValueOf(about), reflect.ValueOf(*about.erasure), reflect.ValueOf(*about.copy), reflect.ValueOf(ask)} {
		for i := range value.NumField() {
			if name := value.Type().Field(i).Name; value.Field(i).IsZero() && name != "RequestID" {
				t.Errorf("%s.%s is not filled here: write it down in question.go, and fill it here", value.Type(), name)
			}
		}
	}
	a := &act{actor: Actor{ID: "an1", Role: "analyst"}, ask: ask}
	text, err := ledger.MarshalCanonical(a.said(about))
	if err != nil {
		t.Fatal(err)
	}
	var back asked
	if err := ledger.UnmarshalCanonical(text, &back); err != nil {
		t.Fatal(err)
	}
	if got := back.resource(); !reflect.DeepEqual(got, about) {
		t.Errorf("came back as %+v, want %+v", got, about)
	}
	if back.ask() != ask || back.Role != "analyst" {
		t.Errorf("came back as %+v in the role %q", back.ask(), back.Role)
	}
	left := about
	left.release = nil
	if reflect.DeepEqual(a.said(left).resource(), about) {
		t.Error("control: what was left out is not missed")
	}
}
