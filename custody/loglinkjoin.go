package custody

import (
	"context"
	"errors"
	"fmt"
	"io"

	"custos.example/ledger"
	"custos.example/policy"
)

// JoinLog brings the newest head of another log, as State wrote it there.
type JoinLog struct {
	Ask
	Content io.Reader
	// Reason makes it a joining anew after the log showed what contradicts what it
	// had shown; empty = an ordinary one.
	Reason string
}

// Joined says how a log stands after it was joined.
type Joined struct {
	Proof
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Words   string  `json:"words"`
	Size    uint64  `json:"size"`
}

// State writes this log's newest head with every leaf under it, sealed to the force.
// Both are public, and writing them adds nothing to the log: a log that ends early
// shows itself as it is.
// Errors: ErrNotFound when there is no force.
func (l Links) State(ctx context.Context, w io.Writer) (ledger.Checkpoint, error) {
	force, err := l.s.force(ctx)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	size, err := l.s.Store.Size(ctx)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	p, err := l.s.newPack(ctx, size, 0)
	if err != nil {
		return ledger.Checkpoint{}, err
	}
	head, err := ledger.ParseCheckpoint([]byte(p.header.Checkpoint))
	if err != nil {
		return head.Checkpoint, err
	}
	return head.Checkpoint, p.write(ctx, force.Recipient, w)
}

// Join compares the newest head of another log with what it showed before, and joins
// it. What does not agree is kept, with both heads, and nothing is joined, unless it
// is asked for with a reason.
// Errors: *Broken.
func (l Links) Join(ctx context.Context, actor Actor, request JoinLog) (Joined, error) {
	a, err := l.s.begin(ctx, actor, "", policy.LogLink, request)
	if err != nil {
		return Joined{}, err
	}
	if err := checkLength("reason", request.Reason); err != nil {
		return Joined{}, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return Joined{}, err
	}
	p, link, err := a.unseal(ctx, request.Content)
	if err != nil {
		return Joined{}, err
	}
	if err := p.end(); err != nil {
		return Joined{}, err
	}
	var found Joined
	proofs, err := a.commit(ctx, "joined", resource{}, func() ([]sheet, error) {
		if link, err = a.linkOf(ctx, p.checkpoint.Origin); err != nil {
			return nil, err
		}
		var sheets []sheet
		sheets, found, err = a.joining(ctx, link, p, request.Reason)
		return sheets, err
	})
	if err != nil {
		return Joined{}, a.keepBroken(ctx, p, err)
	}
	found.Proof = proofs[0]
	return found, a.receipt(ctx, &found.Proof)
}

// unseal opens a pack and checks that it is signed by a log that is known.
func (a *act) unseal(ctx context.Context, content io.Reader) (*pack, *linkState, error) {
	if content == nil {
		return nil, nil, fmt.Errorf("there is no pack: %w", ErrInvalid)
	}
	plain, err := a.Intake.Open(ctx, content)
	if err != nil {
		return nil, nil, err
	}
	p, err := readPack(plain)
	if err != nil {
		return nil, nil, err
	}
	link, err := a.linkOf(ctx, p.checkpoint.Origin)
	if err != nil {
		return nil, nil, err
	}
	if link.Role != KioskLog {
		return nil, nil, fmt.Errorf("the log %s is known here as a %s, not as a kiosk: %w", link.Origin, link.Role, ErrInvalid)
	}
	return p, link, p.signed(link.trust)
}

// joining is what is recorded when a log shows its newest head.
func (a *act) joining(ctx context.Context, link *linkState, p *pack, reason string) ([]sheet, Joined, error) {
	if link.revoked {
		return nil, Joined{}, link.refused()
	}
	head := p.checkpoint.Checkpoint
	j, err := link.judge(head, p.header.From, p.leaves, true)
	if err != nil {
		return nil, Joined{}, err
	}
	found := Joined{Name: link.Name, Verdict: j.verdict, Words: link.words(j, head.Size), Size: head.Size}
	doc := linkDocument{
		Checkpoint: p.header.Checkpoint, Event: LinkJoined, Format: linkFormat, From: uint64(len(link.leaves)), Name: link.Name, Root: head.Root,
		Size: head.Size, Verdict: j.verdict,
	}
	switch {
	case j.verdict == Gap || !j.verdict.holds() && reason == "":
		return nil, found, &Broken{Name: link.Name, Verdict: j.verdict, Words: found.Words}
	case j.verdict.holds() && reason != "":
		return nil, found, fmt.Errorf("%s There is nothing to join anew: leave the reason out: %w", found.Words, ErrConflict)
	case !j.verdict.holds():
		doc.Event, doc.From, doc.Common, doc.Lost, doc.Reason = LinkRejoined, j.common, j.common, uint64(len(link.leaves)), reason
	}
	if err := p.verify(j.all); err != nil {
		return nil, found, err
	}
	doc.Leaves = joinLeaves(j.all[doc.From:])
	linked, err := a.linkSheet(ctx, link.Origin, string(doc.Event)+": "+string(j.verdict), head.Size, head.Root)
	if err != nil {
		return nil, found, err
	}
	row, err := a.rowSheet(ctx, "joined", extractionRegister, nameOfLog(link.Name), ledger.EntryID{}, true, doc)
	return []sheet{row, linked}, found, err
}

// refused says that a log is not believed any more.
func (l *linkState) refused() error {
	return &Broken{Name: l.Name, Verdict: RevokedThere, Words: l.words(judged{verdict: RevokedThere}, 0)}
}

// keepBroken records what a log showed that contradicts what it had shown, once for
// each head. The service records it: nobody decides that a kiosk shows two
// histories.
func (a *act) keepBroken(ctx context.Context, p *pack, found error) error {
	var broken *Broken
	if !errors.As(found, &broken) {
		return found
	}
	link, err := a.linkOf(ctx, p.checkpoint.Origin)
	if err != nil {
		return errors.Join(found, err)
	}
	for _, row := range link.history {
		if row.Event == LinkShown && row.Size == p.checkpoint.Size && row.Root == p.checkpoint.Root && row.Verdict == broken.Verdict {
			broken.Entry = row.Entry
			return found
		}
	}
	organisation := *a
	organisation.id = ""
	stage := fmt.Sprintf("shown %s %s", broken.Verdict, p.checkpoint.Root)
	row, err := organisation.rowSheet(ctx, stage, extractionRegister, nameOfLog(link.Name), ledger.EntryID{}, true, linkDocument{
		Checkpoint: p.header.Checkpoint, Event: LinkShown, Format: linkFormat, Name: link.Name, Reason: broken.Words, Root: p.checkpoint.Root,
		Size: p.checkpoint.Size, Verdict: broken.Verdict,
	})
	if err != nil {
		return errors.Join(found, err)
	}
	row.undecided, row.actor = true, a.itself()
	proofs, err := a.append(ctx, stage, []sheet{row})
	if err != nil {
		return errors.Join(found, fmt.Errorf("what it showed could not be recorded: %w", err))
	}
	broken.Entry = proofs[0].Entry
	return found
}
