package bundle

import (
	"encoding/hex"
	"io"

	"custos.example/analysis/rowtree"
)

// The row of the format's worked example, and the tree of three in which it is the
// middle one.
// Source: FORMAT.md section 16, example row.
const (
	selfRow = "2026-10-24T17:04:12Z,,s,at,Europe/London,3600,,voice,originating,+447700900142,+447700900142,+447700900318,,,47," +
		"352099112044170,,,101,,,,,,,EPSG:27700,,,,,\"1 Made Up Street, Bath\",,,,,,,a1a1a1a1a1a1a1a1,6,231,"
	selfRowLeaf  = "190089bc992c7a41ab6a0cc4f780ab5751b7b86d9d3ff37175b6d479ec64a6b6"
	selfRowTrail = "ccb5932eab5ce50d55475099aefad28400f10cec0e7c9f522fd73e477ce6d967"
	selfRowRoot  = "66b5689399ba557154605319bf2027d82f62cab72dadccdb32157d77900c4acd"
	selfRowLeft  = "1111111111111111111111111111111111111111111111111111111111111111"
	selfRowRight = "3333333333333333333333333333333333333333333333333333333333333333"
)

// selfRowSalts are the salts of the parts 1 to 6; the last part is withheld.
var selfRowSalts = []string{
	"18dc5299a98de4bf94ec28a1aa5a1419", "b9eff3fc486fdc56b0619cf44b66976b", "04cdaffdc18cc4bc1127810705223fb5",
	"a9842fda884a948980a9afbdcf825bab", "20d8e0d706198a4b2258682421cb438f", "40f215e180b0748d7b10d88cde6e0c46",
}

// tryRowLeaf wants the leaf to follow from every part that is shown, and from what
// stands for the one that is not.
func tryRowLeaf(p primitives) error {
	o := rowtree.Opening{Index: 1}
	for i, text := range selfRowSalts {
		part := rowtree.Part(i + 1)
		o.Shown[part] = true
		salt, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		copy(o.Salts[part][:], salt)
	}
	o.Hashes[rowtree.Trail] = known(selfRowTrail)
	texts, err := rowtree.Cut([]byte(selfRow))
	if err != nil {
		return err
	}
	good := p.rowLeaf(o, texts) == known(selfRowLeaf)
	for part := range rowtree.NumParts - 1 {
		other := texts
		other[part] = append([]byte("x"), texts[part]...)
		if p.rowLeaf(o, other) == known(selfRowLeaf) {
			return errAccepted
		}
	}
	o.Hashes[rowtree.Trail][0] ^= 1
	return answered(good, refused(p.rowLeaf(o, texts) != known(selfRowLeaf)))
}

// tryRows wants the middle one of three rows proved, and neither at another place
// nor twice nor among more hashes.
func tryRows(p primitives) error {
	run := func(indexes []uint64, leaf rowtree.Hash, path ...rowtree.Hash) error {
		return p.rows(rowtree.Commitment{Root: known(selfRowRoot), Count: 3}, func() (uint64, rowtree.Hash, error) {
			if len(indexes) == 0 {
				return 0, rowtree.Hash{}, io.EOF
			}
			index := indexes[0]
			indexes = indexes[1:]
			return index, leaf, nil
		}, func() (rowtree.Hash, error) {
			if len(path) == 0 {
				return rowtree.Hash{}, io.EOF
			}
			hash := path[0]
			path = path[1:]
			return hash, nil
		})
	}
	leaf, left, right := rowtree.Hash(known(selfRowLeaf)), rowtree.Hash(known(selfRowLeft)), rowtree.Hash(known(selfRowRight))
	good := run([]uint64{1}, leaf, left, right) == nil
	for _, bad := range []error{
		run([]uint64{0}, leaf, left, right), run([]uint64{1, 1}, leaf, left, right), run([]uint64{1}, leaf, right, left),
		run([]uint64{1}, leaf, left, right, right), run([]uint64{1}, leaf, left), run(nil, leaf, left, right),
	} {
		if bad == nil {
			return errAccepted
		}
	}
	return answered(good, run([]uint64{1}, right, left, right))
}
