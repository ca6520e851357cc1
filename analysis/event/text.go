package event

import "strconv"

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
	digits := 1
	for limit := int64(10); n >= limit; limit *= 10 {
		digits++
	}
	dst = append(dst, "0000000000"[:digits]...)
	at := len(dst) - 1
	for ; n >= 100; at, n = at-2, n/100 {
		pair := n % 100
		dst[at-1], dst[at] = byte('0'+pair/10), byte('0'+pair%10) //nolint:gosec // digits
	}
	if dst[at] = byte('0' + n%10); n >= 10 { //nolint:gosec // a digit
		dst[at-1] = byte('0' + n/10) //nolint:gosec // a digit
	}
	return dst
}

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
