package store

import (
	"encoding/gob"
	"errors"
	"io"
	"time"

	"custos.example/custody"
	"custos.example/ledger"
)

// intent is a request as a client keeps it on disk.
type intent struct {
	Digest ledger.Digest
	Drafts []intendedDraft
}

type intendedDraft struct {
	Kind             string
	Case             custody.CaseID
	Chain            ledger.ChainID
	Entry            ledger.EntryID
	Envelope         []byte
	Salt             ledger.Salt
	AsOf             uint64
	Until            time.Time
	Changes, Decided bool
}

func writeIntent(w io.Writer, r custody.Request) error {
	kept := intent{Digest: r.Digest}
	for _, d := range r.Drafts {
		kept.Drafts = append(kept.Drafts, intendedDraft{
			d.Kind, d.Case, d.Chain, d.Entry, d.Signed.Bytes(), d.Salt, d.AsOf, d.Until, d.Changes, d.Decided,
		})
	}
	return gob.NewEncoder(w).Encode(kept)
}

func readIntent(r io.Reader) (custody.Request, error) {
	var kept intent
	err := gob.NewDecoder(r).Decode(&kept)
	request := custody.Request{Digest: kept.Digest}
	for _, d := range kept.Drafts {
		signed, e := custody.ParseSigned(d.Envelope)
		err = errors.Join(err, e)
		request.Drafts = append(request.Drafts, custody.Draft{
			Kind: d.Kind, Case: d.Case, Chain: d.Chain, Entry: d.Entry, Signed: signed, Salt: d.Salt,
			AsOf: d.AsOf, Until: d.Until, Changes: d.Changes, Decided: d.Decided,
		})
	}
	return request, err
}
