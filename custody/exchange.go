package custody

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"custos.example/ledger"
)

// Exchange brings what is to be signed to people who keep their key themselves,
// and their signatures back. It holds no key and checks nothing: whoever asks
// checks what comes back. It is safe for concurrent use.
//
// Shape: it lives in the memory of one process; a holder's agent must ask the
// process through which the holder works.
type Exchange struct {
	mu      sync.Mutex
	holders map[string]*desk
	patient time.Duration
	clock   Clock
}

// desk is what waits for one holder.
type desk struct {
	waiting []*unsigned // not yet fetched
	fetched map[string]*unsigned
	agents  int           // that are asking just now
	seen    time.Time     // when one last asked
	arrived chan struct{} // closed when something new waits
}

// unsigned is one message that waits for its signature.
type unsigned struct {
	ToSign
	answer chan []byte
}

// ToSign is a message for a holder's key.
type ToSign struct {
	ID      string
	Message []byte
}

// Statement returns what the message says, read strictly: it is exactly the text
// that is signed of one statement, or refused.
// Errors: ErrInvalid.
func (t ToSign) Statement() (ledger.Statement, error) {
	prefix := fmt.Sprintf("DSSEv1 %d %s ", len(ledger.StatementType), ledger.StatementType)
	rest, found := strings.CutPrefix(string(t.Message), prefix)
	_, payload, split := strings.Cut(rest, " ")
	if !found || !split || !bytes.Equal(ledger.PAE(ledger.StatementType, []byte(payload)), t.Message) {
		return ledger.Statement{}, fmt.Errorf("what is to be signed is no entry of a log: %w", ErrInvalid)
	}
	statement, err := ledger.ParseStatement([]byte(payload))
	if err != nil {
		return statement, fmt.Errorf("what is to be signed is no entry of a log: %w: %w", ErrInvalid, err)
	}
	return statement, nil
}

const (
	// signWithin is how long a holder's agent may take to sign.
	signWithin = 30 * time.Second
	// away is how long after its last question an agent counts as gone.
	away = 15 * time.Second
	// atMost is how many messages may wait for one holder.
	atMost = 64
)

// NewExchange returns an exchange at which nobody waits.
func NewExchange(clock Clock) *Exchange {
	return &Exchange{holders: map[string]*desk{}, patient: signWithin, clock: clock}
}

// desk returns the holder's desk. The caller holds mu.
func (e *Exchange) desk(holder string) *desk {
	d := e.holders[holder]
	if d == nil {
		d = &desk{fetched: map[string]*unsigned{}, arrived: make(chan struct{})}
		e.holders[holder] = d
	}
	return d
}

// Here returns nil when an agent of the holder is asking for messages.
// Errors: ErrPushback.
func (e *Exchange) Here(holder string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if d := e.holders[holder]; d != nil && (d.agents > 0 || e.clock.Now().Sub(d.seen) < away) {
		return nil
	}
	return fmt.Errorf("%s keeps their key on their own machine, and nothing there is waiting to sign: "+
		"start custos key agent there and ask again: %w", holder, ErrPushback)
}

// Ask waits until the holder has signed the message and returns the signature.
// Errors: ErrPushback when nobody signs it in time.
func (e *Exchange) Ask(ctx context.Context, holder string, message []byte) ([]byte, error) {
	if err := e.Here(holder); err != nil {
		return nil, err
	}
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("name a message: %w", err)
	}
	u := &unsigned{ToSign{hex.EncodeToString(random[:]), message}, make(chan []byte, 1)}
	e.mu.Lock()
	d := e.desk(holder)
	if len(d.waiting)+len(d.fetched) >= atMost {
		e.mu.Unlock()
		return nil, fmt.Errorf("%d entries wait for the signature of %s already: %w", atMost, holder, ErrPushback)
	}
	d.waiting = append(d.waiting, u)
	close(d.arrived)
	d.arrived = make(chan struct{})
	e.mu.Unlock()
	defer e.withdraw(holder, u)
	ctx, cancel := context.WithTimeout(ctx, e.patient)
	defer cancel()
	select {
	case signature := <-u.answer:
		return signature, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s did not sign within %s, so nothing was done; see that custos key agent runs there and ask again: %w",
			holder, e.patient, ErrPushback)
	}
}

// withdraw takes a message back that nobody waits for any more.
func (e *Exchange) withdraw(holder string, u *unsigned) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.desk(holder)
	delete(d.fetched, u.ID)
	for i, w := range d.waiting {
		if w == u {
			d.waiting = append(d.waiting[:i], d.waiting[i+1:]...)
			return
		}
	}
}

// Next waits for a message for the holder. It returns false when ctx ends first.
func (e *Exchange) Next(ctx context.Context, holder string) (ToSign, bool) {
	e.mu.Lock()
	d := e.desk(holder)
	d.agents++
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		d.agents--
		d.seen = e.clock.Now()
		e.mu.Unlock()
	}()
	for {
		e.mu.Lock()
		if len(d.waiting) > 0 {
			u := d.waiting[0]
			d.waiting = d.waiting[1:]
			d.fetched[u.ID] = u
			e.mu.Unlock()
			return u.ToSign, true
		}
		arrived := d.arrived
		e.mu.Unlock()
		select {
		case <-arrived:
		case <-ctx.Done():
			return ToSign{}, false
		}
	}
}

// Answer brings a signature back.
// Errors: ErrNotFound when nobody waits for it any more, or it is another's.
func (e *Exchange) Answer(holder, id string, signature []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.desk(holder)
	u := d.fetched[id]
	if u == nil {
		return fmt.Errorf("nobody waits for this signature any more: %w", ErrNotFound)
	}
	delete(d.fetched, id)
	u.answer <- signature
	return nil
}
