package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"custos.example/api"
	"custos.example/cmd/custos/wiring"
	"custos.example/custody/sandbox"
	"custos.example/policy"
	"custos.example/policy/rego"
)

// capabilities is everything that anybody can do with this program, by role, by
// way in and by what they hold.
type capabilities struct {
	Release  string              `json:"release"` // digest of the rules
	Roles    []roleCan           `json:"roles"`
	Actions  []rego.Power        `json:"actions"`
	Commands []wayIn             `json:"commands"`
	Routes   []wayIn             `json:"routes"`
	Keepers  []keeper            `json:"keepers"`
	Reader   sandbox.Confinement `json:"reader"` // what a process that reads received files gives up on this machine
}

// roleCan is one role and what it may ask for.
type roleCan struct {
	Role policy.Role     `json:"role"`
	May  []policy.Action `json:"may"`
}

// wayIn is one command or route.
type wayIn struct {
	Way   string          `json:"way"`
	Needs string          `json:"needs"`
	Asks  []policy.Action `json:"asks"`
}

func capabilitiesCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use: "capabilities", Short: "say what each role, and each keeper of a store or a key, can do", Args: cobra.NoArgs,
		Long: "The roles are read from the rules in force (--dir), or else from those that this program was built with, and tests hold them against the decisions; the lists of\n" +
			"commands and routes are held against those that there are. SQLite has no roles: whoever can open the file can change\n" +
			"every row of it, and fsck tells. What a role of PostgreSQL may do is said by custos database show.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.perhaps(cmd, func(ctx context.Context, st *wiring.Station) error {
				engine, err := openRelease(ctx, st, rego.NewEngines(), "")
				if err != nil {
					return err
				}
				c, err := gather(ctx, engine)
				if err != nil {
					return err
				}
				return s.answer(cmd, c, c.text)
			})
		},
	}
}

// gather reads the rules and the lists.
func gather(ctx context.Context, engine *rego.Engine) (capabilities, error) {
	c := capabilities{Keepers: keepers(), Reader: sandbox.Confined(), Release: engine.Release()}
	var err error
	if c.Actions, err = engine.Powers(ctx); err != nil {
		return c, err
	}
	for _, role := range append([]policy.Role{policy.Service}, policy.Roles()...) {
		can := roleCan{role, []policy.Action{}}
		for _, power := range c.Actions {
			if slices.Contains(power.Roles, role) {
				can.May = append(can.May, power.Action)
			}
		}
		c.Roles = append(c.Roles, can)
	}
	list := ways()
	for _, name := range slices.Sorted(maps.Keys(list)) {
		c.Commands = append(c.Commands, wayIn{"custos " + name, list[name].needs, notNil(list[name].asks)})
	}
	for _, r := range api.Routes() {
		needs := "a token"
		if len(r.Asks) == 0 && !r.Own {
			needs = "nothing"
		}
		c.Routes = append(c.Routes, wayIn{r.Method + " " + r.Path, needs, notNil(r.Asks)})
	}
	return c, nil
}

func notNil(list []policy.Action) []policy.Action {
	if list == nil {
		return []policy.Action{}
	}
	return list
}

// text says it for people.
func (c capabilities) text(w io.Writer) {
	say(w, "Policy release %s\n\nROLES", c.Release)
	for _, r := range c.Roles {
		say(w, "  %-20s %s", r.Role, joined(r.May, "nothing"))
	}
	say(w, "\nCOMMANDS, and what the policy is asked")
	for _, way := range c.Commands {
		say(w, "  %-28s %s", way.Way, joined(way.Asks, "asks nothing: whoever holds "+way.Needs))
	}
	say(w, "\nROUTES")
	for _, way := range c.Routes {
		say(w, "  %-62s %s", way.Way, joined(way.Asks, "asks nothing: whoever holds "+way.Needs))
	}
	say(w, "\nKEEPERS: what no program can prevent, and what does not stay unseen")
	for _, k := range c.Keepers {
		say(w, "  Whoever holds %s\n    can         %s\n    not unseen  %s", k.Holds, k.Can, k.Cannot)
	}
	say(w, "\nREADERS of received files, on this machine (%s)", c.Reader.System)
	for _, line := range c.Reader.Enforced {
		say(w, "  %s", line)
	}
	for _, line := range c.Reader.Missing {
		say(w, "  NOT HERE: %s", line)
	}
}

func joined(actions []policy.Action, none string) string {
	if len(actions) == 0 {
		return none
	}
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = fmt.Sprint(a)
	}
	return strings.Join(words, " ")
}
