package event

// ScheduleColumns returns the header of a schedule: its own number, the local
// date, time and zone in which it is shown, then columns of the event as they
// are.
func ScheduleColumns() []string {
	names := []string{"no", "date", "time", "shown_zone"}
	all := Columns()
	for _, c := range ScheduleFields() {
		names = append(names, all[c])
	}
	return names
}

// ScheduleFields returns the columns of the event that a schedule holds, in
// its order, after no, date, time and shown_zone.
func ScheduleFields() []Column { return scheduleFields[:] }

var scheduleFields = [...]Column{
	StartUTC, EndUTC, Precision, Evidence, Fold, Type, Leg, Subject, ANumber, BNumber, CNumber, DurationS,
	IMEI, IMSI, Bearer, APN, Outcome, CRS,
	StartCell, StartX, StartY, StartAzimuth, StartPlace, EndCell, EndX, EndY, EndAzimuth, EndPlace,
	Flags, Source, Record, Offset,
}
