package custody

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
	"custos.example/policy"
)

// Give gives unused material to a party: it is revealed to the prosecutor and
// disclosed to the defence.
// Shape: Entries are material of the case, or reports made in it, such as a schedule;
// To is the reference of a recipient, or the whole of their name.
type Give struct {
	Ask
	Case    CaseID
	Entries []ledger.EntryID
	To      string
	Means   Means // empty: by hand
}

// Given is what was given, as it was recorded.
type Given struct {
	Proof
	Recipient Recipient
	Entries   []ledger.EntryID
}

// Reveal records that material was revealed to the prosecutor.
// Errors: ErrDenied; ErrInvalid; ErrNotFound.
func (d Disclosure) Reveal(ctx context.Context, actor Actor, request Give) (Given, error) {
	return d.give(ctx, actor, policy.MaterialReveal, request, false)
}

// Disclose records that unused material was disclosed to the defence of one
// defendant.
// Errors: ErrDenied; ErrInvalid; ErrNotFound; ErrConflict for what stands on the
// sensitive schedule, or was never revealed to the prosecutor.
func (d Disclosure) Disclose(ctx context.Context, actor Actor, request Give) (Given, error) {
	return d.give(ctx, actor, policy.MaterialDisclose, request, true)
}

func (d Disclosure) give(ctx context.Context, actor Actor, action policy.Action, request Give, defence bool) (Given, error) {
	if err := request.Means.settle(ByHand); err != nil {
		return Given{}, err
	}
	if len(request.Entries) == 0 || len(request.Entries) > mostAssessed {
		return Given{}, fmt.Errorf("name between 1 and %d entries: %w", mostAssessed, ErrInvalid)
	}
	a, err := d.s.begin(ctx, actor, request.Case, action, request)
	if err != nil {
		return Given{}, err
	}
	to, err := a.recipientNamed(ctx, request.To)
	if err != nil {
		return Given{}, a.refusedFirst(ctx, resource{}, err)
	}
	if to.defence() != defence {
		return Given{}, a.refusedFirst(ctx, resource{}, fmt.Errorf("material is revealed to the prosecutor (material reveal) and disclosed to the defence (material disclose); %s is a %s: %w",
			to.label(), to.Role, ErrInvalid))
	}
	given := Given{Recipient: to, Entries: sortedEntries(request.Entries)}
	if stored, done, err := a.earlier(ctx, "given"); done || err != nil {
		given.Proof, err = a.again(ctx, stored, err)
		return given, err
	}
	proofs, err := a.commit(ctx, "given", resource{}, func() ([]sheet, error) {
		if err := a.mayGive(ctx, given.Entries, defence); err != nil {
			return nil, err
		}
		work, err := a.chain(ctx, a.id, ledger.Work)
		detail := ledger.MaterialDisclosed{Material: given.Entries, Means: string(request.Means), To: to.ID}
		s := sheet{stage: "given", chain: work, changes: true, operation: "disclosure", detail: &detail}
		if !defence {
			revealed := ledger.MaterialRevealed(detail)
			s.detail = &revealed
		}
		return []sheet{s}, err
	})
	if err != nil {
		return Given{}, err
	}
	given.Proof = proofs[0]
	return given, a.receipt(ctx, &given.Proof)
}

// sortedEntries puts ids in the order of their text, each once.
func sortedEntries(entries []ledger.EntryID) []ledger.EntryID {
	list := slices.Clone(entries)
	slices.SortFunc(list, func(x, y ledger.EntryID) int { return strings.Compare(x.String(), y.String()) })
	return slices.Compact(list)
}

// mayGive holds what is to be given against its status.
func (a *act) mayGive(ctx context.Context, entries []ledger.EntryID, defence bool) error {
	all, err := a.materials(ctx, 0)
	if err != nil {
		return err
	}
	revealed, err := a.givings(ctx, inRevealed, 0)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		m, known := materialOf(all, entry)
		schedule, isReport, err := a.reportNamed(ctx, entry)
		if err != nil {
			return err
		}
		switch {
		case !known && !isReport:
			return fmt.Errorf("entry %s is no material of the case, and no schedule or report made in it: %w", entry, ErrNotFound)
		case !defence:
			continue
		case isReport && slices.Contains(sensitiveReports(), schedule):
			return fmt.Errorf("%s is not for the defence: %w", strings.ToUpper(schedule), ErrConflict)
		case isReport:
			continue
		case m.sensitive():
			return fmt.Errorf("entry %s cannot be disclosed as it stands: the prosecutor decides on it with the disclosure officer first: %w", entry, ErrConflict)
		case !slices.ContainsFunc(revealed, func(g givenFact) bool { return slices.Contains(g.Material, entry) }):
			return fmt.Errorf("entry %s was never revealed to the prosecutor: reveal it first (material reveal): %w", entry, ErrConflict)
		}
	}
	return nil
}

// GivenLine is one service, revelation or disclosure, as it stands.
type GivenLine struct {
	What      string           `json:"what"` // served, released, revealed or disclosed
	Entries   []ledger.EntryID `json:"entries"`
	Names     []string         `json:"names"`
	To        string           `json:"to"`
	Recipient string           `json:"recipient"` // empty: what the record said of them was erased
	Defendant string           `json:"defendant,omitempty"`
	Means     string           `json:"means"`
	By        string           `json:"by"`
	Time      ledger.Time      `json:"time"`
	Entry     ledger.EntryID   `json:"entry"`
	Collected *ledger.Time     `json:"collected,omitempty"` // when the recipient last fetched it, by their own entry
}

// Given lists what was served, released, revealed and disclosed in a case, in the
// order of the record.
// Errors: ErrDenied.
func (d Disclosure) Given(ctx context.Context, actor Actor, id CaseID, ask Ask) ([]GivenLine, error) {
	a, err := d.s.begin(ctx, actor, id, policy.CaseRead, ask)
	if err != nil {
		return nil, err
	}
	if err := a.decide(ctx, resource{}); err != nil {
		return nil, err
	}
	lines, err := a.givenLines(ctx, 0)
	if err != nil || a.seesSensitive() {
		return lines, err
	}
	all, err := a.materials(ctx, 0)
	if err != nil {
		return nil, err
	}
	return withoutSensitive(lines, all), nil
}

// reportNamed tells whether an entry is a report made in the case, and which.
func (a *act) reportNamed(ctx context.Context, entry ledger.EntryID) (string, bool, error) {
	fact, known, err := maybe[reportFact](ctx, a.Store, a.id, inReports, entry.String(), 0)
	return fact.Report, known, err
}

// sensitiveReports are those that are never for the defence.
func sensitiveReports() []string { return []string{"mg6d", "mg6e"} }
