package render

import (
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
)

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// number writes a count with commas between the thousands.
func number(n int64) string {
	if n < 0 {
		return "-" + number(-n)
	}
	if n < 1000 {
		return decimal(n)
	}
	rest := decimal(1000 + n%1000)
	return number(n/1000) + "," + rest[1:]
}

// ruleWords writes counts by rule as a sentence, the rule's id behind each.
func ruleWords(by []analysis.RuleCount) string {
	parts := make([]string, 0, len(by))
	for _, r := range by {
		words := ruleSentences[r.Rule]
		if words == "" {
			words = "under the rule"
		}
		parts = append(parts, number(r.Rows)+" "+words+" ("+r.Rule+")")
	}
	return strings.Join(parts, "; ")
}

// timeWords says how the times on the page are to be read.
func timeWords(m Meta, sum pageSummary) string {
	t := sentence(m.Time)
	t += " Times are shown in " + sum.Time.Shown + "; beside each stands what the clock showed (in the United Kingdom GMT or BST). Time zone rules: tz database " +
		sum.Time.ZoneVersion + "."
	if sum.Time.WholeMinute > 0 {
		used, among := usedRows(sum)
		t += " Of the rows " + used + among + ", " + many(sum.Time.WholeMinute, "states", "state") + " no seconds."
	}
	if sum.Time.FoldUnknown > 0 {
		t += " " + many(sum.Time.FoldUnknown, "row lies", "rows lie") + " in the hour that happens twice, " + foldWords(sum.Table.Port) + "."
	}
	return strings.TrimSpace(t)
}

// usedRows says which rows the figures beside a result count. Of a result that leaves out
// what is seldom they count what it left out too, and among says so.
func usedRows(sum pageSummary) (used, among string) {
	for _, r := range sum.Balance.OutsideBy {
		if strings.HasPrefix(r.Rule, "BELOW_MIN_") {
			return "counted", " (those left out under " + r.Rule + " among them)"
		}
	}
	return "shown", ""
}

// foldWords says at which of its two instants a row of the hour that happens twice counts
// in a result.
func foldWords(port string) string {
	switch port {
	case "timeline":
		return "listed at both instants"
	case "hits":
		return "shown at the earlier of its instants in the period"
	case "gaps":
		return "counted at both instants"
	}
	return "shown at the earlier of the two instants"
}

// periodWords says which period was asked about, and from when to when the rows
// run that are shown.
func periodWords(sum pageSummary, clock *event.Clock) string {
	text := "Period asked about: "
	switch from, until := localWords(sum.Parameters["from"], clock), localWords(sum.Parameters["until"], clock); {
	case from != "" && until != "":
		text += from + " up to, not including, " + until + "."
	case from != "":
		text += "from " + from + "."
	case until != "":
		text += "up to, not including, " + until + "."
	default:
		text += "the whole period of the sources."
	}
	first, last := localWords(sum.Time.First, clock), localWords(sum.Time.Last, clock)
	if first == "" {
		return text + " No row is shown."
	}
	return text + " First event used: " + first + "; last: " + last + "."
}

// madeBy says with what and under which parameters the result was made.
func madeBy(m Meta, sum pageSummary) string {
	text := m.Program + ", " + sum.Step + "."
	if m.WhatIf != "" {
		text = "What-if: " + sentence(m.WhatIf) + " " + text
	}
	for _, name := range parameterNames(sum.Parameters) {
		value := sum.Parameters[name]
		switch name {
		case "from", "until":
			continue // stand below the question
		case "identifiers", "subject", "subjects":
			ids := strings.FieldsFunc(value, func(r rune) bool { return r == ',' })
			for n, id := range ids { // a name may have blanks in it
				ids[n] = event.Display(strings.TrimSpace(id))
			}
			value = strings.Join(ids, ", ")
		}
		switch {
		case value != "":
		case name == "types" || strings.HasPrefix(name, "identifier") || strings.HasPrefix(name, "subject"):
			value = "all"
		default:
			value = "not given"
		}
		text += " " + strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ") + ": " + strings.ReplaceAll(value, ",", ", ") + "."
		text = strings.ReplaceAll(text, ",  ", ", ")
	}
	if m.Module != "" {
		text += " Module " + m.Module + "."
	}
	return text + " Version " + decimal(int64(m.Version)) + ": " + sentence(m.Changed)
}

// localWords writes an instant as the clock on the wall showed it.
func localWords(instant string, clock *event.Clock) string {
	unix, ok := event.ParseInstant([]byte(instant))
	if !ok {
		return ""
	}
	offset, abbr := clock.At(unix)
	local := string(event.AppendInstant(nil, unix+int64(offset)))
	return ukDate(local[:10]) + " " + local[11:19] + " " + abbr
}

// madeWords writes the instant at which an exhibit was made.
func madeWords(made string) string { return ukDate(made[:10]) + ", " + made[11:16] + " UTC" }

// many writes a count with the word that fits it.
func many(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + more
}
