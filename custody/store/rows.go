package store

import "custos.example/ledger"

// insertRows adds multi-row inserts, whose texts are given by their number of rows:
// the largest that fit, so that every one but the last few is the same statement.
// Shape: values are the columns of row after row, width in each.
func (s *session) insertRows(texts map[int]string, width int, values []any) {
	for len(values) > 0 {
		take := 1
		for length := range texts {
			if length*width <= len(values) {
				take = max(take, length)
			}
		}
		s.write(texts[take], values[:take*width:take*width]...)
		values = values[take*width:]
	}
}

// How many columns a row of the table has.
const entryRowColumns, factColumns = 16, 5

// maxParameters is the most parameters of one statement of ours. SQLite's limit
// is 32,766, PostgreSQL's 65,535; longer statements gain nothing.
const maxParameters = 512

func (g *group) writeEntries() {
	values := make([]any, 0, entryRowColumns*len(g.entries))
	at := g.now.UnixMilli()
	for i := range g.entries {
		e := &g.entries[i]
		values = append(values,
			signed(e.Index), e.Chain[:], signed(e.N), e.key[:], e.Kind, bit(e.Changes), at,
			e.Prev[:], e.inner[:], e.Commitment[:], nullable(e.part.digest),
			signed(e.part.number), signed(e.part.size), blob(e.nodes), e.mac, e.sealed,
		)
	}
	g.store.session.insertRows(g.store.text.insertEntry, entryRowColumns, values)
}

// blob returns the bytes, or NULL for none.
func blob(b []byte) any {
	if len(b) == 0 {
		return nil
	}
	return b
}

// nullable returns the bytes of a digest, or NULL for the zero digest.
func nullable(d ledger.Digest) any {
	if d == (ledger.Digest{}) {
		return nil
	}
	return d[:]
}

func (g *group) writeFacts() {
	values := make([]any, 0, factColumns*len(g.entries))
	for i := range g.entries {
		values = appendFacts(values, g.entries[i].facts)
	}
	g.store.session.insertRows(g.store.text.insertFact, factColumns, values)
}

// appendFacts appends the columns of facts.
func appendFacts(values []any, facts []fact) []any {
	for i := range facts {
		f := &facts[i]
		values = append(values, string(f.id), f.collection, f.blinded, signed(f.index), f.sealed)
	}
	return values
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
