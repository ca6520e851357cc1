package grid

import (
	"encoding/csv"
	"math"
	"os"
	"strings"
	"testing"

	"custos.example/analysis/steptest"
)

// corpus opens a file of the shared data sets.
func corpus(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(steptest.Corpus(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestPublishedPairs converts the 359 National Grid references of Sitefinder and
// compares with the latitude and longitude published beside each, both ways.
func TestPublishedPairs(t *testing.T) {
	all, err := csv.NewReader(corpus(t, "13-ofcom-sitefinder-banes/BANES_Subset_Of_Ofcom_Legacy_Mobile_Phone_Base_Station_Database.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	worst, worstBack, worstControl := 0.0, 0.0, 0.0
	for i, row := range all[1:] {
		s, err := ParseReference(row[2])
		if err != nil || s.Side != Metre {
			t.Fatalf("row %d: %v %v", i+2, s, err)
		}
		if again, err := s.Corner.Reference(); err != nil || again != row[2] {
			t.Errorf("row %d: %s was read and written as %s, %v", i+2, row[2], again, err)
		}
		lat, lon, _ := strings.Cut(strings.Trim(row[10], "()"), ", ")
		var published Point
		if published.Lat, _, err = ParseDegrees(lat); err != nil {
			t.Fatal(err)
		}
		if published.Lon, _, err = ParseDegrees(lon); err != nil {
			t.Fatal(err)
		}
		ours, err := FromGrid(s.Corner)
		if err != nil {
			t.Fatal(err)
		}
		worst = max(worst, float64(Millimetres(ours, published))/1000)
		back, err := ToGrid(published)
		if err != nil {
			t.Fatal(err)
		}
		worstBack = max(worstBack, math.Hypot(float64(back.E-s.Corner.E), float64(back.N-s.Corner.N))/1000)
		// Control: without the change of datum every pair is far off.
		plainLat, plainLon := unproject(s.Corner)
		worstControl = max(worstControl, float64(Millimetres(Point{units(plainLat), units(plainLon)}, published))/1000)
	}
	t.Logf("%d pairs: worst %.2f m to WGS 84, %.2f m to the grid, %.1f m without the change of datum", len(all)-1, worst, worstBack, worstControl)
	if len(all)-1 != 359 || worst > 2 || worstBack > 2 || worst == 0 {
		t.Errorf("%d pairs, worst %.2f m and %.2f m", len(all)-1, worst, worstBack)
	}
	if worstControl < 50 {
		t.Error("the control was not caught")
	}
}
