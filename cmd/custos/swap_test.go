package main

import (
	"slices"
	"testing"
)

func TestSwapAreas(t *testing.T) {
	const head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	for listing, want := range map[string][]string{
		"":   nil,
		head: nil,
		head + "/dev/zram0                              partition\t8388604\t0\t100\n": nil,
		head + "/dev/zram0 partition 1 0 100\n/swap.img file 2097148 0 -2\n":          {"/swap.img"},
	} {
		if got := swapAreas(listing); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", listing, got, want)
		}
	}
}
