package step

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// Rules under which a row is no part of a handset history.
const (
	noHandset = "NO_HANDSET"
	noKey     = "NO_KEY"
)

// Handsets is the step handset-history@1: which handset was recorded with each
// SIM or number (or which SIM with each handset), as runs in the order of time.
type Handsets struct{}

// Info returns the step's name, ports and parameters.
func (Handsets) Info() analysis.Info {
	return analysis.Info{
		Name: "handset-history", Version: 1, Class: analysis.Analyse, Title: "Handsets and SIMs in the same records",
		Inputs: eventInputs(), Outputs: outputs("history", "excluded"),
		Params: append(periodParams(),
			analysis.Param{Name: "key", Default: "imsi", Doc: "what the history is of: imsi, number (each gives the handsets used with it) or imei (gives the IMSIs used with it)"},
			analysis.Param{Name: "identifiers", Doc: "keys with commas between them, an IMEI by its first 14 digits; blank = all"},
			analysis.Param{Name: "max_gap_s", Doc: "seconds without an event after which a run ends; blank = gaps do not end a run"},
			analysis.Param{Name: "overlap_s", Default: "60", Doc: "two runs of a key with other partners are flagged when their events lie so many seconds apart, or fewer"},
			analysis.Param{Name: "types", Doc: "event types with commas between them; blank = all"},
			zoneParam("IANA zone in which times are shown beside the table"),
		),
		Caveats: []string{analysis.CavOpinion, analysis.CavHandset, analysis.CavHeld, analysis.CavAbsence},
	}
}

// historyFields returns the columns of the port `history`.
func historyFields() []analysis.Field {
	return []analysis.Field{
		derived("key", "History of", analysis.KindIdentifier, "the parameter key"),
		derived("run_no", "Run", analysis.KindCount, "order of time within the key"),
		derived("imsi", "IMSI", analysis.KindText, "the different values in the run, in order"),
		derived("number", "Number", analysis.KindText, "the different values in the run, in order"),
		derived("imei14", "IMEI, first 14 digits", analysis.KindText, "the different values in the run, in order"),
		derived("first", "First (UTC)", analysis.KindInstant, "earliest start in the run"),
		derived("last", "Last (UTC)", analysis.KindInstant, "greatest start in the run"),
		derived("events", "Events", analysis.KindCount, "rows counted, repeats once"),
		derived("first_source", "Source of the first", analysis.KindRow, "the row of the first"),
		derived("first_row", "Row of the first", analysis.KindRow, "the row of the first"),
		derived("last_source", "Source of the last", analysis.KindRow, "the row of the last"),
		derived("last_row", "Row of the last", analysis.KindRow, "the row of the last"),
		derived("flags", "Flags", analysis.KindFlags, "OVERLAP: the parameter overlap_s; FOLD_UNKNOWN: the first or last row lies in the hour that happens twice"),
	}
}

// stretch is one maximal run of a key with one partner.
type stretch struct {
	partner             string
	first, last, events int64
	firstAt, lastAt     place
	firstFold, lastFold bool
	overlap             bool
	imsi, number, imei  map[string]bool
}

type handsets struct {
	*question
	key     string
	asks    map[string]bool
	gap     int64 // -1 = none
	overlap int64
	runs    map[string][]*stretch
}

// Run cuts the events of each key into runs.
//
// The partner of an IMSI or number is the first 14 digits of the IMEI; the
// partner of an IMEI is the IMSI. A run goes on while the partner stays the
// same and, with max_gap_s, while the next start is no more than that after
// the last. A row is left out by the first rule that it breaks: OUTSIDE_PERIOD,
// OUTSIDE_TYPES, NO_KEY, OUTSIDE_IDENTIFIERS, NO_HANDSET (it lacks the partner).
// Of the rest one of each group of repeats counts for its subject. Gaps are not
// filled.
// Shape: order by key, run.
// Errors: ErrParameter, event.ErrNotCanonical.
func (s Handsets) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	q, err := ask(env, s.Info(), in, params, out)
	if err != nil {
		return analysis.Result{}, err
	}
	r := &handsets{question: q, key: params["key"], gap: -1, runs: map[string][]*stretch{}}
	if r.key != "imsi" && r.key != "number" && r.key != "imei" {
		return analysis.Result{}, fmt.Errorf("%w: key is %q; it is imsi, number or imei", analysis.ErrParameter, r.key)
	}
	ids, err := list("identifiers", params["identifiers"])
	if err != nil {
		return analysis.Result{}, err
	}
	r.asks = set(ids)
	if params["max_gap_s"] != "" {
		if r.gap, err = whole(params, "max_gap_s", 1); err != nil {
			return analysis.Result{}, err
		}
	}
	if r.overlap, err = whole(params, "overlap_s", 0); err != nil {
		return analysis.Result{}, err
	}
	r.cells = false
	r.caveats = []string{analysis.CavHandset, analysis.CavHeld}
	if err := r.each(in["events"], r.row); err != nil {
		return analysis.Result{}, err
	}
	if err := r.table("history", r.text()); err != nil {
		return analysis.Result{}, err
	}
	return r.finish(historyFields())
}

// maxWhole bounds the whole numbers among parameters.
const maxWhole = 1 << 40

// whole reads a parameter that is a whole number from least.
func whole(params analysis.Params, name string, least int64) (int64, error) {
	n, ok := parseWhole([]byte(params[name]))
	if !ok || n < least || n > maxWhole {
		return 0, fmt.Errorf("%w: %s is %q; it is a whole number from %d to %d", analysis.ErrParameter, name, params[name], least, int64(maxWhole))
	}
	return n, nil
}

func (r *handsets) row(row *event.Row) error {
	if in, err := r.asked(row); !in || err != nil {
		return err
	}
	key, partner := row.Field(event.IMSI), handset(row)
	switch r.key {
	case "number":
		key = row.Field(event.Subject)
	case "imei":
		key, partner = partner, key
	}
	switch {
	case len(key) == 0:
		return r.leave(noKey, row)
	case len(r.asks) > 0 && !r.asks[string(key)]:
		r.outside.Add(outsideIdentifiers)
		return nil
	case len(partner) == 0:
		return r.leave(noHandset, row)
	}
	if again, err := r.repeatedOfSubject(row); again || err != nil {
		return err
	}
	r.show(row)
	r.add(key, partner, row)
	return nil
}

// add puts a row on the run of its key, or begins another.
func (r *handsets) add(key, partner []byte, row *event.Row) {
	runs := r.runs[string(key)]
	at := place{string(row.Field(event.Source)), row.SourceRow()}
	fold := string(row.Field(event.Fold)) == "unknown"
	var now *stretch
	if n := len(runs); n > 0 {
		now = runs[n-1]
	}
	if now == nil || now.partner != string(partner) || r.gap >= 0 && row.Start()-now.last > r.gap {
		next := &stretch{
			partner: string(partner), first: row.Start(), firstAt: at, firstFold: fold,
			imsi: map[string]bool{}, number: map[string]bool{}, imei: map[string]bool{},
		}
		if now != nil && now.partner != next.partner && next.first-now.last <= r.overlap {
			now.overlap, next.overlap = true, true
		}
		r.runs[string(key)] = append(runs, next)
		now = next
	}
	now.events++
	now.last, now.lastAt, now.lastFold = row.Start(), at, fold
	collect(now.imsi, row.Field(event.IMSI))
	collect(now.number, row.Field(event.Subject))
	collect(now.imei, handset(row))
}

// collect puts a value into a set, if there is one.
func collect(m map[string]bool, value []byte) {
	if len(value) > 0 && !m[string(value)] {
		m[string(value)] = true
	}
}

// sorted returns the values of a set in order, with semicolons between them.
func sorted(m map[string]bool) string {
	values := make([]string, 0, len(m))
	for v := range m {
		values = append(values, v)
	}
	slices.SortFunc(values, cmp.Compare[string])
	return strings.Join(values, "; ")
}

func (r *handsets) text() []byte {
	keys := make([]string, 0, len(r.runs))
	for k := range r.runs {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	text := event.AppendRecord(nil, analysis.Table{Fields: historyFields()}.Header()...)
	for _, key := range keys {
		for i, s := range r.runs[key] {
			var flags []string
			if s.firstFold || s.lastFold {
				flags = append(flags, event.FoldUnknown)
			}
			if s.overlap {
				flags = append(flags, "OVERLAP")
			}
			text = event.AppendRecord(text, key, strconv.Itoa(i+1), sorted(s.imsi), sorted(s.number), sorted(s.imei),
				instant(s.first), instant(s.last), strconv.FormatInt(s.events, 10),
				s.firstAt.source, strconv.FormatInt(s.firstAt.row, 10), s.lastAt.source, strconv.FormatInt(s.lastAt.row, 10),
				strings.Join(flags, " "))
		}
	}
	return text
}
