package step

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

func counts(t analysis.Tally) []analysis.Count {
	list := make([]analysis.Count, 0, len(t))
	for _, c := range t.List() {
		list = append(list, analysis.Count{Name: c.Rule, Rows: c.Rows})
	}
	return list
}

func names(t analysis.Tally) []string {
	list := make([]string, 0, len(t))
	for _, c := range t.List() {
		list = append(list, c.Rule)
	}
	return list
}

// tallies gathers what a summary says of the rows shown.
type tallies struct {
	types, flags, sources, zones analysis.Tally
	first, last                  int64
	any, azimuth, cell           bool
	fold, minute                 int64
	equal, across, legs          bool // by which rules repeats were linked
	flagWord                     []byte
}

func newTallies() *tallies {
	return &tallies{types: analysis.Tally{}, flags: analysis.Tally{}, sources: analysis.Tally{}, zones: analysis.Tally{}}
}

// add takes a row that is shown into the figures.
func (t *tallies) add(row *event.Row) {
	start := row.Start()
	if !t.any || start < t.first {
		t.first = start
	}
	if !t.any || start > t.last {
		t.last = start
	}
	t.any = true
	bump(t.types, row.Field(event.Type))
	bump(t.sources, row.Field(event.Source))
	bump(t.zones, row.Field(event.Zone))
	word := t.flagWord[:0]
	for _, c := range row.Field(event.Flags) {
		if c != ' ' {
			word = append(word, c)
			continue
		}
		bump(t.flags, word)
		word = word[:0]
	}
	if len(word) > 0 {
		bump(t.flags, word)
	}
	t.flagWord = word
	if string(row.Field(event.Fold)) == "unknown" {
		t.fold++
	}
	if string(row.Field(event.Precision)) == "m" {
		t.minute++
	}
	t.cell = t.cell || len(row.Field(event.StartCell)) > 0 || len(row.Field(event.StartX)) > 0
	t.azimuth = t.azimuth || len(row.Field(event.StartAzimuth)) > 0 || len(row.Field(event.EndAzimuth)) > 0
}

// repeat takes a row that was left out as a repeat into the figures; the first of
// a group of several sources is one when another row of it was used.
func (t *tallies) repeat(row *event.Row) {
	across := !row.IsRepeat() || bytes.IndexByte(row.Field(event.RepeatOf), ':') >= 0
	t.across = t.across || across
	t.equal = t.equal || !across
}

// repeatRule names the rules by which rows were left out as repeats; without
// one, the rule by which they would have been.
func (t *tallies) repeatRule() string {
	var rules []string
	for _, r := range []struct {
		used bool
		name string
	}{{t.equal, RuleRepeat}, {t.across, RuleAcross}, {t.legs, RuleLeg}} {
		if r.used {
			rules = append(rules, r.name)
		}
	}
	if len(rules) == 0 {
		return RuleRepeat
	}
	return strings.Join(rules, " and ")
}

// bump counts without making a string of a name that is known already.
func bump(t analysis.Tally, name []byte) {
	if n, ok := t[string(name)]; ok {
		t[string(name)] = n + 1
		return
	}
	t[string(name)] = 1
}

// summary completes the figures of a run. Its main table is the first output
// port and holds the fields given.
func (t *tallies) summary(env analysis.Env, info analysis.Info, params analysis.Params, b analysis.Balance, fields []analysis.Field, more ...string) (analysis.Summary, error) {
	s := analysis.Summary{
		Format: analysis.SummaryFormat, Step: info.Identity(), Title: info.Title, Parameters: params, Balance: b,
		Table: analysis.Table{Port: info.Outputs[0].Name, Fields: fields}, Figures: []analysis.Figure{},
		Types: counts(t.types), Flags: counts(t.flags), Sources: names(t.sources), RepeatRule: t.repeatRule(),
		Time: analysis.SummaryTime{
			Shown: params["zone"], Supplied: join(names(t.zones)), ZoneData: env.ZoneData(), ZoneVersion: event.ZoneVersion,
			FoldUnknown: t.fold, WholeMinute: t.minute,
		},
	}
	if t.any {
		s.Time.First = string(event.AppendInstant(nil, t.first))
		s.Time.Last = string(event.AppendInstant(nil, t.last))
	}
	listed := slices.ContainsFunc(info.Outputs, func(p analysis.Port) bool { return p.Name == "repeats" })
	err := t.caveats(&s, b, listed, more)
	return s, err
}

// caveats adds the limits that the rows shown call for; listed says that the
// result lists the repeats.
func (t *tallies) caveats(s *analysis.Summary, b analysis.Balance, listed bool, more []string) error {
	add := func(when bool, id string, values ...string) error {
		if !when {
			return nil
		}
		c, err := analysis.CaveatText(id, values...)
		s.Caveats = append(s.Caveats, c)
		return err
	}
	supplied := s.Time.Supplied
	if supplied == "" {
		supplied = "no row"
	}
	twice := t.fold // with the rows that are left out because their hour happens twice
	for _, left := range b.OutsideBy {
		if left.Rule == foldUnknown {
			twice += left.Rows
		}
	}
	repeat, rules := analysis.CavOnce, "rule "+s.RepeatRule
	if listed {
		repeat = analysis.CavRepeat
	}
	if strings.Contains(s.RepeatRule, " ") {
		rules = "rules " + s.RepeatRule
	}
	for _, err := range []error{
		add(true, analysis.CavOpinion),
		add(t.any, analysis.CavTime, "supplied", supplied, "shown", s.Time.Shown, "events", many(twice, "event falls", "events fall")),
		add(len(t.sources) > 1 && t.minute > 0 && t.minute < t.sources.Total(), analysis.CavWhole),
		add(t.cell, analysis.CavCellArea),
		add(t.cell, analysis.CavCellChose),
		add(t.azimuth, analysis.CavCellLine),
		add(true, analysis.CavAbsence),
		add(t.types["data"] > 0, analysis.CavData),
		add(b.Repeats > 0, repeat, "records", many(b.Repeats, "record was", "records were"), "rules", rules),
		add(t.types["voicemail"]+t.types["forward"] > 0, analysis.CavVoicemail),
	} {
		if err != nil {
			return err
		}
	}
	for _, id := range more {
		if err := add(true, id); err != nil {
			return err
		}
	}
	slices.SortStableFunc(s.Caveats, func(a, b analysis.Caveat) int { return analysis.CaveatOrder(a.ID) - analysis.CaveatOrder(b.ID) })
	return nil
}

// many writes a count with the words that fit it.
func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + more
}

func join(parts []string) string {
	text := ""
	for i, p := range parts {
		if i > 0 {
			text += ","
		}
		text += p
	}
	return text
}

// conclude writes the summary and returns what the step says of its run.
// Errors: ErrField when the table or a figure does not describe itself as it must.
func conclude(sum analysis.Summary, out io.Writer) (analysis.Result, error) {
	if err := sum.Table.Verify(false); err != nil {
		return analysis.Result{}, err
	}
	for _, f := range sum.Figures {
		if err := f.Verify(false); err != nil {
			return analysis.Result{}, err
		}
	}
	text, err := analysis.MarshalCanonical(sum)
	if err != nil {
		return analysis.Result{}, err
	}
	if _, err := out.Write(text); err != nil {
		return analysis.Result{}, err
	}
	return analysis.Result{Balance: sum.Balance, Caveats: sum.CaveatIDs()}, nil
}

// eachRow passes every row of the events to use in the order of event.Ordered,
// so that no result depends on how the digests of sources sort, and returns how
// many it passed.
func eachRow(in analysis.Input, use func(*event.Row) error) (int64, error) {
	file, err := event.NewReader(reader(in))
	if err != nil {
		return 0, err
	}
	events := event.NewOrdered(file)
	for n := int64(0); ; n++ {
		row, err := events.Next()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if err := use(row); err != nil {
			return n, err
		}
	}
}
