package custody

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// The collections of policy releases; all belong to the organisation.
const (
	inProposals = "proposals" // by digest of the release
	inApprovals = "approvals" // by digest of the release and entry
	inForces    = "forces"    // every coming into force, by place in the log
	theRules    = "rules"     // in inReleases: the release in force
)

// proposedFact is a release as it was put forward.
type proposedFact struct {
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Name    string           `json:"name"`
	Payload ledger.DigestSet `json:"payload"`
	Release ledger.Digest    `json:"release"`
	Time    ledger.Time      `json:"time"`
}

// approvedFact is one person's approval of a release.
type approvedFact struct {
	By      string         `json:"by"`
	Entry   ledger.EntryID `json:"entry"`
	Index   ledger.Index   `json:"index"`
	Key     ledger.KeyID   `json:"key"`
	Release ledger.Digest  `json:"release"`
	Role    string         `json:"role"`
	Time    ledger.Time    `json:"time"`
}

// released projects a release that came into force.
func (p *projection) released(d *ledger.PolicyReleased) {
	fact := releaseFact{p.by(), p.entry(), p.at.Index, d.Name, d.Release, p.Predicate.Time}
	if d.Name == coSigners {
		p.add(inReleases, coSigners, fact) // the newest one is in force
		return
	}
	p.add(inReleases, d.Release.String(), fact)
	p.add(inReleases, theRules, fact)
	p.add(inForces, fmt.Sprintf("%016d", p.at.Index), fact)
}

// releaseFacts says who wrote a release and who approves of it. An approval counts
// until the release comes into force, and while the key that signed it has not
// been revoked for a reason other than that another replaced it.
// Errors: ErrNotFound when nobody put it forward.
func (a *act) releaseFacts(ctx context.Context, release ledger.Digest, asOf uint64) (*policy.Release, error) {
	proposed, err := find[proposedFact](ctx, a.Store, "", inProposals, release.String(), asOf)
	if errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("nobody has put a policy release %s forward: see policy list: %w", release, ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	facts := &policy.Release{ApprovedBy: []policy.Approval{}, Author: proposed.By, Release: release.String()}
	approvals, err := a.approvals(ctx, release, asOf)
	if err != nil {
		return nil, err
	}
	for _, g := range approvals {
		if g.counts {
			facts.ApprovedBy = append(facts.ApprovedBy, policy.Approval{Actor: g.By, Role: policy.Role(g.Role)})
		}
	}
	slices.SortFunc(facts.ApprovedBy, func(a, b policy.Approval) int {
		return cmp.Or(strings.Compare(a.Actor, b.Actor), strings.Compare(string(a.Role), string(b.Role)))
	})
	facts.ApprovedBy = slices.Compact(facts.ApprovedBy)
	return facts, nil
}

// approval is an approval, and whether it still counts.
type approval struct {
	approvedFact
	counts bool
}

// approvals returns the approvals of a release, in the order of the log.
func (s *Service) approvals(ctx context.Context, release ledger.Digest, asOf uint64) ([]approval, error) {
	all, err := list[approvedFact](ctx, s.Store, "", inApprovals, asOf)
	if err != nil {
		return nil, err
	}
	last, published, err := maybe[releaseFact](ctx, s.Store, "", inReleases, release.String(), asOf)
	if err != nil {
		return nil, err
	}
	var out []approval
	for _, g := range all {
		if g.Release != release {
			continue
		}
		ended, revoked, err := maybe[revokedFact](ctx, s.Store, "", inRevoked, g.Key.String(), asOf)
		if err != nil {
			return nil, err
		}
		counts := (!published || g.Index > last.Index) && (!revoked || ended.Reason == replaced)
		out = append(out, approval{g, counts})
	}
	slices.SortFunc(out, func(a, b approval) int { return cmp.Compare(a.Index, b.Index) })
	return out, nil
}

// Release is a policy release as the log knows it.
// Shape: Text is there only where it was asked for. Author is empty of a release
// that this program holds and nobody put forward.
type Release struct {
	Release  ledger.Digest
	Name     string
	Author   string
	Proposed ledger.Time
	Entry    ledger.EntryID // that put it forward
	Approved []Approved
	Forces   []Force // every time that it was in force, in order
	InForce  bool
	Built    bool // this program was built with it
}

// Approved is one approval of a release.
type Approved struct {
	By     string
	Role   string
	Entry  ledger.EntryID
	Time   ledger.Time
	Counts bool // towards putting it in force: it is newer than the last time that was done
}

// Force is a time in which a release was in force.
// Shape: Until is zero while it lasts. Asof From-index on, decisions are taken
// under it.
type Force struct {
	By    string
	Entry ledger.EntryID
	Index ledger.Index
	From  ledger.Time
	Until ledger.Time
}

// List returns every release that was put forward, in the order of the log, and
// the one that this program was built with if nobody did.
//
// Rules hold nothing of a case: whoever can open the record may see them.
func (u Releases) List(ctx context.Context) ([]Release, error) {
	proposed, err := list[proposedFact](ctx, u.s.Store, "", inProposals, 0)
	if err != nil {
		return nil, err
	}
	forces, err := list[releaseFact](ctx, u.s.Store, "", inForces, 0)
	if err != nil {
		return nil, err
	}
	built, err := u.s.Rules.Built()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(proposed, func(a, b proposedFact) int {
		return cmp.Or(a.Time.Compare(b.Time.Time), strings.Compare(a.Entry.String(), b.Entry.String()))
	})
	own, known := digestOf(built), false
	var out []Release
	for _, p := range proposed {
		r := Release{Release: p.Release, Name: p.Name, Author: p.By, Proposed: p.Time, Entry: p.Entry, Built: p.Release == own}
		approvals, err := u.s.approvals(ctx, p.Release, 0)
		if err != nil {
			return nil, err
		}
		for _, g := range approvals {
			r.Approved = append(r.Approved, Approved{g.By, g.Role, g.Entry, g.Time, g.counts})
		}
		known = known || r.Built
		out = append(out, r)
	}
	for i, f := range forces {
		var until ledger.Time
		if i+1 < len(forces) {
			until = forces[i+1].Time
		}
		for j := range out {
			if out[j].Release == f.Release {
				out[j].Forces = append(out[j].Forces, Force{f.By, f.Entry, f.Index, f.Time, until})
				out[j].InForce = i+1 == len(forces)
			}
		}
	}
	if !known {
		out = append(out, Release{Release: own, Name: "built into this program", Built: true})
	}
	return out, nil
}

// Names for two releases that every log has.
const (
	NameInForce = "in-force"
	NameBuilt   = "built"
)

// Named returns the release that people call by the beginning of its digest (8
// digits or more), by its name, or by one of the two words above.
// Errors: ErrNotFound; ErrConflict when two are called so.
func (u Releases) Named(ctx context.Context, name string) (Release, error) {
	all, err := u.List(ctx)
	if err != nil {
		return Release{}, err
	}
	var found []Release
	for _, r := range all {
		digest := r.Release.String()
		if name == NameInForce && r.InForce || name == NameBuilt && r.Built || len(name) >= 8 && strings.HasPrefix(digest, name) || r.Name == name && !reads(name) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Release{}, fmt.Errorf("there is no policy release called %q; policy list shows them: %w", name, ErrNotFound)
	}
	return Release{}, fmt.Errorf("%d policy releases are called %q: say more of the digest: %w", len(found), name, ErrConflict)
}

// Prepare opens the release in force, and every other that two people have
// approved, so that no decision waits for a compiler.
// Errors: those of the release in force; another that cannot be opened is refused
// when it is to be published.
func (u Releases) Prepare(ctx context.Context) error {
	if _, err := u.s.inForce(ctx, 0); err != nil {
		return err
	}
	proposed, err := list[proposedFact](ctx, u.s.Store, "", inProposals, 0)
	if err != nil {
		return err
	}
	for _, p := range proposed {
		approvals, err := u.s.approvals(ctx, p.Release, 0)
		if err != nil {
			return err
		}
		approvals = slices.DeleteFunc(approvals, func(g approval) bool { return !g.counts })
		if len(approvals) < 2 {
			continue
		}
		if _, err := u.s.authoriserOf(ctx, p.Release); err != nil && ctx.Err() != nil {
			return err
		}
	}
	return nil
}
