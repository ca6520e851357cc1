package store

import (
	"encoding/hex"
	"strconv"

	"custos.example/custody"
	"custos.example/ledger"
)

// rowMAC returns the keyed digest of a row's clear columns under the
// organisation's key, which outlives the keys of the cases. Every field is
// written with its length, so that no two rows read alike.
func (s *Store) rowMAC(table string, fields ...any) string {
	b, text := make([]byte, 0, 768), make([]byte, 0, 96)
	for _, field := range fields {
		text = text[:0]
		switch f := field.(type) {
		case string:
			text = append(text, f...)
		case uint64:
			text = strconv.AppendUint(text, f, 10)
		case int64:
			text = strconv.AppendInt(text, f, 10)
		case bool:
			text = strconv.AppendBool(text, f)
		case []byte:
			text = hex.AppendEncode(text, f)
		}
		b = append(strconv.AppendInt(b, int64(len(text)), 10), ':')
		b = append(b, text...)
	}
	mac, err := s.config.Sealer.Blind("", "custos/store/row/"+table+"/v1", string(b))
	if err != nil {
		return "" // the keys were closed under the store: it fits no row, and nothing can be sealed either
	}
	return mac
}

func (s *Store) headMAC(size, chains uint64) string {
	return s.rowMAC("log_head", size, chains)
}

func (s *Store) chainMAC(c custody.Chain) string {
	return s.rowMAC("chains", c.ID[:], uint64(c.Kind), c.Nonce[:], string(c.Case))
}

func (s *Store) entryMAC(e *entryRow) string {
	return s.rowMAC("entries", uint64(e.Index), e.Chain[:], e.N, e.Entry[:], e.Kind, e.changes,
		e.CommittedAt.UnixMilli(), e.Prev[:], e.Inner[:], e.Commitment[:],
		e.part.digest[:], e.part.number, e.part.size)
}

func (s *Store) erasureMAC(index, by uint64, at int64) string {
	return s.rowMAC("erasures", index, by, at)
}

// entryAAD binds a sealed envelope to what is known of the entry before it has
// its place. The rest of its row is under the row's mac.
func entryAAD(chain ledger.ChainID, entry ledger.EntryID, kind string) []byte {
	aad := append([]byte("custos/store/entry/v1\n"), chain[:]...)
	aad = append(aad, entry[:]...)
	return append(aad, kind...)
}

// factAAD binds a sealed fact to its row.
func factAAD(index uint64, id custody.CaseID, collection, blinded string) []byte {
	return []byte("custos/store/fact/v1\n" + strconv.FormatUint(index, 10) + "\n" +
		string(id) + "\n" + collection + "\n" + blinded)
}
