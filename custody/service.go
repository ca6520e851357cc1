package custody

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"slices"
	"sync"

	"custos.example/ledger"
)

// Config is what a Service needs. Everything but Module and Log must be there.
type Config struct {
	Origin     string // the log's name: a DNS name, then perhaps a path
	Program    string // name and version of this program, as pages print them
	Store      Store
	Blobs      Blobs
	Vault      Vault
	Authoriser Authoriser // of one release; it decides while that one is in force
	Rules      Rules      // opens the others
	Recorder   Recorder
	Signers    Signers
	Stamper    Stamper // nil: no authority of time is asked
	Steps      Steps
	Module     Module        // nil: built without one
	Disposal   Disposal      // nil: nothing can be erased
	Intake     Intake        // nil: nothing is sealed, and nothing that was sealed is taken in
	Incoming   Incoming      // nil: nothing is sent in several goes
	Apart      Apart         // nil: received files are read in this process
	Source     ledger.Digest // of the steps' source text, when there is no Module
	Clock      Clock
	Rand       io.Reader
	Log        *slog.Logger
}

// Service is every use case. It is safe for concurrent use.
type Service struct {
	Config

	mu         sync.Mutex
	moduleKept bool

	turns     [64]sync.Mutex // see turn
	chains    readCache[chainKey, Chain]
	seals     sync.Mutex                    // see sealing
	standings readCache[string, Standing]   // by the digest of their payload
	people    readCache[string, personFact] // by their text: to read a public key is to check a point of its curve
	known     remembered[KnownOrganisation]
	owners    remembered[ownDocument]
	shares    remembered[sharingDocument]
	signOns   remembered[SignOn]
	watch     clockWatch
}

// chainKey names a chain by whose it is and what it is for.
type chainKey struct {
	id   CaseID
	kind ledger.ChainKind
}

// New returns a service over its parts.
func New(config Config) *Service {
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{Config: config}
}

// Organisation returns the use cases of founding a log and of its people.
func (s *Service) Organisation() Organisation { return Organisation{s} }

// Cases returns the use cases of cases.
func (s *Service) Cases() Cases { return Cases{s} }

// Authorities returns the use cases of legal authorities.
func (s *Service) Authorities() Authorities { return Authorities{s} }

// Imports returns the use cases of files that are received.
func (s *Service) Imports() Imports { return Imports{s} }

// Analyses returns the use cases of runs.
func (s *Service) Analyses() Analyses { return Analyses{s} }

// Exhibits returns the use cases of exhibits.
func (s *Service) Exhibits() Exhibits { return Exhibits{s} }

// Holds returns the use cases of holds.
func (s *Service) Holds() Holds { return Holds{s} }

// Erasures returns the use cases of lawful disposal.
func (s *Service) Erasures() Erasures { return Erasures{s} }

// Releases returns the use cases of policy releases.
func (s *Service) Releases() Releases { return Releases{s} }

// Audit returns the use cases of those who check the work of others.
func (s *Service) Audit() Audit { return Audit{s} }

// turn is held while a use case decides, signs and appends. It spares the acts
// of one case in this process from overtaking each other for ever; that nothing
// was overtaken is still the store's to check, since others may write too. An act
// that is decided on the record of another case too (within) has the turn of both.
func (s *Service) turn(id, within CaseID) turn {
	at := func(id CaseID) uint32 {
		h := fnv.New32a()
		_, _ = h.Write([]byte(id)) // it cannot fail
		return h.Sum32() % uint32(len(s.turns))
	}
	first, second := at(id), at(within)
	if within == "" || first == second {
		return turn{&s.turns[first]}
	}
	first, second = min(first, second), max(first, second) // so that no two acts wait for each other
	return turn{&s.turns[first], &s.turns[second]}
}

// turn is the turn of one case or of several.
type turn []*sync.Mutex

// Lock waits for every act of those cases to end.
func (t turn) Lock() {
	for _, one := range t {
		one.Lock()
	}
}

// Unlock lets the next begin.
func (t turn) Unlock() {
	for _, one := range t {
		one.Unlock()
	}
}

// chain returns a registered chain.
// Errors: ErrNotFound when there is no such case, or no log has been founded.
func (s *Service) chain(ctx context.Context, id CaseID, kind ledger.ChainKind) (Chain, error) {
	return s.chains.get(chainKey{id, kind}, func() (Chain, error) {
		chains, err := s.Store.Chains(ctx, id)
		if err != nil {
			return Chain{}, fmt.Errorf("look up chains: %w", err)
		}
		if at := slices.IndexFunc(chains, func(c Chain) bool { return c.Kind == kind }); at >= 0 {
			return chains[at], nil
		}
		if id == "" {
			return Chain{}, fmt.Errorf("this folder holds no record yet: found one with init: %w", ErrNotFound)
		}
		return Chain{}, fmt.Errorf("case %s: %w", id, ErrNotFound)
	})
}

// openChain derives and registers a new chain.
func (s *Service) openChain(ctx context.Context, id CaseID, kind ledger.ChainKind, nonce ledger.Nonce) (Chain, error) {
	chain := Chain{ID: ledger.DeriveChain(s.Origin, kind, nonce), Kind: kind, Nonce: nonce, Case: id}
	return chain, s.Store.OpenChain(ctx, chain)
}
