package event

// The years that an event may lie in. Outside them a time is a damaged field.
const (
	FirstYear = 1900
	LastYear  = 2199
)

// AppendInstant appends Unix seconds as 2026-10-24T17:04:12Z.
// Shape: 20 bytes, for instants of the years 0000 to 9999.
func AppendInstant(dst []byte, unix int64) []byte {
	days, secs := floorDiv(unix, 86400)
	y, m, d := CivilDate(days)
	dst = append(dst,
		byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		byte('0'+m/10), byte('0'+m%10), '-', byte('0'+d/10), byte('0'+d%10), 'T')
	h, min, s := secs/3600, secs/60%60, secs%60
	return append(dst,
		byte('0'+h/10), byte('0'+h%10), ':', byte('0'+min/10), byte('0'+min%10), ':',
		byte('0'+s/10), byte('0'+s%10), 'Z')
}

// ParseInstant returns the Unix seconds of 2026-10-24T17:04:12Z.
// Errors: false for any other form, or a date that does not exist.
func ParseInstant(p []byte) (int64, bool) {
	if len(p) != 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' || p[19] != 'Z' {
		return 0, false
	}
	var n [14]int64
	k := 0
	for i, c := range p[:19] {
		switch i {
		case 4, 7, 10, 13, 16:
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		n[k] = int64(c - '0')
		k++
	}
	return LocalSeconds(int(n[0]*1000+n[1]*100+n[2]*10+n[3]), int(n[4]*10+n[5]), int(n[6]*10+n[7]),
		int(n[8]*10+n[9]), int(n[10]*10+n[11]), int(n[12]*10+n[13]))
}

// LocalSeconds returns a civil date and time as seconds from 1970-01-01 00:00
// on the same clock.
// Errors: false when there is no such date or time (30 February, 24:00, second 60).
func LocalSeconds(y, m, d, h, min, s int) (int64, bool) {
	if y < FirstYear || y > LastYear || m < 1 || m > 12 || d < 1 || d > 31 || h > 23 || min > 59 || s > 59 || h < 0 || min < 0 || s < 0 {
		return 0, false
	}
	if d > 28 && d > monthDays(y, m) {
		return 0, false
	}
	return civilDays(y, m, d)*86400 + int64(h*3600+min*60+s), true
}

func monthDays(y, m int) int {
	switch m {
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// civilDays returns the days from 1970-01-01 of a date in the Gregorian calendar.
func civilDays(y, m, d int) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era)*146097 + int64(doe) - 719468
}

// CivilDate returns the date of a number of days from 1970-01-01.
func CivilDate(days int64) (y, m, d int) {
	z := days + 719468
	era, doe := floorDiv(z, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

// floorDiv returns quotient and remainder with 0 <= remainder < b.
func floorDiv(a, b int64) (q, r int64) {
	q, r = a/b, a%b
	if r < 0 {
		q--
		r += b
	}
	return q, r
}
