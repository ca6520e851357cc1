package step_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sort"
	"strconv"
	"sync"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/step"
)

// million returns an events file of a million rows: 500 subjects, 4,000 cells,
// a month.
var million = sync.OnceValue(func() []byte {
	r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // repeatable rows
	const rows = 1_000_000
	starts := make([]int64, rows)
	for i := range starts {
		starts[i] = 1788220800 + r.Int64N(30*86400)
	}
	sort.Slice(starts, func(i, j int) bool { return starts[i] < starts[j] })
	number := func(n int) []byte { return fmt.Appendf(nil, "+4477009%05d", n) }
	out := make([]byte, 0, 300<<20)
	out = event.AppendHeader(out)
	for i, start := range starts {
		subject, cell := r.IntN(500), r.IntN(4000)
		e := event.Event{
			Start: start, Zone: "Europe/London", OffsetS: 3600, Evidence: "at", Type: "voice", Leg: "originating", Subject: number(subject), CRS: "EPSG:27700",
			IMEI: fmt.Appendf(nil, "35209911%06d0", subject*3+r.IntN(40)/39), IMSI: fmt.Appendf(nil, "00101081%07d", subject),
			StartAt: event.Site{Cell: fmt.Appendf(nil, "cgi:001-01-1017-%d", cell), X: int64(370000 + cell%64*300), Y: int64(160000 + cell/64*300), HasXY: true, Azimuth: []byte("140")},
		}
		e.A, e.B = e.Subject, number(500+(subject*7+r.IntN(r.IntN(400)+1))%20000)
		if i%2 == 0 {
			e.A, e.B, e.Leg = e.B, e.A, "terminating"
		}
		if i%3 == 0 {
			e.Type = "sms"
		} else {
			e.HasDuration, e.Duration = true, r.Int64N(600)
			e.HasEnd, e.End = true, start+e.Duration
		}
		e.EndAt = e.StartAt
		out = event.AppendTrail(event.AppendContent(out, &e), "0123456789abcdef", int64(i+2), int64(i*200), 0)
	}
	return out
})

// BenchmarkMillion runs each analysis over a million rows in memory.
func BenchmarkMillion(b *testing.B) {
	one, two := "+447700900007", "+447700900008"
	for _, c := range []struct {
		step   analysis.Step
		params analysis.Params
	}{
		{step.Schedule{}, nil},
		{step.Contacts{}, analysis.Params{"subject": one}},
		{step.FirstLast{}, nil},
		{step.Handsets{}, nil},
		{step.Common{}, analysis.Params{"subjects": one + "," + two}},
		{step.Night{}, analysis.Params{"subject": one}},
		{step.Pattern{}, analysis.Params{"subject": one}},
		{step.Gaps{}, analysis.Params{"subject": one}},
		{step.CoLocation{}, analysis.Params{"subjects": one + "," + two}},
		{step.CoLocation{}, analysis.Params{"within_s": "600", "distance_m": "500", "distance_basis": "assumed"}},
		{step.Area{}, analysis.Params{"from": "2026-09-02T00:00:00Z", "until": "2026-09-03T00:00:00Z", "cells": "cgi:001-01-1017-77"}},
		{step.Timeline{}, nil},
		{step.Merge{}, nil},
	} {
		b.Run(c.step.Info().Name+" "+strconv.Itoa(len(c.params)), func(b *testing.B) {
			events := million()
			b.SetBytes(int64(len(events)))
			b.ResetTimer()
			for range b.N {
				out := map[string]io.Writer{}
				for _, p := range c.step.Info().Outputs {
					out[p.Name] = io.Discard
				}
				in := map[string]analysis.Input{"events": bytes.NewReader(events), "set-aside": bytes.NewReader([]byte(none))}
				o, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 30)}.Run(context.Background(), c.step, in, c.params, out)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(o.Result.Balance.Shown), "shown")
			}
		})
	}
}
