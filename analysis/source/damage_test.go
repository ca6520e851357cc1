package source_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"custos.example/analysis/source"
	"custos.example/analysis/steptest"
)

// TestDamagedFiles damages the file of each golden case in many ways: whatever
// is left is refused whole, or accounted for record by record, each explained as
// it was read.
func TestDamagedFiles(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12)) //nolint:gosec // repeatable damage
	for _, c := range steptest.Cases(t, goldenRoot, source.CSV{}) {
		t.Run(c.Name, func(t *testing.T) {
			for range 25 {
				readWhole(t, c, damaged(r, c.In["source"]), c.In["sites"])
			}
			if sites := c.In["sites"]; sites != nil {
				for range 5 {
					readWhole(t, c, c.In["source"], damaged(r, sites))
				}
			}
		})
	}
}

// damaged returns a file with a few of its lines or bytes changed.
func damaged(r *rand.Rand, file []byte) []byte {
	lines := bytes.SplitAfter(file, []byte("\n"))
	for range 1 + r.IntN(3) {
		i, j := r.IntN(len(lines)), r.IntN(len(lines))
		switch r.IntN(7) {
		case 0:
			lines[i], lines[j] = lines[j], lines[i]
		case 1:
			lines = slices.Insert(lines, i, lines[j])
		case 2:
			if len(lines) > 1 {
				lines = slices.Delete(lines, i, i+1)
			}
		case 3:
			lines[i] = bytes.Clone(lines[i][:len(lines[i])/2])
		case 4:
			lines[i] = append(bytes.Clone(lines[i]), []byte("\"\x00\xff;,|\t\r\n")[r.IntN(9):]...)
		default:
			if line := bytes.Clone(lines[i]); len(line) > 0 {
				line[r.IntN(len(line))] = byte(r.Uint32()) //nolint:gosec // any byte
				lines[i] = line
			}
		}
	}
	return bytes.Join(lines, nil)
}
