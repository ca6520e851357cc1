package event

import (
	"math/bits"
	"strconv"
)

// AppendHeader appends the header line of the canonical events file.
func AppendHeader(dst []byte) []byte {
	for i, name := range Columns() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, name...)
	}
	return append(dst, '\n')
}

// AppendContent appends the content columns of an event, without the trail.
func AppendContent(dst []byte, e *Event) []byte {
	dst = append(AppendInstant(dst, e.Start), ',')
	if e.HasEnd {
		dst = AppendInstant(dst, e.End)
	}
	if e.Minute {
		dst = append(dst, ",m,"...)
	} else {
		dst = append(dst, ",s,"...)
	}
	dst = append(append(dst, e.Evidence...), ',')
	dst = append(append(dst, e.Zone...), ',')
	dst = append(strconv.AppendInt(dst, int64(e.OffsetS), 10), ',')
	dst = append(append(dst, e.Fold...), ',')
	dst = append(append(dst, e.Type...), ',')
	dst = append(append(dst, e.Leg...), ',')
	dst = append(AppendField(dst, e.Subject), ',')
	dst = append(AppendField(dst, e.A), ',')
	dst = append(AppendField(dst, e.B), ',')
	dst = append(AppendField(dst, e.C), ',')
	dst = append(AppendField(dst, e.Dialled), ',')
	if e.HasDuration {
		dst = strconv.AppendInt(dst, e.Duration, 10)
	}
	dst = append(dst, ',')
	dst = append(append(dst, e.IMEI...), ',')
	dst = append(append(dst, e.IMSI...), ',')
	dst = append(AppendField(dst, e.Bearer), ',')
	dst = append(AppendField(dst, e.Roaming), ',')
	dst = append(AppendField(dst, e.APN), ',')
	dst = append(append(dst, e.VolumeUp...), ',')
	dst = append(append(dst, e.VolumeDown...), ',')
	dst = append(append(dst, e.Volume...), ',')
	dst = append(AppendField(dst, e.CallRef), ',')
	dst = append(append(dst, e.Outcome...), ',')
	dst = append(append(dst, e.CRS...), ',')
	dst = appendSite(dst, &e.StartAt)
	dst = appendSite(dst, &e.EndAt)
	return append(dst, e.Flags...)
}

func appendSite(dst []byte, s *Site) []byte {
	dst = append(AppendField(dst, s.Cell), ',')
	if s.HasXY {
		dst = append(strconv.AppendInt(dst, s.X, 10), ',')
		dst = append(strconv.AppendInt(dst, s.Y, 10), ',')
	} else {
		dst = append(dst, ",,"...)
	}
	dst = append(append(dst, s.Azimuth...), ',')
	return append(AppendField(dst, s.Place), ',')
}

// AppendTrail appends the trail columns and ends the line.
// Shape: repeatOf 0 means that this is the first row with its content.
func AppendTrail(dst []byte, source string, row, offset, repeatOf int64) []byte {
	dst = append(dst, ',')
	dst = append(append(dst, source...), ',')
	dst = append(appendDecimal(dst, row), ',')
	dst = append(appendDecimal(dst, offset), ',')
	if repeatOf != 0 {
		dst = strconv.AppendInt(dst, repeatOf, 10)
	}
	return append(dst, '\n')
}

// appendDecimal is strconv.AppendInt in base 10, quicker for numbers of a few digits.
func appendDecimal(dst []byte, n int64) []byte {
	if n < 0 || n >= 1e10 {
		return strconv.AppendInt(dst, n, 10)
	}
	u := uint64(n)
	digits := bits.Len64(u|1) * 1233 >> 12 // as log2 of 10 is about 4096 / 1233; or one more
	if u|1 >= tens[digits] {
		digits++
	}
	dst = append(dst, "0000000000"[:digits]...)
	at := len(dst) - 2
	for ; u >= 100; at, u = at-2, u/100 {
		pair := 2 * (u % 100)
		dst[at], dst[at+1] = pairs[pair], pairs[pair+1]
	}
	if u >= 10 {
		dst[at], dst[at+1] = pairs[2*u], pairs[2*u+1]
	} else {
		dst[at+1] = pairs[2*u+1]
	}
	return dst
}

// tens are the powers of ten that have up to eleven digits.
var tens = [...]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10}

// pairs are the numbers below 100, two digits each.
const pairs = "00010203040506070809101112131415161718192021222324" +
	"25262728293031323334353637383940414243444546474849" +
	"50515253545556575859606162636465666768697071727374" +
	"75767778798081828384858687888990919293949596979899"

// WithinMarks sets each bit that a quotation mark opens and none has closed, of 64 bytes
// with marks at those set; what closes counts as outside.
func WithinMarks(marks uint64) uint64 {
	for by := 1; by < 64; by *= 2 {
		marks ^= marks << by
	}
	return marks
}

// AppendField appends a field as RFC 4180 text, in quotes only when it must be.
func AppendField(dst, field []byte) []byte {
	for _, c := range field {
		if c == ',' || c == '"' || c == '\n' || c == '\r' {
			return appendQuoted(dst, field)
		}
	}
	return append(dst, field...)
}

func appendQuoted(dst, field []byte) []byte {
	dst = append(dst, '"')
	for _, c := range field {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// AppendRecord appends a whole line of fields as RFC 4180 text with LF.
func AppendRecord(dst []byte, fields ...string) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendField(dst, []byte(f))
	}
	return append(dst, '\n')
}
