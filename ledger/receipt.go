package ledger

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

const proofHeader = "c2sp.org/tlog-proof@v1\n"

// Receipt proves that one leaf is in the log under one checkpoint.
// Source: C2SP tlog-proof, without its optional extra line.
type Receipt struct {
	Index      Index
	Path       []Digest
	Checkpoint SignedCheckpoint
}

// Bytes returns the receipt as a tlog-proof.
func (r Receipt) Bytes() []byte {
	b := fmt.Appendf([]byte(proofHeader), "index %d\n", r.Index)
	for _, h := range r.Path {
		b = fmt.Appendln(b, base64.StdEncoding.EncodeToString(h[:]))
	}
	return append(append(b, '\n'), r.Checkpoint.Bytes()...)
}

// ParseReceipt accepts exactly what Bytes writes, with at most 63 hashes; an extra
// line is refused. Errors: FaultReceipt, FaultCheckpoint.
func ParseReceipt(data []byte) (Receipt, error) {
	var r Receipt
	rest, ok := strings.CutPrefix(string(data), proofHeader+"index ")
	head, checkpoint, found := strings.Cut(rest, "\n\n")
	lines := strings.Split(head, "\n")
	index, err := strconv.ParseUint(lines[0], 10, 64)
	if !ok || !found || err != nil || len(lines) > 1+MaxPath || len(data) > 2*maxNote {
		return r, fault(FaultReceipt, "not a tlog-proof: header, index or length")
	}
	r.Index = Index(index)
	for _, line := range lines[1:] {
		h, err := decodeBase64(line)
		if err != nil || len(h) != 32 {
			return r, fault(FaultReceipt, "not a tlog-proof: a hash is malformed")
		}
		r.Path = append(r.Path, Digest(h))
	}
	if r.Checkpoint, err = ParseCheckpoint([]byte(checkpoint)); err != nil {
		return r, at("receipt", err)
	}
	if !bytes.Equal(r.Bytes(), data) {
		return r, fault(FaultReceipt, "not a tlog-proof in its only form")
	}
	return r, nil
}

// Verify returns nil if the receipt shows c in the log of its checkpoint.
// Trust: check the checkpoint's signatures too. Errors: FaultInclusion.
func (r Receipt) Verify(c Commitment) error {
	return VerifyInclusion(r.Index, c.LeafHash(), r.Path, r.Checkpoint.Size, r.Checkpoint.Root)
}
