package policy

import (
	"maps"
	"slices"
)

// Action names what is asked for.
type Action string

// Every action that can be asked for. One that no rule allows is denied.
const (
	LogInit            Action = "log.init"
	ActorEnrol         Action = "actor.enrol"
	KeyRevoke          Action = "key.revoke"
	PolicyRelease      Action = "policy.release"
	CaseOpen           Action = "case.open"
	CaseAssign         Action = "case.assign"
	CaseRead           Action = "case.read"
	AuthorityRecord    Action = "authority.record"
	AuthorityGrant     Action = "authority.grant"
	AuthorityCancel    Action = "authority.cancel"
	ApplicationRecord  Action = "application.record"
	ExtractionImport   Action = "extraction.import"
	ExcessRequest      Action = "excess.request"
	ExcessApprove      Action = "excess.approve"
	UnmaskingRequest   Action = "unmasking.request"
	UnmaskingApprove   Action = "unmasking.approve"
	FurtherUseRequest  Action = "further-use.request"
	FurtherUseApprove  Action = "further-use.approve"
	InspectionRequest  Action = "inspection.request"
	InspectionGrant    Action = "inspection.grant"
	SourcePreview      Action = "source.preview"
	SourceImport       Action = "source.import"
	ReferenceImport    Action = "reference.import"
	RowRead            Action = "row.read"
	AnalysisRun        Action = "analysis.run"
	ExhibitProduce     Action = "exhibit.produce"
	ExhibitSignOff     Action = "exhibit.sign-off"
	BundleMake         Action = "bundle.make"
	BundleCollect      Action = "bundle.collect"
	ExhibitServe       Action = "exhibit.serve"
	ExhibitRelease     Action = "exhibit.release"
	ItemRecord         Action = "item.record"
	ItemDispose        Action = "item.dispose"
	ScheduleMake       Action = "schedule.make"
	CopyIssue          Action = "copy.issue"
	CopyDispose        Action = "copy.dispose"
	ErrorRecord        Action = "error.record"
	ErrorReport        Action = "error.report"
	TotalsRead         Action = "totals.read"
	PolicyPropose      Action = "policy.propose"
	PolicyApprove      Action = "policy.approve"
	PeopleRead         Action = "people.read"
	RegisterRead       Action = "register.read"
	RoleChange         Action = "role.change"
	StandingRecord     Action = "standing.record"
	DefectRecord       Action = "defect.record"
	DefectRegister     Action = "defect.register"
	AuditRead          Action = "audit.read"
	DecisionExplain    Action = "decision.explain"
	EraseOrder         Action = "erasure.order"
	EraseApprove       Action = "erasure.approve"
	EraseCancel        Action = "erasure.cancel"
	EraseCarryOut      Action = "erasure.carry-out"
	HoldPlace          Action = "hold.place"
	HoldLift           Action = "hold.lift"
	TimeStamp          Action = "time.stamp"
	ClockConfirm       Action = "clock.confirm"
	KeyRotate          Action = "key.rotate"
	KeyManage          Action = "key.manage"
	CeremonyRecord     Action = "ceremony.record"
	LogClose           Action = "log.close"
	ItemHandOver       Action = "item.hand-over"
	SubmissionRecord   Action = "submission.record"
	CostRecord         Action = "cost.record"
	DeliveryRecord     Action = "delivery.record"
	MaterialAssess     Action = "material.assess"
	MaterialReveal     Action = "material.reveal"
	MaterialDisclose   Action = "material.disclose"
	NoteRecord         Action = "note.record"
	ReportCase         Action = "report.case"
	ReportOrganisation Action = "report.organisation"
	ReportHealth       Action = "report.health"
	RetentionRecord    Action = "retention.record"
	RetentionReview    Action = "retention.review"
	OrganisationRecord Action = "organisation.record"
	CaseShare          Action = "case.share"
	DatasetSelect      Action = "dataset.select"
	LogLink            Action = "log.link"
	ExtractionWipe     Action = "extraction.wipe"
)

// actions says what each action is in words ("You cannot ... in OP-1.") and which facts
// it needs beside actor, time and place in the log: exactly these, no others.
var actions = map[Action]struct {
	words    string
	sections []string
}{
	LogInit:            {"begin a log", nil},
	ActorEnrol:         {"enrol a person or change their roles", []string{"person"}},
	KeyRevoke:          {"revoke a key", []string{"person"}},
	PolicyRelease:      {"put a policy release in force", []string{"release"}},
	CaseOpen:           {"open a case", []string{"case"}},
	CaseAssign:         {"change who is assigned", []string{"case", "person"}},
	CaseRead:           {"see what is recorded", []string{"case"}},
	AuthorityRecord:    {"record an authority", []string{"case"}},
	AuthorityGrant:     {"grant an authority", []string{"authority", "case"}},
	AuthorityCancel:    {"cancel an authority", []string{"case"}},
	ApplicationRecord:  {"record an application", []string{"case"}},
	ExtractionImport:   {"import this extraction", []string{"authority", "case", "source"}},
	ExcessRequest:      {"ask for the use of excess data", []string{"case", "permission"}},
	ExcessApprove:      {"decide on the use of excess data", []string{"case", "permission"}},
	UnmaskingRequest:   {"ask who a third party is", []string{"case", "permission"}},
	UnmaskingApprove:   {"decide whether a third party is shown", []string{"case", "permission"}},
	FurtherUseRequest:  {"ask for a further use of this data", []string{"case", "permission"}},
	FurtherUseApprove:  {"decide on a further use of this data", []string{"case", "permission"}},
	InspectionRequest:  {"ask that a case be opened to an inspection", []string{"case", "permission"}},
	InspectionGrant:    {"open a case to an inspection", []string{"case", "permission"}},
	SourcePreview:      {"preview this file", []string{"case"}},
	SourceImport:       {"import this file", []string{"authority", "case", "source"}},
	ReferenceImport:    {"import this table", []string{"case"}},
	RowRead:            {"read these rows", []string{"case", "dataset", "request"}},
	AnalysisRun:        {"run an analysis on this data", []string{"case", "dataset"}},
	ExhibitProduce:     {"produce an exhibit from this data", []string{"case", "dataset"}},
	ExhibitSignOff:     {"sign off this exhibit", []string{"case", "exhibit"}},
	BundleMake:         {"make a bundle of this exhibit", []string{"case", "dataset", "exhibit"}},
	BundleCollect:      {"collect this bundle", []string{"case", "exhibit"}},
	ExhibitServe:       {"serve this exhibit on the prosecutor", []string{"case", "exhibit"}},
	ExhibitRelease:     {"release this exhibit to the defence", []string{"case", "exhibit"}},
	ItemRecord:         {"record an item or a hand-over", []string{"case"}},
	ItemDispose:        {"condemn, return or destroy this item", []string{"case", "erasure"}},
	ScheduleMake:       {"make a disclosure schedule", []string{"case"}},
	CopyIssue:          {"hand out this copy", []string{"case", "copy"}},
	CopyDispose:        {"confirm that a copy is no more", []string{"case", "copy"}},
	ErrorRecord:        {"record an error", []string{"case"}},
	ErrorReport:        {"report this error to the Commissioner", []string{"case"}},
	TotalsRead:         {"read the totals", nil},
	PolicyPropose:      {"propose a policy release", nil},
	PolicyApprove:      {"approve this policy release", []string{"release"}},
	PeopleRead:         {"see who is enrolled, and as what", nil},
	RegisterRead:       {"read the register of applications and authorities", []string{"case"}},
	RoleChange:         {"give or end a role", []string{"person"}},
	StandingRecord:     {"record what a person is competent and vetted for", []string{"person"}},
	DefectRecord:       {"record a defect", []string{"case"}},
	DefectRegister:     {"record a defect of a step", nil},
	AuditRead:          {"read the decisions", []string{"request"}},
	DecisionExplain:    {"have this decision explained", nil},
	EraseOrder:         {"order an erasure", []string{"case", "erasure"}},
	EraseApprove:       {"approve this erasure", []string{"case", "erasure"}},
	EraseCancel:        {"cancel this erasure", []string{"case", "erasure"}},
	EraseCarryOut:      {"carry out this erasure", []string{"case", "erasure"}},
	HoldPlace:          {"place a hold on the case", []string{"case"}},
	HoldLift:           {"lift a hold on the case", []string{"case"}},
	TimeStamp:          {"have the log time-stamped", nil},
	ClockConfirm:       {"confirm that the clock is right", nil},
	KeyRotate:          {"replace this key", []string{"person"}},
	KeyManage:          {"change the keys of the log", nil},
	CeremonyRecord:     {"record a key ceremony", nil},
	LogClose:           {"close the log", nil},
	ItemHandOver:       {"offer an item to another holder, or answer the offer", []string{"case"}},
	SubmissionRecord:   {"record a submission to a provider", []string{"case"}},
	CostRecord:         {"record a cost", []string{"case"}},
	DeliveryRecord:     {"record a delivery", []string{"case"}},
	MaterialAssess:     {"say whether material is used or unused", []string{"case"}},
	MaterialReveal:     {"reveal material to the prosecutor", []string{"case"}},
	MaterialDisclose:   {"disclose material to the defence", []string{"case"}},
	NoteRecord:         {"record a note", []string{"case"}},
	ReportCase:         {"make a report", []string{"case"}},
	ReportOrganisation: {"make a report on all cases", nil},
	ReportHealth:       {"make a report on the state of the log", nil},
	RetentionRecord:    {"record an outcome, or what became of a recall", []string{"case"}},
	RetentionReview:    {"review how long the case is kept", []string{"case", "erasure"}},
	OrganisationRecord: {"record another organisation", nil},
	CaseShare:          {"share anything with another organisation", []string{"case"}},
	DatasetSelect:      {"select rows of this data to be served", []string{"case", "dataset"}},
	LogLink:            {"join another log to this one", nil},
	ExtractionWipe:     {"wipe an extraction that was taken over", []string{"case", "erasure"}},
}

// Actions returns every action, sorted.
func Actions() []Action { return slices.Sorted(maps.Keys(actions)) }

// Words says what an action is, as it stands after "You cannot".
func (a Action) Words() string { return actions[a].words }
