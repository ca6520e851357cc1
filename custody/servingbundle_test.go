package custody_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestWhichBundleIsServed makes bundles of one exhibit. As long as all withhold the same
// the newest is served without being named, and it is said what it withholds; a bundle
// made after the case went on is no other one. When one withholds something else, nothing
// is served or released until the bundle is named, and the refusal names each with what it
// withholds. A request that is repeated is the service that it was.
func TestWhichBundleIsServed(t *testing.T) {
	h := withParties(t)
	received, ran, exhibit := h.signedOff(file(12))
	_, one := h.pack(exhibit.Entry, nil)
	h.run("top-contacts", received.Dataset.Entry, map[string]string{"subject": subject}) // the case goes on
	_, two := h.pack(exhibit.Entry, nil)
	unnamed := custody.Serve{Ask: custody.Ask{RequestID: "a service without a bundle", Purpose: "for the trial"}, Case: h.id, Exhibit: exhibit.Entry, To: "R-1"}
	served, err := h.Service.Exhibits().Serve(t.Context(), discloser, unnamed)
	if err != nil || served.Bundle != two.Entry || served.SHA256 != two.SHA256.String() {
		t.Fatalf("control: alike in what they withhold: %+v, %v", served, err)
	}
	counted := int64(0)
	for _, c := range served.Withheld {
		counted += c.Rows
	}
	if counted == 0 || len(served.Withheld) != 2 || served.Made.IsZero() {
		t.Errorf("it is not said what is withheld: %+v, made %s", served.Withheld, served.Made)
	}
	_, three := h.pack(exhibit.Entry, map[uint64]string{ran.Placed.N: "privileged"})
	again, err := h.Service.Exhibits().Serve(t.Context(), discloser, unnamed)
	if err != nil || again.Bundle != two.Entry || again.Entry != served.Entry || again.SHA256 != served.SHA256 {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	services := count(h.kinds(h.id, ledger.Work), "exhibit-served")
	unnamed.RequestID, unnamed.To = "", "R-1"
	_, toProsecutor := h.Service.Exhibits().Serve(t.Context(), discloser, unnamed)
	unnamed.To = "R-3"
	_, toDefence := h.Service.Exhibits().Release(t.Context(), prosecutor, unnamed)
	for who, err := range map[string]error{"the prosecutor": toProsecutor, "the defence": toDefence} {
		if !errors.Is(err, custody.ErrConflict) {
			t.Errorf("to %s, when they differ: %v", who, err)
			continue
		}
		for _, want := range []string{one.Entry.String(), two.Entry.String(), three.Entry.String(), "1 as privileged", "--bundle"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("to %s: %q is not said: %v", who, want, err)
			}
		}
	}
	if now := count(h.kinds(h.id, ledger.Work), "exhibit-served"); now != services {
		t.Errorf("%d services are on record that were refused", now-services)
	}
	named, err := h.serves(prosecutor, three.Entry, "R-3")
	if err != nil || named.Bundle != three.Entry || !strings.Contains(strings.Join(reasonsOf(named), " "), "privileged") {
		t.Errorf("control: named: %+v, %v", named, err)
	}
}

// reasonsOf are the reasons for which the bundle of a service withholds something.
func reasonsOf(served custody.Served) []string {
	var reasons []string
	for _, c := range served.Withheld {
		reasons = append(reasons, c.Rule)
	}
	return reasons
}
