// Package celltable owns the reading of lists of cells, operators', public and
// other, into one canonical cell table (package cell) under a small profile.
//
// It never averages two positions of a cell: it reports them. It never guesses
// when a list was right: its dates are stated by whoever reads it.
package celltable
