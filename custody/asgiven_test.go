package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/custody"
	"custos.example/ledger"
)

// TestNumbersAsTheyAreWritten: the number of an authority is the same number however
// a return writes it, and the other way round; another number is another. What was
// decided is decided the same again.
func TestNumbersAsTheyAreWritten(t *testing.T) {
	const there, grouped, other = "07700900123", "07700 900 123", "07700900124"
	for _, authorised := range []string{subject, there, grouped} {
		t.Run(authorised, func(t *testing.T) {
			h := withCase(t)
			document := authority(authorised)
			document.Reference = "NX/CD/2024/119"
			h.authority = h.record(document, ledger.EntryID{})
			for i, asked := range []struct{ written, refused string }{{subject, ""}, {there, ""}, {grouped, ""}, {other, "A-24"}} {
				request := h.asks(file(3 + i)) // each its own bytes, under its own reference
				request.Item, request.Return = fmt.Sprintf("NET/%d", 1+i), returned(asked.written)
				_, err := h.Service.Imports().Receive(t.Context(), officer, request)
				h.refusedBy(err, asked.refused, asked.written)
			}
			h.replays()
			h.whole()
		})
	}
}

// TestGrantInAnotherForm: a grant names the number of its application in another way,
// and may not name another.
func TestGrantInAnotherForm(t *testing.T) {
	h := withCase(t)
	h.applied()
	grant := h.grants()
	grant.Document.Scope.Identifiers = []string{"07700 900124"}
	if _, err := h.Service.Authorities().Grant(t.Context(), granter, grant); !errors.Is(err, custody.ErrInvalid) {
		t.Fatalf("granted for another number: %v", err)
	}
	grant.Document.Scope.Identifiers = []string{"07700 900123"}
	granted, err := h.Service.Authorities().Grant(t.Context(), granter, grant)
	if err != nil {
		t.Fatal(err)
	}
	if checked := h.describes(granted.Authority, "2024-03-04"); !checked.Allowed {
		t.Errorf("%+v", checked.Reasons)
	}
}

// TestNumbersAsPeopleDialThem: no analysis looks for a number in a form that no event
// has, which would find nothing and say so; however often it was typed. Every
// parameter that says it takes identifiers is tried.
func TestNumbersAsPeopleDialThem(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(6))
	asks := func(step, param, value string, again map[string]string) error {
		_, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
			Case: h.id, Step: step, Title: "Whom?", Data: []ledger.EntryID{received.Dataset.Entry},
			Params: map[string]string{param: value}, Again: again,
		})
		return err
	}
	dialled := func(err error) bool {
		return errors.Is(err, custody.ErrInvalid) && strings.Contains(err.Error(), "as people dial it")
	}
	people := regexp.MustCompile("identifier|numbers, IMSIs|^keys with|^other parties")
	tried := 0
	for _, step := range registry.All() {
		info := step.Info()
		if info.Class != analysis.Analyse {
			continue
		}
		for _, param := range info.Params {
			if param.Name == "tokens" || !people.MatchString(param.Doc) {
				continue
			}
			tried++
			for _, value := range []string{"07700900123", "07700 900123", subject + ",07700900201", "0044 7700 900123"} {
				err := asks(info.Name, param.Name, value, nil)
				if !dialled(err) || strings.Contains(strings.Replace(err.Error(), "such as "+subject, "", 1), "7700") {
					t.Errorf("%s, %s=%s: %v", info.Name, param.Name, value, err)
				}
				if !dialled(asks(info.Name, param.Name, value, map[string]string{param.Name: value})) {
					t.Errorf("%s, %s: typed twice it is looked for", info.Name, param.Name)
				}
			}
			if err := asks(info.Name, param.Name, subject, nil); dialled(err) {
				t.Errorf("%s, %s: as events have it: %v", info.Name, param.Name, err)
			}
		}
	}
	if tried < 12 {
		t.Errorf("%d parameters were tried", tried)
	}
	if err := asks("event-schedule", "identifiers", subject, nil); err != nil {
		t.Errorf("as events have it: %v", err)
	}
}

// TestIdentifiersWhereTheyAreLookedFor: an identifier that stands in the data, but never
// where the analysis looks, is refused with where it stands, however often it was typed.
func TestIdentifiersWhereTheyAreLookedFor(t *testing.T) {
	const imsi, imei = "234150000000001", "35209900176148"
	h := withCase(t)
	received := h.receive(bytes.ReplaceAll(file(9), []byte(",,"+imsi), []byte(","+imei+"7,"+imsi)))
	for _, c := range []struct{ step, param, value, key, refused string }{
		{"event-schedule", "identifiers", subject, "", ""},
		{"event-schedule", "identifiers", "+447700900201", "", ""},
		{"event-schedule", "identifiers", imsi, "", "the IMSI of a SIM only"},
		{"event-schedule", "identifiers", subject + "," + imei + "7", "", "the IMEI of a handset only"},
		{"merged-timeline", "identifiers", imei, "", "the IMEI of a handset only"},
		{"first-last-use", "identifiers", imei, "", ""},
		{"first-last-use", "identifiers", imsi + "," + subject, "", ""},
		{"first-last-use", "identifiers", imei + "7", "", "looks for the subject of records or the IMSI of a SIM or the first 14 digits of the IMEI"},
		{"first-last-use", "identifiers", imei + "0", "", "the first 14 digits"},
		{"first-last-use", "identifiers", imei + "01", "", "the first 14 digits"},
		{"handset-history", "identifiers", imsi, "", ""},
		{"handset-history", "identifiers", imsi, "imsi", ""},
		{"handset-history", "identifiers", imsi, "number", "the IMSI of a SIM only"},
		{"handset-history", "identifiers", subject, "imsi", "the subject of records and a calling party"},
		{"handset-history", "identifiers", subject, "number", ""},
		{"handset-history", "identifiers", imei, "imei", ""},
		{"handset-history", "identifiers", imei + "7", "imei", "the first 14 digits"},
		{"gaps", "subject", subject, "", ""},
		{"gaps", "subject", "+447700900201", "", "party only"},
		{"night-cells", "subject", "+447700900201", "", "looks for the subject of records"},
		{"pattern-of-life", "subject", imsi, "", "the IMSI of a SIM only"},
		{"top-contacts", "subject", "+447700900201", "", ""},
		{"top-contacts", "subject", imsi, "", "the IMSI of a SIM only"},
		{"common-contacts", "subjects", subject + "," + imsi, "", "the IMSI of a SIM only"},
		{"co-location", "subjects", subject + ",+447700900201", "", "party only"},
	} {
		params := map[string]string{c.param: c.value}
		if c.key != "" {
			params["key"] = c.key
		}
		_, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
			Case: h.id, Step: c.step, Title: "Which?", Data: []ledger.EntryID{received.Dataset.Entry},
			Params: params, Again: map[string]string{c.param: c.value},
		})
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s of %s (%s): %v", c.step, c.value, c.key, err)
		case c.refused == "":
		case !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), c.refused) || strings.Contains(err.Error(), c.value):
			t.Errorf("%s of %s (%s): %v, want %q", c.step, c.value, c.key, err, c.refused)
		}
	}
	for _, cells := range []string{"234-15-101-2001", "cgi:234-15-0101-2001", "CGI:234-15-101-2001", "2001"} {
		_, err := h.Service.Analyses().Run(t.Context(), analyst, custody.Run{
			Case: h.id, Step: "area-hits", Title: "Who?", Data: []ledger.EntryID{received.Dataset.Entry},
			Params: map[string]string{"cells": cells, "from": "2024-02-01T00:00:00Z", "until": "2024-03-01T00:00:00Z"},
		})
		if !errors.Is(err, custody.ErrInvalid) || !strings.Contains(err.Error(), "cgi:234-15-101-2001") {
			t.Errorf("cells %s: %v", cells, err)
		}
	}
}
