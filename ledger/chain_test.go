package ledger_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"custos.example/ledger"
)

// shownAs returns a chain as a bundle shows it.
func shownAs(c *ledger.Chain, withhold func(uint64) bool) ledger.Chain {
	shown := *c
	shown.Links = slices.Clone(c.Links)
	for i := range shown.Links {
		l := &shown.Links[i]
		if withhold(l.N) {
			l.Envelope, l.Salt = nil, ledger.Salt{}
		} else {
			l.Inner = ledger.Digest{}
		}
		if c.Kind != ledger.Organisation {
			l.Prev = ledger.Commitment{}
		}
	}
	return shown
}

func TestChainVerifies(t *testing.T) {
	w := newWorld(t).fill()
	entries, err := shownAs(w.work, third).Verify()
	if err != nil || len(entries) != 58-17 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	keys, err := shownAs(w.keys, never).Verify()
	if err != nil {
		t.Fatal(err)
	}
	org, err := shownAs(w.org, never).Verify()
	if err != nil || len(org) != 2 {
		t.Fatalf("%d entries of the organisation's chain, %v", len(org), err)
	}
	ring, err := ledger.NewKeyring(keys)
	if err != nil || len(ring) != 3 {
		t.Fatalf("%d keys, %v", len(ring), err)
	}
	for _, e := range slices.Concat(entries, keys, org) {
		if err := ring.Verify(e); err != nil {
			t.Errorf("entry %d: %v", e.N, err)
		}
	}
}

// chainFault spoils a shown work chain.
type chainFault struct {
	name  string
	spoil func(w *world, c *ledger.Chain)
	code  ledger.Code
	where string
}

func chainFaults() []chainFault {
	return []chainFault{
		{"nonce", func(_ *world, c *ledger.Chain) { c.Nonce[0]++ }, ledger.FaultChainName, "work 0"},
		{"kind", func(_ *world, c *ledger.Chain) { c.Kind = ledger.Reads }, ledger.FaultChainName, "reads 0"},
		{"origin", func(_ *world, c *ledger.Chain) { c.Origin = "log.example/other" }, ledger.FaultChainName, "work 0"},
		{"one envelope byte", func(_ *world, c *ledger.Chain) { c.Links[11].Envelope = flip(c.Links[11].Envelope, 99) }, ledger.FaultCommitment, "work 12"},
		{"one salt bit", func(_ *world, c *ledger.Chain) { c.Links[11].Salt[31] ^= 1 }, ledger.FaultCommitment, "work 12"},
		{"inner", func(_ *world, c *ledger.Chain) { c.Links[6].Inner[0] ^= 1 }, ledger.FaultCommitment, "work 7"},
		{"omitted", func(_ *world, c *ledger.Chain) { c.Links = slices.Delete(c.Links, 29, 30) }, ledger.FaultNumber, "work 31"},
		{"doubled", func(_ *world, c *ledger.Chain) { c.Links = slices.Insert(c.Links, 30, c.Links[29]) }, ledger.FaultNumber, "work 30"},
		{"first omitted", func(_ *world, c *ledger.Chain) { c.Links = c.Links[1:] }, ledger.FaultNumber, "work 2"},
		{"number zero", func(_ *world, c *ledger.Chain) { c.Links[0].N = 0 }, ledger.FaultNumber, "work 0"},
		{"huge number", func(_ *world, c *ledger.Chain) { c.Links[57].N = 1<<64 - 1 }, ledger.FaultNumber, "work 18446744073709551615"},
		{"swapped", func(_ *world, c *ledger.Chain) {
			a, b := &c.Links[11], &c.Links[14]
			*a, *b = *b, *a
			a.N, b.N = b.N, a.N
			a.Index, b.Index = b.Index, a.Index
		}, ledger.FaultCommitment, "work 12"},
		{"index repeated", func(_ *world, c *ledger.Chain) { c.Links[11].Index = c.Links[10].Index }, ledger.FaultIndex, "work 12"},
	}
}

// keeperFaults spoil the record itself, all signatures and commitments in order.
func keeperFaults() []chainFault {
	item := &ledger.ItemReceived{Item: "Z", Description: "a phone", From: "an officer"}
	place := func(w *world, c *ledger.Chain, on *ledger.Chain, d draft) {
		w.place(w.work, w.sign(on, d))
		c.Links = append(c.Links, w.work.Links[58])
	}
	return []chainFault{
		{"another chain's", func(w *world, c *ledger.Chain) { place(w, c, w.other, draft{detail: item}) }, ledger.FaultPlaceChain, "work 59"},
		{"twice", func(w *world, c *ledger.Chain) {
			w.place(w.work, signed{w.work.Links[11].Envelope, w.work.Links[11].Salt})
			c.Links = append(c.Links, w.work.Links[58])
		}, ledger.FaultPlaceEntry, "work 59"},
		{"unseen head", func(w *world, c *ledger.Chain) {
			place(w, c, w.work, draft{detail: item, after: &ledger.Head{N: 31, Commitment: ledger.Commitment{1}}})
		}, ledger.FaultPlaceAfter, "work 59"},
		{"head of its own", func(w *world, c *ledger.Chain) {
			place(w, c, w.work, draft{detail: item, after: &ledger.Head{N: 59, Commitment: ledger.Commitment{1}}})
		}, ledger.FaultPlaceAfter, "work 59"},
		{"opened twice", func(w *world, c *ledger.Chain) {
			place(w, c, w.work, draft{detail: &ledger.CaseOpened{Case: caseID, Nonce: w.nonce, ReadsChain: ledger.DeriveChain(origin, ledger.Reads, w.nonce), Reference: "r", Title: "t"}})
		}, ledger.FaultFirst, "work 59"},
		{"a kind of another chain", func(w *world, c *ledger.Chain) {
			place(w, c, w.work, draft{detail: &ledger.KeyRevoked{Key: w.checker.KeyID(), Reason: "r"}})
		}, ledger.FaultStatement, "work 59"},
		{"actor's signature stripped", func(w *world, c *ledger.Chain) {
			s := w.sign(w.work, draft{actor: w.analyst, detail: item})
			w.place(w.work, signed{strip(w.t, s.envelope), s.salt})
			c.Links = append(c.Links, w.work.Links[58])
		}, ledger.FaultEnvelope, "work 59"},
	}
}

// TestChainNamesTheFault spoils a chain and wants exactly one fault, at its place.
func TestChainNamesTheFault(t *testing.T) {
	for _, f := range slices.Concat(chainFaults(), keeperFaults()) {
		t.Run(f.name, func(t *testing.T) {
			w := newWorld(t).fill()
			c := shownAs(w.work, third)
			if _, err := c.Verify(); err != nil {
				t.Fatalf("before: %v", err)
			}
			f.spoil(w, &c)
			_, err := c.Verify()
			if ledger.CodeOf(err) != f.code || !strings.HasPrefix(err.Error(), f.where) {
				t.Errorf("got %v; want %s at %s", err, f.code, f.where)
			}
		})
	}
}

// TestOrganisationShowsWhatFollows: two entries shown side by side must follow each
// other, although the rest of that chain stays hidden.
func TestOrganisationShowsWhatFollows(t *testing.T) {
	w := newWorld(t).fill()
	c := shownAs(w.org, never)
	other := c
	other.Links = slices.Clone(c.Links)
	l := &other.Links[1]
	l.Prev = ledger.Commitment{1}
	if _, err := other.Verify(); ledger.CodeOf(err) != ledger.FaultCommitment {
		t.Errorf("entry 2 states another entry 1 than it follows: %v", err)
	}
	l.Commitment = ledger.Commit(c.ID, l.N, l.Prev, ledger.DeriveInner(l.Salt, l.Envelope))
	if _, err := other.Verify(); ledger.CodeOf(err) != ledger.FaultCommitment || !strings.HasPrefix(err.Error(), "organisation 2") {
		t.Errorf("entry 2 follows another entry 1 than is shown: %v", err)
	}
	alone := c
	alone.Links = c.Links[1:]
	if _, err := alone.Verify(); err != nil {
		t.Errorf("entry 2 alone: %v", err)
	}
}

// TestOneFlippedBitIsOneFault: a checker that reports every later entry too would hide
// where the difference is.
func TestOneFlippedBitIsOneFault(t *testing.T) {
	w := newWorld(t).fill()
	c := shownAs(w.work, third)
	c.Links[11].Envelope = flip(c.Links[11].Envelope, 99)
	_, err := c.Verify()
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatal(err)
	}
	for _, e := range joined.Unwrap() {
		if !strings.HasPrefix(e.Error(), "work 12") {
			t.Errorf("also reported: %v", e)
		}
	}
}

func TestBundleMadeNamesWhatIsShown(t *testing.T) {
	w := newWorld(t).fill()
	work, keys := shownAs(w.work, third), shownAs(w.keys, never)
	good := ledger.BundleMade{Heads: ledger.Heads{Work: ledger.HeadOf(work.Links), Keys: ledger.HeadOf(keys.Links)}}
	for _, l := range work.Links {
		if !l.Shown() {
			good.Withheld = append(good.Withheld, ledger.Withheld{N: l.N, Reason: "sensitive"})
		}
	}
	if err := good.VerifyShown(work.Links, keys.Links); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(d *ledger.BundleMade)
		code  ledger.Code
	}{
		"work head":    {func(d *ledger.BundleMade) { d.Heads.Work.N-- }, ledger.FaultHead},
		"keys head":    {func(d *ledger.BundleMade) { d.Heads.Keys.Commitment[0]++ }, ledger.FaultHead},
		"one too few":  {func(d *ledger.BundleMade) { d.Withheld = d.Withheld[1:] }, ledger.FaultWithheld},
		"one too many": {func(d *ledger.BundleMade) { d.Withheld = slices.Insert(d.Withheld, 0, ledger.Withheld{N: 2}) }, ledger.FaultWithheld},
		"last missing": {func(d *ledger.BundleMade) { d.Withheld = d.Withheld[:len(d.Withheld)-1] }, ledger.FaultWithheld},
		"beyond":       {func(d *ledger.BundleMade) { d.Withheld = append(d.Withheld, ledger.Withheld{N: 99}) }, ledger.FaultWithheld},
	} {
		d := good
		d.Withheld = slices.Clone(good.Withheld)
		c.spoil(&d)
		if err := d.VerifyShown(work.Links, keys.Links); ledger.CodeOf(err) != c.code {
			t.Errorf("%s: got %v; want %s", name, err, c.code)
		}
	}
	hidden := shownAs(w.keys, func(n uint64) bool { return n == 3 })
	if err := good.VerifyShown(work.Links, hidden.Links); ledger.CodeOf(err) != ledger.FaultWithheld {
		t.Errorf("a keys chain with a withheld entry: %v", err)
	}
}

// TestKeyring tries each way in which a key can be wrong for an entry.
func TestKeyring(t *testing.T) {
	w := newWorld(t).fill()
	early := w.sign(w.work, draft{actor: w.checker, detail: &ledger.ItemReceived{Item: "Z", Description: "d", From: "f"}})
	w.add(w.keys, draft{detail: &ledger.KeyRevoked{Key: w.checker.KeyID(), Reason: "left"}})
	keys, err := w.keys.Verify()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := ledger.NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	entryOf := func(s signed, index ledger.Index) ledger.Entry {
		e, err := ledger.ParseEnvelope(s.envelope)
		if err != nil {
			t.Fatal(err)
		}
		st, err := ledger.OpenStatement(e)
		if err != nil {
			t.Fatal(err)
		}
		return ledger.Entry{Link: ledger.Link{N: 59, Index: index}, Signed: e, Statement: st}
	}
	revoked := keys[4].Index
	if err := ring.Verify(entryOf(early, revoked)); err != nil {
		t.Errorf("at the index of its own revocation: %v", err)
	}
	if err := ring.Verify(entryOf(early, revoked+1)); ledger.CodeOf(err) != ledger.FaultRevoked {
		t.Errorf("after its revocation: %v", err)
	}
	if err := ring.Verify(entryOf(early, keys[3].Index-1)); ledger.CodeOf(err) != ledger.FaultRevoked {
		t.Errorf("before its enrolment: %v", err)
	}
	stranger := newKey("stranger")
	if err := ring.Verify(entryOf(w.item(stranger), 90)); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("a stranger's: %v", err)
	}
	honest := w.service
	w.service = w.analyst
	alone := w.item(w.checker)
	w.service = honest
	if err := ring.Verify(entryOf(alone, revoked)); ledger.CodeOf(err) != ledger.FaultRole {
		t.Errorf("recorded by an analyst: %v", err)
	}
	forged := w.rewrite(w.item(stranger), w.analyst, func(object) {})
	e := entryOf(forged, 90)
	e.Signed.Signatures[0].Sig = make([]byte, 64)
	if err := ring.Verify(e); ledger.CodeOf(err) != ledger.FaultSignature {
		t.Errorf("a false signature beside a stranger's: %v", err)
	}
}

// TestKeyringRefusesKeysChains that do not carry themselves.
func TestKeyringRefusesKeysChains(t *testing.T) {
	enrol := func(k testKey, roles ...string) *ledger.KeyEnrolled {
		return &ledger.KeyEnrolled{HeldBy: "service", Holder: k.name, Key: k.KeyID(), Name: k.name, Public: k.public, Roles: roles}
	}
	build := func(more ...draft) error {
		w := newWorld(t)
		w.add(w.keys, draft{detail: &ledger.LogOpened{Origin: origin, KeysNonce: w.keys.Nonce, OrganisationNonce: w.org.Nonce}})
		for _, d := range more {
			w.add(w.keys, d)
		}
		entries, err := w.keys.Verify()
		if err != nil {
			t.Fatal(err)
		}
		_, err = ledger.NewKeyring(entries)
		return err
	}
	service, analyst := newKey("service"), newKey("analyst")
	root := draft{detail: enrol(service, ledger.RoleRecorder)}
	if err := build(root, draft{actor: analyst, detail: enrol(analyst, "analyst")}); err != nil {
		t.Fatalf("a key that signs its own enrolment beside the service: %v", err)
	}
	for name, c := range map[string]struct {
		drafts []draft
		code   ledger.Code
	}{
		"no key":                    {nil, ledger.FaultFirst},
		"root is no recorder":       {[]draft{{detail: enrol(service, "analyst")}}, ledger.FaultFirst},
		"root enrols another":       {[]draft{{detail: enrol(analyst, ledger.RoleRecorder)}}, ledger.FaultFirst},
		"enrolled twice":            {[]draft{root, root}, ledger.FaultRole},
		"revokes a stranger":        {[]draft{root, {detail: &ledger.KeyRevoked{Key: analyst.KeyID(), Reason: "r"}}}, ledger.FaultRole},
		"in another role":           {[]draft{root, {actor: analyst, detail: enrol(analyst, "exhibits-officer")}}, ledger.FaultRole},
		"signed before it enrolled": {[]draft{root, {actor: analyst, detail: &ledger.PolicyReleased{Name: "p", Release: ledger.Digest{1}}}}, ledger.FaultUnknownKey},
	} {
		err := build(c.drafts...)
		if ledger.CodeOf(err) != c.code {
			t.Errorf("%s: got %v; want %s", name, err, c.code)
		}
	}
}

func TestAcknowledgement(t *testing.T) {
	w := newWorld(t).fill()
	l := w.work.Links[30]
	a := ledger.Acknowledgement{Origin: origin, Chain: w.work.ID, N: l.N, Index: l.Index, Commitment: l.Commitment}
	data, err := a.Sign(context.Background(), w.service)
	if err != nil {
		t.Fatal(err)
	}
	read, err := ledger.ParseAcknowledgement(data, ledger.LookUp(w.service.public))
	if err != nil || read != a {
		t.Fatalf("read %+v, %v", read, err)
	}
	if _, err := ledger.ParseAcknowledgement(data, ledger.LookUp(w.analyst.public)); ledger.CodeOf(err) != ledger.FaultUnknownKey {
		t.Errorf("under another key: %v", err)
	}
	if _, err := ledger.ParseAcknowledgement(w.work.Links[2].Envelope, ledger.LookUp(w.service.public, w.analyst.public)); ledger.CodeOf(err) != ledger.FaultEnvelope {
		t.Errorf("a statement's envelope: %v", err)
	}
	last := w.work.Links[57].Index
	if err := a.Verify(origin, w.work.ID, w.work.Links, last); err != nil {
		t.Error(err)
	}
	if err := a.Verify(origin, w.work.ID, w.work.Links[:20], w.work.Links[19].Index); err != nil {
		t.Errorf("an older list: %v", err)
	}
	other := a
	other.Commitment[0]++
	for name, err := range map[string]error{
		"another commitment": other.Verify(origin, w.work.ID, w.work.Links, last),
		"cut before it":      a.Verify(origin, w.work.ID, w.work.Links[:30], last),
		"another chain":      a.Verify(origin, w.other.ID, w.work.Links, last),
		"another log":        a.Verify("log.example/other", w.work.ID, w.work.Links, last),
	} {
		if ledger.CodeOf(err) != ledger.FaultAcknowledge {
			t.Errorf("%s: %v", name, err)
		}
	}
}
