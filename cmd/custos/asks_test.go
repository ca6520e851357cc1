package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"custos.example/api"
	"custos.example/policy"
	"custos.example/policy/rego"
)

// unasked are the use cases that ask the policy nothing, each with the reason.
var unasked = map[string]string{
	"Releases.List":          "the rules are public",
	"Releases.Named":         "the rules are public",
	"Releases.Prepare":       "reads the rules that are in force",
	"Releases.Text":          "the rules are public",
	"Cases.Datasets":         "says where entries stand; what may be done with them is decided when it is asked for",
	"Cases.Find":             "turns a reference into an id; the case itself is asked for under that id",
	"Cases.Named":            "says where entries stand",
	"Cases.FileItem":         "says which references are free, and under which a file stands",
	"Cases.Unread":           "says where entries stand",
	"Erasures.Finish":        "carries on what was allowed and cut short",
	"Keys.End":               "the end of the log is public",
	"Keys.EndText":           "the end of the log is public",
	"Keys.Last":              "the state of a key is on every bundle",
	"Keys.List":              "the keys are on every bundle",
	"Keys.Verify":            "checks a text against the keys",
	"Links.Recipient":        "the key to which others seal is public",
	"Links.State":            "head and leaves are public",
	"Organisation.CoSigners": "who co-signs is public",
	"Organisation.Init":      "there is nobody to ask yet",
	"Organisation.Person":    "names who asks",
	"Organisation.Trust":     "the keys are on every bundle",
	"Uploads.Sweep":          "removes what has expired, whoever sent it",
	"SignOns.Holder":         "says who asks",
	"Stamps.Check":           "checks a text against public keys",
	"Stamps.Due":             "the service's own clockwork; what it stamps, it asks for",
}

// wide are the ways in that reach more than they ask, each with the reason.
var wide = map[string]string{
	"custos bench import":              "a record of its own, thrown away",
	"custos bench prepare":             "a record of its own, thrown away",
	"custos demo":                      "a record of its own, with people of its own",
	"custos erase approve":             "one function for both answers, told apart by its word",
	"custos permit ask":                "one function for every kind of permission, told apart by its word",
	"custos permit decide":             "one function for every kind of permission, told apart by its word",
	"custos unmask ask":                "one function for every kind of permission, told apart by its word",
	"custos unmask approve":            "one function for every kind of permission, told apart by its word",
	"POST /v1/cases/:case/permissions": "one function for every kind of permission, told apart by its word",
	"POST /v1/cases/:case/permissions/:request/decisions": "one function for every kind of permission, told apart by its word",
	"custos erase cancel":                      "one function for both answers, told apart by its word",
	"custos serve":                             "its own clockwork has the log time-stamped",
	"GET /v1/copies":                           "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/copies":               "one function for one case and for all, told apart by the path",
	"GET /v1/errors":                           "one function for one case and for all, told apart by the path",
	"GET /v1/deliveries":                       "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/deliveries":           "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/deliveries/:delivery": "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/errors":               "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/errors/:error":        "one function for one case and for all, told apart by the path",
	"GET /v1/items":                            "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/items":                "one function for one case and for all, told apart by the path",
	"GET /v1/seals":                            "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/seals":                "one function for one case and for all, told apart by the path",
	"GET /v1/transfers":                        "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/transfers":            "one function for one case and for all, told apart by the path",
	"GET /v1/retention/rules":                  "one function for one case and for all, told apart by the path",
	"GET /v1/affected":                         "one function for one case and for all, told apart by the path",
	"GET /v1/cases/:case/affected":             "one function for one case and for all, told apart by the path",
}

// coverage is what the code, as it is written, asks of the policy.
type coverage struct {
	cases    []useCase
	routes   map[string]asked
	commands map[string]asked
}

// covered reads the code.
func covered(t *testing.T, added map[string][]string, commands map[string]*cobra.Command) coverage {
	t.Helper()
	c := newCode("../..", added)
	v := coverage{commands: map[string]asked{}}
	var err error
	if v.cases, err = c.useCases(); err != nil {
		t.Fatal(err)
	}
	if v.routes, err = c.routes(); err != nil {
		t.Fatal(err)
	}
	for name, cmd := range commands {
		if v.commands[name], err = c.command(cmd); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

// matrix is every action that the rules give to some role, under some rule.
func matrix(t *testing.T) map[string]bool {
	t.Helper()
	engine, err := rego.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	powers, err := engine.Powers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]bool{}
	for _, p := range powers {
		list[string(p.Action)] = len(p.Roles) > 0 && len(p.Rules) > 1 && p.Words != ""
	}
	return list
}

// faults says what is wrong with what the code asks.
func (v coverage) faults(may map[string]bool, listed []api.Route, said map[string]way) []string {
	var faults []string
	add := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	known := func(who string, actions []string) {
		for _, action := range actions {
			if !may[action] {
				add("%s asks %s, which the matrix gives to nobody", who, action)
			}
		}
	}
	for _, u := range v.cases {
		switch _, excused := unasked[u.name]; {
		case !u.actor && !excused:
			add("%s is not told who asks", u.name)
		case u.actor && excused:
			add("%s is told who asks and is excused from asking", u.name)
		case u.actor && len(u.actions) == 0:
			add("%s asks for nothing", u.name)
		case u.actor && !u.decides:
			add("%s goes on without an answer", u.name)
		case u.actor:
			known(u.name, u.actions)
		}
	}
	routes := map[string]api.Route{}
	for _, r := range listed {
		routes[r.Method+" "+r.Path] = r
	}
	for name, got := range v.routes {
		r, there := routes[name]
		want := texts(r.Asks)
		switch {
		case !there:
			add("%s is not among the routes", name)
		case len(want) == 0 && !r.Own && strings.HasPrefix(r.Path, "/v1/"):
			add("%s asks for nothing", name)
		case !fits(name, want, got.actions):
			add("%s is said to ask %v and asks %v", name, want, got.actions)
		}
		known(name, got.actions)
	}
	for name, got := range v.commands {
		want := texts(said[name].asks)
		switch {
		case said[name].needs == "":
			add("custos %s is not among the commands", name)
		case !fits("custos "+name, want, got.actions):
			add("custos %s is said to ask %v and asks %v", name, want, got.actions)
		}
		known("custos "+name, want)
	}
	slices.Sort(faults)
	return faults
}

// fits tells whether a way in asks what it is said to ask. The founding is asked
// in the name of the service, there being nobody else.
func fits(name string, want, got []string) bool {
	if name == "custos init" {
		return slices.Contains(want, string(policy.LogInit))
	}
	if wide[name] == "" {
		return slices.Equal(want, got)
	}
	return !slices.ContainsFunc(want, func(action string) bool { return !slices.Contains(got, action) })
}

// texts are actions as sorted texts.
func texts(actions []policy.Action) []string {
	list := make([]string, len(actions))
	for i, a := range actions {
		list[i] = string(a)
	}
	slices.Sort(list)
	return list
}

// TestEverythingAsks reads the code and wants every use case, every route and
// every command to ask the policy for an action that the matrix knows, and to ask
// what the lists say. The control is made-up code, read in the same way: use
// cases that ask nothing, do not wait, ask what nobody knows or are not told who
// asks; a route and two commands that stand in no list.
func TestEverythingAsks(t *testing.T) {
	may, commands := matrix(t), leaves(newRoot())
	v := covered(t, nil, commands)
	faults := v.faults(may, api.Routes(), ways())
	for _, fault := range faults {
		t.Error(fault)
	}
	for _, r := range api.Routes() {
		if _, there := v.routes[r.Method+" "+r.Path]; !there {
			t.Errorf("%s %s is listed and registered nowhere", r.Method, r.Path)
		}
	}
	methods := map[string]bool{}
	for _, u := range v.cases {
		methods[u.name] = true
	}
	for name := range unasked {
		if !methods[name] {
			t.Errorf("%s is excused and is not there", name)
		}
	}
	for name := range wide {
		command, isCommand := strings.CutPrefix(name, "custos ")
		_, there := v.routes[name]
		if isCommand {
			_, there = v.commands[command]
		}
		if !there {
			t.Errorf("%s is excused and is not there", name)
		}
	}
	if len(v.cases) < 50 || len(v.routes) < 15 || len(v.commands) < 60 {
		t.Errorf("%d use cases, %d routes, %d commands were read", len(v.cases), len(v.routes), len(v.commands))
	}
	caught, want := madeUp(t, may, faults)
	t.Logf("PROOF harness=coverage trials=%d failures=%d control=\"%d of %d made-up ways in are named\"",
		len(v.cases)+len(v.routes)+len(v.commands), len(faults), caught, want)
}

// madeUp reads the code with the made-up files and counts which of them are named.
func madeUp(t *testing.T, may map[string]bool, before []string) (caught, want int) {
	t.Helper()
	s := &settings{}
	v := covered(t, map[string][]string{
		home + "/custody":    {"cmd/custos/testdata/madeup/custody/peek.go"},
		home + "/api":        {"cmd/custos/testdata/madeup/api/peek.go"},
		home + "/cmd/custos": {"cmd/custos/madeup_test.go"},
	}, map[string]*cobra.Command{"peek": madeUpCommand(s), "leaf": madeUpReader(s)})
	said := ways()
	said["leaf"] = way{needs: needsFolders}
	faults := v.faults(may, api.Routes(), said)
	for _, name := range []string{
		"Cases.Peek asks for nothing", "Cases.Glance goes on without an answer", "Cases.Wave asks case.wave, which the matrix gives to nobody",
		"Cases.Heads is not told who asks", "GET /v1/cases/:case/peek is not among the routes", "custos peek is not among the commands",
		"custos leaf is said to ask [] and asks [case.read]",
	} {
		want++
		if slices.Contains(faults, name) && !slices.Contains(before, name) {
			caught++
		} else {
			t.Errorf("control: nobody says that %s", name)
		}
	}
	return caught, want
}
