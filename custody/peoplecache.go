package custody

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"custos.example/ledger"
)

// peopleCache keeps the facts of people that were read, by their text: every
// decision asks for one twice, and to read a public key is to check a point of its
// curve. What the text is stays the store's to say, each time.
// The zero value is empty. It is safe for concurrent use.
type peopleCache struct {
	mu   sync.Mutex
	held map[string]personFact
}

// person returns somebody enrolled as the log had them when it had asOf entries; 0 is
// now.
// Errors: ErrNotFound.
func (s *Service) person(ctx context.Context, id string, asOf uint64) (personFact, error) {
	record, err := s.Store.Find(ctx, "", inPeople, id, asOf)
	if err != nil {
		return personFact{}, err
	}
	return s.people.read(string(record.Value))
}

func (c *peopleCache) read(text string) (personFact, error) {
	c.mu.Lock()
	person, known := c.held[text]
	c.mu.Unlock()
	if !known {
		if err := ledger.UnmarshalCanonical([]byte(text), &person); err != nil {
			return personFact{}, fmt.Errorf("%w: projected fact in %q: %w", ErrIntegrity, inPeople, err)
		}
		c.mu.Lock()
		if c.held == nil || len(c.held) >= mostStandings {
			c.held = map[string]personFact{}
		}
		c.held[text] = person
		c.mu.Unlock()
	}
	person.Roles = slices.Clone(person.Roles) // nobody's change of theirs is another's
	return person, nil
}
