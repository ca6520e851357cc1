package source

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestSpans cuts many lines: fields between which the line says the same are the same. The
// control leaves out the byte before, and takes for the same what is not.
func TestSpans(t *testing.T) {
	if n, same := spansThatLie(t, 0); n > 0 || same < 10_000 {
		t.Errorf("of %d spans that came back, %d stood for other fields", same, n)
	}
	if n, _ := spansThatLie(t, 1); n < 100 {
		t.Errorf("control: without the byte before only %d spans stood for other fields", n)
	}
}

// spansThatLie counts the spans that stood for other fields before, and those that came
// back, when so many bytes of their front are left out.
func spansThatLie(t *testing.T, less int) (lie, same int) {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // repeatable cases
	pieces := []string{`a`, `b`, `,`, `,`, `,`, `","`, `,"`, `",`, `,"a,b"`, `""`}
	stood := map[string]string{}
	for range 200_000 {
		var line []byte
		for range 3 + r.IntN(8) {
			line = append(line, pieces[r.IntN(len(pieces))]...)
		}
		s := scanner{separator: ',', noQuotes: r.IntN(8) == 0, find: found}
		if s.split(line); s.rec.line == nil {
			continue
		}
		from := r.IntN(len(s.rec.fields))
		to := from + r.IntN(len(s.rec.fields)-from)
		span := s.rec.span(from, to)
		if less > len(span) {
			continue
		}
		key := fmt.Sprint(from, to, s.noQuotes, string(span[less:]))
		fields := fmt.Sprintf("%q", s.rec.fields[from:to+1])
		if was, ok := stood[key]; ok {
			same++
			if was != fields {
				lie++
			}
		}
		stood[key] = fields
	}
	return lie, same
}
