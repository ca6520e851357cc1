package rego

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"custos.example/policy"
)

// grid is what each role is expected to be able to do, and how: the level by
// action and role.
type grid map[policy.Action]map[policy.Role]string

// codes are the roles as the columns of the table are headed.
var codes = map[string]policy.Role{
	"SV": policy.Service, "ADM": policy.Administrator, "AP": policy.Applicant, "SP": policy.SPoC, "AI": policy.AuthorisingIndividual,
	"SRO": policy.SRO, "SIO": policy.SIO, "AN": policy.Analyst, "CSX": policy.CellSiteExpert, "EO": policy.ExhibitsOfficer,
	"DO": policy.DisclosureOfficer, "KO": policy.KioskOfficer, "DFE": policy.ForensicExaminer, "XP": policy.ExternalProvider,
	"PR": policy.Prosecutor, "DS": policy.DefenceSolicitor, "DX": policy.DefenceExpert, "IPC": policy.Inspector, "AUD": policy.Auditor,
	"DPO": policy.DPO, "FIN": policy.Finance,
}

// readGrid reads a table of levels: a heading of columns, then one line an
// action.
// Errors: errTable when a role or an action that there is has no expectation, or
// one that there is not has one.
func readGrid(from fs.FS, name string) (grid, error) {
	text, err := fs.ReadFile(from, name)
	if err != nil {
		return nil, err
	}
	var columns []string
	out := grid{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Fields(strings.TrimPrefix(line, "#"))
		switch {
		case len(cells) > 0 && cells[0] == "SV":
			columns = cells
		case len(cells) == 0 || strings.HasPrefix(line, "#"):
		case len(cells) != len(columns)+1 || out[policy.Action(cells[0])] != nil:
			return nil, fmt.Errorf("%s: %q has not one cell a role, or is there twice: %w", name, cells[0], errTable)
		default:
			row := map[policy.Role]string{}
			for i, level := range cells[1:] {
				if !strings.Contains("Y N C S P A -", level) || codes[columns[i]] == "" {
					return nil, fmt.Errorf("%s: %s of %s: %q is no level or no role: %w", name, cells[0], columns[i], level, errTable)
				}
				row[codes[columns[i]]] = level
			}
			out[policy.Action(cells[0])] = row
		}
	}
	return out, out.complete()
}

// complete returns nil when there is an expectation for every action and role.
func (g grid) complete() error {
	roles := append(policy.Roles(), policy.Service)
	for _, action := range policy.Actions() {
		for _, role := range roles {
			if g[action][role] == "" {
				return fmt.Errorf("nothing is expected of %s by %s: %w", action, role, errTable)
			}
		}
	}
	for action, row := range g {
		if !slices.Contains(policy.Actions(), action) || len(row) != len(roles) {
			return fmt.Errorf("there is no action %s, or it has a role that there is not: %w", action, errTable)
		}
	}
	return nil
}

// stand is one of the ways in which somebody may stand to what they ask for.
type stand struct {
	name                             string
	assigned, served, masked, opened bool
}

// stands are the ways in which each cell is asked about.
var stands = []stand{
	{name: "assigned", assigned: true},
	{name: "a stranger"},
	{name: "served", served: true},
	{name: "a stranger, masked", masked: true},
	{name: "assigned, masked", assigned: true, masked: true},
	{name: "opened for an inspection", opened: true},
}

// expects tells whether the level allows it to somebody who stands so.
func (s stand) expects(level string) bool {
	switch level {
	case "Y", "A":
		return true
	case "N":
		return !s.assigned
	case "C":
		return s.assigned
	case "S":
		return s.served
	case "P":
		return s.masked || s.opened
	}
	return false
}

// ask returns facts, otherwise in order, of somebody in a role who stands so; nil
// where the action knows no such difference.
func (s stand) ask(base map[string]any, role policy.Role) (*policy.Input, error) {
	in, err := typed(base)
	if err != nil {
		return nil, err
	}
	in.Actor.Role, in.Actor.Roles = role, []policy.Role{role}
	if in.Person != nil && in.Person.ID == in.Actor.ID {
		in.Person.Roles = in.Actor.Roles // of a key that its holder replaces
	}
	if s.served && in.Dataset == nil && in.Exhibit == nil || s.masked && in.Request == nil || s.assigned && in.Case == nil || s.opened && in.Dataset == nil {
		return nil, nil //nolint:nilnil // nothing to ask
	}
	if in.Case != nil {
		who := "x.other"
		if s.assigned {
			who = in.Actor.ID
		}
		in.Case.Assigned = []policy.Assignment{{Actor: who, From: "2026-01-05T09:00:00.000Z", Until: "2027-01-01T00:00:00.000Z"}}
	}
	list := []string{}
	if s.served {
		list = []string{in.Actor.ID}
	}
	if in.Dataset != nil {
		in.Dataset.ServedTo = list
		if s.opened {
			in.Dataset.AllowedUses = []policy.Purpose{policy.Inspection}
		}
	}
	if in.Exhibit != nil {
		in.Exhibit.ServedTo = list
	}
	if in.Request != nil {
		in.Request.View = policy.Rows
		if s.masked {
			in.Request.View = policy.Masked
		}
		if purpose, known := purposes[role]; known && in.Action != policy.AuditRead {
			in.Request.Purpose = purpose
		}
	}
	return &in, nil
}

// purposes are those for which roles may look that do not investigate.
var purposes = map[policy.Role]policy.Purpose{
	policy.Auditor: policy.Lawfulness, policy.DPO: policy.Lawfulness, policy.Inspector: policy.Lawfulness, policy.Finance: policy.Lawfulness,
	policy.DefenceExpert: policy.CriminalProceedings, policy.DefenceSolicitor: policy.CriminalProceedings,
}

// check asks about every action by every role who stands in every way, and
// returns how often it asked and what was not as expected.
func (g grid) check(ctx context.Context, e *Engine, all tables) (asked int, wrong []string, err error) {
	bases := map[policy.Action]map[string]any{}
	for _, base := range all.bases {
		word, _ := base["action"].(string)
		bases[policy.Action(word)] = base
	}
	for _, action := range slices.Sorted(maps.Keys(g)) {
		if bases[action] == nil {
			return asked, wrong, fmt.Errorf("%s is allowed by no facts of the tables: %w", action, errTable)
		}
		for role, level := range g[action] {
			for _, s := range stands {
				in, err := s.ask(bases[action], role)
				if err != nil {
					return asked, wrong, err
				}
				if in == nil {
					continue
				}
				asked++
				d, err := e.Decide(ctx, *in)
				if err != nil {
					return asked, wrong, err
				}
				if d.Allowed != s.expects(level) || d.Alarm != "" {
					wrong = append(wrong, fmt.Sprintf("%s by %s, %s: allowed %t, expected at level %s: %v %s", action, role, s.name, d.Allowed, level, d.Reasons, d.Alarm))
				}
			}
		}
	}
	slices.Sort(wrong)
	return asked, wrong, nil
}
