//go:build !unix

package main

// refuseCores does nothing: this system writes no dump of a process unless its
// administrator asks for one.
func refuseCores() error { return nil }
