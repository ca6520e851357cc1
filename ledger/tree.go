package ledger

import (
	"errors"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// MaxPath is the most hashes that an audit path can have.
const MaxPath = 63

// VerifyInclusion returns nil if the tree of that size and root has leaf, an RFC
// 6962 leaf hash, at index. Errors: FaultInclusion.
func VerifyInclusion(index Index, leaf Digest, path []Digest, size uint64, root Digest) error {
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), size, leaf[:], bytesOf(path), root[:]); err != nil {
		return fault(FaultInclusion, "leaf %d is not in the tree of size %d: %v", index, size, shorten(err))
	}
	return nil
}

// VerifyConsistency returns nil if the tree of size from and rootFrom is the
// beginning of the tree of size to and rootTo. Errors: FaultConsistency.
func VerifyConsistency(from, to uint64, path []Digest, rootFrom, rootTo Digest) error {
	if from == 0 && rootFrom != Digest(rfc6962.DefaultHasher.EmptyRoot()) {
		return fault(FaultConsistency, "the empty tree has another root")
	}
	if err := proof.VerifyConsistency(rfc6962.DefaultHasher, from, to, bytesOf(path), rootFrom[:], rootTo[:]); err != nil {
		return fault(FaultConsistency, "the tree of size %d is not the beginning of that of size %d: %v", from, to, shorten(err))
	}
	return nil
}

// shorten replaces the library's dump of two roots by words.
func shorten(err error) any {
	if mismatch := new(proof.RootMismatchError); errors.As(err, mismatch) {
		return "another root results"
	}
	return err
}

func bytesOf(path []Digest) [][]byte {
	list := make([][]byte, len(path))
	for i := range path {
		list[i] = path[i][:]
	}
	return list
}
