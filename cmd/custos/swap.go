package main

import (
	"io"
	"os"
	"strings"
)

// swapFile lists what memory is swapped to, where the system has such a file.
const swapFile = "/proc/swaps"

// swapAreas returns where memory may be written to disk; zram is memory.
func swapAreas(listing string) []string {
	var areas []string
	for i, line := range strings.Split(listing, "\n") {
		fields := strings.Fields(line)
		if i > 0 && len(fields) > 1 && !strings.HasPrefix(fields[0], "/dev/zram") {
			areas = append(areas, fields[0])
		}
	}
	return areas
}

// swapText says what an erasure does not reach in the memory of this machine.
func swapText(w io.Writer) {
	listing, err := os.ReadFile(swapFile)
	areas := swapAreas(string(listing))
	switch {
	case err != nil:
		say(w, "Whether this machine swaps memory to disk cannot be told here: if it does, encrypt the swap area.")
	case len(areas) > 0:
		say(w, "This machine swaps memory to %s: what was in memory may lie there. Encrypt the swap area, or overwrite it.", strings.Join(areas, ", "))
	}
}
