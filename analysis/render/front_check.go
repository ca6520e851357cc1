package render

import "slices"

// instruction is one thing to do to check an exhibit, and the command that does
// it where there is one.
type instruction struct{ text, command string }

// checkTexts say how anyone can check an exhibit and what that shows, in the
// same words on paper and on screen.
type checkTexts struct {
	title, intro string
	steps        []instruction
	shows        string
	showsNot     string
	log          string
}

func newCheckTexts(x exhibit) checkTexts {
	m := x.meta
	bundle := m.Bundle
	if bundle == "" {
		bundle = "BUNDLE.zip"
	}
	c := checkTexts{
		title: "How to check this exhibit",
		intro: "This page is a copy. The exhibit is the file " + m.Reference + " in its bundle. Anyone can check the bundle without asking " +
			"the police, without a network and without trusting the computer that made it.",
		steps: []instruction{
			{"Get the bundle from the Crown Prosecution Service or from your disclosure portal. Get the checker custos-verify from somewhere else: your own expert, another force, or build it from its published source.", ""},
			{"Run the checker. It needs no network, and nothing leaves your computer. The file trust.json lists the keys that the force publishes; do not take it from the bundle.", "custos-verify " + bundle + " --trust trust.json"},
			{"Open the file of this exhibit in the bundle (folder exhibit), which the checker has compared, and compare its content code with the one above. If one character differs, this page is no copy of it.", ""},
			{"Read the five answers and the list of what is not shown. Print the report and keep it with this exhibit.", ""},
			{"To repeat the work with other parameters. Every page of the result says that it is not the served exhibit:", "custos-verify rerun " + bundle + " --param NAME=VALUE"},
		},
		shows: "MATCHES THE RECORD says that the files are those recorded, since when, who recorded them, and that repeating the work gives the same pages, byte for byte.",
		showsNot: "That the operator's records are true or complete, that they were lawfully obtained, where a telephone was, or who held it. " +
			"The repeatable record begins with the file as the operator supplied it; how the operator made that file is not part of it.",
	}
	if x.sum.Table.Port == "schedule" {
		c.steps = slices.Insert(c.steps, 4, instruction{"To follow one row back to the operator's own text, for example row 1:", "custos-verify explain " + bundle + " --row 1"})
	}
	if m.Log != "" {
		c.log = "The record is kept in the log " + m.Log + "."
	}
	if m.WhatIf != "" {
		c.title = "This is not the served exhibit"
		c.intro = m.notServed() + " It was made to try other parameters: " + sentence(m.WhatIf) + " The served exhibit is the file " + m.Reference + " in its bundle; this is how to check that one."
		c.steps[2].text = "The content code of the served exhibit is on its own pages, in the bundle (folder exhibit); it is not the one above."
	}
	return c
}
