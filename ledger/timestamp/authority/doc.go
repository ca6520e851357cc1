// Package authority owns both ends of the conversation with an RFC 3161
// time-stamp authority: the client that asks the ones an operator has named, and
// a small authority of one's own, for demonstrations and tests.
//
// The client connects to the configured host and to no other, follows no
// redirect and takes no answer larger or later than it allows. What comes back is
// checked by package timestamp before anybody uses it. An authority of one's own
// shows nothing to others: its word is its owner's.
package authority
