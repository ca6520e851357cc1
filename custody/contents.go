package custody

import (
	"context"
	"errors"
	"fmt"
)

// content refuses a file that holds what was said or written. Its bytes stay apart
// as evidence that nothing can be made of, and an error is opened in the register
// of the case, once.
// Errors: ErrInvalid, with column and row, never the text.
func (in *intake) content(ctx context.Context, found error) error {
	const stage = "error"
	_, done, err := in.earlier(ctx, stage)
	if err == nil && !done {
		_, err = in.commit(ctx, stage, in.about, func() ([]sheet, error) {
			s, err := in.noticed(ctx, stage, ContentDisclosed, "The operator's return "+in.file.Item+" holds the content of communications.", in.file.Entry, in.about.authority)
			return []sheet{s}, err
		})
	}
	refused := fmt.Errorf("%s holds the content of communications, which its authority does not cover: it is kept apart as entry %d of the case, no data set is made "+
		"of it, and the error is on record (error list); tell the operator, and ask for a return without it: %w: %w",
		in.file.Item, in.received.Evidence.Placed.N, ErrInvalid, found)
	if err != nil {
		return errors.Join(refused, fmt.Errorf("the error could not be recorded: %w", err))
	}
	return refused
}
