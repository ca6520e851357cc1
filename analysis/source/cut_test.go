package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"custos.example/analysis"
)

// TestCuttingEightBytesAtATime compares lines cut with the help of cutPlain, and with what
// a host finds of them, with the same lines cut byte by byte, faults and all; and wants
// that of lines with quotation marks many are cut the quickest way.
func TestCuttingEightBytesAtATime(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // repeatable cases
	faults, quoted := 0, 0
	for _, parts := range []string{
		"a b ,", "a b c d e f g h ,", "a b , , \"", "a b c d e f g h i j k , \" =", "a b \x00 \xff \x80 \xac \x2d \x2b , \x7f \"",
		`, , , , ,"12_High_Street,_Town", ,234-10-1000-10068 ,"", ,"a,b",c ," ,"""", ,a"b ,"a"b`,
	} {
		pieces := strings.Split(parts, " ")
		for range 20_000 {
			var line []byte
			for range r.IntN(200 / (len(parts) / len(pieces))) {
				line = append(line, pieces[r.IntN(len(pieces))]...)
			}
			s := scanner{separator: ',', anyBytes: true, noQuotes: r.IntN(4) == 0, equals: r.IntN(4) == 0}
			s.rec.column = -1
			if r.IntN(2) == 0 {
				s.find = found
			}
			if s.find != nil && s.cutFound(line) && bytes.Contains(line, []byte{'"'}) {
				quoted++
			}
			s.rec.fields = s.rec.fields[:0]
			s.split(line)
			fields, fault, column := byteByByte(line, s.noQuotes, s.equals)
			if s.rec.fault == reasonNUL {
				continue // told of before the line is cut
			}
			if got, want := fmt.Sprintf("%q %s %d", s.rec.fields, s.rec.fault, s.rec.column), fmt.Sprintf("%q %s %d", fields, fault, column); got != want {
				t.Fatalf("%q is cut into\n%s\nnot\n%s", line, got, want)
			}
			if fault != "" {
				faults++
			}
		}
	}
	if faults < 1000 || quoted < 1000 {
		t.Errorf("only %d lines with faults, %d with quotation marks cut the quickest way", faults, quoted)
	}
}

// Found is for the tests that import whole files.
var Found analysis.Find = found

// found is what a host finds of 64 bytes.
func found(text *[64]byte, separator byte) (separators, quotes, odd uint64) {
	for i, b := range text {
		if b == separator {
			separators |= 1 << i
		}
		if b == '"' {
			quotes |= 1 << i
		}
		if b < 0x20 || b > 0x7e {
			odd |= 1 << i
		}
	}
	return separators, quotes, odd
}

// byteByByte cuts a line as the package comment of scanner says, without haste.
func byteByByte(line []byte, noQuotes, equals bool) (fields [][]byte, fault string, column int) {
	column = -1
	blame := func(why string) {
		if fault == "" {
			fault, column = why, len(fields)
		}
	}
	for at := 0; ; {
		open := -1
		switch {
		case noQuotes:
		case at < len(line) && line[at] == '"':
			open = at + 1
		case equals && at+1 < len(line) && line[at] == '=' && line[at+1] == '"':
			open = at + 2
		}
		var field []byte
		if open < 0 {
			for at < len(line) && line[at] != ',' {
				if line[at] == '"' && !noQuotes {
					blame(reasonQuote)
				}
				field = append(field, line[at])
				at++
			}
		} else {
			closed := false
			for at = open; at < len(line) && !closed; at++ {
				switch {
				case line[at] != '"':
					field = append(field, line[at])
				case at+1 < len(line) && line[at+1] == '"':
					field = append(field, '"')
					at++
				default:
					closed = true
				}
			}
			if !closed {
				blame(reasonUnclosed)
				return fields, fault, column
			}
			if at < len(line) && line[at] != ',' {
				blame(reasonQuote)
				return fields, fault, column
			}
		}
		fields = append(fields, bytes.Clone(field))
		if at == len(line) {
			return fields, fault, column
		}
		at++
	}
}
