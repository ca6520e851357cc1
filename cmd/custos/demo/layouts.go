package demo

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"time"
	"unicode/utf16"

	"custos.example/analysis/grid"
)

// returnA is a return in the layout uk-alike-a: one subject a banner, caller
// and called in columns of their own, identifiers behind an apostrophe.
func returnA(calls []call) ReturnFile {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Call data records for %s", calls[0].number)
	line("Requested by: a police force,,,")
	line("All times are UK local time (GMT or BST)")
	line("")
	line("Event Date/Time,Service,Originating Number (A),Terminating Number (B),Diverted To,Dialled Digits,Duration (m:s),IMEI,IMSI," +
		"Start LAC,Start CI,Start Site NGR,Start Azimuth,Start Site Address,End LAC,End CI,End Site NGR,End Azimuth,End Site Address,Switch")
	for _, c := range calls {
		service, from, to := map[string]string{"voice": "Voice", "sms": "SMS", "data": "GPRS"}[c.kind], c.number, c.other
		if c.kind == "data" {
			to = "internet.example"
		} else if to = "'" + to; !c.out {
			from, to = c.other, "'"+c.number
		}
		length := ""
		if c.kind != "sms" {
			length = fmt.Sprintf("%02d:%02d", c.seconds/60, c.seconds%60)
		}
		cell := fmt.Sprintf(`%d,%d,SJ %05d %05d,%03d,"%s"`, 1000+c.site.cell/100%50, c.site.cell+c.azimuth/120, c.site.e-300000, c.site.n-300000,
			c.azimuth, c.site.address)
		end := cell
		if c.kind != "voice" {
			end = ",,,,"
		}
		line("%s,%s,'%s,%s,,,%s,'%s,'%s,%s,%s,MSC01", c.when.Format("02-Jan-2006 15:04:05"), service, from, to, length, c.handset, c.imsi, cell, end)
	}
	line("Total records for target: %d", len(calls))
	line("***END OF REPORT***")
	return ReturnFile{Name: "alike-a", Content: []byte(b.String()), Rows: len(calls)}
}

// returnB is a return in the layout uk-alike-b: tables of calls, texts, data
// sessions and sites in one file.
func returnB(calls []call) ReturnFile {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	direction := func(c call) string {
		if c.out {
			return "O"
		}
		return "T"
	}
	line("Return 2026/0042|||")
	line("---------")
	counts := map[string]int{}
	for _, table := range []struct{ kind, header, total string }{
		{"voice", "MSISDN|Direction|Other Party|Date|Time|Seconds|IMEI|IMSI|Start Site|End Site|Result|Call Reference", "%d calls"},
		{"sms", "MSISDN|Direction|Other Party|Date|Time|Parts|IMEI|IMSI|Site", "%d messages"},
		{"data", "MSISDN|APN|Start UTC|KB Up|KB Down|IMEI|IMSI|Site", "%d sessions"},
	} {
		line("%s", table.header)
		for i, c := range calls {
			if c.kind != table.kind {
				continue
			}
			counts[table.kind]++
			switch table.kind {
			case "voice":
				line("%s|%s|%s|%s|%d|%s|%s|%s|%s|ANS|C%d", c.number, direction(c), c.other, c.when.Format("02/01/06|15:04:05"), c.seconds, c.handset,
					c.imsi, c.siteName, c.siteName, i)
			case "sms":
				line("%s|%s|%s|%s|1|%s|%s|%s", c.number, direction(c), c.other, c.when.Format("02/01/06|15:04"), c.handset, c.imsi, c.siteName)
			default:
				line("%s|internet.example|%s|%d|%d|%s|%s|%s", c.number, utc(c).Format("2006-01-02T15:04:05.000Z"), 10+c.seconds, 100+c.seconds,
					c.handset, c.imsi, c.siteName)
			}
		}
		line(table.total, counts[table.kind])
	}
	line("%d rows in all", len(calls))
	line("")
	line("Site|Easting|Northing|Bearing|Address")
	for _, c := range sites(calls) {
		line("%s|%d|%d|%d|%s", c.siteName, c.site.e, c.site.n, c.azimuth, c.site.address)
	}
	line("End of return")
	return ReturnFile{Name: "alike-b", Content: []byte(b.String()), Rows: len(calls)}
}

// sites returns a call of each site, in the order of their names.
func sites(calls []call) []call {
	seen := map[string]bool{}
	var list []call
	for _, c := range calls {
		if !seen[c.siteName] {
			seen[c.siteName] = true
			list = append(list, c)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].siteName < list[j].siteName })
	return list
}

// clocksBack is when the clocks of the made-up town go back, in seconds of summer
// time from the first midnight; what is written as an hour that comes twice is
// the first of the two.
const clocksBack = 13*86400 + 2*3600

// utc is the instant of a call.
func utc(c call) time.Time {
	if c.at < clocksBack {
		return c.when.Add(-time.Hour)
	}
	return c.when
}

// returnC is a return in the layout uk-alike-c: UTF-16, decimal commas, end
// times, months first.
func returnC(calls []call) ReturnFile {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Export C")
	line("Target;Direction;Service;Party;Start;End;Radio;PLMN;Start Cell;TAC;Latitude;Longitude;Azimuth;Address;Volume;IMEISV;IMSI")
	for _, c := range calls {
		service, direction, end, party, volume := map[string]string{"voice": "VOICE", "sms": "SMS", "data": "DATA"}[c.kind], "IN", "", c.other, ""
		if c.out {
			direction = "OUT"
		}
		const layout = "01/02/2006 3:04:05 PM"
		start := c.when
		if c.kind == "data" {
			start, party, volume = utc(c), "", "1,5"
		}
		if c.kind != "sms" {
			end = start.Add(time.Duration(c.seconds) * time.Second).Format(layout)
		}
		at := position(c.site.place)
		line("%s;%s;%s;%s;%s;%s;LTE;;%d-%d;17;%s;%s;%03d;%s;%s;%s01;%s", c.number, direction, service, party, start.Format(layout), end,
			c.site.cell/10, 1+c.azimuth/120, comma(at.Lat), comma(at.Lon), c.azimuth, c.site.address, volume, c.handset[:14], c.imsi)
	}
	content := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(b.String())) {
		content = append(content, byte(unit), byte(unit>>8)) //nolint:gosec // the two halves of a unit
	}
	return ReturnFile{Name: "alike-c", Content: content, Rows: len(calls)}
}

// position is a place of the town as latitude and longitude.
func position(p place) grid.Point {
	at, err := grid.FromGrid(grid.Grid{E: int64(p.e) * grid.Metre, N: int64(p.n) * grid.Metre})
	if err != nil {
		panic(err) // the town lies on the grid
	}
	return at
}

// comma writes a coordinate with five decimals and a decimal comma.
// Units: v in 1e-7 degree.
func comma(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d,%05d", sign, v/1e7, v%1e7/100)
}

// Masts is the table of sites that comes beside the returns of layout D.
func Masts(seed uint64) []byte {
	var b strings.Builder
	b.WriteString("Masts as exported with the return\r\nECI\tLAT (WGS84)\tLON (WGS84)\tAZIMUTH\tSITE\r\n")
	r := rand.New(rand.NewPCG(seed, 0x40F11E5)) //nolint:gosec // made-up data must be repeatable, not secret
	for _, s := range build(r).sites {
		at := position(s.place)
		for third := range 3 {
			fmt.Fprintf(&b, "%07X\tN%s\tW%s\t%03d\t%s\r\n", (s.cell/10)<<8|(1+third), dms(at.Lat), dms(-at.Lon), 120*third, s.address)
		}
	}
	return []byte(b.String())
}

// dms writes an angle as degrees, minutes and seconds without marks.
// Units: v in 1e-7 degree, not negative.
func dms(v int64) string {
	seconds := v * 3600 / 1e7
	return fmt.Sprintf("%03d%02d%02d", seconds/3600, seconds/60%60, seconds%60)
}

// returnD is a return in the layout uk-alike-d: fixed width, pages, an offset in
// each time.
func returnD(calls []call) ReturnFile {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("Synthetic return")
	rows := 0
	for i, c := range calls {
		if i%40 == 0 {
			line("PAGE %d of %d", i/40+1, (len(calls)+39)/40)
			line("MSISDN         TYPE PARTY           START                     LENGTH   IMEI             CELL")
		}
		if c.kind == "data" {
			continue // this operator sends calls and texts only
		}
		rows++
		kind := map[bool]string{true: "O", false: "T"}[c.out]
		length := ""
		if c.kind == "voice" {
			kind, length = "M"+kind+"C", fmt.Sprintf("%02d:%02d:%02d", c.seconds/3600, c.seconds/60%60, c.seconds%60)
		} else {
			kind = "SM" + kind
		}
		offset := "+01:00"
		if c.at >= clocksBack {
			offset = "+00:00"
		}
		line("%-15s%-5s%-16s%-26s%-9s%-17s%07X", c.number, kind, c.other, c.when.Format("2006-01-02 15:04:05")+offset, length, c.handset,
			(c.site.cell/10)<<8|(1+c.azimuth/120))
	}
	line("RECORDS: %d", rows)
	return ReturnFile{Name: "alike-d", Content: []byte(b.String()), Rows: rows}
}
