package faults_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring/wiringtest"
)

// TestTwoProcessesOnOneFolder starts several processes on one record at once,
// again and again, and kills the one that has it while the next are starting.
// One at a time may write; the others are told who has the folder. The control
// is a claim of an answer that nobody was given.
//
// CUSTOS_LONG=1: 500 rounds; else 15.
func TestTwoProcessesOnOneFolder(t *testing.T) {
	folder := quick(t)
	if err := createCore(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	c, refused, served, failures := newClients(4), 0, 0, 0
	rounds := trials(15, 500)
	for round := range rounds {
		had, no, wrong := race(t, c, folder)
		refused, served = refused+no, served+had
		for _, w := range wrong {
			failures++
			t.Errorf("round %d: %s", round, w)
		}
		if v := c.judge(t, coreAlone, folder); !v.clean() {
			failures++
			t.Fatalf("round %d: %v", round, v)
		}
	}
	t.Logf("%d rounds: %d processes had the folder, %d were refused, %d entries acknowledged", rounds, served, refused, c.entries())
	if served < rounds/3 || refused == 0 || c.entries() < rounds {
		t.Errorf("%d had the folder, %d refused, %d entries: the harness shows too little", served, refused, c.entries())
	}
	claimed := c.all[len(c.all)-1]
	claimed.Proofs[0].Placed.Index += 5000
	c.all = append(c.all, claimed)
	caught := 0
	if !c.judge(t, coreAlone, folder).clean() {
		caught = 1
	}
	proof(t, "two-on-one-folder", rounds, failures, caught, 1)
}

// race starts three processes on one folder, kills them a moment later, and
// returns how many had the folder, how many were refused, and what was wrong.
func race(t *testing.T, c *clients, folder string) (had, refused int, wrong []string) {
	t.Helper()
	var all []*child
	for range 3 {
		all = append(all, start(t, order{Role: "writers", Kind: coreAlone, Folder: folder, From: c.last}))
	}
	// Most are killed when one has the folder, on a busy machine too.
	for patience := rand.IntN(400); patience > 0 && !slices.ContainsFunc(all, func(p *child) bool { return len(p.heard) > 0 }); patience-- {
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond)
	for _, p := range all {
		select {
		case first, ok := <-p.heard:
			if ok && first.Writer == -1 {
				had++
				continue
			}
			<-p.ended
			if !strings.Contains(p.said.String(), "in use by another process") {
				wrong = append(wrong, "a process was not told that another has the folder: "+p.said.String())
			}
			refused++
		case <-time.After(5 * time.Millisecond): // still starting
		}
	}
	if had > 1 {
		wrong = append(wrong, fmt.Sprintf("%d processes have the folder", had))
	}
	for _, p := range all {
		p.kill()
	}
	for _, p := range all {
		for answer := range p.heard {
			if answer.Writer >= 0 { // else one that had only just opened it
				c.keep(answer)
			}
		}
	}
	return had, refused, wrong
}

// TestTwoWritersOneLog lets two processes write one log on PostgreSQL, with the
// same payload folder and guard, and make the same requests: each is answered
// once, whoever asks. One is killed again and again.
//
// CUSTOS_LONG=1: 60 kills; else 4.
func TestTwoWritersOneLog(t *testing.T) {
	folder := quick(t)
	t.Setenv(sharedVariable, wiringtest.Database(t))
	if err := createCore(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	kills := trials(4, 60)
	both, wrong := together(t, folder, kills)
	failures := len(wrong)
	for _, w := range wrong {
		t.Error(w)
	}
	all, twice, moved := merged(both)
	for _, w := range moved {
		failures++
		t.Error(w)
	}
	v := all.judge(t, coreAlone, folder)
	if !v.clean() {
		failures++
		t.Error(v)
	}
	answered := len(all.all)
	r, err := openRecord(t.Context(), coreAlone, folder)
	if err != nil {
		t.Fatal(err)
	}
	size, err := r.entries().Size(t.Context())
	if err != nil || size > uint64(len(all.all))+12 { // and at most one cut-off request of each writer
		failures++
		t.Errorf("%d entries for %d requests: %v", size, len(all.all), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d kills; %d requests answered, %d of them to both processes; %d entries", kills, len(all.all), twice, size)
	if twice < 20 {
		t.Errorf("only %d requests were made by both: the harness shows too little", twice)
	}
	caught := 0
	claimed := all.all[0]
	claimed.Proofs[0].Placed.Commitment[3] ^= 1
	all.all = append(all.all, claimed)
	if all.judge(t, coreAlone, folder).Forked > 0 {
		caught = 1
	}
	proof(t, "two-writers-one-log", answered+twice, failures, caught, 1)
}

// together lets two processes write one log, kills one or the other again and
// again, and returns what the clients of each were told, and what was wrong.
func together(t *testing.T, folder string, kills int) (both [2]*clients, wrong []string) {
	t.Helper()
	both = [2]*clients{newClients(6), newClients(6)}
	begin := func(i int) *child {
		p := start(t, order{Role: "writers", Kind: coreAlone, Folder: folder, From: both[i].last})
		p.ready(t)
		return p
	}
	running := [2]*child{begin(0), begin(1)}
	for k := range kills {
		time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
		running[k%2].kill()
		both[k%2].hear(running[k%2])
		running[k%2] = begin(k % 2)
	}
	for patience := 6000; patience > 0 && min(len(running[0].heard), len(running[1].heard)) < 20; patience-- {
		time.Sleep(10 * time.Millisecond)
	}
	for i, p := range running {
		p.kill()
		both[i].hear(p)
		if said := p.said.String(); said != "" {
			wrong = append(wrong, fmt.Sprintf("process %d failed by itself: %s", i, said))
		}
	}
	return both, wrong
}

// merged returns what either was told, how much both were told, and where the
// two differ.
func merged(both [2]*clients) (all *clients, twice int, moved []string) {
	all = newClients(len(both[0].last))
	seen := map[string]told{}
	for _, c := range both {
		for _, answer := range c.all {
			name := fmt.Sprint(answer.Writer, "/", answer.Turn)
			before, ok := seen[name]
			if !ok {
				seen[name] = answer
				all.keep(answer)
				continue
			}
			twice++
			if one, other := before.Proofs[0].Placed, answer.Proofs[0].Placed; one != other {
				moved = append(moved, fmt.Sprintf("request %s stands at %d for one and at %d for the other", name, one.Index, other.Index))
			}
		}
	}
	return all, twice, moved
}
