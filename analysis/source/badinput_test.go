package source_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"custos.example/analysis"
	"custos.example/analysis/source"
)

const (
	head = "A Number,B Number,Call Type,Start Date,Start Time,Duration,IMEI,IMSI,First Cell CGI,First Cell Easting," +
		"First Cell Northing,First Cell Azimuth,First Cell Address,Last Cell CGI,Last Cell Easting,Last Cell Northing,Last Cell Azimuth\r\n"
	good = `07700900001,07700900002,MO Voice,24/10/2026,18:04:12,00:00:47,352099112044173,234100812834876,001-01-1000-10068,376693,165301,140,"1 High Street, Bath",001-01-1000-10068,376693,165301,140` + "\r\n"
)

// cells replaces cells of the good row, by their column.
func cells(t testing.TB, changes map[string]string) string {
	t.Helper()
	names := strings.Split(strings.TrimSpace(head), ",")
	values := []string{
		"07700900001", "07700900002", "MO Voice", "24/10/2026", "18:04:12", "00:00:47", "352099112044173", "234100812834876",
		"001-01-1000-10068", "376693", "165301", "140", `"1 High Street, Bath"`, "001-01-1000-10068", "376693", "165301", "140",
	}
	for name, value := range changes {
		at := -1
		for i, n := range names {
			if n == name {
				at = i
			}
		}
		if at < 0 {
			t.Fatalf("no column %q", name)
		}
		values[at] = value
	}
	return strings.Join(values, ",") + "\r\n"
}

func TestFilesThatAreNotInTheFormat(t *testing.T) {
	utf16le := func(s string, mark bool) []byte {
		var b []byte
		if mark {
			b = []byte{0xff, 0xfe}
		}
		for _, u := range utf16.Encode([]rune(s)) {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
		return b
	}
	noise := make([]byte, 100_000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for name, c := range map[string]struct {
		file []byte
		says string
	}{
		"empty":           {nil, "source: not this format: the file is empty"},
		"wrong profile":   {[]byte("interaction,direction\ncall,in\n"), `row 1: column 1 is "interaction"; expected "A Number", as profile uk-17 wants`},
		"a column fewer":  {[]byte(strings.Replace(head, ",Last Cell Azimuth", "", 1)), "row 1: there are 16 columns; expected 17"},
		"another column":  {[]byte(strings.Replace(head, "IMSI", "MSISDN", 1)), `row 1: column 8 is "MSISDN"; expected "IMSI"`},
		"noise":           {noise, "row 1: "},
		"UTF-16, marked":  {utf16le(head+good, true), "the file begins with the byte order mark of utf-16"},
		"UTF-16, no mark": {utf16le(head+good, false), "row 1: there are NUL bytes, as in UTF-16"},
		"one open quote":  {[]byte(`"` + head + good), "row 1: the line cannot be read (UNCLOSED_QUOTE)"},
		"blank lines":     {[]byte("\r\n\r\n"), "the file ends at row 2, before the header"},
		"long first line": {bytes.Repeat([]byte("x"), 3<<20), "row 1: the line cannot be read (FIELD_TOO_LONG)"},
	} {
		_, err := tryImport(c.file, profile(t, "uk-17"))
		if !errors.Is(err, analysis.ErrNotThisFormat) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want not this format, with %q", name, err, c.says)
		}
	}
	if _, err := tryImport([]byte(head+good), profile(t, "uk-17")); err != nil {
		t.Errorf("control: %v", err)
	}
	im := mustImport(t, []byte(head), profile(t, "uk-17"))
	if b := im.outcome.Result.Balance; b.Received != 0 {
		t.Errorf("a header alone is a file with no records; got %s", b)
	}
	_, err := tryImport([]byte("\xef\xbb\xbf"+head+good), bytes.Replace(profile(t, "uk-17"), []byte("encoding: utf-8"), []byte("encoding: windows-1252"), 1))
	if !errors.Is(err, analysis.ErrNotThisFormat) || !strings.Contains(err.Error(), "the byte order mark of utf-8") {
		t.Errorf("UTF-8, marked, read as windows-1252: %v", err)
	}
	im = mustImport(t, []byte("\xef\xbb\xbf"+head+good), profile(t, "uk-17"))
	if b := im.outcome.Result.Balance; b.Shown != 1 || !strings.Contains(im.report, `"bom":true`) {
		t.Errorf("with a byte order mark: %s", b)
	}
}

func TestRowsThatAreSetAside(t *testing.T) {
	for name, c := range map[string]struct{ row, reason, column string }{
		"ragged, short":       {"07700900001,07700900002\r\n", "WRONG_COLUMN_COUNT", ""},
		"ragged, long":        {strings.TrimSpace(good) + ",x\r\n", "WRONG_COLUMN_COUNT", ""},
		"stray mark":          {cells(t, map[string]string{"First Cell Address": `1 "High" Street`}), "BAD_QUOTES", "First Cell Address"},
		"text after a mark":   {cells(t, map[string]string{"First Cell Address": `"1 High"Street`}), "BAD_QUOTES", "First Cell Address"},
		"open mark":           {cells(t, map[string]string{"Last Cell Azimuth": `"140`}), "UNCLOSED_QUOTE", "Last Cell Azimuth"},
		"NUL":                 {cells(t, map[string]string{"IMSI": "23410\x00812834876"}), "NUL_BYTE", "IMSI"},
		"not UTF-8":           {cells(t, map[string]string{"IMEI": "3520\xff"}), "NOT_UTF8", "IMEI"},
		"50 MB field":         {cells(t, map[string]string{"First Cell Address": strings.Repeat("y", 50<<20)}), "FIELD_TOO_LONG", "First Cell Address"},
		"70 kB field":         {cells(t, map[string]string{"First Cell Address": strings.Repeat("y", 70<<10)}), "FIELD_TOO_LONG", "First Cell Address"},
		"scientific":          {cells(t, map[string]string{"A Number": "4.4771E+11"}), "SCI_NOTATION_LOST", "A Number"},
		"scientific, comma":   {cells(t, map[string]string{"B Number": `"4,4771E+11"`}), "SCI_NOTATION_LOST", "B Number"},
		"rounded":             {cells(t, map[string]string{"B Number": "353000000000"}), "ROUNDED_NUMBER", "B Number"},
		"formula":             {cells(t, map[string]string{"B Number": `=HYPERLINK(A1)`}), "FORMULA_CELL", "B Number"},
		"formula, plus":       {cells(t, map[string]string{"B Number": `+cmd|x`}), "FORMULA_CELL", "B Number"},
		"formula, at":         {cells(t, map[string]string{"B Number": `@SUM(A1)`}), "FORMULA_CELL", "B Number"},
		"no subject":          {cells(t, map[string]string{"A Number": ""}), "MISSING_SUBJECT", "A Number"},
		"code":                {cells(t, map[string]string{"Call Type": "Fax"}), "UNKNOWN_EVENT_CODE", "Call Type"},
		"a party on data":     {cells(t, map[string]string{"Call Type": "GPRS"}), "UNEXPECTED_OTHER_PARTY", "B Number"},
		"month 13":            {cells(t, map[string]string{"Start Date": "10/24/2026"}), "BAD_TIME", "Start Date"},
		"30 February":         {cells(t, map[string]string{"Start Date": "30/02/2026"}), "BAD_TIME", "Start Date"},
		"24:00":               {cells(t, map[string]string{"Start Time": "24:00:00"}), "BAD_TIME", "Start Date"},
		"the skipped hour":    {cells(t, map[string]string{"Start Date": "29/03/2026", "Start Time": "01:30:00"}), "IMPOSSIBLE_LOCAL_TIME", "Start Date"},
		"no duration":         {cells(t, map[string]string{"Duration": ""}), "MISSING_DURATION", "Duration"},
		"duration":            {cells(t, map[string]string{"Duration": "0.00138"}), "BAD_DURATION", "Duration"},
		"control in a number": {cells(t, map[string]string{"B Number": "0770\x079"}), "BAD_IDENTIFIER", "B Number"},
	} {
		file := head + good + c.row + cells(t, map[string]string{"B Number": "07700900003"})
		im, err := tryImport([]byte(file), profile(t, "uk-17"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := "3," + strconv.Itoa(len(head)+len(good)) + "," + c.reason + "," + c.column + "\n"
		if got := strings.TrimPrefix(im.aside, "row,offset,reason,column\n"); got != want {
			t.Errorf("%s: set aside %q, want %q", name, got, want)
		}
		if b := im.outcome.Result.Balance; b.Shown != 2 || b.SetAside != 1 {
			t.Errorf("%s: %s; the rows around it must stay", name, b)
		}
	}
}

func TestValuesThatAreKept(t *testing.T) {
	for name, c := range map[string]struct {
		change              map[string]string
		field, value, flags string
	}{
		"plus":            {map[string]string{"B Number": "+447700900002"}, "b_number", "+447700900002", ""},
		"blanks":          {map[string]string{"B Number": " 07700 900002 "}, "b_number", "+447700900002", ""},
		"zero in braces":  {map[string]string{"B Number": "+44 (0)7700 900002"}, "b_number", "+447700900002", "TRUNK_ZERO"},
		"lost zero":       {map[string]string{"B Number": "7700900002"}, "b_number", "+447700900002", "REPAIRED_LEADING_ZERO"},
		"short code":      {map[string]string{"B Number": "60300"}, "b_number", "short:60300", ""},
		"text on a call":  {map[string]string{"B Number": "GOV.UK"}, "b_number", "text:GOV.UK", "NUMBER_UNRECOGNISED"},
		"withheld, word":  {map[string]string{"B Number": "Withheld"}, "b_number", "none:withheld", ""},
		"withheld, blank": {map[string]string{"B Number": ""}, "b_number", "none:withheld", ""},
		"nine digits":     {map[string]string{"B Number": "123456789"}, "b_number", "other:123456789", "NUMBER_UNRECOGNISED"},
		"no country":      {map[string]string{"B Number": "+999123456789"}, "b_number", "other:+999123456789", "NUMBER_UNRECOGNISED"},
		"rounded IMEI":    {map[string]string{"IMEI": "352099000000000"}, "imei", "", "IMEI_ROUNDED"},
		"IMEI, no check":  {map[string]string{"IMEI": "352099112044170"}, "imei", "352099112044170", ""},
		"IMEI, bad check": {map[string]string{"IMEI": "352099112044174"}, "imei", "352099112044174", "IMEI_CHECK"},
		"IMEISV":          {map[string]string{"IMEI": "3520991120441701"}, "imei", "3520991120441701", ""},
		"short IMEI":      {map[string]string{"IMEI": "35209911"}, "imei", "", "IMEI_SHAPE"},
		"rounded IMSI":    {map[string]string{"IMSI": "2.3410E+14"}, "imsi", "", "IMSI_ROUNDED"},
		"formula in text": {map[string]string{"First Cell Address": `"=1+1, x"`}, "start_place", "=1+1, x", "FORMULA_TEXT"},
		"turned text":     {map[string]string{"First Cell Address": "a\u202eb"}, "start_place", "a\u202eb", "CONTROL_TEXT"},
		"mark in text":    {map[string]string{"First Cell Address": `"5"" pipe"`}, "start_place", `5" pipe`, ""},
		"azimuth 360":     {map[string]string{"First Cell Azimuth": "360"}, "start_azimuth", "omni", ""},
		"azimuth 007":     {map[string]string{"First Cell Azimuth": "007"}, "start_azimuth", "7", ""},
		"azimuth N":       {map[string]string{"First Cell Azimuth": "N"}, "start_azimuth", "", "AZIMUTH_SHAPE"},
		"cell":            {map[string]string{"First Cell CGI": "Bath 1"}, "start_cell", "name:Bath 1", "CELL_SHAPE"},
		"position":        {map[string]string{"First Cell Easting": "9999999"}, "start_x", "", "POSITION_SHAPE"},
		"fold":            {map[string]string{"Start Date": "25/10/2026", "Start Time": "01:30:00"}, "start_utc", "2026-10-25T00:30:00Z", "FOLD_UNKNOWN"},
		"summer":          {map[string]string{}, "start_utc", "2026-10-24T17:04:12Z", ""},
		"winter":          {map[string]string{"Start Date": "24/12/2026"}, "start_utc", "2026-12-24T18:04:12Z", ""},
		"end":             {map[string]string{"Duration": "25:00:01"}, "end_utc", "2026-10-25T18:04:13Z", ""},
	} {
		im, err := tryImport([]byte(head+cells(t, c.change)), profile(t, "uk-17"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all := rows(t, im.events)
		if len(all) != 1 {
			t.Errorf("%s: set aside: %s", name, im.aside)
			continue
		}
		if got := all[0]; got[c.field] != c.value || got["flags"] != c.flags {
			t.Errorf("%s: %s is %q with flags %q, want %q with %q", name, c.field, got[c.field], got["flags"], c.value, c.flags)
		}
	}
}

func TestRepeatsAreLabelledNeverDropped(t *testing.T) {
	other := cells(t, map[string]string{"B Number": "0044 7700 900002"}) // the same event in another format
	file := head + good + cells(t, map[string]string{"B Number": "07700900009"}) + other + good
	im := mustImport(t, []byte(file), profile(t, "uk-17"))
	if b := im.outcome.Result.Balance; b.Received != 4 || b.Shown != 2 || b.Repeats != 2 {
		t.Error(b)
	}
	got := map[string]string{}
	for _, r := range rows(t, im.events) {
		got[r["row"]] = r["repeat_of"]
	}
	if len(got) != 4 || got["2"] != "" || got["3"] != "" || got["4"] != "2" || got["5"] != "2" {
		t.Errorf("repeat_of by row: %v", got)
	}
}

// endless is a source that is larger than any memory bound allows to be kept.
type endless struct {
	first string
	row   string
	size  int64
}

func (e endless) Size() int64 { return e.size }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		switch {
		case at >= e.size:
			return i, io.EOF
		case at < int64(len(e.first)):
			p[i] = e.first[at]
		default:
			p[i] = e.row[(at-int64(len(e.first)))%int64(len(e.row))]
		}
	}
	return len(p), nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	peak := func(size int64, row string) uint64 {
		var most uint64
		in := map[string]analysis.Input{
			"source":  endless{head, row, size},
			"profile": bytes.NewReader(profile(t, "uk-17")), "decisions": strings.NewReader("[]"),
		}
		runtime.GC()
		w := writerFunc(func(p []byte) (int, error) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			return len(p), nil
		})
		if _, err := (source.CSV{}).Run(analysis.NewMemoryEnv(0), in, nil, map[string]io.Writer{"events": w, "set-aside": w, "report": w}); err != nil {
			t.Fatal(err)
		}
		return most
	}
	for name, row := range map[string]string{
		"one field without end": strings.Repeat("z", 1000),
		"short rows":            "a,b\n",
		"quotation marks":       "\"\n",
	} {
		if most := peak(40<<20, row); most > 48<<20 {
			t.Errorf("%s: %d MiB in use", name, most>>20)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
