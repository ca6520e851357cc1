package custody_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"custos.example/custody"
	"custos.example/ledger"
)

// TestTogether lets many people work on one case at once: different files, the
// same file twice, one request asked by two at the same time. Every file stands
// once in the record, and the record is whole.
func TestTogether(t *testing.T) {
	h := withCase(t)
	const files = 8
	var wait sync.WaitGroup
	var mu sync.Mutex
	evidence := map[ledger.EntryID]int{}
	conflicts := 0
	for i := range files * 3 {
		wait.Go(func() {
			request := h.asks(file(3 + i%files))
			request.Item = fmt.Sprintf("NET/%d", 1+i%files)
			if i < files*2 {
				request.RequestID = fmt.Sprintf("one request for file %d", i%files)
			}
			received, err := h.Service.Imports().Receive(t.Context(), officer, request)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				conflicts++
				if i < files*2 && !errors.Is(err, custody.ErrConflict) {
					t.Errorf("file %d: %v", i%files, err)
				}
				return
			}
			evidence[received.Evidence.Entry]++
		})
	}
	wait.Wait()
	if len(evidence) != files {
		t.Errorf("%d files stand in the record, want %d", len(evidence), files)
	}
	// of the three who ask for a file, either the two of one request id or the
	// third comes first
	if conflicts < files || conflicts > 2*files {
		t.Errorf("%d of %d requests were refused as known already", conflicts, files*3)
	}
	stands := map[string]int{}
	for _, kind := range h.kinds(h.id, ledger.Work) {
		stands[kind]++
	}
	if stands["evidence-received"] != files || stands["dataset-normalised"] != files {
		t.Errorf("%v for %d files", stands, files)
	}
	h.signed()
	h.whole()
}

// TestOneVersionEach lets several requests produce the same exhibit at once:
// each gets a version of its own, without a gap.
func TestOneVersionEach(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(4))
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	var wait sync.WaitGroup
	var mu sync.Mutex
	versions := map[int]bool{}
	for range 4 {
		wait.Go(func() {
			exhibit, err := h.Service.Exhibits().Produce(t.Context(), analyst, custody.Produce{
				Case: h.id, Reference: "JAS/1", Title: "Schedule", Run: ran.Entry, Renderers: []string{"render-schedule-csv"},
				Changed: "Made again.",
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
				return
			}
			versions[exhibit.Version] = true
		})
	}
	wait.Wait()
	for v := 1; v <= 4; v++ {
		if !versions[v] {
			t.Errorf("no version %d among %v", v, versions)
		}
	}
	h.whole()
}

// TestRealModule makes an exhibit with every step run in the module that this
// program carries, has it checked there, and packs it with the module inside.
func TestRealModule(t *testing.T) {
	h := withCase(t)
	h.archived = true
	h.reopen()
	if h.Service.Module == nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this test binary was built without the module; make module builds it")
		}
		t.Skip("this test binary was built without the module; make module builds it")
	}
	if h.Service.Module.Native() {
		t.Log("the test's own steps stand for the module")
	}
	_, _, exhibit := h.produced(file(5))
	checked, err := h.Service.Exhibits().Check(t.Context(), second, custody.Check{Case: h.id, Exhibit: exhibit.Entry})
	if err != nil {
		t.Fatal(err)
	}
	if len(checked.Steps) != 2+len(exhibit.Files) {
		t.Errorf("checked %v", checked.Steps)
	}
	b, _ := h.pack(exhibit.Entry, nil)
	if !bytes.Contains(b, []byte("module/steps-")) {
		t.Error("the module is not in the bundle")
	}
	h.wants(h.verify(b, true), "MATCHES THE RECORD")
	h.whole()
}
