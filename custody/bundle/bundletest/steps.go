package bundletest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"custos.example/analysis"
)

// Steps is a list of steps that Verify can look things up in.
type Steps []analysis.Step

// Find returns the step of a name and version.
func (s Steps) Find(name string, version int) (analysis.Step, bool) {
	for _, step := range s {
		if i := step.Info(); i.Name == name && i.Version == version {
			return step, true
		}
	}
	return nil, false
}

// Tiny returns a source, an analysis and two renderers so small that a whole
// bundle made with them is a few kilobytes. They keep the contract of a step.
func Tiny() Steps { return Steps{tinySource{}, tinyCount{}, tinyPage{}, tinyTable{}} }

// tinySource reads lines "who,whom"; a line without a comma is set aside, and
// an empty one is a repeat of nothing and set aside as well.
type tinySource struct{}

func (tinySource) Info() analysis.Info {
	return analysis.Info{
		Name: "tiny-source", Version: 1, Class: analysis.Source, Title: "Read pairs",
		Inputs:  []analysis.Port{{Name: "source", Extension: "csv"}, {Name: "profile", Extension: "yaml"}, {Name: "decisions", Extension: "json"}},
		Outputs: []analysis.Port{{Name: "events", Extension: "csv"}, {Name: "set-aside", Extension: "csv"}, {Name: "report", Extension: "json"}},
	}
}

func (tinySource) Run(_ analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	texts, err := readAll(in)
	if err != nil {
		return analysis.Result{}, err
	}
	if !strings.HasPrefix(texts["source"], "who,whom\n") {
		return analysis.Result{}, fmt.Errorf("%w: no header who,whom", analysis.ErrNotThisFormat)
	}
	events, aside := []string{"row,who,whom"}, []string{"row,reason"}
	tally := analysis.Tally{}
	lines := strings.Split(strings.TrimSuffix(texts["source"], "\n"), "\n")[1:]
	for i, line := range lines {
		if strings.Count(line, ",") != 1 {
			aside = append(aside, fmt.Sprintf("%d,not-a-pair", i+2))
			tally.Add("not-a-pair")
			continue
		}
		events = append(events, fmt.Sprintf("%d,%s", i+2, line))
	}
	b := analysis.Balance{
		Received: int64(len(lines)), Shown: int64(len(events) - 1), SetAside: tally.Total(),
		OutsideBy: []analysis.RuleCount{}, SetAsideBy: tally.List(),
	}
	report := fmt.Sprintf(`{"decisions":%d,"profile":%d}`, len(texts["decisions"]), len(texts["profile"]))
	return result(b), writeAll(out, map[string]string{"events": lined(events), "set-aside": lined(aside), "report": report})
}

// tinyCount counts the lines of each caller that is not outside the question.
type tinyCount struct{}

func (tinyCount) Info() analysis.Info {
	return analysis.Info{
		Name: "tiny-count", Version: 1, Class: analysis.Analyse, Title: "Count by caller",
		Inputs:  []analysis.Port{{Name: "events", Extension: "csv"}},
		Outputs: []analysis.Port{{Name: "table", Extension: "csv"}},
		Params:  []analysis.Param{{Name: "least", Default: "1"}, {Name: "without", Default: ""}},
	}
}

func (tinyCount) Run(_ analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	texts, err := readAll(in)
	if err != nil {
		return analysis.Result{}, err
	}
	counts := map[string]int{}
	b := analysis.Balance{OutsideBy: []analysis.RuleCount{}, SetAsideBy: []analysis.RuleCount{}}
	outside := analysis.Tally{}
	for _, line := range strings.Split(strings.TrimSuffix(texts["events"], "\n"), "\n")[1:] {
		b.Received++
		who := strings.Split(line, ",")[1]
		if who == params["without"] {
			outside.Add("without")
			continue
		}
		b.Shown++
		counts[who]++
	}
	b.Outside, b.OutsideBy = outside.Total(), outside.List()
	rows := []string{"who,count"}
	for who, n := range counts {
		rows = append(rows, fmt.Sprintf("%s,%d", who, n))
	}
	slices.Sort(rows[1:])
	return result(b), writeAll(out, map[string]string{"table": lined(rows)})
}

// tinyPage renders the table as a page.
type tinyPage struct{}

func (tinyPage) Info() analysis.Info {
	return analysis.Info{
		Name: "render-page", Version: 1, Class: analysis.Render, Title: "The table as a page",
		Inputs:  []analysis.Port{{Name: "table", Extension: "csv"}, {Name: "meta", Extension: "json"}},
		Outputs: []analysis.Port{{Name: "page", Extension: "pdf"}},
		Params:  []analysis.Param{{Name: "size", Default: "A4"}},
	}
}

func (tinyPage) Run(_ analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	texts, err := readAll(in)
	if err != nil {
		return analysis.Result{}, err
	}
	n := int64(strings.Count(texts["table"], "\n") - 1)
	b := analysis.Balance{Received: n, Shown: n, OutsideBy: []analysis.RuleCount{}, SetAsideBy: []analysis.RuleCount{}}
	return result(b), writeAll(out, map[string]string{"page": "PAGE " + params["size"] + " " + texts["meta"] + "\n" + texts["table"]})
}

// tinyTable renders the table as it is.
type tinyTable struct{}

func (tinyTable) Info() analysis.Info {
	return analysis.Info{
		Name: "render-table", Version: 1, Class: analysis.Render, Title: "The table",
		Inputs:  []analysis.Port{{Name: "table", Extension: "csv"}},
		Outputs: []analysis.Port{{Name: "rows", Extension: "csv"}},
	}
}

func (tinyTable) Run(_ analysis.Env, in map[string]analysis.Input, _ analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	texts, err := readAll(in)
	if err != nil {
		return analysis.Result{}, err
	}
	n := int64(strings.Count(texts["table"], "\n") - 1)
	b := analysis.Balance{Received: n, Shown: n, OutsideBy: []analysis.RuleCount{}, SetAsideBy: []analysis.RuleCount{}}
	return result(b), writeAll(out, map[string]string{"rows": texts["table"]})
}

func result(b analysis.Balance) analysis.Result {
	return analysis.Result{Balance: b, Caveats: []string{}}
}

func lined(lines []string) string { return strings.Join(lines, "\n") + "\n" }

func readAll(in map[string]analysis.Input) (map[string]string, error) {
	texts := map[string]string{}
	for name, input := range in {
		data, err := io.ReadAll(io.NewSectionReader(input, 0, input.Size()))
		if err != nil {
			return nil, err
		}
		texts[name] = string(data)
	}
	return texts, nil
}

func writeAll(out map[string]io.Writer, texts map[string]string) error {
	for name, text := range texts {
		if _, err := io.WriteString(out[name], text); err != nil {
			return err
		}
	}
	return nil
}

// Poison is a step that does everything as another does, but for one byte of
// one output.
type Poison struct {
	analysis.Step
	Output string
}

// Run runs the step and changes the last byte of the poisoned output.
func (p Poison) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	var held bytes.Buffer
	poisoned := map[string]io.Writer{}
	for name, w := range out {
		poisoned[name] = w
	}
	poisoned[p.Output] = &held
	r, err := p.Step.Run(env, in, params, poisoned)
	if err != nil {
		return r, err
	}
	data := held.Bytes()
	if len(data) == 0 {
		data = []byte{0}
	}
	data[len(data)-1] ^= 1
	_, err = out[p.Output].Write(data)
	return r, err
}

// Miscount is a step that does everything as another does, but counts one row
// more.
type Miscount struct{ analysis.Step }

// Run runs the step and changes its balance, which still closes.
func (m Miscount) Run(env analysis.Env, in map[string]analysis.Input, params analysis.Params, out map[string]io.Writer) (analysis.Result, error) {
	r, err := m.Step.Run(env, in, params, out)
	r.Balance.Received++
	r.Balance.Shown++
	return r, err
}
