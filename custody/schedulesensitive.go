package custody

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"custos.example/ledger"
)

// open returns the material that may be shown to everybody on either side: what is not
// sensitive, and does not rest on or name what is.
func (s *schedule) open(ctx context.Context) ([]Material, error) {
	var open []Material
	for _, m := range s.material {
		if m.sensitive() {
			continue
		}
		tells, err := s.tells(ctx, m)
		if err != nil {
			return nil, err
		}
		if !tells {
			open = append(open, m)
		}
	}
	return open, nil
}

// nothingNamed refuses an open schedule with items that rest on what is sensitive, as long
// as they are described as the record does, which names it. Whether they are left out is
// for the disclosure officer to say, of each.
// Errors: ErrConflict.
func (s *schedule) nothingNamed(ctx context.Context, listed []Material) error {
	var items []string
	for _, m := range listed {
		tells, err := s.tells(ctx, m)
		if err != nil {
			return err
		}
		if tells && (m.assessment == nil || m.assessment.Description == "") {
			items = append(items, fmt.Sprint(m.Item))
		}
	}
	if len(items) == 0 {
		return nil
	}
	return fmt.Errorf("the defence reads this schedule, and what stands under %s rests on what stands on the sensitive one, which its description names: "+
		"give it another status, or a description that does not (--description): %w", strings.Join(items, ", "), ErrConflict)
}

// tells tells whether a run, an exhibit or a search rests on what is sensitive.
func (s *schedule) tells(ctx context.Context, m Material) (bool, error) {
	if m.from == (ledger.EntryID{}) || !slices.ContainsFunc(s.material, Material.sensitive) {
		return false, nil
	}
	behind, err := s.lineage(ctx, m.from)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrInvalid) { // a file of reference is behind it, or nothing
		err = nil
	}
	entries := slices.Clone(behind.entries)
	for _, file := range behind.files {
		entries = append(entries, file.Entry)
	}
	hidden := func(other Material) bool { return other.sensitive() && slices.Contains(entries, other.Entry) }
	return slices.ContainsFunc(s.material, hidden), err
}
