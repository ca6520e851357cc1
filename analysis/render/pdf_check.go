package render

import "encoding/hex"

// check draws the last page: how anyone can check the exhibit, and what a check
// does and does not show.
func (s *sheet) check(x exhibit) {
	again := s.begin(x)
	texts := newCheckTexts(x)
	s.y += 9
	s.put(bold, 15, margin, s.y, texts.title)
	s.y += 2
	s.paragraph(10, texts.intro, again)

	s.y += 4
	s.f.SetLineWidth(0.3)
	s.f.Rect(margin, s.y, s.right-margin, 37, "D")
	s.put(plain, 9, margin+5, s.y+6.5, codeTitle)
	s.put(mono, 18, margin+5, s.y+14.5, s.code)
	s.put(plain, 8.5, margin+5, s.y+20.5, codeMeaning)
	s.put(plain, 8.5, margin+5, s.y+24.5, codeLetters)
	digest := hex.EncodeToString(x.digest[:])
	s.put(plain, 8.5, margin+5, s.y+30, "Digest in full")
	s.put(mono, 8, margin+32, s.y+30, groups(digest[:32]))
	s.put(mono, 8, margin+32, s.y+33.8, groups(digest[32:]))
	s.y += 39

	s.heading("Do this", again)
	for i, step := range texts.steps {
		s.step(i+1, step.text, step.command, again)
	}
	s.pair(section{title: "What a good check shows", text: []string{texts.shows}},
		section{title: "What it does not show", text: []string{texts.showsNot}}, again)
	if texts.log != "" {
		s.y += 2
		s.paragraph(9, texts.log, again)
	}
	if x.front.notServed != "" {
		s.y += 3
		s.paragraph(8.5, "End of the what-if copy. "+x.front.notServed, again)
		return
	}
	s.signatures(again)
	s.y += 6
	s.room(5, again)
	s.put(plain, 8.5, margin, s.y, "End of exhibit "+s.meta.Reference+".")
}

// What stands beside the content code.
const (
	codeTitle   = "Content code, to compare by eye or read aloud"
	codeMeaning = "Made from the sources, the parameters and the rows. It is not made from this page: a page cannot hold its own digest."
	codeLetters = "The letters I, L, O and U are never used."
)

// step draws one numbered instruction.
func (s *sheet) step(n int, text, command string, again func()) {
	lines := s.wrap(plain, 9.5, s.right-margin-10, text)
	s.room(4.4*float64(len(lines))+7, again)
	s.y += 2
	s.f.SetLineWidth(0.3)
	s.f.Circle(margin+3.2, s.y+2.9, 3, "D")
	s.put(bold, 8.5, margin+2.2, s.y+4, number(int64(n)))
	for _, line := range lines {
		s.y += 4.4
		s.put(plain, 9.5, margin+9, s.y-0.4, line)
	}
	if command != "" {
		for _, line := range s.wrap(mono, 8.5, s.right-margin-14, command) {
			s.y += 4.4
			s.put(mono, 8.5, margin+12, s.y-0.4, line)
		}
	}
	s.y += 0.8
}

// signatures draws lines to sign on.
func (s *sheet) signatures(again func()) {
	names := 0
	for _, who := range []string{s.meta.Producer, s.meta.CheckedBy} {
		names += len(s.wrap(plain, 9, 62, who)) - 1
	}
	s.room(44+3.8*float64(names), again)
	s.heading("Signatures", again)
	s.y += 4
	at := []float64{margin, margin + 46, margin + 112, margin + 160}
	for i, title := range []string{"Step", "Name", "Signature", "Date"} {
		s.put(bold, 8, at[i], s.y, title)
	}
	s.y += 1.6
	s.rule(s.y, 0.3)
	for _, line := range [][2]string{{"Produced", s.meta.Producer}, {"Checked, second person", s.meta.CheckedBy}, {"Received", ""}} {
		names := s.wrap(plain, 9, 62, line[1])
		s.y += 3.8 * float64(len(names)-1)
		s.put(plain, 9, at[0], s.y+6.4, line[0])
		for i, name := range names {
			s.put(plain, 9, at[1], s.y+6.4+3.8*float64(i-len(names)+1), name)
		}
		s.y += 9
		s.rule(s.y, 0.15)
	}
}

// groups writes a digest in groups of eight.
func groups(hexText string) string {
	out := ""
	for i := 0; i < len(hexText); i += 8 {
		if i > 0 {
			out += " "
		}
		out += hexText[i : i+8]
	}
	return out
}
