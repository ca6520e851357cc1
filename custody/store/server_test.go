package store

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// server is a PostgreSQL cluster of the test's own, which it may kill.
type server struct {
	t    *testing.T
	data string // its folder
	bin  string // of the server's programs
	url  string
}

// startServer starts a cluster with the project's script.
func startServer(t *testing.T) *server {
	t.Helper()
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("no PostgreSQL server is installed here")
		}
		t.Skip("no PostgreSQL server is installed here")
	}
	script, err := filepath.Abs("../../.ci/postgres")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(script, "start").Output()
	if err != nil {
		t.Fatalf("start a server: %v", err)
	}
	value := func(name string) string {
		_, after, _ := strings.Cut(string(out), "export "+name+"='")
		v, _, _ := strings.Cut(after, "'")
		return v
	}
	s := &server{t: t, data: value("CUSTOS_TEST_PGDATA"), bin: bins[len(bins)-1], url: value("CUSTOS_TEST_POSTGRES")}
	t.Cleanup(func() {
		stop := exec.Command(script, "stop")
		stop.Env = append(os.Environ(), "CUSTOS_TEST_PGDATA="+s.data)
		if out, err := stop.CombinedOutput(); err != nil {
			t.Errorf("stop the server: %v\n%s", err, out)
		}
	})
	return s
}

// control runs pg_ctl as the user who owns the cluster.
func (s *server) control(args ...string) {
	s.t.Helper()
	command := append([]string{filepath.Join(s.bin, "pg_ctl"), "-D", filepath.Join(s.data, "db"), "-w", "-l", filepath.Join(s.data, "log")}, args...)
	if os.Getuid() == 0 {
		command = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"}, command...)
	}
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Env = s.data, append(os.Environ(), "LC_ALL=C.UTF-8")
	if err := c.Run(); err != nil {
		s.t.Fatalf("pg_ctl %s: %v", strings.Join(args, " "), err)
	}
}

// database makes a database in the cluster.
func (s *server) database(name string) string {
	s.t.Helper()
	db := rawDatabase(s.t, s.url)
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		s.t.Fatal(err)
	}
	_ = db.Close()
	return s.named(name)
}

// named is the address of a database in the cluster.
func (s *server) named(name string) string {
	return strings.Replace(s.url, "/postgres?", "/"+name+"?", 1)
}

// crash stops the server without letting it write anything, and starts it again.
func (s *server) crash() {
	s.t.Helper()
	s.control("-m", "immediate", "stop")
	s.control("start")
}

// TestKilledServerLosesNothingAcknowledged kills the database server under two
// processes of clients. The control does not wait for the server's disk.
func TestKilledServerLosesNothingAcknowledged(t *testing.T) {
	s := startServer(t)
	run := func(role, name string, kills int) (v verdict) {
		url, folder := s.database(name), t.TempDir()
		for k := range kills {
			both := [2]*running{startClients(t, role, url, folder, "0-7", 1<<40), startClients(t, role, url, folder, "8-15", 1<<40)}
			time.Sleep(time.Duration(200+rand.IntN(500)) * time.Millisecond)
			waitForAcks(t, folder, v.acks)
			s.crash()
			for _, r := range both {
				_ = r.cmd.Process.Kill() // most have ended by themselves: their commit failed
				<-r.done
			}
			if v = judge(t, url, folder, k == kills-1); !v.clean() {
				return v
			}
		}
		return v
	}
	kills := max(4, rounds(t, 0)/20)
	v := run("clients", "honest", kills)
	t.Logf("%d kills of the server: %v", kills, v)
	if !v.clean() {
		t.Errorf("%v", v.fsck)
	}
	lax := run("lax", "lax", 10)
	t.Logf("control, synchronous_commit off: %v", lax)
	caught := 1
	if lax.clean() {
		caught = 0
		t.Error("a store that does not wait for the server's disk was not caught: the harness shows nothing")
	}
	t.Logf("PROOF harness=store-kill-server trials=%d failures=%d control=%q", kills, v.lost+v.forked+v.moved, fmt.Sprintf("caught %d of 1", caught))
}
