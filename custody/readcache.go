package custody

import "sync"

// mostRead is how many values a cache of what was read holds.
const mostRead = 2048

// readCache keeps what was read, by a text that names it for ever: the digest of a
// payload, or the text itself. Every decision asks for the same few again.
// The zero value is empty. It is safe for concurrent use.
type readCache[V any] struct {
	mu   sync.Mutex
	held map[string]V
}

// get returns the value of that name, from read the first time. Whoever gets it
// changes nothing that lies behind a pointer.
func (c *readCache[V]) get(name string, read func() (V, error)) (V, error) {
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
		c.held = map[string]V{}
	}
	c.held[name] = value
	return value, nil
}
