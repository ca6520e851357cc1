package recorder

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"custos.example/ledger"
	"custos.example/ledger/quorum"
	"custos.example/ledger/tree"
	"custos.example/ledger/witness"
)

// ErrNotCoSigned says that the log's own checkpoint is made and guarded, but that
// the quorum of co-signers has not confirmed it yet. It is a tree.ErrUnavailable:
// nothing is lost, and it is asked for again.
var ErrNotCoSigned error = notCoSignedError{}

type notCoSignedError struct{}

func (notCoSignedError) Error() string        { return "not yet co-signed" }
func (notCoSignedError) Is(target error) bool { return target == tree.ErrUnavailable } //nolint:errorlint // this is how errors.Is asks

// grace is how long the others are waited for once there is a quorum, and skipped
// for how many checkpoints not even so long is waited for one that was too late.
const (
	grace   = 200 * time.Millisecond
	skipped = 16
)

// defaultPatience is how long a co-signer may take where Config does not say.
const defaultPatience = 5 * time.Second

// attempts is how often one co-signer is asked for one checkpoint: it may have
// another one than the log believes.
const attempts = 3

// gatherer asks the co-signers of a policy.
type gatherer struct {
	policy quorum.Policy
	keys   []ledger.NoteKey // of the log
	asked  []*coSigner
}

// resume notes who co-signed a checkpoint in an earlier process, and so has it.
func (g *gatherer) resume(latest ledger.SignedCheckpoint) {
	for _, c := range g.asked {
		if list, err := latest.CoSignatures(c.client.Key()); err == nil && len(list) == 1 {
			c.mu.Lock()
			c.size = max(c.size, latest.Size)
			c.mu.Unlock()
		}
	}
}

// CoSigners returns a client of every co-signer in a policy that has an address.
// Errors: an address that cannot be one.
func CoSigners(p quorum.Policy) ([]*witness.Client, error) {
	var clients []*witness.Client
	for _, c := range p.CoSigners {
		if c.URL == "" {
			continue
		}
		client, err := witness.NewClient(c.Key, c.URL)
		if err != nil {
			return nil, err
		}
		clients = append(clients, client)
	}
	return clients, nil
}

// newGatherer returns the gatherer of a log. A policy that names the log is for those who
// check; which keys are this log's own, Config says.
func newGatherer(c Config) *gatherer {
	g := &gatherer{policy: c.Quorum, keys: c.Keys}
	g.policy.Logs = nil
	for _, client := range c.CoSigners {
		g.asked = append(g.asked, &coSigner{name: client.Key().Name, client: client})
	}
	return g
}

// coSigner is one that can be asked, and what is known of it.
type coSigner struct {
	name   string
	client *witness.Client

	mu   sync.Mutex
	size uint64 // of the checkpoint that it has, as far as known
	at   time.Time
	last error // what became of the last asking
	skip int   // for so many more checkpoints nobody waits for it: it was too late
}

// answer is what one co-signer said.
type answer struct {
	from  *coSigner
	lines []byte
	err   error
}

// gather returns signed with the co-signatures that could be had: with a quorum,
// or with ErrNotCoSigned. Unless all are wanted it waits, once there is a quorum,
// no longer than the grace, and not at all for those that were too late before.
//
// Errors: ErrNotCoSigned with who did not, and why, and what is missing; ErrRollback
// when a co-signer shows a longer log under this log's own key.
func (g *gatherer) gather(ctx context.Context, log Log, signed ledger.SignedCheckpoint, patience time.Duration, all bool) (ledger.SignedCheckpoint, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	answers := make(chan answer, len(g.asked))
	open, bare := slices.Clone(g.asked), signed // what is asked stays as it is while answers are added to signed
	for _, c := range open {
		go func() {
			lines, err := c.ask(ctx, log, bare, g.keys)
			answers <- answer{c, lines, err}
		}()
	}
	var refused []string
	var rollback error
	var enough <-chan time.Time
	for len(open) > 0 {
		select {
		case a := <-answers:
			open = slices.DeleteFunc(open, func(c *coSigner) bool { return c == a.from })
			next, err := g.count(signed, a)
			if err != nil {
				refused = append(refused, a.from.name+": "+err.Error())
			}
			if errors.Is(err, ErrRollback) {
				rollback = err
			}
			signed = next
		case <-enough:
			late(open)
			open = nil
		}
		if enough == nil && !all && g.met(signed) == nil {
			open = slices.DeleteFunc(open, (*coSigner).skips)
			enough = time.After(grace)
		}
	}
	if rollback != nil {
		return signed, rollback
	}
	signed = g.fit(signed)
	if err := g.met(signed); err != nil {
		slices.Sort(refused)
		have, needed := g.confirmed(signed)
		return signed, fmt.Errorf("%w: %d of the %d organisations that are needed have (%s)",
			ErrNotCoSigned, have, needed, strings.Join(append(refused, err.Error()), "; "))
	}
	return signed, nil
}

// confirmed returns how many organisations have co-signed, of so many as are needed on
// the way to the quorum that is nearest. No organisation has two keys on one way.
func (g *gatherer) confirmed(signed ledger.SignedCheckpoint) (have, needed int) {
	nearest := g.policy.Nearest(by(signed))
	for _, k := range nearest {
		if by(signed)(k) {
			have++
		}
	}
	return have, len(nearest)
}

// by tells of a key whether there is a co-signature by it.
func by(signed ledger.SignedCheckpoint) func(ledger.NoteKey) bool {
	return func(k ledger.NoteKey) bool {
		list, err := signed.CoSignatures(k)
		return err == nil && len(list) > 0
	}
}

// met returns nil when the checkpoint has its quorum.
func (g *gatherer) met(signed ledger.SignedCheckpoint) error {
	if !g.policy.Asked() {
		return nil
	}
	_, err := g.policy.Verify(signed, g.keys...)
	return err
}

// count adds an answer to a checkpoint, if it is a co-signature by whom it came
// from, and notes how the co-signer did. After an error the checkpoint is as it was.
func (g *gatherer) count(signed ledger.SignedCheckpoint, a answer) (ledger.SignedCheckpoint, error) {
	next, err := signed, a.err
	if err == nil {
		next, err = merge(signed, a.lines, a.from.client.Key())
	}
	err = inWords(err)
	a.from.mu.Lock()
	defer a.from.mu.Unlock()
	if a.from.last, a.from.skip = err, skipped; err == nil {
		a.from.skip, a.from.size = 0, signed.Size
		if list, _ := next.CoSignatures(a.from.client.Key()); len(list) == 1 {
			a.from.at = list[0].At
		}
	}
	return next, err
}

// inWords says what a failed request means without the address that was asked.
func inWords(err error) error {
	if failed := new(url.Error); errors.As(err, &failed) {
		if failed.Timeout() {
			return errors.New("did not answer in time")
		}
		return fmt.Errorf("did not answer: %w", failed.Err)
	}
	return err
}

// Asked is what became of asking one co-signer.
// Shape: Size and At are of its newest co-signature that this process was given,
// zero when there was none; Open says in words why the last asking gave none.
type Asked struct {
	Key  ledger.NoteKey
	Size uint64
	At   time.Time
	Open string
}

// Asked returns how each co-signer that can be asked did.
func (r *Recorder) Asked() []Asked {
	var list []Asked
	for _, c := range r.gatherer.asked {
		c.mu.Lock()
		a := Asked{Key: c.client.Key(), Size: c.size, At: c.at}
		if c.last != nil {
			a.Open = c.last.Error()
		}
		if a.At.IsZero() {
			a.Size = 0 // only what it said
		}
		c.mu.Unlock()
		list = append(list, a)
	}
	return list
}

// merge adds to s the one signature in lines that is by key, once it has verified. With
// more than ledger.MaxSignatures it must be made to fit before anybody can read it.
// Errors: s is returned as it was.
func merge(s ledger.SignedCheckpoint, lines []byte, key ledger.NoteKey) (ledger.SignedCheckpoint, error) {
	bare := s
	bare.Signatures = nil
	other, err := ledger.ParseCheckpoint(append([]byte(bare.Text()+"\n"), lines...))
	if err != nil {
		return s, fmt.Errorf("%w: %w", witness.ErrAnswer, err)
	}
	list, err := other.CoSignatures(key)
	if err != nil {
		return s, err
	}
	if len(list) == 0 {
		return s, fmt.Errorf("%w: no signature by its key %s", witness.ErrAnswer, key.Name)
	}
	own := func(sig ledger.NoteSignature) bool { return sig.Name == key.Name && sig.Hash == key.Hash() }
	added := other.Signatures[slices.IndexFunc(other.Signatures, own)]
	s.Signatures = append(slices.DeleteFunc(slices.Clone(s.Signatures), own), added)
	return s, nil
}

// fit leaves out co-signatures for which a checkpoint has no room, those last that the
// quorum needs.
func (g *gatherer) fit(s ledger.SignedCheckpoint) ledger.SignedCheckpoint {
	if len(s.Signatures) <= ledger.MaxSignatures {
		return s
	}
	needed := slices.Concat(g.keys, g.policy.Nearest(by(s)))
	rank := func(sig ledger.NoteSignature) int {
		if slices.ContainsFunc(needed, func(k ledger.NoteKey) bool { return sig.Name == k.Name && sig.Hash == k.Hash() }) {
			return 0
		}
		return 1
	}
	list := slices.Clone(s.Signatures)
	slices.SortStableFunc(list, func(a, b ledger.NoteSignature) int { return rank(a) - rank(b) })
	s.Signatures = list[:ledger.MaxSignatures]
	return s
}

// ask asks one co-signer, from the checkpoint that it has.
func (c *coSigner) ask(ctx context.Context, log Log, signed ledger.SignedCheckpoint, keys []ledger.NoteKey) ([]byte, error) {
	c.mu.Lock()
	old := min(c.size, signed.Size)
	c.mu.Unlock()
	for try := 1; ; try++ {
		r := witness.Request{Old: old, Checkpoint: signed}
		if old > 0 && old < signed.Size {
			path, err := log.Consistency(ctx, old, signed.Size)
			if err != nil {
				return nil, err
			}
			r.Path = path
		}
		lines, err := c.client.CoSign(ctx, r)
		no := new(witness.Refusal)
		switch {
		case err == nil || !errors.As(err, &no) || no.Status != http.StatusConflict || try == attempts:
			return lines, err
		case no.Size > signed.Size:
			return nil, c.ahead(ctx, signed, no, keys)
		}
		old = no.Size
	}
}

// ahead says what it means that a co-signer has more entries than this log: with
// the log's own signature it is a rollback, without one only a refusal.
func (c *coSigner) ahead(ctx context.Context, signed ledger.SignedCheckpoint, no *witness.Refusal, keys []ledger.NoteKey) error {
	latest, err := c.client.Latest(ctx, signed.Origin)
	if err == nil {
		err = latest.Verify(keys...)
	}
	if err != nil || latest.Origin != signed.Origin || latest.Size <= signed.Size {
		return no
	}
	return fmt.Errorf("%w: the co-signer %s has co-signed %d entries under this log's own key and there are %d here: "+
		"stop, keep both, and put the newest back-up in place", ErrRollback, c.name, latest.Size, signed.Size)
}

// skips tells whether nobody waits for c this time.
func (c *coSigner) skips() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skip = max(c.skip-1, 0)
	return c.skip > 0
}

// late notes who was too late.
func late(those []*coSigner) {
	for _, c := range those {
		c.mu.Lock()
		c.skip = skipped
		c.mu.Unlock()
	}
}
