package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

const testOrigin = "log.custos.example/test"

// testClock is a clock that tests set.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newTestClock() *testClock {
	return &testClock{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// testSigner signs with a key made from a seed.
type testSigner struct {
	key ed25519.PrivateKey
	id  ledger.KeyID
}

func newTestSigner(seed byte) *testSigner {
	key := ed25519.NewKeyFromSeed(append([]byte{seed}, make([]byte, 31)...))
	public, err := ledger.NewPublicKey(key.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return &testSigner{key, public.KeyID()}
}

func (s *testSigner) KeyID() ledger.KeyID { return s.id }

func (s *testSigner) Sign(_ context.Context, message []byte) ([]byte, error) {
	return ed25519.Sign(s.key, message), nil
}

var (
	testService = newTestSigner(1)
	testActor   = newTestSigner(2)
)

// draftOf is what a test says about a draft; the rest is filled in.
type draftOf struct {
	chain   custody.Chain
	detail  ledger.Detail
	subject []ledger.Subject
	after   ledger.Head
	asOf    uint64
	until   time.Time
	decided bool
	changes bool
	entry   ledger.EntryID
	answers <-chan struct{} // when the actor's key answers; nil is at once
}

var errFixture = errors.New("fixture")

// write makes the statement of a draft.
func (d draftOf) write() (written, error) {
	if d.entry == (ledger.EntryID{}) {
		_, _ = rand.Read(d.entry[:]) // it never fails
	}
	p := ledger.Predicate{
		Actor:                ledger.Actor{ID: "analyst-1", Key: testActor.id, Role: "analyst"},
		Authority:            []ledger.EntryID{},
		Detail:               d.detail,
		Place:                ledger.Place{After: d.after, Chain: d.chain.ID, Entry: d.entry},
		ResolvedDependencies: []ledger.Dependency{},
		Time:                 ledger.NewTime(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	if d.decided {
		until := d.until
		if until.IsZero() {
			until = time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		p.Decision = &ledger.Decision{AsOf: d.asOf, Entry: ledger.EntryID{1}, Release: ledger.Digest{1}, Until: ledger.NewTime(until)}
	}
	st, err := ledger.NewStatement(p, d.subject...)
	if err != nil {
		return written{}, fmt.Errorf("%w: statement: %w", errFixture, err)
	}
	text, err := custody.Write(st)
	if err != nil {
		return written{}, fmt.Errorf("%w: statement: %w", errFixture, err)
	}
	return written{d, string(st.Kind()), text}, nil
}

// written is a statement that is still to be signed.
type written struct {
	draftOf
	kind string
	text custody.Written
}

// draft writes a statement, signs it and returns it as a draft.
func (d draftOf) draft(ctx context.Context) (custody.Draft, error) {
	w, err := d.write()
	if err != nil {
		return custody.Draft{}, err
	}
	return w.sign(ctx)
}

// sign signs a statement with two keys and returns it as a draft.
func (w written) sign(ctx context.Context) (custody.Draft, error) {
	if w.answers != nil {
		<-w.answers
	}
	signed, err := w.text.Sign(ctx, testService, testActor)
	if err != nil {
		return custody.Draft{}, err
	}
	salt, err := ledger.NewSalt(rand.Reader)
	if err != nil {
		return custody.Draft{}, err
	}
	return custody.Draft{
		Kind: w.kind, Case: w.chain.Case, Chain: w.chain.ID, Entry: w.entry, Signed: signed, Salt: salt,
		AsOf: w.asOf, Until: w.until, Changes: w.changes, Decided: w.decided,
	}, nil
}

// mustDraft is draft for a test.
func (d draftOf) mustDraft(t testing.TB) custody.Draft {
	t.Helper()
	draft, err := d.draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return draft
}

func randomDigest() ledger.Digest {
	var d ledger.Digest
	if _, err := rand.Read(d[:]); err != nil {
		panic(err)
	}
	return d
}

// requestOf wraps drafts under a fresh key.
func requestOf(drafts ...custody.Draft) custody.Request {
	return custody.Request{Digest: randomDigest(), Drafts: drafts}
}

// item is the usual draft of tests: an item-received entry, whose projection is
// one fact.
func itemReceived(chain custody.Chain, item string) draftOf {
	return draftOf{chain: chain, detail: &ledger.ItemReceived{Item: item, Description: "telephone " + item, From: "PC 1234", Seal: "A" + item}}
}

// looked is the usual draft on a chain of reads.
func looked(chain custody.Chain, action string) draftOf {
	return draftOf{
		chain:   chain,
		detail:  &ledger.AccessDecided{Action: action, Allowed: true, Rules: []string{"rule"}, Until: ledger.NewTime(time.Unix(0, 0))},
		subject: []ledger.Subject{{Name: "decision", Digest: ledger.DigestSet{ledger.Salted: {1}}}},
	}
}

// projectItems is the projection of the tests.
func projectItems(s ledger.Statement, placed custody.Placed) ([]custody.Record, error) {
	switch d := s.Predicate.Detail.(type) {
	case *ledger.ItemReceived:
		if d.Item == "unprojectable" {
			return nil, errFixture
		}
		value := fmt.Sprintf(`{"from":%q,"n":%d}`, d.From, placed.N)
		return []custody.Record{{Collection: "item", Key: d.Item, Value: []byte(value)}}, nil
	case *ledger.ItemTransferred: // withdraws the item, and says where it went
		value := fmt.Sprintf(`{"to":%q}`, d.To)
		return []custody.Record{{Collection: "item", Key: d.Item}, {Collection: "transfer", Key: d.Item, Value: []byte(value)}}, nil
	}
	return nil, nil
}

func chainOf(kind ledger.ChainKind, id custody.CaseID, seed byte) custody.Chain {
	nonce := ledger.Nonce{seed, byte(kind)}
	return custody.Chain{ID: ledger.DeriveChain(testOrigin, kind, nonce), Kind: kind, Nonce: nonce, Case: id}
}

// engine makes databases of one kind for tests.
type engine struct {
	name string
	url  func(t testing.TB) string
}

func engines() []engine {
	return []engine{{"sqlite", sqliteURL}, {"postgres", postgresURL}}
}

func sqliteURL(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "custos.db")
}

// postgresURL makes a database of its own, dropped at the end of the test.
func postgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("CUSTOS_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CUSTOS_TEST_POSTGRES is not set: continuous integration needs a PostgreSQL server")
		}
		t.Skip("CUSTOS_TEST_POSTGRES is not set: no PostgreSQL server to test on")
	}
	d := randomDigest()
	name := "custos_store_" + hex.EncodeToString(d[:6])
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the database of the test: %v", err)
		}
		_ = admin.Close()
	})
	base, query, _ := strings.Cut(server, "?")
	return base[:strings.LastIndex(base, "/")+1] + name + "?" + query
}

// world is an opened store with the chains of one case.
type world struct {
	*Store
	config      Config
	sealer      *testSealer
	clock       *testClock
	org, keys   custody.Chain
	work, reads custody.Chain
	other       custody.Chain // work chain of another case
}

const (
	caseA custody.CaseID = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	caseB custody.CaseID = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func newWorld(t testing.TB, url string, change ...func(*Config)) *world {
	t.Helper()
	w := &world{
		sealer: newTestSealer(7), clock: newTestClock(),
		org: chainOf(ledger.Organisation, "", 1), keys: chainOf(ledger.Keys, "", 1),
		work: chainOf(ledger.Work, caseA, 2), reads: chainOf(ledger.Reads, caseA, 2), other: chainOf(ledger.Work, caseB, 3),
	}
	w.config = Config{URL: url, Sealer: w.sealer, Project: projectItems, Clock: w.clock}
	for _, c := range change {
		c(&w.config)
	}
	w.open(t)
	for _, c := range w.chains() {
		if err := w.OpenChain(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) chains() []custody.Chain {
	return []custody.Chain{w.org, w.keys, w.work, w.reads, w.other}
}

func (w *world) open(t testing.TB) {
	t.Helper()
	s, err := Open(t.Context(), w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.Store = s
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// reopen closes and opens the store.
func (w *world) reopen(t testing.TB) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
}

func (w *world) mustAppend(t testing.TB, drafts ...custody.Draft) []custody.Placed {
	t.Helper()
	placed, err := w.Append(t.Context(), requestOf(drafts...))
	if err != nil {
		t.Fatal(err)
	}
	return placed
}

// rawDatabase opens the database of a URL beside the store, with the rules of
// the schema switched off as far as the database lets one.
func rawDatabase(t testing.TB, url string) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		db, err = sql.Open("sqlite", "file:"+path+"?_busy_timeout=10000&_pragma=foreign_keys(0)&_pragma=ignore_check_constraints(1)&_pragma=synchronous(OFF)")
	} else {
		db, err = sql.Open("pgx", url+"&session_replication_role=replica&synchronous_commit=off")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
