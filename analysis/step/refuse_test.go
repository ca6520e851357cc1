package step_test

import (
	"errors"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/cell"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
	"custos.example/analysis/steptest"
)

// TestWhatIsRefused gives each analysis a parameter that it must refuse, by
// name; and a distance, radius or point without a basis, or with an opinion as
// its basis.
func TestWhatIsRefused(t *testing.T) {
	events := file(call("2026-10-24T17:04:11Z", "sms", "originating", kyle, third, 0, nil))
	area := func(name, value string) analysis.Params {
		p := analysis.Params{
			"from": "2026-10-24T00:00:00Z", "until": "2026-10-25T00:00:00Z", "point": "51.3813,-2.3590", "point_basis": "statement HAL/2",
			"radius_m": "200", "radius_basis": "measured by the operator",
		}
		p[name] = value
		return p
	}
	run := func(s analysis.Step, p analysis.Params) error {
		_, _, err := steptest.Run(s, map[string][]byte{"events": events, "set-aside": []byte(none)}, p)
		return err
	}
	for _, c := range []struct {
		step   analysis.Step
		params analysis.Params
		says   string
	}{
		{step.FirstLast{}, analysis.Params{"identifiers": "a, b"}, "identifiers"},
		{step.Handsets{}, analysis.Params{"key": "name"}, "imsi, number or imei"},
		{step.Handsets{}, analysis.Params{"max_gap_s": "0"}, "max_gap_s"},
		{step.Handsets{}, analysis.Params{"overlap_s": "-1"}, "overlap_s"},
		{step.Common{}, nil, "subjects"},
		{step.Common{}, analysis.Params{"subjects": kyle}, "2 to 60"},
		{step.Common{}, analysis.Params{"subjects": kyle + "," + third, "min_subjects": "1"}, "min_subjects"},
		{step.Night{}, nil, "subject"},
		{step.Night{}, analysis.Params{"subject": kyle, "night_from": "24:00"}, "23:00"},
		{step.Night{}, analysis.Params{"subject": kyle, "night_from": "06:00"}, "same time"},
		{step.Night{}, analysis.Params{"subject": kyle, "evidence": "near"}, "evidence"},
		{step.Night{}, analysis.Params{"subject": kyle, "min_nights": "0"}, "min_nights"},
		{step.Pattern{}, analysis.Params{"subject": kyle, "from": "1900-01-01T00:00:00Z"}, "36600"},
		{step.Gaps{}, analysis.Params{"subject": kyle, "gap_s": "6h"}, "gap_s"},
		{step.Gaps{}, analysis.Params{"subject": kyle, "zone": "Local"}, "zone"},
		{step.CoLocation{}, analysis.Params{"subjects": kyle}, "two or more"},
		{step.CoLocation{}, analysis.Params{"distance_m": "500"}, "basis"},
		{step.Area{}, analysis.Params{"from": "2026-10-24T00:00:00Z", "until": "2026-10-25T00:00:00Z"}, "no area"},
		{step.Area{}, area("radius_basis", " "), "a radius without a basis is refused"},
		{step.Area{}, area("point_basis", ""), "the point has no basis"},
		{step.Area{}, area("point", "Twerton"), "point"},
		{step.Area{}, area("point", "91,0"), ""},
		{step.Area{}, area("point", ""), "radius_m needs a point"},
		{step.Area{}, area("azimuth_within", "181"), "180"},
		{step.Area{}, area("speed_kmh", "fast"), "speed_kmh"},
		{step.Area{}, area("until", "2026-10-23T00:00:00Z"), "until"},
		{step.Timeline{}, analysis.Params{"clocks": "0123456789abcdef=fast=guess"}, "whole number"},
		{step.Timeline{}, analysis.Params{"clocks": "0123456789abcdef=3"}, "SOURCE=SECONDS=BASIS"},
		{step.Merge{}, analysis.Params{"start_s": "3601"}, "3600"},
	} {
		err := run(c.step, c.params)
		if err == nil || !strings.Contains(err.Error(), c.says) || c.says != "" && !errors.Is(err, analysis.ErrParameter) {
			t.Errorf("%s with %v: %v", analysis.Identity(c.step), c.params, err)
		}
	}
	for _, name := range []string{"radius_basis", "point_basis"} {
		if err := run(step.Area{}, area(name, "the phone was close to the shop")); !errors.Is(err, analysis.ErrOpinion) {
			t.Errorf("%s with an opinion: %v", name, err)
		}
	}
	if err := run(step.Area{}, area("tokens", "true")); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestEachAnalysisNamesItsLimits wants every caveat of an analysis's Info to be
// printed on the golden world, and the caveats of its kind among them.
func TestEachAnalysisNamesItsLimits(t *testing.T) {
	merged, _, err := steptest.Run(step.Merge{}, map[string][]byte{
		"events": hand(t, "in.events.csv"), "set-aside": hand(t, "in.set-aside.csv"), "events-2": hand(t, "in.events-2.csv"), "set-aside-2": hand(t, "in.set-aside-2.csv"),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		step    analysis.Step
		params  analysis.Params
		caveats string
	}{
		{step.Schedule{}, nil, "CAV-OPIN-1 CAV-TIME-1 CAV-CELL-6 CAV-DATA-1 CAV-DUP-1"},
		{step.Contacts{}, analysis.Params{"subject": kyle}, "CAV-CONT-1 CAV-DUP-2"},
		{step.FirstLast{}, nil, "CAV-HELD-1 CAV-IMEI-1 CAV-TIME-1"},
		{step.Handsets{}, nil, "CAV-IMEI-1"},
		{step.Common{}, analysis.Params{"subjects": kyle + "," + marcus}, "CAV-COMM-1"},
		{step.Night{}, analysis.Params{"subject": kyle, "min_nights": "1"}, "CAV-NIGHT-1 CAV-CELL-1 CAV-CELL-2"},
		{step.Pattern{}, analysis.Params{"subject": kyle}, "CAV-PATT-1"},
		{step.Gaps{}, analysis.Params{"subject": kyle}, "CAV-CELL-6 CAV-DATA-1"},
		{step.CoLocation{}, analysis.Params{"subjects": kyle + "," + marcus}, "CAV-CELL-1 CAV-CELL-2 CAV-COLO-1 CAV-CELL-6"},
		{step.Area{}, analysis.Params{"from": "2026-10-24T16:00:00Z", "until": "2026-10-24T18:00:00Z", "cells": cellTwerton}, "CAV-AREA-1 CAV-CELL-1"},
		{step.Timeline{}, nil, "CAV-CLOCK-1 CAV-TIME-1"},
	} {
		_, o, err := steptest.Run(c.step, map[string][]byte{"events": merged["events"], "set-aside": merged["set-aside"]}, c.params)
		if err != nil {
			t.Fatal(err)
		}
		printed := strings.Join(o.Result.Caveats, " ")
		for _, id := range append(c.step.Info().Caveats, strings.Fields(c.caveats)...) {
			if !strings.Contains(printed, id) {
				t.Errorf("%s prints %s, not %s", analysis.Identity(c.step), printed, id)
			}
		}
		for i := 1; i < len(o.Result.Caveats); i++ {
			if analysis.CaveatOrder(o.Result.Caveats[i-1]) >= analysis.CaveatOrder(o.Result.Caveats[i]) {
				t.Errorf("%s prints its limits out of order: %s", analysis.Identity(c.step), printed)
			}
		}
	}
}

// TestADamagedRowIsNamed: what a step cannot use of its inputs is refused with the
// number of the row.
func TestADamagedRowIsNamed(t *testing.T) {
	const at = "2026-10-24T17:04:11Z"
	one := func(old, changed string) []byte {
		return []byte(strings.Replace(string(file(call(at, "voice", "originating", kyle, third, 7, nil))), old, changed, 1))
	}
	header := string(event.AppendHeader(nil))
	excess := strings.Replace(string(one("\n"+at, ",outside\n"+at)), ",0123456789abcdef,2,0,\n", ",0123456789abcdef,2,0,,\n", 1)
	cells := event.AppendRecord(nil, cell.TableColumns()...)
	for _, c := range []struct {
		step analysis.Step
		in   map[string][]byte
		says string
	}{
		{step.CellJoin{}, map[string][]byte{"events": one(",2026-10-24T17:04:18Z,", ",later,"), "cells": cells}, `row 2 has the end "later"`},
		{step.Gaps{}, map[string][]byte{"events": one(",2026-10-24T17:04:18Z,", ",later,")}, `row 2 has the end "later"`},
		{step.AdmitExcess{}, map[string][]byte{"events": []byte(header), "excess": []byte(excess)}, "row 2 of the excess does not say why"},
		{step.Schedule{}, map[string][]byte{"events": one("0123456789abcdef,2,0,\n", "phone,2,0,fedcba9876543210:9\n")}, `row 2: `},
	} {
		c.in["set-aside"] = []byte(none)
		params := analysis.Params{}
		if _, asks := c.step.(step.Gaps); asks {
			params["subject"] = kyle
		}
		_, _, err := steptest.Run(c.step, c.in, params)
		if !errors.Is(err, event.ErrNotCanonical) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", analysis.Identity(c.step), err)
		}
	}
}
