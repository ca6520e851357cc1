package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
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
		var all []*child
		for range 3 {
			all = append(all, start(t, order{Role: "writers", Kind: coreAlone, Folder: folder, From: c.last}))
		}
		time.Sleep(time.Duration(40+rand.IntN(120)) * time.Millisecond)
		var had []*child
		for _, p := range all {
			select {
			case first, ok := <-p.heard:
				if ok && first.Writer == -1 {
					had = append(had, p)
					continue
				}
				<-p.ended
				if !strings.Contains(p.said.String(), "in use by another process") {
					failures++
					t.Errorf("round %d: a process was not told that another has the folder: %s", round, p.said.String())
				}
				refused++
			case <-time.After(5 * time.Millisecond): // still starting
			}
		}
		if len(had) > 1 {
			failures++
			t.Errorf("round %d: %d processes have the folder", round, len(had))
		}
		for _, p := range all {
			p.kill()
		}
		for _, p := range had {
			served++
			c.hear(p)
		}
		for _, p := range all { // one that had only just opened it
			for answer := range p.heard {
				if answer.Writer >= 0 {
					c.keep(answer)
				}
			}
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

// TestTwoWritersOneLog lets two processes write one log on PostgreSQL, with the
// same payload folder and guard, and make the same requests: each is answered
// once, whoever asks. One is killed again and again.
//
// CUSTOS_LONG=1: 60 kills; else 4.
func TestTwoWritersOneLog(t *testing.T) {
	server := os.Getenv("CUSTOS_TEST_POSTGRES")
	if server == "" {
		missing(t, "CUSTOS_TEST_POSTGRES is not set")
	}
	folder := quick(t)
	t.Setenv(sharedVariable, database(t, server))
	if err := createCore(t.Context(), folder); err != nil {
		t.Fatal(err)
	}
	both := [2]*clients{newClients(6), newClients(6)}
	kills, failures := trials(4, 60), 0
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
	time.Sleep(200 * time.Millisecond)
	for i, p := range running {
		p.kill()
		both[i].hear(p)
		if said := p.said.String(); said != "" {
			failures++
			t.Errorf("process %d failed by itself: %s", i, said)
		}
	}
	all, twice := newClients(6), 0
	seen := map[string]told{}
	for _, c := range both {
		for _, answer := range c.all {
			name := fmt.Sprint(answer.Writer, "/", answer.Turn)
			if before, ok := seen[name]; ok {
				twice++
				if before.Proofs[0].Placed != answer.Proofs[0].Placed {
					failures++
					t.Errorf("request %s stands at %d for one and at %d for the other", name, before.Proofs[0].Placed.Index, answer.Proofs[0].Placed.Index)
				}
				continue
			}
			seen[name] = answer
			all.keep(answer)
		}
	}
	v := all.judge(t, coreAlone, folder)
	if !v.clean() {
		failures++
		t.Error(v)
	}
	r, err := openRecord(t.Context(), coreAlone, folder)
	if err != nil {
		t.Fatal(err)
	}
	size, err := r.entries().Size(t.Context())
	if err != nil || size > uint64(len(seen))+12 { // and at most one cut-off request of each writer
		failures++
		t.Errorf("%d entries for %d requests: %v", size, len(seen), err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	t.Logf("%d kills; %d requests answered, %d of them to both processes; %d entries", kills, len(seen), twice, size)
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
	proof(t, "two-writers-one-log", len(seen)+twice, failures, caught, 1)
}

// database makes an empty database for one test.
func database(t *testing.T, server string) string {
	t.Helper()
	name := fmt.Sprintf("faults_%d", time.Now().UnixNano())
	run := func(ctx context.Context, statement string) {
		connection, err := pgx.Connect(ctx, server)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close(ctx) }()
		if _, err := connection.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	run(t.Context(), "CREATE DATABASE "+name)
	t.Cleanup(func() { run(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
