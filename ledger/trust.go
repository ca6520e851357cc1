package ledger

import (
	"slices"
)

const trustFormat = "https://custos.example/trust/v1"

// Trust is what a checker trusts, never taken from a bundle.
// Shape: Log has keys named as Origin; Keys are in rising order of ID;
// TimestampRoots are DER certificates.
type Trust struct {
	CoSigners      []NoteKey  `json:"coSigners"`
	Format         string     `json:"format"`
	Keys           []TrustKey `json:"keys"`
	KeysChain      ChainID    `json:"keysChain"`
	Log            []NoteKey  `json:"log"`
	Origin         string     `json:"origin"`
	TimestampRoots [][]byte   `json:"timestampRoots"`
}

// TrustKey is one key that the checker accepts, and whose it says it is.
type TrustKey struct {
	Holder string    `json:"holder"`
	ID     KeyID     `json:"id"`
	Public PublicKey `json:"public"`
	Roles  []string  `json:"roles"`
}

// Bytes returns the trust file. Shape: canonical JSON; Format is filled in and Keys
// are sorted. Errors: FaultTrustFile.
func (t Trust) Bytes() ([]byte, error) {
	t.Format = trustFormat
	t.Keys = slices.SortedFunc(slices.Values(t.Keys), func(a, b TrustKey) int { return slices.Compare(a.ID[:], b.ID[:]) })
	if err := t.check(); err != nil {
		return nil, err
	}
	return MarshalCanonical(t)
}

// ParseTrust accepts exactly what Bytes writes. Errors: FaultJSON, FaultTrustFile.
func ParseTrust(data []byte) (Trust, error) {
	var t Trust
	if err := UnmarshalCanonical(data, &t); err != nil {
		return Trust{}, at("trust file", err)
	}
	return t, t.check()
}

func (t Trust) check() error {
	if t.Format != trustFormat || len(t.Log) == 0 {
		return fault(FaultTrustFile, "format is not %s, or there is no key of the log", trustFormat)
	}
	for _, k := range t.Log {
		if k.Name != t.Origin || k.Type != LogKey {
			return fault(FaultTrustFile, "key %s is not one of the log %q", k.Name, t.Origin)
		}
	}
	seen := map[PublicKey]bool{}
	for _, k := range t.CoSigners {
		if k.Type != CoSignerKey || seen[k.Public] {
			return fault(FaultTrustFile, "key %s is no co-signer's, or stands twice", k.Name)
		}
		seen[k.Public] = true
	}
	for i, k := range t.Keys {
		if k.ID != k.Public.KeyID() || k.Holder == "" || i > 0 && slices.Compare(t.Keys[i-1].ID[:], k.ID[:]) >= 0 {
			return fault(FaultTrustFile, "key %s: id and key do not agree, no holder, or not in rising order", k.ID)
		}
	}
	return nil
}

// Key returns the trusted key under id. Errors: FaultUnknownKey.
func (t Trust) Key(id KeyID) (PublicKey, error) {
	for _, k := range t.Keys {
		if k.ID == id {
			return k.Public, nil
		}
	}
	return PublicKey{}, fault(FaultUnknownKey, "key %s is not in the trust file", id)
}

// Recorder tells whether id is trusted as a recording service's key.
func (t Trust) Recorder(id KeyID) bool {
	return slices.ContainsFunc(t.Keys, func(k TrustKey) bool { return k.ID == id && slices.Contains(k.Roles, RoleRecorder) })
}
