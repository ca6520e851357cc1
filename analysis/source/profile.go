// Package source owns the reading of source files: one step a format, which
// turns an operator's bytes into canonical events, a list of every row that did
// not become one, and a report. What a column means is said by a mapping
// profile, which is data (PROFILES.md), and by decisions that a person recorded.
//
// It never drops a row, never guesses a value, and never keeps more of a file
// in memory than its limits allow.
package source

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"gopkg.in/yaml.v3"
)

// ErrProfile is returned for a mapping profile that cannot be used as written.
var ErrProfile = errors.New("profile refused")

// ProfileVersion is the first key's value in every mapping profile.
const ProfileVersion = "custos/profile/v1"

const maxProfile = 64 << 10

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profile is a mapping profile. PROFILES.md says what each key means.
type Profile struct {
	Profile string    `yaml:"profile"`
	Name    string    `yaml:"name"`
	Version int       `yaml:"version"`
	Title   string    `yaml:"title"`
	Notes   string    `yaml:"notes"`
	File    FileShape `yaml:"file"`
	Numbers string    `yaml:"numbers"`
	CRS     string    `yaml:"crs"`
	Mapping `yaml:",inline"`
	Tables  []TableShape `yaml:"tables"`
	Sites   SiteShape    `yaml:"sites"`

	digest string
}

// ReadProfile returns the text of an embedded profile by its name.
func ReadProfile(name string) ([]byte, bool) {
	if strings.ContainsAny(name, "/\\") {
		return nil, false
	}
	b, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	return b, err == nil
}

// ProfileNames returns the names of the embedded profiles, sorted.
func ProfileNames() []string {
	entries, err := profileFiles.ReadDir("profiles")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(path.Base(e.Name()), ".yaml"))
	}
	return names
}

// ParseProfile returns the mapping profile that a YAML text states.
// Errors: ErrProfile for unknown or repeated keys, anchors, tags, more than one
// document, or more than 64 KiB. Whether it makes sense is Compile's question.
// Trust: none.
func ParseProfile(text []byte) (*Profile, error) {
	p := new(Profile)
	if err := DecodeStrict(text, p); err != nil {
		return nil, err
	}
	if p.Profile != ProfileVersion {
		return nil, fmt.Errorf("%w: the key profile is %q, expected %q", ErrProfile, p.Profile, ProfileVersion)
	}
	sum := sha256.Sum256(text)
	p.digest = hex.EncodeToString(sum[:])
	return p, nil
}

// DecodeStrict reads one YAML document of plain data into a struct.
// Errors: as ParseProfile.
func DecodeStrict(text []byte, into any) error {
	if len(text) > maxProfile {
		return fmt.Errorf("%w: longer than %d bytes", ErrProfile, maxProfile)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return fmt.Errorf("%w: %w", ErrProfile, err)
	}
	if err := plainTree(&tree, 0); err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", ErrProfile, err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one document", ErrProfile)
	}
	return nil
}

// plainTree refuses what YAML can do beyond plain data.
func plainTree(n *yaml.Node, depth int) error {
	if depth > 16 {
		return fmt.Errorf("%w: line %d is nested too deep", ErrProfile, n.Line)
	}
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return fmt.Errorf("%w: line %d uses an anchor or alias", ErrProfile, n.Line)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return fmt.Errorf("%w: line %d uses a tag", ErrProfile, n.Line)
	}
	for _, child := range n.Content {
		if err := plainTree(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}
