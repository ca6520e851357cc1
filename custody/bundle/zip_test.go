package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"testing"
)

// packZip returns the canonical zip of names and their bytes, sorted already.
func packZip(t testing.TB, names []string, data [][]byte) []byte {
	t.Helper()
	members := make([]zipMember, len(names))
	for i, name := range names {
		members[i] = zipMember{name: name, size: uint32(len(data[i])), crc: crc32.ChecksumIEEE(data[i])}
	}
	var out bytes.Buffer
	err := writeZip(&out, members, func(i int, w io.Writer) error {
		_, err := w.Write(data[i])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// checkZip reads a file and requires its one allowed form.
func checkZip(file []byte) error {
	_, err := open(bytes.NewReader(file), int64(len(file)), true)
	return err
}

func TestZipIsReadByOthers(t *testing.T) {
	names := []string{"a.json", "chain/work.json", "exhibit/page-1.pdf"}
	data := [][]byte{[]byte("{}"), {}, []byte("%PDF")}
	file := packZip(t, names, data)
	if err := checkZip(file); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || f.Name != names[i] || !bytes.Equal(got, data[i]) {
			t.Fatalf("member %d: %q %q %v", i, f.Name, got, err)
		}
	}
}

func TestZipAnyFlipIsRefused(t *testing.T) {
	names := []string{"a.json", "chain/work.json", "exhibit/page-1.pdf"}
	data := [][]byte{[]byte("{}"), []byte("[1,2,3]"), []byte("%PDF")}
	file := packZip(t, names, data)
	var directoryOnly int
	for bit := range len(file) * 8 {
		mutant := bytes.Clone(file)
		mutant[bit/8] ^= 1 << (bit % 8)
		if checkZip(mutant) == nil {
			t.Fatalf("bit %d of byte %d can be flipped unseen", bit%8, bit/8)
		}
		// The control: what the directory alone shows is not enough.
		if _, err := open(bytes.NewReader(mutant), int64(len(mutant)), false); err == nil {
			directoryOnly++
		}
	}
	if directoryOnly == 0 {
		t.Fatal("the control let no flip through: it shows nothing")
	}
	for cut := range file {
		if checkZip(file[:cut]) == nil {
			t.Fatalf("the first %d bytes are accepted", cut)
		}
	}
	t.Logf("%d flips refused, of which %d only by the exact form", len(file)*8, directoryOnly)
}

func TestZipRefusesWhatItWouldNotWrite(t *testing.T) {
	one := []byte("x")
	good := packZip(t, []string{"a", "b"}, [][]byte{one, one})
	stdlib := func(names ...string) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, name := range names {
			w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(one); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	for name, file := range map[string][]byte{
		"junk before":      append([]byte("junk"), good...),
		"junk after":       append(bytes.Clone(good), "junk"...),
		"archive/zip":      stdlib("a", "b"),
		"the same twice":   stdlib("a", "a"),
		"out of order":     stdlib("b", "a"),
		"upper case":       stdlib("A"),
		"leaves the room":  stdlib("../a"),
		"absolute":         stdlib("/a"),
		"back slash":       stdlib(`a\b`),
		"NUL":              stdlib("a\x00b"),
		"empty":            {},
		"end record alone": good[len(good)-endLength:],
	} {
		if err := checkZip(file); !errors.Is(err, ErrContainer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := checkZip(good); err != nil {
		t.Fatalf("the control is refused: %v", err)
	}
}

func TestValidName(t *testing.T) {
	for _, good := range []string{"a", "0", "chain/work.json", "exhibit/0014-page-1.pdf", "a_b"} {
		if err := ValidName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", ".", "..", "a/../b", "a/./b", "a//b", "a/", "/a", "-a", "_a", ".a", "A", "a b", "a..b", "é", "a\n", string(bytes.Repeat([]byte("a"), 201))} {
		if err := ValidName(bad); err == nil {
			t.Errorf("%q is allowed", bad)
		}
	}
}
