package custody_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

var errCrashed = errors.New("the process has died")

// fuse lets a number of writes happen and then nothing any more. With late, the
// last of them happens but its caller is not told.
type fuse struct {
	left atomic.Int64
	late bool
	blew atomic.Bool
}

// try does a write, or dies before or after it.
func (f *fuse) try(write func() error) error {
	n := f.left.Add(-1)
	switch {
	case n > 0:
		return write()
	case n == 0:
		f.blew.Store(true)
		if f.late {
			if err := write(); err != nil {
				return err
			}
		}
	}
	return errCrashed
}

type mortalStore struct {
	custody.Store
	*fuse
}

func (m mortalStore) Append(ctx context.Context, r custody.Request) (placed []custody.Placed, err error) {
	err = m.try(func() error {
		placed, err = m.Store.Append(ctx, r)
		return err
	})
	return placed, err
}

type mortalBlobs struct {
	custody.Blobs
	*fuse
}

func (m mortalBlobs) Put(ctx context.Context, id custody.CaseID, r io.Reader) (blob custody.Blob, err error) {
	err = m.try(func() error {
		blob, err = m.Blobs.Put(ctx, id, r)
		return err
	})
	return blob, err
}

func (m mortalBlobs) Writer(ctx context.Context, id custody.CaseID) (custody.PayloadWriter, error) {
	w, err := m.Blobs.Writer(ctx, id)
	return mortalWriter{w, m.fuse}, err
}

type mortalWriter struct {
	custody.PayloadWriter
	*fuse
}

func (m mortalWriter) Commit() (blob custody.Blob, err error) {
	err = m.try(func() error {
		blob, err = m.PayloadWriter.Commit()
		return err
	})
	return blob, err
}

type mortalRecorder struct {
	custody.Recorder
	*fuse
}

func (m mortalRecorder) Receipt(ctx context.Context, index uint64) (receipt []byte, err error) {
	err = m.try(func() error {
		receipt, err = m.Recorder.Receipt(ctx, index)
		return err
	})
	return receipt, err
}

// line is a whole import, run and exhibit under fixed request ids.
func (h *house) line(content []byte) (told []custody.Proof, err error) {
	ask := func(what string) custody.Ask { return custody.Ask{RequestID: what + " of the crash test"} }
	request := h.asks(content)
	request.Ask = ask("import")
	request.Decisions = []custody.Decision{{Kind: "assert-subject", Value: subject, Again: subject, Why: "the operator's letter names it"}}
	received, err := h.Service.Imports().Receive(h.Context(), officer, request)
	if err != nil {
		return told, err
	}
	told = append(told, received.Evidence, received.Dataset, received.Rows)
	ran, err := h.Service.Analyses().Run(h.Context(), analyst, custody.Run{
		Ask: ask("run"), Case: h.id, Step: "event-schedule", Title: "Which calls?",
		Inputs: map[string]custody.PayloadRef{
			"events": {Entry: received.Dataset.Entry}, "set-aside": {Entry: received.Dataset.Entry},
		},
	})
	if err != nil {
		return told, err
	}
	told = append(told, ran.Proof)
	exhibit, err := h.Service.Exhibits().Produce(h.Context(), analyst, custody.Produce{
		Ask: ask("produce"), Case: h.id, Reference: "JAS/1", Title: "Schedule", Run: ran.Entry,
		Renderers: []string{"render-schedule-csv"},
	})
	if err != nil {
		return told, err
	}
	return append(told, exhibit.Proof), nil
}

// nextCase opens another case with an authority of its own.
func (h *house) nextCase(reference string) {
	h.Helper()
	opened, err := h.Service.Cases().Open(h.Context(), sio, custody.OpenCase{
		Reference: reference, Title: "Operation " + reference,
		Assigned: []string{sio.ID, spoc.ID, officer.ID, analyst.ID, second.ID},
	})
	if err != nil {
		h.Fatal(err)
	}
	h.id = opened.Case
	h.authority = h.record(authority(), ledger.EntryID{})
}

// reopen closes the station and opens the folder again.
func (h *house) reopen() {
	h.Helper()
	if err := h.Close(); err != nil {
		h.Fatal(err)
	}
	h.open()
}

// TestCrashAtEveryWrite kills the line before and after each of its writes,
// opens the folder again and asks the same requests once more. Nothing that a
// client was told is lost, nothing is there twice, and the record has the same
// entries as one that was never interrupted.
//
// Its control asks the same again under new request ids, which must leave a
// different record: the comparison would otherwise show nothing.
// CUSTOS_LONG set: every write; else every fifth.
func TestCrashAtEveryWrite(t *testing.T) {
	h := withCase(t)
	told, err := h.line(file(6))
	if err != nil {
		t.Fatal(err)
	}
	want := h.kinds(h.id, ledger.Work)
	if len(told) != 5 {
		t.Fatalf("%d proofs", len(told))
	}
	crashes, stride := int64(0), int64(5)
	if os.Getenv("CUSTOS_LONG") == "1" {
		stride = 1
	}
	for _, late := range []bool{false, true} {
		for n := int64(1); ; n += stride {
			h.nextCase(fmt.Sprintf("NX/%d/%v", n, late))
			f := &fuse{late: late}
			f.left.Store(n)
			h.Service.Store = mortalStore{h.Service.Store, f}
			h.Service.Blobs = mortalBlobs{h.Service.Blobs, f}
			h.Service.Recorder = mortalRecorder{h.Service.Recorder, f}
			before, err := h.line(file(6))
			if err == nil && !f.blew.Load() {
				h.reopen()
				break
			}
			if f.blew.Load() && err == nil {
				t.Fatalf("write %d died and nobody was told", n)
			}
			crashes++
			h.reopen()
			after, err := h.line(file(6))
			if err != nil {
				t.Fatalf("after a crash at write %d (late %v): %v", n, late, err)
			}
			for i, p := range before {
				if after[i].Placed != p.Placed {
					t.Errorf("crash at write %d: told %+v, found %+v", n, p.Placed, after[i].Placed)
				}
			}
			if got := h.kinds(h.id, ledger.Work); !slices.Equal(got, want) {
				t.Errorf("crash at write %d (late %v): work chain %v, want %v", n, late, got, want)
			}
			h.signed()
		}
	}
	if crashes*stride < 30 {
		t.Errorf("only %d crashes: the fuse reaches too few writes", crashes)
	}
	h.whole()
	request := h.as("NET/2", file(7))
	if _, err := h.Service.Imports().Receive(t.Context(), officer, request); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(h.kinds(h.id, ledger.Work), want) {
		t.Fatal("control: another request left the same record")
	}
	failures := 0
	if t.Failed() {
		failures = 1
	}
	t.Logf("PROOF harness=custody-crash trials=%d failures=%d control=%q", crashes, failures, "caught 1 of 1")
}
