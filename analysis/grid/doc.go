// Package grid owns the ground: positions on the British National Grid and on
// WGS 84, the way from the one to the other, the distance between two positions
// and the direction from one to another.
//
// Everything is done in whole numbers, so that every processor gives the same
// digits; it never uses a float, and never guesses a reference system.
package grid
