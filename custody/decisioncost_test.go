package custody_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// goalDecision is what a decision may cost, recorded, against a plain append.
const goalDecision = 1.5

// plainAppend appends an entry as an act does that asks nobody: its payload is
// kept, it is signed by person and service, stored, and acknowledged by the service's
// signature. Without a payload it keeps none.
func (h *house) plainAppend(chain custody.Chain, number uint64, payload []byte) error {
	ctx := h.Context()
	recorded := ledger.DigestSet{ledger.SHA256: ledger.Digest{1}}
	if payload != nil {
		blob, err := h.Service.Blobs.Put(ctx, h.id, bytes.NewReader(binary.BigEndian.AppendUint64(bytes.Clone(payload), number)))
		if err != nil {
			return err
		}
		recorded = blob.Recorded()
	}
	n, head, err := h.Store.Head(ctx, chain.ID)
	if err != nil {
		return err
	}
	person, err := h.Service.Signers.Actor(ctx, analyst.ID)
	if err != nil {
		return err
	}
	var id ledger.EntryID
	binary.BigEndian.PutUint64(id[:], number)
	statement, err := ledger.NewStatement(ledger.Predicate{
		Actor: ledger.Actor{ID: analyst.ID, Key: person.KeyID(), Role: "analyst"}, Operation: "consultation",
		Detail: &ledger.AccessDecided{
			Action: "case.read", Allowed: true, AsOf: 5, Release: ledger.Digest{1}, Rules: []string{"R-00", "R-01", "R-02"}, Until: ledger.NewTime(time.Now()),
		},
		Place: ledger.Place{After: ledger.Head{N: n, Commitment: head}, Chain: chain.ID, Entry: id}, Time: ledger.NewTime(time.Now()),
	}, ledger.Subject{Name: "decision", Digest: recorded})
	if err != nil {
		return err
	}
	written, err := custody.Write(statement)
	if err != nil {
		return err
	}
	signed, err := written.Sign(ctx, h.Service.Signers.Service(), person)
	if err != nil {
		return err
	}
	salt, err := ledger.NewSalt(h.Service.Rand)
	if err != nil {
		return err
	}
	digest := ledger.Digest{1}
	binary.BigEndian.PutUint64(digest[:], number)
	placed, err := h.Store.Append(ctx, custody.Request{Digest: digest, Drafts: []custody.Draft{{
		Kind: "access-decided", Case: h.id, Chain: chain.ID, Entry: id, Signed: signed, Salt: salt,
	}}})
	if err != nil {
		return err
	}
	ack := ledger.Acknowledgement{Chain: placed[0].Chain, Commitment: placed[0].Commitment, Index: placed[0].Index, N: placed[0].N, Origin: h.Service.Origin}
	_, err = ack.Sign(ctx, h.Service.Signers.Service())
	return err
}

// TestRecordedDecisionCost measures what a decision costs, from the question to the
// entry, against a plain append of an entry with a payload of the same size: of an
// act, as what the act costs beyond an append of its own, and of a look, which is
// placed alone. Medians of the processor time over rounds that take turns. With
// CUSTOS_LONG set, alone on a machine, a goal that is missed fails it; otherwise what
// costs twice the goal.
func TestRecordedDecisionCost(t *testing.T) {
	if processorTime() == 0 {
		t.Skip("processor time is not told here")
	}
	long := os.Getenv("CUSTOS_LONG") != ""
	rounds, most := 3, 2*goalDecision
	if long {
		rounds, most = 11, goalDecision
	}
	c := costOfDecision(t, rounds)
	t.Logf("a plain append, signed, stored and acknowledged, with a payload CPU %.0f us", c.plain)
	t.Logf("a decision with its act, asked, signed and stored          CPU %.0f us, %.2f of it (goal %.2f)", c.ofAct, c.ofAct/c.plain, goalDecision)
	t.Logf("a decision to look, asked, signed and stored, all by itself CPU %.0f us, %.2f of it", c.ofLook, c.ofLook/c.plain)
	if c.ofAct/c.plain > most || c.ofLook/c.plain > most {
		t.Errorf("a recorded decision costs %.2f or %.2f of a plain append, more than %.2f", c.ofAct/c.plain, c.ofLook/c.plain, most)
	}
}

// quiet publishes nothing: that is no part of what is measured.
type quiet struct{ custody.Recorder }

func (quiet) Checkpoint(context.Context, uint64) ([]byte, ledger.Checkpoint, error) {
	return nil, ledger.Checkpoint{}, nil
}

func (quiet) Receipt(context.Context, uint64) ([]byte, error) { return nil, nil }

// decisionCosts are medians. Units: microseconds of processor time.
type decisionCosts struct{ plain, ofAct, ofLook float64 }

func costOfDecision(t *testing.T, rounds int) decisionCosts {
	t.Helper()
	h := withCase(t)
	h.clock.step = time.Millisecond
	chains, err := h.Store.Chains(t.Context(), h.id)
	if err != nil {
		t.Fatal(err)
	}
	reads := chains[slices.IndexFunc(chains, func(c custody.Chain) bool { return c.Kind == ledger.Reads })]
	payload := bytes.Repeat([]byte("f"), 2000) // as large as the facts of a decision
	number := uint64(1) << 40
	const each = 100
	config := h.Service.Config
	config.Recorder = quiet{config.Recorder}
	unpublished := custody.New(config)
	measure := func(do func() error) float64 {
		runtime.GC()
		before := processorTime()
		for range each {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
		return float64((processorTime() - before).Microseconds()) / each
	}
	var plain, acts, looks []float64
	for range rounds {
		look := measure(func() error {
			_, err := h.Service.Cases().Files(t.Context(), analyst, h.id, custody.Ask{})
			return err
		})
		listed := measure(func() error { // what it lists, without the decision
			_, err := h.Service.Cases().Unread(t.Context(), h.id)
			return err
		})
		act := measure(func() error {
			_, err := unpublished.Defects().Record(t.Context(), analyst, custody.RecordDefect{
				Case: h.id, ID: "D-7", Title: "A title", Effect: "An effect.", Entries: []ledger.EntryID{h.authority},
			})
			return err
		})
		bare := measure(func() error { // the act's own append, and its look at the entry that it names
			number++
			if _, err := h.Store.ByEntryID(t.Context(), h.authority); err != nil {
				return err
			}
			return h.plainAppend(reads, number, nil)
		})
		whole := measure(func() error {
			number++
			return h.plainAppend(reads, number, payload)
		})
		plain, acts, looks = append(plain, whole), append(acts, act-bare), append(looks, look-listed)
	}
	for _, list := range [][]float64{plain, acts, looks} {
		slices.Sort(list)
	}
	return decisionCosts{plain[rounds/2], acts[rounds/2], looks[rounds/2]}
}
