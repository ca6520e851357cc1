package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// pointed is the harness of the points of one kind of record.
type pointed struct {
	*testing.T
	kind         string
	fresh, place string
	made, failed int
	reached      map[string]int // faults met, by name of the step
}

// run makes the line under a plan. A request that fails is made again: the same
// at once, or another client's first. It returns the steps that were taken.
func (h *pointed) run(plan map[int]kind, other bool) []string {
	h.Helper()
	ctx := context.WithoutCancel(h.Context())
	folder := filepath.Join(h.place, fmt.Sprint("run-", h.made))
	h.made++
	wiringtest.Duplicate(h.T, h.fresh, folder)
	defer os.RemoveAll(folder)
	p := &points{plan: plan}
	r, err := openRecord(ctx, h.kind, folder)
	if err != nil {
		h.Fatal(err)
	}
	withPoints(r, p)
	clients, asked := newClients(2), 0
	fail := func(format string, args ...any) {
		h.failed++
		h.Errorf("%s, plan %v, another request first %t: %s", h.kind, plan, other, fmt.Sprintf(format, args...))
	}
	order := []int{0, 0, 0}
	for i := 0; i < len(order); asked++ {
		who := order[i]
		answer, err := r.next(ctx, clients.last[who])
		if err == nil {
			clients.keep(answer)
			i++
			continue
		}
		if asked > 12 {
			fail("the request is never answered: %v", err)
			break
		}
		if other && len(order) == 3 {
			order = slices.Insert(order, i, 1)
		}
		if p.revive() {
			_ = r.Close() // as the end of a process would, without another step
			if r, err = openRecord(ctx, h.kind, folder); err != nil {
				fail("it cannot be opened again: %v", err)
				return nil
			}
			withPoints(r, p)
		}
	}
	h.after(r, p, clients, folder, fail)
	return p.taken
}

// after counts the steps that were made to fail, closes the record and judges.
func (h *pointed) after(r record, p *points, clients *clients, folder string, fail func(format string, args ...any)) {
	h.Helper()
	for n := range p.plan {
		if n < len(p.taken) {
			h.reached[p.taken[n]]++
		}
	}
	size, err := r.entries().Size(context.WithoutCancel(h.Context()))
	if err != nil {
		fail("%v", err)
	}
	if err := r.Close(); err != nil {
		fail("close: %v", err)
	}
	if v := clients.judge(h.T, h.kind, folder); !v.clean() {
		fail("%v", v)
	}
	if h.kind == coreAlone && size != uint64(clients.entries()) {
		fail("%d entries for %d answers: one was made twice", size, clients.entries())
	}
}

// TestPoints makes every durable step of a line fail without being written, fail
// although it was written, and be the last thing before or after which the
// process dies; then the same request is made again, or another one first. Of a
// core it does the same with pairs of faults, the second while the first is
// being made good. Every step has to have been met.
//
// The control is a client that counts an answer which it was not given.
//
// CUSTOS_LONG=1: all pairs of a core, and every step of a station; else one pair
// in 48, and every sixth fault.
func TestPoints(t *testing.T) {
	for _, kind := range []string{coreAlone, wholeStation} {
		t.Run(kind, func(t *testing.T) {
			h := &pointed{T: t, kind: kind, place: quick(t), reached: map[string]int{}}
			h.fresh = filepath.Join(h.place, "fresh")
			if err := os.Mkdir(h.fresh, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := foundRecord(t.Context(), kind, h.fresh); err != nil {
				t.Fatal(err)
			}
			steps := h.run(nil, false)
			h.singles(len(steps))
			if kind == coreAlone {
				h.pairs(len(steps))
			}
			for _, name := range steps {
				if h.reached[name] == 0 {
					t.Errorf("the step %q was never made to fail", name)
				}
			}
			t.Logf("%s: %d steps of %d kinds, %d lines with faults: %v", kind, len(steps), len(h.reached), h.made, h.reached)
			proof(t, "points-"+kind, h.made, h.failed, h.control(), 1)
		})
	}
}

func (h *pointed) singles(steps int) {
	stride := 1
	if h.kind == wholeStation {
		stride = trials(6, 1)
	}
	first := rand.IntN(stride)
	for i := first; i < steps*len(kinds)*2; i += stride {
		h.run(map[int]kind{i / len(kinds) / 2: kinds[i/2%len(kinds)]}, i%2 == 1)
		if h.failed > 5 {
			h.FailNow()
		}
	}
}

func (h *pointed) pairs(steps int) {
	stride := trials(48, 1)
	for i := rand.IntN(stride); i < steps*steps*len(kinds)*len(kinds)*2; i += stride {
		one, two := i/2%len(kinds), i/2/len(kinds)%len(kinds)
		at := i / 2 / len(kinds) / len(kinds)
		from, later := at/steps, 1+at%steps
		h.run(map[int]kind{from: kinds[one], from + later: kinds[two]}, i%2 == 1)
		if h.failed > 5 {
			h.FailNow()
		}
	}
}

// control claims an answer that was not given and lets the judge see it.
func (h *pointed) control() int {
	h.Helper()
	folder := filepath.Join(h.place, "control")
	wiringtest.Duplicate(h.T, h.fresh, folder)
	r, err := openRecord(h.Context(), h.kind, folder)
	if err != nil {
		h.Fatal(err)
	}
	c := newClients(1)
	answer, err := r.next(h.Context(), c.last[0])
	if err != nil {
		h.Fatal(err)
	}
	if err := r.Close(); err != nil {
		h.Fatal(err)
	}
	answer.Proofs[0].Placed.Index += 100
	c.keep(answer)
	if v := c.judge(h.T, h.kind, folder); v.clean() {
		return 0
	}
	return 1
}
