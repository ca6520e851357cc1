package custody

import "sync"

// mostRead is how many values a cache of what was read holds.
const mostRead = 2048

// readCache keeps what was read, by what names it for ever: the digest of a payload, the
// text itself, or whose it is and what for. Every decision asks for the same few again.
// A full one is emptied, so that a process does not grow with its record.
// The zero value is empty. It is safe for concurrent use.
type readCache[K comparable, V any] struct {
	mu   sync.Mutex
	held map[K]V
}

// get returns the value of that name, from read the first time. Whoever gets it
// changes nothing that lies behind a pointer.
func (c *readCache[K, V]) get(name K, read func() (V, error)) (V, error) {
	c.mu.Lock()
	value, known := c.held[name]
	c.mu.Unlock()
	if known {
		return value, nil
	}
	value, err := read()
	if err != nil {
		var none V
		return none, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= mostRead {
		c.held = map[K]V{}
	}
	c.held[name] = value
	return value, nil
}
