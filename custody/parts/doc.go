// Package parts owns packs that are cut into parts for a slow line or a disk: the
// form of a part, the signed cover that every part carries, the tree that ties a
// part to it, the joining of parts into the pack, encryption to whom it is for,
// and the receipt that comes back.
//
// A part can be checked alone: its head holds the cover, signed by the sender, the
// part's number and digest, and the path from that digest to the root in the cover.
// The same pack and cover give the same bytes of every part, however often it is
// issued.
//
// It is pure: no SQL, no network, no clock, no file but those it is handed. It
// never gives out a pack that lacks anything, and never takes a signer's word for
// who the signer is: whose key is whose comes from the caller.
package parts

import "errors"

// What can be wrong with parts.
var (
	// ErrForm says that bytes are not in the form that this package writes.
	ErrForm = errors.New("not in the form of parts")
	// ErrDiffers says that something is not what the sender's cover says.
	ErrDiffers = errors.New("differs from what was sent")
	// ErrMissing says that a pack is not whole.
	ErrMissing = errors.New("parts are missing")
	// ErrNotForYou says that a pack is encrypted to somebody else's key.
	ErrNotForYou = errors.New("encrypted to another key")
	// ErrInvalid says that an argument cannot be accepted.
	ErrInvalid = errors.New("not acceptable as given")
)

// Limits of the form.
// Units: bytes, but for MaxTotal.
const (
	// HeadRoom is set aside of every part for its head.
	HeadRoom = 4096
	// MinPart is the smallest part, head and content together.
	MinPart = 2 * HeadRoom
	// MaxPart is the largest.
	MaxPart = 4 << 30
	// MaxTotal is how many parts a pack may have.
	MaxTotal = 1 << 20
	// MaxRecipients is how many keys a pack may be encrypted to.
	MaxRecipients = 5
	maxName       = 100
)
