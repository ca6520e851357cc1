package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestCuttingEightBytesAtATime compares lines cut with the help of cutPlain
// with the same lines cut byte by byte, faults and all.
func TestCuttingEightBytesAtATime(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // repeatable cases
	faults := 0
	for _, letters := range []string{"ab,", "abcdefgh,", "ab,,\"", "abcdefghijk,\"=", "ab\x00\xff\x80\xac\x2d\x2b,\x7f\""} {
		for range 20_000 {
			line := make([]byte, r.IntN(200))
			for i := range line {
				line[i] = letters[r.IntN(len(letters))]
			}
			s := scanner{separator: ',', anyBytes: true, noQuotes: r.IntN(4) == 0, equals: r.IntN(4) == 0}
			s.rec.column = -1
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
	if faults < 1000 {
		t.Errorf("only %d lines with faults", faults)
	}
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
