package bundle

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Code is what one code of a report stands for: which step of the check gives
// it, what it says, what may have caused it without anybody's bad faith, and
// what to do next.
// Shape: Innocent has one cause or more.
type Code struct {
	Code     string   `json:"code"`
	Step     int      `json:"step"`
	Title    string   `json:"title"`
	Innocent []string `json:"innocent"`
	Next     string   `json:"next"`
}

// Causes that several codes share.
const (
	causeResaved   = "the file was opened and saved by another program, unpacked and packed again, or mailed and re-encoded"
	causeCut       = "the file was cut short, or a bit was lost, while it was copied or kept"
	causeOtherFile = "another version of the bundle was handed over than the one that was meant"
	causeFault     = "a fault in the program that made the bundle"
	causeOldTrust  = "your list of keys is older than the record: a key was enrolled, replaced or withdrawn since"
	nextAgain      = "Ask whoever served the file for it again, on another medium, and compare the SHA-256 with theirs. If the second copy fails in the same way, keep both and tell the court."
	nextMaker      = "Ask for the file again. If it fails in the same way, the record itself says something wrong: ask the office that made it to explain this entry in writing, and show the court both."
	nextBoth       = "Keep both files and both signed heads (custos-verify compare saves them): together they are the proof. Ask the log's owner, in writing, which of them others were shown."
)

// Codes returns every code that a report can hold, in the order of the steps.
func Codes() []Code {
	all := slices.Concat(codesOfFile(), codesOfEntries(), codesOfLog(), codesOfOrder(), codesOfOrigin())
	slices.SortStableFunc(all, func(a, b Code) int { return a.Step - b.Step })
	return all
}

// CodeOf returns what a code stands for.
func CodeOf(code string) (Code, bool) {
	for _, c := range Codes() {
		if c.Code == code {
			return c, true
		}
	}
	return Code{}, false
}

// CodesText writes what every code stands for, by the step that gives it.
func CodesText(w io.Writer) error {
	p := &printer{w: w}
	step := -1
	for _, c := range Codes() {
		if c.Step != step {
			p.line("")
		}
		step = c.Step
		p.wrap(fmt.Sprintf("%2d  %s  ", c.Step, c.Code), "         ", c.Title)
		for _, cause := range c.Innocent {
			p.wrap("         may be innocent: ", "           ", cause)
		}
		p.wrap("         next: ", "           ", c.Next)
	}
	return p.err
}

// CodesJSON writes what every code stands for, for machines.
func CodesJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(Codes()); err != nil {
		return fmt.Errorf("write the codes: %w", err)
	}
	return nil
}

// codesOfFile are those of steps 0 to 3: this program and the file.
func codesOfFile() []Code {
	return []Code{
		{
			"V00", 0, "The checker failed its own test.",
			[]string{"the program was damaged while it was copied", "a fault in this computer's memory or processor"},
			"Do not rely on any answer of this copy. Get the program again from its publisher, compare its SHA-256, and try another computer.",
		},
		{"B01", 1, "The file is not in the exact form that custos makes.", []string{causeResaved, causeCut}, nextAgain},
		{"B02", 2, "A part of the bundle is missing, extra, different or not in its exact form.", []string{causeResaved, causeCut, causeOtherFile}, nextAgain},
		{
			"B03", 3, "The bundle uses a format that this program does not know.",
			[]string{"the bundle was made by a newer version of custos"},
			"Get the newest custos-verify from its publisher and check again.",
		},
		{"B04", 2, "The content of a file is not what the list of the bundle says.", []string{causeResaved, causeCut, causeFault}, nextAgain},
		{"B05", 5, "An entry names a file that the bundle neither holds nor accounts for.", []string{"a file was left out when the bundle was packed", causeFault}, nextMaker},
		{
			"B06", 2, "The content of a file could not be unpacked on this computer.",
			[]string{"there was no room for scratch files", "the check was stopped"},
			"Give the check more room (TMPDIR), or run it on another computer. This says nothing about the bundle.",
		},
	}
}

// codesOfEntries are those of steps 4, 5 and 12: who signed, and what.
func codesOfEntries() []Code {
	return []Code{
		{"S01", 4, "An entry was not signed by a person or machine allowed to make it.", []string{"a person's role was changed and the new key was not enrolled in time", causeFault}, nextMaker},
		{"S02", 4, "A signature does not match its content.", []string{"the entry was damaged before it was packed", causeFault}, nextMaker},
		{"S03", 5, "An entry belongs to another case, chain or log.", []string{causeFault, "records of two cases were mixed up when the bundle was packed"}, nextMaker},
		{"S04", 4, "What an entry says is not in the form that its kind has.", []string{"the entry was made by a newer version of custos", causeFault}, "Check again with the newest custos-verify. If it fails in the same way: " + nextMaker},
		{
			"S05", 4, "A key that signed is not one that you said you trust, or not as that of the same holder.",
			[]string{causeOldTrust, "you gave no list of keys, or the list of another office"},
			"Get the list of keys (trust.json) from its publisher, not from whoever gave you the bundle, compare its fingerprint, and give it with --trust FILE.",
		},
		{"K01", 12, "A key was used when it was not in force, by its place in the log.", []string{"a person who left signed something that was recorded after the key was withdrawn", "a key was withdrawn by mistake"}, nextMaker},
		{
			"A01", 5, "No authority is on record for a step on data.",
			[]string{"the authority was recorded in another case", "the authority was recorded after the work was done"},
			"Ask for the authority and for the entry that records it. Do not rely on the exhibit before both are shown.",
		},
		{"A02", 5, "The authority that an entry names is not among the entries shown.", []string{"the authority's entry is withheld, with a reason that the bundle lists"}, "Ask the office for the authority itself, or for a bundle that shows its entry."},
	}
}

// codesOfLog are those of steps 6 to 11: the log and what others hold of it.
func codesOfLog() []Code {
	return []Code{
		{"L01", 6, "An entry is not the one that was recorded in the log.", []string{causeFault, "the record was damaged before the bundle was packed"}, nextMaker},
		{"L02", 7, "The log does not contain an entry at the place claimed.", []string{causeFault, "the proofs were made while the record was being restored from a copy"}, nextMaker},
		{
			"L03", 8, "The log's summary cannot be attributed to this log.",
			[]string{causeOldTrust, "your list of keys is of another log"},
			"Compare the log's name and key with those that its owner publishes. If they are the same and the signature fails, ask for the file again.",
		},
		{
			"L04", 9, "What you kept and what the bundle shows do not agree, or cannot be compared.",
			[]string{"the summary that you kept is of another log, or was damaged", "the bundle was made before the entry that you know of", "the proof that joins the two was not given (--consistency FILE)"},
			nextBoth,
		},
		{
			"L05", 8, "The two bundles are of different logs.",
			[]string{"they were made by two offices, or by one office before and after it opened a new log"},
			"Compare each with another bundle of its own log. Of a log that continues another, ask for the entry that links the two.",
		},
		{
			"W01", 10, "Fewer co-signers confirmed the log than you ask for, or a co-signature does not match.",
			[]string{"a co-signer could not be reached when the bundle was made", "your policy is newer than the bundle, or names other co-signers"},
			"Ask for a bundle under a later summary of the log, and ask the co-signers that you name for the heads that they hold.",
		},
		{
			"W02", 10, "The newest confirmation by enough co-signers is older than you allow.",
			[]string{"the bundle was made some time ago: its summary is as old as it is", "this computer's clock is wrong"},
			"Ask for the bundle anew, or for a newer co-signed summary of the log; compare this computer's clock with another.",
		},
		{
			"T01", 11, "No trusted proof that the record existed by a date.",
			[]string{"the authority of time could not be reached when the bundle was made", "your list of keys does not name the authority's root certificate"},
			"Ask for a bundle with a time stamp, or add the root certificate of the authority to your list of keys after you compared it with its publisher's.",
		},
		{"T02", 11, "A time stamp in the bundle is not a true one over this record.", []string{causeCut, causeFault}, nextAgain},
	}
}

// codesOfOrder are those of step 13: completeness, order and times.
func codesOfOrder() []Code {
	return []Code{
		{"C01", 13, "An entry is missing, doubled or not accounted for.", []string{causeFault, "the case went on while the bundle was packed"}, nextMaker},
		{
			"C02", 13, "A stated time cannot be right.",
			[]string{"a clock was wrong, or was put right, between two entries", "a signature was asked for and given later"},
			"Rely on the order of the log, not on this time. Ask the office for its record of clock changes.",
		},
		{"C03", 5, "Whoever signed an entry had seen another record before it.", []string{"the record was restored from a copy after the entry was prepared", causeFault}, nextBoth},
		{"C04", 13, "Entries are withheld.", []string{"their reasons stand beside their numbers; withholding is lawful where a court or the law allows it"}, "If one of them may matter, ask for it by its number."},
		{"C05", 13, "One chain of the record has two different entries at one number.", []string{"one bundle was made from a restored copy of the record"}, nextBoth},
		{"C06", 13, "The two bundles give different reasons for withholding one entry.", []string{"the reason was reviewed between the two bundles"}, "Ask the office which reason stands, and why the other was signed. Both are signed."},
		{"C07", 13, "One bundle leaves out what stood in the record when it was made.", []string{causeFault}, nextBoth},
		{
			"C08", 14, "Two cases are registered under one reference.",
			[]string{"a case was opened a second time by mistake", "one matter was split into two cases"},
			"Ask the office for the whole list of cases under that reference, and what each holds.",
		},
		{
			"C09", 13, "Stated times are not in the order of the log.",
			[]string{"a clock was put right between two entries", "two machines' clocks differ", "an entry was signed and handed in later"},
			"Rely on the order of the log. Ask the office for its record of clock changes.",
		},
		{
			"C10", 13, "The clock of the recording service was put forward or back.",
			[]string{"the clock was wrong and was put right", "the machine had slept"},
			"Rely on the order of the log. Ask the office for its record of clock changes.",
		},
	}
}

// codesOfOrigin are those of steps 14 to 16: where the exhibit comes from, and
// whether it can be made again.
func codesOfOrigin() []Code {
	return []Code{
		{"P01", 14, "The origin of something in the exhibit is not shown.", []string{"the entry that made it is withheld", "a file was put into the bundle by hand"}, "If an entry is withheld, ask for it by its number. If none is: " + nextMaker},
		{"P02", 14, "The bundle and the exhibit's own entry do not say the same of the exhibit.", []string{causeOtherFile, causeFault}, nextMaker},
		{"P03", 14, "A file was read with decisions that are not the ones on record.", []string{causeFault}, nextMaker},
		{"P04", 14, "The exhibit's first page and the record do not say the same.", []string{"the title of the case was changed after the page was made", causeFault}, nextMaker},
		{
			"P05", 14, "What an attribution of a number to a person stands on is not shown, or does not show it.",
			[]string{"the statement or file that it names was never recorded in this case", "its entry is withheld", "the file writes the name otherwise than the page does"},
			"Ask for the statement or file that the attribution names. Until it is shown, nothing in this record links that number with that person.",
		},
		{
			"P06", 14, "Rows that are served are not those that were committed to when their file was read.",
			[]string{causeCut, causeFault},
			nextMaker,
		},
		{
			"P07", 14, "Rows of a file are served, and the file itself is withheld.",
			[]string{"rows are withheld where a court or the law allows it; how many, and why, stands beside them"},
			"If rows that are withheld may matter, ask for them by their reason, or for the whole file; each can be proved then as these are.",
		},
		{
			"P08", 14, "A file was read under a profile that this program does not carry.",
			[]string{"the supplier's layout is not among those that custos brings", "this program is older or newer than the one that read the file"},
			"Read the profile beside the file: it is a short text, named in the entry, which says what each column means.",
		},
		{"D01", 15, "A payload is absent without a reason that can stand.", []string{causeFault}, nextMaker},
		{"D02", 15, "A payload was lawfully erased; its record is intact.", []string{"the law asks for the erasure of what is no longer needed"}, "Ask for the order that its entry names, if the payload may matter."},
		{"D03", 15, "A payload is not in this bundle.", []string{"its reason stands beside it"}, "If it may matter, ask for it."},
		{
			"R01", 16, "Repeating the work gave a different result.",
			[]string{"the step was made by a program with a fault, which is then in the register of defects", "the recorded inputs are of another version than those used"},
			"Look at the first difference in the report: it names the entry, the line and both readings. Do not rely on the exhibit; ask for it to be made again from the received file, and for the archived program's own result.",
		},
		{
			"R02", 16, "A step was not made again.",
			[]string{"an input is withheld or erased", "the archived program that it names is not in the bundle", "there was no room for scratch files on this computer"},
			"Ask for what is missing, give the check more room (TMPDIR), or run it on another computer.",
		},
		{"R03", 16, "The counts of rows do not come out as recorded.", []string{"the step was made by a program with a fault, which is then in the register of defects"}, nextMaker},
		{"R04", 16, "A parameter of a step is not recorded.", []string{"the step was made by an older version of custos"}, nextMaker},
		{
			"R05", 16, "The archived program and this program do not make the same.",
			[]string{"for the fonts in a page: another version of a compressor", "this program is older or newer than the one that made the exhibit"},
			"Lay the two side by side (--differing FOLDER) and ask which is right. Check with the version of custos-verify that was published with the exhibit.",
		},
		{"X01", 14, "A known defect touches the exhibit.", []string{"defects that were found later are recorded, so that nobody has to find them again"}, "Read the effect of the defect beside its number; ask whether a later version of the exhibit mends it."},
		{"X02", 14, "A later version of the exhibit is on record.", []string{"exhibits are corrected; both versions stay in the record"}, "Ask for the later version."},
	}
}
