package hostile

import "math/rand/v2"

// numbers are identifiers as spreadsheets and people damage them.
func numbers(*rand.Rand) []File {
	var list []File
	add := func(name string, column int, cell string, verdict Verdict, code string) {
		list = append(list, changed("number", name, column, cell, verdict, code))
	}
	add("scientific", bNumber, "4.47912E+11", Flag, "")
	add("scientific, small e", bNumber, "4.4770090000e11", Flag, "")
	add("leading 0 lost", bNumber, "7700900002", Flag, "")
	add("apostrophe kept", bNumber, "'07700900002", Flag, "NUMBER_UNRECOGNISED")
	add("(0) in the middle", bNumber, "44 (0)7700 900002", Flag, "")
	add("hyphen U+2011", bNumber, "07700\u2011900002", Accept, "+447700900002")
	add("no-break space", bNumber, "07700\u00a0900002", Accept, "+447700900002")
	add("Arabic-Indic digits", bNumber, "٠٧٧٠٠٩٠٠٠٠٢", Flag, "NUMBER_UNRECOGNISED")
	add("full-width digits", bNumber, "０７７００９０００02", Flag, "NUMBER_UNRECOGNISED")
	add("letters", bNumber, "O77009OOOO2", Flag, "NUMBER_UNRECOGNISED")
	add("decimal", bNumber, "7700900002.0", Flag, "")
	add("negative", bNumber, "-7700900002", Flag, "")
	add("two numbers", bNumber, "07700900002/07700900003", Flag, "")
	add("100,000 digits", bNumber, digits(100_000), Flag, "")
	add("hash", bNumber, "#REF!", Flag, "NUMBER_UNRECOGNISED")
	add("blank subject", aNumber, "", Flag, "")
	add("formula subject", aNumber, "=A2", Flag, "")
	add("IMEI, last digit 0", imei, "352099112044170", Accept, "")
	add("IMEI rounded", imei, "3.52099E+14", Flag, "")
	add("IMEI, 14 digits", imei, "35209911204417", Accept, "")
	add("IMEI, 16 digits", imei, "3520991120441701", Accept, "")
	add("IMEI, 17 digits", imei, "35209911204417012", Flag, "")
	add("IMEI with letters", imei, "35209911204417X", Flag, "")
	add("IMSI rounded", imsi, "2.34101E+14", Flag, "")
	add("IMSI, 19 digits", imsi, "2341008128348760000", Flag, "")
	add("cell made a date", cgi, "02-Jan", Flag, "")
	add("cell, too many parts", cgi, "1-1-1-1-1-1-1", Flag, "")
	add("easting in the sea", easting, "99999999999", Flag, "")
	add("easting scientific", easting, "3.76E+05", Flag, "")
	add("easting not a number", easting, "NaN", Flag, "")
	add("azimuth 361", azimuth, "361", Flag, "")
	add("azimuth -1", azimuth, "-1", Flag, "")
	add("duration negative", duration, "-00:00:01", Flag, "")
	add("duration 100 hours", duration, "100:00:00", Accept, ",360000,")
	add("duration 61 seconds", duration, "00:00:61", Flag, "")
	add("duration huge", duration, "99999999999999999999", Flag, "")
	add("type unknown", callType, "MO Telepathy", Flag, "")
	add("type with control", callType, "MO\x1bVoice", Flag, "")
	return list
}

func digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(i%10)
	}
	return string(b)
}

// times are dates and hours as files damage them, and those that no clock shows
// or that it shows twice.
func times(*rand.Rand) []File {
	var list []File
	on := func(name, cell string, verdict Verdict, code string) {
		list = append(list, changed("time", name, date, cell, verdict, code))
	}
	at := func(name, cell string) {
		list = append(list, changed("time", name, clock, cell, Flag, ""))
	}
	for _, year := range []string{"0000", "0001", "1601", "1899", "10000", "-001", "99999999999"} {
		on("year "+year, "24/10/"+year, Flag, "")
	}
	on("year 1904", "01/01/1904", Accept, "1904-01-01T18:04:12Z") // that it lies outside the return is told from its report
	on("year 1970", "01/01/1970", Accept, "")
	on("year 2038", "20/01/2038", Accept, "")
	on("year 9999", "31/12/9999", Flag, "")
	on("two-digit year", "24/10/26", Flag, "")
	on("30 February", "30/02/2026", Flag, "")
	on("29 February of no leap year", "29/02/2025", Flag, "")
	on("29 February 1900", "29/02/1900", Flag, "")
	on("month 13", "24/13/2026", Flag, "")
	on("month first", "10/24/2026", Flag, "")
	on("serial number", "46319", Flag, "")
	on("serial number with a fraction", "46319.753", Flag, "")
	on("Unix seconds", "1793642652", Flag, "")
	on("Unix nanoseconds", "1793642652000000000", Flag, "")
	on("ISO", "2026-10-24", Flag, "")
	on("ISO with zone", "2026-10-24T18:04:12+05:45", Flag, "")
	on("month in words", "24-Oct-2026", Flag, "")
	on("blank", "", Flag, "")
	on("the gap of 2026", "29/03/2026", Accept, "") // 18:04: a control
	at("24:00", "24:00:00")
	at("leap second", "23:59:60")
	at("minute 60", "12:60:00")
	at("negative", "-1:00:00")
	at("with zone", "18:04:12Z")
	at("with offset", "18:04:12+14:00")
	at("afternoon", "06:04:12 PM")
	at("fraction", "18:04:12.999")
	at("fraction of a day", "0.7529")
	at("hour blank", "")
	for _, year := range []string{"2024", "2025", "2026"} {
		gap := map[string]string{"2024": "31/03/2024", "2025": "30/03/2025", "2026": "29/03/2026"}[year]
		fold := map[string]string{"2024": "27/10/2024", "2025": "26/10/2025", "2026": "25/10/2026"}[year]
		list = append(list, both("gap of "+year, gap, "01:30:00"), both("hour twice in "+year, fold, "01:30:00"))
	}
	return list
}

// both changes date and hour together.
func both(name, day, hour string) File {
	fields := append([]string(nil), honest...)
	fields[date], fields[clock] = day, hour
	return File{Name: "time/" + name, Reader: Table, Verdict: Flag, Content: of(header + plain() + joined(fields))}
}

func joined(fields []string) string {
	line := ""
	for i, f := range fields {
		if i > 0 {
			line += ","
		}
		line += f
	}
	return line + "\r\n"
}

// letters are texts that look like others, or that turn what stands near them.
func letters(*rand.Rand) []File {
	var list []File
	for name, text := range hostileTexts() {
		verdict, code := Accept, ""
		if controls(text) {
			verdict, code = Flag, "CONTROL_TEXT"
		}
		list = append(list, changed("letters", name+" in an address", address, `"`+text+`"`, verdict, code))
		code = "NUMBER_UNRECOGNISED"
		if unfit(text) {
			code = ""
		}
		list = append(list, changed("letters", name+" in a number", bNumber, "07700"+text+"900002", Flag, code))
	}
	sortFiles(list)
	return list
}
