package bundle

import (
	"io"

	"custos.example/ledger"
)

// maxHead is the largest checkpoint or receipt, in bytes.
const maxHead = 1 << 20

// Head returns the signed summary of the log in a file: a checkpoint, a receipt, or
// a bundle, whose receipt it is in.
// Trust: nothing is checked but the form.
// Errors: ErrContainer, ErrMissing, ledger.FaultReceipt.
func Head(r io.ReaderAt, size int64) (ledger.SignedCheckpoint, error) {
	if size <= maxHead {
		data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
		if err != nil {
			return ledger.SignedCheckpoint{}, err
		}
		if s, err := keptSummary(data); err == nil {
			return s, nil
		}
	}
	o, err := Open(r, size)
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	data, err := o.document(nameReceipt)
	if err != nil {
		return ledger.SignedCheckpoint{}, err
	}
	receipt, err := ledger.ParseReceipt(data)
	return receipt.Checkpoint, err
}
