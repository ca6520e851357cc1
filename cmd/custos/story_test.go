package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"custos.example/cmd/custos/wiring"
)

// storyClock is a clock that a story sets; it moves a little each time it is read.
type storyClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *storyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(50 * time.Millisecond)
	return c.now
}

func (c *storyClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at.After(c.now) {
		c.now = at
	}
}

// teller tells one story, by command or over HTTP. What a step is to be remembered
// by stands in vars, and is put in where ${name} stands.
type teller struct {
	*testing.T
	clock  *storyClock
	home   string // where everything of this telling lies
	http   bool
	vars   map[string]string
	server *httptest.Server
	st     *wiring.Station
	tokens map[string]string
	steps  int
	verify string // path of the verifier
}

// firstDay is a Monday.
var firstDay = time.Date(2026, time.November, 2, 0, 0, 0, 0, time.UTC)

// newTeller founds a log in a fresh folder.
func newTeller(t *testing.T, overHTTP bool) *teller {
	t.Helper()
	s := &teller{T: t, clock: &storyClock{now: firstDay}, home: t.TempDir(), http: overHTTP, vars: map[string]string{}, tokens: map[string]string{}}
	s.vars["home"], s.vars["data"] = s.home, filepath.Join(s.home, "data")
	s.command("", "init --dir ${data} --origin story.custos.example/log --as adm --name 'Robin Vale'")
	return s
}

// on sets the clock to a time of a day of the story; the first day is 1.
func (s *teller) on(day int, at string) {
	s.Helper()
	clock, err := time.Parse("15:04", at)
	if err != nil {
		s.Fatal(err)
	}
	s.clock.set(firstDay.AddDate(0, 0, day-1).Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute))
	clear(s.tokens) // whoever comes back later signs on anew
}

var named = regexp.MustCompile(`\$\{([a-zA-Z0-9._-]+)\}`)

// filled puts in what is remembered.
func (s *teller) filled(text string) string {
	s.Helper()
	return named.ReplaceAllStringFunc(text, func(name string) string {
		value, known := s.vars[name[2:len(name)-1]]
		if !known {
			s.Fatalf("nothing is remembered as %s", name)
		}
		return value
	})
}

// typed splits a command line at spaces; what stands between single quotes is one
// word.
func typed(line string) []string {
	var list []string
	word, quoted, any := "", false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted, any = !quoted, true
		case r == ' ' && !quoted || r == '\n' && !quoted || r == '\t' && !quoted:
			if word != "" || any {
				list = append(list, word)
			}
			word, any = "", false
		default:
			word += string(r)
		}
	}
	if word != "" || any {
		list = append(list, word)
	}
	return list
}

// tried runs one command line as a person and returns its exit code and what it
// printed.
func (s *teller) tried(who, line string) (code int, out, errs string) {
	s.Helper()
	args := typed(s.filled(line))
	if who != "" {
		args = append(args, "--dir", s.vars["data"], "--as", who, "--json")
	}
	var stdout, stderr bytes.Buffer
	root := rootOn(s.clock)
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	if err := root.ExecuteContext(s.Context()); err != nil {
		return exitCode(err), stdout.String(), stderr.String() + err.Error()
	}
	return exitDone, stdout.String(), stderr.String()
}

// command runs a command line that must succeed.
func (s *teller) command(who, line string) any {
	s.Helper()
	if s.http && s.server != nil {
		s.close()
		defer s.serve()
	}
	code, out, errs := s.tried(who, line)
	if code != exitDone {
		s.Errorf("%s: custos %s\nexit %d: %s\n%s", s.clock.now.Format(time.DateTime), s.filled(line), code, errs, out)
		return nil
	}
	if who == "" || out == "" {
		return nil
	}
	return s.parsed(line, []byte(out))
}

func (s *teller) parsed(what string, text []byte) any {
	s.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		s.Fatalf("%s: the answer is no JSON: %v\n%s", what, err, text)
	}
	return v
}

// at returns what stands in an answer under a path such as proof.entry.
func at(v any, path string) (string, bool) {
	for _, part := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i < 0 || i >= len(x) {
				return "", false
			}
			v = x[i]
		default:
			return "", false
		}
	}
	switch x := v.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return fmt.Sprint(x), true
	}
	return "", false
}

// remember keeps parts of an answer under names, as "name=path" with several paths
// divided by a bar, of which the first that is there counts.
func (s *teller) remember(what string, answer any, keep []string) {
	s.Helper()
	for _, k := range keep {
		name, paths, _ := strings.Cut(k, "=")
		found := false
		for _, path := range strings.Split(paths, "|") {
			if value, ok := at(answer, path); ok && !found {
				s.vars[name], found = value, true
			}
		}
		if !found {
			text, _ := json.MarshalIndent(answer, "", " ")
			s.Fatalf("%s: the answer has no %s:\n%s", what, paths, text)
		}
	}
}

// step is one act of the story: by command, or over HTTP.
func (s *teller) step(who, line string, over request, keep ...string) any {
	s.Helper()
	s.steps++
	var answer any
	if s.http {
		answer = s.sent(who, over)
	} else {
		answer = s.command(who, line)
	}
	if answer != nil || len(keep) > 0 && s.Failed() {
		s.remember(line, answer, keep)
	}
	return answer
}

// refused is an act that must be refused, for a reason that names want.
func (s *teller) refused(who, line string, over request, want string) {
	s.Helper()
	s.steps++
	var said string
	if s.http {
		status, answer := s.send(who, over)
		if said = string(answer); status < 400 || status >= 500 {
			s.Fatalf("%s was not refused: %d %s", over.path, status, said)
		}
	} else {
		code, out, errs := s.tried(who, line)
		if said = out + errs; code != exitRefused {
			s.Fatalf("custos %s was not refused: exit %d: %s", line, code, said)
		}
	}
	if !strings.Contains(said, want) {
		s.Errorf("%s: refused without %q: %s", line, want, said)
	}
}

// file writes a file into the story's folder and remembers where.
func (s *teller) file(name string, content []byte) {
	s.Helper()
	path := filepath.Join(s.home, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.Fatal(err)
	}
	s.vars[name] = path
}
