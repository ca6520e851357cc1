package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Text writes the explanation in plain ASCII, at most 80 columns wide.
func (x Explained) Text(w io.Writer) error {
	p := &printer{w: w}
	title := fmt.Sprintf("%s row %d", word(x.Exhibit), x.Row)
	p.line(title + strings.Repeat(" ", max(2, width-len(ASCII(title))-len(x.Headline))) + string(x.Headline))
	p.line("")
	p.wrap("shown in  ", "          ", x.Table)
	for _, c := range x.Shown {
		if c.Value != "" {
			p.exact(fmt.Sprintf("  %-14s  ", ASCII(c.Column)), "                  ", c.Value)
		}
	}
	p.line("")
	p.line("came from")
	p.wrap("  file            ", "                  ", word(x.Item)+" "+word(x.FileName))
	p.wrap("                  ", "                  ", x.Received)
	p.wrap("  in the bundle   ", "                  ", x.Member)
	p.wrap("  row             ", "                  ", fmt.Sprintf("%s, at byte %s", thousands(x.Record), thousands(x.Offset)))
	p.exact("  raw text        ", "                  ", x.Raw)
	p.line("")
	p.line("by these rules")
	for _, d := range x.Rules {
		from := fmt.Sprintf("%q", d.Raw)
		if d.Column != "" {
			from = fmt.Sprintf("%s %q", d.Column, d.Raw)
		}
		p.wrap(fmt.Sprintf("  %-14s  ", ASCII(d.Field)), "                  ", fmt.Sprintf("%s -> %q  (%s)", from, d.Value, d.Rule))
	}
	if len(x.Decided) > 0 {
		p.line("")
		p.line("on these decisions of a person about the whole file")
		for _, d := range x.Decided {
			p.wrap("  ", "    ", fmt.Sprintf("%s %q, by %s: %s", d.Kind, d.Value, d.Who, d.Why))
		}
	}
	p.line("")
	if x.Agrees {
		p.wrap("", "", "Read again now, the source row gives what the exhibit shows.")
	} else {
		p.wrap("", "", "Read again now, the source row gives something else:")
		for _, text := range x.Differs {
			p.wrap("  - ", "    ", text)
		}
	}
	if len(x.Under) > 0 {
		p.wrap("", "", "The data were taken in under authority "+words(x.Under)+".")
	}
	if len(x.Repeats) > 0 {
		p.wrap("", "", "The same content also stands in the same file at "+strings.Join(x.Repeats, ", ")+"; it is counted once.")
	}
	for _, text := range x.Linked {
		p.wrap("", "", text+".")
	}
	return p.err
}

// JSON writes the explanation as indented JSON, with unseen characters shown.
func (x Explained) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(x.visible()); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}

// visible returns the explanation with unseen characters shown in every text.
func (x Explained) visible() Explained {
	for _, text := range []*string{&x.Exhibit, &x.Table, &x.Item, &x.FileName, &x.Member, &x.Received, &x.Raw} {
		*text = Visible(*text)
	}
	x.Shown, x.Rules, x.Decided = slices.Clone(x.Shown), slices.Clone(x.Rules), slices.Clone(x.Decided)
	for i, c := range x.Shown {
		x.Shown[i] = Cell{Visible(c.Column), Visible(c.Value)}
	}
	for i := range x.Rules {
		d := &x.Rules[i]
		d.Field, d.Column, d.Raw, d.Rule, d.Value = Visible(d.Field), Visible(d.Column), Visible(d.Raw), Visible(d.Rule), Visible(d.Value)
	}
	for i := range x.Decided {
		d := &x.Decided[i]
		d.Kind, d.Value, d.Who, d.Why = Visible(d.Kind), Visible(d.Value), Visible(d.Who), Visible(d.Why)
	}
	for _, list := range []*[]string{&x.Differs, &x.Under, &x.Repeats, &x.Linked} {
		if *list != nil {
			*list = visibleAll(*list)
		}
	}
	return x
}
