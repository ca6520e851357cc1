package blob

import (
	"io"
	"math/bits"
)

// recordStep is the step in which the length of a record grows.
// Units: bytes.
const recordStep = 512

// padded returns the length up to which content is filled with zeros before it is
// encrypted, so that the file tells a class of sizes and not the size: at most 6.3 %
// more from 4 KiB on, 3.2 % from 64 KiB on, 1.6 % from 4 GiB on.
// Shape: size is at least plainFrom.
// Source: Padmé, in Nikitin et al., Reducing Metadata Leakage from Encrypted Files
// and Communication with PURBs, 2019.
func padded(size int64) int64 {
	exponent := bits.Len64(uint64(size)) - 1 //nolint:gosec // a size is not negative
	kept := bits.Len(uint(exponent))         //nolint:gosec // nor is this
	step := int64(1) << (exponent - kept)
	return (size + step - 1) / step * step
}

// fits says whether a length is that of padded content, or of content from before
// there was padding.
func fits(length, size int64, stored func(int64) int64) bool {
	return length == stored(padded(size)) || length == stored(size)
}

// plain is the length of decrypted content.
func plain(size int64) int64 { return size }

// fill writes n zeros.
func fill(w io.Writer, n int64) error {
	zeros := make([]byte, min(n, 64<<10))
	for ; n > 0; n -= int64(len(zeros)) {
		if _, err := w.Write(zeros[:min(n, int64(len(zeros)))]); err != nil {
			return err
		}
	}
	return nil
}
