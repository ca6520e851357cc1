// Command speed makes one large page from a CSV file of call data, so that the
// cost of a renderer can be measured as a process of its own beside other
// programs that make the same.
//
//	speed xlsx IN.csv OUT.xlsx          every row, as a workbook
//	speed pdf  IN.csv OUT.pdf ROWS      the first eight columns of some rows, on paper
//
// It owns no format: it calls the renderers of any result as they are.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"custos.example/analysis"
	"custos.example/analysis/event"
	"custos.example/analysis/render"
)

func main() {
	debug.SetGCPercent(analysis.GarbagePercent)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "speed:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 3 || args[0] == "pdf" && len(args) < 4 {
		return errors.New("usage: speed xlsx IN.csv OUT.xlsx | speed pdf IN.csv OUT.pdf ROWS")
	}
	in, err := os.Open(args[1])
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.Create(args[2])
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	if args[0] == "xlsx" {
		err = workbook(in, w)
	} else {
		err = paper(in, args[3], w)
	}
	return errors.Join(err, w.Flush(), out.Close())
}

// file is an input that stays on the disk.
type file struct {
	*os.File
	size int64
}

// Size returns the length in bytes.
func (f file) Size() int64 { return f.size }

// workbook writes every row and column.
func workbook(in *os.File, w io.Writer) error {
	stat, err := in.Stat()
	if err != nil {
		return err
	}
	head, err := event.NewLines(io.NewSectionReader(in, 0, stat.Size())).Next()
	if err != nil {
		return err
	}
	return draw(render.TableXLSX{}, strings.Split(string(head), ","), file{in, stat.Size()}, w)
}

// paper prints the first eight columns of some rows.
func paper(in *os.File, rows string, w io.Writer) error {
	most, err := strconv.Atoi(rows)
	if err != nil {
		return fmt.Errorf("number of rows: %w", err)
	}
	lines := event.NewLines(in)
	var text []byte
	var head []string
	for n := 0; n <= most; n++ {
		line, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		cells := strings.SplitN(string(line), ",", 9)
		if len(cells) < 8 {
			return fmt.Errorf("line %d has fewer than eight columns", n+1)
		}
		if n == 0 {
			head = cells[:8]
		}
		text = event.AppendRecord(text, cells[:8]...)
	}
	return draw(render.TablePDF{}, head, bytes.NewReader(text), w)
}

// numbers are the columns of whole numbers in the synthetic call data.
var numbers = [17]bool{4: true, 8: true, 9: true, 10: true, 12: true, 13: true, 14: true, 16: true}

// draw runs a renderer over a table with this header.
func draw(step analysis.Step, head []string, table analysis.Input, w io.Writer) error {
	sum := analysis.Summary{
		Format: analysis.SummaryFormat, Step: "speed@1", Title: "Rows as they are", Parameters: analysis.Params{},
		Table: analysis.Table{Port: "table"}, Figures: []analysis.Figure{}, Types: []analysis.Count{}, Flags: []analysis.Count{},
		Balance: analysis.Balance{OutsideBy: []analysis.RuleCount{}, SetAsideBy: []analysis.RuleCount{}},
		Time:    analysis.SummaryTime{Shown: "Europe/London", ZoneVersion: event.ZoneVersion},
		Sources: []string{}, Caveats: []analysis.Caveat{},
	}
	for n, name := range head {
		kind := analysis.KindText
		if n < len(numbers) && numbers[n] {
			kind = analysis.KindCount
		}
		sum.Table.Fields = append(sum.Table.Fields, analysis.Field{Name: name, Title: name, Nature: analysis.Fact, Kind: kind})
	}
	summary, err := analysis.MarshalCanonical(sum)
	if err != nil {
		return err
	}
	meta, err := analysis.MarshalCanonical(render.Meta{
		Format: render.MetaFormat, Reference: "SPD/1", Version: 1, Title: "A large table", Question: "How long does it take to make this page?",
		Case: "No case", Producer: "Nobody", Made: "2026-11-21T10:52:00.000Z", Program: "custos", Changed: "First version; nothing replaced.",
		Time: "Times as they are.", Sources: []render.Source{}, Decisions: []string{}, Attributions: []render.Attribution{},
	})
	if err != nil {
		return err
	}
	in := map[string]analysis.Input{"table": table, "summary": bytes.NewReader(summary), "meta": bytes.NewReader(meta)}
	_, err = analysis.Runner{Env: analysis.NewMemoryEnv(1 << 20)}.Run(context.Background(), step, in, nil, map[string]io.Writer{"page": w})
	return err
}
