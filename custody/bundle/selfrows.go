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
	selfRowLeaf  = "25ca440f38315f2caf43b279746a57fe0a500e91f29b3a943a38c66b0b93b4c5"
	selfRowTrail = "d18d21addc993325615ef3f2b64f0e1d47993696a588ba955a71bf4d359a2c68"
	selfRowRoot  = "3aac6b3da30dbf9654c262b8c3684431c96ff3fe5e342cc5feee2c70fd7acf24"
	selfRowLeft  = "1111111111111111111111111111111111111111111111111111111111111111"
	selfRowRight = "3333333333333333333333333333333333333333333333333333333333333333"
)

// selfRowSalts are the salts of the parts 1 to 6; the last part is withheld.
var selfRowSalts = []string{
	"a631af7f5e937143a55ea87bbca08b52", "d47b5c4d142d0c943a31ff34ceea1ac7", "ef620d5280a7542093cdef8b22d9a485",
	"cd613434f520047184da73893d1726fd", "4d27df4e39b55d13bcd8f032d69be394", "e97f888d7e2f6a6aa16868ed6beb4bdb",
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
