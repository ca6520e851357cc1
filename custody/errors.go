package custody

import (
	"errors"
	"fmt"
)

// The outcomes that a caller may tell apart. Every error that leaves a use case
// wraps exactly one of them; anything else is an internal fault.
var (
	// ErrInvalid says that the request itself cannot be carried out as it stands.
	ErrInvalid = errors.New("not acceptable as given")
	// ErrDenied says that the policy refused. The refusal has been recorded.
	ErrDenied = errors.New("refused by policy")
	// ErrNotFound says that nothing of that name is known to the asker.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the record has moved on, or already holds this.
	ErrConflict = errors.New("in conflict with the record")
	// ErrPushback says that the service cannot take this now: try again later.
	ErrPushback = errors.New("not now: try again later")
	// ErrIntegrity says that what is stored does not agree with the record. It is
	// never retried.
	ErrIntegrity = errors.New("the stored record does not agree with itself")
)

// ErrTooLarge says that what was sent, or is to be sent, is more than may be. It is an
// ErrInvalid.
var ErrTooLarge = fmt.Errorf("%w: too large", ErrInvalid)

// ErrNotCoSigned says that the co-signers whom this log asks for have not confirmed
// it so far. Entries are recorded and acknowledged; receipts and bundles wait. It
// is an ErrPushback.
var ErrNotCoSigned = fmt.Errorf("%w: not yet co-signed", ErrPushback)
