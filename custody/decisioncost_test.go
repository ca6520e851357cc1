package custody_test

import (
	"bytes"
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
// kept, it is signed by person and service, and stored.
func (h *house) plainAppend(chain custody.Chain, number uint64, payload []byte) error {
	ctx := h.Context()
	content := binary.BigEndian.AppendUint64(bytes.Clone(payload), number)
	blob, err := h.Service.Blobs.Put(ctx, h.id, bytes.NewReader(content))
	if err != nil {
		return err
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
	}, ledger.Subject{Name: "decision", Digest: blob.Recorded()})
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
	_, err = h.Store.Append(ctx, custody.Request{Digest: digest, Drafts: []custody.Draft{{
		Kind: "access-decided", Case: h.id, Chain: chain.ID, Entry: id, Signed: signed, Salt: salt,
	}}})
	return err
}

// TestRecordedDecisionCost measures what a look costs, from the question to the
// entry, against a plain append of an entry with a payload of the same size:
// medians of the processor time over rounds that take turns. Alone on a machine,
// with CUSTOS_LONG set, a goal that is missed fails it.
func TestRecordedDecisionCost(t *testing.T) {
	if processorTime() == 0 {
		t.Skip("processor time is not told here")
	}
	long := os.Getenv("CUSTOS_LONG") != ""
	rounds := 3
	if long {
		rounds = 11
	}
	ratio, decisions, appends := costOfDecision(t, rounds)
	t.Logf("a decision, asked, signed and stored   CPU %.0f us", decisions)
	t.Logf("a plain append, signed and stored      CPU %.0f us", appends)
	t.Logf("decision of a plain append             %.2f (goal %.2f)", ratio, goalDecision)
	if long && ratio > goalDecision {
		t.Errorf("a recorded decision costs %.2f of a plain append (goal %.2f)", ratio, goalDecision)
	}
}

func costOfDecision(t *testing.T, rounds int) (ratio, decision, plain float64) {
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
	var decisions, appends, ratios []float64
	for range rounds {
		d := measure(func() error {
			_, err := h.Service.Cases().Files(t.Context(), analyst, h.id, custody.Ask{})
			return err
		}) - measure(func() error { // what it lists, without the decision
			_, err := h.Service.Cases().Unread(t.Context(), h.id)
			return err
		})
		p := measure(func() error {
			number++
			return h.plainAppend(reads, number, payload)
		})
		decisions, appends, ratios = append(decisions, d), append(appends, p), append(ratios, d/p)
	}
	for _, list := range [][]float64{decisions, appends, ratios} {
		slices.Sort(list)
	}
	return ratios[rounds/2], decisions[rounds/2], appends[rounds/2]
}
