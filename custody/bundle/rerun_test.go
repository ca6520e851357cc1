package bundle_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"custos.example/analysis"
	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
)

// rerun makes the exhibit of a bundle in memory again with other parameters.
func rerun(t *testing.T, file []byte, o bundle.Options, params map[string]string) (bundle.WhatIf, error) {
	t.Helper()
	w, report, err := bundle.Rerun(context.Background(), bytes.NewReader(file), int64(len(file)), o, params)
	if err == nil && report.Exit != bundle.ExitMatches {
		t.Errorf("the bundle itself exits %d", report.Exit)
	}
	return w, err
}

func content(t *testing.T, f bundle.WhatIfFile) []byte {
	t.Helper()
	data, err := io.ReadAll(io.NewSectionReader(f.Content, 0, f.Size))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestWhatIf changes the period of a schedule and wants what a run of the step
// with that period gives, in files that nobody can take for the exhibit.
func TestWhatIf(t *testing.T) {
	c := realCase("what-if", 300)
	file := c.Bundle()
	const until = "2026-10-25T01:00:00Z"
	w, err := rerun(t, file, options(c), map[string]string{"event-schedule.until": until})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Changes) != 1 || w.Changes[0].Parameter != "until" || w.Changes[0].To != until || w.Changes[0].From != "" {
		t.Errorf("changed %+v", w.Changes)
	}
	if len(w.Balances) != 1 || w.Balances[0].Now.Shown >= w.Balances[0].Recorded.Shown || w.Balances[0].Now.Received != w.Balances[0].Recorded.Received {
		t.Errorf("balances %+v: a shorter period must show fewer of the same rows", w.Balances)
	}
	if want := stepAlone(t, until); w.Balances[0].Now.Shown != uint64(want) || want == 0 {
		t.Errorf("%d rows shown, the step by itself shows %d", w.Balances[0].Now.Shown, want)
	}
	served := map[string][]byte{}
	o, err := bundle.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range o.Members {
		data, err := io.ReadAll(o.Section(m))
		if err != nil {
			t.Fatal(err)
		}
		served[m.Name] = data
	}
	if len(w.Files) != 4 {
		t.Errorf("%d files, want 4", len(w.Files))
	}
	for _, f := range w.Files {
		data := content(t, f)
		if !strings.HasSuffix(f.Name, ".notserved") || !strings.Contains(f.Name, ".what-if.") {
			t.Errorf("%s could be taken for a file of the exhibit", f.Name)
		}
		for name, was := range served {
			if bytes.Equal(was, data) || strings.HasSuffix(name, "/"+f.Name) {
				t.Errorf("%s is the member %s", f.Name, name)
			}
		}
		if strings.Contains(f.Name, "schedule-csv") {
			first, _, _ := bytes.Cut(data, []byte("\n"))
			if !bytes.Contains(first, []byte("NOT THE SERVED EXHIBIT")) {
				t.Errorf("row 1 says %q", first)
			}
		}
		if strings.Contains(f.Name, "map-svg") && !bytes.Contains(data, []byte("NOT THE SERVED EXHIBIT")) {
			t.Errorf("%s does not say what it is", f.Name)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// stepAlone is how many rows the schedule has up to an instant when the steps
// run by themselves over the file of the story.
func stepAlone(t *testing.T, until string) int64 {
	t.Helper()
	c := realCase("alone", 300)
	env := analysis.NewMemoryEnv(1 << 26)
	story := map[string][]byte{}
	shown := int64(0)
	for _, name := range []string{"source-csv", "event-schedule"} {
		step, _ := c.Steps.Find(name, 1)
		in, out := map[string]analysis.Input{}, map[string]io.Writer{}
		for _, port := range step.Info().Inputs {
			data := story[port.Name]
			if name == "source-csv" {
				data = sourceInput(port.Name)
			}
			if data != nil {
				in[port.Name] = bytes.NewReader(data)
			}
		}
		made := map[string]*bytes.Buffer{}
		for _, port := range analysis.Makes(step.Info(), in) {
			made[port.Name] = &bytes.Buffer{}
			out[port.Name] = made[port.Name]
		}
		params := analysis.Params{}
		if name == "event-schedule" {
			params = analysis.Params{"identifiers": "+447700900101,+447700900108", "until": until}
		}
		outcome, err := analysis.Runner{Env: env}.Run(t.Context(), step, in, params, out)
		if err != nil {
			t.Fatal(err)
		}
		shown = outcome.Result.Balance.Shown
		for port, b := range made {
			story[port] = b.Bytes()
		}
	}
	return shown
}

// TestWhatIfRefuses wants a parameter that exists, and one that is changed, and
// a bundle that agrees with its record.
func TestWhatIfRefuses(t *testing.T) {
	c := realCase("what-if-refused", 60)
	file := c.Bundle()
	for name, params := range map[string]map[string]string{
		"unknown":   {"colour": "red"},
		"unchanged": {"identifiers": "+447700900101,+447700900108"},
		"nothing":   {},
	} {
		if _, err := rerun(t, file, options(c), params); !errors.Is(err, bundle.ErrNoParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := rerun(t, file, options(c), map[string]string{"colour": "red"})
	if err == nil || !strings.Contains(err.Error(), "event-schedule.identifiers=") {
		t.Errorf("the refusal does not say what can be changed: %v", err)
	}
	if _, err := rerun(t, file, options(c), map[string]string{"from": "yesterday"}); !errors.Is(err, bundle.ErrNotMade) {
		t.Errorf("a value that the step refuses: %v", err)
	}
	broken := bytes.Clone(file)
	broken[len(broken)/2] ^= 1
	if _, err := rerun(t, broken, options(c), map[string]string{"until": "2026-10-25T01:00:00Z"}); !errors.Is(err, bundle.ErrNotTraced) {
		t.Errorf("a changed bundle: %v", err)
	}
	w, err := rerun(t, file, options(c), map[string]string{"until": "2026-10-25T01:00:00Z"}) // the control
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

func sourceInput(port string) []byte {
	story := bundletest.RealStory(300, "")
	return map[string][]byte{"source": story.File, "profile": story.Profile, "decisions": []byte("[]")}[port]
}
