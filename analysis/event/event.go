// Package event owns the canonical event, the one shape in which every call
// data record is compared, and its canonical text: a CSV file with fixed
// columns in a fixed order. It also owns the two kinds of reference data that
// reading a record needs, time zones and number plans, as files with a digest.
//
// It never reads a clock, a host file or a time zone of the host, never uses a
// float, and never keeps raw text beside a parsed value: raw text is read from
// the source at the recorded offset.
package event

// Version names the column list below. Another list is another version.
const Version = "custos/events/v1"

// Column is a place in the canonical event's list of columns.
type Column int

// The columns of the canonical event, in order. Everything up to Flags is the
// content: two rows are repeats when their content is equal but for the flags,
// which say how a row was read. Source, Record, Offset and RepeatOf are the
// row's trail.
const (
	StartUTC     Column = iota // instant at which the event starts: 2026-10-24T17:04:12Z
	EndUTC                     // StartUTC + DurationS; blank when no duration is recorded
	Precision                  // s or m: the smallest unit that the source states
	Evidence                   // what the time says of the cell: at, at-or-before-start, at-or-before-end, within
	Zone                       // IANA zone in which the source's time was read
	OffsetS                    // seconds east of UTC that were applied: local time = StartUTC + OffsetS
	Fold                       // blank, 0 or 1 when the source says which; unknown in the hour that happens twice
	Type                       // voice, sms, mms, data, voicemail, forward, system, other
	Leg                        // originating, terminating, forwarding, voicemail, data, other
	Subject                    // identifier whose records these are
	ANumber                    // identifier of the calling or sending party
	BNumber                    // identifier of the called or receiving party
	CNumber                    // identifier to which it was forwarded
	Dialled                    // digits as dialled, where they carry a prefix that BNumber does not
	DurationS                  // whole seconds; blank when the source states none
	IMEI                       // 14 to 16 digits as recorded; compare the first 14
	IMSI                       // 14 or 15 digits
	Bearer                     // 2G, 3G, 4G, 5G, VoLTE, VoWiFi; blank when not stated
	Roaming                    // PLMN of the visited network; blank when none is stated
	APN                        // access point name of a data session
	VolumeUp                   // bytes sent
	VolumeDown                 // bytes received
	Volume                     // bytes, direction not stated
	CallRef                    // the network's own reference of the call or charging session
	Outcome                    // answered, missed, declined, failed; blank when not stated
	CRS                        // EPSG:27700 (x, y in metres east, north) or EPSG:4326 (x, y in 1e-7 degree of longitude, latitude)
	StartCell                  // scheme:identity as package cell writes it: cgi, utran, ecgi, ncgi, name
	StartX                     // of the site, see CRS
	StartY                     // of the site, see CRS
	StartAzimuth               // whole degrees 0 to 359, or omni
	StartPlace                 // name or address of the site as the source gives it
	EndCell                    // as StartCell
	EndX                       // as StartX
	EndY                       // as StartY
	EndAzimuth                 // as StartAzimuth
	EndPlace                   // as StartPlace
	Flags                      // sorted words joined by one space
	Source                     // first 16 hex digits of the source file's SHA-256
	Record                     // number of the record in the source file, its first line being 1
	Offset                     // byte offset of that record in the source file
	RepeatOf                   // Record of the first record with the same content; blank on the first
	NumColumns
)

// NumContent is the number of columns that make up the content.
const NumContent = int(Source)

// Columns returns the names of the canonical columns in their order.
func Columns() []string {
	return []string{
		"start_utc", "end_utc", "precision", "evidence", "zone", "offset_s", "fold", "type", "leg",
		"subject", "a_number", "b_number", "c_number", "dialled", "duration_s", "imei", "imsi",
		"bearer", "roaming", "apn", "volume_up", "volume_down", "volume", "call_ref", "outcome", "crs",
		"start_cell", "start_x", "start_y", "start_azimuth", "start_place",
		"end_cell", "end_x", "end_y", "end_azimuth", "end_place",
		"flags", "source", "row", "offset", "repeat_of",
	}
}

// SetAsideColumns returns the header of a source's list of rows set aside: the
// record's number and byte offset in the file, the reason, and the name of the
// column that caused it, blank when it was the whole row.
func SetAsideColumns() []string { return []string{"row", "offset", "reason", "column"} }

// ExcessColumns returns the header of a source's list of events outside the
// scope: an event, and the reasons, joined by a blank.
func ExcessColumns() []string { return append(Columns(), "outside") }

// Flags that an event can carry. A flag states a fact about how the record was
// read; it never changes a value.
const (
	FoldUnknown     = "FOLD_UNKNOWN"          // the local hour happens twice and the source does not say which
	RepairedZero    = "REPAIRED_LEADING_ZERO" // ten digits starting with 7: the lost 0 was put back under the plan
	Unrecognised    = "NUMBER_UNRECOGNISED"   // digits that no rule of the number plan reads, or a text that is no sender
	IMEIRounded     = "IMEI_ROUNDED"          // left blank: a spreadsheet rounded it
	IMSIRounded     = "IMSI_ROUNDED"          // left blank: a spreadsheet rounded it
	IMEIShape       = "IMEI_SHAPE"            // left blank: not 14 to 16 digits
	IMSIShape       = "IMSI_SHAPE"            // left blank: not 14 or 15 digits
	IMEICheck       = "IMEI_CHECK"            // 15 digits whose check digit is neither right nor 0
	SubjectAsserted = "SUBJECT_ASSERTED"      // the subject stands on a recorded decision, not on the row
	FormulaText     = "FORMULA_TEXT"          // text that a spreadsheet would run as a formula
	ControlText     = "CONTROL_TEXT"          // text with control or direction characters
	DurationUnused  = "DURATION_NOT_USED"     // the profile takes no duration for this type, but there is one
	CellRounded     = "CELL_ROUNDED"          // left blank: a spreadsheet turned the cell into a number and rounded it
	CellShape       = "CELL_SHAPE"            // kept as a name: the cell is not written as its scheme wants
	AzimuthShape    = "AZIMUTH_SHAPE"         // left blank: not 0 to 360 or OMNI
	PositionShape   = "POSITION_SHAPE"        // left blank: no coordinates, or outside the reference system
	PositionSquare  = "POSITION_SQUARE"       // the middle of a grid square larger than a metre
	DialPrefix      = "DIAL_PREFIX"           // a dialling prefix such as 141 was taken off the number; the digits dialled are kept
	DialledShape    = "DIALLED_SHAPE"         // left blank: the digits dialled are rounded, too long or hold control characters
	ForwardShape    = "FORWARDED_SHAPE"       // left blank: the number forwarded to cannot be read
	EndBeforeStart  = "END_BEFORE_START"      // the end lies before the start; no duration was made of it
	EndDiffers      = "END_DIFFERS"           // end less start is not the duration, which stands
	EndShape        = "END_SHAPE"             // the end is not written as the profile says, or its clock time does not exist
	EndUncertain    = "END_UNCERTAIN"         // the end, or the start, lies in an hour that happens twice; no duration was made of it
	OffsetDiffers   = "OFFSET_DIFFERS"        // the source's offset from UTC is not that of its zone at that instant; the source's stands
	TrunkZero       = "TRUNK_ZERO"            // a 0 that people write behind a country code, and that is none of the number, was taken off
	SubjectNotParty = "SUBJECT_NOT_PARTY"     // the subject is neither the calling nor the called party
	BearerCode      = "BEARER_CODE"           // left blank: a code that the profile does not know
	OutcomeCode     = "OUTCOME_CODE"          // left blank: a code that the profile does not know
	VolumeShape     = "VOLUME_SHAPE"          // left blank: no number
	IMEISVZero      = "IMEISV_LAST_ZERO"      // sixteen digits of which the last is 0: a spreadsheet that keeps fifteen leaves this
	SiteConflict    = "SITE_CONFLICT"         // the site table gives this cell two positions; none was taken
	SiteNotFound    = "SITE_NOT_FOUND"        // the site table does not have this cell
	SiteFromTable   = "SITE_FROM_TABLE"       // the position was taken from a cell table, not from the record
	SiteEstimate    = "SITE_ESTIMATE"         // that position was worked out from measurements of others; it is not the mast's own
	SiteNotValid    = "SITE_NOT_VALID"        // the cell table has this cell, but not at the time of the event; no position was taken
	ExcessAdmitted  = "EXCESS_ADMITTED"       // the event lies outside the authority's scope; its use was approved
	SiteOffGrid     = "SITE_OFF_GRID"         // the cell table's position is not on the National Grid, which the event uses; none was taken
)

// Event is one canonical event being written.
// Shape: the byte slices may alias the source row and are copied by
// AppendContent. Units: instants in Unix seconds, durations in seconds.
type Event struct {
	Start, End     int64
	HasEnd         bool
	Minute         bool // precision m
	Evidence       string
	Zone           string
	OffsetS        int
	Fold           string
	Type, Leg      string
	Subject        []byte
	A, B, C        []byte
	Dialled        []byte
	Duration       int64
	HasDuration    bool
	IMEI, IMSI     []byte
	Bearer         []byte
	Roaming        []byte
	APN            []byte
	VolumeUp       []byte
	VolumeDown     []byte
	Volume         []byte
	CallRef        []byte
	Outcome        string
	CRS            string
	StartAt, EndAt Site
	Flags          []byte
	Mark           uint64 // which only events with this very Minute, Evidence, Zone, Type and Leg have; 0 when it has none
}

// Site is the cell and mast of one end of an event.
type Site struct {
	Cell    []byte
	X, Y    int64
	HasXY   bool
	Azimuth []byte
	Place   []byte
	Mark    uint64 // which only sites with these very columns have; 0 when it has none
}
