package ledger

import "slices"

// Kind is what happened: the last word of a predicate type.
type Kind string

// KindInfo is what FORMAT.md fixes for one kind.
// Shape: Subjects lists the exact subject names in order; "record" means that the
// one subject is the digest of the detail; "*" stands for one name or more that
// the entry chooses. Inputs tells whether step (and row balance) must be there.
type KindInfo struct {
	Kind     Kind
	Chains   []ChainKind
	Subjects []string
	Step     bool
	Balance  bool
	New      func() Detail
}

// Kinds returns the closed list of kinds, in the order of FORMAT.md section 6.
func Kinds() []KindInfo {
	keys, org, work := []ChainKind{Keys}, []ChainKind{Organisation}, []ChainKind{Work}
	record, free := []string{recordSubject}, []string{"*"}
	return []KindInfo{
		{"log-opened", keys, record, false, false, func() Detail { return new(LogOpened) }},
		{"key-enrolled", keys, record, false, false, func() Detail { return new(KeyEnrolled) }},
		{"key-revoked", keys, record, false, false, func() Detail { return new(KeyRevoked) }},
		{"policy-released", keys, record, false, false, func() Detail { return new(PolicyReleased) }},
		{"case-registered", org, record, false, false, func() Detail { return new(CaseRegistered) }},
		{"payload-erased", org, record, false, false, func() Detail { return new(PayloadErased) }},
		{"log-linked", org, record, false, false, func() Detail { return new(LogLinked) }},
		{"case-opened", work, record, false, false, func() Detail { return new(CaseOpened) }},
		{"authority-recorded", work, []string{"authority"}, false, false, func() Detail { return new(AuthorityRecorded) }},
		{"evidence-received", work, []string{"source"}, false, false, func() Detail { return new(EvidenceReceived) }},
		{"source-decided", work, []string{"decision"}, false, false, func() Detail { return new(SourceDecided) }},
		{"dataset-normalised", work, []string{"events", "set-aside", "report"}, true, true, func() Detail { return new(DatasetNormalised) }},
		{"rows-committed", work, []string{"rows"}, false, false, func() Detail { return new(RowsCommitted) }},
		{"dataset-selected", work, free, true, true, func() Detail { return new(DatasetSelected) }},
		{"analysis-run", work, free, true, true, func() Detail { return new(AnalysisRun) }},
		{"exhibit-produced", work, free, false, false, func() Detail { return new(ExhibitProduced) }},
		{"exhibit-checked", work, record, false, false, func() Detail { return new(ExhibitChecked) }},
		{"bundle-made", work, record, false, false, func() Detail { return new(BundleMade) }},
		{"exhibit-served", work, record, false, false, func() Detail { return new(ExhibitServed) }},
		{"material-disclosed", work, record, false, false, func() Detail { return new(MaterialDisclosed) }},
		{"material-revealed", work, record, false, false, func() Detail { return new(MaterialRevealed) }},
		{"item-received", work, record, false, false, func() Detail { return new(ItemReceived) }},
		{"item-transferred", work, record, false, false, func() Detail { return new(ItemTransferred) }},
		{"defect-recorded", []ChainKind{Work, Organisation}, record, false, false, func() Detail { return new(DefectRecorded) }},
		{"access-decided", []ChainKind{Reads, Organisation}, []string{"decision"}, false, false, func() Detail { return new(AccessDecided) }},
	}
}

// InfoOf returns what is fixed for one kind. Errors: FaultStatement if it is not
// in the list.
func InfoOf(k Kind) (KindInfo, error) {
	for _, info := range Kinds() {
		if info.Kind == k {
			return info, nil
		}
	}
	return KindInfo{}, fault(FaultStatement, "kind %q is not in the list", k)
}

// On tells whether the kind may stand on a chain of that kind.
func (i KindInfo) On(chain ChainKind) bool { return slices.Contains(i.Chains, chain) }
