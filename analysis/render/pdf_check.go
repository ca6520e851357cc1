package render

import "encoding/hex"

// check draws the last page: how anyone can check the exhibit, and what a check
// does and does not show.
func (s *sheet) check(sum [32]byte) {
	begin := func() { s.page(false, s.meta.Case, "Produced by "+s.meta.Producer, madeWords(s.meta.Made)) }
	begin()
	s.y += 9
	s.put(bold, 15, margin, s.y, "How to check this exhibit")
	s.y += 2
	s.paragraph(10, "This paper is a copy. The exhibit is the file "+s.meta.Reference+" in its bundle. Anyone can check the bundle without asking "+
		"the police, without a network and without trusting the computer that made it.", begin)

	s.y += 4
	s.f.SetLineWidth(0.3)
	s.f.Rect(margin, s.y, s.right-margin, 37, "D")
	s.put(plain, 9, margin+5, s.y+6.5, "Content code, to compare by eye or read aloud")
	s.put(mono, 18, margin+5, s.y+14.5, s.code)
	s.put(plain, 8.5, margin+5, s.y+20.5, "Made from the sources, the parameters and the rows. It is not made from this page: a page cannot hold its own digest.")
	s.put(plain, 8.5, margin+5, s.y+24.5, "The letters I, L, O and U are never used.")
	digest := hex.EncodeToString(sum[:])
	s.put(plain, 8.5, margin+5, s.y+30, "Digest in full")
	s.put(mono, 8, margin+32, s.y+30, groups(digest[:32]))
	s.put(mono, 8, margin+32, s.y+33.8, groups(digest[32:]))
	s.y += 39

	s.heading("Do this", begin)
	bundle := s.meta.Bundle
	if bundle == "" {
		bundle = "BUNDLE.zip"
	}
	for i, step := range []struct{ text, command string }{
		{"Get the bundle from the Crown Prosecution Service or from your disclosure portal. Get the checker custos-verify from somewhere else: your own expert, another force, or build it from its published source.", ""},
		{"Run the checker. It needs no network, and nothing leaves your computer. The file trust.json lists the keys that the force publishes; do not take it from the bundle.", "custos-verify " + bundle + " --trust trust.json"},
		{"Compare the content code that the checker prints with the one above. If one character differs, this paper and the bundle are not the same exhibit.", ""},
		{"Read the five answers and the list of what is not shown. Print the report and keep it with this exhibit.", ""},
		{"To follow one row back to the operator's own text, for example row 1:", "custos-verify explain " + bundle + " --row 1"},
	} {
		s.step(i+1, step.text, step.command, begin)
	}
	s.heading("What a good check shows", begin)
	s.paragraph(9, "MATCHES THE RECORD says that the files are those recorded, since when, who recorded them, and that repeating the work gives the same pages, byte for byte.", begin)
	s.heading("What it does not show", begin)
	s.paragraph(9, "That the operator's records are true or complete, that they were lawfully obtained, where a telephone was, or who held it.", begin)
	if s.meta.Log != "" {
		s.heading("The log", begin)
		s.paragraph(9, "The record is kept in the log "+s.meta.Log+".", begin)
	}
	s.signatures(begin)
	s.y += 6
	s.room(5, begin)
	s.put(plain, 8.5, margin, s.y, "End of exhibit "+s.meta.Reference+".")
}

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
		s.y += 4.8
		s.put(mono, 8.5, margin+12, s.y-0.6, command)
	}
	s.y += 1
}

// signatures draws lines to sign on.
func (s *sheet) signatures(again func()) {
	s.room(42, again)
	s.heading("Signatures", again)
	s.y += 4
	at := []float64{margin, margin + 46, margin + 112, margin + 160}
	for i, title := range []string{"Step", "Name", "Signature", "Date"} {
		s.put(bold, 8, at[i], s.y, title)
	}
	s.y += 1.6
	s.rule(s.y, 0.3)
	for _, line := range [][2]string{{"Produced", s.meta.Producer}, {"Checked, second person", ""}, {"Received", ""}} {
		names := s.wrap(plain, 9, 62, line[1])
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
