package demo

import (
	"fmt"
	"math/rand/v2"
)

// place is a point of the made-up town in whole metres of a grid.
type place struct{ e, n int }

// site is a mast with three antennas, facing 0, 120 and 240 degrees.
type site struct {
	place
	cell    int
	address string
}

// town is the made-up network: masts on a square twelve kilometres wide.
type town struct{ sites []site }

const (
	townE, townN = 350000, 370000
	townSide     = 12000
	masts        = 60
)

// build places the masts.
func build(r *rand.Rand) *town {
	streets := []string{"Harbour Road", "Mill Lane", "Station Approach", "Quarry Hill", "Orchard Way", "Canal Walk"}
	t := &town{}
	for i := range masts {
		t.sites = append(t.sites, site{
			place:   t.somewhere(r),
			cell:    20000 + 10*i,
			address: fmt.Sprintf("%d %s, Northmoor", 1+r.IntN(180), streets[r.IntN(len(streets))]),
		})
	}
	return t
}

// somewhere returns a point inside the town.
func (t *town) somewhere(r *rand.Rand) place {
	return place{townE + r.IntN(townSide), townN + r.IntN(townSide)}
}

// serving returns the nearest mast and the bearing of its antenna that faces p.
func (t *town) serving(p place) (site, int) {
	best, distance := 0, 1<<62
	for i, s := range t.sites {
		de, dn := p.e-s.e, p.n-s.n
		if d := de*de + dn*dn; d < distance {
			best, distance = i, d
		}
	}
	return t.sites[best], facing(p.e-t.sites[best].e, p.n-t.sites[best].n)
}

// facing returns 0, 120 or 240: the antenna whose third of the circle holds the direction (de, dn).
// The borders lie at 60, 180 and 300 degrees; tan 60 is taken as 1732/1000, so that no float is used.
func facing(de, dn int) int {
	northern := 1000*abs(de) <= 1732*dn // within 60 degrees of north
	switch {
	case northern:
		return 0
	case de >= 0:
		return 120
	default:
		return 240
	}
}

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
