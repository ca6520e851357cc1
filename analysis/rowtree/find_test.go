package rowtree

import (
	"math/rand/v2"
	"strings"
	"testing"

	"custos.example/analysis/event"
)

// TestFindIsFields finds the ends of fields in rows of commas, quotation marks and
// letters, of every length up to some hundred and of about the right number of
// columns, both ways. The control overlooks the last of 64 bytes.
func TestFindIsFields(t *testing.T) {
	if n := differ(oneByOne{}); n > 0 {
		t.Errorf("%d rows are cut otherwise", n)
	}
	if n := differ(careless{}); n == 0 {
		t.Error("control: no row is cut otherwise where bytes are overlooked")
	}
}

// careless overlooks the last of 64 bytes.
type careless struct{ oneByOne }

func (c careless) Find(text *[64]byte) (commas, quotes, lines uint64) {
	commas, quotes, lines = c.oneByOne.Find(text)
	return commas &^ (1 << 63), quotes &^ (1 << 63), lines
}

// differ counts rows of which find says something else than fields.
func differ(sums Sums) (n int) {
	random := rand.New(rand.NewPCG(5, 6))
	b := newBatch(&Seed{}, sums)
	var want cutter
	for range 20_000 {
		var row strings.Builder
		for c := range int(event.NumColumns) + random.IntN(3) - 1 {
			if c > 0 {
				row.WriteByte(',')
			}
			switch random.IntN(4) {
			case 0:
				row.WriteString(strings.Repeat("x", random.IntN(20)))
			case 1:
				row.WriteString(`"` + strings.Repeat(`,""`, random.IntN(3)) + `"`)
			}
		}
		b.ends, want.ends = [event.NumColumns]int{}, [event.NumColumns]int{}
		if random.IntN(4) == 0 { // an end of line within quotation marks ends no row
			row.WriteString("\"\n\"")
		}
		text := []byte(row.String())
		end, got := b.next(append(text[:len(text):len(text)], "\nmore,\n"...))
		err := want.fields(text)
		if got == nil && end != len(text) {
			n++
			continue
		}
		if (got == nil) != (err == nil) || got != nil && got.Error() != err.Error() || got == nil && b.ends != want.ends {
			n++
		}
	}
	return n
}
