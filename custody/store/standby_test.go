package store

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"custos.example/ledger/recorder"
)

// standby makes a second server that follows s by streaming replication.
// Shape: it has the same databases, on a port of its own.
func (s *server) standby() *server {
	s.t.Helper()
	port := freePort(s.t)
	address, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	follow := fmt.Sprintf("host=127.0.0.1 port=%s user=postgres application_name=standby", address.Port())
	second := &server{t: s.t, data: filepath.Join(s.data, "standby"), bin: s.bin}
	s.asOwner(s.data, "mkdir", second.data)
	s.asOwner(second.data, filepath.Join(s.bin, "pg_basebackup"), "-D", filepath.Join(second.data, "db"), "-c", "fast", "-R", "-d", follow)
	config, err := os.OpenFile(filepath.Join(second.data, "db", "postgresql.auto.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = fmt.Fprintf(config, "port = %s\nunix_socket_directories = '%s'\nprimary_conninfo = '%s'\n", port, second.data, follow)
	if err := errors.Join(err, config.Close()); err != nil {
		s.t.Fatal(err)
	}
	address.Host = "127.0.0.1:" + port
	second.url = address.String()
	second.control("start")
	s.t.Cleanup(func() { second.control("-m", "immediate", "stop") })
	return second
}

// freePort returns a port that nobody has, below those that outgoing connections use.
func freePort(t *testing.T) string {
	t.Helper()
	for port := 15600; port < 15700; port++ {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			_ = listener.Close()
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no port between 15600 and 15699 is free")
	return ""
}

// asOwner runs a program as the user who owns the cluster.
func (s *server) asOwner(folder string, command ...string) {
	s.t.Helper()
	if os.Getuid() == 0 {
		command = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"}, command...)
	}
	c := exec.Command(command[0], command[1:]...)
	c.Dir, c.Env = folder, append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := c.CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// tell carries out statements as the administrator.
func (s *server) tell(texts ...string) {
	s.t.Helper()
	db := rawDatabase(s.t, s.url)
	defer func() { _ = db.Close() }()
	for _, text := range texts {
		if _, err := db.Exec(text); err != nil {
			s.t.Fatalf("%s: %v", text, err)
		}
	}
}

// until waits for the answer yes.
func (s *server) until(question string) {
	s.t.Helper()
	db := rawDatabase(s.t, s.url)
	defer func() { _ = db.Close() }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		var yes bool
		if err := db.QueryRow(question).Scan(&yes); err != nil {
			s.t.Fatalf("%s: %v", question, err)
		}
		if yes {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: not within a minute", question)
		}
	}
}

const (
	cutLine   = `ALTER SYSTEM SET primary_conninfo = ''`
	reload    = `SELECT pg_reload_conf()`
	promote   = `SELECT pg_promote()`
	inSync    = `ALTER SYSTEM SET synchronous_standby_names = 'standby'`
	isFollow  = `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming')`
	isInSync  = `SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')`
	isCut     = `SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)`
	isPrimary = `SELECT NOT pg_is_in_recovery()`
)

// TestStandbyTakesOver cuts the line to a standby under load, kills the server, and
// lets the standby take over. Of a synchronous one nobody is told of an entry that it
// does not have, and the log goes on. The control is one that nobody waits for: it
// lacks entries, the guard refuses it, and so does everybody who kept an acknowledgement.
func TestStandbyTakesOver(t *testing.T) {
	for _, synchronous := range []bool{true, false} {
		t.Run(map[bool]string{true: "synchronous", false: "control, asynchronous"}[synchronous], func(t *testing.T) {
			first := startServer(t)
			url := first.database("pair")
			second := first.standby()
			first.until(isFollow)
			if synchronous {
				first.tell(inSync, reload)
				first.until(isInSync)
			}
			s, err := Open(t.Context(), childConfig(url))
			if err != nil {
				t.Fatal(err)
			}
			folder, guarded := t.TempDir(), recorderOf(t, s)
			clients := startClients(t, "clients", url, folder, "0-7", 1<<40)
			waitForAcks(t, folder, 50)
			second.tell(cutLine, reload)
			second.until(isCut)
			if synchronous { // time for an answer that should not come, and would be counted as lost
				time.Sleep(300 * time.Millisecond)
			} else {
				waitForAcks(t, folder, len(promises(t, folder))+50)
			}
			if _, _, err := recorder.New(guarded).Checkpoint(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			first.control("-m", "immediate", "stop")
			_ = clients.cmd.Process.Kill()
			<-clients.done
			_ = s.Close() // its server is gone

			second.tell(promote)
			second.until(isPrimary)
			taken := second.named("pair")
			v := judge(t, taken, folder, true)
			t.Logf("after the take-over: %v", v)
			s, err = Open(t.Context(), childConfig(taken))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			guarded.Log = s.Log()
			refused := recorder.New(guarded).Check(t.Context())
			if synchronous {
				if !v.clean() || refused != nil {
					t.Errorf("%v; the guard: %v", v, refused)
				}
				return
			}
			if v.lost == 0 || v.forked+v.moved > 0 || v.wrongRoot {
				t.Errorf("control: %v", v)
			}
			if !errors.Is(refused, recorder.ErrRollback) {
				t.Errorf("control: the guard says %v", refused)
			}
		})
	}
}
