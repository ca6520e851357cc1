package module

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// Format is the first line of what a module says of itself.
const Format = "https://custos.example/module/v1"

// Info is what is recorded of a module when it is built.
// Shape: the fields are in the order of their keys, which is that of
// canonical JSON; digests are lower-case hex SHA-256.
type Info struct {
	// Agreed names the processors whose native code was measured to make the
	// same bytes as the module (.ci/reproduce).
	Agreed []string `json:"agreed"`
	// Dependencies are the libraries in the module, sorted by path.
	Dependencies []Dependency `json:"dependencies"`
	Format       string       `json:"format"`
	Module       string       `json:"module"`
	Size         int64        `json:"size"`
	Source       string       `json:"source"`
	Toolchain    string       `json:"toolchain"`
}

// Dependency is one library in a module, with its checksum from go.sum.
type Dependency struct {
	Path    string `json:"path"`
	Sum     string `json:"sum"`
	Version string `json:"version"`
}

// Agreed returns the processors that the reproduction job compares, in the
// form of Platform.
func Agreed() []string { return []string{"amd64/v1", "amd64/v3", "arm64/v8.0"} }

// Encode returns the canonical text of i.
func (i Info) Encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(i); err != nil {
		return nil, fmt.Errorf("module.json: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

var hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseInfo reads what Encode wrote.
// Errors: any other spelling of the same facts.
func ParseInfo(data []byte) (Info, error) {
	var i Info
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&i); err != nil {
		return Info{}, fmt.Errorf("module.json: %w", err)
	}
	again, err := i.Encode()
	if err != nil {
		return Info{}, err
	}
	switch {
	case i.Format != Format:
		return Info{}, fmt.Errorf("module.json: its format is %q, %q is known", i.Format, Format)
	case !bytes.Equal(again, data):
		return Info{}, fmt.Errorf("module.json: it is not in canonical form")
	case !hexDigest.MatchString(i.Module) || !hexDigest.MatchString(i.Source):
		return Info{}, fmt.Errorf("module.json: a digest is not 64 lower-case hex digits")
	case i.Toolchain == "" || i.Size <= 0 || !slices.IsSorted(i.Agreed):
		return Info{}, fmt.Errorf("module.json: toolchain, size or agreed list is malformed")
	}
	return i, nil
}
