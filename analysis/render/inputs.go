package render

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

// scheduleInputs returns the ports of every renderer of a schedule: what
// event-schedule writes, under the same names, and the exhibit's meta.
func scheduleInputs() []analysis.Port {
	return []analysis.Port{
		{Name: "schedule", Media: "text/csv", Extension: "csv"},
		{Name: "repeats", Media: "text/csv", Extension: "csv"},
		{Name: "summary", Media: "application/json", Extension: "json"},
		{Name: "meta", Media: "application/json", Extension: "json"},
	}
}

// pageSummary is the port `summary` as a page uses it.
type pageSummary struct{ analysis.Summary }

// readSummary reads the port `summary`. A balance that does not close is an
// error: nothing may be drawn under it.
func readSummary(in analysis.Input) (pageSummary, error) {
	var s pageSummary
	text, err := readSmall(in)
	if err != nil {
		return s, fmt.Errorf("summary: %w", err)
	}
	if err := analysis.ParseCanonical(text, &s.Summary); err != nil {
		return s, fmt.Errorf("summary: %w", err)
	}
	if s.Format != analysis.SummaryFormat {
		return s, fmt.Errorf("summary: format is %q", s.Format)
	}
	return s, s.Balance.Verify()
}

// result returns what a renderer says of its run: the balance of the result
// that it shows, and the caveats that it prints.
func (s pageSummary) result() analysis.Result {
	r := analysis.Result{Balance: s.Balance, Caveats: []string{}}
	for _, c := range s.Caveats {
		r.Caveats = append(r.Caveats, c.ID)
	}
	return r
}

// withMeta adds the caveats that depend on what meta says, in the order in
// which caveats are printed.
func (s pageSummary) withMeta(m Meta) (pageSummary, error) {
	s.Caveats = slices.DeleteFunc(slices.Clone(s.Caveats), func(c analysis.Caveat) bool {
		return c.ID == analysis.CavOpinion && m.Expert != ""
	})
	add := func(when bool, id string, values ...string) error {
		if !when {
			return nil
		}
		c, err := analysis.CaveatText(id, values...)
		s.Caveats = append(s.Caveats, c)
		return err
	}
	for _, err := range []error{
		add(len(m.Attributions) > 0, analysis.CavAttribute),
		add(m.CellDate != "", analysis.CavCellDate, "date", m.CellDate),
		add(m.Survey != "", analysis.CavSurvey, "survey", m.Survey),
	} {
		if err != nil {
			return s, err
		}
	}
	slices.SortStableFunc(s.Caveats, func(a, b analysis.Caveat) int { return analysis.CaveatOrder(a.ID) - analysis.CaveatOrder(b.ID) })
	return s, nil
}

// exhibit is what every renderer begins with.
type exhibit struct {
	meta   Meta
	sum    pageSummary
	clock  *event.Clock
	code   string
	digest [32]byte
	front  frontPage
}

// openExhibit reads meta and summary, holds the columns of the result to what
// may stand in this exhibit, and computes the content code over the ports that
// hold rows. A port that is not given counts as one without a byte.
// Errors: ErrMeta, analysis.ErrField, analysis.ErrBalance, event.ErrZone.
func openExhibit(env analysis.Env, in map[string]analysis.Input, ports ...string) (exhibit, error) {
	var x exhibit
	var err error
	if x.meta, err = readMeta(in["meta"]); err != nil {
		return x, err
	}
	if x.sum, err = readSummary(in["summary"]); err != nil {
		return x, err
	}
	if x.sum, err = x.sum.withMeta(x.meta); err != nil {
		return x, err
	}
	if err = x.sum.Table.Verify(x.meta.Expert != ""); err != nil {
		return x, err
	}
	for _, f := range x.sum.Figures {
		if err = f.Verify(x.meta.Expert != ""); err != nil {
			return x, err
		}
	}
	loc, err := env.Zone(x.sum.Time.Shown)
	if err != nil {
		return x, err
	}
	x.clock = event.NewClock(loc)
	if x.code, x.digest, err = contentCode(x.meta, in, append(ports, "summary")); err != nil {
		return x, err
	}
	x.front = newFront(x.meta, x.sum, x.clock)
	return x, nil
}

// contentCode returns sixteen letters and digits that stand for the sources,
// the parameters and the rows of an exhibit: 80 bits of a SHA-256 in Crockford's
// base 32, in fours. It does not cover the page on which it is printed.
//
// Shape: SHA-256("custos/content/v1\n" || SHA-256 of each port || the sources'
// SHA-256 in hex, sorted, each with LF).
func contentCode(m Meta, in map[string]analysis.Input, ports []string) (code string, sum [32]byte, err error) {
	h := sha256.New()
	_, _ = io.WriteString(h, "custos/content/v1\n")
	for _, port := range ports {
		part := sha256.New()
		if given, ok := in[port]; ok {
			if _, err := io.Copy(part, io.NewSectionReader(given, 0, given.Size())); err != nil {
				return "", sum, fmt.Errorf("%s: %w", port, err)
			}
		}
		h.Write(part.Sum(nil))
	}
	var digests []string
	for _, s := range m.Sources {
		digests = append(digests, s.SHA256)
	}
	slices.Sort(digests)
	for _, d := range digests {
		_, _ = io.WriteString(h, d+"\n")
	}
	h.Sum(sum[:0])
	return crockford(sum[:10]), sum, nil
}

// crockford writes ten bytes in Crockford's base 32, in fours.
func crockford(p []byte) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b strings.Builder
	bits, n := uint64(0), 0
	for _, c := range p {
		bits, n = bits<<8|uint64(c), n+8
		for n >= 5 {
			n -= 5
			b.WriteByte(alphabet[bits>>n&31])
		}
	}
	text := b.String()
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// eachRow reads a schedule from its beginning.
func eachRow(port string, in analysis.Input, use func(scheduleRow) error) error {
	t, err := event.NewTable(io.NewSectionReader(in, 0, in.Size()), event.ScheduleColumns())
	if err != nil {
		return fmt.Errorf("%s: %w", port, err)
	}
	for {
		fields, err := t.Next()
		if err == io.EOF { //nolint:errorlint // Next returns io.EOF itself
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", port, err)
		}
		if err := use(scheduleRow{fields}); err != nil {
			return err
		}
	}
}

// scheduleRow gives the fields of a schedule line; valid until the next.
type scheduleRow struct{ fields [][]byte }

// The columns that a schedule has before those of the event.
const (
	rowNo = iota
	rowDate
	rowTime
	rowZone
	rowFields
)

func (r scheduleRow) own(i int) string { return string(r.fields[i]) }

// field returns a column of the event, blank when a schedule does not hold it.
func (r scheduleRow) field(c event.Column) string {
	if i := slices.Index(event.ScheduleFields(), c); i >= 0 {
		return string(r.fields[rowFields+i])
	}
	return ""
}

// tableCount counts the rows that a page was made from, so that a page can
// refuse a result that does not have the rows its balance states.
type tableCount struct{ shown, repeats int64 }

func (n *tableCount) add(port string) {
	if port == "repeats" {
		n.repeats++
	} else {
		n.shown++
	}
}

// verify returns nil when the rows are those of the balance.
func (n *tableCount) verify(s pageSummary) error {
	if n.shown != s.Balance.Shown || n.repeats != s.Balance.Repeats {
		return fmt.Errorf("%w: the schedule has %d rows and %d repeats, its summary states %d and %d",
			analysis.ErrBalance, n.shown, n.repeats, s.Balance.Shown, s.Balance.Repeats)
	}
	return nil
}
