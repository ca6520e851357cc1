package custody

import (
	"context"

	"custos.example/ledger"
	"custos.example/policy"
)

// resource is what an act is about; the sections that its action does not need
// stay empty.
type resource struct {
	authority  ledger.EntryID
	proposed   *policy.Authority // an authority as it would be granted
	source     *policy.Source
	datasets   []portion // one decision is taken on each
	exhibit    ledger.EntryID
	bundle     ledger.EntryID // of the exhibit, where only those on whom it was served are meant
	to         string         // reference of the recipient to whom that bundle is to be released
	person     *policy.Person
	whom       string       // id of somebody enrolled, of whom the record says the rest
	opening    *policy.Case // the case that is to be opened
	within     CaseID       // the case that an act on the organisation's chain is about
	erasure    *erasing
	request    *policy.Request // what is to be shown, and why
	permission *askedPermission
	release    *ledger.Digest // policy release that is to be approved or put in force
	copy       *copying
}

// within returns the case whose record a decision about it rests on, beside that of
// the act itself; empty when there is none.
// Errors: ErrNotFound when there is no such order of erasure.
func (a *act) within(ctx context.Context, about resource) (CaseID, error) {
	if e := about.erasure; e != nil && e.order != (ledger.EntryID{}) {
		fact, err := a.orderOf(ctx, e.order, 0)
		return fact.Case, err
	}
	return about.within, nil
}

// input gathers the facts of a decision as they stood when the log had asOf
// entries. It reads nothing but the record, so that the same call rebuilds
// the facts of an old decision.
func (a *act) input(ctx context.Context, about resource, asOf uint64) (policy.Input, error) {
	in := policy.Input{Action: a.action, AsOf: asOf, Now: policy.At(a.now), Person: about.person, Source: about.source}
	var err error
	if in.Actor, err = a.actorFacts(ctx, asOf); err != nil {
		return in, err
	}
	if about.whom != "" {
		if in.Person, err = a.personFacts(ctx, about.whom, asOf); err != nil {
			return in, err
		}
	}
	in.Case = about.opening
	if about.within != "" {
		within := *a
		within.id = about.within
		if in.Case, err = within.caseFacts(ctx, asOf); err != nil {
			return in, err
		}
	}
	if about.erasure != nil {
		if in.Erasure, err = a.erasureFacts(ctx, *about.erasure, asOf); err != nil {
			return in, err
		}
		if order := about.erasure.order; order != (ledger.EntryID{}) {
			if in.Case, err = a.caseOfOrder(ctx, order, asOf); err != nil {
				return in, err
			}
		}
	}
	if a.id != "" && in.Case == nil && a.action != policy.AuditRead {
		if in.Case, err = a.caseFacts(ctx, asOf); err != nil {
			return in, err
		}
	}
	if about.proposed != nil {
		if in.Authority, err = a.proposedFacts(ctx, *about.proposed, asOf); err != nil {
			return in, err
		}
	}
	if about.authority != (ledger.EntryID{}) {
		if in.Authority, err = a.authorityFacts(ctx, about.authority, asOf); err != nil {
			return in, err
		}
		in.Source = as(about.source, in.Authority)
	}
	if len(about.datasets) > 0 {
		if in.Dataset, err = a.datasetFacts(ctx, about.datasets[0], asOf); err != nil {
			return in, err
		}
	}
	if about.permission != nil {
		if in.Permission, err = a.permissionFacts(ctx, *about.permission, asOf); err != nil {
			return in, err
		}
	}
	if about.exhibit != (ledger.EntryID{}) {
		if in.Exhibit, err = a.exhibitFacts(ctx, about.exhibit, about.bundle, about.to, asOf); err != nil {
			return in, err
		}
	}
	if about.copy != nil {
		if in.Copy, err = a.copyFacts(ctx, *about.copy, asOf); err != nil {
			return in, err
		}
	}
	if about.release != nil {
		if in.Release, err = a.releaseFacts(ctx, *about.release, asOf); err != nil {
			return in, err
		}
	}
	if a.action == policy.RowRead || a.action == policy.AuditRead {
		in.Request = a.requestFacts(about.request)
	}
	return in, nil
}

// as is what a return is said to hold in the words of its authority.
func as(source *policy.Source, authority *policy.Authority) *policy.Source {
	if source == nil {
		return nil
	}
	told := *source
	told.Identifiers = asListed(source.Identifiers, authority.Identifiers)
	return &told
}
