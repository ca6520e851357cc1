package analysis

import (
	"fmt"
	"slices"
	"strings"
)

// Caveat is a limit that is printed before a result.
// Shape: ID such as CAV-CELL-6; Text is a whole sentence.
type Caveat struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// The caveats. Their numbers are used in statements and are never used again
// for another text.
const (
	CavOpinion   = "CAV-OPIN-1"
	CavAttribute = "CAV-ATTR-1"
	CavCellArea  = "CAV-CELL-1"
	CavCellChose = "CAV-CELL-2"
	CavCellLine  = "CAV-CELL-3"
	CavCellDate  = "CAV-CELL-4"
	CavSurvey    = "CAV-CELL-5"
	CavAbsence   = "CAV-CELL-6"
	CavTime      = "CAV-TIME-1"
	CavData      = "CAV-DATA-1"
	CavWhole     = "CAV-TIME-2"
	CavRepeat    = "CAV-DUP-1"
	CavOnce      = "CAV-DUP-2"
	CavVoicemail = "CAV-VM-1"
	CavPlate     = "CAV-ANPR-1"
	CavExtract   = "CAV-EXTR-1"
	CavCount     = "CAV-CONT-1"
	CavHeld      = "CAV-HELD-1"
	CavHandset   = "CAV-IMEI-1"
	CavShared    = "CAV-COMM-1"
	CavSameCell  = "CAV-COLO-1"
	CavNight     = "CAV-NIGHT-1"
	CavPattern   = "CAV-PATT-1"
	CavArea      = "CAV-AREA-1"
	CavClock     = "CAV-CLOCK-1"
)

var caveatTexts = map[string]string{
	CavOpinion:   "This schedule is evidence of fact. It contains no opinion on location or on who used a device.",
	CavAttribute: "Attribution of a number to a person is stated on the basis given; it does not show who held the device at any time.",
	CavCellArea:  "Use of a cell shows that the device was within the area served by that cell at the time recorded; it does not show a specific place.",
	CavCellChose: "Cells overlap; the cell used is not always the nearest or the strongest; network load, maintenance, terrain and height affect selection.",
	CavCellLine:  "Direction lines show the bearing an antenna faces. They do not show coverage or distance.",
	CavCellDate:  "Cell details were correct on {date}; the network may have been different at the time of the events.",
	CavSurvey:    "{survey}",
	CavAbsence:   "No inference should be drawn from the absence of records (phone off, no coverage, Wi-Fi calling, other SIM, records not retained or not requested).",
	CavTime:      "Times were supplied in {supplied}; shown as {shown}. {events} in the repeated hour when clocks go back and cannot be ordered against other sources.",
	CavData:      "For a data session only the cell(s) recorded in the session record are known; the session may span hours. A data record does not show user activity.",
	CavWhole:     "Some sources state whole minutes only. Where one of them and a source that states seconds report the same event, their starts can differ by up to 59 seconds; unless the sources were merged with at least that allowance, the event is counted twice.",
	CavRepeat:    "{records} treated as duplicate reports of the same event under {rules}; all are listed in the appendix.",
	CavOnce:      "{records} treated as duplicate reports of the same event under {rules}; each such event is counted once.",
	CavVoicemail: "Voicemail and diverted legs are shown separately; a voicemail leg is not a conversation.",
	CavPlate:     "A read shows a plate was recognised, not who drove or that the plate belonged to that vehicle; reads can be wrong and cameras can be missing.",
	CavExtract:   "Extraction was selective: {scope}. Absence of a record in an extraction does not show that it did not exist.",
	CavCount:     "A number of events is not a measure of closeness. Calls and messages of applications are not in these records.",
	CavHeld:      "First and last mean first and last in the records held; they are not the first or last ever.",
	CavHandset:   "An IMEI can be altered or copied. Handsets are compared by its first 14 digits, because networks often record its last digit as 0.",
	CavShared:    "Many people share numbers such as those of taxi firms, takeaways and families; a number in common does not show that people know each other.",
	CavSameCell:  "The same cell is not the same place. Different networks do not share a cell. That two phones are not listed together shows nothing.",
	CavNight:     "The cells used at night do not identify a person's address.",
	CavPattern:   "Counts by hour and day depend on the records held, on who used the phone and on how data sessions are recorded; they do not show what a person did.",
	CavArea:      "Cells were selected by a list or by their position. The selection is not coverage, and a cell that is not in the records is not listed.",
	CavClock:     "The clocks of different sources were not set by one another; events of different sources that differ by less than their clocks do cannot be put in order.",
}

// CaveatOrder returns the place of a caveat among those printed together: what
// the page is, who used a device, cells, absence, time, kinds of record.
func CaveatOrder(id string) int {
	return slices.Index([]string{
		CavOpinion, CavAttribute, CavCount, CavShared, CavHandset, CavHeld, CavCellArea, CavCellChose, CavSameCell, CavNight, CavArea,
		CavCellLine, CavCellDate, CavSurvey, CavAbsence, CavPattern, CavTime, CavWhole, CavClock, CavData, CavRepeat, CavOnce, CavVoicemail, CavPlate, CavExtract,
	}, id)
}

// CaveatText returns the text of a caveat with its blanks filled in, given as
// pairs of name and value.
// Errors: an id that is not known, or a blank that was left open.
func CaveatText(id string, values ...string) (Caveat, error) {
	text, ok := caveatTexts[id]
	if !ok {
		return Caveat{}, fmt.Errorf("there is no caveat %q", id)
	}
	for i := 0; i+1 < len(values); i += 2 {
		text = strings.ReplaceAll(text, "{"+values[i]+"}", values[i+1])
	}
	if strings.ContainsAny(text, "{}") {
		return Caveat{}, fmt.Errorf("caveat %s has a blank that was not filled in", id)
	}
	return Caveat{ID: id, Text: text}, nil
}
