package source

import (
	"errors"
	"fmt"
	"io"

	"custos.example/analysis"
)

// survey reads the file once before its rows are read, for what only the whole
// file can tell: which of two numbers is the day, and the sites that stand in
// the file itself. A profile that asks for neither is not surveyed.
// Errors: ErrDecision when the rows do not settle the order of day and month,
// or settle it against the decision; what reading returns.
func (b *book) survey(in analysis.Input) error {
	if !b.order.byFile && !b.sites.inFile {
		return nil
	}
	rd := b.newReading(in, nil)
	if err := rd.open(); err != nil {
		return err
	}
	var seen [2]int64 // rows whose first, whose second number is over 12
	for {
		r, err := rd.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		m := rd.table()
		if !b.order.byFile || m.shape.Start.Order != "by-file" || r.fault != "" || len(r.fields) != m.head.width {
			continue
		}
		f := r.fields
		if m.head.bind != nil {
			f = m.bound(f)
		}
		var t moment
		if m.start.read(f, &t) {
			if t.part[partDay] > 12 {
				seen[0]++
			}
			if t.part[partMonth] > 12 {
				seen[1]++
			}
		}
	}
	b.forget()
	b.sites.settled = true
	if !b.order.byFile {
		return nil
	}
	return b.settleOrder(seen[0], seen[1])
}

// forget makes the book ready to read the file from its start again.
func (b *book) forget() {
	for i := range b.lines {
		b.lines[i].seen = 0
	}
	for _, m := range b.tables {
		m.statedSubject = subjectOfLine{}
	}
}

// settleOrder decides the order of day and month once for the whole file.
func (b *book) settleOrder(dayFirst, monthFirst int64) error {
	o := &b.order
	what := fmt.Sprintf("%d rows can only be day first, %d only month first", dayFirst, monthFirst)
	if o.decided != nil {
		o.month, o.basis = o.decided.Value == "month-first", "decision"
		if o.rows = dayFirst; o.month {
			o.rows = monthFirst
		}
		if against := dayFirst + monthFirst - o.rows; against > 0 {
			return fmt.Errorf("%w: %s says %s, and %s", ErrDecision, AssertDayOrder, o.decided.Value, what)
		}
	} else {
		switch {
		case dayFirst > 0 && monthFirst > 0:
			return fmt.Errorf("%w: the dates are not all written in one order: %s; ask for the file in a form that says which number is the day",
				analysis.ErrNotThisFormat, what)
		case dayFirst+monthFirst == 0:
			return fmt.Errorf("%w: every day and month lies within 12, so the file does not say which is which; record a decision %q (day-first or month-first)",
				ErrDecision, AssertDayOrder)
		}
		o.month, o.basis, o.rows = monthFirst > 0, "rows", dayFirst+monthFirst
	}
	if o.month {
		for _, m := range b.tables {
			if m.shape.Start.Order == "by-file" {
				m.monthFirst()
			}
		}
	}
	return nil
}
