package ledger

import "context"

// Acknowledgement is the service's signed word that an entry is durable: keep it,
// since nothing else shows an entry that a keeper drops later.
type Acknowledgement struct {
	Chain      ChainID    `json:"chain"`
	Commitment Commitment `json:"commitment"`
	Index      Index      `json:"index"`
	N          uint64     `json:"n"`
	Origin     string     `json:"origin"`
}

// Sign returns the acknowledgement in an envelope with the service's one signature.
func (a Acknowledgement) Sign(ctx context.Context, service Signer) ([]byte, error) {
	payload, err := MarshalCanonical(a)
	if err != nil {
		return nil, err
	}
	e, err := Sign(ctx, AcknowledgementType, payload, service, nil)
	if err != nil {
		return nil, err
	}
	return e.Bytes()
}

// ParseAcknowledgement accepts exactly what Sign writes and checks its one
// signature with key. Errors: FaultEnvelope, FaultJSON, FaultSignature, FaultUnknownKey.
func ParseAcknowledgement(data []byte, key func(KeyID) (PublicKey, error)) (Acknowledgement, error) {
	var a Acknowledgement
	e, err := ParseEnvelope(data)
	if err != nil {
		return a, err
	}
	if e.PayloadType != AcknowledgementType || len(e.Signatures) != 1 {
		return a, fault(FaultEnvelope, "not an acknowledgement with one signature")
	}
	if err := e.Verify(key); err != nil {
		return a, at("acknowledgement", err)
	}
	err = UnmarshalCanonical(e.Payload, &a)
	return a, err
}

// Verify returns nil if links, the chain named as it stood when leaf asOf was
// appended, do not contradict a: entry n is there with that commitment and index, or
// it was appended after asOf.
// Shape: for a bundle, asOf is the index of its own entry, whichever chain is asked.
// Errors: FaultAcknowledge, when the keeper shows another history than it signed.
func (a Acknowledgement) Verify(origin string, chain ChainID, links []Link, asOf Index) error {
	if a.Origin != origin || a.Chain != chain {
		return fault(FaultAcknowledge, "the acknowledgement is of another chain")
	}
	for _, l := range links {
		if l.N != a.N {
			continue
		}
		if l.Commitment != a.Commitment || l.Index != a.Index {
			return fault(FaultAcknowledge, "the service acknowledged another entry %d at leaf %d", a.N, a.Index)
		}
		return nil
	}
	if a.Index <= asOf {
		return fault(FaultAcknowledge, "the service acknowledged entry %d at leaf %d, which is not shown", a.N, a.Index)
	}
	return nil
}
