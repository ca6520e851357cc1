package custody_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"custos.example/cmd/custos/wiring"
	"custos.example/custody"
	"custos.example/custody/blob"
	"custos.example/ledger"
)

// TestRecompute makes every exhibit again in the module: it agrees; where one
// step makes one more byte, or was archived in another module, the exhibits are
// named, each in its words.
func TestRecompute(t *testing.T) {
	h := withCase(t)
	var ran []string
	module := likeness{steps: h.Service.Steps, ran: &ran}
	h.Service.Module = module
	_, _, exhibit := h.produced(file(20))
	check := func() wiring.FsckReport {
		t.Helper()
		r, err := h.Inspect(t.Context(), wiring.FsckOptions{Level: wiring.Recompute})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	ran = nil
	r := check()
	if last := r.Levels[len(r.Levels)-1]; r.Open() != 0 || r.Exhibits != 1 || last.State != wiring.Agrees || len(ran) < 3 {
		t.Errorf("%+v after running %v", r, ran)
	}
	for _, step := range []string{"source-csv", "event-schedule", "render-schedule-csv"} {
		module.differs = step
		h.Service.Module = module
		r := check()
		if last := r.Levels[len(r.Levels)-1]; last.State != wiring.Differs || r.Open() != 1 || r.Findings[0].Entry != exhibit.Entry ||
			!strings.Contains(r.Findings[0].What, "differs") || !slices.Equal(r.Findings[0].Exhibits, []string{"JAS/1 version 1"}) {
			t.Errorf("%s makes one more byte: %+v", step, r)
		}
	}
	h.Service.Module = another{module}
	if r := check(); r.Open() != 1 || !strings.Contains(r.Findings[0].What, "cannot be told") {
		t.Errorf("another module: %+v", r)
	}
	h.Service.Module = nil
	if r := check(); r.Open() != 0 || r.Levels[len(r.Levels)-1].State != wiring.NotRun {
		t.Errorf("without a module: %+v", r.Levels)
	}
}

// another is a module of another digest.
type another struct{ likeness }

func (a another) Built() custody.ModuleFile {
	file := a.likeness.Built()
	file.Digest[0] ^= 1
	return file
}

// TestExactlyWhatIsMissing loses payloads at random: fsck names exactly these,
// and all of them come back from a copy. CUSTOS_LONG set: more of them.
func TestExactlyWhatIsMissing(t *testing.T) {
	files, lose := 3, 40
	if os.Getenv("CUSTOS_LONG") == "1" {
		files, lose = 60, 1000
	}
	h := withCase(t)
	for i := range files {
		request := h.asks(file(20 + i))
		request.Item = fmt.Sprintf("NET/%d", i+1)
		received, err := h.Service.Imports().Receive(t.Context(), officer, request)
		if err != nil {
			t.Fatal(err)
		}
		h.run("event-schedule", received.Dataset.Entry, nil)
	}
	second := filepath.Join(t.TempDir(), "second")
	if err := os.CopyFS(second, os.DirFS(h.options.Dir)); err != nil {
		t.Fatal(err)
	}
	from, err := blob.FolderCopy(second)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]blob.Ref{}
	err = h.Service.Payloads(t.Context(), func(p custody.NamedPayload) error {
		ref, err := h.Payloads.Find(t.Context(), string(p.Case), p.Digest)
		named[fmt.Sprint(p.Digest)] = ref
		return err
	}, func(custody.CaseID, ledger.ChainKind, uint64, error) { t.Error("an entry cannot be read") })
	if err != nil {
		t.Fatal(err)
	}
	lost := map[string]bool{}
	for digest, ref := range named { // in no order
		if len(lost) == min(lose, len(named)/2) {
			break
		}
		lost[digest] = true
		if err := os.Remove(h.keyFile(ref)); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]bool{}
	r, err := h.Inspect(t.Context(), wiring.FsckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Payload != nil {
			found[fmt.Sprint(f.Payload)] = true
		} else if !strings.Contains(f.What, "leftover") { // content whose key file was lost
			t.Errorf("%s: %s", f.Where, f.What)
		}
	}
	wrong := 0
	for digest := range named {
		if lost[digest] != found[digest] {
			wrong++
		}
	}
	if wrong > 0 || len(found) != len(lost) {
		t.Errorf("%d payloads were lost, %d are named, %d wrongly", len(lost), len(found), wrong)
	}
	if r, err = h.Inspect(t.Context(), wiring.FsckOptions{From: from}); err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Payload != nil && !f.Restored {
			t.Errorf("not restored: %s: %s", f.Where, f.What)
		}
	}
	h.whole()
	t.Logf("PROOF harness=payload-loss trials=%d failures=%d control=\"%d that were not lost are not named\"", len(lost), wrong, len(named)-len(lost))
}

// keyFile is where a payload's record lies.
func (h *house) keyFile(ref blob.Ref) string {
	folder := "organisation"
	if ref.Case != "" {
		folder = "case-" + ref.Case
	}
	return filepath.Join(h.options.Dir, "blobs", folder, ref.Address[:2], ref.Address+".key")
}

// latecomer lets somebody look at the case while its key is about to go.
type latecomer struct {
	custody.Disposal
	look func()
}

func (l latecomer) Case(ctx context.Context, id custody.CaseID) error {
	l.look()
	return l.Disposal.Case(ctx, id)
}

// TestLookedAtWhileErased appends to a case between the record of its erasure and
// the end of its key: what came late is erased too, by an entry of its own, and a
// replay of the decisions about the erasure still works.
func TestLookedAtWhileErased(t *testing.T) {
	h, _ := overseen(t)
	order := h.ready()
	before := len(h.entries("", ledger.Organisation))
	h.Service.Disposal = latecomer{h.Service.Disposal, func() {
		if _, err := h.Service.Cases().Files(t.Context(), sio, h.id, custody.Ask{}); err != nil {
			t.Error(err)
		}
	}}
	if _, err := h.carryOut(order.Order); err != nil {
		t.Fatal(err)
	}
	h.whole()
	erased, decisions := 0, 0
	for _, entry := range h.entries("", ledger.Organisation)[before:] {
		if entry.Kind == "payload-erased" {
			erased++
		}
		if entry.Kind != "access-decided" {
			continue
		}
		if report, replayed := h.replay(custody.Replay{Entry: entry.Entry}); report.Agree != 1 {
			t.Errorf("%s: %+v", entry.Entry, replayed)
		}
		decisions++
	}
	if erased != 2 || decisions == 0 {
		t.Errorf("%d entries record the erasure, want 2; %d decisions were replayed", erased, decisions)
	}
	if _, err := h.Service.Cases().Files(t.Context(), sio, h.id, custody.Ask{}); !errors.Is(err, custody.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
	h.reopen()
	h.whole()
	h.signed()
}
