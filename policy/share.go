package policy

import (
	"cmp"
	"slices"
)

// Share says that people of another organisation may use one thing of a case in one
// way from From until before Until.
type Share struct {
	From  Time     `json:"from"`
	Of    string   `json:"of"` // entry of the thing
	Until Time     `json:"until"`
	Use   ShareUse `json:"use"`
}

// Compare orders shares.
func (s Share) Compare(other Share) int {
	return cmp.Or(cmp.Compare(s.Of, other.Of), cmp.Compare(s.Use, other.Use), cmp.Compare(s.From, other.From), cmp.Compare(s.Until, other.Until))
}

// ShareUse is what may be done with what is shared.
type ShareUse string

// The uses of what is shared.
const (
	ShareAnalyse ShareUse = "analyse"
	ShareRead    ShareUse = "read"
)

// ShareUses returns all of them, sorted.
func ShareUses() []ShareUse { return slices.Clone(shareUses) }

var shareUses = []ShareUse{ShareAnalyse, ShareRead}
