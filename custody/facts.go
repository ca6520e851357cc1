package custody

import (
	"context"
	"errors"
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// The collections of projected facts. The first four belong to the
// organisation, the rest to a case.
const (
	inPeople     = "people"      // by id of the holder
	inRevoked    = "revoked"     // by key id
	inCases      = "cases"       // by case id
	inReleases   = "releases"    // by digest of the rules, the newest also by theRules; of the co-signers by that word
	inCase       = "case"        // one record, by case id
	inAuthority  = "authorities" // by the entry that first recorded it
	inEvidence   = "evidence"    // by entry
	inReceived   = "received"    // evidence, by its recorded digest
	inDecided    = "decided"     // source-decided, by entry
	inDatasets   = "datasets"    // by entry
	inRows       = "rows"        // rows-committed, by the data set's entry
	inRowsMade   = "rows-made"   // rows-committed, by entry
	inSelected   = "selected"    // dataset-selected, by entry
	inRuns       = "runs"        // by entry
	inExhibits   = "exhibits"    // by entry
	inReferences = "references"  // newest version of an exhibit, by its reference
	inChecks     = "checks"      // newest check, by the exhibit's entry
	inBundles    = "bundles"     // by entry
	inLooks      = "looks"       // access-decided, by entry
	inDefects    = "defects"     // newest state, by its name in the register; of a case or of the organisation
	inHolds      = "holds"       // of the organisation, by case and name
	inLifted     = "lifted"      // of the organisation, by case and name of the hold
	inOrders     = "orders"      // of erasure, of the organisation, by entry
	inAnswers    = "answers"     // newest answer to an order of erasure, by the order's entry
	inErased     = "erased"      // payload-erased, by the order's entry and the digest
)

// personFact is a person with the key under which they act.
type personFact struct {
	Entry  ledger.EntryID   `json:"entry"`
	HeldBy string           `json:"heldBy"`
	ID     string           `json:"id"`
	Key    ledger.KeyID     `json:"key"`
	Name   string           `json:"name"`
	Public ledger.PublicKey `json:"public"`
	Roles  []string         `json:"roles"`
	Time   ledger.Time      `json:"time"`
}

// revokedFact is the end of a key.
type revokedFact struct {
	Entry  ledger.EntryID `json:"entry"`
	Index  ledger.Index   `json:"index"`
	Reason string         `json:"reason"`
}

// registeredFact is what the organisation knows of a case.
type registeredFact struct {
	Case       CaseID         `json:"case"`
	Entry      ledger.EntryID `json:"entry"`
	ReadsChain ledger.ChainID `json:"readsChain"`
	WorkChain  ledger.ChainID `json:"workChain"`
}

// releaseFact is a policy release in force.
type releaseFact struct {
	By      string         `json:"by"`
	Entry   ledger.EntryID `json:"entry"`
	Index   ledger.Index   `json:"index"`
	Name    string         `json:"name"`
	Release ledger.Digest  `json:"release"`
	Time    ledger.Time    `json:"time"`
}

// caseFact is a case as it was opened.
type caseFact struct {
	Assigned   []string       `json:"assigned"`
	Case       CaseID         `json:"case"`
	Entry      ledger.EntryID `json:"entry"`
	Marking    string         `json:"marking"`
	Opened     ledger.Time    `json:"opened"`
	OpenedBy   string         `json:"openedBy"`
	ReadsChain ledger.ChainID `json:"readsChain"`
	Reference  string         `json:"reference"`
	Title      string         `json:"title"`
	WorkChain  ledger.ChainID `json:"workChain"`
}

// evidenceFact is a file as it was received.
type evidenceFact struct {
	Authority []ledger.EntryID `json:"authority"`
	By        string           `json:"by"`
	Credit    string           `json:"credit,omitempty"`
	Entry     ledger.EntryID   `json:"entry"`
	Extracted *extractedFact   `json:"extracted,omitempty"`
	FileName  string           `json:"fileName"`
	From      string           `json:"from"`
	Item      string           `json:"item"`
	Payload   ledger.DigestSet `json:"payload"`
	Reference string           `json:"reference,omitempty"`
	Size      uint64           `json:"size"`
	Time      ledger.Time      `json:"time"`
}

// decidedFact is an answer to a question about a source.
type decidedFact struct {
	By       string           `json:"by"`
	Entry    ledger.EntryID   `json:"entry"`
	Item     string           `json:"item"`
	Payload  ledger.DigestSet `json:"payload"`
	Question string           `json:"question"`
}

// producedFact is a data set or a run: what a step made.
type producedFact struct {
	Authority    []ledger.EntryID    `json:"authority"`
	Balance      ledger.RowBalance   `json:"balance"`
	By           string              `json:"by"`
	Dependencies []ledger.Dependency `json:"dependencies"`
	Entry        ledger.EntryID      `json:"entry"`
	Item         string              `json:"item,omitempty"`
	Parameters   map[string]string   `json:"parameters"`
	Step         ledger.Step         `json:"step"`
	Subjects     []ledger.Subject    `json:"subjects"`
	Time         ledger.Time         `json:"time"`
	Title        string              `json:"title,omitempty"`
}

// rowsFact is the commitment to the rows of a data set.
type rowsFact struct {
	Count   uint64           `json:"count"`
	Dataset ledger.EntryID   `json:"dataset"`
	Entry   ledger.EntryID   `json:"entry"`
	Root    ledger.DigestSet `json:"root"`
}

// exhibitFact is one version of an exhibit.
type exhibitFact struct {
	Authority []ledger.EntryID  `json:"authority"`
	Balance   ledger.RowBalance `json:"balance"`
	By        string            `json:"by"`
	Changed   string            `json:"changed,omitempty"`
	Entry     ledger.EntryID    `json:"entry"`
	Expert    string            `json:"expert,omitempty"`
	Reference string            `json:"reference"`
	Run       ledger.EntryID    `json:"run"`
	Subjects  []ledger.Subject  `json:"subjects"`
	Time      ledger.Time       `json:"time"`
	Title     string            `json:"title"`
	Version   uint64            `json:"version"`
}

// checkFact is a second person's check.
type checkFact struct {
	By     string         `json:"by"`
	Entry  ledger.EntryID `json:"entry"`
	Result string         `json:"result"`
	Time   ledger.Time    `json:"time"`
}

// bundleFact is a bundle that was made.
type bundleFact struct {
	By       string         `json:"by"`
	Entry    ledger.EntryID `json:"entry"`
	Exhibit  ledger.EntryID `json:"exhibit"`
	Manifest ledger.Digest  `json:"manifest"`
	Time     ledger.Time    `json:"time"`
}

// lookFact is a decision of the policy.
type lookFact struct {
	Action  string           `json:"action"`
	Allowed bool             `json:"allowed"`
	By      string           `json:"by"`
	Entry   ledger.EntryID   `json:"entry"`
	Payload ledger.DigestSet `json:"payload"`
	Rules   []string         `json:"rules"`
	Time    ledger.Time      `json:"time"`
}

// defectFact is the newest state of a known defect.
type defectFact struct {
	By      string           `json:"by"`
	Defect  string           `json:"defect"`
	Effect  string           `json:"effect"`
	Entries []ledger.EntryID `json:"entries"`
	Entry   ledger.EntryID   `json:"entry"`
	State   string           `json:"state"`
	Steps   []string         `json:"steps"`
	Time    ledger.Time      `json:"time"`
	Title   string           `json:"title"`
}

// holdFact is a hold as it was placed.
type holdFact struct {
	By     string         `json:"by"`
	Case   CaseID         `json:"case"`
	Entry  ledger.EntryID `json:"entry"`
	Ground string         `json:"ground"`
	Hold   string         `json:"hold"`
	Time   ledger.Time    `json:"time"`
}

// liftedFact is the end of a hold.
type liftedFact struct {
	By     string         `json:"by"`
	Entry  ledger.EntryID `json:"entry"`
	Reason string         `json:"reason"`
	Time   ledger.Time    `json:"time"`
}

// orderFact is an order to erase.
type orderFact struct {
	Basis     policy.ErasureBasis `json:"basis"`
	By        string              `json:"by"`
	Case      CaseID              `json:"case"`
	Digests   []ledger.DigestSet  `json:"digests"`
	Entry     ledger.EntryID      `json:"entry"`
	Ground    string              `json:"ground"`
	NotBefore ledger.Time         `json:"notBefore"`
	Order     string              `json:"order"`
	Time      ledger.Time         `json:"time"`
}

// answerFact is what another person said of an order to erase.
type answerFact struct {
	By       string         `json:"by"`
	Decision string         `json:"decision"`
	Entry    ledger.EntryID `json:"entry"`
	Reason   string         `json:"reason"`
	Time     ledger.Time    `json:"time"`
}

// erasedFact is the record of one payload, or of a whole case, that was erased.
type erasedFact struct {
	By         string           `json:"by"`
	Digest     ledger.DigestSet `json:"digest"`
	Entry      ledger.EntryID   `json:"entry"`
	Index      ledger.Index     `json:"index"`
	Order      string           `json:"order"`
	Recipients []string         `json:"recipients"`
	Time       ledger.Time      `json:"time"`
}

// find returns a fact as it stood when the log had asOf entries; 0 is now.
// Errors: ErrNotFound.
func find[F any](ctx context.Context, store Store, id CaseID, collection, key string, asOf uint64) (F, error) {
	var fact F
	record, err := store.Find(ctx, id, collection, key, asOf)
	if err != nil {
		return fact, err
	}
	if err := ledger.UnmarshalCanonical(record.Value, &fact); err != nil {
		return fact, fmt.Errorf("%w: projected fact in %q: %w", ErrIntegrity, collection, err)
	}
	return fact, nil
}

// has tells whether there is such a fact.
func has(ctx context.Context, store Store, id CaseID, collection, key string, asOf uint64) (bool, error) {
	_, err := store.Find(ctx, id, collection, key, asOf)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// maybe returns a fact, or false when there is none.
func maybe[F any](ctx context.Context, store Store, id CaseID, collection, key string, asOf uint64) (F, bool, error) {
	fact, err := find[F](ctx, store, id, collection, key, asOf)
	if errors.Is(err, ErrNotFound) {
		return fact, false, nil
	}
	return fact, err == nil, err
}

// list returns every fact of a collection, sorted by key.
func list[F any](ctx context.Context, store Store, id CaseID, collection string, asOf uint64) ([]F, error) {
	records, err := store.List(ctx, id, collection, asOf)
	if err != nil {
		return nil, err
	}
	facts := make([]F, len(records))
	for i, record := range records {
		if err := ledger.UnmarshalCanonical(record.Value, &facts[i]); err != nil {
			return nil, fmt.Errorf("%w: projected fact in %q: %w", ErrIntegrity, collection, err)
		}
	}
	return facts, nil
}

// digestKey is a digest as the key of a record.
func digestKey(set ledger.DigestSet) string {
	algorithm, digest, err := set.Single()
	if err != nil {
		return ""
	}
	return algorithm + ":" + digest.String()
}
