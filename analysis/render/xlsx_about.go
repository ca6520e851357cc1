package render

import (
	"encoding/hex"
	"slices"
	"strconv"

	"custos.example/analysis/event"
)

// aboutSheet returns the sheet About: the same facts as page 1 on paper, the
// limits before everything that can be read into rows.
func (x *exhibit) aboutSheet() xlsxSheet {
	rows := x.aboutRows()
	return xlsxSheet{
		Name: "About", Columns: []xlsxColumn{{"About this exhibit", 28, xlsxText}, {"As recorded", 100, xlsxText}},
		Rows: func(row func([]string) error) error {
			for _, cells := range rows {
				if err := row(cells); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (x *exhibit) aboutRows() [][]string {
	m, f := x.meta, x.front
	rows := [][]string{}
	add := func(what string, values ...string) {
		for n, v := range values {
			if v == "" {
				continue
			}
			if n > 0 {
				what = ""
			}
			rows = append(rows, []string{what, v})
		}
	}
	add("Exhibit", m.Reference+", version "+strconv.Itoa(m.Version), f.statement)
	add("Case", f.about...)
	add("Title", f.title)
	add("The question asked", f.question, f.period)
	add("Counts", x.sum.Balance.String())
	add("", f.counts...)
	for _, c := range f.limits {
		add(c.ID, c.Text)
	}
	for _, s := range m.Sources {
		digest := "SHA-256 " + s.SHA256
		if s.Selected {
			digest = "Root of the commitment to all rows " + s.SHA256
		}
		add("Source "+s.Reference, s.Title, s.Operator, s.Authority, strconv.FormatInt(s.Rows, 10)+" rows", digest, sentence(s.Note))
	}
	for _, a := range m.Attributions {
		add("Attribution", event.Display(a.Identifier)+": "+a.Person, "Period: "+a.Period, "Basis: "+a.Basis, "Stated by "+a.StatedBy)
	}
	for _, part := range slices.Concat(f.sections, f.details) {
		if part.title == "Sources" || part.title == "Attribution" && len(m.Attributions) > 0 {
			continue
		}
		add(part.title, part.text...)
		for _, row := range part.rows {
			add(part.title+": "+row[0], row[1:]...)
		}
	}
	add("Time zone rules", "SHA-256 "+x.sum.Time.ZoneData)
	for _, name := range parameterNames(x.sum.Parameters) {
		add("Parameter "+name, orDash(x.sum.Parameters[name]))
	}
	add("Content code", x.code, codeMeaning, "Digest in full: "+hex.EncodeToString(x.digest[:]))
	check := newCheckTexts(*x)
	add(check.title, check.intro)
	for n, step := range check.steps {
		add("  "+strconv.Itoa(n+1), step.text, step.command)
	}
	add("What a good check shows", check.shows)
	add("What it does not show", check.showsNot, check.log)
	add("Identifiers", "Every identifier is stored as text: a spreadsheet shows all its digits and runs nothing.")
	return rows
}
