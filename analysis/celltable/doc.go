// Package celltable owns tables of cells: reading them from operators', public
// and other lists into one canonical text, and filling positions into events
// from such a table when it was valid at the time of the event.
//
// It never averages two positions of a cell, never takes a position from outside
// a table's dates, and never says that a cell covers anything.
package celltable
