package custody_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/policy/rego"
)

// opening counts what is opened, and by whom.
type opening struct {
	custody.Rules
	opened atomic.Int64
}

func (o *opening) Open(ctx context.Context, text []byte) (custody.Authoriser, error) {
	o.opened.Add(1)
	return o.Rules.Open(ctx, text)
}

// TestNoCompileOnThePath: who publishes has compiled before the entry stands, and
// another server that prepares itself has too; no decision opens anything.
func TestNoCompileOnThePath(t *testing.T) {
	h := withPolicy(t)
	rules := &opening{Rules: h.Service.Rules}
	h.Service.Rules = rules
	release := h.propose(noLooks(t))
	h.approve(release, dpo, sro)
	far, err := rego.Built()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := &opening{Rules: farRules{far, rego.NewEngines()}} // a server whose engines are its own
	config := h.Service.Config
	config.Rules = elsewhere
	other := custody.New(config)
	if err := other.Releases().Prepare(t.Context()); err != nil || elsewhere.opened.Load() != 1 {
		t.Fatalf("%d opened: %v", elsewhere.opened.Load(), err)
	}
	h.publish(release)
	opened := rules.opened.Load()
	for range 5 {
		for _, s := range []*custody.Service{h.Service, other} {
			if err := h.lookUp(s); decidedBy(err) != release.String() {
				t.Errorf("%v", err)
			}
		}
	}
	if here, there := rules.opened.Load()-opened, elsewhere.opened.Load()-1; here != 0 || there != 0 {
		t.Errorf("decisions opened %d releases here, %d there", here, there)
	}
	// Control: a server that was not prepared opens one.
	config.Rules = &opening{Rules: farRules{far, rego.NewEngines()}}
	if err := h.lookUp(custody.New(config)); decidedBy(err) != release.String() || config.Rules.(*opening).opened.Load() != 1 {
		t.Errorf("control: %v", err)
	}
}

// farRules is the rules of another process.
type farRules struct {
	built   []byte
	engines *rego.Engines
}

func (a farRules) Built() ([]byte, error) { return a.built, nil }

func (a farRules) Ready(release string) (custody.Authoriser, bool) {
	e, found := a.engines.Ready(release)
	return e, found
}

func (a farRules) Open(ctx context.Context, text []byte) (custody.Authoriser, error) {
	return a.engines.Open(ctx, text)
}

func (a farRules) Try(ctx context.Context, text []byte) error {
	_, err := a.engines.Open(ctx, text)
	return err
}

// TestReleaseOvertakesDecisions publishes back and forth while others work: every
// decision of the whole log was taken under the release that was in force at the
// size of the log that it names, and none that allowed something was overtaken.
func TestReleaseOvertakesDecisions(t *testing.T) {
	h := withPolicy(t)
	release := h.propose(noLooks(t))
	first, err := h.Service.Releases().Named(t.Context(), custody.NameBuilt)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	var allowed, refused atomic.Int64
	for _, server := range []*custody.Service{h.Service, custody.New(h.Service.Config)} {
		group.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				time.Sleep(10 * time.Millisecond)
				switch err := h.lookUp(server); {
				case err == nil:
					allowed.Add(1)
				case errors.Is(err, custody.ErrDenied):
					refused.Add(1)
				case !errors.Is(err, custody.ErrConflict) && !errors.Is(err, custody.ErrPushback):
					t.Error(err)
				}
			}
		})
	}
	stop := sync.OnceFunc(func() { close(done); group.Wait() })
	defer stop()
	for i := range 4 {
		under := []*atomic.Int64{&allowed, &refused}[i%2] // so that each release is overtaken while it is at work
		for until, limit := under.Load()+5, time.Now().Add(time.Minute); under.Load() < until; {
			if time.Now().After(limit) {
				t.Fatalf("%d allowed, %d refused before publication %d", allowed.Load(), refused.Load(), i)
			}
			time.Sleep(10 * time.Millisecond)
		}
		next := []ledger.Digest{release, first.Release}[i%2]
		h.approve(next, dpo, sro)
		h.publish(next)
	}
	stop()
	wrong, caught := h.wrongReleases(0), 0
	if h.wrongReleases(1) > 0 { // the control: as if each publication stood one entry later
		caught = 1
	}
	if wrong > 0 || caught == 0 || allowed.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d decisions under another release; %d allowed, %d refused; control caught %d", wrong, allowed.Load(), refused.Load(), caught)
	}
	t.Logf("PROOF harness=policy-overtaken trials=%d failures=%d control=\"caught %d of 1\"", allowed.Load()+refused.Load(), wrong, caught)
}

// wrongReleases counts the decisions of the log that were taken under another
// release than the one in force at the size that they name, and those that allow
// something and were overtaken by a publication. Publications are read as standing
// so many entries later.
func (h *house) wrongReleases(later ledger.Index) (wrong int) {
	h.Helper()
	type force struct {
		index   ledger.Index
		release ledger.Digest
	}
	var forces []force
	for _, e := range h.entries("", ledger.Keys) {
		statement, err := e.Statement()
		if err != nil {
			h.Fatal(err)
		}
		if d, ok := statement.Predicate.Detail.(*ledger.PolicyReleased); ok {
			forces = append(forces, force{e.Index + later, d.Release})
		}
	}
	decisions := 0
	for _, stored := range append(h.entries("", ledger.Organisation), h.entries(h.id, ledger.Reads)...) {
		statement, err := stored.Statement()
		if err != nil {
			h.Fatal(err)
		}
		d, ok := statement.Predicate.Detail.(*ledger.AccessDecided)
		if !ok {
			continue
		}
		decisions++
		var in ledger.Digest
		overtaken := false
		for _, f := range forces {
			if uint64(f.index) < d.AsOf {
				in = f.release
			} else if f.index < stored.Index {
				overtaken = true
			}
		}
		if in != d.Release || d.Allowed && overtaken {
			wrong++
		}
	}
	if decisions < 20 || len(forces) < 5 {
		h.Errorf("%d decisions, %d publications", decisions, len(forces))
	}
	return wrong
}

// TestNewerProgram: a program that was built with other rules goes on with those in
// force, names its own as not in force, takes earlier decisions again under the
// rules of their day, and brings its own into force the same way as any.
func TestNewerProgram(t *testing.T) {
	h := withPolicy(t)
	if err := h.lookUp(h.Service); err != nil {
		t.Fatal(err)
	}
	newer := noLooks(t)
	far := farRules{newer, rego.NewEngines()}
	config := h.Service.Config
	own, err := far.Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	config.Rules, config.Authoriser = far, own
	old := h.Service
	h.Service = custody.New(config)
	if err := h.lookUp(h.Service); err != nil {
		t.Errorf("a newer program decides by its own rules: %v", err)
	}
	named, err := h.Service.Releases().Named(t.Context(), custody.NameBuilt)
	if err != nil || named.InForce || named.Release.String() != own.Release() || named.Author != "" {
		t.Errorf("%+v, %v", named, err)
	}
	report, err := h.Service.Audit().Replay(t.Context(), auditor, custody.Replay{Case: h.id, Release: &named.Release})
	if err != nil || report.Decisions == 0 || report.Agree != report.Decisions || report.Changed == 0 {
		t.Errorf("%+v, %v", report, err)
	}
	release := h.propose(newer)
	h.approve(release, dpo, sro)
	h.publish(release)
	for name, s := range map[string]*custody.Service{"the newer program": h.Service, "the older one": old} {
		if err := h.lookUp(s); decidedBy(err) != release.String() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSecondWall puts a release in force that lets an administrator publish what
// nobody approved: none follows it all the same without two people.
func TestSecondWall(t *testing.T) {
	h := withPolicy(t)
	looser := h.propose(edited(t, "input.action == \"policy.release\"\n\tinput.actor.role == \"administrator\"\n\tevery id in required - {\"S-06\"} { met[id] }\n}\n\nallow if {"))
	h.approve(looser, dpo, sro)
	h.publish(looser)
	next := h.propose(noLooks(t))
	publish := func() error {
		_, err := h.Service.Releases().Publish(t.Context(), publisher, custody.PublishRelease{Release: next})
		return err
	}
	if err := publish(); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("published by one person: %v", err)
	}
	h.approve(next, dpo)
	if err := publish(); !errors.Is(err, custody.ErrConflict) {
		t.Errorf("published by two people: %v", err)
	}
	h.approve(next, sro)
	if err := publish(); err != nil {
		t.Errorf("control: %v", err)
	}
}
