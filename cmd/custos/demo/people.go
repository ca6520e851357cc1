package demo

import "math/rand/v2"

// person is one made-up phone user: where they are at each hour and whom they call.
type person struct {
	number     int // the last three digits after 07700 900
	home, work place
	handsets   [2]string // the second is used from swapDay on; the same where they never change
	swapDay    int
	imsi       string
	contacts   []int
}

// meeting is when and where two of the people meet: a true signal for an analyst to find.
type meeting struct {
	day, fromHour, toHour int
	at                    place
	who                   [2]int
}

// people returns the cast: five subjects, the second of whom changes handset half-way.
func people(r *rand.Rand, t *town) []person {
	cast := make([]person, 5)
	for i := range cast {
		p := &cast[i]
		p.number = 101 + 7*i
		p.home, p.work = t.somewhere(r), t.somewhere(r)
		p.handsets[0] = imei(r)
		p.handsets[1] = p.handsets[0]
		p.swapDay = days
		p.imsi = "00101" + digits(r, 10)
		for range 6 + r.IntN(6) {
			p.contacts = append(p.contacts, 200+r.IntN(60))
		}
	}
	cast[1].handsets[1] = imei(r)
	cast[1].swapDay = days / 2
	cast[0].contacts = append(cast[0].contacts, cast[1].number, cast[1].number, cast[1].number)
	cast[1].contacts = append(cast[1].contacts, cast[0].number, cast[0].number)
	cast[2].contacts = append(cast[2].contacts, cast[0].number)
	return cast
}

// where returns the place of person i on a day (0 = the first, a Monday) at an hour of local time.
func where(cast []person, i, day, hour int, meetings []meeting) place {
	for _, m := range meetings {
		if m.day == day && hour >= m.fromHour && hour < m.toHour && (m.who[0] == i || m.who[1] == i) {
			return m.at
		}
	}
	p := cast[i]
	if day%7 >= 5 || hour < 8 || hour >= 18 {
		return p.home
	}
	if hour == 8 || hour == 17 {
		return place{(p.home.e + p.work.e) / 2, (p.home.n + p.work.n) / 2}
	}
	return p.work
}

// digits returns n decimal digits.
func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

// imei returns a 15-digit handset identifier whose last digit satisfies the Luhn rule.
func imei(r *rand.Rand) string {
	s := "35000000" + digits(r, 6)
	sum := 0
	for i := range s {
		d := int(s[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return s + string(byte('0'+(10-sum%10)%10))
}
