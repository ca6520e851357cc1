package render

import (
	"fmt"
	"io"

	"custos.example/analysis"
)

// maxFacts bounds the two small inputs of a page.
const maxFacts = 8 << 20

// frontFacts is the port `meta`: what stands at the head of every page.
// Shape: canonical JSON.
type frontFacts struct {
	Case     string `json:"case"`
	Exhibit  string `json:"exhibit"`
	Question string `json:"question"`
	Title    string `json:"title"`
	Version  int64  `json:"version"`
}

// summaryFacts is the port `summary` of an analysis, as package step writes it.
// Shape: canonical JSON.
type summaryFacts struct {
	Format     string            `json:"format"`
	Step       string            `json:"step"`
	Parameters analysis.Params   `json:"parameters"`
	Balance    analysis.Balance  `json:"balance"`
	Time       timeFacts         `json:"time"`
	Types      []countFacts      `json:"types"`
	Flags      []countFacts      `json:"flags"`
	Sources    []string          `json:"sources"`
	RepeatRule string            `json:"repeatRule"`
	Caveats    []analysis.Caveat `json:"caveats"`
}

type timeFacts struct {
	Shown       string `json:"shown"`
	Supplied    string `json:"supplied"`
	ZoneData    string `json:"zoneData"`
	ZoneVersion string `json:"zoneVersion"`
	First       string `json:"first"`
	Last        string `json:"last"`
	FoldUnknown int64  `json:"foldUnknown"`
	WholeMinute int64  `json:"wholeMinute"`
}

type countFacts struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// readFacts reads one of the small inputs of a page.
// Errors: ErrNotCanonical with the port.
func readFacts(port string, in map[string]analysis.Input, into any) error {
	if in[port].Size() > maxFacts {
		return fmt.Errorf("%s: %d bytes, %d are taken", port, in[port].Size(), maxFacts)
	}
	data, err := io.ReadAll(io.NewSectionReader(in[port], 0, in[port].Size()))
	if err != nil {
		return fmt.Errorf("%s: %w", port, err)
	}
	if err := analysis.ParseCanonical(data, into); err != nil {
		return fmt.Errorf("%s: %w", port, err)
	}
	return nil
}

// readPage reads both small inputs.
func readPage(in map[string]analysis.Input) (frontFacts, summaryFacts, error) {
	var front frontFacts
	var sum summaryFacts
	if err := readFacts("meta", in, &front); err != nil {
		return front, sum, err
	}
	err := readFacts("summary", in, &sum)
	return front, sum, err
}
