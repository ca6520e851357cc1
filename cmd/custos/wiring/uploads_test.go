package wiring

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"custos.example/custody"
	"custos.example/custody/blob"
)

// TestUploadErrors wants the word of custody for each fault of an upload. Control: a fault
// of no kind gets none.
func TestUploadErrors(t *testing.T) {
	words := []error{custody.ErrConflict, custody.ErrTooLarge, custody.ErrPushback, custody.ErrNotFound, custody.ErrIntegrity}
	for theirs, want := range map[error]error{
		blob.ErrTaken: custody.ErrConflict, blob.ErrElsewhere: custody.ErrConflict, blob.ErrTooMuch: custody.ErrTooLarge, blob.ErrNotFound: custody.ErrNotFound, blob.ErrIntegrity: custody.ErrIntegrity,
		fmt.Errorf("%w: %w", blob.ErrNoRoom, syscall.ENOSPC): custody.ErrPushback, errors.New("of no kind"): nil,
	} {
		for _, word := range words {
			if got := errors.Is(uploadError(fmt.Errorf("somewhere: %w", theirs)), word); got != (word == want) { //nolint:errorlint // the very words
				t.Errorf("%v is %v: %v", theirs, word, got)
			}
		}
	}
}
