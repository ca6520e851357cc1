package custody

import (
	"fmt"

	"custos.example/ledger"
	"custos.example/policy"
)

// Project returns the facts that one entry adds to the projections.
//
// It is pure: the same statement at the same place gives the same records, so
// that the projections can be thrown away and made again. An entry that changes
// nothing that is looked up gives none.
// Errors: ErrIntegrity when the statement does not hold what its kind must.
func Project(s ledger.Statement, at Placed) ([]Record, error) {
	p := projection{Statement: s, at: at}
	switch d := s.Predicate.Detail.(type) {
	case *ledger.KeyEnrolled:
		p.add(inPeople, d.Holder, personFact{p.entry(), d.HeldBy, d.Holder, d.Key, d.Name, d.Public, d.Roles, s.Predicate.Time})
		p.add(inKeys, d.Key.String(), keyFact{p.entry(), d.HeldBy, d.Holder, at.Index, d.Key, d.Name, d.Public, d.Roles})
	case *ledger.KeyRevoked:
		p.add(inRevoked, d.Key.String(), revokedFact{p.entry(), at.Index, d.Reason})
	case *ledger.LogClosed:
		p.add(inClosed, theEnd, closedFact{p.entry(), at.Index, d.Next, d.Reason, s.Predicate.Time})
	case *ledger.LogLinked:
		p.linked(d)
	case *ledger.PolicyReleased:
		p.released(d)
	case *ledger.PolicyProposed:
		p.add(inProposals, d.Release.String(), proposedFact{p.by(), p.entry(), d.Name, p.subject("rules"), d.Release, s.Predicate.Time})
	case *ledger.PolicyApproved:
		p.add(inApprovals, d.Release.String()+" "+p.entry().String(), approvedFact{
			p.by(), p.entry(), at.Index, s.Predicate.Actor.Key, d.Release, s.Predicate.Actor.Role, s.Predicate.Time,
		})
	case *ledger.CaseRegistered:
		p.add(inCases, d.Case, registeredFact{CaseID(d.Case), p.entry(), d.ReadsChain, d.WorkChain})
	case *ledger.CaseOpened:
		p.add(inCase, d.Case, caseFact{
			d.Assigned, CaseID(d.Case), p.entry(), orDefault(d.Marking, string(policy.OfficialSensitive)), s.Predicate.Time, p.by(), d.ReadsChain, d.Reference, d.Title, at.Chain,
		})
	case *ledger.RoleChanged, *ledger.StandingRecorded, *ledger.CaseAssigned:
		p.identity(d)
	case *ledger.ApplicationRecorded:
		p.application(d)
	case *ledger.AuthorityRecorded:
		p.authority(d)
	case *ledger.EvidenceReceived:
		p.received(d)
	case *ledger.SourceDecided:
		p.add(inDecided, p.entry().String(), decidedFact{p.by(), p.entry(), d.Item, p.subject("decision"), d.Question})
	case *ledger.DatasetNormalised:
		p.produced(inDatasets, d.Item, "")
	case *ledger.RowsCommitted:
		fact := rowsFact{d.Count, d.Dataset, p.entry(), p.subject("rows")}
		p.add(inRows, d.Dataset.String(), fact)
		p.add(inRowsMade, p.entry().String(), fact)
	case *ledger.DatasetSelected:
		p.produced(inSelected, s.Predicate.Parameters["item"], d.Title)
	case *ledger.AnalysisRun:
		p.produced(inRuns, "", d.Title)
	case *ledger.ExhibitProduced:
		p.exhibit(d)
	case *ledger.ExhibitChecked:
		p.add(inChecks, d.Exhibit.String(), checkFact{p.by(), p.entry(), d.Result, s.Predicate.Time})
	case *ledger.ErrorRecorded:
		p.erred(d)
	case *ledger.CopyIssued:
		p.issued(d)
	case *ledger.CopyDisposed:
		p.disposed(d)
	case *ledger.RegisterRecorded:
		p.registered(d)
	case *ledger.ReportMade:
		p.reported(d)
	case *ledger.ExhibitServed, *ledger.MaterialDisclosed, *ledger.MaterialRevealed:
		p.handed(d)
	case *ledger.PermissionAsked, *ledger.PermissionDecided:
		p.permission(d)
	case *ledger.ItemReceived:
		p.itemTaken(d)
	case *ledger.ItemHandled:
		p.itemHandled(d)
	case *ledger.ItemTransferred:
		p.itemMoved(d)
	case *ledger.TransferRecorded:
		p.transferred(d)
	case *ledger.BundleMade:
		fact := bundleFact{By: p.by(), Entry: p.entry(), Manifest: d.Manifest, Time: s.Predicate.Time}
		if exhibit := dependency(s, "exhibit"); exhibit != nil && exhibit.Entry != nil {
			fact.Exhibit = *exhibit.Entry
		}
		p.add(inBundles, p.entry().String(), fact)
	case *ledger.DefectRecorded:
		p.add(inDefects, d.Defect, defectFact{
			p.by(), d.Defect, d.Effect, d.Entries, p.entry(), d.State, d.Steps, s.Predicate.Time, d.Title,
		})
	case *ledger.HoldPlaced:
		p.add(inHolds, holdKey(CaseID(d.Case), d.Hold), holdFact{p.by(), CaseID(d.Case), p.entry(), d.Ground, d.Hold, s.Predicate.Time})
	case *ledger.HoldLifted:
		p.add(inLifted, holdKey(CaseID(d.Case), d.Hold), liftedFact{p.by(), p.entry(), d.Reason, s.Predicate.Time})
	case *ledger.ErasureOrdered:
		p.add(inOrders, p.entry().String(), orderFact{
			policy.ErasureBasis(s.Predicate.Parameters[parameterBasis]), p.by(), CaseID(d.Case), d.Digests, p.entry(), d.Ground, d.NotBefore, d.Order, s.Predicate.Time,
		})
	case *ledger.ErasureDecided:
		p.add(inAnswers, d.Order.String(), answerFact{p.by(), d.Decision, p.entry(), d.Reason, s.Predicate.Time})
	case *ledger.PayloadErased:
		p.add(inErased, d.Order+" "+digestKey(d.Digest), erasedFact{p.by(), d.Digest, p.entry(), at.Index, d.Order, d.Recipients, s.Predicate.Time})
	case *ledger.TimeStamped:
		p.add(inStamps, stampKey(d.Size, d.Authority), stampFact{
			d.Authority, p.entry(), d.Imprint, at.Index, d.Size, d.Time, p.subject("token"),
		})
	case *ledger.ClockStepped:
		p.clock(d)
	case *ledger.AccessDecided:
		p.add(inLooks, p.entry().String(), lookFact{
			d.Action, d.Allowed, p.by(), p.entry(), p.subject("decision"), d.Rules, s.Predicate.Time,
		})
	}
	return p.records, p.err
}

// projection gathers the records of one statement.
type projection struct {
	ledger.Statement
	at      Placed
	records []Record
	err     error
}

func (p *projection) entry() ledger.EntryID { return p.Predicate.Place.Entry }

func (p *projection) by() string { return p.Predicate.Actor.ID }

// subject returns the digest of a subject.
func (p *projection) subject(name string) ledger.DigestSet {
	for _, s := range p.Subject {
		if s.Name == name {
			return s.Digest
		}
	}
	p.fail(fmt.Errorf("%s has no subject %q", p.Kind(), name))
	return nil
}

func (p *projection) add(collection, key string, fact any) {
	if p.err != nil {
		return
	}
	value, err := ledger.MarshalCanonical(fact)
	if err != nil {
		p.fail(err)
		return
	}
	p.records = append(p.records, Record{Collection: collection, Key: key, Value: value})
}

func (p *projection) fail(err error) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: entry %s: %w", ErrIntegrity, p.entry(), err)
	}
}

// produced projects what a step made.
func (p *projection) produced(collection, item, title string) {
	if p.Predicate.Step == nil || p.Predicate.RowBalance == nil {
		p.fail(fmt.Errorf("%s has no step or no row balance", p.Kind()))
		return
	}
	p.add(collection, p.entry().String(), producedFact{
		Authority: p.Predicate.Authority, Balance: *p.Predicate.RowBalance, By: p.by(),
		Dependencies: p.Predicate.ResolvedDependencies, Entry: p.entry(), Item: item, Parameters: p.Predicate.Parameters,
		Step: *p.Predicate.Step, Subjects: p.Subject, Time: p.Predicate.Time, Title: title,
	})
}

// exhibit projects one version of an exhibit.
func (p *projection) exhibit(d *ledger.ExhibitProduced) {
	fact := exhibitFact{
		Authority: p.Predicate.Authority, By: p.by(), Changed: d.Changed, Entry: p.entry(), Expert: d.Expert, Reference: d.Reference,
		Subjects: p.Subject, Time: p.Predicate.Time, Title: d.Title, Version: d.Version,
	}
	if p.Predicate.RowBalance != nil {
		fact.Balance = *p.Predicate.RowBalance
	}
	for _, dependency := range p.Predicate.ResolvedDependencies {
		if dependency.Entry != nil {
			fact.Run = *dependency.Entry
			break
		}
	}
	p.add(inExhibits, p.entry().String(), fact)
	p.add(inReferences, d.Reference, fact)
}

// clock projects a step of the clock; one that a person signed is confirmed.
func (p *projection) clock(d *ledger.ClockStepped) {
	fact := clockFact{After: d.After, Before: d.Before, By: p.by(), Entry: p.entry(), Index: p.at.Index}
	p.add(inSteps, p.entry().String(), fact)
	p.add(inClock, clockNewest, fact)
	if p.by() != serviceID {
		p.add(inClock, clockConfirmed, fact)
	}
}

// dependency returns the input of that name, or nil.
func dependency(s ledger.Statement, name string) *ledger.Dependency {
	for i := range s.Predicate.ResolvedDependencies {
		if s.Predicate.ResolvedDependencies[i].Name == name {
			return &s.Predicate.ResolvedDependencies[i]
		}
	}
	return nil
}
