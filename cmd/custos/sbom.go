package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"

	"custos.example/custody"
)

// bill lists what a program was built from.
// Shape: CycloneDX 1.6; the same bytes for the same build, so without a time and
// without a number of its own.
// Source: ECMA-424 (CycloneDX); purl for Go modules.
type bill struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   billAbout   `json:"metadata"`
	Components []component `json:"components"`
	Needs      []needs     `json:"dependencies"`
}

type billAbout struct {
	Component component `json:"component"`
}

// component is one module, or the toolchain.
type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Purl       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type needs struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// billOf makes the list from what the linker wrote into a program.
func billOf(info *debug.BuildInfo) bill {
	about := component{Type: "application", Ref: info.Path, Name: info.Path, Version: info.Main.Version}
	for _, s := range info.Settings {
		if !strings.HasPrefix(s.Key, "vcs") { // differs with the place of the build, not with the build
			about.Properties = append(about.Properties, property{"custos:build:" + s.Key, s.Value})
		}
	}
	slices.SortFunc(about.Properties, func(a, b property) int { return cmp.Compare(a.Name, b.Name) })
	list := []component{{
		Type: "platform", Ref: "go", Name: "go", Version: strings.TrimPrefix(info.GoVersion, "go"),
		Purl: "pkg:generic/go@" + strings.TrimPrefix(info.GoVersion, "go"),
	}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := component{Type: "library", Ref: m.Path + "@" + m.Version, Name: m.Path, Version: m.Version, Purl: "pkg:golang/" + escaped(m.Path) + "@" + url.PathEscape(m.Version)}
		if m.Sum != "" {
			c.Properties = []property{{"custos:go.sum", m.Sum}}
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	root := needs{Ref: info.Path, DependsOn: []string{}}
	for _, c := range list {
		root.DependsOn = append(root.DependsOn, c.Ref)
	}
	return bill{"CycloneDX", "1.6", 1, billAbout{about}, list, []needs{root}}
}

// escaped is a module path as a purl has it.
func escaped(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// writeBill writes the list of this program, or of another program of Go.
func writeBill(w io.Writer, file string) error {
	info, there := debug.ReadBuildInfo()
	if file != "" {
		var err error
		if info, err = buildinfo.ReadFile(file); err != nil {
			return fmt.Errorf("%s says nothing of its build: %w", file, errors.Join(custody.ErrInvalid, err))
		}
	} else if !there {
		return fmt.Errorf("this program says nothing of its build: %w", custody.ErrNotFound)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(billOf(info))
}
