package step

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/rowtree"
)

// SelectRows is the step select-rows@1: the rows of a data set that are served,
// with what is withheld of them blank, and the count of the others.
type SelectRows struct{}

// redacted stands in the place of a party that is withheld.
const redacted = "none:redacted"

// Info returns the step's name, ports and parameters.
func (SelectRows) Info() analysis.Info {
	return analysis.Info{
		Name: "select-rows", Version: 1, Class: analysis.Select, Title: "Rows of a data set that are served",
		Inputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"}, {Name: "choice", Media: "application/json", Extension: "json"},
		},
		Outputs: []analysis.Port{
			{Name: "events", Media: "text/csv", Extension: "csv"},
			{Name: "set-aside", Media: "text/csv", Extension: "csv"},
			{Name: "selection", Media: "application/json", Extension: "json"},
		},
		Params: []analysis.Param{
			{Name: "item", Required: true, Doc: "the received file that the data set was made from"},
			{Name: "root", Required: true, Doc: "root of the commitment to every row of the data set, 64 hex digits"},
		},
	}
}

// selecting is one run of select-rows.
type selecting struct {
	choice    analysis.Choice
	show      criteria
	withhold  []criteria
	withheld  [rowtree.NumParts]bool
	from      []byte // stands in the place of the file's digest
	out       io.Writer
	text      []byte
	left      analysis.Tally
	selection analysis.Selection
	start     int64
	recent    map[string]bool // rows of one instant: whether each is shown
}

// Run writes the rows that are chosen.
//
// Of each row shown the file's digest is replaced by the beginning of the root and
// its place in the file by 0, since the lengths of other rows would follow from
// them; parts withheld are blank, and parties none:redacted. A repeat is served
// only with the row that it repeats, because it tells what that row says.
// Shape: received = shown + repeats + withheld; no row set aside is served.
// Errors: analysis.ErrChoice, ErrParameter, event.ErrNotCanonical.
func (s SelectRows) Run(_ analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	w, err := newSelecting(in["choice"], params, out["events"])
	if err != nil {
		return analysis.Result{}, err
	}
	events, err := event.NewReader(reader(in["events"]))
	if err != nil {
		return analysis.Result{}, err
	}
	for {
		row, err := events.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return analysis.Result{}, err
		}
		if err := w.row(row); err != nil {
			return analysis.Result{}, err
		}
		if err := w.flush(flushAt); err != nil {
			return analysis.Result{}, err
		}
	}
	if err := w.flush(0); err != nil {
		return analysis.Result{}, err
	}
	w.selection.Withheld = w.left.List()
	text, err := analysis.MarshalCanonical(w.selection)
	if err != nil {
		return analysis.Result{}, err
	}
	if _, err := out["selection"].Write(text); err != nil {
		return analysis.Result{}, err
	}
	_, err = out["set-aside"].Write(event.AppendRecord(nil, event.SetAsideColumns()...))
	return analysis.Result{Balance: w.selection.Balance(), Caveats: []string{}}, err
}

func newSelecting(in analysis.Input, params analysis.Params, out io.Writer) (*selecting, error) {
	choice, err := analysis.ReadChoice(in)
	if err != nil {
		return nil, err
	}
	root := params["root"]
	if len(root) != 64 || strings.Trim(root, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("%w: root is no root of a commitment to rows", analysis.ErrParameter)
	}
	w := &selecting{
		choice: choice, show: newCriteria(choice.Show), from: []byte(root[:16]), out: out, text: event.AppendHeader(nil), left: analysis.Tally{},
		recent: map[string]bool{}, selection: analysis.Selection{
			Format: analysis.SelectionFormat, Item: params["item"], Root: root, Redacted: choice.Redact,
		},
	}
	for _, rule := range choice.Withhold {
		w.withhold = append(w.withhold, newCriteria(rule.Criteria))
	}
	for _, r := range choice.Redact {
		part, _ := rowtree.ParsePart(r.Part) // the choice was verified
		w.withheld[part] = true
	}
	return w, nil
}

// flush writes the text when it is long enough.
func (w *selecting) flush(least int) error {
	if len(w.text) < least || len(w.text) == 0 {
		return nil
	}
	_, err := w.out.Write(w.text)
	w.text = w.text[:0]
	return err
}

// row shows or withholds one row.
func (w *selecting) row(row *event.Row) error {
	w.selection.Rows++
	if row.Start() != w.start {
		w.start = row.Start()
		clear(w.recent)
	}
	reason := w.reason(row)
	w.recent[string(row.Field(event.Record))] = reason == ""
	if reason != "" {
		w.left.Add(reason)
		return nil
	}
	if row.IsRepeat() {
		first := string(row.Field(event.RepeatOf))
		if !w.recent[first] {
			return fmt.Errorf("%w: row %d repeats row %s, which is withheld, and would tell what it says: serve both or neither", analysis.ErrChoice, row.SourceRow(), first)
		}
		w.selection.Repeats++
	} else {
		w.selection.Shown++
	}
	w.blank(row)
	w.text = row.Append(w.text)
	return nil
}

// reason returns why a row is withheld; nothing when it is shown.
func (w *selecting) reason(row *event.Row) string {
	for i := range w.withhold {
		if w.withhold[i].met(row) {
			return w.choice.Withhold[i].Reason
		}
	}
	if !w.show.met(row) {
		return w.choice.Rest
	}
	return ""
}

// blank takes out of a row what is withheld of it.
func (w *selecting) blank(row *event.Row) {
	for p := rowtree.Subject; p < rowtree.Trail; p++ {
		if !w.withheld[p] {
			continue
		}
		for _, c := range p.Columns() {
			if c == event.Subject || c == event.ANumber || c == event.BNumber {
				row.Set(c, []byte(redacted))
			} else {
				row.Set(c, nil)
			}
		}
	}
	row.Set(event.Source, w.from)
	row.Set(event.Offset, []byte("0"))
}

// criteria is analysis.Criteria ready to be met.
type criteria struct {
	window
	all         bool
	identifiers map[string]bool
	rows        []analysis.RowRange
}

func newCriteria(c analysis.Criteria) criteria {
	k := criteria{identifiers: map[string]bool{}, rows: c.Rows, all: len(c.Identifiers) == 0}
	k.window, _ = parseWindow(analysis.Params{"from": c.From, "until": c.Until}) // the choice was verified
	for _, id := range c.Identifiers {
		k.identifiers[id] = true
		if len(id) >= handsetDigits && len(id) <= handsetDigits+2 && strings.Trim(id, "0123456789") == "" {
			k.identifiers[id[:handsetDigits]] = true
		}
	}
	return k
}

// handsetDigits is how many digits of a handset's number are compared.
const handsetDigits = 14

// met tells whether a row meets the criteria.
func (k *criteria) met(row *event.Row) bool {
	if !k.holds(row.Start()) || len(k.rows) > 0 && !k.lists(row.SourceRow()) {
		return false
	}
	if k.all {
		return true
	}
	for _, c := range []event.Column{event.Subject, event.ANumber, event.BNumber, event.CNumber, event.IMSI} {
		if k.identifiers[string(row.Field(c))] {
			return true
		}
	}
	imei := row.Field(event.IMEI)
	return len(imei) > 0 && (k.identifiers[string(imei)] || k.identifiers[string(imei[:min(len(imei), handsetDigits)])])
}

// lists tells whether a row stands in one of the ranges, which rise.
func (k *criteria) lists(row int64) bool {
	at, exact := slices.BinarySearchFunc(k.rows, row, func(r analysis.RowRange, row int64) int { return cmp.Compare(r.From, row) })
	return exact || at > 0 && row <= k.rows[at-1].To
}
