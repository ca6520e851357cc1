package bundle_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
)

// bounded requires that a hostile file is refused, soon and in little memory.
func bounded(t *testing.T, name string, file io.ReaderAt, size int64, o bundle.Options) {
	t.Helper()
	boundedBy(t, name, file, size, o, 64<<20)
}

func boundedBy(t *testing.T, name string, file io.ReaderAt, size int64, o bundle.Options, most uint64) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	r := bundle.Verify(t.Context(), file, size, o)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if r.Exit != bundle.ExitDiffers {
		t.Errorf("%s: exit %d\n%s", name, r.Exit, text(t, r))
	}
	if took > 10*time.Second {
		t.Errorf("%s: %v", name, took)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > most {
		t.Errorf("%s: %d bytes allocated", name, used)
	}
}

// sparse is a file of zeros of any size with a few bytes at the end.
type sparse struct {
	size int64
	tail []byte
}

func (s sparse) ReadAt(p []byte, offset int64) (int, error) {
	if offset >= s.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.size-offset))
	clear(p[:n])
	if from := s.size - int64(len(s.tail)); offset+int64(n) > from {
		at := max(0, from-offset)
		copy(p[at:n], s.tail[max(0, offset-from):])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// patched returns a copy of file with bytes at an offset from its end.
func patched(file []byte, fromEnd int, with ...byte) []byte {
	out := bytes.Clone(file)
	copy(out[len(out)-fromEnd:], with)
	return out
}

func TestHostileContainers(t *testing.T) {
	_, file, o := tiny("hostile zip")
	le := binary.LittleEndian
	central := int(le.Uint32(file[len(file)-6:]))
	at := func(offset int, with ...byte) []byte { return patched(file, len(file)-offset, with...) }
	overlap := bytes.Clone(file)
	for i, p := 0, central; i < 3; i++ { // three records that point at one member
		le.PutUint32(overlap[p+42:], 0)
		p += 46 + int(le.Uint16(overlap[p+28:]))
	}
	zip64 := append(at(central, file[central:len(file)-22]...)[:len(file)-22], "PK\x06\x06"...)
	zip64 = append(append(zip64, make([]byte, 52)...), file[len(file)-22:]...)
	for name, hostile := range map[string][]byte{
		"a count that lies":              patched(file, 12, 0xff, 0xff, 0xff, 0xff),
		"zip64 in the end record":        patched(file, 10, 0xff, 0xff, 0xff, 0xff),
		"zip64 records":                  zip64,
		"zip64 sizes in the directory":   at(central+20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
		"a comment that is announced":    patched(file, 2, 9, 0),
		"a comment that is there":        append(patched(file, 2, 4, 0), "note"...),
		"a second end record":            append(bytes.Clone(file), file[len(file)-22:]...),
		"another disk":                   patched(file, 18, 1, 0),
		"overlapping members":            overlap,
		"a data descriptor":              at(central+8, 8),
		"a flag of encryption":           at(central+8, 1),
		"a compressed member":            at(central+10, 8),
		"a symbolic link":                at(central+38, 0, 0, 0xff, 0xa1),
		"an extra field":                 at(central+30, 4, 0),
		"a name that differs in header":  at(30, 'x'),
		"a name of another length":       at(central+28, 4, 0),
		"a negative place":               at(central+42, 0xff, 0xff, 0xff, 0xff),
		"an empty file":                  {},
		"an end record alone":            file[len(file)-22:],
		"not a zip file":                 []byte("%PDF-1.7 something else altogether, long enough"),
		"names with a way out":           bundletest.ZipInOrder([]string{"../../etc/passwd"}, [][]byte{nil}),
		"names that differ in case only": bundletest.ZipInOrder([]string{"Record/a", "record/a"}, [][]byte{nil, nil}),
		"more members than there may be": manyMembers(9000),
	} {
		bounded(t, name, bytes.NewReader(hostile), int64(len(hostile)), o)
	}
	huge := sparse{size: 1 << 40, tail: file[central:]}
	bounded(t, "a terabyte", huge, huge.size, o)
	want(t, verify(file, o), bundle.ExitMatches)
}

// manyMembers returns a zip of n empty members.
func manyMembers(n int) []byte {
	names, data := make([]string, n), make([][]byte, n)
	for i := range names {
		names[i] = fmt.Sprintf("record/%05d", i)
	}
	return bundletest.ZipInOrder(names, data)
}

// frame returns data as a zstd frame.
func frame(t *testing.T, data []byte, options ...zstd.EOption) []byte {
	t.Helper()
	e, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderConcurrency(1)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e.EncodeAll(data, nil)
}

// TestHostileFrames replaces a received file by hostile compressed forms, each
// listed and signed by a dishonest keeper.
func TestHostileFrames(t *testing.T) {
	c := bundletest.NewCase("frames", bundletest.Hooks{})
	story := bundletest.TinyStory()
	for i := range 9000 {
		story.File = fmt.Appendf(story.File, "07700900%03d,07700900%03d\n", i%1000, (i*7+i/13)%1000)
	}
	c.Tell(story)
	o := options(c)
	good := frame(t, story.File)
	size := int64(len(story.File))
	bomb := zeroBomb(1 << 30)
	for name, try := range map[string]struct {
		data []byte
		size int64
	}{
		"a bomb that says its size":     {bomb, 1 << 30},
		"a bomb that hides its size":    {bomb, size},
		"a bomb beyond every limit":     {bomb, 1 << 50},
		"a negative size":               {good, -1},
		"a size that is one too small":  {good, size - 1},
		"a size that is one too large":  {good, size + 1},
		"two frames":                    {append(bytes.Clone(good), frame(t, nil)...), size},
		"an empty frame before":         {append(frame(t, nil), good...), size},
		"a skippable frame after":       {append(bytes.Clone(good), 0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0), size},
		"a skippable frame before":      {append([]byte{0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0}, good...), size},
		"a byte after":                  {append(bytes.Clone(good), 0), size},
		"a frame without a checksum":    {frame(t, story.File, zstd.WithEncoderCRC(false)), size},
		"a frame cut short":             {good[:len(good)-9], size},
		"a frame of other content":      {frame(t, bytes.Repeat([]byte("x"), len(story.File))), size},
		"no frame":                      {story.File, size},
		"nothing":                       {nil, size},
		"a checksum with a bit changed": {patched(good, 1, good[len(good)-1]^1), size},
	} {
		file := c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, m *bundle.Manifest) {
			i := line(m, "source.csv.zst")
			f[m.Members[i].Name] = try.data
			m.Members[i].Content.Size = try.size
		}})
		bounded(t, name, bytes.NewReader(file), int64(len(file)), o)
	}
	// The control: another frame of the same content, by another encoder, is
	// as good, since no encoder is part of the format.
	file := c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, m *bundle.Manifest) {
		f[m.Members[line(m, "source.csv.zst")].Name] = frame(t, story.File, zstd.WithEncoderLevel(zstd.SpeedFastest))
	}})
	want(t, verify(file, o), bundle.ExitMatches)
}

// zeroBomb returns a zstd frame of n zeros in blocks of one repeated byte.
func zeroBomb(n uint64) []byte {
	le := binary.LittleEndian
	out := []byte{0x28, 0xb5, 0x2f, 0xfd, 0xe4, 0x58} // checksum, 8-byte size, window of 2 MiB
	out[4] = 0xc4
	out = le.AppendUint64(out, n)
	const block = 128 << 10
	for left := n; left > 0; left -= min(left, block) {
		k := uint32(min(left, block))
		header := k<<3 | 1<<1
		if left <= block {
			header |= 1
		}
		out = append(out, byte(header), byte(header>>8), byte(header>>16), 0)
	}
	return append(out, 0, 0, 0, 0)
}

// TestHostileDocuments gives a dishonest keeper's JSON to the parsers.
func TestHostileDocuments(t *testing.T) {
	c, _, o := tiny("documents")
	deep := []byte(strings.Repeat("[", 200000) + strings.Repeat("]", 200000))
	for name, data := range map[string][]byte{
		"nested 200,000 deep": deep,
		"a repeated key":      []byte(`{"chain":"","chain":""}`),
		"null":                []byte("null"),
		"empty":               nil,
		"not text":            {0xff, 0xfe, 0},
		"a million zeros":     []byte("[" + strings.Repeat("0,", 1<<19) + "0]"),
	} {
		for _, member := range []string{"chain/work.json", "chain/keys.json", "chain/organisation.json"} {
			file := c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, _ *bundle.Manifest) { f[member] = data }})
			bounded(t, member+" "+name, bytes.NewReader(file), int64(len(file)), o)
		}
		for _, member := range []string{"paths.json", "bundle-made.json", "bundle-made.tlog-proof", "manifest.json"} {
			file := c.Forge(bundletest.Forge{After: func(f bundletest.Files) { f[member] = data }})
			bounded(t, member+" "+name, bytes.NewReader(file), int64(len(file)), o)
		}
	}
	many := []byte("[" + strings.Repeat("0,", 30<<20) + "0]")
	for _, member := range []string{"manifest.json", "paths.json"} {
		file := c.Forge(bundletest.Forge{After: func(f bundletest.Files) { f[member] = many }})
		boundedBy(t, member+" of 30 million zeros", bytes.NewReader(file), int64(len(file)), o, 200<<20)
	}
	stuffed := bundletest.Canonical(map[string]any{"payload": []byte("[" + strings.Repeat("0,", 5<<20) + "0]"), "payloadType": ledger.StatementType, "signatures": []any{}})
	stuff := func(f bundletest.Files) {
		f["bundle-made.json"] = bundletest.EditJSON(f["bundle-made.json"], func(v map[string]any) { v["envelope"] = stuffed })
	}
	file := c.Forge(bundletest.Forge{After: stuff})
	boundedBy(t, "an own entry of 5 million zeros", bytes.NewReader(file), int64(len(file)), o, 300<<20)
	foreign := c.Forge(bundletest.Forge{Manifest: func(b []byte) []byte {
		return bytes.Replace(b, []byte("https://custos.example/bundle/v1"), []byte("https://other.example/bundle/v1"), 1)
	}})
	bounded(t, "a manifest of another format", bytes.NewReader(foreign), int64(len(foreign)), o)
	// Chains without entries, and a bundle's own entry that is another kind's.
	empty := func(v map[string]any) { v["entries"] = []any{} }
	for _, member := range []string{"chain/work.json", "chain/keys.json", "chain/organisation.json"} {
		file := c.Forge(bundletest.Forge{Edit: func(f bundletest.Files, _ *bundle.Manifest) {
			f[member] = bundletest.EditJSON(f[member], empty)
		}})
		bounded(t, member+" without entries", bytes.NewReader(file), int64(len(file)), o)
	}
	file = c.Forge(bundletest.Forge{Logged: func(c *bundletest.Case) {
		c.Append(bundletest.Draft{Label: "not a bundle", Chain: ledger.Work, Actor: c.Second, Detail: &ledger.ExhibitChecked{Exhibit: c.Entries["exhibit"], Result: "agrees"}})
		c.Work.Links = append(c.Work.Links[:len(c.Work.Links)-2], c.Work.Links[len(c.Work.Links)-1])
	}})
	bounded(t, "an own entry of another kind", bytes.NewReader(file), int64(len(file)), o)
}

// FuzzVerify gives any bytes to the verifier: it answers, and never that they
// match.
func FuzzVerify(f *testing.F) {
	_, file, o := tiny("fuzz")
	f.Add([]byte{}, uint16(0))
	f.Add(file[:200], uint16(3))
	f.Add(file[len(file)-300:], uint16(9))
	names := []string{"manifest.json", "chain/work.json", "chain/keys.json", "chain/organisation.json", "paths.json", "bundle-made.json", "bundle-made.tlog-proof"}
	files := bundletest.Split(file)
	for i, name := range names {
		f.Add(files[name], uint16(i+1))
	}
	f.Fuzz(func(t *testing.T, data []byte, which uint16) {
		mutant := data
		if i := int(which) % (len(names) + 1); i > 0 {
			if bytes.Equal(files[names[i-1]], data) {
				return
			}
			changed := bundletest.Files{}
			for name, content := range files {
				changed[name] = content
			}
			changed[names[i-1]] = data
			mutant = bundletest.Zip(changed)
		}
		if bytes.Equal(mutant, file) {
			return
		}
		if r := verify(mutant, o); r.Exit == bundle.ExitMatches || r.Exit == bundle.ExitFault {
			t.Errorf("exit %d\n%s", r.Exit, text(t, r))
		}
	})
}

// FuzzManifest holds that what is read is written back the same.
func FuzzManifest(f *testing.F) {
	_, file, _ := tiny("fuzz manifest")
	f.Add(bundletest.Split(file)["manifest.json"])
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := bundle.ParseManifest(data)
		if err != nil {
			return
		}
		again, err := m.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%q became %q: %v", data, again, err)
		}
	})
}

// FuzzOpen holds that what is opened is written back the same.
func FuzzOpen(f *testing.F) {
	f.Add(bundletest.Zip(bundletest.Files{"a": []byte("1"), "b/c": nil}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Mend the checksums, or no changed content would be opened.
		for at := 0; at+30 <= len(data) && string(data[at:at+4]) == "PK\x03\x04"; {
			n, size := int(binary.LittleEndian.Uint16(data[at+26:])), int(binary.LittleEndian.Uint32(data[at+18:]))
			if end := at + 30 + n + size; end > len(data) || end < at {
				break
			}
			binary.LittleEndian.PutUint32(data[at+14:], crc32.ChecksumIEEE(data[at+30+n:at+30+n+size]))
			at += 30 + n + size
		}
		o, err := bundle.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		files := bundletest.Files{}
		for _, m := range o.Members {
			content, err := io.ReadAll(o.Section(m))
			if err != nil {
				t.Fatal(err)
			}
			files[m.Name] = content
		}
		if !bytes.Equal(bundletest.Zip(files), data) {
			t.Error("what was opened is not what would be written")
		}
	})
}
