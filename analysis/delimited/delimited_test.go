package delimited

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"custos.example/analysis"
)

func all(t *testing.T, in io.Reader, limit int) (list []string, err error) {
	t.Helper()
	r := NewReader(in, ',', limit)
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		line := fmt.Sprintf("%d@%d %s", rec.Row, rec.Offset, rec.Fault)
		for _, f := range rec.Fields {
			line += "|" + string(f)
		}
		list = append(list, line)
	}
}

// TestRecords: every case by hand, read whole and byte by byte.
func TestRecords(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{"\n\r\n", nil},
		{"a,b\nc,d", []string{"1@0 |a|b", "2@4 |c|d"}},
		{"\xef\xbb\xbfa,b\r\n\r\nc,\r\n", []string{"1@3 |a|b", "2@10 |c|"}},
		{"\"a,\"\"b\"\"\nc\",d\ne,f\n", []string{"1@0 |a,\"b\"\nc|d", "2@14 |e|f"}},
		{"a\"b,c\nd,\"e\"f\ng,h\n", []string{"1@0 BAD_QUOTES", "2@6 BAD_QUOTES", "3@13 |g|h"}},
		{"a,\"b\nc,d\ne,f\n", []string{"1@0 UNCLOSED_QUOTE", "2@5 |c|d", "3@9 |e|f"}},
		{"a,\"b", []string{"1@0 UNCLOSED_QUOTE"}},
		{"a\x00b\n\xff\nc", []string{"1@0 NUL_BYTE", "2@4 NOT_UTF8", "3@6 |c"}},
		{"a,\"b\"c\nd\n", []string{"1@0 BAD_QUOTES", "2@7 |d"}},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,b\nc\n", []string{"1@0 RECORD_TOO_LONG", "2@82 |c"}},
	} {
		for name, in := range map[string]io.Reader{"whole": strings.NewReader(c.text), "bytes": iotest.OneByteReader(strings.NewReader(c.text))} {
			limit := 64 << 10
			if strings.HasPrefix(c.text, "aaaa") {
				limit = 40
			}
			got, err := all(t, in, limit)
			if err != nil || strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("%s, %q:\n%q, %v; want\n%q", name, c.text, got, err, c.want)
			}
		}
	}
	if _, err := all(t, strings.NewReader("\xff\xfea\x00"), 100); !errors.Is(err, analysis.ErrNotThisFormat) {
		t.Error(err)
	}
	if _, err := all(t, iotest.TimeoutReader(strings.NewReader(strings.Repeat("a", 100_000))), 1<<20); !errors.Is(err, iotest.ErrTimeout) {
		t.Error(err)
	}
}

// TestAgainstTheStandardReader compares with another reader on random texts
// that it accepts.
func TestAgainstTheStandardReader(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compared := 0
	for range 20_000 {
		text := make([]byte, r.IntN(40))
		for i := range text {
			text[i] = "ab,\"\n,\"x"[r.IntN(8)]
		}
		std := csv.NewReader(bytes.NewReader(text))
		std.FieldsPerRecord = -1
		want, err := std.ReadAll()
		if err != nil {
			continue
		}
		compared++
		got, err := all(t, bytes.NewReader(text), 1000)
		lines := make([]string, 0, len(want))
		for _, w := range want {
			lines = append(lines, "|"+strings.Join(w, "|"))
		}
		for i := range got {
			_, got[i], _ = strings.Cut(got[i], " ")
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(lines, "\n") {
			t.Fatalf("%q: %q, %v; want %q", text, got, err, lines)
		}
	}
	if compared < 3000 {
		t.Errorf("only %d texts were compared", compared)
	}
}

// TestStrayQuotesSwallowNothing: each of many stray quotation marks damages its
// own line and no other, and the time does not grow with their square.
func TestStrayQuotesSwallowNothing(t *testing.T) {
	got, err := all(t, strings.NewReader(strings.Repeat("\"a\nb,c\n", 100_000)), 1<<16)
	if err != nil || len(got) != 200_000 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("a,\"b\"\"\n\",c\r\nd,e\n"))
	f.Add([]byte("\xef\xbb\xbf\"open\nx\x00,\xff\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewReader(bytes.NewReader(text), ',', 256)
		last := int64(-1)
		for {
			rec, err := r.Next()
			if err != nil {
				return
			}
			if rec.Offset <= last || rec.Offset >= int64(len(text)) || (rec.Fault == "") == (len(rec.Fields) == 0) {
				t.Fatalf("%+v after offset %d of %d bytes", rec, last, len(text))
			}
			last = rec.Offset
		}
	})
}
