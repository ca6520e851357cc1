package custody

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"custos.example/ledger"
	"custos.example/policy"
)

// Ceremony is a key ceremony as its transcript tells it.
type Ceremony struct {
	Ask
	Officers   []string
	Purpose    string
	Transcript []byte
}

// maxTranscript is the longest transcript that is recorded.
const maxTranscript = 1 << 20

// Held records that a key ceremony was held, with its transcript as a payload.
func (k Keys) Held(ctx context.Context, actor Actor, request Ceremony) (Proof, error) {
	a, err := k.s.begin(ctx, actor, "", policy.CeremonyRecord, request)
	if err != nil {
		return Proof{}, err
	}
	if stored, done, err := a.earlier(ctx, "ceremony"); done || err != nil {
		return a.again(ctx, stored, err)
	}
	officers := slices.Sorted(slices.Values(request.Officers))
	if len(slices.Compact(slices.Clone(officers))) < 2 || len(request.Transcript) == 0 || len(request.Transcript) > maxTranscript {
		return Proof{}, fmt.Errorf("a ceremony has two officers or more and a transcript of at most %d bytes: %w", maxTranscript, ErrInvalid)
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "ceremony", resource{}, func() ([]sheet, error) {
		blob, err := a.Blobs.Put(ctx, "", bytes.NewReader(request.Transcript))
		if err != nil {
			return nil, fmt.Errorf("keep the transcript: %w", err)
		}
		return []sheet{{
			stage: "ceremony", chain: keys, detail: &ledger.CeremonyHeld{Officers: request.Officers, Purpose: request.Purpose},
			subjects: []ledger.Subject{{Name: "transcript", Digest: blob.Recorded()}},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	return proofs[0], nil
}

// CloseLog closes the log.
type CloseLog struct {
	Ask
	Next   string // origin of the log that follows
	Reason string
}

// Close appends the last entry of the log, which names the log that follows.
// Nothing can be added afterwards, not even
// the record of a look; so nothing can be read through the service any more.
// Errors: ErrInvalid when the next log has no name, or this one's.
func (k Keys) Close(ctx context.Context, actor Actor, request CloseLog) (Proof, error) {
	if _, err := ledger.NewNoteKey(request.Next, ledger.LogKey, ledger.PublicKey{}); err != nil || request.Next == k.s.Origin || request.Reason == "" {
		return Proof{}, fmt.Errorf("say which log follows (another name than %s) and why this one ends: %w", k.s.Origin, ErrInvalid)
	}
	a, err := k.s.begin(ctx, actor, "", policy.LogClose, request)
	if err != nil {
		return Proof{}, err
	}
	keys, err := a.chain(ctx, "", ledger.Keys)
	if err != nil {
		return Proof{}, err
	}
	proofs, err := a.commit(ctx, "closed", resource{}, func() ([]sheet, error) {
		return []sheet{{
			stage: "closed", chain: keys, changes: true, detail: &ledger.LogClosed{Next: request.Next, Reason: request.Reason},
		}}, nil
	})
	if err != nil {
		return Proof{}, err
	}
	if err := a.receipt(ctx, &proofs[0]); err != nil {
		return proofs[0], fmt.Errorf("the log is closed: %w", err)
	}
	return proofs[0], nil
}

// Last returns the entry that closed the log, with its receipt under the last
// checkpoint.
// Errors: ErrNotFound when the log is open; ErrNotCoSigned.
func (k Keys) Last(ctx context.Context) (Stored, []byte, error) {
	fact, err := find[closedFact](ctx, k.s.Store, "", inClosed, theEnd, 0)
	if err != nil {
		return Stored{}, nil, fmt.Errorf("end of the log: %w", err)
	}
	last, err := k.s.Store.ByEntryID(ctx, fact.Entry)
	if err != nil {
		return last, nil, fmt.Errorf("last entry of the log: %w", err)
	}
	if _, _, err := k.s.Recorder.Checkpoint(ctx, uint64(last.Index)+1); err != nil {
		return last, nil, fmt.Errorf("last checkpoint of the log: %w", err)
	}
	receipt, err := k.s.Recorder.Receipt(ctx, uint64(last.Index))
	return last, receipt, err
}

// End says how this log was closed, and which log it continues; both empty when
// neither.
type End struct {
	Next, Reason, Time string       // of a log that was closed
	Index              ledger.Index //
	Continues          []Continued
}

// Continued is a log that this one continues.
type Continued struct {
	Origin, Reason string
	Root           ledger.Digest
	Size           uint64
}

// End returns how the log ends and begins.
func (k Keys) End(ctx context.Context) (End, error) {
	var end End
	fact, closed, err := maybe[closedFact](ctx, k.s.Store, "", inClosed, theEnd, 0)
	if err != nil {
		return end, err
	}
	if closed {
		end.Next, end.Reason, end.Index = fact.Next, fact.Reason, fact.Index
		end.Time = fact.Time.UTC().Format("2 January 2006, 15:04:05 UTC")
	}
	links, err := list[linkFact](ctx, k.s.Store, "", inLinks, 0)
	for _, link := range links {
		end.Continues = append(end.Continues, Continued{link.Origin, link.Reason, link.Root, link.Size})
	}
	return end, err
}
