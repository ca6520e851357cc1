package step

import (
	"custos.example/analysis"
	"custos.example/analysis/event"
)

func fact(name, title, kind string) analysis.Field {
	return analysis.Field{Name: name, Title: title, Nature: analysis.Fact, Kind: kind}
}

func derived(name, title, kind, basis string) analysis.Field {
	return analysis.Field{Name: name, Title: title, Nature: analysis.Derived, Kind: kind, Basis: basis}
}

// eventFields returns what each canonical column is called in a table and what
// it holds, in the order of event.Columns.
func eventFields() []analysis.Field {
	const asRead = "the time in the source, read in the zone that the source is asserted to be in"
	return []analysis.Field{
		derived("start_utc", "Start (UTC)", analysis.KindInstant, asRead),
		derived("end_utc", "End (UTC)", analysis.KindInstant, "start and duration added"),
		fact("precision", "Smallest unit of time stated", analysis.KindText),
		fact("evidence", "What the time says of the cell", analysis.KindText),
		fact("zone", "Zone of the source", analysis.KindText),
		derived("offset_s", "Seconds east of UTC", analysis.KindSeconds, asRead),
		fact("fold", "Which of the hours that happen twice", analysis.KindText),
		fact("type", "Type", analysis.KindText),
		fact("leg", "Leg", analysis.KindText),
		fact("subject", "Records of", analysis.KindIdentifier),
		fact("a_number", "From", analysis.KindIdentifier),
		fact("b_number", "To", analysis.KindIdentifier),
		fact("c_number", "Forwarded to", analysis.KindIdentifier),
		fact("dialled", "Dialled", analysis.KindIdentifier),
		fact("duration_s", "Duration", analysis.KindSeconds),
		fact("imei", "IMEI", analysis.KindIdentifier),
		fact("imsi", "IMSI", analysis.KindIdentifier),
		fact("bearer", "Bearer", analysis.KindText),
		fact("roaming", "Visited network", analysis.KindText),
		fact("apn", "Access point", analysis.KindText),
		fact("volume_up", "Bytes sent", analysis.KindCount),
		fact("volume_down", "Bytes received", analysis.KindCount),
		fact("volume", "Bytes", analysis.KindCount),
		fact("call_ref", "Reference of the network", analysis.KindText),
		fact("outcome", "Outcome", analysis.KindText),
		fact("crs", "Reference system", analysis.KindText),
		fact("start_cell", "Start cell", analysis.KindCell),
		fact("start_x", "Start site, east or longitude", analysis.KindCoordinate),
		fact("start_y", "Start site, north or latitude", analysis.KindCoordinate),
		fact("start_azimuth", "Start azimuth", analysis.KindDegrees),
		fact("start_place", "Start site", analysis.KindText),
		fact("end_cell", "End cell", analysis.KindCell),
		fact("end_x", "End site, east or longitude", analysis.KindCoordinate),
		fact("end_y", "End site, north or latitude", analysis.KindCoordinate),
		fact("end_azimuth", "End azimuth", analysis.KindDegrees),
		fact("end_place", "End site", analysis.KindText),
		derived("flags", "Flags", analysis.KindFlags, "how the row was read"),
		fact("source", "Source", analysis.KindRow),
		fact("row", "Row", analysis.KindRow),
		fact("offset", "Byte in the source", analysis.KindRow),
		derived("repeat_of", "Repeats row", analysis.KindRow, "equal content, or the rule of merge-events"),
	}
}

// scheduleFields returns the columns of event.ScheduleColumns.
func scheduleFields() []analysis.Field {
	const shown = "the start in UTC, on the clock of the zone shown"
	fields := []analysis.Field{
		derived("no", "No.", analysis.KindCount, "order of time"),
		derived("date", "Date", analysis.KindDay, shown),
		derived("time", "Time", analysis.KindHour, shown),
		derived("shown_zone", "Zone", analysis.KindText, shown),
	}
	all := eventFields()
	for _, c := range event.ScheduleFields() {
		fields = append(fields, all[c])
	}
	return fields
}

// contactFields returns the columns of the port `contacts`.
func contactFields() []analysis.Field {
	const counted = "rows counted, repeats once"
	return []analysis.Field{
		derived("rank", "Rank", analysis.KindCount, "place by number of events; equal numbers share a place"),
		fact("counterparty", "Other party", analysis.KindIdentifier),
		derived("events", "Events", analysis.KindCount, counted),
		derived("out", "From the subject", analysis.KindCount, counted),
		derived("in", "To the subject", analysis.KindCount, counted),
		derived("voice_s", "Call time", analysis.KindSeconds, "recorded durations of voice calls added"),
		derived("sms", "Messages", analysis.KindCount, "SMS and MMS counted"),
		derived("first", "First (UTC)", analysis.KindInstant, "earliest start"),
		derived("last", "Last (UTC)", analysis.KindInstant, "greatest start"),
		derived("days", "Days", analysis.KindCount, "different local days"),
	}
}
