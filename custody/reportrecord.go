package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// caseRecord is what the record has of one case as of a place in the log, as far as
// reports look at it.
type caseRecord struct {
	*act
	ask         reportAsk
	about       caseFact
	registered  ledger.EntryID
	authorities []authorityUse
	datasets    []producedFact
	runs        []producedFact
	exhibits    []exhibitFact
	looks       []lookFact
	returns     []returned
	errors      []KnownError
	asked       []requestedFact
	decided     map[ledger.EntryID]permittedFact // newest, by the request
	costs       []Cost
}

// returned is one file of communications data that was received.
type returned struct {
	evidenceFact
	said     policy.Source // what it was said to hold; zero when that is not on record
	declared bool
	records  uint64 // received, of its newest data set
	dataset  ledger.EntryID
	sha256   string // of the file; empty when it is there no more
}

// authorityUse is an authority, and what was made under it.
type authorityUse struct {
	first    ledger.EntryID
	document AuthorityDocument
	gone     bool // what the record said of it was erased
	at       ledger.Time
	lastDay  policy.Date
	late     []policy.Date
	returns  []ledger.EntryID
	runs     []ledger.EntryID
	exhibits []ledger.EntryID
	reads    []ledger.EntryID
}

// name is the reference of the case, or its id when what the record said of it was
// erased.
func (c *caseRecord) name() string { return orDefault(c.about.Reference, string(c.id)) }

// caseAsOf gathers the record of a case.
func (a *act) caseAsOf(ctx context.Context, id CaseID, ask reportAsk) (*caseRecord, error) {
	within := *a
	within.id, within.now = id, ask.on
	c := &caseRecord{act: &within, ask: ask}
	var err error
	if c.about, _, err = maybe[caseFact](ctx, a.Store, id, inCase, string(id), ask.asOf); err != nil {
		return nil, err
	}
	if c.datasets, err = inTime(ctx, c, inDatasets, func(f producedFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry }); err != nil {
		return nil, err
	}
	if c.runs, err = inTime(ctx, c, inRuns, func(f producedFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry }); err != nil {
		return nil, err
	}
	if c.exhibits, err = inTime(ctx, c, inExhibits, func(f exhibitFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry }); err != nil {
		return nil, err
	}
	if c.looks, err = inTime(ctx, c, inLooks, func(f lookFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry }); err != nil {
		return nil, err
	}
	if c.asked, err = inTime(ctx, c, inRequested, func(f requestedFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry }); err != nil {
		return nil, err
	}
	c.decided = map[ledger.EntryID]permittedFact{}
	for _, q := range c.asked {
		answer, known, err := maybe[permittedFact](ctx, a.Store, id, inPermitted, q.Entry.String(), ask.asOf)
		if err != nil {
			return nil, err
		}
		if known {
			c.decided[q.Entry] = answer
		}
	}
	if err := c.readReturns(ctx); err != nil {
		return nil, err
	}
	if err := c.readAuthorities(ctx); err != nil {
		return nil, err
	}
	if c.errors, err = c.knownErrorsAsOf(ctx, ask.asOf); err != nil {
		return nil, err
	}
	c.costs, err = c.act.costs(ctx, ask.asOf)
	return c, err
}

// inTime lists the facts of a collection in the order of their time.
func inTime[F any](ctx context.Context, c *caseRecord, collection string, of func(F) (ledger.Time, ledger.EntryID)) ([]F, error) {
	facts, err := list[F](ctx, c.Store, c.id, collection, c.ask.asOf)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(facts, func(x, y F) int {
		t, e := of(x)
		u, f := of(y)
		return cmp.Or(t.Compare(u.Time), cmp.Compare(e.String(), f.String()))
	})
	return facts, nil
}

// readReturns gathers the files of communications data.
func (c *caseRecord) readReturns(ctx context.Context) error {
	files, err := inTime(ctx, c, inEvidence, func(f evidenceFact) (ledger.Time, ledger.EntryID) { return f.Time, f.Entry })
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.Reference != "" || len(f.Authority) == 0 {
			continue // no communications data
		}
		r := returned{evidenceFact: f}
		r.said, err = c.saidOf(ctx, c.id, f.Entry)
		switch {
		case err == nil:
			r.declared = true
		case !errors.Is(err, ErrNotFound):
			return fmt.Errorf("what %s is said to hold: %w", f.Item, err)
		}
		blob, err := c.Blobs.Find(ctx, c.id, f.Payload)
		if err = unlessErased(err); err != nil {
			return fmt.Errorf("file %s: %w", f.Item, err)
		}
		if blob.Address != "" {
			r.sha256 = blob.SHA256.String()
		}
		for _, d := range c.datasets {
			if slices.ContainsFunc(d.Dependencies, func(on ledger.Dependency) bool { return on.Entry != nil && *on.Entry == f.Entry }) {
				r.records, r.dataset = d.Balance.Received, d.Entry // in the order of time: the newest is left
			}
		}
		c.returns = append(c.returns, r)
	}
	return nil
}

// readAuthorities gathers the authorities and what was made under them.
func (c *caseRecord) readAuthorities(ctx context.Context) error {
	facts, err := list[authorityFact](ctx, c.Store, c.id, inAuthority, c.ask.asOf)
	if err != nil {
		return err
	}
	for _, f := range facts {
		u := authorityUse{first: f.First, lastDay: policy.NoDate}
		first, err := find[authorityFact](ctx, c.Store, c.id, inStates, f.First.String()+" "+f.First.String(), c.ask.asOf)
		if err != nil {
			return fmt.Errorf("authority %s: %w", f.First, err)
		}
		u.at = first.Time
		state, err := c.stateOf(ctx, c.id, f, c.ask.asOf)
		switch {
		case errors.Is(err, ErrNotFound):
			u.gone = true
		case err != nil:
			return fmt.Errorf("authority %s: %w", f.First, err)
		default:
			extent, err := c.extentAsOf(ctx, state, c.ask.asOf)
			if err != nil {
				return fmt.Errorf("authority %s: %w", f.First, err)
			}
			u.document, u.lastDay, u.late = state.document, extent.LastDay, extent.Late
		}
		c.authorities = append(c.authorities, u)
	}
	slices.SortFunc(c.authorities, func(x, y authorityUse) int {
		return cmp.Or(x.at.Compare(y.at.Time), cmp.Compare(x.first.String(), y.first.String()))
	})
	return c.readUse(ctx)
}

// readUse notes what was made under each authority, and who read what was obtained
// under it.
func (c *caseRecord) readUse(ctx context.Context) error {
	under := map[ledger.EntryID]*authorityUse{}
	for n := range c.authorities {
		under[c.authorities[n].first] = &c.authorities[n]
	}
	note := func(authority []ledger.EntryID, add func(*authorityUse)) {
		for _, id := range authority {
			if u := under[id]; u != nil {
				add(u)
			}
		}
	}
	for _, r := range c.returns {
		note(r.Authority, func(u *authorityUse) { u.returns = append(u.returns, r.Entry) })
	}
	for _, r := range c.runs {
		note(r.Authority, func(u *authorityUse) { u.runs = append(u.runs, r.Entry) })
	}
	for _, x := range c.exhibits {
		note(x.Authority, func(u *authorityUse) { u.exhibits = append(u.exhibits, x.Entry) })
	}
	for _, l := range c.looks {
		if !l.Allowed || l.Action != string(policy.RowRead) {
			continue
		}
		question, err := documentOf[consultation](ctx, c.Service, c.id, l.Payload)
		if errors.Is(err, ErrNotFound) {
			continue // erased
		}
		if err != nil {
			return fmt.Errorf("decision %s: %w", l.Entry, err)
		}
		authority, err := c.authorityOf(ctx, question.Custom.Asked)
		if err != nil {
			return fmt.Errorf("decision %s: %w", l.Entry, err)
		}
		note(authority, func(u *authorityUse) { u.reads = append(u.reads, l.Entry) })
	}
	return nil
}

// authorityOf are the authorities behind what somebody asked to read.
func (c *caseRecord) authorityOf(ctx context.Context, q asked) ([]ledger.EntryID, error) {
	switch {
	case q.Dataset != (ledger.EntryID{}):
		for _, collection := range []string{inDatasets, inRuns} {
			fact, known, err := maybe[producedFact](ctx, c.Store, c.id, collection, q.Dataset.String(), c.ask.asOf)
			if known || err != nil {
				return fact.Authority, err
			}
		}
	case q.Exhibit != (ledger.EntryID{}):
		fact, _, err := maybe[exhibitFact](ctx, c.Store, c.id, inExhibits, q.Exhibit.String(), c.ask.asOf)
		return fact.Authority, err
	}
	return nil, nil
}

// authority returns an authority of the case by its first entry.
func (c *caseRecord) authority(first ledger.EntryID) (authorityUse, bool) {
	n := slices.IndexFunc(c.authorities, func(u authorityUse) bool { return u.first == first })
	if n < 0 {
		return authorityUse{}, false
	}
	return c.authorities[n], true
}

// commsData tells whether the authority is one for communications data.
func (u authorityUse) commsData() bool {
	return u.document.Regime == policy.RIPA || u.document.Regime == policy.IPA
}

// unused tells whether something was obtained and nothing was made of it or read.
func (u authorityUse) unused() bool {
	return len(u.returns) > 0 && len(u.runs)+len(u.exhibits)+len(u.reads) == 0
}

// unlessErased is nil for what was lawfully erased.
func unlessErased(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
