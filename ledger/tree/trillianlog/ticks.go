package trillianlog

import (
	"sync"
	"time"

	"github.com/google/trillian/util/clock"
)

// ticks is the time source given to Trillian: a counter that only goes forward.
// Trillian finds its latest root by the greatest time stamp, so a clock that is
// set back would hide new roots or stop the tree. Nothing reads these times as
// times: when something was recorded is said by entries, not by the tree.
type ticks struct {
	mu   sync.Mutex
	last int64
}

var _ clock.TimeSource = (*ticks)(nil)

// Now returns the next tick. Units: microseconds since the empty tree.
func (t *ticks) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last += int64(time.Microsecond)
	return time.Unix(0, t.last)
}

// after makes every later tick greater than that of a stored root.
func (t *ticks) after(root uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = max(t.last, int64(root))
}

// NewTimer returns a timer that has fired: nothing waits here.
func (t *ticks) NewTimer(time.Duration) clock.Timer {
	fired := make(timer, 1)
	fired <- t.Now()
	return fired
}

type timer chan time.Time

func (t timer) Chan() <-chan time.Time { return t }
func (t timer) Stop() bool             { return false }
