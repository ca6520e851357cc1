package render

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"testing"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// seventeenColumns makes a result of some rows and 17 columns, of the kinds that a
// return of call data has.
func seventeenColumns(t testing.TB, rows int) map[string]analysis.Input {
	t.Helper()
	in := bathEvening(t, 0)
	sum, err := readSummary(bytes.NewReader(in["summary"]))
	if err != nil {
		t.Fatal(err)
	}
	kinds := []string{
		analysis.KindCount, analysis.KindInstant, analysis.KindText, analysis.KindIdentifier, analysis.KindIdentifier, analysis.KindSeconds, analysis.KindIdentifier,
		analysis.KindIdentifier, analysis.KindCell, analysis.KindCoordinate, analysis.KindCoordinate, analysis.KindDegrees, analysis.KindCell, analysis.KindText,
		analysis.KindFlags, analysis.KindRow, analysis.KindCount,
	}
	sum.Table = analysis.Table{Port: "table"}
	for n, kind := range kinds {
		sum.Table.Fields = append(sum.Table.Fields, analysis.Field{Name: fmt.Sprintf("c%d", n), Title: fmt.Sprintf("Column %d", n), Nature: analysis.Fact, Kind: kind})
	}
	text := event.AppendRecord(nil, sum.Table.Header()...)
	for n := range rows {
		no := strconv.Itoa(n + 1)
		text = event.AppendRecord(text, no, "2026-10-24T17:04:12Z", "voice", "+447700900142", "+4477009003"+fmt.Sprintf("%02d", n%100), strconv.Itoa(n%900), "352099112044173",
			"001010812834876", "cgi:001-01-1017-"+no, "374912", "164703", strconv.Itoa(n%360), "cgi:001-01-1018-"+no, "Twerton High Street, BA2 1", "IMEI_CHECK", "44a0cf5d169d3267", no)
	}
	return map[string]analysis.Input{"table": bytes.NewReader(text), "summary": bytes.NewReader(canonical(t, sum.Summary)), "meta": bytes.NewReader(in["meta"])}
}

// BenchmarkWorkbook writes 100,000 rows of 17 columns, for reading and as
// recorded.
func BenchmarkWorkbook(b *testing.B) {
	in := seventeenColumns(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		var out measure
		out.w = io.Discard
		if _, err := (TableXLSX{}).Run(analysis.NewMemoryEnv(1<<20), in, nil, map[string]io.Writer{"page": &out}); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(out.n)
	}
}

// BenchmarkSchedulePages draws some five hundred pages of a schedule.
func BenchmarkSchedulePages(b *testing.B) {
	in := map[string]analysis.Input{}
	for port, content := range bathEvening(b, 12_000) {
		in[port] = bytes.NewReader(content)
	}
	b.ReportAllocs()
	for b.Loop() {
		var out measure
		out.w = io.Discard
		if _, err := (SchedulePDF{}).Run(analysis.NewMemoryEnv(1<<20), in, nil, map[string]io.Writer{"page": &out}); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(out.n)
	}
}
