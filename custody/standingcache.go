package custody

import (
	"slices"
	"sync"

	"custos.example/ledger"
)

// mostStandings is how many standings are kept in memory.
const mostStandings = 2048

// standingCache keeps standings that were read, by the digest that the log names
// them by: every decision asks for one, and what a digest names never changes.
// The zero value is empty. It is safe for concurrent use.
type standingCache struct {
	mu   sync.Mutex
	held map[string]Standing
}

// read returns the standing of that digest, from open the first time.
func (c *standingCache) read(digest ledger.DigestSet, open func() (Standing, error)) (Standing, error) {
	key := digestKey(digest)
	c.mu.Lock()
	standing, known := c.held[key]
	c.mu.Unlock()
	if !known {
		var err error
		if standing, err = open(); err != nil {
			return Standing{}, err
		}
		c.mu.Lock()
		if c.held == nil || len(c.held) >= mostStandings {
			c.held = map[string]Standing{}
		}
		c.held[key] = standing
		c.mu.Unlock()
	}
	standing.Competencies = slices.Clone(standing.Competencies) // nobody's change of theirs is another's
	return standing, nil
}
