package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"custos.example/ledger"
)

// maxRequest is more than a request ever has: 63 hashes and a checkpoint.
const maxRequest = 128 << 10

// Request asks a co-signer to co-sign a checkpoint.
// Shape: Path proves that the tree of size Old is the beginning of Checkpoint's;
// it is empty when Old is 0 or Checkpoint's own size.
// Source: C2SP tlog-witness, add-checkpoint.
type Request struct {
	Old        uint64
	Path       []ledger.Digest
	Checkpoint ledger.SignedCheckpoint
}

// Bytes returns the request as it travels, over HTTP or in a file.
func (r Request) Bytes() []byte {
	b := fmt.Appendf(nil, "old %d\n", r.Old)
	for _, h := range r.Path {
		b = fmt.Appendln(b, base64.StdEncoding.EncodeToString(h[:]))
	}
	return append(append(b, '\n'), r.Checkpoint.Bytes()...)
}

// ParseRequest accepts exactly what Bytes writes.
// Errors: a Refusal with status 400.
func ParseRequest(data []byte) (Request, error) {
	var r Request
	if len(data) > maxRequest {
		return r, malformed("it has more than %d bytes", maxRequest)
	}
	head, checkpoint, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	size, ok := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseUint(size, 10, 63)
	if !found || !ok || err != nil || len(lines) > 1+ledger.MaxPath {
		return r, malformed("it does not begin with the old size, or has more than %d hashes", ledger.MaxPath)
	}
	r.Old = old
	for _, line := range lines[1:] {
		h, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(h) != len(ledger.Digest{}) {
			return r, malformed("a hash of its proof is malformed")
		}
		r.Path = append(r.Path, ledger.Digest(h))
	}
	if r.Checkpoint, err = ledger.ParseCheckpoint([]byte(checkpoint)); err != nil {
		return r, malformed("its checkpoint: %v", err)
	}
	if !bytes.Equal(r.Bytes(), data) {
		return r, malformed("it is not in its only form")
	}
	if r.Old > r.Checkpoint.Size {
		return r, malformed("its old size %d is above the checkpoint's %d", r.Old, r.Checkpoint.Size)
	}
	return r, nil
}

// Refusal is a co-signer's no.
type Refusal struct { //nolint:errname // the protocol's word, and it stands in messages
	Status int    // of HTTP, as tlog-witness gives it
	Size   uint64 // with 409: of the checkpoint that the co-signer has
	Words  string

	evidence bool  // the log signed another root of the size that was co-signed
	lost     error // why what was to be kept could not be; only whoever runs the co-signer is told
}

// Error says it in words.
func (r *Refusal) Error() string { return r.Words }

func malformed(format string, args ...any) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Words: "not a request for a co-signature: " + fmt.Sprintf(format, args...)}
}
