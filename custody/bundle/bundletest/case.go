package bundletest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"time"

	"custos.example/analysis"
	"custos.example/ledger"
	"custos.example/ledger/tree/memlog"
)

// Draft is one entry before it is signed.
// Shape: Actor without a holder is the service itself.
type Draft struct {
	Label        string
	Chain        ledger.ChainKind
	Actor        Key
	Detail       ledger.Detail
	Operation    string
	Authority    []ledger.EntryID
	Dependencies []ledger.Dependency
	Parameters   map[string]string
	Balance      *ledger.RowBalance
	Step         *ledger.Step
	Produced     []ledger.Subject
	Entry        ledger.EntryID
	After        *ledger.Head
	Time         time.Time
}

// Hooks let a test be a dishonest keeper: each may change one stage of every
// entry before the next stage signs, commits or logs it.
type Hooks struct {
	Draft     func(*Draft)
	Statement func(label string, s *ledger.Statement)
	Payload   func(label string, payload []byte) []byte
	Envelope  func(label string, e *ledger.Envelope)
	Link      func(label string, l *ledger.Link)
}

// Payload is a content with the digest by which entries name it.
type Payload struct {
	Content []byte
	Salt    ledger.Salt
	Set     ledger.DigestSet
}

// Case is a made-up case on a made-up log.
type Case struct {
	Origin   string
	ID       string
	Log      Key
	Service  Key
	Analyst  Key
	Second   Key
	Steps    Steps
	Module   []byte // the archived program; nil for none
	Work     ledger.Chain
	Keys     ledger.Chain
	Org      ledger.Chain
	Reads    ledger.ChainID
	Entries  map[string]ledger.EntryID // by label
	Payloads map[string]Payload        // by the text of the digest
	Leaves   []ledger.Commitment
	Hooks    Hooks

	random   *Random
	clock    time.Time
	position map[string]uint64 // n by label
	before   int               // entries of the organisation's chain that are of another case
}

// MadeUpModule stands for the archived program of a made-up case; nothing can
// run it.
const MadeUpModule = "the made-up archived program"

// Start is the time at which every made-up case begins.
var Start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// NewCase returns an empty case with its keys and chains named, none of them
// in the record yet.
func NewCase(seed string, hooks Hooks) *Case {
	c := &Case{
		Origin: "log.custos.example", Hooks: hooks, random: NewRandom(seed), clock: Start, Steps: Tiny(), Module: []byte(MadeUpModule),
		Entries: map[string]ledger.EntryID{}, Payloads: map[string]Payload{}, position: map[string]uint64{},
		Log:     NewKey(seed, "log", "The log"),
		Service: NewKey(seed, "service", "Recording service", ledger.RoleRecorder),
		Analyst: NewKey(seed, "u-02", "Jo A. Saunders", "analyst"),
		Second:  NewKey(seed, "u-03", "Pat Okafor", "checker"),
	}
	for _, chain := range []*ledger.Chain{&c.Work, &c.Keys, &c.Org} {
		chain.Nonce = c.nonce()
	}
	c.Work.Kind, c.Keys.Kind, c.Org.Kind = ledger.Work, ledger.Keys, ledger.Organisation
	c.Rename(c.Origin)
	id := c.nonce()
	c.ID = fmt.Sprintf("%x", id[:16])
	return c
}

// Rename derives every chain's name from an origin.
func (c *Case) Rename(origin string) {
	c.Origin = origin
	for _, chain := range []*ledger.Chain{&c.Work, &c.Keys, &c.Org} {
		chain.Origin = origin
		chain.ID = ledger.DeriveChain(origin, chain.Kind, chain.Nonce)
	}
	c.Reads = ledger.DeriveChain(origin, ledger.Reads, c.Work.Nonce)
}

func (c *Case) nonce() (n ledger.Nonce) {
	_, _ = c.random.Read(n[:])
	return n
}

// Trust returns the trust file of somebody who trusts this log and everyone
// who signed.
func (c *Case) Trust() ledger.Trust {
	t := ledger.Trust{
		Origin: c.Origin, Log: []ledger.NoteKey{c.Log.NoteKey(c.Origin)}, KeysChain: c.Keys.ID,
		Keys: []ledger.TrustKey{c.Service.Trust(), c.Analyst.Trust(), c.Second.Trust()},
	}
	slices.SortFunc(t.Keys, func(a, b ledger.TrustKey) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return t
}

// Keep keeps a content and returns the digest by which entries name it: plain
// from 4,096 bytes on, salted below.
func (c *Case) Keep(content []byte) ledger.DigestSet {
	p := Payload{Content: content}
	sum := ledger.Digest(sha256.Sum256(content))
	for text, known := range c.Payloads {
		if bytes.Equal(known.Content, content) {
			return c.Payloads[text].Set
		}
	}
	p.Set = ledger.DigestSet{ledger.SHA256: sum}
	if len(content) < 4096 {
		_, _ = c.random.Read(p.Salt[:])
		p.Set = ledger.DigestSet{ledger.Salted: ledger.SaltedDigest(p.Salt, sum)}
	}
	c.Payloads[Text(p.Set)] = p
	return p.Set
}

// KeepPlain keeps a content under its plain digest, as modules are.
func (c *Case) KeepPlain(content []byte) ledger.Digest {
	sum := ledger.Digest(sha256.Sum256(content))
	p := Payload{Content: content, Set: ledger.DigestSet{ledger.SHA256: sum}}
	c.Payloads[Text(p.Set)] = p
	return sum
}

// Text returns a digest set as text.
func Text(set ledger.DigestSet) string {
	algorithm, digest, err := set.Single()
	if err != nil {
		return fmt.Sprint(map[string]ledger.Digest(set))
	}
	return algorithm + " " + digest.String()
}

// chain returns the chain of a kind.
func (c *Case) chain(kind ledger.ChainKind) *ledger.Chain {
	if kind == ledger.Keys {
		return &c.Keys
	}
	if kind == ledger.Organisation {
		return &c.Org
	}
	return &c.Work
}

// Append signs, commits and logs one entry and returns its id.
func (c *Case) Append(d Draft) ledger.EntryID {
	chain := c.chain(d.Chain)
	c.clock = c.clock.Add(time.Minute)
	d.Time = c.clock
	_, _ = c.random.Read(d.Entry[:])
	if c.Hooks.Draft != nil {
		c.Hooks.Draft(&d)
	}
	link := c.link(chain, d)
	if c.Hooks.Link != nil {
		c.Hooks.Link(d.Label, &link)
	}
	chain.Links = append(chain.Links, link)
	c.Leaves = append(c.Leaves, link.Commitment)
	c.Entries[d.Label], c.position[d.Label] = d.Entry, link.N
	return d.Entry
}

// N returns the number of an entry in its chain.
func (c *Case) N(label string) uint64 { return c.position[label] }

// link returns the signed and committed entry.
func (c *Case) link(chain *ledger.Chain, d Draft) ledger.Link {
	after := ledger.HeadOf(chain.Links)
	if d.After != nil {
		after = *d.After
	}
	actor := d.Actor
	if actor.Holder == "" {
		actor = c.Service
	}
	statement, err := ledger.NewStatement(ledger.Predicate{
		Actor: actor.Actor(), Authority: d.Authority, Detail: d.Detail, Operation: d.Operation, Parameters: d.Parameters,
		Place:                ledger.Place{After: after, Chain: chain.ID, Entry: d.Entry},
		ResolvedDependencies: d.Dependencies, RowBalance: d.Balance, Step: d.Step, Time: ledger.NewTime(d.Time),
	}, d.Produced...)
	if err != nil {
		panic(fmt.Sprintf("the entry %s is not a statement: %v", d.Label, err))
	}
	if c.Hooks.Statement != nil {
		c.Hooks.Statement(d.Label, &statement)
	}
	payload, err := ledger.MarshalCanonical(statement)
	if err != nil {
		panic(fmt.Sprintf("the entry %s cannot be written: %v", d.Label, err))
	}
	if c.Hooks.Payload != nil {
		payload = c.Hooks.Payload(d.Label, payload)
	}
	var second ledger.Signer
	if d.Actor.Holder != "" {
		second = d.Actor
	}
	envelope, err := ledger.Sign(context.Background(), ledger.StatementType, payload, c.Service, second)
	if err != nil {
		panic(err) // keys here always sign
	}
	if c.Hooks.Envelope != nil {
		c.Hooks.Envelope(d.Label, &envelope)
	}
	file, err := ledger.MarshalCanonical(envelope)
	if err != nil {
		panic(err) // an envelope is plain
	}
	l := ledger.Link{N: uint64(len(chain.Links)) + 1, Index: ledger.Index(len(c.Leaves)), Prev: ledger.HeadOf(chain.Links).Commitment, Envelope: file}
	_, _ = c.random.Read(l.Salt[:])
	l.Inner = ledger.DeriveInner(l.Salt, file)
	l.Commitment = ledger.Commit(chain.ID, l.N, l.Prev, l.Inner)
	return l
}

// Run runs a step and returns its outputs by name and the balance.
func (c *Case) Run(step analysis.Step, in map[string][]byte, params map[string]string) (map[string][]byte, analysis.Outcome) {
	inputs := map[string]analysis.Input{}
	for name, content := range in {
		inputs[name] = bytes.NewReader(content)
	}
	buffers, out := map[string]*bytes.Buffer{}, map[string]io.Writer{}
	for _, p := range analysis.Makes(step.Info(), inputs) {
		buffers[p.Name] = &bytes.Buffer{}
		out[p.Name] = buffers[p.Name]
	}
	outcome, err := analysis.Runner{Env: analysis.NewMemoryEnv(1 << 30)}.Run(context.Background(), step, inputs, params, out)
	if err != nil {
		panic(fmt.Sprintf("the step failed on made-up data: %v", err))
	}
	made := map[string][]byte{}
	for name, b := range buffers {
		made[name] = b.Bytes()
	}
	return made, outcome
}

// Tree returns the log's tree.
func (c *Case) Tree() *memlog.Log {
	log := memlog.New()
	leaves := make([][]byte, len(c.Leaves))
	for i, l := range c.Leaves {
		leaves[i] = l.Leaf()
	}
	if err := log.Append(context.Background(), 0, leaves); err != nil {
		panic(err) // a tree in memory takes any leaves
	}
	return log
}

// Checkpoint returns the checkpoint of the log as it stands, signed.
func (c *Case) Checkpoint() []byte {
	size := uint64(len(c.Leaves))
	root, err := c.Tree().Root(context.Background(), size)
	if err != nil {
		panic(err) // the size is the tree's own
	}
	signed, err := ledger.Checkpoint{Origin: c.Origin, Size: size, Root: root}.Sign(c.Log.Note(c.Origin))
	if err != nil {
		panic(err) // keys here always sign
	}
	return signed
}
