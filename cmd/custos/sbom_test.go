package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// TestSBOM wants the same bytes twice, a component for each module that go.mod
// asks for directly and that is linked, and its sum as go.sum has it. The control
// is a module that is not linked.
func TestSBOM(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if err := writeBill(&a, self); err != nil {
		t.Fatal(err)
	}
	if err := writeBill(&b, self); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("not the same bytes twice")
	}
	var got bill
	d := json.NewDecoder(&a)
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Format != "CycloneDX" || got.Spec != "1.6" || len(got.Needs) != 1 || len(got.Needs[0].DependsOn) != len(got.Components) {
		t.Errorf("%s %s, %d needs", got.Format, got.Spec, len(got.Needs))
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got.Components {
		if c.Type != "library" {
			continue
		}
		if len(c.Properties) != 1 || !strings.Contains(string(sums), c.Name+" "+c.Version+" "+c.Properties[0].Value+"\n") {
			t.Errorf("%s: its sum is not that of go.sum: %v", c.Ref, c.Properties)
		}
		if !regexp.MustCompile(`^pkg:golang/[a-zA-Z0-9./_~%+-]+@v[0-9][^ ]*$`).MatchString(c.Purl) {
			t.Errorf("%s: purl %s", c.Ref, c.Purl)
		}
	}
	has := func(name string) bool {
		return slices.ContainsFunc(got.Components, func(c component) bool { return c.Name == name })
	}
	for _, name := range []string{"go", "filippo.io/age", "github.com/open-policy-agent/opa", "modernc.org/sqlite", "golang.org/x/mod"} {
		if !has(name) {
			t.Errorf("%s is missing", name)
		}
	}
	if has("example.invalid/nothing") {
		t.Error("control: a module that is not linked is listed")
	}
	moved := &debug.BuildInfo{Path: "x", GoVersion: "go1.26.8", Settings: []debug.BuildSetting{{Key: "vcs.time", Value: "2026"}}}
	if len(billOf(moved).Metadata.Component.Properties) != 0 {
		t.Error("the place of a build shows in its list")
	}
}
