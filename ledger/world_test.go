package ledger_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"

	"custos.example/ledger"
)

const origin = "log.example/custos"

// testKey is an Ed25519 key made from its name.
type testKey struct {
	name    string
	private ed25519.PrivateKey
	public  ledger.PublicKey
}

func newKey(name string) testKey {
	seed := sha256.Sum256([]byte("custos test key " + name))
	k := testKey{name: name, private: ed25519.NewKeyFromSeed(seed[:])}
	var err error
	if k.public, err = ledger.NewPublicKey(k.private[32:]); err != nil {
		panic(err)
	}
	return k
}

func (k testKey) KeyID() ledger.KeyID { return k.public.KeyID() }

func (k testKey) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(k.private, message), nil
}

// noteKey returns the key as one of a log or a co-signer.
func (k testKey) noteKey(tb testing.TB, name string, kind byte) ledger.NoteKey {
	tb.Helper()
	n, err := ledger.NewNoteKey(name, kind, k.public)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// noteSigner signs checkpoints as the log.
type noteSigner struct {
	testKey
	key ledger.NoteKey
}

func (s noteSigner) Name() string                    { return s.key.Name }
func (s noteSigner) KeyHash() uint32                 { return s.key.Hash() }
func (s noteSigner) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

var _ note.Signer = noteSigner{}

// world is a log with its keeper's keys: what a test can build and a keeper can falsify.
type world struct {
	t        testing.TB
	service  testKey // signs entries for the recording service
	analyst  testKey
	checker  testKey
	logKey   testKey
	counter  int
	leaves   []ledger.Commitment
	org      *ledger.Chain
	keys     *ledger.Chain
	work     *ledger.Chain
	other    *ledger.Chain // another case's work chain
	nonce    ledger.Nonce
	payloads map[string]payload // by digest
	entries  map[string]ledger.EntryID
}

// payload is a file that some entry names.
type payload struct {
	name    string
	digest  ledger.DigestSet
	salt    ledger.Salt
	content []byte
}

func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{
		t: tb, service: newKey("service"), analyst: newKey("analyst"), checker: newKey("checker"), logKey: newKey("log"),
		payloads: map[string]payload{}, entries: map[string]ledger.EntryID{},
	}
	w.nonce = ledger.Nonce(w.bytes())
	w.org = w.chain(ledger.Organisation, ledger.Nonce(w.bytes()))
	w.keys = w.chain(ledger.Keys, ledger.Nonce(w.bytes()))
	w.work = w.chain(ledger.Work, w.nonce)
	w.other = w.chain(ledger.Work, ledger.Nonce(w.bytes()))
	return w
}

// bytes returns 32 bytes that no other call in this world returned.
func (w *world) bytes() [32]byte {
	w.counter++
	return sha256.Sum256(fmt.Appendf(nil, "custos test bytes %d", w.counter))
}

func (w *world) chain(kind ledger.ChainKind, nonce ledger.Nonce) *ledger.Chain {
	return &ledger.Chain{Origin: origin, Kind: kind, Nonce: nonce, ID: ledger.DeriveChain(origin, kind, nonce)}
}

// signed is an envelope that has no place yet.
type signed struct {
	envelope []byte
	salt     ledger.Salt
}

// draft is what a test wants an entry to say; zero fields are filled in.
type draft struct {
	detail   ledger.Detail
	subjects []ledger.Subject
	inputs   []ledger.Dependency
	actor    testKey
	after    *ledger.Head
	balance  uint64
	step     bool
	id       ledger.EntryID
}

// sign signs a draft for the newest head of a chain.
func (w *world) sign(c *ledger.Chain, d draft) signed {
	w.t.Helper()
	actor := ledger.Actor{ID: "service", Key: w.service.KeyID(), Role: ledger.RoleRecorder}
	var by ledger.Signer
	if d.actor.name != "" {
		actor, by = ledger.Actor{ID: d.actor.name, Key: d.actor.KeyID(), Role: "analyst"}, d.actor
	}
	if d.after == nil {
		head := ledger.HeadOf(c.Links)
		d.after = &head
	}
	if d.id == (ledger.EntryID{}) {
		b := w.bytes()
		d.id = ledger.EntryID(b[:16])
	}
	p := ledger.Predicate{
		Actor: actor, Detail: d.detail, ResolvedDependencies: d.inputs,
		Place: ledger.Place{After: *d.after, Chain: c.ID, Entry: d.id},
		Time:  ledger.NewTime(time.Date(2026, 11, 21, 21, 4, w.counter%60, 123e6, time.UTC)),
	}
	if d.step {
		step := testStep()
		p.Step, p.RowBalance = &step, &ledger.RowBalance{Received: d.balance, Shown: d.balance}
	}
	s, err := ledger.NewStatement(p, d.subjects...)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := s.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := ledger.Sign(context.Background(), ledger.StatementType, text, w.service, by)
	if err != nil {
		w.t.Fatal(err)
	}
	envelope, err := e.Bytes()
	if err != nil {
		w.t.Fatal(err)
	}
	return signed{envelope, ledger.Salt(w.bytes())}
}

func testStep() ledger.Step {
	return ledger.Step{Name: "top-contacts", Version: 1, Source: sha256.Sum256([]byte("source"))}
}

// place gives a signed entry its place on a chain and in the log, as the keeper
// likes it.
func (w *world) place(c *ledger.Chain, s signed) ledger.Link {
	l := ledger.Link{N: uint64(len(c.Links)) + 1, Index: ledger.Index(len(w.leaves)), Envelope: s.envelope, Salt: s.salt}
	l.Prev = ledger.HeadOf(c.Links).Commitment
	l.Inner = ledger.DeriveInner(l.Salt, l.Envelope)
	l.Commitment = ledger.Commit(c.ID, l.N, l.Prev, l.Inner)
	c.Links = append(c.Links, l)
	w.leaves = append(w.leaves, l.Commitment)
	return l
}

// add signs and places, and returns the entry's id.
func (w *world) add(c *ledger.Chain, d draft) ledger.EntryID {
	w.t.Helper()
	b := w.bytes()
	d.id = ledger.EntryID(b[:16])
	w.place(c, w.sign(c, d))
	return d.id
}

// file returns a subject for content and keeps the content as a payload.
func (w *world) file(subject, name string, size int) ledger.Subject {
	content := make([]byte, 0, size)
	for i := 0; len(content) < size; i++ {
		content = fmt.Appendf(content, "%s line %d\n", name, i)
	}
	p := payload{name: name, content: content[:size], digest: ledger.DigestSet{ledger.SHA256: sha256.Sum256(content[:size])}}
	if size < 4096 {
		p.salt = ledger.Salt(w.bytes())
		p.digest = ledger.DigestSet{ledger.Salted: ledger.SaltedDigest(p.salt, p.digest[ledger.SHA256])}
	}
	w.payloads[digestKey(p.digest)] = p
	return ledger.Subject{Name: subject, Digest: p.digest}
}

func digestKey(s ledger.DigestSet) string {
	algorithm, d, err := s.Single()
	if err != nil {
		return err.Error()
	}
	return algorithm + " " + d.String()
}

// fill writes a keys chain, the registration of the case, and 58 work entries of
// which the last two are an exhibit and its check.
func (w *world) fill() *world {
	w.t.Helper()
	w.add(w.keys, draft{detail: &ledger.LogOpened{Origin: origin, KeysNonce: w.keys.Nonce, OrganisationNonce: w.org.Nonce}})
	for _, k := range []testKey{w.service, w.analyst, w.checker} {
		role := map[bool]string{true: ledger.RoleRecorder, false: "analyst"}[k.name == "service"]
		w.add(w.keys, draft{detail: &ledger.KeyEnrolled{
			HeldBy: "holder", Holder: k.name, Key: k.KeyID(), Name: "Key of " + k.name, Public: k.public, Roles: []string{role},
		}})
	}
	w.add(w.other, draft{detail: &ledger.CaseOpened{
		Case: "other", Nonce: w.other.Nonce, ReadsChain: ledger.DeriveChain(origin, ledger.Reads, w.other.Nonce), Reference: "Q2", Title: "Another case",
	}})
	return w.fillAgain()
}

// fillAgain registers the case and fills its work chain.
func (w *world) fillAgain() *world {
	w.t.Helper()
	readsChain := ledger.DeriveChain(origin, ledger.Reads, w.nonce)
	w.add(w.org, draft{detail: &ledger.CaseRegistered{Case: caseID, WorkChain: w.work.ID, ReadsChain: readsChain}})
	w.add(w.work, draft{actor: w.analyst, detail: &ledger.CaseOpened{
		Case: caseID, Nonce: w.nonce, ReadsChain: readsChain, Reference: "Q1", Title: "A case", Assigned: []string{"analyst"},
	}})
	w.add(w.work, draft{actor: w.analyst, detail: &ledger.AuthorityRecorded{Reference: "A/1", Regime: "ipa-2016-part-3"}, subjects: []ledger.Subject{w.file("authority", "record/0002-authority.json", 700)}})
	source := w.file("source", "source/0003-source.csv", 9000)
	received := w.add(w.work, draft{actor: w.analyst, detail: &ledger.EvidenceReceived{Item: "KD/1", FileName: "return.csv", Size: 9000, From: "operator"}, subjects: []ledger.Subject{source}})
	input := ledger.Dependency{Name: "source", Digest: source.Digest, Entry: &received}
	w.add(w.work, draft{actor: w.analyst, step: true, balance: 120, detail: &ledger.DatasetNormalised{Item: "KD/1"}, inputs: []ledger.Dependency{input}, subjects: []ledger.Subject{
		w.file("events", "data/0004-events.csv", 8000), w.file("set-aside", "data/0004-set-aside.csv", 60), w.file("report", "data/0004-report.json", 300),
	}})
	w.add(w.work, draft{actor: w.analyst, detail: &ledger.RowsCommitted{Count: 120, Dataset: received}, subjects: []ledger.Subject{
		{Name: "rows", Digest: ledger.DigestSet{ledger.Rows: w.bytes()}},
	}})
	for len(w.work.Links) < 56 {
		w.routine(len(w.work.Links) + 1)
	}
	exhibit := w.add(w.work, draft{actor: w.analyst, subjects: []ledger.Subject{w.file("schedule-pdf", "exhibit/kd-2-schedule-pdf.pdf", 5000)}, detail: &ledger.ExhibitProduced{
		Reference: "KD/2", Title: "Schedule", Version: 1, Renders: []ledger.Render{{Step: testStep(), Subject: "schedule-pdf"}},
	}})
	w.entries["exhibit"] = exhibit
	w.add(w.work, draft{actor: w.checker, detail: &ledger.ExhibitChecked{Exhibit: exhibit, Result: "agrees"}})
	return w
}

// routine adds the day's work as entry n; entry 21's payload is erased later.
func (w *world) routine(n int) {
	if n%4 == 0 {
		w.add(w.other, draft{detail: &ledger.ItemReceived{Item: "X", Description: "a phone", From: "somebody"}})
	}
	switch n % 3 {
	case 0:
		decision := w.file("decision", fmt.Sprintf("record/%04d-decision.json", n), 200+n)
		w.add(w.work, draft{actor: w.analyst, detail: &ledger.SourceDecided{Item: "KD/1", Question: "which zone"}, subjects: []ledger.Subject{decision}})
		if n == erasedN {
			w.entries["erased"] = w.add(w.org, draft{detail: &ledger.PayloadErased{Digest: decision.Digest, Order: "order 7", Recipients: []string{"the defence"}}})
		}
	case 1:
		w.add(w.work, draft{actor: w.analyst, detail: &ledger.ItemReceived{Item: fmt.Sprint("KD/", n), Description: "a phone", From: "an officer", Seal: "A1"}})
	default:
		w.add(w.work, draft{actor: w.analyst, step: true, balance: 120, detail: &ledger.AnalysisRun{Title: "top contacts"}, subjects: []ledger.Subject{w.file("table", fmt.Sprintf("result/%04d-table.csv", n), 500+n)}})
	}
}

const (
	caseID  = "0123456789abcdef0123456789abcdef"
	erasedN = 21
)

// tree returns the log's Merkle tree, built by another implementation than the
// one under test.
func (w *world) tree() *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	for _, c := range w.leaves {
		tree.AppendData(c.Leaf())
	}
	return tree
}

// trust returns what a checker of this world trusts.
func (w *world) trust() ledger.Trust {
	t := ledger.Trust{Origin: origin, KeysChain: w.keys.ID, Log: []ledger.NoteKey{w.logKey.noteKey(w.t, origin, ledger.LogKey)}}
	for _, k := range []testKey{w.service, w.analyst, w.checker} {
		role := map[bool]string{true: ledger.RoleRecorder, false: "analyst"}[k.name == "service"]
		t.Keys = append(t.Keys, ledger.TrustKey{Holder: k.name, ID: k.KeyID(), Public: k.public, Roles: []string{role}})
	}
	return t
}
