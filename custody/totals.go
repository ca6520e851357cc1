package custody

import (
	"encoding/json"
	"fmt"
	"strings"
)

// declaredTotal is one total that a file declares, as the report of its source
// step has it.
type declaredTotal struct {
	Row      int64  `json:"row"`
	Of       string `json:"of"`
	Declared int64  `json:"declared"`
	Counted  int64  `json:"counted"`
	Agrees   bool   `json:"agrees"`
}

// Disagreements says in a sentence each of every total that a file declares and
// that is not what was counted in it. A report without totals has none.
// Shape: report is that of a source step, as Received and Previewed hold it.
func Disagreements(report []byte) []string {
	var read struct {
		Totals []declaredTotal `json:"totals"`
		Beyond struct {
			Row    int64 `json:"row"`
			Totals int64 `json:"totals"`
			Differ int64 `json:"differ"`
		} `json:"totalsBeyond"`
	}
	if len(report) == 0 || json.Unmarshal(report, &read) != nil {
		return nil // a source step whose report says nothing of totals
	}
	var list []string
	for _, t := range read.Totals {
		if t.Agrees {
			continue
		}
		where := "in the table above it"
		if t.Of == "file" {
			where = "in the file"
		}
		rows := "rows were"
		if t.Counted == 1 {
			rows = "row was"
		}
		list = append(list, fmt.Sprintf("Row %d declares a total of %d; %d %s counted %s.", t.Row, t.Declared, t.Counted, rows, where))
	}
	if b := read.Beyond; b.Differ > 0 {
		list = append(list, fmt.Sprintf("Of %d further totals, which the report does not list, %d do not agree, the first of them in row %d.", b.Totals, b.Differ, b.Row))
	}
	return list
}

// notedTotals is how many totals that do not agree a page names under a file.
const notedTotals = 5

// note is what a page says under a file of the totals that do not agree.
func note(list []string) string {
	if more := len(list) - notedTotals; more > 0 {
		list = append(list[:notedTotals:notedTotals], fmt.Sprintf("%d further totals do not agree either.", more))
	}
	return strings.Join(list, " ")
}
