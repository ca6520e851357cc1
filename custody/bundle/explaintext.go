package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Text writes the explanation in plain ASCII, at most 80 columns wide.
func (x Explained) Text(w io.Writer) error {
	p := &printer{w: w}
	title := fmt.Sprintf("%s row %d", x.Exhibit, x.Row)
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
	p.wrap("  file            ", "                  ", x.Item+" "+x.FileName)
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
		p.wrap("", "", "The data were taken in under authority "+strings.Join(x.Under, ", ")+".")
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
	x.Raw, x.FileName, x.Item = Visible(x.Raw), Visible(x.FileName), Visible(x.Item)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(x); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}
