package source_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"custos.example/analysis/event"
	"custos.example/analysis/source"
)

// truth is one event as it was: what a return states in its own way.
type truth struct {
	at       time.Time // UTC
	out      bool
	kind     string // voice or sms
	other    string // ten digits
	seconds  int
	lat, lon int // 1e-4 degree
	azimuth  int
	site     int
}

// truths returns events on both sides of a change of the clocks, none in the
// hour that happens twice.
func truths() []truth {
	var list []truth
	at := time.Date(2024, 10, 25, 6, 0, 0, 0, time.UTC)
	for i := range 40 {
		at = at.Add(time.Duration(4000+977*i%7200) * time.Second)
		if at.Month() == time.November && at.Day() == 3 || at.Month() == time.October && at.Day() == 27 {
			at = at.Add(30 * time.Hour)
		}
		kind, seconds := "voice", 17+i*31%600
		if i%3 == 2 {
			kind, seconds = "sms", 0
		}
		list = append(list, truth{
			at: at, out: i%2 == 0, kind: kind, other: fmt.Sprintf("20255501%02d", i), seconds: seconds,
			lat: 389000 + 13*i, lon: -770000 - 17*i, azimuth: 30 * (i % 12), site: 100 + i%5,
		})
	}
	return list
}

const target = "2025550199"

// degrees writes 1e-4 degree with a decimal mark.
func degrees(n int, mark string) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d%s%04d", sign, n/10_000, mark, n%10_000)
}

// layout is one way in which an operator writes a return.
type layout struct {
	name    string
	zone    string // in which its clock really goes
	subject string // decided, where the file does not name it
	sms     bool   // texts are in it
	parties bool   // the other party is in it
	spans   bool   // durations are in it
	minutes bool   // in whole minutes
	typ     string // of every event, where it has but one
	write   func(*strings.Builder, []truth, *time.Location) (sites string)
}

func lines(b *strings.Builder, format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }

// side returns calling and called number.
func (e truth) side() (from, to string) {
	if e.out {
		return target, e.other
	}
	return e.other, target
}

func pick[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

func layouts() []layout {
	return []layout{
		{name: "us-38", zone: "UTC", sms: true, parties: true, spans: true, write: write38},
		{name: "us-neid", zone: "America/New_York", sms: true, parties: true, spans: true, write: writeNEID},
		{name: "us-vce", zone: "America/Denver", parties: true, spans: true, write: writeVCE},
		{name: "us-timing", zone: "", subject: "+1" + target, spans: true, typ: "other", write: writeTiming},
		{name: "us-sessions", zone: "America/Los_Angeles", subject: "+1" + target, typ: "data", write: writeSessions},
		{name: "us-precision", zone: "Pacific/Honolulu", typ: "other", write: writePrecision},
		{name: "mx-11", zone: "America/Mexico_City", sms: true, parties: true, spans: true, write: writeMexico},
		{name: "us-bill", zone: "America/Chicago", parties: true, spans: true, minutes: true, write: writeBill},
		{name: "pk-16", zone: "Asia/Karachi", sms: true, parties: true, spans: true, write: writePakistan},
	}
}

func write38(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "T-MOBILE LOOK-ALIKE\tsynthetic")
	lines(b, "All times are local to the subscriber") // they are not
	lines(b, "Target Number: 1%s", target)
	for i := 4; i < 12; i++ {
		lines(b, "line %d of the banner", i)
	}
	head := strings.Split("Date|Time|Duration|Call Type|Direction|Calling Number|Dialed Number|Called Number|Destination Number|IMSI|IMEI|Completion Code|Answered?|Service Code|Disconnecting Party|Service Indicator|SMS Deliv Status|Switch Name|1st LTE Site ID|1st LAC|1st Cell ID|1st Tower Azimuth|1st Tower LAT|1st Tower LONG|1st Tower Address|1st Tower City|1st Tower State|1st Tower Zip|Last LTE Site ID|Last LAC ID|Last Cell ID|Last Tower Azimuth|Last Tower LAT|Last Tower LONG|Last Tower Address|Last Tower City|Last Tower State|Last Tower Zip", "|")
	lines(b, "%s", strings.Join(head, "\t"))
	for _, e := range list {
		from, to := e.side()
		kind := pick(e.kind == "sms", pick(e.out, "mSOriginatingSMSinMSC", "mSTerminatingSMSinMSC"), pick(e.out, "mSOriginating", "mSTerminating"))
		row := make([]string, len(head))
		for i, v := range []string{
			e.at.In(zone).Format("1/2/2006"), e.at.In(zone).Format("3:04:05 PM"), pick(e.kind == "sms", "", fmt.Sprint(e.seconds)), kind, "",
			from, to, "1" + to, to, "310260000000001", "352099112044173", "", pick(e.seconds > 0, "Yes", "No"),
		} {
			row[i] = v
		}
		row[18], row[21], row[22], row[23], row[24] = fmt.Sprint(e.site), fmt.Sprint(e.azimuth), degrees(e.lat, "."), degrees(e.lon, "."), "1 Main \"St\""
		lines(b, "%s", strings.Join(row, "\t"))
	}
	lines(b, "Records: %d", len(list))
	lines(b, "*** End of Report ***")
	return ""
}

func writeNEID(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "Sprint look-alike (synthetic)")
	lines(b, "Subscriber %s switch time is Central", target) // it is Eastern
	lines(b, "CALLING_NBR,CALLED_NBR,DIALED_DIGITS,MOBILE ROLE,START_DATE,END_DATE,DURATION (SEC),Call Type,NEID,1ST CELL,LAST CELL")
	for _, e := range list {
		from, to := e.side()
		const clock = "01/02/06 15:04:05"
		end := e.at.Add(time.Duration(e.seconds) * time.Second)
		lines(b, "%s,%s,%s,%s,%s,%s,%d,%s,42,%d,%d", from, to, to, pick(e.out, "Outbound", "Inbound"), e.at.In(zone).Format(clock),
			end.In(zone).Format(clock), e.seconds, pick(e.kind == "sms", "Text", "Voice"), e.site, e.site)
	}
	lines(b, "%d records", len(list))
	sites := "NEID,Cell,Latitude,Longitude,Azimuth\n"
	for s := 100; s < 105; s++ {
		sites += fmt.Sprintf("42,%d,38.9%03d,-77.0%03d,%d\n", s, s, s, s-90)
	}
	return sites
}

func writeVCE(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "Report of VoLTE calls (synthetic) all times Eastern") // they are those of Denver
	lines(b, "Extra,MSISDN,Calling Party,Called Prty,Record Open Date/Time(Local),CallDirection,Mkt Enodeb Id,ANI Cell Id,TIMEUsage")
	n := 0
	for _, e := range list {
		if e.kind == "sms" {
			continue
		}
		n++
		from, to := e.side()
		lines(b, "x,1%s,tel:+1%s,sip:+1%s@ims.example;user=phone,%s,%s,7,%d,%d", target, from, to, e.at.In(zone).Format("20060102150405"),
			pick(e.out, "0", "1"), e.site, e.seconds*1000+400)
	}
	lines(b, "Calls listed: %d", n)
	lines(b, "")
	lines(b, "Enodeb,Cell,Latitude (NAD83),Longitude (NAD83),Azimuth")
	for s := 100; s < 105; s++ {
		lines(b, "7,%d,38.9%03d,-77.0%03d,%d", s, s, s, s-90)
	}
	lines(b, "END")
	return ""
}

func writeTiming(b *strings.Builder, list []truth, _ *time.Location) string {
	lines(b, "Timing advance look-alike (synthetic); times in America/New_York") // an epoch has no zone
	lines(b, "Start_DateTime,End_DateTime,End_Latitude,End_Longitude")
	for _, e := range list {
		lines(b, "%d,%d,%s,%s", e.at.UnixMilli()+321, e.at.UnixMilli()+int64(e.seconds)*1000, degrees(e.lat, "."), degrees(e.lon, "."))
	}
	lines(b, "rows=%d", len(list))
	return ""
}

func writeSessions(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "Data usage look-alike (synthetic)|UTC") // it is the time of Los Angeles
	lines(b, "Account|Subsession_TimeStamp|downlink_size|Latitude|Longitude|Azimuth")
	for _, e := range list {
		lines(b, "A1|%s|%d|%s|%s|%d", e.at.In(zone).Format("2006-01-02T15:04:05.000"), 1000+e.seconds, degrees(e.lat, "."), degrees(e.lon, "."), e.azimuth)
	}
	lines(b, "Number of rows returned: %d", len(list))
	return ""
}

func writePrecision(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "Precision location look-alike (synthetic), Pacific time") // it is that of Honolulu
	lines(b, "MDN\tTime Stamp\tLatitude\tLongitude\tRadius")
	for _, e := range list {
		lines(b, "%s\t%s\t%s\t%s\t%d", target, strings.ToUpper(e.at.In(zone).Format("02-Jan-06 03.04.05.000000 PM")), degrees(e.lat, "."), degrees(e.lon, "."), 50+e.azimuth)
	}
	lines(b, "Total %d", len(list))
	return ""
}

func writeMexico(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "OPERADOR SINT\xc9TICO;;;")
	lines(b, "Horario: UTC") // it is not
	lines(b, "NUM_A;FECHA;HORA;DUR;DEST;SERV;T_REG;LATITUD;LONGITUD;AZIMUTH;ID_CELDA")
	for _, e := range list {
		at := e.at.In(zone)
		lines(b, "52%s;%s;%s;%d;%s;%s;%s;%s;%s;%d;C%d", target, at.Format("01/02/2006"), at.Format("15:04:05"), e.seconds, e.other,
			pick(e.kind == "sms", "SMS", "VOZ"), pick(e.out, "SAL", "ENT"), degrees(e.lat, ","), degrees(e.lon, ","), e.azimuth, e.site)
	}
	lines(b, "Total de registros: %s", pick(len(list) > 0, fmt.Sprint(len(list)), ""))
	lines(b, "*** FIN DEL REPORTE ***")
	return ""
}

func writeBill(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "AT&T look-alike (synthetic); all times Pacific") // they are Central
	lines(b, "Account 0001,,,")
	lines(b, "Wireless number %s", target)
	lines(b, "Item,Day,Date,Time,Number Called,Place,Min")
	n := 0
	for i, e := range list {
		if e.kind == "sms" {
			continue
		}
		if n++; n == 12 {
			lines(b, "Subtotal ,,,,,,99")
			lines(b, "")
			lines(b, "Roaming charges,,,")
			lines(b, "Item,Day,Date,Time,To/From,Place,Min")
		}
		at := e.at.In(zone)
		lines(b, "%d,%s,%s,%s,%s,%s,%d", i, at.Format("MON")[:3], at.Format("01/02/2006"), at.Format("3:04PM"), e.other, pick(e.out, "SPRINGFIELD", "INCOMING"), (e.seconds+59)/60)
	}
	lines(b, "Total of this bill: %d items", n)
	return ""
}

func writePakistan(b *strings.Builder, list []truth, zone *time.Location) string {
	lines(b, "Pakistani look-alike (synthetic), times in UTC") // they are those of Karachi
	lines(b, "MSISDN,call_org_num,CALL_DIALED_NUM,IMSI,IMEI,CALL_START_DT_TM,CALL_END_DT_TM,INBOUND_OUTBOUND_IND,Call_Network_Volume,Lac_Id,Site_Id,Cell_SITE_ID,lat,longitude,CALL_TYPE,location")
	for _, e := range list {
		from, to := e.side()
		const clock = "2006.01.02 15:04:05"
		lines(b, "=\"92%s\",=\"92%s\",=\"92%s\",410010000000001,352099112044173,%s,%s,%s,%d,17,S%d,C%d,%s,%s,%s,\"Road, %d\"", target, from, to,
			e.at.In(zone).Format(clock), e.at.Add(time.Duration(e.seconds)*time.Second).In(zone).Format(clock), pick(e.out, "OUTGOING", "INCOMING"),
			e.seconds, e.site, e.site, degrees(e.lat, "."), degrees(e.lon, "."), pick(e.kind == "sms", "SMS", "CALL"), e.site)
	}
	lines(b, "Records %d", len(list))
	lines(b, "-- end --")
	return ""
}

// TestAStrangersLayouts reads nine layouts that are known from published parsers
// only, made here with a banner, a trailer, an odd clock and a banner that names
// the wrong zone, by profiles that were written from PROFILES.md.
func TestAStrangersLayouts(t *testing.T) {
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			prof, err := os.ReadFile(filepath.Join("testdata", "layouts", l.name+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			zone := time.UTC
			var decisions []source.Decision
			if l.zone != "" {
				if zone, err = event.Location(l.zone); err != nil {
					t.Fatal(err)
				}
				decisions = append(decisions, source.Decision{Kind: source.AssertZone, Value: l.zone, Who: "A. N. Analyst", Why: "held against a second source; the banner is wrong"})
			}
			if l.subject != "" {
				decisions = append(decisions, source.Decision{Kind: source.AssertSubject, Value: l.subject, Who: "A. N. Analyst", Why: "the request"})
			}
			var b strings.Builder
			sites := []byte(l.write(&b, truths(), zone))
			if len(sites) == 0 {
				sites = nil
			}
			file := []byte(b.String())
			if l.name == "us-precision" {
				file = wide(b.String(), true)
			}
			im, err := importWith(file, prof, sites, decisions...)
			if err != nil {
				t.Fatal(err)
			}
			compareWithTruth(t, l, im)
			if !strings.Contains(im.report, `"agrees":true`) || strings.Contains(im.report, `"agrees":false`) {
				t.Errorf("the declared total is not held against the rows: %s", im.report)
			}
		})
	}
}

// wide writes text as UTF-16 with its mark.
func wide(text string, big bool) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func compareWithTruth(t *testing.T, l layout, im imported) {
	t.Helper()
	var want []truth
	for _, e := range truths() {
		if e.kind == "voice" || l.sms || l.typ != "" {
			want = append(want, e)
		}
	}
	got := rows(t, im.events)
	if len(got) != len(want) || im.aside != "row,offset,reason,column\n" {
		t.Fatalf("%d events of %d\n%s\n%s", len(got), len(want), im.outcome.Result.Balance, im.aside)
	}
	country := pick(l.name == "mx-11", "+52", pick(l.name == "pk-16", "+92", "+1"))
	for i, e := range want {
		r := got[i]
		at := e.at
		if l.minutes {
			at = at.Truncate(time.Minute)
		}
		if r["start_utc"] != at.Format("2006-01-02T15:04:05Z") || r["subject"] != country+target {
			t.Fatalf("row %s: %s of %s, want %s", r["row"], r["start_utc"], r["subject"], at)
		}
		typ, leg := pick(l.typ != "", l.typ, e.kind), pick(e.out, "originating", "terminating")
		if l.typ != "" {
			leg = pick(l.typ == "data", "data", "other")
		}
		if r["type"] != typ || r["leg"] != leg {
			t.Errorf("row %s: %s %s, want %s %s", r["row"], r["type"], r["leg"], typ, leg)
		}
		from, to := e.side()
		if l.parties && (r["a_number"] != country+from || r["b_number"] != country+to) {
			t.Errorf("row %s: from %s to %s, want %s and %s", r["row"], r["a_number"], r["b_number"], from, to)
		}
		seconds := e.seconds
		if l.minutes {
			seconds = (seconds + 59) / 60 * 60
		}
		if l.spans && (e.kind == "voice" || l.typ == "other") && r["duration_s"] != fmt.Sprint(seconds) {
			t.Errorf("row %s: %s s, want %d", r["row"], r["duration_s"], seconds)
		}
		checkPlace(t, l, e, r)
	}
}

// checkPlace compares the position, of the row itself or of its site.
func checkPlace(t *testing.T, l layout, e truth, r map[string]string) {
	t.Helper()
	lat, lon := fmt.Sprint(e.lat*1000), fmt.Sprint(e.lon*1000)
	switch l.name {
	case "us-bill":
		lat, lon = "", ""
	case "us-neid", "us-vce":
		lat, lon = fmt.Sprint(389_000_000+e.site*1000), fmt.Sprint(-770_000_000-e.site*1000)
		if r["start_azimuth"] != fmt.Sprint(e.site-90) {
			t.Errorf("row %s: azimuth %s", r["row"], r["start_azimuth"])
		}
	}
	if r["start_y"] != lat || r["start_x"] != lon || r["flags"] != "" {
		t.Errorf("row %s: at %s %s (%s), want %s %s", r["row"], r["start_y"], r["start_x"], r["flags"], lat, lon)
	}
}
