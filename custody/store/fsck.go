package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"custos.example/custody"
	"custos.example/ledger"
)

// What to do about a finding.
const (
	doRestore = "do not repair it by hand: keep the files as they are and restore this store from a copy taken before the change"
	doRebuild = "run rebuild, which makes it again from the entries"
	doProgram = "open the store with the program that made it, and find out who changed the schema"
	doErasure = "find out who removed it: an erasure has its own row and its order on the organisation's chain"
	doLonger  = "the store has been put back to an older state: restore the newest copy, and ask the clients for their acknowledgements"
)

// Fsck checks everything that is stored against everything else, and against
// the checkpoint given: the schema, every row mac, every commitment, number,
// predecessor, envelope and leaf, every node and the root, the requests,
// and that a replay gives the projections. It reads one state and changes
// nothing.
// Trust: without options.From a store that was put back as a whole passes.
// Errors: only when it could not read; what does not agree is in the report.
func (s *Store) Fsck(ctx context.Context, options custody.FsckOptions) (custody.FsckReport, error) {
	return s.fsck(ctx, options, fsckPasses())
}

// pass is one part of the check. They run in order: entries leaves behind what
// those after it compare with.
type pass struct {
	name string
	run  func(f *fsck, ctx context.Context) error
}

func fsckPasses() []pass {
	return []pass{
		{"schema", (*fsck).checkSchema},
		{"head", (*fsck).checkHead},
		{"erasures", (*fsck).checkErasures},
		{"entries", (*fsck).checkEntries},
		{"chains", (*fsck).checkChains},
		{"scopes", (*fsck).checkScopes},
		{"tree", (*fsck).checkTree},
		{"unique", (*fsck).checkUnique},
		{"facts", (*fsck).checkFacts},
	}
}

func (s *Store) fsck(ctx context.Context, options custody.FsckOptions, passes []pass) (custody.FsckReport, error) {
	f := &fsck{
		store: s, options: options, found: findings{of: map[custody.CaseID]*tally{}},
		chains: map[ledger.ChainID]*chainState{}, scopes: map[custody.CaseID]uint64{}, erased: map[uint64]uint64{},
	}
	err := s.snapshot(ctx, func(ctx context.Context, ask asker, tx *sql.Tx) error {
		f.ask, f.tx = f.tolerant(ask), tx
		if err := f.begin(ctx); err != nil {
			return err
		}
		for _, p := range passes {
			if err := p.run(f, ctx); err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
		}
		return nil
	})
	f.report.Findings = f.found.all()
	if err != nil {
		return f.report, fmt.Errorf("fsck: %w", err)
	}
	return f.report, nil
}

// fsck is one run of the check.
type fsck struct {
	store   *Store
	options custody.FsckOptions
	ask     asker
	tx      *sql.Tx
	report  custody.FsckReport
	found   findings

	entries uint64
	chains  map[ledger.ChainID]*chainState
	scopes  map[custody.CaseID]uint64
	erased  map[uint64]uint64 // index of an erased entry -> index of its order
	request part              // of the newest entry
	at      *entryRow         // being checked, if any
}

// chainState is what the entries say of a chain.
type chainState struct {
	row    *head
	n      uint64
	newest ledger.Commitment
}

// tolerant returns an asker that makes a finding of a row that cannot be read,
// and goes on.
func (f *fsck) tolerant(ask asker) asker {
	return func(ctx context.Context, q question) error {
		each := q.each
		q.each = func(row scanner) error {
			if err := each(row); err != nil {
				f.find(tableOf(q.sql), "", "a row cannot be read ("+err.Error()+")", doRestore)
			}
			return nil
		}
		return ask(ctx, q)
	}
}

// tableOf returns the first table that a SELECT reads.
func tableOf(text string) string {
	_, after, _ := strings.Cut(strings.ReplaceAll(text, "\n", " "), " FROM ")
	if strings.Contains(text, chainColumns) {
		return "chains"
	}
	return strings.Fields(after + " database")[0]
}

func (f *fsck) begin(ctx context.Context) (err error) {
	if f.entries, err = count(ctx, f.ask, `SELECT COUNT(*) FROM entries`); err != nil {
		return err
	}
	rows, err := chainRows(ctx, f.ask)
	if err != nil {
		return err
	}
	for i := range rows {
		f.chains[rows[i].ID] = &chainState{row: &rows[i]}
	}
	orders, err := erasuresOf(ctx, f.ask)
	if err != nil {
		return err
	}
	for _, e := range orders {
		f.erased[e.index] = e.by
	}
	f.report.Entries, f.report.Size, f.report.Chains = f.entries, f.entries, len(rows)
	return nil
}

// find adds a finding; where names table and row, column may be empty.
func (f *fsck) find(where, column, what, do string) {
	finding := custody.Finding{Where: where, What: what + ": " + do}
	if column != "" {
		finding.Where += ", column " + column
	}
	if f.at != nil {
		finding.Case, finding.Entry = f.at.Case, f.at.Entry
	}
	f.found.add(finding, column)
}

// whereEntry names an entry's row.
func whereEntry(e *entryRow) string {
	return fmt.Sprintf("entries index %d (chain %s, n %d)", e.Index, e.Chain, e.N)
}
