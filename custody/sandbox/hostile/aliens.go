package hostile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
)

// aliens are files of other formats, harmless and harmful, handed in as a table:
// none of them is read.
func aliens(r *rand.Rand) []File {
	entity := `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">`
	for i := 'b'; i < 'k'; i++ {
		entity += fmt.Sprintf("<!ENTITY %c %q>", i, strings.Repeat(fmt.Sprintf("&%c;", i-1), 10))
	}
	list := []File{
		{Name: "xml, entities in entities", Content: of(`<?xml version="1.0"?>` + entity + "]><r>&j;</r>")},
		{Name: "xml, external entity", Content: of(`<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>`)},
		{Name: "xml, parameter entity", Content: of(`<?xml version="1.0"?><!DOCTYPE r [<!ENTITY % x SYSTEM "http://192.0.2.1/x.dtd">%x;]><r/>`)},
		{Name: "xml, inclusion", Content: of(`<r xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></r>`)},
		{Name: "xml, 200,000 deep", Content: repeated{pattern: "<a>", times: 200_000}},
		{Name: "xml, a million attributes", Content: repeated{head: "<r ", pattern: `a="b" `, times: 1_000_000, tail: "/>"}},
		{Name: "xml, an attribute of 100 MiB", Content: repeated{head: `<r a="`, pattern: strings.Repeat("x", 1024), times: 100 << 10, tail: `"/>`}},
		{Name: "xml in UTF-7", Content: of(`<?xml version="1.0" encoding="UTF-7"?>+ADw-r/+AD4-`)},
		{Name: "xml style sheet", Content: of(`<?xml version="1.0"?><?xml-stylesheet href="http://192.0.2.1/x.xsl"?><r/>`)},
		{Name: "xml workbook of a call list", Content: of(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet/></Workbook>`)},
		{Name: "gzip of a table", Content: of(squeezed(header + plain()))},
		{Name: "gzip of 1 GiB of zeros, twice over", Content: of(bomb() + bomb())},
		{Name: "tar of links", Content: of(tarOf("a", '2', "/etc/passwd", "0000000") + tarOf("../../x", '1', "a", "0000000"))},
		{Name: "tar, negative size", Content: of(tarOf("x", '0', "", "-000001"))},
		{Name: "tar, size beyond all", Content: of(tarOf("x", '0', "", "\x80\xff\xff\xff\xff\xff\xff"))},
		{Name: "tar, sparse", Content: of(tarOf("x", 'S', "", "0000001"))},
		{Name: "tar, path in pax", Content: of(tarOf("x", 'x', "", "0000022") + padded("18 path=../../../x\n"))},
		{Name: "sqlite", Content: of(database(false))},
		{Name: "sqlite, page that points to itself", Content: of(database(true))},
		{Name: "zip of a table", Content: of(zipFile(member{name: "a.csv", data: header + plain()}))},
		{Name: "workbook", Content: of(zipFile(member{name: "[Content_Types].xml", data: "<Types/>"}, member{name: "xl/workbook.xml", data: "<workbook/>"}))},
		{Name: "old workbook", Content: of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 504))},
		{Name: "paper with a script", Content: of("%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF")},
		{Name: "picture of 60,000 by 60,000", Content: of("\x89PNG\r\n\x1a\n" + string(picture()))},
		{Name: "moving picture", Content: of("GIF89a" + strings.Repeat("\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00", 100_000))},
		{Name: "page", Content: of("<!doctype html><html><script>alert(1)</script>")},
		{Name: "address card", Content: of("BEGIN:VCARD\r\nVERSION:4.0\r\nFN:=1+1\r\nEND:VCARD\r\n")},
		{Name: "program", Content: of("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 200))},
		{Name: "json", Content: of(`{"calls":[]}`)},
		{Name: "json, 100,000 deep", Content: repeated{pattern: "[", times: 100_000}},
		{Name: "pickled object", Content: of("cos\nsystem\n(S'true'\ntR.")},
	}
	for i := range list {
		list[i].Name, list[i].Reader, list[i].Verdict, list[i].Code = "alien/"+list[i].Name, Table, Reject, "not this format"
	}
	// Two files in one: a table that is another format as well stays a table.
	both := File{Name: "alien/table and archive in one", Reader: Table, Verdict: Flag, Content: of(header + plain() + zipFile(member{name: "x", data: fmt.Sprint(r.Uint64())}))}
	return append(list, both)
}

func squeezed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // into memory
	_ = w.Close()
	return b.String()
}

// bomb is a GiB of zeros, squeezed a thousand times.
func bomb() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 1 << 6 { // 64 MiB are as good: nothing here unpacks it
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return b.String()
}

func padded(text string) string {
	return text + strings.Repeat("\x00", (512-len(text)%512)%512)
}

// tarOf is one header of an archive of tapes.
func tarOf(name string, kind byte, link, size string) string {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000644\x000000000\x000000000\x00")
	copy(h[124:], size)
	copy(h[136:], "00000000000\x00")
	h[156] = kind
	copy(h[157:], link)
	copy(h[257:], "ustar\x0000")
	sum := 8 * int(' ')
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return string(h)
}

// database is the first page of a file of SQLite.
func database(cycle bool) string {
	page := make([]byte, 4096)
	copy(page, "SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20")
	binary.BigEndian.PutUint32(page[28:], 1)
	page[100] = 13
	if cycle {
		page[100] = 5
		binary.BigEndian.PutUint32(page[108:], 1)
	}
	return string(page)
}

// picture is the head of a picture that would take 14 GiB.
func picture() []byte {
	b := binary.BigEndian.AppendUint32(nil, 13)
	b = append(b, "IHDR"...)
	b = binary.BigEndian.AppendUint32(b, 60_000)
	b = binary.BigEndian.AppendUint32(b, 60_000)
	return append(b, 8, 6, 0, 0, 0, 0, 0, 0, 0)
}
