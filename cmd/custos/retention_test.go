package main

import (
	"slices"
	"testing"
)

// TestFileOfFactsReplacesEveryFlag holds the flags that are not said beside a file of facts
// against those that retention record has.
func TestFileOfFactsReplacesEveryFlag(t *testing.T) {
	var known []string
	for _, m := range flagNames.FindAllStringSubmatch(new(settings).retentionRecord().LocalNonPersistentFlags().FlagUsages(), -1) {
		known = append(known, m[1])
	}
	want := append([]string{"case", "file"}, factFlags...)
	slices.Sort(known)
	slices.Sort(want)
	if !slices.Equal(known, want) {
		t.Errorf("retention record has %q, and not %q", known, want)
	}
}
