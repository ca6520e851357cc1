package ledger

import (
	"reflect"
	"slices"
)

// Kind is what happened: the last word of a predicate type.
type Kind string

// KindInfo is what FORMAT.md fixes for one kind.
// Shape: Subjects lists the exact subject names in order; "record" means that the
// one subject is the digest of the detail; "*" alone stands for one name or more
// that the entry chooses, after others for any number of them. Inputs tells whether step (and row balance) must be there.
type KindInfo struct {
	Kind     Kind
	Chains   []ChainKind
	Subjects []string
	Step     bool
	Balance  bool
	New      func() Detail
}

// Kinds returns the closed list of kinds, in the order of FORMAT.md section 6.
func Kinds() []KindInfo { return slices.Clone(kinds) }

var (
	onKeys, onOrganisation, onWork = []ChainKind{Keys}, []ChainKind{Organisation}, []ChainKind{Work}
	onEither                       = []ChainKind{Work, Organisation}
	givesRecord, givesFree         = []string{recordSubject}, []string{"*"}

	// kinds is the closed list; nothing ever changes it.
	kinds = []KindInfo{
		{"log-opened", onKeys, givesRecord, false, false, func() Detail { return new(LogOpened) }},
		{"key-enrolled", onKeys, givesRecord, false, false, func() Detail { return new(KeyEnrolled) }},
		{"key-revoked", onKeys, givesRecord, false, false, func() Detail { return new(KeyRevoked) }},
		{"policy-released", onKeys, givesRecord, false, false, func() Detail { return new(PolicyReleased) }},
		{"role-changed", onKeys, givesRecord, false, false, func() Detail { return new(RoleChanged) }},
		{"ceremony-held", onKeys, []string{"transcript"}, false, false, func() Detail { return new(CeremonyHeld) }},
		{"log-closed", onKeys, givesRecord, false, false, func() Detail { return new(LogClosed) }},
		{"case-registered", onOrganisation, givesRecord, false, false, func() Detail { return new(CaseRegistered) }},
		{"payload-erased", onOrganisation, givesRecord, false, false, func() Detail { return new(PayloadErased) }},
		{"log-linked", onOrganisation, givesRecord, false, false, func() Detail { return new(LogLinked) }},
		{"erasure-ordered", onOrganisation, givesRecord, false, false, func() Detail { return new(ErasureOrdered) }},
		{"erasure-decided", onOrganisation, givesRecord, false, false, func() Detail { return new(ErasureDecided) }},
		{"clock-stepped", onOrganisation, givesRecord, false, false, func() Detail { return new(ClockStepped) }},
		{"time-stamped", onOrganisation, []string{"token"}, false, false, func() Detail { return new(TimeStamped) }},
		{"standing-recorded", onOrganisation, []string{"standing"}, false, false, func() Detail { return new(StandingRecorded) }},
		{"policy-proposed", onOrganisation, []string{"rules"}, false, false, func() Detail { return new(PolicyProposed) }},
		{"policy-approved", onOrganisation, givesRecord, false, false, func() Detail { return new(PolicyApproved) }},
		{"case-opened", onWork, givesRecord, false, false, func() Detail { return new(CaseOpened) }},
		{"case-assigned", onWork, []string{"assignment"}, false, false, func() Detail { return new(CaseAssigned) }},
		{"application-recorded", onWork, []string{"application"}, false, false, func() Detail { return new(ApplicationRecorded) }},
		{"authority-recorded", onWork, []string{"authority"}, false, false, func() Detail { return new(AuthorityRecorded) }},
		{"evidence-received", onWork, []string{"source"}, false, false, func() Detail { return new(EvidenceReceived) }},
		{"source-decided", onWork, []string{"decision"}, false, false, func() Detail { return new(SourceDecided) }},
		{"import-failed", onWork, givesRecord, false, false, func() Detail { return new(ImportFailed) }},
		{"dataset-normalised", onWork, givesFree, true, true, func() Detail { return new(DatasetNormalised) }},
		{"rows-committed", onWork, []string{"rows"}, false, false, func() Detail { return new(RowsCommitted) }},
		{"dataset-selected", onWork, givesFree, true, true, func() Detail { return new(DatasetSelected) }},
		{"analysis-run", onWork, givesFree, true, true, func() Detail { return new(AnalysisRun) }},
		{"exhibit-produced", onWork, givesFree, false, false, func() Detail { return new(ExhibitProduced) }},
		{"exhibit-checked", onWork, givesRecord, false, false, func() Detail { return new(ExhibitChecked) }},
		{"bundle-made", onWork, givesRecord, false, false, func() Detail { return new(BundleMade) }},
		{"exhibit-served", onWork, givesRecord, false, false, func() Detail { return new(ExhibitServed) }},
		{"material-disclosed", onWork, givesRecord, false, false, func() Detail { return new(MaterialDisclosed) }},
		{"material-revealed", onWork, givesRecord, false, false, func() Detail { return new(MaterialRevealed) }},
		{"item-received", onWork, givesRecord, false, false, func() Detail { return new(ItemReceived) }},
		{"item-transferred", onWork, givesRecord, false, false, func() Detail { return new(ItemTransferred) }},
		{"item-handled", onWork, []string{"handling", "*"}, false, false, func() Detail { return new(ItemHandled) }},
		{"transfer-recorded", onWork, []string{"transfer", "*"}, false, false, func() Detail { return new(TransferRecorded) }},
		{"register-recorded", onEither, []string{"row", "*"}, false, false, func() Detail { return new(RegisterRecorded) }},
		{"report-made", onEither, givesFree, false, false, func() Detail { return new(ReportMade) }},
		{"permission-asked", onWork, []string{"request"}, false, false, func() Detail { return new(PermissionAsked) }},
		{"permission-decided", onWork, []string{"reasons"}, false, false, func() Detail { return new(PermissionDecided) }},
		{"error-recorded", onWork, []string{"error"}, false, false, func() Detail { return new(ErrorRecorded) }},
		{"copy-issued", onWork, []string{"copy"}, false, false, func() Detail { return new(CopyIssued) }},
		{"copy-disposed", onWork, []string{"disposal"}, false, false, func() Detail { return new(CopyDisposed) }},
		{"hold-placed", onEither, givesRecord, false, false, func() Detail { return new(HoldPlaced) }},
		{"hold-lifted", onEither, givesRecord, false, false, func() Detail { return new(HoldLifted) }},
		{"defect-recorded", onEither, givesRecord, false, false, func() Detail { return new(DefectRecorded) }},
		{"access-decided", []ChainKind{Reads, Organisation}, []string{"decision"}, false, false, func() Detail { return new(AccessDecided) }},
	}
)

// shapes finds a kind by the type of its detail.
var shapes = func() map[reflect.Type]Kind {
	all := map[reflect.Type]Kind{}
	for _, info := range kinds {
		all[reflect.TypeOf(info.New())] = info.Kind
	}
	return all
}()

// KindOf returns the kind whose detail d is, or nothing for anything else.
func KindOf(d Detail) Kind { return shapes[reflect.TypeOf(d)] }

// InfoOf returns what is fixed for one kind. Errors: FaultStatement if it is not
// in the list.
func InfoOf(k Kind) (KindInfo, error) {
	if i := slices.IndexFunc(kinds, func(info KindInfo) bool { return info.Kind == k }); i >= 0 {
		return kinds[i], nil
	}
	return KindInfo{}, fault(FaultStatement, "kind %q is not in the list", k)
}

// On tells whether the kind may stand on a chain of that kind.
func (i KindInfo) On(chain ChainKind) bool { return slices.Contains(i.Chains, chain) }
