package bundle

import (
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
)

// conclude turns what was found into the report.
func (c *checker) conclude(stopped bool) Report {
	r := Report{
		Format: ReportFormat, Checker: c.o.Checker, CheckedAt: c.o.CheckedAt, Trust: c.o.TrustDigest,
		File: File{Name: c.o.FileName, Size: c.size}, NotShown: notShown,
	}
	if c.b != nil {
		r.File.SHA256 = c.b.SHA256.String()
	}
	if !stopped {
		r.Exhibit, r.Rows = c.subject(), c.rows()
	}
	r.Level = c.levelWords(stopped)
	if !stopped && c.o.Trust != nil {
		r.Reached = c.held.level().String()
	}
	var all []Finding
	for i := range questionCount {
		r.Questions = append(r.Questions, c.question(i, stopped))
	}
	c.headline(&r, stopped)
	for _, q := range r.Questions {
		all = append(all, q.Findings...)
	}
	r.Advice = adviceOn(all)
	return r
}

// adviceOn returns what every code that was found stands for, but for those that
// only have to be read, in the order of the steps.
func adviceOn(findings []Finding) []Code {
	found := map[string]bool{}
	for _, f := range findings {
		found[f.Code] = found[f.Code] || f.Outcome == Fail || f.Outcome == Unknown
	}
	return slices.DeleteFunc(Codes(), func(k Code) bool { return !found[k.Code] })
}

// any tells whether any finding of the questions has an outcome.
func (c *checker) any(o Outcome, questions ...int) bool {
	for _, q := range questions {
		if slices.ContainsFunc(c.findings[q], func(f Finding) bool { return f.Outcome == o }) {
			return true
		}
	}
	return false
}

// headline decides between the three headlines and the exit code.
func (c *checker) headline(r *Report, stopped bool) {
	all := []int{askSame, askSince, askWho, askAgain, askRest}
	switch {
	case c.any(Fail, all...):
		r.Headline, r.Exit, r.Scope = Differs, ExitDiffers, scopeDiffers
		r.Meaning = "A difference was found. Do not rely on this file. Keep it: the difference may itself be evidence."
		r.Next = []string{
			"Rule out the innocent causes first: most differences have one.",
			"If a second copy fails in the same way, tell the court and send both files with this report.",
		}
	case stopped || c.any(Unknown, all...) || c.held.level() < c.o.Require:
		r.Headline, r.Exit, r.Scope = CannotTell, ExitCannotTell, scopeCannotTell
		r.Meaning = "Nothing was found to differ, but a required check could not be made."
		if c.findings[askSame] != nil && c.findings[askSame][0].Code == "V00" {
			r.Meaning, r.Exit = "This copy of the checker cannot be relied on.", ExitFault
		}
		r.Next = c.next()
	default:
		r.Headline, r.Exit, r.Scope = Matches, ExitMatches, scope
		r.Meaning = "Everything that was required was checked, and it is as recorded."
	}
}

// next says what would make an answer possible.
func (c *checker) next() []string {
	var next []string
	if c.held.level() < c.o.Require {
		next = append(next, fmt.Sprintf("The level asked for is %s and %s was reached: give a summary of the log that you kept (--known-head FILE) or a policy of co-signers (--policy FILE).", c.o.Require, c.held.level()))
	}
	return append(next, "A check that was not made is not a sign that anything was changed.")
}

// question returns one question with its answer and its findings.
func (c *checker) question(i int, stopped bool) Question {
	q := Question{Title: questionTitles[i], Findings: c.findings[i]}
	slices.SortStableFunc(q.Findings, func(a, b Finding) int { return a.Number - b.Number })
	switch {
	case i == askRest:
		c.rest(&q, stopped)
	case c.any(Fail, i):
		q.Answer, q.Reason = No, first(q.Findings, Fail)
	case c.any(Unknown, i):
		q.Answer, q.Reason = NotChecked, first(q.Findings, Unknown)
	case !c.complete(i):
		q.Answer, q.Reason = NotChecked, "Not asked to the end: after what was found, an answer would mean nothing."
	default:
		c.answer(i, &q)
	}
	return q
}

// complete tells whether every check of a question was made.
func (c *checker) complete(question int) bool {
	for _, phase := range phases() {
		for _, k := range phase.checks {
			if k.question == question && !c.done[k.name] && !c.o.without[k.name] {
				return false
			}
		}
	}
	return true
}

// first returns the text of the first finding with an outcome.
func first(findings []Finding, o Outcome) string {
	for _, f := range findings {
		if f.Outcome == o {
			return f.Text
		}
	}
	return ""
}

// answer fills in a question against which nothing was found.
func (c *checker) answer(i int, q *Question) {
	q.Answer = Yes
	switch i {
	case askSame:
		q.Reason = fmt.Sprintf("All %d files and %d entries of the record are byte for byte those recorded.", len(c.b.Members), len(c.others())+1)
	case askSince:
		c.since(q)
	case askWho:
		q.Reason = "You supplied the list of keys."
		q.Lines = c.people()
	case askAgain:
		q.Reason = c.again.counted() + " made again from the files received: every byte the same."
		if c.again.archived > 0 {
			same := "its digest stands in the signed entries, and this program's own steps make the same."
			if c.again.pages > 0 {
				same = "its digest stands in the signed entries, and this program's own steps make the same, but for how some pages pack their fonts: see below."
			}
			if c.again.alone > 0 {
				same = fmt.Sprintf("its digest stands in the signed entries. For %s of them this program has nothing to compare; whoever made the bundle chose that program.", fmt.Sprint(c.again.alone))
			}
			if c.again.carried == c.again.archived {
				same = "it is the one that this program carries."
			}
			q.Lines = append(q.Lines, fmt.Sprintf("%s in the archived program from the bundle: %s", count(c.again.archived, "step"), same))
		}
		if c.again.foreign > 0 {
			q.Lines = append(q.Lines, fmt.Sprintf("%s with this program's own copy, since no archived program in the bundle can be run.", count(c.again.foreign, "step")))
		}
	}
}

// since answers from what time the record is known to exist.
func (c *checker) since(q *Question) {
	own := c.work.entries[len(c.work.entries)-1]
	stated := own.Statement.Predicate.Time.Format("2 January 2006, 15:04:05 UTC")
	if c.held.level() == LogOnly {
		q.Answer = NotChecked
		q.Reason = fmt.Sprintf("The log's owner states %s. No time stamp, co-signer or summary kept elsewhere confirms it.", stated)
		return
	}
	q.Reason = fmt.Sprintf("Stated as %s, and the record continues what others hold (level %s).", stated, c.held.level())
	q.Lines = append(q.Lines, c.sinceLines()...)
}

// people says who signed, and on whose behalf: what the service signed for
// somebody has its own signature first and then that of the key it holds.
func (c *checker) people() []string {
	type hand struct {
		key    ledger.KeyID
		behalf bool
	}
	counts := map[hand]int{}
	c.shown(func(_ ledger.ChainKind, e ledger.Entry) {
		key := e.Statement.Predicate.Actor.Key
		counts[hand{key, c.ring[key].HeldBy == "service" && len(e.Signed.Signatures) > 1}]++
	})
	var lines []string
	for by, n := range counts {
		h, how := c.ring[by.key], "signed by"
		if by.behalf {
			how = "signed by the service on behalf of"
		}
		entries := "entries"
		if n == 1 {
			entries = "entry"
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %s (%s; key %s)", n, entries, how, quoted(h.Name), words(h.Roles), group(by.key.String())))
	}
	slices.Sort(lines)
	return append(lines, c.secondPerson())
}

// secondPerson says who made the exhibit again before it was served.
func (c *checker) secondPerson() string {
	none := "No second person has recorded a check of this exhibit."
	made, _ := c.exhibit()
	producer := c.ring[made.Statement.Predicate.Actor.Key]
	for _, e := range c.work.entries {
		if d, ok := e.Statement.Predicate.Detail.(*ledger.ExhibitChecked); ok && d.Exhibit == c.manifest.Exhibit.Entry {
			by := c.ring[e.Statement.Predicate.Actor.Key]
			if by.Holder == producer.Holder {
				none = fmt.Sprintf("Entry %d: %s, who produced the exhibit, recorded the check of it too. No second person has.", e.N, quoted(by.Name))
				continue
			}
			return fmt.Sprintf("Entry %d: %s made the exhibit again and recorded that it agrees.", e.N, quoted(by.Name))
		}
	}
	return none
}

// rest answers what was not checked.
func (c *checker) rest(q *Question, stopped bool) {
	q.Answer = NotChecked
	q.Reason = "These things were not checked, or have to be read beside the answers above."
	if stopped {
		q.Reason = "Everything after the first difference or obstacle."
		return
	}
	if c.o.Policy == nil {
		q.Lines = append(q.Lines, "- co-signers: no policy was given (--policy FILE)"+c.uncounted())
	}
	if c.o.Known == nil {
		q.Lines = append(q.Lines, "- an earlier summary of the log: none was given (--known-head FILE); without one, a second version of this record shown to others would not be seen")
	}
	q.Lines = append(q.Lines,
		c.unstamped(),
		"- the decisions on access: they stand on another chain and are replayed by an audit",
		"- records that are not in this bundle",
		"- "+unprovedLines)
	if n := c.distance(); n > 0 {
		q.Lines = append(q.Lines, fmt.Sprintf("- how long a signed entry was held back: at most %s entries came between what its signer had seen and its place", fmt.Sprintf("%d", n)))
	}
}

// distance returns the largest number of entries between what a signer had
// seen and the place of the entry.
func (c *checker) distance() int {
	most := uint64(0)
	for _, e := range c.work.entries {
		most = max(most, e.N-1-e.Statement.Predicate.Place.After.N)
	}
	return int(most)
}

// subject names the exhibit.
func (c *checker) subject() *Subject {
	_, d := c.exhibit()
	opened := c.opened()
	if d == nil {
		return nil
	}
	return &Subject{Reference: d.Reference, Version: d.Version, Title: d.Title, Case: opened.Reference + ", " + opened.Title}
}

// rows returns the row balances that stand behind the exhibit.
func (c *checker) rows() []string {
	var lines []string
	g := c.graph()
	for _, e := range c.work.entries {
		p := e.Statement.Predicate
		if p.RowBalance == nil || p.Step == nil || !g.ancestors[p.Place.Entry] || strings.HasPrefix(p.Step.Name, "render-") {
			continue
		}
		lines = append(lines, fmt.Sprintf("Rows, entry %d (%s): %s.", e.N, word(p.Step.Name), balanceText(*p.RowBalance)))
	}
	return lines
}
