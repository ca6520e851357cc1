package hostile

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
)

// member is one member of a zip file, with every field of its headers.
type member struct {
	name, local string // local: the name in its own header, if another
	data        string
	method      uint16
	flags       uint16
	attributes  uint32
	extra       string
	size        uint32 // that the directory states, if another
	sum         uint32 // likewise
	at          *int   // where the directory says it stands
}

const (
	stored   = 0
	deflated = 8
)

// zipFile writes a zip file by hand, since no library would write these.
// Source: APPNOTE.TXT 6.3.10 sections 4.3.7, 4.3.12, 4.3.16.
func zipFile(members ...member) string {
	var body, directory []byte
	for _, m := range members {
		at := len(body)
		local := m.name
		if m.local != "" {
			local = m.local
		}
		sum, size := crc32.ChecksumIEEE([]byte(m.data)), uint32(len(m.data)) //nolint:gosec // small
		body = append(body, "PK\x03\x04"...)
		body = append(body, common(m, sum, size, local)...)
		body = append(body, local+m.extra+m.data...)
		if m.sum != 0 {
			sum = m.sum
		}
		if m.size != 0 {
			size = m.size
		}
		if m.at != nil {
			at = *m.at
		}
		directory = append(directory, "PK\x01\x02\x14\x00"...)
		directory = append(directory, common(m, sum, size, m.name)...)
		directory = binary.LittleEndian.AppendUint16(directory, 0) // comment
		directory = binary.LittleEndian.AppendUint16(directory, 0) // disk
		directory = binary.LittleEndian.AppendUint16(directory, 0)
		directory = binary.LittleEndian.AppendUint32(directory, m.attributes)
		directory = binary.LittleEndian.AppendUint32(directory, uint32(at)) //nolint:gosec // small
		directory = append(directory, m.name+m.extra...)
	}
	return string(body) + string(directory) + zipEnd(len(members), len(directory), len(body))
}

// common are the fields that both headers share.
func common(m member, sum, size uint32, name string) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, 20)
	b = le.AppendUint16(b, m.flags)
	b = le.AppendUint16(b, m.method)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint16(b, 1<<5|1)
	b = le.AppendUint32(b, sum)
	b = le.AppendUint32(b, uint32(len(m.data))) //nolint:gosec // small
	b = le.AppendUint32(b, size)
	b = le.AppendUint16(b, uint16(len(name)))       //nolint:gosec // small
	return le.AppendUint16(b, uint16(len(m.extra))) //nolint:gosec // small
}

// zipEnd is the record at the end.
func zipEnd(count, length, at int) string {
	le := binary.LittleEndian
	b := []byte("PK\x05\x06\x00\x00\x00\x00")
	b = le.AppendUint16(b, uint16(count))  //nolint:gosec // as written
	b = le.AppendUint16(b, uint16(count))  //nolint:gosec // as written
	b = le.AppendUint32(b, uint32(length)) //nolint:gosec // small
	b = le.AppendUint32(b, uint32(at))     //nolint:gosec // small
	return string(append(b, 0, 0))
}

func deflatedText(text []byte) string {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, _ = w.Write(text) // into memory
		_ = w.Close()
	}
	return b.String()
}

// zips are files handed in as bundles. Not one of them is in the one form that
// a bundle has.
func zips(r *rand.Rand) []File {
	a := member{name: "a.json", data: "{}"}
	good := zipFile(a)
	zeros := deflatedText(make([]byte, 64<<20))
	nested := good
	for range 6 {
		nested = zipFile(member{name: "a.zip", data: nested})
	}
	zero := 0
	many := make([]member, 1000)
	for i := range many {
		many[i] = member{name: fmt.Sprintf("m%05d", i), data: zeros, method: deflated, at: &zero}
		if i > 0 {
			many[i].data = ""
		}
	}
	list := map[string]string{
		"nothing": "", "one byte": "P", "not a zip": "custos", "an honest zip": good,
		"deflate bomb":     zipFile(member{name: "a.json", data: zeros, method: deflated, size: 64 << 20}),
		"nested six times": nested, "overlapping members": zipFile(many...),
		"itself by its size": zipFile(member{name: "a.zip", data: good[:20], size: uint32(len(good))}), //nolint:gosec // small
		"a name twice":       zipFile(a, a), "names that differ in case": zipFile(a, member{name: "A.json", data: "{}"}),
		"a name composed and decomposed": zipFile(member{name: "é", data: "1"}, member{name: "e\u0301", data: "2"}),
		"another name in its own header": zipFile(member{name: "a.json", local: "b.json", data: "{}"}),
		"another size":                   zipFile(member{name: "a.json", data: "{}", size: 3}), "another sum": zipFile(member{name: "a.json", data: "{}", sum: 1}),
		"sizes behind the data": zipFile(member{name: "a.json", data: "{}", flags: 8}), "encrypted": zipFile(member{name: "a.json", data: "{}", flags: 1}),
		"UTF-8 flag": zipFile(member{name: "a.json", data: "{}", flags: 1 << 11}), "method 99": zipFile(member{name: "a.json", data: "{}", method: 99}),
		"zip64, 2^63": zipFile(member{name: "a.json", data: "{}", extra: "\x01\x00\x10\x00" + strings.Repeat("\x00", 7) + "\x80" + strings.Repeat("\x00", 7) + "\x80"}),
		"two ends":    good + zipEnd(1, 52, 38), "an end in a comment": good[:len(good)-2] + "\x16\x00" + zipEnd(0, 0, 0),
		"junk before": "junk" + good, "junk after": good + "junk", "a program before": "#!/bin/sh\n" + good,
		"a comment of 65,535": good[:len(good)-2] + "\xff\xff" + strings.Repeat("c", 65535),
		"70,000 members":      strings.Repeat("PK\x01\x02", 70_000) + zipEnd(70_000, 280_000, 0), "a count that lies": good[:len(good)-22] + zipEnd(60_000, 52, 38),
		"no members": zipEnd(0, 0, 0), "members out of order": zipFile(member{name: "b", data: "1"}, a),
		"a link": zipFile(member{name: "a.json", data: "/etc/passwd", attributes: 0o120777 << 16}), "a device": zipFile(member{name: "a.json", attributes: 0o020666 << 16}),
		"a program that runs as root": zipFile(member{name: "a.json", data: "x", attributes: 0o104755 << 16}), "a folder": zipFile(member{name: "a/", attributes: 16}),
	}
	for i, name := range []string{
		"../x", "..\\x", "/abs", "C:\\x", "a\x00b", "CON", "a./", strings.Repeat("n", 4096), strings.Repeat("a/", 300) + "x", "", ".", "-rf", "a//b", "a/../b", "A.json", "a b", "a\nb", "\u202ea",
	} {
		list[fmt.Sprintf("name %02d", i)] = zipFile(member{name: name, data: "{}"})
	}
	for i := range len(good) {
		list[fmt.Sprintf("cut at %03d", i)] = good[:i]
	}
	for i := range 64 {
		bit := r.IntN(len(good) * 8)
		changed := []byte(good)
		changed[bit/8] ^= 1 << (bit % 8)
		list[fmt.Sprintf("bit %02d", i)] = string(changed)
	}
	return bundles(list)
}

// bundles are files that must be refused as bundles, by name.
func bundles(list map[string]string) []File {
	var files []File
	for name, text := range list {
		f := File{Name: "zip/" + name, Reader: Bundle, Verdict: Reject, Code: "zip", Content: of(text)}
		if name == "an honest zip" || name == "nested six times" {
			f.Code = "manifest" // no bundle, but in the form of one
		}
		files = append(files, f)
	}
	sortFiles(files)
	return files
}
