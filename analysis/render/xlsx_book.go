package render

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of the spreadsheet format, beyond which programs cut without a word.
const (
	xlsxMaxRows = 1_048_576
	xlsxMaxText = 32_767
	xlsxWraps   = 18 // columns of this width and more wrap their text

	longestEscape = len("[U+10FFFF]") // for one byte or more
)

// xlsxKind says how a column's cells are written.
type xlsxKind int

const (
	xlsxText   xlsxKind = iota // as text, whatever it looks like
	xlsxNumber                 // as a number when it is a plain integer, as text otherwise
)

// xlsxColumn is one column of a sheet.
type xlsxColumn struct {
	Title string
	Width int // in characters
	Kind  xlsxKind
}

// xlsxSheet is one sheet. Its cells have the same text as those of the table of
// text and of the paper; those of a recorded one have every letter as it is.
type xlsxSheet struct {
	Name     string
	Columns  []xlsxColumn
	Rows     func(row func(cells []string) error) error
	Recorded bool
}

// writeXLSX writes sheets as an Office Open XML workbook. A cell is text or a
// whole number, never a formula, a date or a float, so that a spreadsheet shows
// what was recorded: +447700900123 stays text.
// Errors: more rows, or a longer text, than the format holds; naming the place.
// Source: ECMA-376 part 1 (SpreadsheetML), part 2 (packaging).
func writeXLSX(w io.Writer, notice string, sheets []xlsxSheet) error {
	parts := []zipPart{
		{"[Content_Types].xml", fixedPart(contentTypes(sheets))},
		{"_rels/.rels", fixedPart(xlsxRels)},
		{"xl/_rels/workbook.xml.rels", fixedPart(workbookRels(sheets))},
		{"xl/styles.xml", fixedPart(xlsxStyles)},
		{"xl/workbook.xml", fixedPart(workbook(sheets, headRow(notice)))},
	}
	for n, s := range sheets {
		parts = append(parts, zipPart{fmt.Sprintf("xl/worksheets/sheet%d.xml", n+1), func(w io.Writer) error {
			b := xmlWriter{bufio.NewWriterSize(w, 64<<10)}
			if err := s.write(b, notice); err != nil {
				return fmt.Errorf("sheet %s: %w", s.Name, err)
			}
			return b.Flush()
		}})
	}
	return writeZip(w, parts)
}

func fixedPart(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	ooxml   = "http://schemas.openxmlformats.org/"

	xlsxRels = xmlHead + `<Relationships xmlns="` + ooxml + `package/2006/relationships"><Relationship Id="rId1" Type="` +
		ooxml + `officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`

	// Styles: 0 text, 1 head, 2 whole number, 3 text that wraps, 4 notice.
	xlsxStyles = xmlHead + `<styleSheet xmlns="` + ooxml + `spreadsheetml/2006/main">` +
		`<fonts count="2"><font><sz val="10"/><name val="Arial"/></font><font><b/><sz val="10"/><name val="Arial"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>` +
		`<border><left/><right/><top/><bottom style="thin"><color rgb="FF6F7D77"/></bottom><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="49" fontId="0" fillId="0" borderId="0" applyAlignment="1"><alignment vertical="top"/></xf></cellStyleXfs>` +
		`<cellXfs count="5">` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
		`<xf numFmtId="49" fontId="1" fillId="0" borderId="1" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
		`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"/></xf>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>` +
		`<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>` +
		`</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`
)

func contentTypes(sheets []xlsxSheet) string {
	var b strings.Builder
	const main = `application/vnd.openxmlformats-officedocument.spreadsheetml.`
	b.WriteString(xmlHead + `<Types xmlns="` + ooxml + `package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="` + main + `sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="` + main + `styles+xml"/>`)
	for n := range sheets {
		fmt.Fprintf(&b, `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="%sworksheet+xml"/>`, n+1, main)
	}
	return b.String() + `</Types>`
}

func workbookRels(sheets []xlsxSheet) string {
	var b strings.Builder
	b.WriteString(xmlHead + `<Relationships xmlns="` + ooxml + `package/2006/relationships">`)
	for n := range sheets {
		fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%sofficeDocument/2006/relationships/worksheet" Target="worksheets/sheet%d.xml"/>`, n+1, ooxml, n+1)
	}
	fmt.Fprintf(&b, `<Relationship Id="rId%d" Type="%sofficeDocument/2006/relationships/styles" Target="styles.xml"/>`, len(sheets)+1, ooxml)
	return b.String() + `</Relationships>`
}

// headRow returns the number of the row in which a sheet's head stands.
func headRow(notice string) int {
	if notice == "" {
		return 1
	}
	return 2
}

func workbook(sheets []xlsxSheet, head int) string {
	var b, names strings.Builder
	b.WriteString(xmlHead + `<workbook xmlns="` + ooxml + `spreadsheetml/2006/main" xmlns:r="` + ooxml + `officeDocument/2006/relationships"><sheets>`)
	for n, s := range sheets {
		fmt.Fprintf(&b, `<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, xmlText(s.Name), n+1, n+1)
		fmt.Fprintf(&names, `<definedName name="_xlnm.Print_Titles" localSheetId="%d">'%s'!$A:$A,'%s'!$1:$%d</definedName>`, n, xmlText(s.Name), xmlText(s.Name), head)
	}
	return b.String() + `</sheets><definedNames>` + names.String() + `</definedNames></workbook>`
}

// xmlWriter writes markup; its first error stays and comes back from Flush.
type xmlWriter struct{ *bufio.Writer }

func (w xmlWriter) put(parts ...string) {
	for _, p := range parts {
		_, _ = w.WriteString(p)
	}
}

func (w xmlWriter) putf(format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }

// write writes the sheet: a frozen head, then the rows.
func (s xlsxSheet) write(b xmlWriter, notice string) error {
	head := headRow(notice)
	b.put(xmlHead, `<worksheet xmlns="`+ooxml+`spreadsheetml/2006/main">`+
		`<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>`+
		`<sheetViews><sheetView workbookViewId="0"><pane ySplit="`, strconv.Itoa(head), `" topLeftCell="A`, strconv.Itoa(head+1),
		`" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="13"/><cols>`)
	for n, c := range s.Columns {
		b.putf(`<col min="%d" max="%d" width="%d" customWidth="1"/>`, n+1, n+1, c.Width)
	}
	b.put(`</cols><sheetData>`)
	heads := make([]string, len(s.Columns))
	for n, c := range s.Columns {
		heads[n] = c.Title
	}
	if notice != "" {
		b.put(`<row r="1"><c r="A1" s="4" t="inlineStr"><is><t>`, cellText(notice), `</t></is></c></row>`)
	}
	rows := newRowWriter(s)
	if err := rows.write(b, head, heads, true); err != nil {
		return err
	}
	row := head
	err := s.Rows(func(cells []string) error {
		row++
		if row > xlsxMaxRows {
			return fmt.Errorf("more than %d rows: a spreadsheet holds no more; ask for CSV", xlsxMaxRows-1)
		}
		if len(cells) != len(s.Columns) {
			return fmt.Errorf("row %d has %d cells, there are %d columns", row, len(cells), len(s.Columns))
		}
		return rows.write(b, row, cells, false)
	})
	if err != nil {
		return err
	}
	b.put(`</sheetData>`)
	last := columnName(len(s.Columns)-1) + strconv.Itoa(row)
	b.putf(`<autoFilter ref="A%d:%s"/>`, head, last)
	b.put(`<pageMargins left="0.55" right="0.55" top="0.55" bottom="0.75" header="0.3" footer="0.3"/>` +
		`<pageSetup paperSize="9" orientation="landscape" fitToWidth="` + strconv.Itoa(s.pagesWide()) + `" fitToHeight="0"/>` +
		`<headerFooter><oddFooter>&amp;L&amp;A&amp;RPage &amp;P of &amp;N</oddFooter></headerFooter>`)
	b.putf(`<ignoredErrors><ignoredError sqref="A1:%s" numberStoredAsText="1"/></ignoredErrors></worksheet>`, last)
	return nil
}

// rowWriter writes the rows of one sheet; its buffer is used again for each.
type rowWriter struct {
	sheet  xlsxSheet
	starts []string // <c r="A
	styles []string // what stands between the number of the row and the text
	line   []byte
	number []byte
}

func newRowWriter(s xlsxSheet) *rowWriter {
	w := &rowWriter{sheet: s}
	for n, c := range s.Columns {
		w.starts = append(w.starts, `<c r="`+columnName(n))
		style := `"`
		if c.Width >= xlsxWraps {
			style = `" s="3"`
		}
		w.styles = append(w.styles, style)
	}
	return w
}

func (w *rowWriter) write(b xmlWriter, row int, cells []string, head bool) error {
	line := append(w.line[:0], `<row r="`...)
	w.number = strconv.AppendInt(w.number[:0], int64(row), 10)
	line = append(append(line, w.number...), '"')
	if lines := w.sheet.lines(cells, head); lines > 1 {
		line = append(strconv.AppendInt(append(line, ` ht="`...), int64(13*lines), 10), `" customHeight="1"`...)
	}
	line = append(line, '>')
	for n, text := range cells {
		if text == "" {
			continue
		}
		if !w.sheet.Recorded && !isPlain(text) {
			text = visible(text)
		}
		if len(text) > xlsxMaxText/longestEscape && cellUnits(text) > xlsxMaxText {
			return fmt.Errorf("cell %s%d has more than %d characters: a spreadsheet holds no more; ask for CSV", columnName(n), row, xlsxMaxText)
		}
		line = append(append(line, w.starts[n]...), w.number...)
		if !head && w.sheet.Columns[n].Kind == xlsxNumber && isWhole(text) {
			line = append(append(append(line, `" s="2"><v>`...), text...), `</v></c>`...)
			continue
		}
		if head {
			line = append(line, `" s="1"`...)
		} else {
			line = append(line, w.styles[n]...)
		}
		line = append(line, ` t="inlineStr"><is><t`...)
		if text[0] == ' ' || text[len(text)-1] == ' ' || strings.Contains(text, "  ") {
			line = append(line, ` xml:space="preserve"`...)
		}
		line = append(append(append(line, '>'), cellText(text)...), `</t></is></c>`...)
	}
	w.line = append(line, `</row>`...)
	_, _ = b.Write(w.line) // the first error stays and comes back from Flush
	return nil
}

// pagesWide returns over how many pages the columns are printed, so that no letter
// becomes smaller than 7 points.
func (s xlsxSheet) pagesWide() int {
	const onePage = 200 // digits
	sum := 0
	for _, c := range s.Columns {
		sum += c.Width
	}
	return (sum + onePage - 1) / onePage
}

// lines returns how many lines the longest wrapped cell of a row takes, since
// not every program finds that out by itself. A column's width is in digits,
// and most letters are narrower. Heads wrap in every column.
func (s xlsxSheet) lines(cells []string, head bool) int {
	lines := 1
	for n, text := range cells {
		width := s.Columns[n].Width
		if !head && (width < xlsxWraps || len(text) <= width) {
			continue
		}
		runes := utf8.RuneCountInString(text) * 7 / 8
		if head {
			runes = utf8.RuneCountInString(text) * 9 / 8 // bold, and words do not break
		}
		if head || width >= xlsxWraps {
			lines = max(lines, (runes+width-1)/width)
		}
	}
	return min(lines, 30)
}

// columnName returns A for 0, Z for 25, AA for 26.
func columnName(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if n < 26 {
		return letters[n : n+1]
	}
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// isWhole tells whether a spreadsheet keeps every digit of this integer.
func isWhole(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > 15 || digits[0] == '0' && text != "0" {
		return false
	}
	for n := range len(digits) {
		if digits[n] < '0' || digits[n] > '9' {
			return false
		}
	}
	return true
}
