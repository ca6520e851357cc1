package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"custos.example/custody"
	"custos.example/ledger"
)

// Shore is the made-up coast west of the town, as a table with its geometry in a
// column. The same seed gives the same bytes on every machine.
// Units: metres of the National Grid.
func Shore(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0xC0A57)) //nolint:gosec // made-up data must be repeatable, not secret
	var points []string
	e := townE - 300
	for n := townN - 2000; n <= townN+townSide+2000; n += 200 {
		e = min(max(e+r.IntN(361)-180, townE-1100), townE+500)
		points = append(points, fmt.Sprintf("%d %d", e, n))
	}
	return []byte("name,geom\nNorthmoor Bay,\"LINESTRING (" + strings.Join(points, ", ") + ")\"\n")
}

// Streets are the made-up main roads of the town, as Shore is.
func Streets(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 0x57EE7)) //nolint:gosec // made-up data must be repeatable, not secret
	var b strings.Builder
	b.WriteString("name,geom\n")
	names := []string{"Harbour Road", "Mill Lane", "Station Approach", "Quarry Hill", "Orchard Way", "Canal Walk"}
	for i, name := range names {
		across, at := i%2 == 0, townSide*(i+1)/(len(names)+1)
		var points []string
		for along := 700; along <= townSide-300; along += 500 {
			at += r.IntN(301) - 150
			p := place{townE + along, townN + at}
			if !across {
				p = place{townE + at, townN + along}
			}
			points = append(points, fmt.Sprintf("%d %d", p.e, p.n))
		}
		fmt.Fprintf(&b, "%s,\"LINESTRING (%s)\"\n", name, strings.Join(points, ", "))
	}
	return []byte(b.String())
}

// groundLine is the line that is printed wherever the ground is shown.
const groundLine = "Made-up coast and streets of Northmoor, custos project"

// ground takes in the base map: the coast, and the streets over it.
func (s *Story) ground(ctx context.Context) error {
	s.say(" 4 Take in a base map, drawn for this demonstration")
	var below ledger.EntryID
	for _, layer := range []struct {
		item, name, class string
		content           []byte
	}{{"MAP/1", "northmoor_coast.csv", "coast", Shore(seed)}, {"MAP/2", "northmoor_streets.csv", "road", Streets(seed)}} {
		got, err := s.station.Service.Imports().Receive(ctx, as("u-02"), custody.Receive{
			Case: s.id, Item: layer.item, FileName: layer.name, From: "the custos project", Reference: custody.BaseMap, Credit: groundLine,
			Content: strings.NewReader(string(layer.content)),
			Reading: custody.Reading{Below: below, Params: map[string]string{
				"class": layer.class, "crs": "EPSG:27700", "format": "csv-wkt", "geometry": "geom", "licence": "Apache-2.0", "name": "name",
			}},
		})
		if err != nil {
			return err
		}
		below = got.Dataset.Entry
		s.say("   %s  %s, entry %d: no communications data, so no authority is needed", layer.item, layer.name, got.Evidence.Placed.Index)
	}
	s.baseMap = below
	s.say("")
	return nil
}
