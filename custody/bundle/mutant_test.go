package bundle_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody/bundle"
	"custos.example/custody/bundle/bundletest"
	"custos.example/ledger"
	"custos.example/ledger/timestamp/authority"
)

// mutant is one changed file.
type mutant struct {
	name string
	file io.ReaderAt
	size int64
}

// flipped is a file with one bit changed; none when bit is negative.
type flipped struct {
	file []byte
	bit  int
}

func (f flipped) ReadAt(p []byte, offset int64) (int, error) {
	n := copy(p, f.file[min(offset, int64(len(f.file))):])
	if at := int64(f.bit/8) - offset; f.bit >= 0 && at >= 0 && at < int64(n) {
		p[at] ^= 1 << (f.bit % 8)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// wholeFile returns a mutant of a file in memory.
func wholeFile(name string, file []byte) mutant {
	return mutant{name, flipped{file, -8}, int64(len(file))}
}

// proof prints one line for the table of proof.
func proof(t *testing.T, name string, trials, failures int64, control string) {
	t.Helper()
	t.Logf("PROOF harness=%s trials=%d failures=%d control=%q", name, trials, failures, control)
}

// long tells whether everything is tried, or a sample.
func long() bool { return os.Getenv("CUSTOS_LONG") == "1" }

// sample calls f with every number below n, or with about limit of them, which
// a seed chooses.
func sample(seed string, n, limit int, f func(int)) {
	if long() || n <= limit {
		for i := range n {
			f(i)
		}
		return
	}
	some(seed, n, limit, f)
}

// some calls f with limit numbers below n, which a seed chooses.
func some(seed string, n, limit int, f func(int)) {
	random := bundletest.NewRandom(seed)
	var b [8]byte
	for range limit {
		_, _ = random.Read(b[:])
		f(int(binary.BigEndian.Uint64(b[:]) % uint64(n)))
	}
}

// mutants is the reference: the bundle that is changed, its members in order, and
// another bundle of another case. Its checker asks for everything: a quorum, two
// authorities of time and an entry that was acknowledged, so that nothing can be
// dropped unseen but a co-signature beyond the quorum.
type mutants struct {
	c        *bundletest.Case
	one, two *authority.Authority
	file     []byte
	files    bundletest.Files
	names    []string
	others   bundletest.Files
	o        bundle.Options
}

func newMutants(t *testing.T) *mutants {
	t.Helper()
	const seed = "mutants"
	c := bundletest.Tell(seed, bundletest.Hooks{}, bundletest.TinyStory())
	m := &mutants{c: c, one: bundletest.NewAuthority(seed, "First authority"), two: bundletest.NewAuthority(seed, "Second authority"), o: options(c)}
	m.o.Trust.TimestampRoots = [][]byte{m.one.Root.Raw, m.two.Root.Raw}
	policy := threeOfFour()
	m.o.Policy, m.o.Require = &policy, bundle.Full
	l := c.Work.Links[8]
	a := ledger.Acknowledgement{Chain: c.Work.ID, Commitment: l.Commitment, Index: l.Index, N: l.N, Origin: c.Origin}
	signed, err := a.Sign(t.Context(), c.Service)
	if err != nil {
		t.Fatal(err)
	}
	m.o.Known = [][]byte{signed}
	m.file = m.sealed(c, bundletest.Forge{})
	m.files = bundletest.Split(m.file)
	m.names = slices.Sorted(maps.Keys(m.files))
	m.others = bundletest.Split(m.sealed(bundletest.Tell("another", bundletest.Hooks{}, bundletest.TinyStory()), bundletest.Forge{}))
	if r := verify(m.file, m.o); r.Exit != bundle.ExitMatches {
		t.Fatalf("the control, the untouched bundle, exits %d\n%s", r.Exit, text(t, r))
	}
	if again := m.sealed(c, bundletest.Forge{}); !bytes.Equal(again, m.file) {
		t.Fatal("sealing the same again makes another file")
	}
	return m
}

// sealed returns a bundle that the keeper, all four co-signers and both authorities
// of time have put their names to.
func (m *mutants) sealed(c *bundletest.Case, f bundletest.Forge) []byte {
	if f.Withhold == nil {
		f.Withhold = map[uint64]string{c.N("checked"): "sensitive"}
		f.Leave = map[string]bundle.Absent{"record/0002-authority.json": {Reason: "sensitive"}}
	}
	f.Sign = coSignedBy(c, coSigners()...)
	f.After = c.Stamped(bundletest.Stamp{By: m.one, At: hours(1), Manifest: true}, bundletest.Stamp{By: m.one, At: hours(1), Size: 9},
		bundletest.Stamp{By: m.one, At: hours(1)}, bundletest.Stamp{By: m.two, At: hours(1)})
	return c.Forge(f)
}

// rezip returns a mutant whose container is in its exact form again.
func (m *mutants) rezip(name string, change func(bundletest.Files)) mutant {
	files := maps.Clone(m.files)
	change(files)
	return wholeFile(name, bundletest.Zip(files))
}

// tally counts what became of mutants.
type tally struct {
	tried, survived, apart, disagreed atomic.Int64
	slowest                           atomic.Int64
}

// trial is a mutant on its way through both checkers.
type trial struct {
	mutant
	done   chan struct{}
	report bundle.Report
}

// hang is how long one check may take.
const hang = 10 * time.Second

// refuse gives every mutant to the verifier, on all processors, and, unless o
// leaves checks out, to the second checker beside it. It counts those that exit 0,
// apart those in which only co-signatures beyond the quorum differ, and those on
// which the two do not agree.
func (m *mutants) refuse(t *testing.T, o bundle.Options, both bool, each func(yield func(mutant))) *tally {
	t.Helper()
	n, told := &tally{}, both
	trials := make(chan *trial, 64)
	var wait sync.WaitGroup
	for range runtime.NumCPU() {
		wait.Go(func() {
			for x := range trials {
				m.try(t, x, o, n, told)
				close(x.done)
			}
		})
	}
	asked := make(chan *trial, 4096)
	var second *secondBatch
	if both {
		second = newSecondBatch(t, m.file, o)
		wait.Go(func() { m.listen(t, second, asked, n) })
	}
	each(func(changed mutant) {
		x := &trial{mutant: changed, done: make(chan struct{})}
		if both {
			if err := second.ask(changed); err != nil {
				t.Errorf("the second checker takes no more: %v\n%s", err, second.said.String())
				both = false
			}
			asked <- x
		}
		trials <- x
	})
	close(trials)
	close(asked)
	if second != nil {
		second.sent()
	}
	wait.Wait()
	if second != nil {
		if err := second.cmd.Wait(); err != nil {
			t.Errorf("the second checker ended with %v\n%s", err, second.said.String())
		}
	}
	if took := time.Duration(n.slowest.Load()); took > hang {
		t.Errorf("one check took %v", took)
	}
	return n
}

// try verifies one mutant. That a control passes is told by its count alone.
func (m *mutants) try(t *testing.T, x *trial, o bundle.Options, n *tally, told bool) {
	start := time.Now()
	x.report = bundle.Verify(context.Background(), x.file, x.size, o)
	took := time.Since(start)
	if took > hang { // a machine that stands still slows one check; what hangs does so again
		start = time.Now()
		bundle.Verify(context.Background(), x.file, x.size, o)
		took = min(took, time.Since(start))
	}
	if int64(took) > n.slowest.Load() {
		n.slowest.Store(int64(took))
	}
	n.tried.Add(1)
	switch {
	case x.report.Exit == bundle.ExitFault:
		t.Errorf("%s: the checker blames itself", x.name)
	case x.report.Exit != bundle.ExitMatches:
	case m.equivalent(x.mutant):
		n.apart.Add(1)
	case n.survived.Add(1) <= 5 && told:
		t.Logf("exits 0: %s", x.name)
	}
}

// listen holds the answers of the second checker against the reports.
func (m *mutants) listen(t *testing.T, second *secondBatch, asked <-chan *trial, n *tally) {
	for x := range asked {
		answer, ok := second.answer()
		<-x.done
		if !ok || !strings.HasPrefix(answer, x.name+": ") {
			t.Errorf("the second checker answers %q to %s", answer, x.name)
			return
		}
		if !agrees(answer, x.report) && n.disagreed.Add(1) <= 10 {
			t.Errorf("the two do not agree: exit %d by %s; the second says %s", x.report.Exit, findings(x.report), answer)
		}
	}
}

// findings returns what a report found, in short.
func findings(r bundle.Report) string {
	var list []string
	for _, q := range r.Questions {
		for _, f := range q.Findings {
			if f.Outcome == bundle.Fail || f.Outcome == bundle.Unknown {
				list = append(list, f.Check+": "+strings.Join(append([]string{f.Text}, f.Detail...), " "))
			}
		}
	}
	return strings.Join(list, "; ")
}

// equivalent tells whether a mutant says the same as the reference: all members are
// the same but for the signature lines of the log's summary, among which the log's
// own and enough co-signatures stand as they were.
func (m *mutants) equivalent(x mutant) bool {
	data, _ := io.ReadAll(io.NewSectionReader(x.file, 0, x.size)) // it is in memory
	o, err := bundle.Open(bytes.NewReader(data), x.size)
	if err != nil || len(o.Members) != len(m.files) {
		return false
	}
	const receipt = "bundle-made.tlog-proof"
	files := bundletest.Split(data)
	for name, content := range files {
		if name != receipt && !bytes.Equal(content, m.files[name]) {
			return false
		}
	}
	was, is := lines(m.files[receipt]), lines(files[receipt])
	kept := 0
	for line := range is {
		if strings.HasPrefix(line, "— ") && was[line] {
			kept++
		}
	}
	for line := range was {
		if !strings.HasPrefix(line, "— ") && !is[line] {
			return false
		}
	}
	return kept >= 1+3
}

// lines returns the lines of a text.
func lines(data []byte) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		set[line] = true
	}
	return set
}

// finish fails the test for survivors and disagreement, and prints the proof.
func (n *tally) finish(t *testing.T, name, control string) {
	t.Helper()
	failures := n.survived.Load() + n.disagreed.Load()
	if failures != 0 {
		t.Errorf("%d of %d exit 0; the two checkers do not agree on %d", n.survived.Load(), n.tried.Load(), n.disagreed.Load())
	}
	t.Logf("the slowest check took %v", time.Duration(n.slowest.Load()))
	proof(t, name, n.tried.Load(), failures, fmt.Sprintf("%s; %d counted apart, in which only a co-signature beyond the quorum differs; the second checker agrees on all but %d",
		control, n.apart.Load(), n.disagreed.Load()))
}

// loose runs the control of a harness: the same kind of mutants against a verifier
// without some checks, of which some have to pass.
func (m *mutants) loose(t *testing.T, each func(yield func(mutant)), without ...string) string {
	t.Helper()
	n := m.refuse(t, bundle.Without(m.o, without...), false, each)
	passed := n.survived.Load() + n.apart.Load()
	if passed == 0 {
		t.Errorf("without %v no mutant passes: the harness shows nothing about it", without)
	}
	return fmt.Sprintf("without %s %d of %d pass", strings.Join(without, ", "), passed, n.tried.Load())
}
