// Command reproduce makes one schedule of 50 rows as CSV, PDF and XLSX and one
// map from a made-up return, and prints one line for everything that was made:
// its name, its SHA-256 and the route, native or module. `.ci/reproduce` runs
// it on several processors, releases and locales and compares the lines.
//
// With -control it runs steps that depend on the clock, the order of a map and
// the local zone instead: a comparison that does not flag them is worthless.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // the made-up return
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/module"
	"custos.example/analysis/module/testdata/steps"
	"custos.example/analysis/registry"
	"custos.example/analysis/render"
	"custos.example/analysis/source"
)

//go:embed calls.csv
var calls []byte

// scratchLimit is far more than 56 rows need.
const scratchLimit = 64 << 20

func main() {
	route := flag.String("route", "auto", "native, module, or auto: native only when this binary may stand in for the module")
	cache := flag.String("cache", "", "folder for compiled modules")
	out := flag.String("out", "", "folder to keep what is made in")
	control := flag.Bool("control", false, "run the steps that must be caught, natively")
	flag.Parse()
	err := run(context.Background(), *route, *cache, *out, *control)
	if err != nil {
		fmt.Fprintln(os.Stderr, "reproduce:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, route, cache, out string, control bool) error {
	if control {
		return runControl(ctx)
	}
	carried, err := module.OpenBuilt(module.Options{CacheFolder: cache, Timeout: 10 * time.Minute})
	if err != nil {
		return err
	}
	defer func() { _ = carried.Close(ctx) }()
	fmt.Fprintf(os.Stderr, "module %.12s; this binary: %s; native: %v\n", carried.Info().Module, module.Platform(), carried.Native())
	if route == "auto" {
		route = "native"
		if carried.Native() != nil {
			route = "module"
		}
	}
	l := line{ctx: ctx, carried: carried, route: route, out: out, made: map[string][]byte{"calls": calls, "decisions": []byte("[]")}}
	profile, ok := source.ReadProfile("uk-17")
	if !ok {
		return fmt.Errorf("the profile uk-17 is not built in")
	}
	l.made["profile"] = profile
	if l.made["meta"], err = front(); err != nil {
		return err
	}
	for _, s := range stages() {
		if err := l.stage(s); err != nil {
			return err
		}
	}
	return nil
}

// stage is one step of the line, with where its inputs come from.
type stage struct {
	step   string
	in     map[string]string
	params analysis.Params
}

func stages() []stage {
	source := map[string]string{"source": "calls", "profile": "profile", "decisions": "decisions"}
	events := map[string]string{"events": "source-csv/events", "set-aside": "source-csv/set-aside"}
	schedule := map[string]string{
		"schedule": "event-schedule/schedule", "repeats": "event-schedule/repeats", "summary": "event-schedule/summary", "meta": "meta",
	}
	return []stage{
		{"source-csv", source, nil},
		{"event-schedule", events, analysis.Params{
			"identifiers": "+447700900142", "from": "2026-10-24T17:00:00Z", "until": "2026-10-25T04:00:00Z",
		}},
		{"render-schedule-csv", schedule, nil},
		{"render-schedule-pdf", schedule, nil},
		{"render-schedule-xlsx", schedule, nil},
		{"render-map-svg", schedule, nil},
	}
}

// front returns the front matter of a made-up exhibit.
func front() ([]byte, error) {
	return analysis.MarshalCanonical(render.Meta{
		Format: render.MetaFormat, Reference: "JAS/1", Version: 1, Title: "Schedule of calls and texts",
		Question: "Which calls and texts did 07700 900142 make and receive in the night of 24 October 2026, and which cells are recorded?",
		Case:     "Operation HALYARD, HAL/2026/0417", Producer: "Jo A. Saunders, analyst, Avonbridge Police",
		Made: "2026-11-21T10:52:00.000Z", Program: "custos", Changed: "First version; nothing replaced.",
		Time:   "The operator states UK local time.",
		Survey: "No radio survey was carried out.",
		Sources: []render.Source{{
			Reference: "PRM/1", Title: "Calls and texts of 07700 900142, Northmoor Mobile", Authority: "AB-26-01873", Rows: 56, SHA256: digest(calls),
		}},
		Decisions: []string{},
		Attributions: []render.Attribution{{
			Identifier: "+447700900142", Person: "Mr K. Denton", Period: "1 September to 2 November 2026",
			Basis: "handset found on him at arrest (TWE/6)", StatedBy: "DI H. Marsh",
		}},
	})
}

// line runs stages and keeps what each made.
type line struct {
	ctx     context.Context //nolint:containedctx // one run of one program
	carried *module.Carried
	route   string
	out     string
	made    map[string][]byte
}

// stage runs one stage twice and prints its outputs.
// Errors: the two runs differ.
func (l *line) stage(s stage) error {
	step, ok := registry.Find(s.step, 1)
	if !ok {
		return fmt.Errorf("%s@1 is not registered", s.step)
	}
	first, err := l.run(step, s)
	if err != nil {
		return err
	}
	second, err := l.run(step, s)
	if err != nil {
		return err
	}
	for _, port := range analysis.Makes(step.Info(), s.in) {
		name := s.step + "/" + port.Name
		if !bytes.Equal(first[port.Name].Bytes(), second[port.Name].Bytes()) {
			return fmt.Errorf("%s: two runs in one process differ", name)
		}
		l.made[name] = first[port.Name].Bytes()
		_, _ = fmt.Fprintln(os.Stdout, name, digest(l.made[name]), l.route)
		if l.out != "" {
			file := l.out + "/" + s.step + "-" + port.Name + "." + port.Extension
			if err := os.WriteFile(file, l.made[name], 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// inputs returns what earlier stages made for this one.
func (l *line) inputs(s stage) (map[string]analysis.Input, error) {
	in := make(map[string]analysis.Input, len(s.in))
	for port, name := range s.in {
		data, ok := l.made[name]
		if !ok {
			return nil, fmt.Errorf("%s: nothing made %s", s.step, name)
		}
		in[port] = bytes.NewReader(data)
	}
	return in, nil
}

func (l *line) run(step analysis.Step, s stage) (map[string]*bytes.Buffer, error) {
	info := step.Info()
	in, err := l.inputs(s)
	if err != nil {
		return nil, err
	}
	made := make(map[string]*bytes.Buffer, len(info.Outputs))
	out := make(map[string]io.Writer, len(info.Outputs))
	for _, port := range analysis.Makes(info, in) {
		made[port.Name] = &bytes.Buffer{}
		out[port.Name] = made[port.Name]
	}
	env := analysis.NewMemoryEnv(scratchLimit)
	switch l.route {
	case "native":
		_, err = analysis.Runner{Env: env}.Run(l.ctx, step, in, s.params, out)
	case "module":
		_, err = l.carried.Run(l.ctx, info.Name, info.Version, in, s.params, out, env.Scratch)
	default:
		err = fmt.Errorf("there is no route %q", l.route)
	}
	return made, err
}

// runControl runs the steps that no comparison may pass.
func runControl(ctx context.Context) error {
	for _, name := range []string{"clock", "map-order", "zone", "host-zone"} {
		step, ok := steps.Find(name, 1)
		if !ok {
			return fmt.Errorf("there is no control %s", name)
		}
		var out bytes.Buffer
		in := map[string]analysis.Input{"source": bytes.NewReader(calls)}
		runner := analysis.Runner{Env: analysis.NewMemoryEnv(scratchLimit)}
		if _, err := runner.Run(ctx, step, in, nil, map[string]io.Writer{"page": &out}); err != nil {
			return err
		}
		_, _ = fmt.Fprintln(os.Stdout, "control/"+name, digest(out.Bytes()), "native")
	}
	return nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
