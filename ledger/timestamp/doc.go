// Package timestamp owns RFC 3161: it writes requests and checks answers and
// tokens, offline, against roots that the caller gives.
//
// A token shows that its imprint existed when an authority signed it, and
// nothing else: not who made it, and not that it was the only version.
//
// It never asks an authority, reads no clock and no file, and believes no
// certificate that a token brings unless it leads to one of the caller's roots.
// Whether an authority's certificate was withdrawn before its end is a question
// that cannot be answered offline; it is not asked here.
package timestamp
