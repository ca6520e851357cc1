package custody

import (
	"sync"

	"custos.example/ledger"
)

// remembered keeps documents that were read, by the digest that the log names them
// by: what a digest names never changes. It is asked for with every decision.
// The zero value is empty. It is safe for concurrent use.
// Trust: nobody may change what it returns.
type remembered[T any] struct {
	mu   sync.Mutex
	held map[string]T
}

// mostDocuments is how many documents of a kind are kept in memory.
const mostDocuments = 1024

// read returns the document of that digest, from open the first time.
func (r *remembered[T]) read(id CaseID, digest ledger.DigestSet, open func() (T, error)) (T, error) {
	key := string(id) + " " + digestKey(digest)
	r.mu.Lock()
	doc, known := r.held[key]
	r.mu.Unlock()
	if known {
		return doc, nil
	}
	doc, err := open()
	if err != nil {
		return doc, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil || len(r.held) >= mostDocuments {
		r.held = map[string]T{}
	}
	r.held[key] = doc
	return doc, nil
}
