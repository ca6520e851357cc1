package rowtree_test

import (
	"bytes"
	"crypto/aes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"

	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
	"custos.example/analysis/rowtree/lanes"
)

var seed = (*rowtree.Seed)(bytes.Repeat([]byte{7}, 32))

// made returns the columns of a made-up event; some need quotes.
func made(i int) []string {
	fields := make([]string, event.NumColumns)
	for c := range fields {
		fields[c] = fmt.Sprintf("c%d-%d", c, i*i)
	}
	fields[event.BNumber] = fmt.Sprintf("+447700900%03d", i%1000)
	fields[event.StartPlace] = fmt.Sprintf("1 Made Up Street, \"Bath\"\nflat %d", i)
	fields[event.EndPlace], fields[event.CNumber], fields[event.RepeatOf] = "", "", ""
	return fields
}

func rows(n int) string {
	text := event.AppendHeader(nil)
	for i := range n {
		text = event.AppendRecord(text, made(i)...)
	}
	return string(text)
}

// plain are the parts of FORMAT.md, written out.
var plain = [8][]string{
	{"start_utc", "end_utc", "precision", "evidence", "zone", "offset_s", "fold", "type", "leg", "duration_s", "bearer", "outcome", "flags", "row", "repeat_of"},
	{"subject"},
	{"a_number"},
	{"b_number", "c_number", "dialled"},
	{"imei", "imsi"},
	{"roaming", "apn", "volume_up", "volume_down", "volume", "call_ref"},
	{
		"crs", "start_cell", "start_x", "start_y", "start_azimuth", "start_place",
		"end_cell", "end_x", "end_y", "end_azimuth", "end_place",
	},
	{"source", "offset"},
}

// partText returns a part of a made-up event as it stands in the file.
func partText(i, part int) string {
	var list []string
	for _, name := range plain[part] {
		value := made(i)[slices.Index(event.Columns(), name)]
		if strings.ContainsAny(value, ",\"\n") {
			value = `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
		}
		list = append(list, value)
	}
	return strings.Join(list, ",")
}

// naiveLeaf is the definition of a leaf written out.
func naiveLeaf(i int) []byte {
	block, err := aes.NewCipher(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		panic(err)
	}
	leaf := []byte("row/v1\n")
	for part := 1; part < 8; part++ {
		salt := binary.BigEndian.AppendUint64(make([]byte, 8), uint64(8*i+part))
		block.Encrypt(salt, salt)
		sum := sha256.Sum256(slices.Concat([]byte("part/v1\n"), salt, []byte(partText(i, part))))
		leaf = append(leaf, sum[:]...)
	}
	return append(leaf, partText(i, 0)...)
}

// naive is the definition of RFC 6962 written out, over leaf data made by hand.
func naive(n int) [32]byte {
	leaves := make([][]byte, n)
	for i := range n {
		leaves[i] = naiveLeaf(i)
	}
	var mth func(d [][]byte) []byte
	mth = func(d [][]byte) []byte {
		switch len(d) {
		case 0:
			return rfc6962.DefaultHasher.EmptyRoot()
		case 1:
			return rfc6962.DefaultHasher.HashLeaf(d[0])
		}
		k := 1
		for 2*k < len(d) {
			k *= 2
		}
		return rfc6962.DefaultHasher.HashChildren(mth(d[:k]), mth(d[k:]))
	}
	return [32]byte(mth(leaves))
}

func TestPartsAreThoseOfTheFormat(t *testing.T) {
	for p := range rowtree.NumParts {
		var names []string
		for _, c := range p.Columns() {
			names = append(names, event.Columns()[c])
		}
		slices.Sort(names)
		want := slices.Sorted(slices.Values(plain[p]))
		if back, known := rowtree.ParsePart(p.String()); !slices.Equal(names, want) || !known || back != p {
			t.Errorf("part %d (%s) has %s, want %s", p, p, names, want)
		}
	}
	if _, known := rowtree.ParsePart("b_number"); known {
		t.Error("control: a column was taken for a part")
	}
}

func TestCommitAgreesWithTheDefinition(t *testing.T) {
	for n := range 70 {
		c, err := rowtree.Commit(seed, strings.NewReader(rows(n)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Count != uint64(n) || c.Root != naive(n) {
			t.Fatalf("%d rows: count %d, root %x, want %x", n, c.Count, c.Root, naive(n))
		}
	}
}

func TestWriterAgreesWithCommit(t *testing.T) {
	text := rows(6)
	want, err := rowtree.Commit(seed, strings.NewReader(text))
	if err != nil || want.Count != 6 {
		t.Fatal(want.Count, err)
	}
	for size := 1; size <= len(text); size++ {
		w := rowtree.NewWriter(seed)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if got, err := w.Commitment(); err != nil || got != want {
			t.Fatalf("in pieces of %d: %v, %v; want %v", size, got, err, want)
		}
	}
}

// TestWriterTakesAnySums writes files of up to a few batches with both kinds of
// sums, asks for the commitment after some rows, and goes on. The control makes sums
// that forget what waits.
func TestWriterTakesAnySums(t *testing.T) {
	wrong := func(sums rowtree.Sums) (faults int) {
		w, written := rowtree.NewWriterOf(seed, sums), 0
		for at := range 71 {
			n := at // each of the first, and then about the ends of batches
			if at > 40 {
				n = 120 + at - 41 + (at-41)/15*113
			}
			text := rows(n)
			if _, err := w.Write([]byte(text[written:])); err != nil {
				t.Fatal(err)
			}
			written = len(text)
			if c, err := w.Commitment(); err != nil || c.Count != uint64(n) || c.Root != naive(n) {
				faults++
			}
		}
		return faults
	}
	if n := wrong(lanes.New()); n > 0 {
		t.Errorf("with pairs %d of 71 commitments are wrong", n)
	}
	if n := wrong(forgetful{lanes.New()}); n < 60 {
		t.Errorf("control: with sums that forget, only %d of 71 are wrong", n)
	}
}

// forgetful are sums that never digest what has no pair.
type forgetful struct{ *lanes.Pairs }

func (forgetful) Flush() {}

func TestWriterRefuses(t *testing.T) {
	head := rows(0)
	for name, text := range map[string]string{
		"nothing at all": "", "a row without its end": strings.TrimSuffix(rows(1), "\n"), "a quotation mark left open": head + "1,\"2\n",
		"an endless row": head + strings.Repeat("x", 5<<20), "another header": "a,b\n1,2\n", "a row with too few columns": head + "1,2\n",
		"a row with too many columns": strings.TrimSuffix(rows(1), "\n") + ",\n",
	} {
		w := rowtree.NewWriter(seed)
		_, err := w.Write([]byte(text))
		if err == nil {
			_, err = w.Commitment()
		}
		if !errors.Is(err, event.ErrNotCanonical) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := rowtree.Commit(seed, strings.NewReader(text)); err == nil {
			t.Errorf("%s: Commit took it", name)
		}
	}
	w := rowtree.NewWriter(seed)
	if _, err := w.Write([]byte(head)); err != nil {
		t.Fatal(err)
	}
	if c, err := w.Commitment(); err != nil || c.Count != 0 {
		t.Error("control: a file without rows:", c, err)
	}
}

func TestTheSeedMatters(t *testing.T) {
	one, _ := rowtree.Commit(seed, strings.NewReader(rows(5)))
	two, _ := rowtree.Commit((*rowtree.Seed)(bytes.Repeat([]byte{8}, 32)), strings.NewReader(rows(5)))
	if one.Root == two.Root {
		t.Error("the seed does not matter")
	}
}

func BenchmarkCommit(b *testing.B) {
	text := rows(100_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := rowtree.Commit(seed, strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	text := []byte(rows(100_000))
	for name, write := range map[string]func() *rowtree.Writer{
		"alone": func() *rowtree.Writer { return rowtree.NewWriter(seed) },
		"pairs": func() *rowtree.Writer { return rowtree.NewWriterOf(seed, lanes.New()) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := write().Write(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestLongRows writes rows of which a batch is not held until it is whole, among short
// ones, in pieces of some length. The control leaves out one byte.
func TestLongRows(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	var file strings.Builder
	file.WriteString(rows(0))
	for range 700 {
		size := random.IntN(30)
		if random.IntN(4) == 0 {
			size = random.IntN(100_000)
		}
		file.WriteString(strings.Repeat("x", size) + strings.Repeat(",", int(event.NumColumns)-1) + "\n")
	}
	written := func(text string) rowtree.Commitment {
		w := rowtree.NewWriterOf(seed, lanes.New())
		for rest := text; rest != ""; {
			n := min(len(rest), 1+random.IntN(128<<10))
			if _, err := w.Write([]byte(rest[:n])); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		c, err := w.Commitment()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want, err := rowtree.Commit(seed, strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got := written(file.String()); got != want {
		t.Errorf("%v, not %v", got, want)
	}
	if got := written(strings.Replace(file.String(), "xx", "x", 1)); got == want {
		t.Error("control: a byte less, and the same commitment")
	}
}
