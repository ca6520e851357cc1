package bundle

import (
	"errors"
	"fmt"
	"strings"

	"custos.example/ledger"
)

// ManifestFormat names the shape of a bundle.
const ManifestFormat = formatStem + "1"

// formatStem is what the formats of all versions begin with.
const formatStem = "https://custos.example/bundle/v"

// ErrManifest is returned for a manifest that is not in the exact form.
var ErrManifest = errors.New("the list of what is in the bundle is not in its exact form")

// ErrMissing is returned when a member that every bundle has is not there.
var ErrMissing = errors.New("a file that every bundle has is missing")

// Names of the members that every bundle has.
const (
	nameManifest     = "manifest.json"
	nameMade         = "bundle-made.json"
	nameReceipt      = "bundle-made.tlog-proof"
	namePaths        = "paths.json"
	nameWork         = "chain/work.json"
	nameKeys         = "chain/keys.json"
	nameOrganisation = "chain/organisation.json"
	stampFolder      = "timestamps/"
	packedSuffix     = ".zst"
)

// Manifest says what a bundle holds; the bundle's own entry states its digest.
// Shape: canonical JSON; Members sorted by name.
type Manifest struct {
	Format  string           `json:"format"`
	Origin  string           `json:"origin"`
	Case    string           `json:"case"`
	Exhibit ManifestExhibit  `json:"exhibit"`
	Module  ledger.Digest    `json:"module"`
	Members []ManifestMember `json:"members"`
	Absent  []ManifestAbsent `json:"absent"`
}

// ManifestExhibit names the exhibit that the bundle is for.
type ManifestExhibit struct {
	Entry     ledger.EntryID `json:"entry"`
	Reference string         `json:"reference"`
	Version   uint64         `json:"version"`
}

// ManifestMember is one member: its own bytes, and for a payload the digest
// under which entries name its content, the salt when that digest is salted,
// and the content's own digest when the member is compressed.
type ManifestMember struct {
	Name    string           `json:"name"`
	Size    int64            `json:"size"`
	SHA256  ledger.Digest    `json:"sha256"`
	Payload ledger.DigestSet `json:"payload,omitempty"`
	Salt    *ledger.Salt     `json:"salt,omitempty"`
	Content *ManifestContent `json:"content,omitempty"`
}

// ManifestContent is what a compressed member unpacks to.
type ManifestContent struct {
	SHA256 ledger.Digest `json:"sha256"`
	Size   int64         `json:"size"`
}

// ManifestAbsent is a payload that an entry names and the bundle does not hold.
type ManifestAbsent struct {
	Digest ledger.DigestSet `json:"digest"`
	Reason string           `json:"reason"`
	Entry  *ledger.EntryID  `json:"entry,omitempty"`
}

// ParseManifest returns the manifest, accepting only its canonical form. It
// takes any version of the format; whether this program knows the version is
// another question.
// Trust: none; the caller binds it to an entry.
// Errors: ErrManifest.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	if err := ledger.UnmarshalCanonical(data, &m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if !strings.HasPrefix(m.Format, formatStem) {
		return Manifest{}, fmt.Errorf("%w: its format is %q", ErrManifest, m.Format)
	}
	return m, nil
}

// Marshal returns the canonical bytes of the manifest.
func (m Manifest) Marshal() ([]byte, error) {
	data, err := ledger.MarshalCanonical(m)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	return data, nil
}
