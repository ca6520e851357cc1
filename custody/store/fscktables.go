package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/migrations"
)

// checkSchema compares the recorded schema files with the program's, and asks
// the database about its own files.
func (f *fsck) checkSchema(ctx context.Context) error {
	all, err := migrations.All()
	if err != nil {
		return err
	}
	applied, err := migrations.Applied(ctx, f.tx)
	if err != nil {
		return err
	}
	if err := migrations.Known(applied, all); err != nil {
		f.find("schema_versions", "", err.Error(), doProgram)
	} else if len(applied) != len(all) {
		f.find(fmt.Sprintf("schema_versions version %d", len(applied)+1), "", "the row is missing", doProgram)
	}
	found, err := f.store.db.dialect.examine(ctx, f.tx)
	for _, what := range found {
		f.find("database", "", what, doRestore)
	}
	return err
}

// checkHead checks the one row that says how long the log is.
func (f *fsck) checkHead(ctx context.Context) error {
	rows := 0
	err := f.ask(ctx, question{`SELECT id, size, chains, mac FROM log_head ORDER BY id`, nil, func(row scanner) error {
		var id, size, chains int64
		var mac string
		rows++
		if err := row.Scan(&id, &size, &chains, &mac); err != nil {
			return err
		}
		if id != 1 {
			f.find("log_head", "id", fmt.Sprintf("it is %d and not 1", id), doRestore)
		}
		if m, is, err := f.store.markOf(headRow{unsigned(size), unsigned(chains), mac}); err != nil {
			f.find("log_head", "mac", "it does not fit size and chains", doRestore)
		} else if is && !f.store.moving {
			f.find("log_head", "mac", "not the database to use", movedError{m}.Error())
		}
		if unsigned(size) != f.entries {
			f.find("log_head", "size", fmt.Sprintf("it says %d and there are %d entries", size, f.entries), doRestore)
		}
		if int(chains) != f.report.Chains {
			f.find("log_head", "chains", fmt.Sprintf("it says %d and there are %d chains", chains, f.report.Chains), doRestore)
		}
		return nil
	}})
	if rows != 1 {
		f.find("log_head", "id", fmt.Sprintf("there are %d rows, not one", rows), doRestore)
	}
	return err
}

// checkErasures checks the orders under which entries were erased.
func (f *fsck) checkErasures(ctx context.Context) error {
	all, err := erasuresOf(ctx, f.ask)
	if err != nil {
		return err
	}
	for _, e := range all {
		where := fmt.Sprintf("erasures index %d", e.index)
		if f.store.erasureMAC(e.index, e.by, e.at) != e.mac {
			f.find(where, "mac", "it does not fit idx, by_idx and erased_ms", doErasure)
		}
		if e.by <= e.index {
			f.find(where, "by_idx", "the order is not younger than the entry", doErasure)
		}
	}
	orders := slices.Collect(maps.Values(f.erased))
	slices.Sort(orders)
	for _, by := range slices.Compact(orders) {
		n, err := count(ctx, f.ask, `SELECT COUNT(*) FROM entries e JOIN chains c ON c.id = e.chain WHERE e.idx = $1 AND e.kind = 'payload-erased' AND c.kind = $2`,
			signed(by), int64(ledger.Organisation))
		if err != nil {
			return err
		}
		if n != 1 {
			f.find(fmt.Sprintf("erasures by_idx %d", by), "by_idx", "that entry orders no erasure", doErasure)
		}
	}
	return nil
}

// checkChains compares every chain's row with what its entries say.
func (f *fsck) checkChains(context.Context) error {
	for _, id := range slices.SortedFunc(maps.Keys(f.chains), func(a, b ledger.ChainID) int { return slices.Compare(a[:], b[:]) }) {
		state := f.chains[id]
		if state.row == nil {
			continue // named where its entries were
		}
		where := "chains " + id.String()
		if f.store.chainMAC(state.row.Chain) != state.row.mac {
			f.find(where, "mac", "it does not fit id, kind, nonce and case_id", doRestore)
		}
		if state.row.n != state.n || state.row.newest != state.newest {
			f.find(where, "", "the newest entry by number is not the newest by index", doRestore)
		}
	}
	if last := f.request; last.size != 0 && last.number+1 != last.size {
		f.find(fmt.Sprintf("entries index %d", f.entries), "request_size", fmt.Sprintf("the last request has %d entries and %d are there", last.size, last.number+1), doRestore)
	}
	return nil
}

// checkScopes compares what decisions are checked against with the entries.
func (f *fsck) checkScopes(ctx context.Context) error {
	seen := map[custody.CaseID]bool{}
	err := f.ask(ctx, question{`SELECT case_id, decided FROM scopes`, nil, func(row scanner) error {
		var id string
		var decided int64
		if err := row.Scan(&id, &decided); err != nil {
			return err
		}
		seen[custody.CaseID(id)] = true
		if want, ok := f.scopes[custody.CaseID(id)]; !ok {
			f.find(fmt.Sprintf("scopes case_id %q", id), "case_id", "no entry of this case can change a decision", doRebuild)
		} else if unsigned(decided) != want {
			f.find(fmt.Sprintf("scopes case_id %q", id), "decided", fmt.Sprintf("it says %d and the entry is %d", decided, want), doRebuild)
		}
		return nil
	}})
	for _, id := range slices.Sorted(maps.Keys(f.scopes)) {
		if !seen[id] {
			f.find(fmt.Sprintf("scopes case_id %q", id), "", "the row is missing", doRebuild)
		}
	}
	return err
}

// checkUnique looks for two rows of one commitment or one entry id, which the
// indexes of the schema would refuse if nobody had removed them.
func (f *fsck) checkUnique(ctx context.Context) error {
	for _, column := range [...]string{"commitment", "entry_key"} {
		text := fmt.Sprintf(`SELECT %[1]s, COUNT(*), MIN(idx), MAX(idx) FROM entries GROUP BY %[1]s HAVING COUNT(*) > 1`, column)
		err := f.ask(ctx, question{text, nil, func(row scanner) error {
			var value []byte
			var n, first, last int64
			if err := row.Scan(&value, &n, &first, &last); err != nil {
				return err
			}
			f.find(fmt.Sprintf("entries index %d and %d", first, last), column, fmt.Sprintf("%d rows have the value %x", n, value), doRestore)
			return nil
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
