package custody

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"custos.example/ledger"
)

// How many bytes of a request id of ours there are, and how many of them say when.
const requestBytes, timeBytes = 16, 6

// NewRequestID returns a new request id: the time, then 80 random bits.
// Shape: 32 lower-case hex digits, the first 12 of them milliseconds since 1970, as in
// version 7 of RFC 9562, of whose other fields it has none.
func NewRequestID(now time.Time, random io.Reader) (string, error) {
	var id [2 + requestBytes]byte
	binary.BigEndian.PutUint64(id[:], uint64(max(0, now.UnixMilli())))
	if _, err := io.ReadFull(random, id[2+timeBytes:]); err != nil {
		return "", fmt.Errorf("name the request: %w", err)
	}
	return hex.EncodeToString(id[2:]), nil
}

// entryID returns the id of an entry of this request, by which a repeated request finds
// its own entries. It is as random as the request id. Its order has the time of a request
// id that begins like one of ours, so that the store keeps entries that come one after
// the other together.
func (a *act) entryID(stage string) ledger.EntryID {
	key := a.key(stage)
	sum := sha256.Sum256(append([]byte("custos/entry/v1\n"), key[:]...))
	order := [requestBytes]byte(sum[:requestBytes])
	if asked := a.ask.RequestID; len(asked) >= 2*requestBytes {
		if like, err := hex.DecodeString(asked[:2*requestBytes]); err == nil {
			copy(order[:timeBytes], like)
		}
	}
	return a.entryOf(order)
}
