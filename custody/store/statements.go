package store

import (
	"fmt"
	"strings"
)

// statements are the SQL texts, made once for a dialect.
type statements struct {
	countHeads, insertHead                            string
	lockHead, updateHead                              string
	selectSize                                        string
	insertChain, selectChain                          string
	selectChains                                      string
	upsertScope                                       string
	entryByPlace, entryByKey, entriesRange, fromIndex string
	leaves, placesAt                                  string
	findFact, listFacts                               string

	seats                   map[int]string // by number of places asked for
	insertEntry, insertFact map[int]string // by number of rows
}

// chainColumns are read by scanHead in this order: a chain and its newest entry.
const chainColumns = `c.id, c.kind, c.nonce, c.case_id, c.mac,
	COALESCE((SELECT e.n FROM entries e WHERE e.chain = c.id ORDER BY e.n DESC LIMIT 1), 0),
	(SELECT e.commitment FROM entries e WHERE e.chain = c.id ORDER BY e.n DESC LIMIT 1)`

// entryColumns are read by scanEntry in this order.
const entryColumns = `e.idx, e.chain, e.n, e.entry_key, e.kind, e.changes, e.committed_ms, e.prev, e.inner_digest, e.commitment,
	e.request_digest, e.request_part, e.request_size, e.nodes, e.mac, e.sealed, COALESCE(c.case_id, '')`

const entryTables = ` FROM entries e JOIN chains c ON c.id = e.chain `

func newStatements(d *dialect) statements {
	return statements{
		seats:      seatTexts(d),
		countHeads: `SELECT (SELECT COUNT(*) FROM log_head), (SELECT COUNT(*) FROM entries)`,
		insertHead: `INSERT INTO log_head (id, size, chains, mac) VALUES (1, $1, $2, $3)`,
		lockHead:   `SELECT size, chains, mac FROM log_head WHERE id = 1` + d.forUpdate,
		updateHead: `UPDATE log_head SET size = $1, chains = $2, mac = $3 WHERE id = 1`,
		selectSize: `SELECT size FROM log_head WHERE id = 1`,

		insertChain:  `INSERT INTO chains (id, kind, nonce, case_id, mac) VALUES ($1, $2, $3, $4, $5)`,
		selectChain:  `SELECT ` + chainColumns + ` FROM chains c WHERE c.id = $1`,
		selectChains: `SELECT ` + chainColumns + ` FROM chains c WHERE c.case_id = $1 ORDER BY c.kind, c.id`,
		upsertScope:  `INSERT INTO scopes (case_id, decided) VALUES ($1, $2) ON CONFLICT (case_id) DO UPDATE SET decided = excluded.decided`,

		insertEntry: insertTexts(d, entryRowColumns, `INSERT INTO entries (idx, chain, n, entry_key, kind, changes, committed_ms, prev,
			inner_digest, commitment, request_digest, request_part, request_size, nodes, mac, sealed) VALUES `),
		insertFact: insertTexts(d, factColumns, `INSERT INTO facts (case_id, collection, fact_key, idx, sealed) VALUES `),

		entryByPlace: `SELECT ` + entryColumns + entryTables + `WHERE e.chain = $1 AND e.n = $2`,
		entryByKey:   `SELECT ` + entryColumns + entryTables + `WHERE e.entry_key = $1`,
		entriesRange: `SELECT ` + entryColumns + entryTables + `WHERE e.chain = $1 AND e.n >= $2 AND e.n <= $3 ORDER BY e.n`,
		fromIndex:    `SELECT ` + entryColumns + ` FROM entries e LEFT JOIN chains c ON c.id = e.chain WHERE e.idx >= $1 ORDER BY e.idx LIMIT $2`,
		leaves:       `SELECT idx, commitment FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx`,

		placesAt: `SELECT idx, chain, n, prev, commitment FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx`,

		findFact: `SELECT idx, fact_key, sealed FROM facts WHERE case_id = $1 AND collection = $2 AND fact_key = $3 AND idx < $4
			ORDER BY idx DESC LIMIT 1`,
		listFacts: `SELECT f.idx, f.fact_key, f.sealed FROM facts f
			JOIN (SELECT fact_key, MAX(idx) AS newest FROM facts WHERE case_id = $1 AND collection = $2 AND idx < $3 GROUP BY fact_key) m
			ON m.fact_key = f.fact_key AND m.newest = f.idx WHERE f.case_id = $1 AND f.collection = $2`,
	}
}

// Lists of parameters have one of these lengths, so that few statements are
// prepared. Their product with the columns stays within what both databases
// accept.
var listLengths = [...]int{1, 2, 4, 8, 16, 32, 64, 128, 256}

const maxList = 256

// listLength returns the smallest prepared length that holds n, at most maxList.
func listLength(n int) int {
	for _, length := range listLengths {
		if length >= n {
			return length
		}
	}
	return maxList
}

// placeholders returns "$1, $2, ..." for count parameters from first.
func placeholders(first, count int) string {
	var b strings.Builder
	for i := range count {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

// tuples returns "($1, $2), ($3, $4), ..." for rows of width parameters.
func tuples(rows, width int) string {
	parts := make([]string, rows)
	for i := range parts {
		parts[i] = "(" + placeholders(1+i*width, width) + ")"
	}
	return strings.Join(parts, ", ")
}

// insertTexts returns, for every prepared length that keeps to maxParameters, the
// INSERT of as many rows.
func insertTexts(d *dialect, width int, prefix string) map[int]string {
	texts := map[int]string{}
	for _, rows := range listLengths {
		if rows*width <= maxParameters {
			texts[rows] = d.insert(prefix, rows, width)
		}
	}
	return texts
}

// seatTexts returns, for every prepared length, the SELECT of the commitments at
// as many places. The casts tell PostgreSQL what the parameters are.
func seatTexts(d *dialect) map[int]string {
	texts := map[int]string{}
	for _, length := range listLengths {
		rows := make([]string, length)
		for i := range rows {
			rows[i] = fmt.Sprintf("(CAST($%d AS BLOB), CAST($%d AS INTEGER))", 2*i+1, 2*i+2)
		}
		texts[length] = `SELECT chain, n, commitment FROM entries WHERE (chain, n) IN (VALUES ` + d.schema.Translate(strings.Join(rows, ", ")) + `)`
	}
	return texts
}
