package bundle

import (
	"fmt"
	"io"
	"strings"
)

// width is the number of columns of a report in text.
const width = 80

// Text writes the report in plain ASCII, at most 80 columns wide.
func (r Report) Text(w io.Writer) error {
	p := &printer{w: w}
	p.head(r)
	p.line("")
	p.line(string(r.Headline))
	p.wrap("", "", r.Meaning)
	if r.Exhibit != nil {
		p.wrap("", "  ", fmt.Sprintf("Exhibit %s version %d, %s", word(r.Exhibit.Reference), r.Exhibit.Version, quoted(r.Exhibit.Title)))
		p.wrap("", "  ", "Case "+quoted(r.Exhibit.Case))
	}
	for _, row := range r.Rows {
		p.wrap("", "  ", oneSpaced(row))
	}
	for _, q := range r.Questions {
		p.question(q)
	}
	p.line("")
	p.line("What this does not show")
	for _, text := range r.NotShown {
		p.wrap("  - ", "    ", text)
	}
	p.line("")
	p.wrap("", "", r.Level)
	p.line("")
	p.wrap("", "", r.Scope)
	p.todo(r.Advice, r.Next)
	return p.err
}

// todo writes what each code stands for and what to do.
func (p *printer) todo(advice []Code, next []string) {
	if len(advice)+len(next) == 0 {
		return
	}
	p.line("")
	p.line("What to do")
	p.codes(advice)
	for _, text := range next {
		p.wrap("  - ", "    ", text)
	}
}

// codes writes what codes stand for, with their innocent causes and next steps.
func (p *printer) codes(list []Code) {
	same := map[string]string{}
	for _, a := range list {
		next := a.Next
		if first, said := same[next]; said {
			next = "as for " + first + "."
		} else {
			same[next] = a.Code
		}
		p.wrap("  "+a.Code+"  ", "       ", a.Title)
		p.wrap("       May be innocent: ", "         ", strings.Join(a.Innocent, "; or ")+".")
		p.wrap("       Next: ", "         ", next)
	}
}

// printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(text string) { p.raw(strings.TrimRight(text, " ")) }

func (p *printer) raw(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, ASCII(text)+"\n")
	}
}

// head writes which checker, trust and file the report rests on.
func (p *printer) head(r Report) {
	name := strings.TrimSpace("custos-verify " + r.Checker.Version)
	p.wrap("", "  ", join("   ", name, label("program ", short(r.Checker.Binary)), label("module ", short(r.Checker.Module))))
	trust := "no trust file"
	if r.Trust != "" {
		trust = "trust file " + short(r.Trust)
	}
	p.wrap("", "  ", join("   ", label("file ", r.File.Name), fmt.Sprintf("%s bytes", thousands(r.File.Size)), label("SHA-256 ", short(r.File.SHA256)), trust))
	checked := "No network was used."
	if r.CheckedAt != "" {
		checked = "Checked " + r.CheckedAt + ". " + checked
	}
	p.line(checked)
}

// question writes one question, its answer at the right edge, and its findings.
func (p *printer) question(q Question) {
	p.line("")
	gap := max(2, width-len(q.Title)-len(q.Answer))
	p.line(q.Title + strings.Repeat(" ", gap) + string(q.Answer))
	p.wrap("  ", "  ", oneSpaced(q.Reason))
	for _, text := range q.Lines {
		p.wrap("  ", "    ", oneSpaced(text))
	}
	for _, f := range q.Findings {
		p.finding(f)
	}
}

// finding writes what one check found.
func (p *printer) finding(f Finding) {
	lead := fmt.Sprintf("  %2d %-8s", f.Number, outcomeWord(f.Outcome))
	text := oneSpaced(f.Text)
	if f.Code != "" {
		text = f.Code + "  " + text
	}
	p.wrap(lead, strings.Repeat(" ", len(lead)), text)
	for _, detail := range f.Detail {
		p.wrap(strings.Repeat(" ", len(lead)), strings.Repeat(" ", len(lead)+2), oneSpaced(detail))
	}
	for _, excerpt := range f.Excerpt {
		p.exact(strings.Repeat(" ", len(lead)), strings.Repeat(" ", len(lead)+12), excerpt)
	}
}

// outcomeWord is the word for an outcome in a column of seven.
func outcomeWord(o Outcome) string {
	switch o {
	case OK:
		return "ok"
	case Fail:
		return "DIFFERS"
	case Limit:
		return "LIMIT"
	case Unknown:
		return "not"
	}
	return string(o)
}

// wrap writes text in lines of at most width columns, the first led by first
// and the others by rest. Lines break at spaces where there are any; all other
// spaces stay.
func (p *printer) wrap(first, rest, text string) {
	p.lines(first, rest, text, true)
}

// exact is wrap for evidence: lines break where they are full, and nothing is
// dropped.
func (p *printer) exact(first, rest, text string) {
	p.lines(first, rest, text, false)
}

// lines writes text in lines, breaking at spaces or not.
func (p *printer) lines(first, rest, text string, atSpaces bool) {
	text = ASCII(text)
	for lead := first; text != ""; lead = rest {
		room := max(8, width-len(lead))
		cut := min(room, len(text))
		if space := strings.LastIndexByte(text[:min(room+1, len(text))], ' '); atSpaces && len(text) > room && space > 0 {
			cut = space
		}
		if atSpaces {
			p.line(lead + text[:cut])
		} else {
			p.raw(lead + text[:cut])
		}
		if text = text[cut:]; atSpaces {
			text = strings.TrimPrefix(text, " ")
		}
	}
}

// short returns the first and last digits of a digest in hex.
func short(hex string) string {
	if len(hex) <= 16 {
		return hex
	}
	return hex[:8] + "..." + hex[len(hex)-4:]
}

// digestLines returns a digest in hex with a word before it, in fours, on two
// lines.
func digestLines(word, hex string) []string {
	var parts []string
	for i := 0; i < len(hex); i += 4 {
		parts = append(parts, hex[i:min(i+4, len(hex))])
	}
	half := len(parts) / 2
	return []string{
		fmt.Sprintf("%-12s%s", word, strings.Join(parts[:half], " ")),
		fmt.Sprintf("%-12s%s", "", strings.Join(parts[half:], " ")),
	}
}

// label returns prefix and text, or nothing when there is no text.
func label(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// join joins what is not empty.
func join(separator string, parts ...string) string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, separator)
}

// thousands returns n with a comma between groups of three digits.
func thousands(n int64) string {
	text, negative := strings.CutPrefix(fmt.Sprint(n), "-")
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	if negative {
		text = "-" + text
	}
	return text
}
