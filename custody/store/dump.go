package store

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"custos.example/custody"
	"custos.example/ledger"
	"custos.example/migrations"
)

// Dump writes every row and column of the store as text, one row a line, equal
// for stores of equal content on either database. What is sealed is written as
// a keyed digest of its plaintext, so that a dump gives nothing away and two
// encryptions of one text read alike.
// Shape: for comparing; a store cannot be restored from it.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	err := s.snapshot(ctx, func(ctx context.Context, ask asker, tx *sql.Tx) error {
		d := dump{store: s, ask: ask, out: out}
		for _, table := range []func(context.Context) error{d.head, d.chains, d.scopes, d.entries, d.facts, d.erasures} {
			if err := table(ctx); err != nil {
				return err
			}
		}
		return d.versions(ctx, tx)
	})
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		return fmt.Errorf("dump: %w", err)
	}
	return nil
}

type dump struct {
	store *Store
	ask   asker
	out   *bufio.Writer
}

// line writes one row; an error stays with the writer until Flush.
func (d *dump) line(format string, args ...any) { _, _ = fmt.Fprintf(d.out, format+"\n", args...) }

func (d *dump) head(ctx context.Context) error {
	return d.ask(ctx, question{`SELECT id, size, chains, mac FROM log_head ORDER BY id`, nil, func(row scanner) error {
		var id, size, chains int64
		var mac string
		err := row.Scan(&id, &size, &chains, &mac)
		d.line("log_head id=%d size=%d chains=%d mac=%s", id, size, chains, mac)
		return err
	}})
}

func (d *dump) chains(ctx context.Context) error {
	all, err := chainRows(ctx, d.ask)
	for _, c := range all {
		d.line("chains id=%s kind=%d nonce=%s case_id=%q mac=%s", c.ID, c.Kind, c.Nonce, c.Case, c.mac)
	}
	return err
}

func (d *dump) scopes(ctx context.Context) error {
	var lines []string
	err := d.ask(ctx, question{`SELECT case_id, decided FROM scopes`, nil, func(row scanner) error {
		var id string
		var decided int64
		err := row.Scan(&id, &decided)
		lines = append(lines, fmt.Sprintf("scopes case_id=%q decided=%d", id, decided))
		return err
	}})
	slices.Sort(lines) // databases differ in how they sort text
	for _, l := range lines {
		d.line("%s", l)
	}
	return err
}

func (d *dump) entries(ctx context.Context) error {
	return d.store.walk(ctx, d.ask, func(rows []entryRow) error {
		for i := range rows {
			e := &rows[i]
			d.line("entries idx=%d chain=%s n=%d entry_id=%s kind=%q changes=%t committed_ms=%d prev=%s inner_digest=%s commitment=%s "+
				"request_digest=%s request_part=%d request_size=%d nodes=%x sealed=%s mac=%s",
				e.Index, e.Chain, e.N, e.Entry, e.Kind, e.changes, e.CommittedAt.UnixMilli(), e.Prev, e.Inner, e.Commitment,
				e.part.digest, e.part.number, e.part.size, e.nodes,
				d.sealed(ctx, e.Case, entryAAD(e.Chain, e.Entry, e.Kind), e.sealed), e.mac)
		}
		return nil
	})
}

func (d *dump) facts(ctx context.Context) error {
	var all []fact
	err := d.ask(ctx, question{selectFacts, nil, func(row scanner) error {
		f, err := scanFact(row)
		all = append(all, f)
		return err
	}})
	slices.SortFunc(all, func(a, b fact) int { // databases differ in how they sort text
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.id, b.id), cmp.Compare(a.collection, b.collection), cmp.Compare(a.blinded, b.blinded))
	})
	for _, f := range all {
		d.line("facts idx=%d case_id=%q collection=%q fact_key=%s sealed=%s", f.index, f.id, f.collection, f.blinded,
			d.sealed(ctx, f.id, factAAD(f.index, f.id, f.collection, f.blinded), f.sealed))
	}
	return err
}

func (d *dump) erasures(ctx context.Context) error {
	all, err := erasuresOf(ctx, d.ask)
	for _, e := range all {
		d.line("erasures idx=%d by_idx=%d erased_ms=%d mac=%s", e.index, e.by, e.at, e.mac)
	}
	return err
}

func (d *dump) versions(ctx context.Context, tx *sql.Tx) error {
	applied, err := migrations.Applied(ctx, tx)
	for _, m := range applied {
		d.line("schema_versions version=%d name=%q digest=%s", m.Version, m.Name, m.Digest)
	}
	return err
}

// sealed returns what a dump shows of an encrypted value.
func (d *dump) sealed(ctx context.Context, id custody.CaseID, aad, sealed []byte) string {
	if sealed == nil {
		return "erased"
	}
	plain, err := d.store.config.Sealer.Open(ctx, id, aad, sealed)
	if err != nil {
		return "unreadable:" + ledger.Digest(sha256.Sum256(sealed)).String()
	}
	sum := sha256.Sum256(plain)
	blinded, err := d.store.config.Sealer.Blind("", "custos/store/dump/v1", hex.EncodeToString(sum[:]))
	if err != nil {
		return "unreadable:" + ledger.Digest(sha256.Sum256(sealed)).String()
	}
	return blinded
}
