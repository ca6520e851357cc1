package custody_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"custos.example/custody"
)

// TestReferenceAtOnce has a second service, over the same store, receive another file under the same
// reference just before the first has its place: the first is refused. The first control is another
// reference; in the second the first does not see the register, and two files stand under one reference,
// which is noticed.
func TestReferenceAtOnce(t *testing.T) {
	for _, c := range []struct {
		name, item string
		blind      bool
		refused    bool
	}{{"the same", "NET/5", false, true}, {"control: another", "NET/6", false, false}, {"control: no register", "NET/5", true, false}} {
		t.Run(c.name, func(t *testing.T) {
			h := withCase(t)
			var second custody.Received
			config := h.Service.Config
			config.Store = &meanwhile{Store: unregistered{h.Store, c.blind}, kind: "evidence-received", event: func() {
				other := h.Service.Config
				other.Store = h.Store
				var err error
				second, err = custody.New(other).Imports().Keep(t.Context(), officer, h.as(c.item, file(30)))
				h.must(err)
			}}
			_, err := custody.New(config).Imports().Keep(t.Context(), officer, h.as("NET/5", file(31)))
			switch twice := h.underOne(); {
			case c.refused:
				h.inUse(c.name, err, "NET/5", second.Evidence.Entry, "NET/6")
				if len(twice) > 0 {
					t.Errorf("%v have two files", twice)
				}
			case err != nil:
				t.Error(err)
			case c.blind != (len(twice) == 1):
				t.Errorf("%v have two files", twice)
			}
		})
	}
}

// unregistered is a store that may not know which references files have.
type unregistered struct {
	custody.Store
	blind bool
}

func (s unregistered) Find(ctx context.Context, id custody.CaseID, collection, key string, asOf uint64) (custody.Record, error) {
	if s.blind && collection == "files" {
		return custody.Record{}, custody.ErrNotFound
	}
	return s.Store.Find(ctx, id, collection, key, asOf)
}

// TestManyWantOneReference: of many who ask two services for one reference at the same instant, for
// files of other bytes each, an exhibit and an item, one gets it.
func TestManyWantOneReference(t *testing.T) {
	h := withStore(t)
	received := h.receive(file(30))
	ran := h.run("event-schedule", received.Dataset.Entry, nil)
	config := h.Service.Config
	services := []*custody.Service{h.Service, custody.New(config)}
	var mu sync.Mutex
	got, wait := 0, sync.WaitGroup{}
	ask := func(do func() error) {
		wait.Go(func() {
			err := do()
			for errors.Is(err, custody.ErrConflict) && strings.Contains(err.Error(), "ask again") {
				err = do()
			}
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got++
			} else if !errors.Is(err, custody.ErrConflict) {
				t.Error(err)
			}
		})
	}
	for i, s := range services {
		for n := range 4 {
			ask(func() error {
				_, err := s.Imports().Keep(t.Context(), officer, h.as("KO/1", file(2+i*50+n*10)))
				return err
			})
		}
		ask(func() error {
			_, err := s.Items().Take(t.Context(), officer, h.telephone("KO/1", ""))
			return err
		})
	}
	ask(func() error {
		_, err := services[1].Exhibits().Produce(t.Context(), analyst, custody.Produce{Case: h.id, Reference: "KO/1", Title: "Schedule", Run: ran.Entry})
		return err
	})
	wait.Wait()
	if twice := h.underOne(); got != 1 || len(twice) > 0 {
		t.Errorf("%d got KO/1; %v have two files", got, twice)
	}
	h.whole()
}

// TestRegisterOfFilesIsMadeAnew makes all that was projected anew from the entries: a reference that is in
// use is refused then as before.
func TestRegisterOfFilesIsMadeAnew(t *testing.T) {
	h := withCase(t)
	received := h.receive(file(30))
	if err := h.Store.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.whole()
	_, err := h.Service.Imports().Keep(t.Context(), officer, h.as("NET/1", file(31)))
	h.inUse("after the rebuild", err, "NET/1", received.Evidence.Entry, "NET/2")
	if _, err := h.Service.Imports().Keep(t.Context(), officer, h.as("NET/2", file(31))); err != nil {
		t.Errorf("control: %v", err)
	}
}
