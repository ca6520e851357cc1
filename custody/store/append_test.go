package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// onEngines runs a test on every database, each time on a new store.
func onEngines(t *testing.T, run func(t *testing.T, w *world)) {
	t.Helper()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) { run(t, newWorld(t, e.url(t))) })
	}
}

func TestAppendedEntryIsReadBack(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		for i := range 5 {
			d := itemReceived(w.work, fmt.Sprintf("X/%d", i)).mustDraft(t)
			placed := w.mustAppend(t, d)
			if len(placed) != 1 || placed[0].N != uint64(i+1) || placed[0].Index != ledger.Index(i) || placed[0].Chain != w.work.ID {
				t.Fatalf("placed %+v", placed)
			}
			if want := ledger.Commit(w.work.ID, placed[0].N, placed[0].Prev, ledger.DeriveInner(d.Salt, d.Signed.Bytes())); placed[0].Commitment != want {
				t.Fatalf("commitment %s, want %s", placed[0].Commitment, want)
			}
			got, err := w.Entry(t.Context(), w.work.ID, uint64(i+1))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Envelope, d.Signed.Bytes()) || got.Salt != d.Salt || got.Placed != placed[0] || got.Entry != d.Entry ||
				got.Kind != d.Kind || got.Case != caseA || got.Erased || got.CommittedAt.IsZero() {
				t.Fatalf("read %+v", got)
			}
			byID, err := w.ByEntryID(t.Context(), d.Entry)
			if err != nil || byID.Placed != placed[0] {
				t.Fatalf("by id: %+v, %v", byID, err)
			}
		}
		n, head, err := w.Head(t.Context(), w.work.ID)
		if err != nil || n != 5 {
			t.Fatalf("head %d, %v", n, err)
		}
		all, err := w.Entries(t.Context(), w.work.ID, 2, 99)
		if err != nil || len(all) != 4 || all[0].N != 2 || all[3].Commitment != head {
			t.Fatalf("%d entries, %v", len(all), err)
		}
		if _, err := w.Entry(t.Context(), w.work.ID, 6); !errors.Is(err, custody.ErrNotFound) {
			t.Fatalf("entry 6: %v", err)
		}
		if n, _, err := w.Head(t.Context(), w.reads.ID); n != 0 || err != nil {
			t.Fatalf("head of an empty chain: %d, %v", n, err)
		}
		if _, _, err := w.Head(t.Context(), ledger.ChainID{9}); !errors.Is(err, custody.ErrNotFound) {
			t.Fatalf("head of no chain: %v", err)
		}
		mustBeSound(t, w)
	})
}

func TestSameRequestReturnsItsFirstPlace(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		r := requestOf(itemReceived(w.work, "X/1").mustDraft(t), itemReceived(w.work, "X/2").mustDraft(t))
		first, err := w.Append(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		w.mustAppend(t, itemReceived(w.work, "X/3").mustDraft(t))
		// A client that lost the answer signs again: another envelope, the same request.
		again := r
		signedAgain := itemReceived(w.work, "X/1 again")
		signedAgain.entry = r.Drafts[0].Entry
		again.Drafts = []custody.Draft{signedAgain.mustDraft(t), itemReceived(w.work, "X/2").mustDraft(t)}
		for range 2 {
			got, err := w.Append(t.Context(), again)
			if err != nil || len(got) != 2 || got[0] != first[0] || got[1] != first[1] {
				t.Fatalf("second time: %+v, %v; first %+v", got, err, first)
			}
			w.reopen(t)
		}
		other := again
		other.Digest = randomDigest()
		if _, err := w.Append(t.Context(), other); !errors.Is(err, custody.ErrConflict) {
			t.Fatalf("another request under the key: %v", err)
		}
		if size, err := w.Size(t.Context()); size != 3 || err != nil {
			t.Fatalf("size %d, %v", size, err)
		}
	})
}

func TestSameRequestFromManyCallersIsPlacedOnce(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		r := requestOf(itemReceived(w.work, "X/1").mustDraft(t))
		var wg sync.WaitGroup
		results := make([]custody.Placed, 32)
		for i := range results {
			wg.Go(func() {
				placed, err := w.Append(t.Context(), r)
				if err != nil {
					t.Error(err)
					return
				}
				results[i] = placed[0]
			})
		}
		wg.Wait()
		for _, p := range results {
			if p != results[0] || p.N != 1 {
				t.Fatalf("%+v and %+v", p, results[0])
			}
		}
		if size, _ := w.Size(t.Context()); size != 1 {
			t.Fatalf("size %d", size)
		}
	})
}

// inOneGroup appends the requests in one transaction, in their order, by holding
// the writer back until all of them wait, and returns their answers.
func inOneGroup(t *testing.T, w *world, requests []custody.Request) ([][]custody.Placed, []error) {
	t.Helper()
	w.writing.Lock()
	waiting := make([]*pending, len(requests))
	for i, r := range requests {
		waiting[i] = queued(t, w, r)
	}
	w.writing.Unlock()
	placed, errs := make([][]custody.Placed, len(requests)), make([]error, len(requests))
	for i, p := range waiting {
		a := <-p.answer
		placed[i], errs[i] = a.placed, a.err
	}
	return placed, errs
}

// queued puts a request into the queue, as Append does while somebody writes.
func queued(t *testing.T, w *world, r custody.Request) *pending {
	t.Helper()
	p, err := w.prepareRequest(t.Context(), r)
	if err == nil {
		err = w.enqueue(p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestKeyLostUnderAGroup takes the key of one case away when the requests of two wait
// for the writer: the other case is written as if it had been alone, and nothing of the
// first. The control is the same with its key.
func TestKeyLostUnderAGroup(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		for _, lost := range []bool{true, false} {
			var requests []custody.Request
			for i := range 24 {
				requests = append(requests, requestOf(itemReceived([]custody.Chain{w.work, w.other}[i%2], fmt.Sprintf("%v/%d", lost, i)).mustDraft(t)))
			}
			before, err := w.Size(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			w.writing.Lock()
			waiting := make([]*pending, len(requests))
			for i, r := range requests {
				waiting[i] = queued(t, w, r)
			}
			if lost {
				w.sealer.destroy(caseB)
			}
			w.writing.Unlock()
			next := before
			for i, p := range waiting {
				a := <-p.answer
				if gone := lost && i%2 == 1; errors.Is(a.err, errDestroyed) != gone || !gone && a.err != nil {
					t.Fatalf("request %d, its key lost %v: %v", i, gone, a.err)
				} else if gone {
					continue
				}
				if got := uint64(a.placed[0].Index); got != next {
					t.Fatalf("request %d is entry %d of the log, want %d", i, got, next)
				}
				next++
			}
			w.sealer.restore(caseB)
			mustBeSound(t, w)
		}
	})
}

func TestRefusedRequestDoesNotFailItsGroup(t *testing.T) {
	onEngines(t, func(t *testing.T, w *world) {
		first := itemReceived(w.work, "X/0").mustDraft(t)
		base := w.mustAppend(t, first)[0]
		known := requestOf(itemReceived(w.work, "K/1").mustDraft(t))
		if _, err := w.Append(t.Context(), known); err != nil {
			t.Fatal(err)
		}
		stranger := chainOf(ledger.Work, caseA, 99)
		good := func(i int) custody.Request {
			d := itemReceived(w.work, fmt.Sprintf("G/%d", i))
			d.after = ledger.Head{N: base.N, Commitment: base.Commitment}
			return requestOf(d.mustDraft(t))
		}
		wrongAfter := itemReceived(w.work, "B/1")
		wrongAfter.after = ledger.Head{N: 1, Commitment: ledger.Commitment{1}}
		futureAfter := itemReceived(w.work, "B/2")
		futureAfter.after = ledger.Head{N: 50, Commitment: ledger.Commitment{1}}
		late := itemReceived(w.work, "B/3")
		late.decided, late.asOf, late.until = true, 100, w.clock.Now().Add(-time.Minute)
		sameID := itemReceived(w.work, "B/4")
		sameID.entry = first.Entry
		wrongKind := draftOf{chain: w.work, detail: &ledger.PayloadErased{Digest: ledger.DigestSet{ledger.SHA256: {1}}, Order: "ORDER/1", Recipients: []string{}}}
		otherCase := itemReceived(custody.Chain{ID: w.other.ID, Case: caseA}, "B/5")
		unprojectable := itemReceived(w.work, "unprojectable")
		conflict := known
		conflict.Digest = randomDigest()

		requests := []custody.Request{
			good(0), requestOf(itemReceived(stranger, "B/0").mustDraft(t)), good(1), requestOf(wrongAfter.mustDraft(t)),
			requestOf(futureAfter.mustDraft(t)), requestOf(late.mustDraft(t)), good(2), requestOf(sameID.mustDraft(t)),
			requestOf(wrongKind.mustDraft(t)), requestOf(otherCase.mustDraft(t)), requestOf(unprojectable.mustDraft(t)), conflict, known, good(3),
			requestOf(itemReceived(w.work, "M/1").mustDraft(t), sameID.mustDraft(t)), good(4),
		}
		want := []error{
			nil, custody.ErrInvalid, nil, custody.ErrInvalid,
			custody.ErrInvalid, custody.ErrConflict, nil, custody.ErrConflict,
			custody.ErrInvalid, custody.ErrInvalid, custody.ErrInvalid, custody.ErrConflict, nil, nil,
			custody.ErrConflict, nil,
		}
		placed, errs := inOneGroup(t, w, requests)
		n := uint64(2)
		for i, err := range errs {
			if !errors.Is(err, want[i]) || (want[i] == nil) != (err == nil) {
				t.Fatalf("request %d: %v, want %v", i, err, want[i])
			}
			if want[i] != nil || requests[i].Drafts[0].Entry == known.Drafts[0].Entry {
				continue
			}
			if n++; placed[i][0].N != n {
				t.Fatalf("request %d is number %d, want %d", i, placed[i][0].N, n)
			}
		}
		if _, err := w.ByEntryID(t.Context(), requests[14].Drafts[0].Entry); !errors.Is(err, custody.ErrNotFound) {
			t.Fatalf("half of a refused request stands in the record: %v", err)
		}
		mustBeSound(t, w)
	})
}

func TestDraftThatDiffersFromItsStatementIsRefused(t *testing.T) {
	w := newWorld(t, sqliteURL(t))
	good := itemReceived(w.work, "X/1")
	good.decided, good.asOf, good.until = true, 5, w.clock.Now().Add(time.Hour)
	for name, change := range map[string]func(d *custody.Draft){
		"kind":          func(d *custody.Draft) { d.Kind = "item-transferred" },
		"chain":         func(d *custody.Draft) { d.Chain = w.reads.ID },
		"entry":         func(d *custody.Draft) { d.Entry = ledger.EntryID{3} },
		"salt":          func(d *custody.Draft) { d.Salt = ledger.Salt{} },
		"not decided":   func(d *custody.Draft) { d.Decided = false },
		"asOf":          func(d *custody.Draft) { d.AsOf = 6 },
		"until":         func(d *custody.Draft) { d.Until = d.Until.Add(time.Second) },
		"statement":     func(d *custody.Draft) { d.Signed = itemReceived(w.work, "X/2").mustDraft(t).Signed },
		"nothing":       func(d *custody.Draft) { d.Signed = custody.Signed{} },
		"case":          func(d *custody.Draft) { d.Case = caseB },
		"case of chain": func(d *custody.Draft) { d.Case = "" },
	} {
		d := good.mustDraft(t)
		change(&d)
		if _, err := w.Append(t.Context(), requestOf(d)); !errors.Is(err, custody.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Append(t.Context(), custody.Request{Digest: randomDigest()}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("no drafts: %v", err)
	}
	if _, err := w.Append(t.Context(), custody.Request{Drafts: []custody.Draft{good.mustDraft(t)}}); !errors.Is(err, custody.ErrInvalid) {
		t.Errorf("no digest: %v", err)
	}
	w.mustAppend(t, good.mustDraft(t)) // the control: unchanged, it is taken
}

func TestFullQueueIsPushedBack(t *testing.T) {
	w := newWorld(t, sqliteURL(t), func(c *Config) { c.MaxWaiting = 2 })
	request := func(i int) custody.Request {
		return requestOf(itemReceived(w.work, fmt.Sprintf("X/%d", i)).mustDraft(t))
	}
	w.writing.Lock()
	taken := []*pending{queued(t, w, request(0))}
	for len(w.queue) > 0 { // the writer takes the first and waits with it
		time.Sleep(time.Millisecond)
	}
	for i := range 2 {
		taken = append(taken, queued(t, w, request(1+i)))
	}
	for i := range 5 {
		if _, err := w.Append(t.Context(), request(3+i)); !errors.Is(err, custody.ErrPushback) {
			t.Errorf("one is with the writer and two wait: the next got %v", err)
		}
	}
	w.writing.Unlock()
	for _, p := range taken {
		if a := <-p.answer; a.err != nil {
			t.Error(a.err)
		}
	}
	if size, err := w.Size(t.Context()); size != 3 || err != nil {
		t.Errorf("size %d, %v: only who was not pushed back is in the log", size, err)
	}
}

func TestCallerWhoLeavesIsNotWritten(t *testing.T) {
	w := newWorld(t, sqliteURL(t))
	r := requestOf(itemReceived(w.work, "X/1").mustDraft(t))
	ctx, cancel := context.WithCancel(t.Context())
	w.writing.Lock()
	done := make(chan error, 1)
	go func() {
		_, err := w.Append(ctx, r)
		done <- err
	}()
	time.Sleep(20 * time.Millisecond)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("append: %v", err)
	}
	w.writing.Unlock()
	w.mustAppend(t, itemReceived(w.work, "X/2").mustDraft(t))
	if size, err := w.Size(t.Context()); size != 1 || err != nil {
		t.Fatalf("size %d, %v: a request whose caller had left was written", size, err)
	}
	// The same request under the same key is then placed, once.
	placed, err := w.Append(t.Context(), r)
	if err != nil || placed[0].N != 2 {
		t.Fatalf("%+v, %v", placed, err)
	}
}

// mustBeSound fails the test when the check finds anything.
func mustBeSound(t *testing.T, w *world) custody.FsckReport {
	t.Helper()
	report, err := w.Fsck(t.Context(), custody.FsckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		t.Errorf("fsck: %s: %s", f.Where, f.What)
	}
	return report
}
