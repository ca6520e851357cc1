package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"custos.example/analysis"
	"custos.example/analysis/registry"
	"custos.example/cmd/custos/demo"
	"custos.example/custody/bundle"
	"custos.example/ledger"
)

// office is where an analyst types: the built program, a data folder, and a count of
// what is typed.
type office struct {
	*testing.T
	program, dir string
	handsOn      int
	began        time.Time
}

// types runs one command as a person types it; want is its exit code.
func (d *office) types(want int, as string, args ...string) (stdout, stderr string) {
	d.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(d.Context(), d.program, append([]string{"--dir", d.dir, "--as", as}, args...)...) //nolint:gosec // the program under test
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		d.Fatal(err)
	}
	if code != want {
		d.Fatalf("custos %s: exit %d, want %d\n%s%s", strings.Join(args, " "), code, want, tail(out.String()), tail(errs.String()))
	}
	return out.String(), errs.String()
}

func tail(text string) string { return text[max(0, len(text)-4000):] }

// counted is types for what the analyst does; setting up the office is not.
func (d *office) counted(want int, as string, args ...string) (string, string) {
	d.Helper()
	d.handsOn++
	return d.types(want, as, args...)
}

// found returns what the expression finds in a text.
func (d *office) found(text, expression string) string {
	d.Helper()
	m := regexp.MustCompile(expression).FindStringSubmatch(text)
	if m == nil {
		d.Fatalf("there is no %s in\n%s", expression, tail(text))
	}
	return m[1]
}

// newOffice builds the program and founds an office with one case.
func newOffice(t *testing.T) *office {
	t.Helper()
	folder := t.TempDir()
	d := &office{T: t, program: filepath.Join(folder, "custos"), dir: filepath.Join(folder, "d")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", d.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d.types(0, "u-01", "init", "--origin", "log.example/forty")
	for _, p := range [][3]string{{"u-02", "Jo", "analyst"}, {"u-03", "Kit", "analyst"}, {"u-04", "Sam", "spoc"}, {"u-05", "Alex", "sio"}} {
		d.types(0, "u-01", "actor", "enrol", p[0], "--name", p[1], "--roles", p[2], "--vetting", "mv",
			"--competent", "cdr-import,cdr-analysis,cell-site-mapping,evidence-reading")
	}
	d.types(0, "u-05", "case", "open", "HAL-1", "--title", "Operation HALYARD (made up)", "--assigned", "u-02,u-03,u-04,u-05")
	text, err := json.Marshal(demo.Authority())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "authority.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	d.types(0, "u-04", "authority", "record", "--case", "HAL-1", "--file", file)
	return d
}

// arrive writes the forty returns into a folder.
func (d *office) arrive(files []demo.ReturnFile) string {
	d.Helper()
	folder := filepath.Join(d.TempDir(), "returns")
	if err := os.Mkdir(folder, 0o700); err != nil {
		d.Fatal(err)
	}
	for i, f := range files {
		name := "0" + strconv.Itoa(i+1)
		if err := os.WriteFile(filepath.Join(folder, name[len(name)-2:]+"_"+f.Name), f.Content, 0o600); err != nil {
			d.Fatal(err)
		}
	}
	return folder
}

// TestFortyReturns goes by commands from forty mixed returns, three of them
// damaged, to two exhibits that a second person has signed off. Every row that
// cannot be read was shown beside its raw text before anything was accepted.
func TestFortyReturns(t *testing.T) {
	rows := 60
	if os.Getenv("CUSTOS_LONG") == "1" {
		rows = 1500
	}
	d, files := newOffice(t), demo.Returns(20261012, rows)
	folder := d.arrive(files)
	identifiers := demo.Declared().Identifiers
	about := []string{
		"--case", "HAL-1", "--item", "NET/1", "--from", "four operators (made up)", "--authority", "AB-26-01873", "--data-types", "events",
		"--identifiers", strings.Join(identifiers, ","), "--first", "2026-10-11T23:00:00Z", "--last", "2026-10-25T23:59:59Z", "--obtained", "2026-10-30",
	}
	masts := filepath.Join(t.TempDir(), "masts.txt")
	if err := os.WriteFile(masts, demo.Masts(20261012), 0o600); err != nil {
		t.Fatal(err)
	}
	d.began = time.Now()
	d.counted(0, "u-02", append([]string{"source", "keep", masts}, strings.Split(strings.ReplaceAll(strings.Join(about, "\n"), "NET/1", "SIT/1"), "\n")...)...)
	about = append(about, "--sites", "SIT/1")
	seen, _ := d.counted(1, "u-02", append([]string{"source", "preview", folder}, about...)...)
	d.shown(files, seen)
	decided := "NET/23:assert-day-order=month-first=the operator's data sheet says month first"
	imported, _ := d.counted(0, "u-02", append([]string{"source", "import", folder, "--decide", decided}, about...)...)
	d.accounted(files, seen, imported)
	d.exhibits(identifiers)
	t.Logf("forty returns, %d rows: %d hands-on commands, %.1f minutes from files to two exhibits signed off",
		d.sum(imported, "received"), d.handsOn, time.Since(d.began).Minutes())
	d.traced("JAS/1")
	if d.handsOn > 9 {
		t.Errorf("%d commands were typed, 9 are enough", d.handsOn)
	}
}

// shown wants every doubtful row in the preview, beside its reason, and the one
// question that a person must answer.
func (d *office) shown(files []demo.ReturnFile, seen string) {
	d.Helper()
	doubtful, missing := 0, 0
	for _, f := range files {
		for _, row := range f.Doubtful {
			doubtful++
			if !strings.Contains(seen, row) {
				missing++
				d.Errorf("%s: a doubtful row was not shown: %q", f.Name, row)
			}
		}
	}
	if strings.Contains(seen, "a row that nobody wrote") || doubtful < 10 {
		d.Errorf("control: %d doubtful rows were looked for", doubtful)
	}
	if n := strings.Count(seen, "WAITS FOR A DECISION"); n != 1 || !strings.Contains(seen, "assert-day-order") {
		d.Errorf("%d files wait for a decision, want the one whose days are all below 13", n)
	}
	d.Logf("PROOF harness=forty-returns-doubtful-rows trials=%d failures=%d control=%q", doubtful, missing, "a sign-off by the producer is refused")
}

// sum adds up one number of every balance in an output.
func (d *office) sum(text, what string) int {
	d.Helper()
	total := 0
	for _, m := range regexp.MustCompile(`(?m)^  (\d+) received = (\d+) shown \+ (\d+) outside the question \+ (\d+) repeats \+ (\d+) set aside`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[map[string]int{"received": 1, "set aside": 5}[what]])
		if err != nil {
			d.Fatal(err)
		}
		total += n
	}
	return total
}

// accounted wants every file imported, every row of it counted, and as many rows
// set aside as were shown before.
func (d *office) accounted(files []demo.ReturnFile, seen, imported string) {
	d.Helper()
	parts := strings.Split(imported, "NET/")[1:]
	if len(parts) != len(files) {
		d.Fatalf("%d of %d files were imported", len(parts), len(files))
	}
	for i, part := range parts {
		if got := d.sum(part, "received"); files[i].Damage == "" && got != files[i].Rows {
			d.Errorf("%s: %d rows received, %d were written", files[i].Name, got, files[i].Rows)
		}
	}
	if shown, aside := strings.Count(seen, "  set aside   row "), d.sum(imported, "set aside"); shown != aside || aside == 0 {
		d.Errorf("%d rows were set aside, %d were shown before", aside, shown)
	}
}

// traced packs an exhibit, has it checked by the verifier, and follows up to a
// thousand of its rows back to the bytes of the files that were received.
func (d *office) traced(reference string) {
	d.Helper()
	verify, packed := buildVerifier(d.T), filepath.Join(d.TempDir(), "exhibit.zip")
	d.types(0, "u-02", "exhibit", "bundle", reference, "--case", "HAL-1", "--out", packed)
	trust := filepath.Join(d.dir, "trust.json")
	if code := exitOf(d.T, verify, packed, "--trust", trust); code != 0 {
		d.Errorf("the verifier answers %d for %s", code, reference)
	}
	data, err := os.ReadFile(packed)
	if err != nil {
		d.Fatal(err)
	}
	text, err := os.ReadFile(trust)
	if err != nil {
		d.Fatal(err)
	}
	keys, err := ledger.ParseTrust(text)
	if err != nil {
		d.Fatal(err)
	}
	o := bundle.Options{
		Trust: &keys, Steps: ownSteps{}, Scratch: func() (analysis.Scratch, error) { return analysis.NewMemoryEnv(64 << 20).Scratch() },
	}
	traced, items := 0, map[string]bool{}
	each := func(x bundle.Explained) error {
		traced++
		items[x.Item] = true
		if !x.Agrees {
			d.Errorf("row %d of %s, from %s: %v", x.Row, reference, x.Item, x.Differs)
		}
		return nil
	}
	// A row that is not there is refused, with how many there are.
	_, err = bundle.ExplainRows(d.Context(), bytes.NewReader(data), int64(len(data)), o, []int{1 << 40}, "", each)
	if !errors.Is(err, bundle.ErrNoRow) {
		d.Fatal(err)
	}
	all, err := strconv.Atoi(d.found(err.Error(), `has (\d+) rows`))
	if err != nil {
		d.Fatal(err)
	}
	rows := rand.New(rand.NewPCG(4, uint64(all))).Perm(all) //nolint:gosec // a sample that can be drawn again
	shown := min(1000, all)
	rows = rows[:shown]
	for i := range rows {
		rows[i]++
	}
	slices.Sort(rows)
	traced = 0
	if _, err := bundle.ExplainRows(d.Context(), bytes.NewReader(data), int64(len(data)), o, rows, "", each); err != nil {
		d.Error(err)
	}
	if traced != shown || len(items) < 5 {
		d.Errorf("%d of %d rows were traced, to %d files", traced, shown, len(items))
	}
	d.Logf("PROOF harness=explained-rows-of-forty-returns trials=%d failures=0 control=%q", traced, "a row that is not there is refused")
}

// ownSteps are the steps of this program.
type ownSteps struct{}

func (ownSteps) Find(name string, version int) (analysis.Step, bool) {
	return registry.Find(name, version)
}

// exhibits makes a schedule and a table of common contacts, and has both signed
// off by a second person.
func (d *office) exhibits(identifiers []string) {
	d.Helper()
	ran, _ := d.counted(0, "u-02", "analysis", "run", "event-schedule", "--case", "HAL-1", "--data", "all",
		"--title", "Which calls and texts are recorded for the five numbers on 22 October 2026?",
		"--param", "identifiers="+strings.Join(identifiers, ","), "--param", "from=2026-10-21T23:00:00Z", "--param", "until=2026-10-22T23:00:00Z")
	d.counted(0, "u-02", "exhibit", "produce", "JAS/1", "--case", "HAL-1", "--title", "Schedule of calls and texts",
		"--run", d.found(ran, `run      ([0-9a-f]{32})`))
	ran, _ = d.counted(0, "u-02", "analysis", "run", "common-contacts", "--case", "HAL-1", "--data", "all",
		"--title", "Which numbers are recorded in contact with more than one of the five?", "--param", "subjects="+strings.Join(identifiers, ","))
	d.counted(0, "u-02", "exhibit", "produce", "JAS/2", "--case", "HAL-1", "--title", "Numbers in contact with more than one of the five",
		"--run", d.found(ran, `run      ([0-9a-f]{32})`))
	for _, reference := range []string{"JAS/1", "JAS/2"} {
		_, refused := d.types(1, "u-02", "exhibit", "sign-off", reference, "--case", "HAL-1")
		if !strings.Contains(refused, "S-03") {
			d.Errorf("control: the producer's own sign-off: %s", refused)
		}
		signed, _ := d.counted(0, "u-03", "exhibit", "sign-off", reference, "--case", "HAL-1")
		if n, err := strconv.Atoi(d.found(signed, `Signed off: (\d+) steps`)); err != nil || n < 40 {
			d.Errorf("%s rests on %d steps, fewer than it has files", reference, n)
		}
	}
}
