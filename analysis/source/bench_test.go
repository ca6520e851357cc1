package source_test

import (
	"bytes"
	"os"
	"testing"
)

// BenchmarkImport reads a file named by CUSTOS_BENCH_CSV under the profile
// uk-17; without one, rows made from the test's own.
func BenchmarkImport(b *testing.B) {
	file := append([]byte(head), bytes.Repeat([]byte(good), 20_000)...)
	if name := os.Getenv("CUSTOS_BENCH_CSV"); name != "" {
		var err error
		if file, err = os.ReadFile(name); err != nil {
			b.Fatal(err)
		}
	}
	text := profile(b, "uk-17")
	rows := int64(bytes.Count(file, []byte{'\n'}))
	b.ReportAllocs()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		mustImport(b, file, text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows*int64(b.N)), "ns/row")
}
