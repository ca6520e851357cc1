package custody

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"custos.example/ledger"
	"custos.example/policy"
)

// Releases is the policy releases of a log: who put them forward, who approved
// them, and which is in force since when.
type Releases struct{ s *Service }

// ProposeRelease puts a policy release forward.
type ProposeRelease struct {
	Ask
	Name string // for people, such as "2026-11: renewals"
	Text []byte // as policy export writes it; its SHA-256 names the release
}

// ProposedRelease is a release that was put forward.
type ProposedRelease struct {
	Proof
	Release ledger.Digest
}

// ApproveRelease approves a release that another person put forward.
type ApproveRelease struct {
	Ask
	Release ledger.Digest
}

// PublishRelease puts a release in force that others wrote and approved.
type PublishRelease struct {
	Ask
	Release ledger.Digest
}

// maxName is the most characters of a release's name.
const maxName = 120

// Propose puts a release forward: its text becomes a payload of the organisation,
// so that decisions taken under it can be replayed by any later program. It
// changes no decision.
// Errors: ErrDenied; ErrInvalid when it cannot be read, compiled or explained, or
// when it would allow something because a fact is missing; ErrConflict when it
// was put forward before.
func (u Releases) Propose(ctx context.Context, actor Actor, request ProposeRelease) (ProposedRelease, error) {
	const stage = "proposed"
	a, err := u.s.begin(ctx, actor, "", policy.PolicyPropose, request)
	if err != nil {
		return ProposedRelease{}, err
	}
	release := digestOf(request.Text)
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		proof, err := a.again(ctx, stored, err)
		return ProposedRelease{proof, release}, err
	}
	if err := nameable(request.Name); err != nil {
		return ProposedRelease{}, err
	}
	try := once(func() error { return a.Rules.Try(ctx, request.Text) })
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return ProposedRelease{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{}, func() ([]sheet, error) {
		if earlier, known, err := maybe[proposedFact](ctx, a.Store, "", inProposals, release.String(), 0); err != nil || known {
			if known {
				err = fmt.Errorf("%s put this release forward already, as %q: it can be approved as it is: %w", earlier.By, earlier.Name, ErrConflict)
			}
			return nil, err
		}
		if err := try(); err != nil {
			return nil, fmt.Errorf("the release %s is not put forward: %w", release, err)
		}
		blob, err := a.Blobs.Put(ctx, "", bytes.NewReader(request.Text))
		if err != nil {
			return nil, fmt.Errorf("keep the release: %w", err)
		}
		return []sheet{proposal(stage, chain, request.Name, release, blob)}, nil
	})
	if err != nil {
		return ProposedRelease{}, err
	}
	return ProposedRelease{proofs[0], release}, nil
}

// proposal is the sheet that puts a release forward.
func proposal(stage string, chain Chain, name string, release ledger.Digest, text Blob) sheet {
	return sheet{
		stage: stage, chain: chain, changes: true, detail: &ledger.PolicyProposed{Name: name, Release: release},
		subjects: []ledger.Subject{{Name: "rules", Digest: text.Recorded()}},
	}
}

// firstRelease keeps the text of the release that this program was built with, and
// says so under the service's own name.
func (a *act) firstRelease(ctx context.Context, chain Chain, name string) (sheet, ledger.Digest, error) {
	text, err := a.Rules.Built()
	if err != nil {
		return sheet{}, ledger.Digest{}, fmt.Errorf("the policy release of this program: %w", err)
	}
	release := digestOf(text)
	if release.String() != a.Authoriser.Release() {
		return sheet{}, release, fmt.Errorf("%w: this program decides by %s, and was built with the policy release %s", ErrIntegrity, a.Authoriser.Release(), release)
	}
	blob, err := a.Blobs.Put(ctx, "", bytes.NewReader(text))
	if err != nil {
		return sheet{}, release, fmt.Errorf("keep the policy release: %w", err)
	}
	s := proposal("first release", chain, name, release, blob)
	s.actor, s.undecided = a.itself(), true
	return s, release, nil
}

// digestOf names a text by its SHA-256.
func digestOf(text []byte) ledger.Digest { return sha256.Sum256(text) }

// reads tells whether a name reads as the digest of a release, or its beginning:
// whoever gives one means that release, and none that is called so.
func reads(name string) bool {
	return len(name) >= 8 && strings.Trim(strings.ToLower(name), "0123456789abcdef") == ""
}

// nameable returns nil when a release can bear the name.
func nameable(name string) error {
	if reads(name) || name == NameInForce || name == NameBuilt {
		return fmt.Errorf("a release is not called %q, which names another: call it by words, such as \"2026-11: renewals\": %w", name, ErrInvalid)
	}
	length := len([]rune(name))
	if length == 0 || length > maxName || name == coSigners || slices.ContainsFunc([]rune(name), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("a release has a name of 1 to %d characters, such as \"2026-11: renewals\", and is not called %q: %w", maxName, coSigners, ErrInvalid)
	}
	return nil
}

// Approve records that the asker has read a release and approves it. What was
// approved before the release last came into force does not count: to go back to
// an earlier release takes the same two people as to go on to a new one.
// Errors: ErrDenied; ErrNotFound when nobody put it forward; ErrConflict when the
// asker has approved it.
func (u Releases) Approve(ctx context.Context, actor Actor, request ApproveRelease) (Proof, error) {
	const stage = "approved"
	a, err := u.s.begin(ctx, actor, "", policy.PolicyApprove, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	chain, err := a.chain(ctx, "", ledger.Organisation)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{release: &request.Release}, func() ([]sheet, error) {
		facts, err := a.releaseFacts(ctx, request.Release, 0)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(facts.ApprovedBy, func(g policy.Approval) bool { return g.Actor == a.actor.ID }) {
			return nil, fmt.Errorf("you have approved the release %s already: %w", request.Release, ErrConflict)
		}
		return []sheet{{stage: stage, chain: chain, changes: true, detail: &ledger.PolicyApproved{Release: request.Release}}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// Publish puts a release in force: from its entry on every decision of the log, on
// every server, is taken under it. It is tried and compiled before, so that no
// decision waits for that.
// Errors: ErrDenied; ErrNotFound when nobody put it forward; ErrInvalid when this
// program cannot open it; ErrConflict when it is in force, or when it lacks two
// approvals, whatever the rules in force make of that.
func (u Releases) Publish(ctx context.Context, actor Actor, request PublishRelease) (Proof, error) {
	const stage = "released"
	a, err := u.s.begin(ctx, actor, "", policy.PolicyRelease, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, stage); done || err != nil {
		return a.again(ctx, stored, err)
	}
	try := once(func() error {
		text, err := u.Text(ctx, request.Release)
		if err != nil {
			return err
		}
		return a.Rules.Try(ctx, text)
	})
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, stage, resource{release: &request.Release}, func() ([]sheet, error) {
		proposed, err := a.publishable(ctx, request.Release)
		if err != nil {
			return nil, err
		}
		if err := try(); err != nil {
			return nil, fmt.Errorf("the release %s is not put in force: %w", request.Release, err)
		}
		return []sheet{{
			stage: stage, chain: keys, changes: true, detail: &ledger.PolicyReleased{Name: proposed.Name, Release: request.Release},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// publishable is the second wall behind the rules: whatever the release in force
// allows, none follows it that two people who did not write it have not approved.
func (a *act) publishable(ctx context.Context, release ledger.Digest) (proposedFact, error) {
	proposed, err := find[proposedFact](ctx, a.Store, "", inProposals, release.String(), 0)
	if err != nil {
		return proposed, err
	}
	newest, err := a.releaseInForce(ctx, 0)
	if err != nil {
		return proposed, err
	}
	if newest == release {
		return proposed, fmt.Errorf("the release %s is in force: %w", release, ErrConflict)
	}
	facts, err := a.releaseFacts(ctx, release, 0)
	if err != nil {
		return proposed, err
	}
	people := map[string]bool{}
	for _, g := range facts.ApprovedBy {
		people[g.Actor] = g.Actor != proposed.By && g.Actor != a.actor.ID
	}
	apart := 0
	for _, counts := range people {
		if counts {
			apart++
		}
	}
	if apart < 2 {
		return proposed, fmt.Errorf("a release comes into force when two people have approved it who neither wrote it nor publish it; %d have: "+
			"have it approved with policy approve: %w", apart, ErrConflict)
	}
	return proposed, nil
}

// once tries a release after it was allowed, and not again when the record moved on
// meanwhile: the text is the same.
func once(try func() error) func() error {
	done := false
	return func() error {
		if done {
			return nil
		}
		err := try()
		done = err == nil
		return err
	}
}

// Text returns the text of a release that was put forward in this log, or that
// this program was built with.
// Errors: ErrNotFound; ErrIntegrity when what is kept is not what was recorded.
func (u Releases) Text(ctx context.Context, release ledger.Digest) ([]byte, error) {
	proposed, known, err := maybe[proposedFact](ctx, u.s.Store, "", inProposals, release.String(), 0)
	if err != nil {
		return nil, err
	}
	if !known {
		if built, err := u.s.Rules.Built(); err == nil && digestOf(built) == release {
			return built, nil
		}
		return nil, fmt.Errorf("the text of the policy release %s is neither in this log nor in this program: put it forward with policy propose: %w", release, ErrNotFound)
	}
	text, err := u.s.document(ctx, "", proposed.Payload)
	if err != nil {
		return nil, err
	}
	if digestOf(text) != release {
		return nil, fmt.Errorf("%w: the text kept of the policy release %s is another", ErrIntegrity, release)
	}
	return text, nil
}

// inForce returns what decides by the release that was in force when the log had
// asOf entries; 0 is now.
func (s *Service) inForce(ctx context.Context, asOf uint64) (Authoriser, error) {
	release, err := s.releaseInForce(ctx, asOf)
	if err != nil {
		return nil, err
	}
	return s.authoriserOf(ctx, release)
}

// releaseInForce returns the release that was in force when the log had asOf
// entries; 0 is now.
func (s *Service) releaseInForce(ctx context.Context, asOf uint64) (ledger.Digest, error) {
	fact, err := find[releaseFact](ctx, s.Store, "", inReleases, theRules, asOf)
	if !errors.Is(err, ErrNotFound) {
		return fact.Release, err
	}
	if size, err := s.Store.Size(ctx); err != nil || size > 0 {
		return fact.Release, errors.Join(fmt.Errorf("%w: the record names no policy release", ErrIntegrity), err)
	}
	return fact.Release, fmt.Errorf("this folder holds no record yet: found one with init: %w", ErrNotFound)
}

// authoriserOf returns what decides by a release: that of this program, or one
// whose text stands in the log, in force or not.
// Errors: ErrNotFound; ErrInvalid when this program cannot open it.
func (s *Service) authoriserOf(ctx context.Context, release ledger.Digest) (Authoriser, error) {
	if s.Authoriser.Release() == release.String() {
		return s.Authoriser, nil
	}
	if ready, found := s.Rules.Ready(release.String()); found {
		return ready, nil
	}
	text, err := s.Releases().Text(ctx, release)
	if err != nil {
		return nil, err
	}
	opened, err := s.Rules.Open(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("this program cannot decide by the policy release %s; use the program of that release: %w", release, err)
	}
	return opened, nil
}
